"""The canonical form of an expression: what makes two solutions of a Countdown problem the same one.

Two expressions have the same form exactly if the following laws turn one into the other:

- + and * are commutative and associative;
- a - b = a + (-b) and a / b = a * (1 / b), so 7-(3-5), 7+5-3 and 5+7-3 are one solution, as are 8/(4/2) and 2*8/4;
- a sign moves out of a product: (-a)*b = -(a*b) and -(a-b) = b-a, so (3-5)*(2-7) and (7-2)*(5-3) are one solution.

Nothing that depends on which numbers they are is used: no distributivity, no x*1 = x/1 = x, no 2+2 = 2*2. A form is
written with every bracket worth at least zero (one worth exactly zero takes the sign whose text comes first), terms
and factors ordered longest first, then alphabetically. Values are exact rationals: ints, or Fractions where needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

Value = int | Fraction


@dataclass(frozen=True, slots=True)
class Form:
    """A canonical expression.

    Attributes:
        value: its exact value.
        plus: its positive terms, in order.
        minus: its negative terms, in order.
        up: the numerator's factors, in order, where there is a single term; empty for a sum.
        down: the denominator's factors, in order, where there is a single term.
    """

    value: Value
    plus: tuple[str, ...]
    minus: tuple[str, ...]
    up: tuple[str, ...] = ()
    down: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The form in writing; `parse` reads it back to an equal form."""
        return "+".join(self.plus) + "".join(f"-{term}" for term in self.minus)


def number(value: int) -> Form:
    """A number by itself."""
    return Form(value, (str(value),), (), (str(value),))


def negative(a: Form) -> Form:
    """The form of -a."""
    return Form(-a.value, a.minus, a.plus, a.up, a.down)


def add(a: Form, b: Form) -> Form:
    """The form of a + b."""
    return Form(a.value + b.value, _ordered(a.plus + b.plus), _ordered(a.minus + b.minus))


def multiply(a: Form, b: Form) -> Form:
    """The form of a * b."""
    (sign_a, up_a, down_a), (sign_b, up_b, down_b) = _factors(a), _factors(b)
    return _product(a.value * b.value, sign_a == sign_b, _ordered(up_a + up_b), _ordered(down_a + down_b))


def divide(a: Form, b: Form) -> Form:
    """The form of a / b.

    Raises:
        ZeroDivisionError: b is worth zero.
    """
    (sign_a, up_a, down_a), (sign_b, up_b, down_b) = _factors(a), _factors(b)
    return _product(ratio(a.value, b.value), sign_a == sign_b, _ordered(up_a + down_b), _ordered(down_a + up_b))


def ratio(a: Value, b: Value) -> Value:
    """The exact quotient, as an int where it is one."""
    if isinstance(a, int) and isinstance(b, int) and a % b == 0:
        return a // b
    quotient = Fraction(a, b)
    return quotient.numerator if quotient.denominator == 1 else quotient


def _product(value: Value, positive: bool, up: tuple[str, ...], down: tuple[str, ...]) -> Form:
    text = "*".join(up) + "".join(f"/{factor}" for factor in down)
    return Form(value, (text,), (), up, down) if positive else Form(value, (), (text,), up, down)


def _factors(a: Form) -> tuple[bool, tuple[str, ...], tuple[str, ...]]:
    """Sign (True for +), numerator and denominator of `a` as part of a product."""
    if a.up:
        return bool(a.plus), a.up, a.down
    other = negative(a)
    keep = a.value > 0 or (a.value == 0 and bool(a.plus) and (not other.plus or a.text <= other.text))
    return keep, (f"({a.text if keep else other.text})",), ()


def _ordered(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(texts, key=lambda text: (-len(text), text)))
