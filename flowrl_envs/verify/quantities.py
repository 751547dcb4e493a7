"""Rules for units, percents, degrees, number bases and ratios."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowrl_envs.verify.matrices import cells, shape
from flowrl_envs.verify.measures import unit_factor
from flowrl_envs.verify.nodes import Node, base_digits, integer, preorder
from flowrl_envs.verify.outcome import PASS, Pass
from flowrl_envs.verify.result import Flag
from flowrl_envs.verify.units import same_nouns

if TYPE_CHECKING:
    from flowrl_envs.verify.compare import Comparison

_RADIAN = unit_factor("rad")
_MONEY = (("$", 1),)


def units(comparison: Comparison, reference: Node, answer: Node, depth: int) -> bool | Pass | None:
    """A unit, percent or degree sign on one side or both."""
    if "pct" in (reference.kind, answer.kind) and reference.kind != answer.kind:
        return _percent(comparison, reference, answer, depth)
    if "deg" in (reference.kind, answer.kind) and reference.kind != answer.kind:
        degree, other = (reference, answer) if reference.kind == "deg" else (answer, reference)
        if other.kind == "unit":
            return unit_factor(other.value) == _RADIAN and comparison.scalars(_radians(degree), other.args[0])
        if not any(part.kind == "deg" for part in preorder(other)):
            if comparison.scalars(degree, other):
                return True
            comparison.flags.add(Flag.UNIT_MISSING)
        return PASS
    if "unit" not in (reference.kind, answer.kind):
        return PASS
    if reference.kind != answer.kind:
        if (value := _without_letter(reference, answer)) is not None:
            return comparison.equal(reference.args[0], value, depth)
        if (value := _without_letter(answer, reference)) is not None:
            return comparison.equal(value, answer.args[0], depth)
        if reference.kind == "unit":
            comparison.flags.add(Flag.UNIT_MISSING)
            return comparison.equal(reference.args[0], answer, depth)
        return comparison.equal(reference, answer.args[0], depth)
    left, right = unit_factor(reference.value), unit_factor(answer.value)
    if left is None or right is None:
        return same_nouns(reference.value, answer.value) and comparison.equal(reference.args[0], answer.args[0], depth)
    if left[0] != right[0]:
        return False
    if left[1] == right[1]:
        return comparison.equal(reference.args[0], answer.args[0], depth)
    scale = right[1] / left[1]
    factor = Node("div", (integer(scale.numerator), integer(scale.denominator)))
    return comparison.equal(reference.args[0], Node("mul", (factor, answer.args[0])), depth)


def _without_letter(measured: Node, product: Node) -> Node | None:
    """The value in a product that ends in the letter which is the unit of a measured value: 17 m is 17 metres."""
    if product.kind != "mul" or measured.kind != "unit" or product.args[-1] != Node("var", (), measured.value.strip()):
        return None
    return product.args[0] if len(product.args) == 2 else Node("mul", product.args[:-1])


def priced(texts: tuple[str, str], wanted: Node, given: Node) -> tuple[Node, Node]:
    """The trees of reference and answer, a dollar sign before one of them as its unit if the other is money."""
    if wanted.kind != "unit" and "\\$" in texts[0] and _is_money(given):
        return Node("unit", (wanted,), "dollars"), given
    if given.kind != "unit" and "\\$" in texts[1] and _is_money(wanted):
        return wanted, Node("unit", (given,), "dollars")
    return wanted, given


def _is_money(node: Node) -> bool:
    measure = unit_factor(node.value)
    return measure is not None and measure[0] == _MONEY


def _radians(degree: Node) -> Node:
    """Degrees as a number of radians."""
    return Node("div", (Node("mul", (degree.args[0], Node("const", (), "pi"))), integer(180)))


def _percent(comparison: Comparison, reference: Node, answer: Node, depth: int) -> bool | Pass | None:
    percent = reference if reference.kind == "pct" else answer
    other = answer if percent is reference else reference
    if other.kind in ("unit", "list", "seq", "set"):
        return PASS
    if comparison.scalars(reference, answer):
        return True
    if percent is reference or comparison.percent_asked:
        comparison.flags.add(Flag.UNIT_MISSING)
        inner = (percent.args[0], answer) if percent is reference else (reference, percent.args[0])
        return comparison.equal(*inner, depth)
    return False


def special(comparison: Comparison, reference: Node, answer: Node, depth: int) -> bool | Pass | None:
    """Number bases, ratios, and what is only equal to itself."""
    kinds = (reference.kind, answer.kind)
    if "base" in kinds:
        if kinds == ("base", "base") and reference.value[1] == answer.value[1]:
            return bool(reference.value[0] == answer.value[0])
        first, second = base_value(reference), base_value(answer)
        return first is not None and second is not None and comparison.scalars(first, second)
    if "ratio" in kinds:
        return _ratio(comparison, reference, answer, depth)
    if {"text", "cases", "row", "dots", "empty", "prime", "rel"} & set(kinds):
        if kinds == ("cases", "cases") and len(reference.args) == len(answer.args):
            return (
                comparison.all(zip(cells(reference), cells(answer), strict=True), depth)
                if shape(reference) == shape(answer)
                else False
            )
        return False
    return PASS


def _ratio(comparison: Comparison, reference: Node, answer: Node, depth: int) -> bool | None:
    if reference.kind == answer.kind:
        if len(reference.args) != len(answer.args):
            return False
        if comparison.all(zip(reference.args, answer.args, strict=True), depth):
            return True
        quotients = (
            (Node("div", (reference.args[0], a)), Node("div", (answer.args[0], b)))
            for a, b in zip(reference.args[1:], answer.args[1:], strict=True)
        )
        zero = any(part.kind == "num" and not part.value.numerator for part in (*reference.args, *answer.args))
        return not zero and comparison.all(quotients, depth)
    ratio, other = (reference, answer) if reference.kind == "ratio" else (answer, reference)
    if len(ratio.args) != 2 or other.kind in ("seq", "list", "set", "matrix"):
        return False
    quotient = Node("div", ratio.args)
    return comparison.scalars(quotient, other) if ratio is reference else comparison.scalars(other, quotient)


def base_value(node: Node) -> Node | None:
    """The integer that digits in a base denote; other nodes as they are; None for a digit the base lacks."""
    if node.kind != "base":
        return node
    value = base_digits(node)
    return None if value is None else integer(value)
