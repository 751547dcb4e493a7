"""What a family of mathematical problems is, and the few helpers that all families share.

A family draws a question and its answer for a level from 1 (one step) to 3 (several steps, larger or symbolic
answers). It chooses the parameters so that the answer is known by construction or by exact integer arithmetic; no
computer algebra runs. Mathematics stands between dollar signs, answers are LaTeX.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

Drawn = tuple[str, str]
"""(question, answer)"""


@dataclass(frozen=True, slots=True)
class Family:
    """One kind of problem.

    Attributes:
        name: unique among all families.
        subject: "algebra", "number theory", "counting", "geometry" or "calculus".
        draw: makes (question, answer) from a random generator and a level.
    """

    name: str
    subject: str
    draw: Callable[[random.Random, int], Drawn]


def family(subject: str, collected: list[Family]) -> Callable[[Callable[[random.Random, int], Drawn]], Family]:
    """A decorator that names a drawing function after itself and appends it to the families of a subject."""

    def decorate(draw: Callable[[random.Random, int], Drawn]) -> Family:
        made = Family(draw.__name__, subject, draw)
        collected.append(made)
        return made

    return decorate


def signed(rng: random.Random, largest: int) -> int:
    """A random integer from -largest to largest, not zero."""
    return rng.choice((-1, 1)) * rng.randint(1, largest)


def letter(rng: random.Random) -> str:
    """A random name for an unknown."""
    return rng.choice("xyztuvw")


def fraction(value: Fraction | int) -> str:
    r"""An exact rational in LaTeX: "-3" or "\frac{2}{5}", with the sign in front."""
    value = Fraction(value)
    if value.denominator == 1:
        return str(value.numerator)
    sign = "-" if value < 0 else ""
    return rf"{sign}\frac{{{abs(value.numerator)}}}{{{value.denominator}}}"


def polynomial(coefficients: list[int], x: str) -> str:
    """A polynomial in LaTeX, highest power first; `coefficients[k]` belongs to the k-th power."""
    text = ""
    for power in reversed(range(len(coefficients))):
        coefficient = coefficients[power]
        if coefficient == 0:
            continue
        size = "" if abs(coefficient) == 1 and power else str(abs(coefficient))
        variable = "" if power == 0 else x if power == 1 else f"{x}^{{{power}}}" if power > 9 else f"{x}^{power}"
        sign = "-" if coefficient < 0 else ""
        text += f" {sign or '+'} {size}{variable}" if text else f"{sign}{size}{variable}"
    return text or "0"


def radical(square: int) -> str:
    r"""The square root of a positive integer in lowest terms: "4", "\sqrt{3}" or "2\sqrt{3}"."""
    outside, inside = 1, square
    factor = 2
    while factor * factor <= inside:
        while inside % (factor * factor) == 0:
            inside //= factor * factor
            outside *= factor
        factor += 1
    if inside == 1:
        return str(outside)
    return rf"{'' if outside == 1 else outside}\sqrt{{{inside}}}"


def times(value: Fraction | int, symbol: str) -> str:
    r"""A rational multiple of a symbol: "\pi", "7\pi", "\frac{4\pi}{3}"."""
    value = Fraction(value)
    top = symbol if value.numerator == 1 else f"{value.numerator}{symbol}"
    return top if value.denominator == 1 else rf"\frac{{{top}}}{{{value.denominator}}}"
