"""Equations and inequalities: what stands for a name, what is one statement written in two ways.

An equation whose one side is a name ("x = 5", "f(x) = x^2", "A:B = 1:2") may be given by its value alone. Two
equations without a name are the same where their sides' differences are a constant multiple of one another.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from flint import acb, arb, fmpq

from flowrl_envs.verify.agreement import OPAQUE, opaque
from flowrl_envs.verify.arithmetic import HUGE, UndefinedError, UnsupportedError, WideError, precision
from flowrl_envs.verify.balls import PRECISIONS, settled
from flowrl_envs.verify.literals import reduced
from flowrl_envs.verify.measures import unit_factor
from flowrl_envs.verify.naming import is_combined, is_computed, is_inverse, is_name
from flowrl_envs.verify.nodes import ZERO, Node, free_names, kinds, names, postorder, preorder
from flowrl_envs.verify.points import integer_points, points_of

_CONTAINERS = frozenset({"seq", "set"})
_NUMBERS = frozenset({"num", "neg", "div", "pow", "root"})
_EQUATIONS = (("=",), ("~",))
_UNKNOWN_VALUES = frozenset({"apply", "mark", "prime"})
_FLIP = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "!=": "!="}


def value_side(node: Node) -> Node | None:
    """The value that an equation gives to a name; the last side of a consistent chain; None if it names nothing."""
    if node.kind != "rel" or set(node.value) - {"=", "in", "==", "~"}:
        return None
    if "in" in node.value:
        return node.args[1] if node.value == ("in",) and is_name(node.args[0]) else None
    first, last = node.args[0], node.args[-1]
    if is_name(first) or first.kind == "empty":
        if is_inverse(first) and "matrix" not in kinds(last):
            return None
        return last if consistent(node.args[1:]) else None
    if is_name(last) and len(node.args) == 2:
        return first
    if any(free_names(part) for part in node.args) or (
        any(part.kind in _NUMBERS for part in node.args) and any(part.kind in _CONTAINERS for part in node.args)
    ):
        return None
    return last if consistent(node.args) else None


def given_value(node: Node) -> Node | None:
    """The value that an answer's equation gives: to a name, or to what it says that it has computed.

    A chain of three sides and more that ends in a number has computed it, whatever it begins with.
    """
    value = value_side(node)
    if value is not None or set(node.value) - {"=", "~"}:
        return value
    first, last = node.args[0], node.args[-1]
    if (
        len(dict.fromkeys(node.args)) > 2
        and not free_names(last)
        and not any(part.kind in _CONTAINERS for part in node.args)
    ):
        return last if consistent(node.args) else None  # worked out: (u + v)(x + y) = ux + ... = 40
    if len(node.args) == 2 and is_computed(last) and not is_computed(first):
        first, last = last, first
    if not is_computed(first) or ((names(last) or last == ZERO) and is_combined(first)):
        return None  # x + y = 0 and x + y = z are lines and planes
    return last if consistent(node.args[1:]) else None


def consistent(sides: tuple[Node, ...]) -> bool:
    """Whether no two neighbouring numeric sides of a chain contradict each other; units beside units are converted."""
    if len(sides) > 1 and all(part.kind == "unit" for part in sides):
        sides = tuple(_in_base_units(part) for part in sides)
    bare = (part.args[0] if part.kind == "unit" else part for part in sides)
    numeric = [part for part in bare if not names(part) and all(p.kind != "dots" for p in preorder(part))]
    if len(numeric) < 2:
        return True
    values = []
    for part in numeric:
        try:
            value = settled(postorder(part), {})
        except WideError:
            return False
        except (UndefinedError, UnsupportedError):
            continue
        if value is not HUGE:
            values.append(value)
    with precision(PRECISIONS[0]):
        return all(bool(left.overlaps(right)) for left, right in pairwise(values))


def _in_base_units(node: Node) -> Node:
    """What a known unit is worth in base units; other units as they are."""
    known = unit_factor(node.value)
    if known is None:
        return node
    return Node("mul", (node.args[0], Node("num", (), reduced(known[1].numerator, known[1].denominator))))


def lookup_name(node: Node) -> Node | None:
    """The name that a two-sided equation, exact or not, defines, else None."""
    if node.kind == "rel" and node.value in _EQUATIONS and is_name(node.args[0]):
        return node.args[0]
    return None


def same_statement(left: Node, right: Node) -> bool | None:
    """Whether two single relations are one statement: their differences are proportional, with the right sign.

    Values that nothing is known of, f(x) and dx/dt, stand for themselves; then a difference proves nothing.
    """
    if len(left.value) != 1 or len(right.value) != 1 or left.value[0] not in _FLIP or right.value[0] not in _FLIP:
        return None
    sign, other = left.value[0], right.value[0]
    sides = (*left.args, *right.args)
    unknown = OPAQUE & frozenset().union(*map(kinds, sides))
    if unknown:
        if unknown - _UNKNOWN_VALUES:
            return None
        table: dict[Node, Node] = {}
        sides = tuple(opaque(side, table) for side in sides)
    proved = _proportional([postorder(side) for side in sides], sign, other)
    return None if unknown and not proved else proved


def _proportional(orders: list[list[Node]], sign: str, other: str) -> bool | None:
    """Whether the difference of the last two expressions is that of the first two times a constant, with its sign."""
    variables = frozenset(part.value for order in orders for part in order if part.kind == "var")
    ratio: Any = None
    agreed = 0
    with precision(PRECISIONS[0]):
        for point in points_of(variables, *orders):
            here = _ratio(orders, point)
            if here is False or not (here is None or ratio is None or here.overlaps(ratio)):
                return False
            if here is not None:
                ratio = here
                agreed += 1
        if agreed < 2:
            return None
        for point in integer_points(variables, *orders):
            here = _ratio(orders, point)
            if here is False or not (here is None or here.overlaps(ratio)):
                return False
        return _signs_agree(sign, other, ratio)


def _ratio(orders: list[list[Node]], point: Mapping[str, fmpq]) -> Any:
    """The second relation's difference over the first's at a point; False if one alone is 0, None if nothing is known.

    The caller holds the coarsest precision.
    """
    try:
        a, b, c, d = (settled(order, point) for order in orders)
    except (UndefinedError, UnsupportedError):
        return None
    if any(value is HUGE for value in (a, b, c, d)):
        return None
    first, second = a - b, c - d
    if first.contains(0) != second.contains(0):
        return False
    return None if first.contains(0) else second / first


def _signs_agree(sign: str, other: str, ratio: acb) -> bool:
    if sign in ("=", "!="):
        return sign == other
    if not ratio.imag.contains(0):
        return False
    return other == (sign if ratio.real > arb(0) else _FLIP[sign])
