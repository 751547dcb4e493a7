"""Whether two conditions on one real number can be told apart by a number that meets one of them alone.

Three-valued: a condition holds at a number, does not, or balls do not say. Only what is proved counts, so a difference
found here is one, and needs no worker; none found means nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flint import fmpq

from flowrl_envs.verify.arithmetic import HUGE, UndefinedError, UnsupportedError, precision
from flowrl_envs.verify.balls import evaluate
from flowrl_envs.verify.literals import Literal
from flowrl_envs.verify.nodes import Node, postorder
from flowrl_envs.verify.realset import real_set

_BITS = 256
_SIZES = (3, 10, 31, 52, 71, 94, 113, 133, 151, 173, 217, 262, 331, 407, 523, 713, 1117, 2531, 15013, 1000003)
_POINTS = tuple(fmpq(sign * size, 101) for size in _SIZES for sign in (1, -1))
"""No number of these is the end of an interval that anyone writes."""
_BESIDE = (fmpq(1, 2**40), fmpq(1, 9))
_MOST_PARTS = 8

Holds = bool | None


def told_apart(first: Node, second: Node, name: str) -> bool:
    """Whether some number is proved to be in one of two sets and not in the other.

    Args:
        first: a condition on one unknown, or a set of reals.
        second: another.
        name: the unknown.
    """
    points = [*_POINTS, *_beside_ends(first), *_beside_ends(second)]
    with precision(_BITS):
        for at in points:
            held = _holds(first, name, at)
            if held is not None and _holds(second, name, at) is (not held):
                return True
    return False


def _beside_ends(node: Node) -> list[Any]:
    """The ends of a set whose ends are known, and numbers right and left of them."""
    parts = (real_set(node) or ())[:_MOST_PARTS]
    ends = [end.mid().fmpq() for part in parts for end in (part.low, part.high) if end is not None]
    return ends + [end + step for end in ends for away in _BESIDE for step in (away, -away)]


def _holds(node: Node, name: str, at: Any) -> Holds:
    kind, args = node.kind, node.args
    if kind == "rel":
        links = zip(args, node.value, args[1:], strict=False)
        return _all(_linked(left, sign, right, name, at) for left, sign, right in links)
    if kind == "union" or (kind == "list" and "or" in node.value):
        return _not(_all(_not(_holds(part, name, at)) for part in args))
    if kind in ("inter", "list"):
        return _all(_holds(part, name, at) for part in args)
    if kind == "minus":
        return _all((_holds(args[0], name, at), _not(_holds(args[1], name, at))))
    if kind == "builder":
        return _holds(args[1], name, at)
    if kind == "set":
        here = _number(at)
        return _not(_all(_linked(here, "!=", part, name, at) for part in args))
    if kind == "seq":
        return _between(node, name, at)
    return True if kind == "const" else None


def _all(parts: Iterable[Holds]) -> Holds:
    result: Holds = True
    for part in parts:
        if part is False:
            return False
        if part is None:
            result = None
    return result


def _not(held: Holds) -> Holds:
    return None if held is None else not held


def _linked(left: Node, sign: str, right: Node, name: str, at: Any) -> Holds:
    """Whether one relation holds at a number; it does not where a side has no real value."""
    if sign == "in":
        return _holds(right, name, at)
    first, second = _value(left, name, at), _value(right, name, at)
    if first is None or second is None:
        return None
    for side in (first, second):
        if not side.imag.is_zero():
            return None if side.imag.contains(0) or sign == "!=" else False
    return _compared(first.real - second.real, sign)


def _value(node: Node, name: str, at: Any) -> Any:
    """The ball of a side, None where it has none that is finite."""
    try:
        value = evaluate(postorder(node), {name: at})
    except (UndefinedError, UnsupportedError):
        return None
    return None if value is HUGE or not value.is_finite() else value


def _between(node: Node, name: str, at: Any) -> Holds:
    """Whether a number lies in an interval."""
    low, high = node.args
    ends = ((low, ">" if node.value[0] == "(" else ">="), (high, "<" if node.value[1] == ")" else "<="))
    here = _number(at)
    return _all(True if _is_infinite(end) else _linked(here, sign, end, name, at) for end, sign in ends)


def _number(at: Any) -> Node:
    return Node("num", (), Literal(int(at.p), int(at.q)))


def _is_infinite(node: Node) -> bool:
    inner = node.args[0] if node.kind == "neg" else node
    return inner.kind == "const" and inner.value == "inf"


def _compared(difference: Any, sign: str) -> Holds:
    """Whether a difference has the sign that a relation asks for."""
    if sign in ("=", "!="):
        held = True if difference.is_zero() else (None if difference.contains(0) else False)
        return held if sign == "=" else _not(held)
    if sign in (">", "<="):
        held = True if difference > 0 else (False if difference <= 0 else None)
    else:
        held = True if difference >= 0 else (False if difference < 0 else None)
    return held if sign in (">", ">=") else _not(held)
