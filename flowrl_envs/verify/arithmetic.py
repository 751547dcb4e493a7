"""Arithmetic on complex balls: the rule of each operator, with the conventions of school mathematics.

A real root of odd order is taken of a negative number, so (-8)^(1/3) is -2. Values too large to hold are the marker
HUGE; what has no value (1/0, infinity) raises `UndefinedError`. flint keeps its working precision in one place for
the whole process, so evaluations run under `precision`, which holds a lock.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from typing import Any

from flint import acb, arb, ctx, fmpq

from flowrl_envs.verify.nodes import Node

HUGE = "huge"
"""A real number beyond 2^(2^60), positive."""
LOG_LIMIT = 2.0**60
_LOCK = threading.RLock()


class UndefinedError(Exception):
    """The expression has no value at this point. Internal."""


class UnsupportedError(Exception):
    """The expression holds something that has no number (a set, an integral). Internal."""


class WideError(UnsupportedError):
    """The finest balls leave the value open. Internal."""


class precision:  # noqa: N801 - a context manager, read as a verb
    """Holds flint's precision at `bits`; other threads wait, for no longer than one bounded evaluation."""

    __slots__ = ("before", "bits")

    def __init__(self, bits: int) -> None:
        self.bits = bits

    def __enter__(self) -> None:
        _LOCK.acquire()
        self.before = ctx.prec
        ctx.prec = self.bits

    def __exit__(self, *_: object) -> None:
        ctx.prec = self.before
        _LOCK.release()


