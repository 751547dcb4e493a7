"""Named functions on complex balls: elementary, gcd and friends, digits in a base."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flint import acb

from flowrl_envs.verify.arithmetic import HUGE, LOG_LIMIT, UndefinedError, UnsupportedError, factorial, real_value
from flowrl_envs.verify.exact import FOLDS, rational
from flowrl_envs.verify.nodes import Node, base_digits


def _fn(node: Node, args: list[Any]) -> Any:
    name = node.value
    if name in FOLDS:
        return _fold(name, node, args)
    rule = _FUNCTIONS.get(name)
    if rule is None or len(args) != 1:
        raise UnsupportedError(str(name))
    value = args[0]
    if value is HUGE:
        if name == "exp":
            return HUGE
        raise UnsupportedError("huge")
    if name == "exp" and not abs(value) < LOG_LIMIT:
        if value.imag == 0 and value.real > 0:
            return HUGE
        raise UnsupportedError("huge")
    if name in ("ln", "log?", "log10") and value == 0:
        raise UndefinedError("logarithm of zero")
    if name == "gamma":
        return factorial(node, [value - 1])
    if name in ("asin", "acos") and value.imag == 0 and (value.real > 1 or value.real < -1):
        return acb(value.real).asin() if name == "asin" else acb(value.real).acos()
    return rule(value)


def _fold(name: str, node: Node, args: list[Any]) -> Any:
    values = [real_value(value) for value in args]
    if not values:
        raise UnsupportedError(name)
    if name in ("max", "min"):
        result = values[0]
        for value in values[1:]:
            result = result.max(value) if name == "max" else result.min(value)
        return acb(result)
    exact = rational(node, 4096)
    if exact is None:
        raise UnsupportedError(name)
    return acb(exact)


def _base(node: Node, _: list[Any]) -> Any:
    value = base_digits(node)
    if value is None:
        raise UndefinedError("digits")
    return acb(value)


def _sgn(value: Any) -> Any:
    real = real_value(value)
    if real > 0 or real < 0:
        return acb(1 if real > 0 else -1)
    if real == 0:
        return acb(0)
    raise UndefinedError("sign")


_FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "sin": lambda x: x.sin(),
    "cos": lambda x: x.cos(),
    "tan": lambda x: x.tan(),
    "cot": lambda x: x.cot(),
    "sec": lambda x: x.sec(),
    "csc": lambda x: x.csc(),
    "sinh": lambda x: x.sinh(),
    "cosh": lambda x: x.cosh(),
    "tanh": lambda x: x.tanh(),
    "coth": lambda x: x.coth(),
    "asin": lambda x: x.asin(),
    "acos": lambda x: x.acos(),
    "atan": lambda x: x.atan(),
    "acot": lambda x: (1 / x).atan(),
    "asec": lambda x: (1 / x).acos(),
    "acsc": lambda x: (1 / x).asin(),
    "asinh": lambda x: x.asinh(),
    "acosh": lambda x: x.acosh(),
    "atanh": lambda x: x.atanh(),
    "ln": lambda x: x.log(),
    "log?": lambda x: x.log(),
    "log10": lambda x: x.log() / acb(10).log(),
    "exp": lambda x: x.exp(),
    "gamma": lambda x: x.gamma(),
    "Re": lambda x: acb(x.real),
    "Im": lambda x: acb(x.imag),
    "arg": lambda x: acb(x.arg()),
    "erf": lambda x: x.erf(),
    "sgn": _sgn,
}
FUNCTIONS: dict[str, Callable[[Node, list[Any]], Any]] = {"fn": _fn, "base": _base}
"""The rule of each kind of node that is a function."""
