"""Unions of intervals of the real line: their normal form, complement and intersection, and whether two are the same.

Endpoints are real balls; an endpoint that cannot be told from another at 640 bits is the same endpoint. Callers hold
that precision (`same_set` sees to it itself); where the intervals come from is the business of `realset.py`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from flint import arb

from flowrl_envs.verify.arithmetic import precision

BITS = 640
_MOST_PARTS = 200


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


def _less(left: Any, right: Any) -> bool:
    """Whether a finite end lies below another; the same end does not."""
    return not left.overlaps(right) and bool(left < right)


def normal(parts: list[Interval]) -> RealSet:
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


def complement(parts: list[Interval]) -> list[Interval]:
    """The reals outside all of the intervals."""
    result: list[Interval] = []
    low, closed = None, False
    started = False
    for part in normal(parts):
        if part.low is not None:
            result.append(
                Interval(low if started else None, closed if started else False, part.low, not part.low_closed)
            )
        if part.high is None:
            return result
        low, closed, started = part.high, not part.high_closed, True
    result.append(Interval(low, closed, None, False))
    return result


def intersect(first: list[Interval], second: list[Interval]) -> list[Interval]:
    """The reals in both unions."""
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
