"""The lexer's two paths give the same tokens, or the fast one gives none."""

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flowrl_envs.verify.folding import folded
from flowrl_envs.verify.lexicon import Token
from flowrl_envs.verify.limits import Limits
from flowrl_envs.verify.nodes import NotMathError
from flowrl_envs.verify.pieces import cut, cut_as_it_is
from flowrl_envs.verify.tokens import scan

PIECES = (
    r"\frac \dfrac \sqrt \sqrt[3] { } ( ) [ ] \{ \} $ ^ _ + - * / = < > \le , ; : ! ' \% % & \| | \left( \left| "
    r"\right| \right. \left. \left< \right> \mleft \mright. \begin{pmatrix} \end{pmatrix} \begin{array}{cc} \text{ "
    r"\mathrm{ \sin \log \pi \infty \cup 1 23 4.5 ,000 \,000 {,}000 x y e i n E C F e+10 e33 1e-5 alpha gamma mu cm kg "
    r"sin and 1/2 \overline{6} \bar \, \! . .. ... ^\circ ^{\circ} ^{\prime} \prime \circ 1000 0.5 12. .5 ~ \quad \R "
    r"\& \mid 中 ٣ {2} {x} {12} \degree ** <= != _1 _{12} _x \omicron \Gamma \lvertx feet 123456789 1234567890 ,2345 "
    r"1234567890123.25 \; \: \dot \dot{3} (3) 000 ... != \pmod (mod mod"
)
UNFOLDED = [
    "/m",
    "5 m/s",
    " x ",
    "2 x 3",
    "\\\\",
    "\\\\frac",
    "½",
    "²",
    "₁",
    "−",
    "×",
    "π",
    "１２",
    "5 km/h",
    "\\\\begin",
]
TEXTS = st.lists(st.sampled_from([*PIECES.split(), " ", "  ", "\n", "\t", "\\ "]), max_size=10).map("".join)


@settings(
    max_examples=3000, deadline=None, database=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
@given(TEXTS)
def test_what_the_fast_path_reads_the_full_lexer_reads_the_same(text: str) -> None:
    fast = cut(text)
    if fast is None:
        return
    try:
        full: tuple[Token, ...] | None = tuple(scan(text, Limits(), 0))
    except NotMathError:
        full = None
    assert fast == full


@settings(
    max_examples=3000, deadline=None, database=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
@given(
    st.lists(
        st.sampled_from([*PIECES.split(), *UNFOLDED, " ", "\n"]),
        max_size=8,
    ).map("".join)
)
def test_what_is_read_as_it_is_reads_the_same_when_folded(text: str) -> None:
    read = cut_as_it_is(text)
    if read is not None:
        assert read == cut(folded(text))


@pytest.mark.parametrize("text", ["5 m/s", "2 x 3", r"\\frac{1}{2}", "½", "x²", "3−1", "１２", "a/b"])
def test_what_has_to_be_folded_is_not_read_as_it_is(text: str) -> None:
    assert cut_as_it_is(text) is None


@pytest.mark.parametrize(
    "text",
    ["x^2+2x+1", r"\frac{1}{2}", r"\left|x\right|", "(1, 2)", r"\sqrt{3}", "3.5", "x_1", r"2\pi", r"\begin{pmatrix}1"],
)
def test_plain_mathematics_takes_the_fast_path(text: str) -> None:
    assert cut(text)


@pytest.mark.parametrize(
    "text", ["1 1/2", "1,000", r"0.\overline{3}", r"5\text{ cm}", "5 cm", "5 gamma", "1e5", r"\log_2 8", r"\sqrt[3]{2}"]
)
def test_what_needs_its_neighbours_is_left_to_the_full_lexer(text: str) -> None:
    assert cut(text) is None


@pytest.mark.parametrize(
    "shape", ["x^{}", "x^{{{}", "1{}", "x{}alpha", r"\sqrt{}", r"2^{}\circ", r"\left{}", "1,{}", r"1{}\,000", "{}"]
)
def test_many_spaces_cost_no_more_than_their_number(shape: str) -> None:
    def cpu(spaces: int) -> float:
        text = shape.format(" " * spaces)
        best = 1e9
        for _ in range(3):
            start = time.process_time()
            cut(text)
            best = min(best, time.process_time() - start)
        return best

    assert cpu(16_000) < 24 * max(cpu(2_000), 2e-4)
