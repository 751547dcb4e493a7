"""The value that the shortest path gives is the value of the tree, or it gives none."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from flowrl_envs.errors import DataError
from flowrl_envs.verify import parse_reference, verify
from flowrl_envs.verify.decide import decide
from flowrl_envs.verify.exact import numerator_denominator, rational
from flowrl_envs.verify.limits import DEFAULT
from flowrl_envs.verify.nodes import NotMathError
from flowrl_envs.verify.parse import parse_tokens
from flowrl_envs.verify.plain_value import plain_value, same_value
from flowrl_envs.verify.reference import read
from flowrl_envs.verify.tokens import tokenize

PIECES = [
    *"0123456789",
    *"+-*/^!()[]|,;: %.",
    *("10", "2.5", "1,234", "3/4", "^2", "{2}", "^{3}", "x", "\\pi", "e"),
    *("\\gcd(", "\\lcm(", "\\max(", "\\min(", "\\floor(", "\\gcd", "\\lfloor ", "\\rfloor", "\\lceil ", "\\rceil"),
    *("factorial(", "3!", "!!"),
    *("\\mod ", "\\cdot ", "\\times ", "\\frac{1}{2}", "\\frac12", "\\left(", "\\right)", "\\sqrt", "\\{", "\\}"),
]


def value_both_ways(text: str, bits: int = DEFAULT.limits.bits) -> tuple[object, object]:
    tokens = tokenize(text, DEFAULT.limits)
    value = plain_value(tokens, bits)
    tree = rational(parse_tokens(tokens, DEFAULT.limits), bits)
    return (
        None if value is None else numerator_denominator(value),
        None if tree is None else numerator_denominator(tree),
    )


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
@example("\\floor\\lceil 2.5\\rceil")
@example("\\gcd\\gcd(4,6)")
@example("\\gcd-(4,6)")
@example("\\gcd(4,6)^2^3")
@example("(3]")
@example("2^3!")
@example("1/2(3)")
@example("-2^2")
@example("7\\mod 5+2")
@example("7\\mod 5\\mod 3")
@example("\\floor(1,2)")
@example("2 3/4")
def test_a_value_is_that_of_the_tree(text):
    try:
        value, tree = value_both_ways(text)
    except NotMathError:
        try:
            assert plain_value(tokenize(text, DEFAULT.limits), DEFAULT.limits.bits) is None
        except NotMathError:
            return
    else:
        assert value in (None, tree)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("\\gcd(18, 3)", (3, 1)),
        ("\\lcm(42, 42/6)", (42, 1)),
        ("2^{10}-1", (1023, 1)),
        ("5!/3", (40, 1)),
        ("-7/2", (-7, 2)),
        ("\\max(-1,(2+3)/4)", (5, 4)),
        ("128\\mod 3", (2, 1)),
        ("\\lfloor 6.9\\rfloor+[1+2](3-4)", (3, 1)),
    ],
)
def test_arithmetic_on_numbers_takes_the_short_path(text, value):
    assert value_both_ways(text) == (value, value)


@pytest.mark.parametrize(
    "text", ["2x", "\\pi", "(1,2)", "50\\%", "\\sqrt{4}", "|3|", "1/0", "0^0", "5!!", "2^{3^4}", "", "1+"]
)
def test_what_is_not_plain_is_left_to_the_tree(text):
    assert plain_value(tokenize(text, DEFAULT.limits), DEFAULT.limits.bits) is None


def test_no_number_on_the_way_exceeds_the_bits():
    for text in ("9^{400}/9^{399}", "300!-300!", "\\gcd(9^{400},1)", "9^{200}*9^{200}/9^{399}"):
        assert plain_value(tokenize(text, DEFAULT.limits), 1_000) is None
        assert plain_value(tokenize(text, DEFAULT.limits), 5_000) is not None


ARITHMETIC = st.lists(
    st.sampled_from([*"123+-*/()^", "x = ", "y=", "\\gcd(", ",", "!", "2.5", "x", "=", "\\%"]), max_size=8
)


@given(ARITHMETIC.map("".join), ARITHMETIC.map("".join))
@example("x = 2", "2")
@example("2", "x=2")
@example("x = 2", "y = 2")
@example("(1+2)*3", "3(4-1)")
@example("x = 2 = 2", "2")
@example("0.5", "x = 1/2")
@example("x = 50\\%", "1/2")
def test_equal_values_are_equal_by_their_trees_too(gold, text):
    try:
        reference, answer = parse_reference(gold), read(text)
    except DataError:
        return
    wanted = reference.reading() if reference.literal is None else None
    if same_value(answer, reference.literal, wanted, DEFAULT.limits.bits):
        asked, found = reference.reading().tree(), answer.tree()
        assert asked is not None
        assert found is not None
        assert decide((gold, text), asked, found, None, DEFAULT, workers=False)[0] is True


@pytest.mark.parametrize(
    ("gold", "text", "stage"),
    [
        ("x = 2", "2", "exact"),
        ("2", "x=4/2", "exact"),
        ("(1+2)*3", "3(4-1)", "exact"),
        ("x = 2", "y = 2", "structure"),
        ("2", "x=3", "exact"),
    ],
)
def test_a_value_may_be_given_to_one_name(gold, text, stage):
    verdict = verify(text, gold)
    assert verdict.correct is (text not in ("y = 2", "x=3"))
    assert verdict.stage == stage


def test_an_answer_that_restates_the_question_is_refused_all_the_same():
    assert verify("\\boxed{12\\cdot 13}", "156").correct is True
    restated = verify("\\boxed{12\\cdot 13}", "156", question="What is $12\\cdot 13$?")
    assert restated.correct is False
    assert restated.flags == ("restates",)
