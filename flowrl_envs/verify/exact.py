"""Exact rational value of a constant tree, with a cap on the size of every intermediate number.

Handles the arithmetic of fractions, powers, factorials, binomials, gcd, lcm, max and min; returns None for everything
else, which `scalar.py` then gives to balls.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from flint import fmpq, fmpz

from flowrl_envs.verify.nodes import Node, postorder


class _GiveUp(Exception):  # noqa: N818 - a signal, not an error
    """The tree is not a small rational constant."""


def rational(node: Node, bits: int) -> fmpq | None:
    """The exact value of a tree, or None if it is not a rational constant of at most `bits` bits."""
    kind, args, value = node
    if kind == "num":
        return _constant(value[0], value[1])
    stack: list[fmpq] = []
    try:
        for kind, args, value in postorder(node):
            if kind == "num":
                stack.append(_constant(value[0], value[1]))
                continue
            rule = FOLDS.get(value) if kind == "fn" else _RULES.get(kind)
            if rule is None or not args:
                return None
            start = len(stack) - len(args)
            result = rule(stack[start:], bits)
            if 2 * result.height_bits() > bits and _bits(result) > bits:
                return None
            stack[start:] = (result,)
    except _GiveUp:
        return None
    return stack[-1]


@lru_cache(maxsize=4096)
def _constant(numerator: int, denominator: int) -> fmpq:
    return fmpq(numerator, denominator)


def _bits(value: fmpq) -> int:
    return int(value.p.bit_length() + value.q.bit_length())


def _small(value: fmpq, bound: int) -> int:
    if value.q != 1 or not 0 <= value.p <= bound:
        raise _GiveUp
    return int(value.p)


def _add(args: list[fmpq], _: int) -> fmpq:
    total = fmpq(0)
    for value in args:
        total += value
    return total


def _mul(args: list[fmpq], bits: int) -> fmpq:
    total = fmpq(1)
    for value in args:
        total *= value
        if 2 * total.height_bits() > bits and _bits(total) > bits:
            raise _GiveUp
    return total


def _div(args: list[fmpq], _: int) -> fmpq:
    if args[1] == 0:
        raise _GiveUp
    return args[0] / args[1]


def _pow(args: list[fmpq], bits: int) -> fmpq:
    base, exponent = args
    if exponent.q != 1 or (base == 0 and exponent <= 0):
        raise _GiveUp
    if base in (0, 1):
        return base
    if base == -1:
        return fmpq(-1 if exponent.p % 2 else 1)
    if abs(exponent.p) > bits or _bits(base) * abs(int(exponent.p)) > 2 * bits:
        raise _GiveUp
    return base ** int(exponent.p)


def _root(args: list[fmpq], _: int) -> fmpq:
    """A square root that is rational."""
    radicand, index = args
    if index != 2 or radicand < 0:
        raise _GiveUp
    top, bottom = radicand.p.isqrt(), radicand.q.isqrt()
    if top * top != radicand.p or bottom * bottom != radicand.q:
        raise _GiveUp
    return fmpq(top, bottom)


def _mod(left: fmpq, right: fmpq) -> fmpq:
    if right == 0:
        raise _GiveUp
    return left - right * fmpq((left / right).floor())


def _fact(args: list[fmpq], bits: int) -> fmpq:
    count = _small(args[0], min(bits // 8, 5000))
    return fmpq(fmpz.fac_ui(fmpz(count)))


def _binom(args: list[fmpq], bits: int) -> fmpq:
    top, bottom = _small(args[0], min(bits, 20_000)), _small(args[1], 20_000)
    return fmpq(fmpz.bin_uiui(top, bottom))


def _gcd(args: list[fmpq], _: int) -> fmpq:
    result = abs(args[0])
    for value in args[1:]:
        result = _common(result, abs(value))
    return result


def _lcm(args: list[fmpq], bits: int) -> fmpq:
    result = abs(args[0])
    for value in args[1:]:
        common = _common(result, abs(value))
        result = result * abs(value) / common if common != 0 else fmpq(0)
        if _bits(result) > bits:
            raise _GiveUp
    return result


def _common(left: fmpq, right: fmpq) -> fmpq:
    """The greatest rational that divides both."""
    scale = left.q * right.q
    return fmpq((left * scale).p.gcd((right * scale).p), scale)


FOLDS: dict[str, Callable[[list[fmpq], int], fmpq]] = {
    "gcd": _gcd,
    "lcm": _lcm,
    "max": lambda args, _: max(args),
    "min": lambda args, _: min(args),
}
"""Functions of any number of rationals."""
_RULES: dict[str, Callable[[list[fmpq], int], fmpq]] = {
    "add": _add,
    "mul": _mul,
    "div": _div,
    "pow": _pow,
    "fact": _fact,
    "root": _root,
    "binom": _binom,
    "neg": lambda args, _: -args[0],
    "pct": lambda args, _: args[0] / 100,
    "abs": lambda args, _: abs(args[0]),
    "floor": lambda args, _: fmpq(args[0].floor()),
    "mod": lambda args, _: _mod(*args),
    "ceil": lambda args, _: fmpq(args[0].ceil()),
}
