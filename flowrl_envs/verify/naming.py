"""What stands for a name: x, x_1, f(x), AB, (x, y), A:B, |AB|, NO/BO.

An equation whose one side is a name may be given by its value alone, and the value by the equation; `relations.py` says
which side that is.
"""

from __future__ import annotations

from flowrl_envs.verify.nodes import Node
from flowrl_envs.verify.vocabulary import word_set

_MADE_OF_NAMES = word_set("seq list ratio div abs mark mul deg")


def is_name(node: Node) -> bool:
    """Whether a tree names something rather than computing it: x, x_1, f(x), AB, (x, y), A:B, |AB|, NO/BO."""
    if node.kind == "var":
        return True
    if node.kind == "apply":
        return True
    if node.kind in _MADE_OF_NAMES:
        return bool(node.args) and all(is_name(part) for part in node.args)
    if node.kind == "pow":
        return node.args[0].kind == "var" and node.args[1].kind == "neg"
    return node.kind == "fn" and all(is_name(part) for part in node.args)
