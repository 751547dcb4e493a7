"""Numeric value of a tree as a complex ball (python-flint) at a point: rigorous enclosures, no floats, no recursion.

The rules are in `arithmetic.py` and `functions.py`. Variables are real.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flint import acb, ctx, fmpq

from flowrl_envs.verify.arithmetic import ARITHMETIC, HUGE, UnsupportedError, WideError, constant, half, precision
from flowrl_envs.verify.functions import FUNCTIONS
from flowrl_envs.verify.nodes import Node

PRECISIONS = (320, 1280, 4096)
"""Bits, from the coarsest to the finest, that a value is worked out to until it is known."""
_RULES = ARITHMETIC | FUNCTIONS


def evaluate(order: list[Node], point: Mapping[str, fmpq], degree_free: bool = False) -> Any:
    """The ball of a tree given as its postorder.

    Args:
        order: `postorder(tree)`.
        point: a rational value for every name.
        degree_free: whether a degree sign outside functions stands for 1 (a unit) rather than pi/180.

    Raises:
        UndefinedError: no value there.
        UnsupportedError: the tree is not a number.
    """
    stack: list[Any] = []
    bits = ctx.prec
    inside = _inside_functions(order) if degree_free else frozenset()
    for index, node in enumerate(order):
        kind = node.kind
        if kind == "num":
            value = node.value
            stack.append(constant(value.numerator, value.denominator, bits))
            continue
        if kind == "var":
            stack.append(acb(point[node.value]))
            continue
        rule = _RULES.get(kind)
        if rule is None:
            raise UnsupportedError(kind)
        count = len(node.args)
        args = stack[len(stack) - count :] if count else []
        if count:
            del stack[len(stack) - count :]
        if kind == "deg" and degree_free and index not in inside:
            stack.append(args[0])
        else:
            stack.append(rule(node, args))
    return stack[-1]


def settled(order: list[Node], point: Mapping[str, fmpq], precisions: tuple[int, ...] = PRECISIONS) -> Any:
    """The ball of a tree at the coarsest precision that makes it narrow, so that balls that overlap are one value.

    Raises:
        WideError: it is not narrow at the finest.
        UndefinedError, UnsupportedError: as `evaluate` does.
    """
    for bits in precisions:
        with precision(bits):
            value = evaluate(order, point)
            if value is HUGE or is_narrow(value):
                return value
    raise WideError("wide")


def is_narrow(value: Any) -> bool:
    """Whether a ball says its value to half of the working precision, relative to the value or to 1."""
    if not value.is_finite():
        return False
    radius = max(value.real.rad(), value.imag.rad())
    return bool(radius == 0 or radius <= max(abs(value).upper(), 1) * half(ctx.prec))


def _inside_functions(order: list[Node]) -> frozenset[int]:
    """Positions in a postorder that lie inside the argument of a function or an exponent."""
    inside: set[int] = set()
    below: list[bool] = [False]
    for index in range(len(order) - 1, -1, -1):
        node = order[index]
        if covered := below.pop():
            inside.add(index)
        if node.kind == "pow":
            below += (covered, True)
        else:
            below += [covered or node.kind == "fn"] * len(node.args)
    return frozenset(inside)
