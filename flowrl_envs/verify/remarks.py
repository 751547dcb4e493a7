r"""The rule for remarks that say where a name lies, after a value or an equation: n \in \mathbb{Z}.

They are left out where the other side has none and they say what is understood: a name is real, n is an integer, and
the index of a_n or of 2^n begins at 0 or 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowrl_envs.verify.nodes import Node, names
from flowrl_envs.verify.outcome import PASS, Pass
from flowrl_envs.verify.points import INTEGERS

if TYPE_CHECKING:
    from flowrl_envs.verify.compare import Comparison

_ORDERS = frozenset({"<", ">", "<=", ">=", "!=", "in", "notin"})
_FIRST = {">=": (0, 1), ">": (0,)}
"""Where an index begins."""
_MOST = 20
"""The most alternatives, with what is said of them."""
_OF_SET = {"N": frozenset({0, 1}), "N+": frozenset({1})}


def remarks(comparison: Comparison, reference: Node, answer: Node, depth: int) -> bool | Pass | None:
    """Leaves out the remarks of one side if the other has none."""
    first, second = _without(reference), _without(answer)
    if (first is reference) is not (second is answer) or (first is not reference and _begin_alike(reference, answer)):
        return comparison.equal(first, second, depth)
    return PASS


def _begin_alike(reference: Node, answer: Node) -> bool:
    """Whether the last remarks of both sides let the same index begin at the same number."""
    first, second = reference.args[-1], answer.args[-1]
    return first.args[0] == second.args[0] and not _begins(first).isdisjoint(_begins(second))


def _begins(node: Node) -> frozenset[int]:
    """Where an index may begin by a remark."""
    bound = node.args[1].value
    return _OF_SET.get(bound, frozenset()) if node.value[0] == "in" else frozenset({bound[0] + (node.value[0] == ">")})


def _without(node: Node) -> Node:
    """A list without the remarks at its end; other trees as they are, and all that holds an inequality before them."""
    if node.kind != "list":
        return node
    if "or" in (node.value or ()):
        return _alternatives(node) if len(node.args) <= _MOST else node
    kept = list(node.args)
    while len(kept) > 1 and _is_understood(kept[-1], kept[:-1]):
        kept.pop()
    if len(kept) == len(node.args) or any(part.kind == "rel" and _ORDERS & set(part.value) for part in kept):
        return node
    return kept[0] if len(kept) == 1 else Node("list", tuple(kept), node.value)


def _alternatives(node: Node) -> Node:
    """What one name may be, without the remarks on it: f(x) = 0 for all x, or f(x) = x for all x."""
    kept: list[Node] = []
    for part in node.args:
        if not _is_understood(part, kept):
            kept.append(part)
    if len(kept) in (1, len(node.args)):
        return node
    alike = all(part.kind == "rel" and part.value == ("=",) and part.args[0] == kept[0].args[0] for part in kept)
    return Node("list", tuple(kept), ("or",)) if alike else node


def _is_understood(node: Node, before: list[Node]) -> bool:
    """Whether a relation says of a name in what precedes what is understood anyway."""
    if node.kind != "rel" or len(node.value) != 1 or node.args[0].kind != "var":
        return False
    (name, bound), sign = node.args, node.value[0]
    if not any(name.value in names(part) for part in before):
        return False
    if sign in _FIRST:
        begins = bound.kind == "num" and bound.value[:2] in [(first, 1) for first in _FIRST[sign]]
        return begins and name.value in INTEGERS and _is_index(name.value, before)
    if sign != "in" or bound.kind != "const":
        return False
    if bound.value == "R":
        return True
    if name.value not in INTEGERS:
        return False
    return bound.value == "Z" or (bound.value in ("N", "N+") and _is_index(name.value, before))


def _is_index(name: str, before: list[Node]) -> bool:
    """Whether what precedes is a value at n, or defines a_n or f(n)."""
    return all(part.kind != "rel" or _depends(part.args[0], name) for part in before)


def _depends(node: Node, name: str) -> bool:
    if node.kind == "apply":
        return name in names(node)
    return node.kind == "var" and str(node.value).rpartition("_")[2] == name and node.value != name