@lru_cache(maxsize=8)
def half(bits: int) -> Any:
    """How narrow a ball must be, relative to its value, to say it: half of the precision."""
    return arb(2) ** (-bits // 2)


def finite(*values: Any) -> None:
    """Raises `UnsupportedError` if a value is HUGE."""
    for value in values:
        if value is HUGE:
            raise UnsupportedError("huge")


@lru_cache(maxsize=8192)
def constant(numerator: int, denominator: int, bits: int) -> Any:
    """The ball of a rational at the current precision, which is `bits`."""
    return acb(fmpq(numerator, denominator))


def _const(node: Node, _: list[Any]) -> Any:
    if node.value == "pi":
        return acb(arb.pi())
    if node.value == "e":
        return acb(1).exp()
    if node.value == "i":
        return acb(0, 1)
    if node.value == "inf":
        raise UndefinedError("infinity")
    raise UnsupportedError(str(node.value))


def _add(_: Node, args: list[Any]) -> Any:
    if any(value is HUGE for value in args):
        return HUGE
    total = args[0]
    for value in args[1:]:
        total = total + value
    return total


def _neg(_: Node, args: list[Any]) -> Any:
    finite(*args)
    return -args[0]


def _mul(_: Node, args: list[Any]) -> Any:
    factors = [value for value in args if value is not HUGE]
    total = factors[0] if factors else acb(1)
    for value in factors[1:]:
        total = total * value
    if len(factors) == len(args):
        return total
    if total.imag == 0 and total.real > 0:
        return HUGE
    raise UnsupportedError("huge")


def _div(_: Node, args: list[Any]) -> Any:
    top, bottom = args
    if bottom is HUGE:
        raise UnsupportedError("huge")
    if bottom == 0:
        raise UndefinedError("division by zero")
    if top is HUGE:
        return _mul(_, [HUGE, 1 / bottom])
    return top / bottom


def _pow(node: Node, args: list[Any]) -> Any:
    base, exponent = args
    if base is HUGE:
        if exponent is HUGE or (exponent.imag == 0 and exponent.real > 1):
            return HUGE
        raise UnsupportedError("huge")
    if exponent is HUGE:
        if base.imag == 0 and base.real > 1:
            return HUGE
        raise UnsupportedError("huge")
    return power(base, exponent, written_ratio(node.args[1]))


def power(base: Any, exponent: Any, ratio: tuple[int, int] | None) -> Any:
    """Base ** exponent; `ratio` is the exponent as a reduced fraction where it is written as one."""
    if exponent == 0:
        if base == 0:
            raise UndefinedError("0^0")
        return acb(1)
    if base == 0:
        if exponent.real > 0:
            return acb(0)
        raise UndefinedError("power of zero")
    whole = exponent.imag == 0 and exponent.real.is_exact() and exponent.real.is_integer()
    if whole and abs(exponent.real) < 10**6:
        return base ** int(exponent.real.unique_fmpz())
    if _too_large(base, exponent):
        if base.imag == 0 and exponent.imag == 0 and base.real > 0:
            if (base.real > 1) == (exponent.real > 0):
                return HUGE
            raise UnsupportedError("tiny")
        return _integer_power_of_sign(base, exponent)
    if ratio is not None and ratio[1] % 2 and base.imag == 0 and base.real < 0:
        value = (-base) ** exponent
        return -value if ratio[0] % 2 else value
    if base.imag == 0 and exponent.imag == 0 and exponent.real == arb(0.5):
        return base.sqrt()
    return base**exponent


def _integer_power_of_sign(base: Any, exponent: Any) -> Any:
    if base == 1:
        return acb(1)
    if base == -1 and exponent.imag == 0 and exponent.real.is_integer():
        return acb(-1 if int(exponent.real.unique_fmpz()) % 2 else 1)
    raise UnsupportedError("huge")


def _too_large(base: Any, exponent: Any) -> bool:
    size = abs(exponent) * abs(abs(base).log())
    return not size < LOG_LIMIT


def _root(node: Node, args: list[Any]) -> Any:
    radicand, index = args
    finite(radicand, index)
    if index == 2:
        return radicand.sqrt()
    if index == 0:
        raise UndefinedError("zeroth root")
    ratio = written_ratio(node.args[1])
    return power(radicand, 1 / index, (ratio[1], ratio[0]) if ratio else None)


def written_ratio(node: Node) -> tuple[int, int] | None:
    """The reduced fraction a small exponent tree spells, else None."""
    sign = 1
    while node.kind == "neg":
        sign, node = -sign, node.args[0]
    if node.kind == "num":
        return sign * node.value.numerator, node.value.denominator
    if node.kind == "div" and all(part.kind == "num" for part in node.args) and node.args[1].value.numerator:
        value = Fraction(*node.args[0].value[:2]) / Fraction(*node.args[1].value[:2])
        return sign * value.numerator, value.denominator
    return None


def factorial(node: Node, args: list[Any]) -> Any:
    """The factorial, by the gamma function."""
    (value,) = args
    if value is HUGE:
        return HUGE
    if value.imag == 0 and value.real.is_exact() and value.real.is_integer() and value.real < 0:
        raise UndefinedError("factorial of a negative integer")
    if value.imag == 0 and value.real > 2.0**55:
        return HUGE
    if not abs(value) < 2.0**60:
        raise UnsupportedError("huge")
    return (value + 1).gamma()


def _fact2(_: Node, args: list[Any]) -> Any:
    (value,) = args
    finite(value)
    if not (value.imag == 0 and value.real.is_exact() and value.real.is_integer() and 0 <= value.real < 1000):
        raise UnsupportedError("double factorial")
    product = acb(1)
    for factor in range(int(value.real.unique_fmpz()), 0, -2):
        product *= factor
    return product


def _binom(_: Node, args: list[Any]) -> Any:
    finite(*args)
    top, bottom = args
    if not (abs(top) < 2.0**55 and abs(bottom) < 2.0**55):
        raise UnsupportedError("huge")
    if bottom.imag == 0 and bottom.real.is_exact() and bottom.real.is_integer():
        count = int(bottom.real.unique_fmpz())
        if count < 0:
            return acb(0)
        if count < 200:
            product = acb(1)
            for step in range(count):
                product = product * (top - step) / (step + 1)
            return product
    return (top + 1).gamma() / ((bottom + 1).gamma() * (top - bottom + 1).gamma())


def real_value(value: Any) -> Any:
    """The real part of an exactly real value; `UndefinedError` for any other."""
    finite(value)
    if not value.imag == 0:
        raise UndefinedError("not real")
    return value.real


def _abs(_: Node, args: list[Any]) -> Any:
    finite(args[0])
    return acb(abs(args[0]))


def _whole(value: Any) -> Any:
    """The real integer that a ball is down to half of the working precision, as two equal values are; else the ball."""
    if not value.is_exact() and (whole := value.unique_fmpz()) is not None and value.rad() < half(ctx.prec):
        return arb(whole)
    return value


def _floor(_: Node, args: list[Any]) -> Any:
    return acb(_whole(real_value(args[0])).floor())


def _ceil(_: Node, args: list[Any]) -> Any:
    return acb(_whole(real_value(args[0])).ceil())


def _mod(_: Node, args: list[Any]) -> Any:
    left, right = real_value(args[0]), real_value(args[1])
    if right == 0:
        raise UndefinedError("modulo zero")
    return acb(left - right * _whole(left / right).floor())


def _deg(_: Node, args: list[Any]) -> Any:
    finite(args[0])
    return args[0] * acb(arb.pi()) / 180


def _pct(_: Node, args: list[Any]) -> Any:
    finite(args[0])
    return args[0] / 100


ARITHMETIC: dict[str, Callable[[Node, list[Any]], Any]] = {
    "const": _const, "add": _add, "neg": _neg, "mul": _mul, "div": _div, "pow": _pow, "root": _root, "fact": factorial,
    "fact2": _fact2, "binom": _binom, "floor": _floor, "ceil": _ceil, "mod": _mod, "deg": _deg, "pct": _pct,
    "abs": _abs,
}  # fmt: skip
"""The rule of each kind of node that is arithmetic: from the node and its arguments' values to its value."""
