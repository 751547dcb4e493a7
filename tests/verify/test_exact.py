"""Exact values of constant trees against Python's fractions, and numbers written out against the parser."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from flowrl_envs.verify.exact import numerator_denominator, rational
from flowrl_envs.verify.limits import DEFAULT
from flowrl_envs.verify.literals import Literal, literal
from flowrl_envs.verify.nodes import Node
from flowrl_envs.verify.parse import parse

BITS = DEFAULT.limits.bits


def leaf(value: Fraction) -> Node:
    return Node("num", (), Literal(value.numerator, value.denominator))


def value_of(node: Node, bits: int = BITS) -> Fraction | None:
    value = rational(node, bits)
    return None if value is None else Fraction(*numerator_denominator(value))


def divisor(values: list[Fraction]) -> Fraction:
    scale = math.prod(value.denominator for value in values)
    return Fraction(math.gcd(*(int(value * scale) for value in values)), scale)


def multiple(values: list[Fraction]) -> Fraction:
    if 0 in values:
        return Fraction(0)
    return 1 / divisor([1 / value for value in values])


numbers = st.one_of(
    st.integers(-9, 9).map(Fraction),
    st.fractions(-9, 9, max_denominator=12),
    st.integers(-(10**30), 10**30).map(Fraction),
)
RULES = {
    "add": sum,
    "mul": math.prod,
    "neg": lambda values: -values[0],
    "abs": lambda values: abs(values[0]),
    "pct": lambda values: values[0] / 100,
    "floor": lambda values: Fraction(math.floor(values[0])),
    "ceil": lambda values: Fraction(math.ceil(values[0])),
    "div": lambda values: values[0] / values[1],
    "mod": lambda values: values[0] % values[1],
}
FOLDS = {"gcd": divisor, "lcm": multiple, "max": max, "min": min}


@given(st.sampled_from([*RULES, *FOLDS]), st.lists(numbers, min_size=2, max_size=5))
def test_every_rule_is_that_of_fractions(kind, values):
    assume(kind not in ("div", "mod") or values[1] != 0)
    count = 2 if kind in ("div", "mod") else 1 if kind in ("neg", "abs", "pct", "floor", "ceil") else len(values)
    node = Node("fn" if kind in FOLDS else kind, tuple(map(leaf, values[:count])), kind if kind in FOLDS else None)
    assert value_of(node) == (FOLDS | RULES)[kind](values[:count])


@given(numbers, st.integers(-6, 6))
def test_powers_and_their_roots(base, exponent):
    assume(base != 0)
    power = Node("pow", (leaf(base), leaf(Fraction(exponent))))
    assert value_of(power) == base**exponent
    square = Node("root", (Node("mul", (leaf(base), leaf(base))), leaf(Fraction(2))))
    assert value_of(square) == abs(base)


@pytest.mark.parametrize(
    "text",
    [
        "1/0",
        "5 \\mod 0",
        "0^{-1}",
        "0^0",
        "2^{1/2}",
        "\\sqrt{2}",
        "\\sqrt{-4}",
        "(1/2)!",
        "x",
        "2x",
        "\\pi",
        "2^{100000}",
    ],
)
def test_what_is_no_small_rational_has_no_value(text):
    assert rational(parse(text, DEFAULT.limits), BITS) is None


def test_no_intermediate_number_exceeds_the_bits():
    many = tuple(leaf(Fraction(1, 3**k)) for k in range(40))
    assert value_of(Node("mul", many), 2_000) is not None
    assert value_of(Node("mul", many), 1_000) is None
    assert value_of(Node("pow", (leaf(Fraction(2)), leaf(Fraction(999)))), 1_000) is None
    assert value_of(Node("pow", (leaf(Fraction(2)), leaf(Fraction(600)))), 1_000) == 2**600


def test_a_tree_too_deep_to_walk_has_no_value():
    node = leaf(Fraction(1))
    for _ in range(100_000):
        node = Node("neg", (node,))
    assert rational(node, BITS) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 1/4", Fraction(5, 4)),
        ("-3 \\frac{1}{2}", Fraction(-7, 2)),
        ("2\\frac58", Fraction(21, 8)),
        ("$2\\dfrac{1}{2}$", Fraction(5, 2)),
        ("+7  3 / 9", Fraction(22, 3)),
        ("2\\frac{5}{3}", None),  # a product
        ("4 10/3", None),
        ("3.1 \\frac{1}{2}", None),
        ("1 0/4", None),
        ("1 1/0", None),
        ("1 1/4/5", None),
    ],
)
def test_a_mixed_number_is_a_whole_and_a_proper_fraction(text, value):
    found = literal(text)
    assert (found and Fraction(found.numerator, found.denominator)) == value
    if found is not None:
        assert value_of(parse(text, DEFAULT.limits)) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [("(3!)!", 720), ("factorial(3)!", 720), ("\\left(3!\\right)!", 720), ("3!", 6), ("3!!", None), ("3!!2", None)],
)
def test_a_factorial_of_a_factorial_is_no_double_factorial(text, value):
    assert value_of(parse(text, DEFAULT.limits)) == value
