"""The points at which expressions are compared: a fixed function of their names, so every verdict repeats.

Names take both signs, in every mixture. The usual names of integers (n, k, m) take integers where only those make
sense, of every residue that short cycles tell apart. Expressions with corners, such as |x - 20|, are compared between
their constants and beyond them too (`corners.py`), and those with floors at integers one after another.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import lru_cache

from flint import fmpq

from flowrl_envs.verify.corners import Place, places, steps
from flowrl_envs.verify.nodes import Node, names

POINTS = 5
INTEGERS = frozenset({"n", "k", "m", "j", "N", "K"})
_VALUES = (3, 4, 11, 14, 1001)
"""What names of integers take in turn: every residue modulo 2, 3 and 4, small ones and a large one."""
_NEGATIVE = ((False, False), (False, False), (True, True), (True, False), (False, True))
"""The signs of the names, by round and by position: all positive, all negative, and both mixtures."""
Point = dict[str, fmpq]


def points_of(variables: frozenset[str], *orders: list[Node]) -> tuple[Point, ...]:
    """The points at which expressions are compared, by their names and by what is done to them.

    Args:
        variables: the names in the expressions.
        orders: the expressions, each as its postorder.
    """
    if not variables:
        return ({},)
    integers = not variables.isdisjoint(INTEGERS) and wants_integers(*orders)
    return points(variables, integers, places(*orders))


def integer_points(variables: frozenset[str], *orders: list[Node]) -> Iterator[Point]:
    """More points for expressions with floors: each name in one takes integers one after another.

    They tell expressions apart, and show no equality: x and floor(x) are one at all of them.
    """
    run, inside = steps(*orders)
    if not run:
        return
    base = dict(points(variables, wants_integers(*orders))[0])
    base |= {name: fmpq(2 + position) for position, name in enumerate(inside)}
    for name in inside:
        yield from (base | {name: fmpq(value)} for value in run)


@lru_cache(maxsize=1024)
def points(variables: frozenset[str], integers: bool = False, beyond: tuple[Place, ...] = ()) -> tuple[Point, ...]:
    """The points at which expressions are compared: a fixed function of the names.

    Args:
        variables: the names.
        integers: whether the usual names of integers take integers.
        beyond: where else, on both sides of 0 (integers above it alone) and at the last, farthest place in every
            mixture of signs.
    """
    listed = sorted(variables)
    if not listed:
        return ({},)
    chosen = []
    for round_number in range(POINTS):
        point: Point = {}
        for position, name in enumerate(listed):
            value = _fraction(name, round_number)
            if integers and name in INTEGERS:
                value = fmpq(_VALUES[(round_number + position) % POINTS] + 12 * (position // POINTS))
            elif _NEGATIVE[round_number][position % 2]:
                value = -value
            point[name] = value
        chosen.append(point)
    whole = INTEGERS if integers else frozenset()
    for place in beyond:
        chosen += (
            {name: _far(name, at, signs[at], place, name in whole) for at, name in enumerate(listed)}
            for signs in _signs(len(listed), place is beyond[-1])
        )
    return tuple(chosen)


def _far(name: str, position: int, sign: int, place: Place, whole: bool) -> fmpq:
    """What a name takes at a place."""
    if whole:
        return fmpq((1 if sign > 0 else 3) * int(place.start) + 5 * position)
    size: fmpq = place.start + place.width * _fraction(name, POINTS)
    return sign * size


@lru_cache(maxsize=64)
def _signs(count: int, mixed: bool) -> tuple[tuple[int, ...], ...]:
    """All positive and all negative; with mixtures, any two names differ in one, either way."""
    rows = [(1,) * count]
    if mixed:
        rows += [tuple(-1 if at >> bit & 1 else 1 for at in range(count)) for bit in range((count - 1).bit_length())]
    return tuple(row for signs in rows for row in (signs, tuple(-sign for sign in signs)))


def _fraction(name: str, round_number: int) -> fmpq:
    """A number between 0 and 10."""
    digest = hashlib.blake2b(f"{name}/{round_number}".encode("utf-8", "surrogatepass"), digest_size=6).digest()
    return fmpq(1 + int.from_bytes(digest[:3], "big") % 99_991, 9_973 + digest[3] * 16)


def wants_integers(*orders: list[Node]) -> bool:
    """Whether a name of an integer stands where only integers make sense: (-1)^n, cos(n pi), n!."""
    for order in orders:
        for part in order:
            if part.kind in ("fact", "fact2", "binom", "mod", "floor", "ceil") and names(part) & INTEGERS:
                return True
            if part.kind == "pow" and part.args[0].kind == "neg" and names(part.args[1]) & INTEGERS:
                return True
            if part.kind == "fn" and part.value in ("sin", "cos", "tan") and names(part) & INTEGERS:
                return True
    return False
