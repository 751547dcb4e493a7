"""The points at which expressions are compared: a fixed function of their names, so every verdict repeats.

Names take both signs, in every mixture. The usual names of integers (n, k, m) take integers where only those make
sense.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

from flint import fmpq

from flowrl_envs.verify.nodes import Node, names

POINTS = 5
INTEGERS = frozenset({"n", "k", "m", "j", "N", "K"})
_NEGATIVE = ((False, False), (False, False), (True, True), (True, False), (False, True))
"""The signs of the names, by round and by position: all positive, all negative, and both mixtures."""


@lru_cache(maxsize=1024)
def points(variables: frozenset[str], integers: bool = False) -> tuple[dict[str, fmpq], ...]:
    """The points at which expressions are compared: a fixed function of the names."""
    listed = sorted(variables)
    if not listed:
        return ({},)
    chosen = []
    for round_number in range(POINTS):
        point: dict[str, fmpq] = {}
        for name in listed:
            digest = hashlib.blake2b(f"{name}/{round_number}".encode("utf-8", "surrogatepass"), digest_size=6).digest()
            numerator = 1 + int.from_bytes(digest[:3], "big") % 99_991
            value = fmpq(numerator, 9_973 + digest[3] * 16)
            if integers and name in INTEGERS:
                value = fmpq(2 + digest[4] % 11)
            elif _NEGATIVE[round_number][len(point) % 2]:
                value = -value
            point[name] = value
        chosen.append(point)
    return tuple(chosen)


def wants_integers(*orders: list[Node]) -> bool:
    """Whether a name of an integer stands where only integers make sense: (-1)^n, cos(n pi), n!."""
    for order in orders:
        for part in order:
            if part.kind in ("fact", "binom", "mod", "floor") and names(part) & INTEGERS:
                return True
            if part.kind == "pow" and part.args[0].kind == "neg" and names(part.args[1]) & INTEGERS:
                return True
            if part.kind == "fn" and part.value in ("sin", "cos", "tan") and names(part) & INTEGERS:
                return True
    return False
