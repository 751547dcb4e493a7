"""Where expressions change their rule: absolute values, roots, maxima at corners, floors at every integer.

Expressions that agree on one side of a corner may differ on the other, so they are compared between their constants,
beyond them, and, where there are floors, at integers around multiples and powers of the constants.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

from flint import fmpq

from flowrl_envs.verify.exact import rational
from flowrl_envs.verify.nodes import Node, names

STEPS = frozenset({"floor", "ceil", "mod"})
"""Operations with a corner at every integer."""
_CORNERS = STEPS | {"abs", "root"}
_BROKEN_FUNCTIONS = frozenset({"max", "min", "sgn"})
_CORNER_FUNCTIONS = _BROKEN_FUNCTIONS | {"ln", "log?", "log10"}
_POLYNOMIAL = frozenset({"var", "add", "mul", "neg", "pct"})
_NEAREST, _FARTHEST = 50, 10**9
_NEAR = 10
"""How far the points of all expressions reach."""
_MOST_CONSTANTS = 6
_FIRST_STEP, _MOST_STEPS, _LARGEST_CONSTANT = 3, 160, 10**9
_CONSTANT_BITS = 64
_MOST_WORK = 20_000
"""Nodes that are evaluated at integers, all together."""


class Place(NamedTuple):
    """Where names are put: from `start` on, each at one of its own, up to 11 widths farther."""

    start: Any
    width: Any


def places(*orders: list[Node]) -> tuple[Place, ...]:
    """Where expressions with corners have to be compared: between their constants, and beyond them; () for smooth ones.

    Args:
        orders: the expressions, each as its postorder.
    """
    found = [part for order in orders for part in order if _has_corner(part)]
    if not found or not any(_names_inside(order[-1], _has_corner) for order in orders):
        return ()
    constants = _constants(orders)
    least = 0 if any(map(_is_broken, found)) else _NEAR  # roots have few corners, and near ones are met anyway
    between = tuple(
        Place(low + (high - low) / 3, (high - low) / 33)
        for low, high in pairwise([fmpq(0), *constants[-_MOST_CONSTANTS:]])
        if high > least
    )
    far = fmpq(min(2 * max(_NEAREST, int(constants[-1]) if constants else 0), _FARTHEST))
    return (*between, Place(far, far))


def steps(*orders: list[Node]) -> tuple[list[int], list[str]]:
    """The integers at which expressions with floors are compared, and the names that take them; none without floors."""
    if not any(part.kind in STEPS for order in orders for part in order):
        return [], []
    inside = sorted(frozenset().union(*(_names_inside(order[-1], _is_step) for order in orders)))
    if not inside:
        return [], []
    constants = [int(value) for value in _constants(orders) if 1 < value < _LARGEST_CONSTANT][-_MOST_CONSTANTS:]
    run = range(_FIRST_STEP, min(2 * max(constants, default=0) + 10, _MOST_STEPS))
    around = {
        centre + shift
        for value in constants
        for centre in (value, 2 * value, value * value)
        for other in (0, 1, *constants)
        for shift in (other, -other)
    }
    chosen = [*run, *sorted(value for value in around if value >= run.stop)]
    return chosen[: _MOST_WORK // (len(inside) * sum(map(len, orders)))], inside


def is_polynomial(node: Node) -> bool:
    """Whether the names of a tree stand in sums, products, quotients by numbers and powers written out alone."""
    stack = [node]
    while stack:
        part = stack.pop()
        kind, args = part.kind, part.args
        if kind in _POLYNOMIAL:
            stack += args
        elif (kind == "div" and not names(args[1])) or (kind == "pow" and _is_exponent(args[1])):
            stack.append(args[0])
        elif names(part):
            return False
    return True


def _is_exponent(node: Node) -> bool:
    return node.kind == "num" and node.value.denominator == 1


def _constants(orders: tuple[list[Node], ...]) -> list[Any]:
    """The sizes of the numbers written in expressions, 10^6 among them, in order."""
    written = {part.value[:2] for order in orders for part in order if part.kind == "num"}
    powers = {rational(part, _CONSTANT_BITS) for order in orders for part in order if part.kind == "pow"}
    sizes = {abs(fmpq(*parts)) for parts in written} | {abs(fmpq(value)) for value in powers if value is not None}
    return sorted(size for size in sizes if size)


def _names_inside(node: Node, test: Callable[[Node], bool]) -> frozenset[str]:
    """The variables in the parts of a tree that pass a test."""
    found = set()
    stack = [(node, False)]
    while stack:
        part, inside = stack.pop()
        inside = inside or test(part)
        if inside and part.kind == "var":
            found.add(part.value)
        stack += ((arg, inside) for arg in part.args)
    return frozenset(found)


def _is_step(part: Node) -> bool:
    return part.kind in STEPS


def _is_broken(part: Node) -> bool:
    """Whether an operation may have corners between any two constants."""
    return part.kind == "abs" or part.kind in STEPS or (part.kind == "fn" and part.value in _BROKEN_FUNCTIONS)


def _has_corner(part: Node) -> bool:
    """Whether an operation changes its rule, or leaves the reals, somewhere on the line."""
    if part.kind == "pow":
        exponent = part.args[1]
        return exponent.kind == "div" or (exponent.kind == "num" and exponent.value.denominator != 1)
    return part.kind in _CORNERS or (part.kind == "fn" and part.value in _CORNER_FUNCTIONS)
