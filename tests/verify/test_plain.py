"""The parser's two paths give the same tree, or the fast one gives none."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flowrl_envs.verify.limits import Limits
from flowrl_envs.verify.machine import Machine
from flowrl_envs.verify.nodes import Node, NotMathError
from flowrl_envs.verify.parse import HANDLERS
from flowrl_envs.verify.plain import plain_tree
from flowrl_envs.verify.tokens import tokenize

PIECES = (
    r"\frac \sqrt { } ( ) ( ) [ ] \{ \} ^ _1 + - - * / = < \le , , ; : ! ' \% | | \left( \right) \sin \log \gcd( max( "
    r"\pi \infty \cup 1 2 23 4.5 x y e i n f( {2} {x} \binom ^2 ^\circ \lfloor \rfloor \ulcorner \urcorner and or "
    r"1,000 \mid \pm ^{ ^x"
)
OPERANDS = st.sampled_from(["1", "23", "4.5", "x", "e", r"\pi", r"{2}", "f"])
WELL_FORMED = st.recursive(
    OPERANDS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*/=,; "), inner).map("".join),
        st.tuples(st.sampled_from(["-{}", "({})", "[{}]", "|{}|", r"\lfloor {}\rfloor", r"\{{{}\}}", r"\sqrt{{{}}}",
                                   "{}!", "{}^2", "{}_1", r"\sin({})", r"\max({},2)", r"\frac{{{}}}{{3}}",
                                   r"\frac{{1}}{{{}}}", r"\binom{{{}}}{{x}}"]), inner)
        .map(lambda pair: pair[0].format(pair[1])),
    ),
    max_leaves=8,
)  # fmt: skip
TEXTS = st.one_of(WELL_FORMED, st.lists(st.sampled_from(PIECES.split()), max_size=8).map(" ".join))


def full(tokens: list[object]) -> Node | None:
    """The machine's tree, None for no mathematics."""
    try:
        return Machine(list(tokens), Limits()).run(HANDLERS)  # type: ignore[arg-type]
    except (NotMathError, IndexError):
        return None


@settings(
    max_examples=2500, deadline=None, database=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
@given(TEXTS)
def test_what_the_fast_path_reads_the_machine_reads_the_same(text: str) -> None:
    try:
        tokens = tokenize(text, Limits())
    except NotMathError:
        return
    try:
        fast = plain_tree(tokens)
    except NotMathError:
        assert full(tokens) is None
        return
    if fast is not None:
        assert fast == full(tokens)


@pytest.mark.parametrize(
    "text", ["x^2+2x+1", r"\frac{\pi}{2}", "(1, 2)", "-3", r"\max(1, 2)", "x = 1", r"|x|", r"\{1, 2\}", "5!", "2(x+1)"]
)
def test_plain_mathematics_takes_the_fast_path(text: str) -> None:
    assert plain_tree(tokenize(text, Limits())) is not None


@pytest.mark.parametrize("text", ["1 2/3", r"3\frac12", "f(x)", r"\sin 2x", "x^y^z", "(1, 2", "x+", r"\pm 1", "a:b"])
def test_what_is_not_plain_is_left_to_the_machine(text: str) -> None:
    assert plain_tree(tokenize(text, Limits())) is None
