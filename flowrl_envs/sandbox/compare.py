"""Compares an answer with what was expected, on the host, by exact rules.

Nothing here trusts the type of an answer: it was decoded from bytes by `box/wire.py`, so it is made of the host's own
plain objects, and every rule says what it does with the wrong type, with NaN and with text that is no number.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from flowrl_envs.errors import UserError

Kind = Literal["exact", "equal", "float", "tokens", "lines", "float_tokens", "checker", "replay"]
KINDS: tuple[Kind, ...] = ("exact", "equal", "float", "tokens", "lines", "float_tokens", "checker", "replay")


@dataclass(frozen=True, slots=True)
class Compare:
    """How answers are judged.

    Attributes:
        kind: "exact": same types and values at every level, lists and tuples distinct; "equal": as `==` in Python but
            with True distinct from 1, and lists equal to tuples; "float": as "equal" with tolerance on every number;
            "tokens": the same words; "lines": the same lines but for white space at their ends and empty last lines;
            "float_tokens": words, numbers among them with tolerance; "checker": by a trusted program, one answer at a
            time; "replay": by a trusted program that is given all answers at once.
        rtol: relative tolerance.
        atol: absolute tolerance.
        source: of a checker: Python that defines `check(args, answer) -> bool`, or `check(stdin, output)`; of a
            replay: `check(list of args, list of answers) -> bool`.
    """

    kind: Kind = "exact"
    rtol: float = 1e-6
    atol: float = 1e-9
    source: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise UserError(f"Compare(kind={self.kind!r}): allowed are {', '.join(KINDS)}.")
        if (self.kind in ("checker", "replay")) != bool(self.source):
            raise UserError("Compare: `source` goes with kind='checker' and kind='replay', and with no other.")


def matches(rule: Compare, answer: object, expected: object) -> bool:
    """Whether an answer is right, for every kind that needs no trusted program.

    Args:
        rule: how to compare.
        answer: a returned value, or the text of standard output.
        expected: the value or text that is right.
    """
    if rule.kind == "exact":
        return identical(answer, expected)
    if rule.kind == "equal":
        return equal(answer, expected, 0.0, 0.0)
    if rule.kind == "float":
        return equal(answer, expected, rule.rtol, rule.atol)
    if type(answer) is not str or type(expected) is not str:
        return False
    if rule.kind == "lines":
        return _lines(answer) == _lines(expected)
    mine, theirs = answer.split(), expected.split()
    if rule.kind == "tokens":
        return mine == theirs
    return len(mine) == len(theirs) and all(map(lambda a, b: _token(a, b, rule), mine, theirs))


def identical(a: object, b: object) -> bool:
    """The same types and values at every level. NaN is identical to NaN, and -0.0 differs from 0.0."""
    if type(a) is not type(b):
        return False
    if type(a) is float and type(b) is float:
        return (a == b and math.copysign(1, a) == math.copysign(1, b)) or (a != a and b != b)
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return len(a) == len(b) and all(map(identical, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return len(a) == len(b) and _same_keys(a, b) and all(identical(value, b[key]) for key, value in a.items())
    if isinstance(a, set | frozenset) and isinstance(b, set | frozenset):
        return a == b and _same_keys(dict.fromkeys(a), dict.fromkeys(b))
    return a == b


def equal(a: object, b: object, rtol: float, atol: float) -> bool:
    """Python's equality with tolerance on numbers; True is not 1, a list equals a tuple of equal items."""
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, int | float) and isinstance(b, int | float):
        return near(a, b, rtol, atol)
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return len(a) == len(b) and all(equal(x, y, rtol, atol) for x, y in zip(a, b, strict=True))
    if isinstance(a, dict) and isinstance(b, dict):
        return len(a) == len(b) and all(key in b and equal(value, b[key], rtol, atol) for key, value in a.items())
    return a == b


def near(a: float, b: float, rtol: float, atol: float) -> bool:
    """Whether |a - b| <= atol + rtol |b|, with infinities equal to themselves and NaN near nothing."""
    if a == b:
        return True
    try:
        return math.isfinite(a) and math.isfinite(b) and abs(a - b) <= atol + rtol * abs(b)
    except OverflowError:  # an int beyond the floats, next to a float
        return False


def _same_keys(a: dict[object, object], b: dict[object, object]) -> bool:
    """Keys of the same types: 1, 1.0 and True are one key to a dict."""
    originals = {key: key for key in b}
    return all(key in originals and identical(key, originals[key]) for key in a)


def _lines(text: str) -> Sequence[str]:
    return [line.rstrip() for line in text.rstrip().splitlines()]


def _token(mine: str, theirs: str, rule: Compare) -> bool:
    if mine == theirs:
        return True
    try:
        return "_" not in mine and near(float(mine), float(theirs), rule.rtol, rule.atol)
    except ValueError:
        return False
