"""The points at which expressions are compared: a fixed function of their names, so every verdict repeats.

Names take both signs, in every mixture. The usual names of integers (n, k, m) take integers where only those make
sense, of every residue that short cycles tell apart. Expressions with corners, such as |x - 20|, are compared on either
side of their constants too.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

from flint import fmpq

from flowrl_envs.verify.literals import Literal
from flowrl_envs.verify.nodes import Node, names

POINTS = 5
INTEGERS = frozenset({"n", "k", "m", "j", "N", "K"})
_VALUES = (3, 4, 11, 14, 1001)
"""What names of integers take in turn: every residue modulo 2, 3 and 4, small ones and a large one."""
_NEGATIVE = ((False, False), (False, False), (True, True), (True, False), (False, True))
"""The signs of the names, by round and by position: all positive, all negative, and both mixtures."""
_CORNERS = frozenset({"abs", "floor", "ceil", "mod", "root"})
_CORNER_FUNCTIONS = frozenset({"max", "min", "sgn", "ln", "log?", "log10"})
_NEAREST, _FARTHEST = 50, 10**9


@lru_cache(maxsize=1024)
def points(variables: frozenset[str], integers: bool = False, far: int = 0) -> tuple[dict[str, fmpq], ...]:
    """The points at which expressions are compared: a fixed function of the names.

    Args:
        variables: the names.
        integers: whether the usual names of integers take integers.
        far: how far from 0 two more points lie, one on each side (for integers both above); 0 for no such points.
    """
    listed = sorted(variables)
    if not listed:
        return ({},)
    chosen = []
    for round_number in range(POINTS):
        point: dict[str, fmpq] = {}
        for position, name in enumerate(listed):
            value = _fraction(name, round_number)
            if integers and name in INTEGERS:
                value = fmpq(_VALUES[(round_number + position) % POINTS] + 12 * (position // POINTS))
            elif _NEGATIVE[round_number][position % 2]:
                value = -value
            point[name] = value
        chosen.append(point)
    if far:
        whole = INTEGERS if integers else frozenset()
        for sign, start in ((1, far), (-1, 3 * far)):
            point = {}
            for position, name in enumerate(listed):
                real = sign * far * (1 + _fraction(name, POINTS))
                point[name] = fmpq(start + 5 * position) if name in whole else real
            chosen.append(point)
    return tuple(chosen)


def _fraction(name: str, round_number: int) -> fmpq:
    """A number between 0 and 10."""
    digest = hashlib.blake2b(f"{name}/{round_number}".encode("utf-8", "surrogatepass"), digest_size=6).digest()
    return fmpq(1 + int.from_bytes(digest[:3], "big") % 99_991, 9_973 + digest[3] * 16)


def reach(*orders: list[Node]) -> int:
    """How far from 0 expressions with corners have to be compared, beyond their constants; 0 for smooth ones."""
    if not any(_has_corner(part) for order in orders for part in order):
        return 0
    numbers: list[Literal] = [part.value for order in orders for part in order if part.kind == "num"]
    largest = max((abs(number.numerator) // number.denominator for number in numbers), default=0)
    return min(2 * max(_NEAREST, largest), _FARTHEST)


def _has_corner(part: Node) -> bool:
    """Whether an operation changes its rule, or leaves the reals, somewhere on the line."""
    if part.kind == "pow":
        exponent = part.args[1]
        return exponent.kind == "div" or (exponent.kind == "num" and exponent.value.denominator != 1)
    return part.kind in _CORNERS or (part.kind == "fn" and part.value in _CORNER_FUNCTIONS)


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
