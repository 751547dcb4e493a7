"""What stands for a name: x, x_1, f(x), AB, (x, y), A:B, |AB|, NO/BO.

An equation whose one side is a name may be given by its value alone, and the value by the equation; `relations.py` says
which side that is. An answer may also say what it has computed (m + n = 17, C(5, 2) = 10); a reference that says so
is an equation.
"""

from __future__ import annotations

import string

from flowrl_envs.verify.nodes import CALCULUS, ONE, Node, names, preorder, same_tree
from flowrl_envs.verify.vocabulary import word_set

_FUNCTIONS = frozenset("fghFGH")
_MATRICES = frozenset(string.ascii_uppercase)
_VARIABLES = frozenset("kmnrstuvwxyz")
_COORDINATES = frozenset("xyz")
_COMBINED = word_set("add mul div pow floor ceil")
_COMBINING = word_set("var apply num add mul pow neg div root abs floor ceil")
_MADE_OF_NAMES = word_set("seq list ratio div abs mark mul deg fn")


def is_name(node: Node) -> bool:
    """Whether a tree names something rather than computing it: x, x_1, f(x), AB, (x, y), A:B, |AB|, NO/BO."""
    stack = [node]
    while stack:
        part = stack.pop()
        if part.kind in ("var", "apply"):
            continue
        if part.kind == "pow":
            if not is_inverse(part, _FUNCTIONS | _MATRICES):
                return False
        elif part.kind not in _MADE_OF_NAMES or not part.args:
            return False
        else:
            stack += part.args
    return True


def is_inverse(node: Node, letters: frozenset[str] = _MATRICES) -> bool:
    """Whether a tree is the inverse of a matrix, A^{-1}, or of a function; x^{-1} is a number, computed from x."""
    if node.kind != "pow" or node.args[1] != Node("neg", (ONE,)):
        return False
    base = node.args[0]
    return base.kind == "var" and base.value.partition("_")[0].rstrip("'") in letters


def is_computed(node: Node) -> bool:
    """Whether a tree is what an answer has computed: m + n, a^2 + b^2, C(5, 2), f^{-1}(3), a log, an integral."""
    args = node.args
    if node.kind in CALCULUS:
        return True
    if node.kind in _COMBINED and is_combined(node):
        return True
    if node.kind == "mul":
        called = args[0].kind == "var" and args[1].kind in ("seq", "rel")
        return len(args) == 2 and (called or is_inverse(args[0], _FUNCTIONS))
    return node.kind == "div" and all(part.kind == "fn" and part.value == "ln" for part in args) and is_name(args[0])


def is_combined(node: Node) -> bool:
    """Whether an expression combines two unknowns or more, or values of functions.

    One unknown is to be solved for, and x, y and z make curves; of those, only a sum of names says what was computed.
    """
    parts = list(preorder(node))
    unknown = {part.value for part in parts if part.kind == "var"}
    if not all(part.kind in _COMBINING for part in parts):
        return False
    if not unknown:
        return any(part.kind == "apply" for part in parts)
    return len(unknown) > 1 and (not unknown <= _COORDINATES or all(part.kind == "var" for part in node.args))


def renaming(first: Node, second: Node) -> dict[Node, Node] | None:
    """How the names of the second of two definitions are written in the first; None if they define different things.

    f(y) = 2y defines what f(x) = 2x does, and y = 2x may be what f(x) = 2x is. f(3), f(2x) and P(A) are values at one
    argument, so another argument is another thing.
    """
    left, right = first.args[0], second.args[0]
    if same_tree(left, right):
        return {}
    if left.kind == right.kind == "apply":
        same = left.value == right.value and len(left.args) == len(right.args)
        if not (same and _takes_any(first) and _takes_any(second)):
            return None
        caught = names(second.args[1]).difference(part.value for part in right.args)
        if any(part.value in caught for part in left.args):
            return None
        return dict(zip(right.args, left.args, strict=True))
    if {left.kind, right.kind} != {"apply", "var"}:
        return None
    function, name = (left, right) if left.kind == "apply" else (right, left)
    named = name.value in ("y", "z", function.value) and all(part.kind == "var" for part in function.args)
    return {} if named else None


def _takes_any(definition: Node) -> bool:
    """Whether f(x) = ... is said of every x: the arguments are variables by habit or by what depends on them."""
    name, value = definition.args
    if not all(part.kind == "var" for part in name.args) or len(set(name.args)) != len(name.args):
        return False
    used = names(value)
    return all(part.value in _VARIABLES or part.value in used for part in name.args)
