"""Reads a tree as a subset of the real line: intervals, unions, complements, inequalities, set-builders.

The result is in the one normal form of `intervals.py`. Sets whose ends hold variables are not handled here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flint import fmpq

from flowrl_envs.verify.arithmetic import HUGE, UndefinedError, UnsupportedError, finite, precision
from flowrl_envs.verify.balls import is_narrow, settled
from flowrl_envs.verify.corners import is_polynomial
from flowrl_envs.verify.intervals import BITS, LINE, Interval, NoSetError, RealSet, complement, intersect, normal
from flowrl_envs.verify.nodes import Node, names, postorder, same_tree

_PLACES = tuple(fmpq(top, bottom) for top, bottom in ((0, 1), (1, 1), (17, 7), (-53, 11), (4001, 13)))
"""Where a polynomial must be straight to count as linear."""
_PRECISIONS = (BITS, 4096)
_MIRROR = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "!=": "!="}


def real_set(node: Node) -> RealSet | None:
    """The normal form of a tree, or None if it is no such set."""
    with precision(BITS):
        try:
            return normal(_convert(node, 0))
        except (NoSetError, UndefinedError, UnsupportedError):
            return None


def _convert(node: Node, depth: int) -> list[Interval]:
    if depth > 30:
        raise NoSetError
    rule = _RULES.get(node.kind)
    if rule is None:
        raise NoSetError
    return rule(node, depth)


def _number(node: Node) -> Any:
    """The real value of a constant; None stands for an infinity (its sign is the caller's)."""
    if names(node):
        raise NoSetError
    value = settled(postorder(node), {}, _PRECISIONS)
    if value is HUGE or not value.imag.contains(0):
        raise NoSetError
    return value.real


def _infinite(node: Node) -> int:
    """+1 or -1 for an infinity, else 0."""
    sign = 1
    while node.kind == "neg":
        sign, node = -sign, node.args[0]
    return sign if node.kind == "const" and node.value == "inf" else 0


def _interval(node: Node, _: int) -> list[Interval]:
    if len(node.args) != 2 or node.value not in ("()", "[]", "(]", "[)"):
        raise NoSetError
    low, high = node.args
    low_sign, high_sign = _infinite(low), _infinite(high)
    if low_sign > 0 or high_sign < 0 or (low_sign and node.value[0] == "[") or (high_sign and node.value[1] == "]"):
        raise NoSetError
    left = None if low_sign else _number(low)
    right = None if high_sign else _number(high)
    if left is not None and right is not None and not left < right:
        raise NoSetError
    return [Interval(left, node.value[0] == "[", right, node.value[1] == "]")]


def _points(node: Node, _: int) -> list[Interval]:
    values = [_number(part) for part in node.args]
    return [Interval(value, True, value, True) for value in values]


def _line(node: Node, _: int) -> list[Interval]:
    if node.value != "R":
        raise NoSetError
    return list(LINE)


def _union(node: Node, depth: int) -> list[Interval]:
    return [interval for part in node.args for interval in _convert(part, depth + 1)]


def _minus(node: Node, depth: int) -> list[Interval]:
    return intersect(_convert(node.args[0], depth + 1), complement(_convert(node.args[1], depth + 1)))


def _inter(node: Node, depth: int) -> list[Interval]:
    result = _convert(node.args[0], depth + 1)
    for part in node.args[1:]:
        result = intersect(result, _convert(part, depth + 1))
    return result


def _list(node: Node, depth: int) -> list[Interval]:
    """Conditions on one unknown, joined by "or" (a union) or by a comma or "and" (an intersection)."""
    conditions = _carried(node.args)
    if len({names(part) for part in conditions}) != 1:
        raise NoSetError
    parts = [_convert(part, depth + 1) for part in conditions]
    separators = set(node.value)
    if separators == {"or"}:
        return [interval for part in parts for interval in part]
    exclusions = all("!=" in part.value for part in conditions)
    if "or" in separators and not exclusions:
        raise NoSetError
    result = parts[0]
    for part in parts[1:]:
        result = intersect(result, part)
    return result


def _carried(items: tuple[Node, ...]) -> list[Node]:
    """Conditions, with the values after "x != 1, 2" written as conditions of their own."""
    conditions: list[Node] = []
    for item in items:
        if item.kind == "rel":
            conditions.append(item)
        elif conditions and conditions[-1].value == ("!=",):
            conditions.append(Node("rel", (conditions[-1].args[0], item), ("!=",)))
        else:
            raise NoSetError
    return conditions


def _builder(node: Node, depth: int) -> list[Interval]:
    pattern, condition = node.args
    if pattern.kind == "rel" and pattern.value == ("in",):
        if not same_tree(pattern.args[1], Node("const", (), "R")):
            raise NoSetError
        pattern = pattern.args[0]
    if pattern.kind != "var" or names(condition) != {pattern.value}:
        raise NoSetError
    return _convert(condition, depth + 1)


def _relation(node: Node, depth: int) -> list[Interval]:
    """A chain of relations in one unknown: each link is linear in it, or says "is in" a set."""
    result = list(LINE)
    subject: Node | None = None
    for left, sign, right in zip(node.args, node.value, node.args[1:], strict=False):
        if sign in ("in", "notin") and left.kind in ("var", "apply"):
            part = _convert(right, depth + 1)
            link, found = (complement(part) if sign == "notin" else part), left
        elif sign in _MIRROR:
            link, found = _linear(left, sign, right)
        else:
            raise NoSetError
        if subject is not None and not same_tree(subject, found):
            raise NoSetError
        subject = found
        result = intersect(result, link)
    return result


def _linear(left: Node, sign: str, right: Node) -> tuple[list[Interval], Node]:
    """The solution of one linear relation, and its unknown."""
    if sign == "=":
        raise NoSetError
    for side, other, direction in ((left, right, sign), (right, left, _MIRROR[sign])):
        if side.kind in ("var", "apply") and not names(other) and not (side.kind == "apply" and len(side.args) != 1):
            return _half_line(other, direction), side
    unknowns = names(left) | names(right)
    if len(unknowns) != 1 or not (is_polynomial(left) and is_polynomial(right)):
        raise NoSetError
    (name,) = unknowns
    order_left, order_right = postorder(left), postorder(right)
    values = []
    for at in _PLACES:
        first, second = (settled(order, {name: at}, _PRECISIONS) for order in (order_left, order_right))
        finite(first, second)
        values.append(first - second)
    start, slope = values[0], values[1] - values[0]
    straight = all((value - start - at * slope).contains(0) for at, value in zip(_PLACES, values, strict=True))
    if not straight or not slope.imag.contains(0) or slope.contains(0):
        raise NoSetError
    root = -start / slope
    if not is_narrow(root):
        raise NoSetError
    return _half(root.real, sign if slope.real > 0 else _MIRROR[sign]), Node("var", (), name)


def _half_line(bound: Node, sign: str) -> list[Interval]:
    infinite = _infinite(bound)
    if infinite:
        if (infinite > 0) == (sign in ("<", "<=")):
            return list(LINE)
        raise NoSetError
    return _half(_number(bound), sign)


def _half(bound: Any, sign: str) -> list[Interval]:
    if sign == "!=":
        return [Interval(None, False, bound, False), Interval(bound, False, None, False)]
    if sign in ("<", "<="):
        return [Interval(None, False, bound, sign == "<=")]
    return [Interval(bound, sign == ">=", None, False)]


_RULES: dict[str, Callable[[Node, int], list[Interval]]] = {
    "seq": _interval,
    "set": _points,
    "const": _line,
    "union": _union,
    "minus": _minus,
    "inter": _inter,
    "list": _list,
    "builder": _builder,
    "rel": _relation,
}
