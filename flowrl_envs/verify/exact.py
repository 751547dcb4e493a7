"""Exact rational value of a constant tree, with a cap on the size of every intermediate number.

Handles the arithmetic of fractions, powers, factorials, binomials, gcd, lcm, max and min; returns None for everything
else, which `scalar.py` then gives to balls. Integers are Python's, which are the fastest here, and fractions flint's.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from flint import fmpq, fmpz

from flowrl_envs.verify.literals import Literal
from flowrl_envs.verify.nodes import Node

Rational = Any
"""An int or an `fmpq`; an integer may be either."""


_INTEGERS = frozenset({int})


class GiveUpError(Exception):
    """The expression is no small rational constant. Internal: it never leaves the verifier."""


def rational(node: Node, bits: int) -> Rational | None:
    """The exact value of a tree, or None if it is not a rational constant of at most `bits` bits."""
    try:
        return _value(node, bits)
    except (GiveUpError, RecursionError):
        return None


def _value(node: Node, bits: int) -> Rational | None:
    kind, args, value = node
    if kind == "num":
        return constant(value)
    rule = FOLDS.get(value) if kind == "fn" else RULES.get(kind)
    if rule is None or not args:
        return None
    values = []
    for part in args:
        part_value = _value(part, bits)
        if part_value is None:
            return None
        values.append(part_value)
    result = rule(values, bits)
    return None if exceeds(result, bits) else result


def constant(number: Literal) -> Rational:
    """The value of a number written out."""
    return number[0] if number[1] == 1 else fmpq(number[0], number[1])


def numerator_denominator(value: Rational) -> tuple[int, int]:
    """The parts of a value in lowest terms."""
    return (value, 1) if type(value) is int else (int(value.p), int(value.q))


def exceeds(value: Rational, bits: int) -> bool:
    """Whether numerator and denominator together have more bits."""
    if type(value) is int:
        return value.bit_length() >= bits
    return 2 * value.height_bits() > bits and _bits(value) > bits


def _bits(value: Rational) -> int:
    if type(value) is int:
        return value.bit_length() + 1
    return int(value.p.bit_length() + value.q.bit_length())


def _small(value: Rational, bound: int) -> int:
    numerator, denominator = numerator_denominator(value)
    if denominator != 1 or not 0 <= numerator <= bound:
        raise GiveUpError
    return numerator


def _add(args: list[Rational], _: int) -> Rational:
    return sum(args[1:], args[0])


def _mul(args: list[Rational], bits: int) -> Rational:
    total = args[0]
    for value in args[1:]:
        total = total * value
        if exceeds(total, bits):
            raise GiveUpError
    return total


def _div(args: list[Rational], _: int) -> Rational:
    top, bottom = args
    if bottom == 0:
        raise GiveUpError
    if type(top) is int and type(bottom) is int:
        return fmpq(top, bottom) if top % bottom else top // bottom
    return top / bottom


def _pow(args: list[Rational], bits: int) -> Rational:
    base, exponent = args[0], _integer(args[1])
    if base == 0 and exponent <= 0:
        raise GiveUpError
    if base in (0, 1):
        return base
    if base == -1:
        return -1 if exponent % 2 else 1
    if abs(exponent) > bits or _bits(base) * abs(exponent) > 2 * bits:
        raise GiveUpError
    return base**exponent if exponent >= 0 else fmpq(1) / base**-exponent


def _integer(value: Rational) -> int:
    numerator, denominator = numerator_denominator(value)
    if denominator != 1:
        raise GiveUpError
    return numerator


def _root(args: list[Rational], _: int) -> Rational:
    """A square root that is rational."""
    radicand, index = args
    if index != 2 or radicand < 0:
        raise GiveUpError
    parts = numerator_denominator(radicand)
    top, bottom = (math.isqrt(part) for part in parts)
    if (top * top, bottom * bottom) != parts:
        raise GiveUpError
    return fmpq(top, bottom)


def _mod(args: list[Rational], _: int) -> Rational:
    left, right = args
    if right == 0:
        raise GiveUpError
    if type(left) is int and type(right) is int:
        return left % right
    return left - right * _floor([left / right], 0)


def _floor(args: list[Rational], _: int) -> Rational:
    numerator, denominator = numerator_denominator(args[0])
    return numerator // denominator


def _fact(args: list[Rational], bits: int) -> Rational:
    return int(fmpz.fac_ui(fmpz(_small(args[0], min(bits // 8, 5000)))))


def _binom(args: list[Rational], bits: int) -> Rational:
    top, bottom = _small(args[0], min(bits, 20_000)), _small(args[1], 20_000)
    return int(fmpz.bin_uiui(top, bottom))


def _gcd(args: list[Rational], _: int) -> Rational:
    """The greatest rational that divides all."""
    if _INTEGERS.issuperset(map(type, args)):
        return math.gcd(*args)
    result = abs(fmpq(args[0]))
    for value in args[1:]:
        result = result.gcd(value)
    return result


def _lcm(args: list[Rational], bits: int) -> Rational:
    """The least rational that all divide."""
    if _INTEGERS.issuperset(map(type, args)) and sum(map(_bits, args)) <= bits:
        return math.lcm(*args)
    result = abs(fmpq(args[0]))
    for value in args[1:]:
        common = result.gcd(value)
        result = abs(result * value) / common if common else common
        if exceeds(result, bits):
            raise GiveUpError
    return result


Rule = Callable[[list[Rational], int], Rational]
"""From the values of the arguments and the most bits to the value. Raises `GiveUpError`."""
FOLDS: dict[str, Rule] = {
    "gcd": _gcd,
    "lcm": _lcm,
    "max": lambda args, _: max(args),
    "min": lambda args, _: min(args),
}
"""Functions of any number of rationals."""
RULES: dict[str, Rule] = {
    "add": _add,
    "mul": _mul,
    "div": _div,
    "pow": _pow,
    "fact": _fact,
    "root": _root,
    "binom": _binom,
    "neg": lambda args, _: -args[0],
    "pct": lambda args, _: _div([args[0], 100], 0),
    "abs": lambda args, _: abs(args[0]),
    "floor": _floor,
    "mod": _mod,
    "ceil": lambda args, _: -_floor([-args[0]], 0),
}
