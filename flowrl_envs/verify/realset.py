"""Subsets of the real line in one normal form: intervals, unions, complements, inequalities, set-builders.

Endpoints are real balls; an endpoint that cannot be told from another at 640 bits is the same endpoint. Sets whose
ends hold variables are not handled here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from flint import arb, fmpq

from flowrl_envs.verify.arithmetic import HUGE, UndefinedError, UnsupportedError, precision
from flowrl_envs.verify.balls import evaluate
from flowrl_envs.verify.nodes import Node, names, postorder, preorder, same_tree

BITS = 640
_MOST_PARTS = 200
_MIRROR = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "!=": "!="}


class Interval(NamedTuple):
    """One interval; an end of None is infinite."""

    low: Any
    low_closed: bool
    high: Any
    high_closed: bool


RealSet = tuple[Interval, ...]
LINE: RealSet = (Interval(None, False, None, False),)


class NoSetError(Exception):
    """The tree is no subset of the real line that this module can hold. Internal."""


def real_set(node: Node) -> RealSet | None:
    """The normal form of a tree, or None if it is no such set."""
    with precision(BITS):
        try:
            return _normal(_convert(node, 0))
        except (NoSetError, UndefinedError, UnsupportedError):
            return None


def same_set(left: RealSet, right: RealSet) -> bool:
    """Whether two normal forms are the same set."""
    if len(left) != len(right):
        return False
    with precision(BITS):
        return all(
            a.low_closed == b.low_closed
            and a.high_closed == b.high_closed
            and _same_end(a.low, b.low)
            and _same_end(a.high, b.high)
            for a, b in zip(left, right, strict=True)
        )


def _same_end(left: Any, right: Any) -> bool:
    if left is None or right is None:
        return left is right
    return bool(left.overlaps(right))


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
    value = evaluate(postorder(node), {})
    if value is HUGE or not value.is_finite() or not value.imag.contains(0):
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
    return _intersect(_convert(node.args[0], depth + 1), _complement(_convert(node.args[1], depth + 1)))


def _inter(node: Node, depth: int) -> list[Interval]:
    result = _convert(node.args[0], depth + 1)
    for part in node.args[1:]:
        result = _intersect(result, _convert(part, depth + 1))
    return result


def _list(node: Node, depth: int) -> list[Interval]:
    """Conditions joined by "or" (a union) or by a comma or "and" (an intersection)."""
    conditions = _carried(node.args)
    parts = [_convert(part, depth + 1) for part in conditions]
    separators = set(node.value)
    if separators == {"or"}:
        return [interval for part in parts for interval in part]
    exclusions = all("!=" in part.value for part in conditions)
    if "or" in separators and not exclusions:
        raise NoSetError
    result = parts[0]
    for part in parts[1:]:
        result = _intersect(result, part)
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
    if pattern.kind != "var":
        raise NoSetError
    return _convert(condition, depth + 1)


def _relation(node: Node, depth: int) -> list[Interval]:
    """A chain of relations in one unknown: each link is linear in it, or says "is in" a set."""
    result = list(LINE)
    subject: Node | None = None
    for left, sign, right in zip(node.args, node.value, node.args[1:], strict=False):
        if sign in ("in", "notin") and left.kind in ("var", "apply"):
            part = _convert(right, depth + 1)
            link, found = (_complement(part) if sign == "notin" else part), left
        elif sign in _MIRROR:
            link, found = _linear(left, sign, right)
        else:
            raise NoSetError
        if subject is not None and not same_tree(subject, found):
            raise NoSetError
        subject = found
        result = _intersect(result, link)
    return result


def _linear(left: Node, sign: str, right: Node) -> tuple[list[Interval], Node]:
    """The solution of one linear relation, and its unknown."""
    if sign == "=":
        raise NoSetError
    for side, other, direction in ((left, right, sign), (right, left, _MIRROR[sign])):
        if side.kind in ("var", "apply") and not names(other) and not (side.kind == "apply" and len(side.args) != 1):
            return _half_line(other, direction), side
    unknowns = names(left) | names(right)
    if len(unknowns) != 1 or any(part.kind == "apply" for side in (left, right) for part in preorder(side)):
        raise NoSetError
    (name,) = unknowns
    order_left, order_right = postorder(left), postorder(right)
    value = [evaluate(order_left, {name: fmpq(at)}) - evaluate(order_right, {name: fmpq(at)}) for at in (0, 1, 2, -7)]
    slope = value[1] - value[0]
    straight = (value[2] - value[0] - 2 * slope).contains(0) and (value[3] - value[0] + 7 * slope).contains(0)
    if not straight or not slope.imag.contains(0) or slope.contains(0):
        raise NoSetError
    root = (-value[0] / slope).real
    return _half(root, sign if slope.real > 0 else _MIRROR[sign]), Node("var", (), name)


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


def _less(left: Any, right: Any) -> bool:
    """Whether a finite end lies below another; the same end does not."""
    return not left.overlaps(right) and bool(left < right)


def _normal(parts: list[Interval]) -> RealSet:
    """Sorted, disjoint, maximal intervals."""
    if len(parts) > _MOST_PARTS:
        raise NoSetError
    lowest = arb("-inf")
    ordered = sorted(parts, key=lambda part: (lowest if part.low is None else part.low).mid())
    ordered.sort(key=lambda part: part.low is not None)
    merged: list[Interval] = []
    for part in ordered:
        if merged and _touches(merged[-1], part):
            merged[-1] = _joined(merged[-1], part)
        else:
            merged.append(part)
    return tuple(merged)


def _touches(first: Interval, second: Interval) -> bool:
    if first.high is None or second.low is None:
        return True
    if first.high.overlaps(second.low):
        return first.high_closed or second.low_closed
    return bool(second.low < first.high)


def _joined(first: Interval, second: Interval) -> Interval:
    low_closed = first.low_closed
    if first.low is not None and second.low is not None and first.low.overlaps(second.low):
        low_closed = first.low_closed or second.low_closed
    if first.high is None or second.high is None:
        high, closed = None, False
    elif first.high.overlaps(second.high):
        high, closed = first.high, first.high_closed or second.high_closed
    elif first.high < second.high:
        high, closed = second.high, second.high_closed
    else:
        high, closed = first.high, first.high_closed
    return Interval(first.low, low_closed, high, closed)


def _complement(parts: list[Interval]) -> list[Interval]:
    result: list[Interval] = []
    low, closed = None, False
    started = False
    for part in _normal(parts):
        if part.low is not None:
            result.append(
                Interval(low if started else None, closed if started else False, part.low, not part.low_closed)
            )
        if part.high is None:
            return result
        low, closed, started = part.high, not part.high_closed, True
    result.append(Interval(low, closed, None, False))
    return result


def _intersect(first: list[Interval], second: list[Interval]) -> list[Interval]:
    if len(first) * len(second) > _MOST_PARTS * 10:
        raise NoSetError
    return [cut for a in first for b in second if (cut := _cut(a, b)) is not None]


def _cut(a: Interval, b: Interval) -> Interval | None:
    low, low_closed = _inner(a.low, a.low_closed, b.low, b.low_closed, higher=True)
    high, high_closed = _inner(a.high, a.high_closed, b.high, b.high_closed, higher=False)
    if low is not None and high is not None:
        if low.overlaps(high):
            return Interval(low, True, low, True) if low_closed and high_closed else None
        if high < low:
            return None
    return Interval(low, low_closed, high, high_closed)


def _inner(a: Any, a_closed: bool, b: Any, b_closed: bool, *, higher: bool) -> tuple[Any, bool]:
    """The more restrictive of two ends on the same side."""
    if a is None:
        return b, b_closed
    if b is None:
        return a, a_closed
    if a.overlaps(b):
        return a, a_closed and b_closed
    return (a, a_closed) if _less(b, a) == higher else (b, b_closed)


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
