"""The canonical form of an expression: what makes two solutions of a Countdown problem the same one.

Two expressions have the same form exactly if the following laws turn one into the other:

- + and * are commutative and associative;
- a - b = a + (-b) and a / b = a * (1 / b), so 7-(3-5), 7+5-3 and 5+7-3 are one solution, as are 8/(4/2) and 2*8/4;
- a sign moves out of a product: (-a)*b = -(a*b) and -(a-b) = b-a, so (3-5)*(2-7) and (7-2)*(5-3) are one solution.

By the last law some expressions are their own negative: 5-5 is, and so are every product with such a factor and every
sum whose other terms cancel in pairs. A product of this kind has no sign, so 9-4*(5-5) and 9+4*(5-5) are one solution.
Being worth zero is not enough for it: (2+3-5)*4 and (5-2-3)*4 are two forms.

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
        unsigned: its terms that are their own negative, in order; they are written with a plus.
        up: the numerator's factors, in order, where there is a single term; empty for a sum.
        down: the denominator's factors, in order, where there is a single term.
    """

    value: Value
    plus: tuple[str, ...]
    minus: tuple[str, ...]
    unsigned: tuple[str, ...] = ()
    up: tuple[str, ...] = ()
    down: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The form in writing; `parse` reads it back to an equal form."""
        positive = _ordered(self.plus + self.unsigned) if self.unsigned else self.plus
        return "+".join(positive) + "".join(f"-{term}" for term in self.minus)

    @property
    def own_negative(self) -> bool:
        """Whether the laws turn it into its negative; it is then worth zero."""
        return self.plus == self.minus


def number(value: int) -> Form:
    """A number by itself."""
    return Form(value, (str(value),), (), up=(str(value),))


def negative(a: Form) -> Form:
    """The form of -a."""
    return Form(-a.value, a.minus, a.plus, a.unsigned, a.up, a.down)


def add(a: Form, b: Form) -> Form:
    """The form of a + b."""
    plus, minus, unsigned = a.plus + b.plus, a.minus + b.minus, a.unsigned + b.unsigned
    return Form(a.value + b.value, _ordered(plus), _ordered(minus), _ordered(unsigned))


def multiply(a: Form, b: Form) -> Form:
    """The form of a * b."""
    (up_a, down_a), (up_b, down_b) = _factors(a), _factors(b)
    return _product(a.value * b.value, _sign(a) * _sign(b), _ordered(up_a + up_b), _ordered(down_a + down_b))


def divide(a: Form, b: Form) -> Form:
    """The form of a / b.

    Raises:
        ZeroDivisionError: b is worth zero.
    """
    (up_a, down_a), (up_b, down_b) = _factors(a), _factors(b)
    return _product(ratio(a.value, b.value), _sign(a) * _sign(b), _ordered(up_a + down_b), _ordered(down_a + up_b))


def ratio(a: Value, b: Value) -> Value:
    """The exact quotient, as an int where it is one."""
    if isinstance(a, int) and isinstance(b, int) and a % b == 0:
        return a // b
    quotient = Fraction(a, b)
    return quotient.numerator if quotient.denominator == 1 else quotient


def _product(value: Value, sign: int, up: tuple[str, ...], down: tuple[str, ...]) -> Form:
    term = ("*".join(up) + "".join(f"/{factor}" for factor in down),)
    if sign == 0:
        return Form(value, (), (), term, up, down)
    return Form(value, term, (), (), up, down) if sign > 0 else Form(value, (), term, (), up, down)


def _sign(a: Form) -> int:
    """What `a` adds to the sign of a product: 1, -1, or 0 where it leaves the product without one."""
    if a.own_negative:
        return 0
    if a.up:
        return 1 if a.plus else -1
    if a.value != 0:
        return 1 if a.value > 0 else -1
    other = negative(a)
    return 1 if a.plus and (not other.plus or a.text <= other.text) else -1


def _factors(a: Form) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Numerator and denominator of `a` as part of a product, without its sign."""
    if a.up:
        return a.up, a.down
    return (f"({a.text if _sign(a) >= 0 else negative(a).text})",), ()


def _ordered(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(texts, key=lambda text: (-len(text), text)))
