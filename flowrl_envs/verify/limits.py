"""Bounds that hold before any work is done, and the options of a verification.

Every later stage is linear in what passes these caps or is bounded by a cap of its own, named here, so no input can
make a verification long.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Mode(StrEnum):
    """Where an answer may stand in a response."""

    AUTO = "auto"
    """The first rule of `extract.RULES` that finds an answer."""
    BOXED = "boxed"
    """Only a closed, non-empty box counts (the strict mode)."""
    FLOWRL = "flowrl"
    """The published FlowRL training format: "Answer: ..." within the last 300 characters."""
    BARE = "bare"
    """The whole text is the answer."""
    CHOICE = "choice"
    """The answer is one letter among choices."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps on the size of what is read and computed.

    Attributes:
        response: characters of a response; a longer one is not read.
        answer: characters of an extracted answer.
        tokens: tokens of an answer.
        nesting: brackets and arguments open at once.
        digits: digits of one number.
        bits: bits of an exact rational; larger values are handled as balls.
        precision: bits of the finest balls.
        elements: elements of a set or list that are matched in any order.
    """

    response: int = 1_000_000
    answer: int = 20_000
    tokens: int = 12_000
    nesting: int = 1_200
    digits: int = 12_000
    bits: int = 60_000
    precision: int = 4_096
    elements: int = 2_000


@dataclass(frozen=True, slots=True)
class Options:
    """How strict a verification is.

    Attributes:
        decimal_digits: a decimal stands for an irrational or long value only if it is that value rounded to its own
            digits and has at least this many significant ones.
        tolerance: absolute tolerance around a numeric reference, for data sets that state one; None is exact.
        unevaluated: whether a sum, integral, limit or derivative counts as an answer where the reference has none.
        deadline: seconds that a symbolic comparison may take.
        limits: caps on size.
    """

    decimal_digits: int = 6
    tolerance: float | None = None
    unevaluated: bool = False
    deadline: float = 2.0
    limits: Limits = field(default_factory=Limits)


DEFAULT = Options()
