"""Over generated answers: symmetric, reflexive, invariant under true rewrites, blind to no digit, never raising."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flowrl_envs.errors import DataError
from flowrl_envs.verify import Mode, parse_reference, verify

QUICK = settings(
    max_examples=150, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
PIECES = (
    r"\frac \sqrt \boxed{ { } ( ) [ ] \{ \} $ $$ \[ \] ^ _ + - * / = < > \le \ne , ; : ! ' \% % & \\ | \left( \right) "
    r"\begin{pmatrix} \end{pmatrix} \text{ \mathrm{ \sin \log \pi \infty \cup \in \pm \cdot 1 23 4.5 ,000 x y e i n "
    r"answer is not or and the </think> <think> <answer> </answer> \sum \int \lim d ° √ ² ∞ é 中 😀 ... \circ"
)
LATEX = st.sampled_from([*PIECES.split(), "\u200b", "\n"])
SOUP = st.lists(LATEX, max_size=25).flatmap(lambda parts: st.sampled_from([" ", ""]).map(lambda gap: gap.join(parts)))
ANY_TEXT = st.one_of(st.text(max_size=120), SOUP)


def same(reference: str, answer: str) -> bool | None:
    return verify(answer, reference, mode=Mode.BARE).correct


@st.composite
def expressions(draw: st.DrawFn) -> str:
    """A well-formed answer in one or two variables, or a constant, or a container of some."""
    atoms = st.one_of(
        st.integers(-99, 99).map(lambda n: str(n) if n >= 0 else f"({n})"), st.sampled_from(["x", "y", r"\pi", "2.5"])
    )
    grow: Callable[[st.SearchStrategy[str]], st.SearchStrategy[str]] = lambda inner: st.one_of(  # noqa: E731
        st.tuples(inner, inner).map(lambda p: f"{p[0]}+{p[1]}"),
        st.tuples(inner, inner).map(lambda p: rf"\left({p[0]}\right)\cdot\left({p[1]}\right)"),
        st.tuples(inner, inner).map(lambda p: rf"\frac{{{p[0]}}}{{{p[1]}}}"),
        inner.map(lambda p: rf"\sqrt{{{p}}}"),
        st.tuples(inner, st.integers(2, 5)).map(lambda p: rf"\left({p[0]}\right)^{{{p[1]}}}"),
        inner.map(lambda p: rf"\sin\left({p}\right)"),
    )
    scalar = st.recursive(atoms, grow, max_leaves=5)
    form = draw(
        st.sampled_from(
            [
                "{}",
                "{}",
                "{}, {}",
                "({}, {})",
                r"\{{{}, {}\}}",
                "x = {}",
                "[{}, {})",
                r"{} \text{{ cm}}",
                r"\begin{{pmatrix}}{}&{}\end{{pmatrix}}",
            ]
        )
    )
    return form.format(*(draw(scalar) for _ in range(form.count("{}"))))


@QUICK
@given(expressions())
def test_every_answer_equals_itself(text: str) -> None:
    assert same(text, text) is True


@QUICK
@given(expressions(), expressions())
def test_comparison_is_symmetric_on_pure_values(left: str, right: str) -> None:
    if any(mark in left + right for mark in ("=", "cm", "%")):
        return  # a name, a unit or a percent sign may be left out by the answer, not by the reference
    assert same(left, right) == same(right, left)


@QUICK
@given(expressions(), st.sampled_from([
    lambda t: f"${t}$", lambda t: f" {t} ", lambda t: t + ".", lambda t: rf"\boxed{{{t}}}",
    lambda t: rf"\displaystyle {t}",
    lambda t: t.replace(r"\left", "").replace(r"\right", ""), lambda t: t.replace(r"\frac", r"\dfrac"),
    lambda t: t.replace("+", " + "),
    lambda t: t.replace("-", "−"), lambda t: t.replace(r"\pi", "π"), lambda t: t.replace(r"\cdot", r"\times"),
    lambda t: rf"\left. {t} \right.", lambda t: t.replace(" ", "~"),
]))  # fmt: skip
def test_dressing_changes_nothing(text: str, dress: Callable[[str], str]) -> None:
    assert same(text, dress(text)) is True


@QUICK
@given(st.integers(-(10**12), 10**12), st.integers(1, 10**6), st.integers(2, 50))
def test_a_fraction_equals_each_of_its_multiples(top: int, bottom: int, factor: int) -> None:
    assert same(f"{top}/{bottom}", rf"\frac{{{top * factor}}}{{{bottom * factor}}}") is True


@QUICK
@given(st.lists(st.integers(-999, 999), min_size=2, max_size=6), st.randoms(use_true_random=False))
def test_a_list_equals_its_permutations_and_a_tuple_only_itself(values: list[int], rng: random.Random) -> None:
    shuffled = values[:]
    rng.shuffle(shuffled)
    text, mixed = ", ".join(map(str, values)), ", ".join(map(str, shuffled))
    assert same(text, mixed) is True
    assert same(f"({text})", f"({mixed})") is (values == shuffled)


@st.composite
def corrupted(draw: st.DrawFn) -> tuple[str, str]:
    """An answer with digits, and the same with one digit changed."""
    whole, part = draw(st.integers(1, 10**9)), draw(st.integers(1, 999))
    form = draw(st.sampled_from(["{}", "-{}", "{}.{}", r"\frac{{{}}}{{7}}", r"{}\sqrt{{2}}", "{}x+{}", "({}, {})",
    "{}, {}", r"{}\pi", "x = {}", r"\{{{}\}}",
                                 "[0, {})", r"{}\%", r"{}^\circ", r"{}\text{{ cm}}", r"\log_2 {}",
                                 "{}+{}i", r"e^{{{}}}", r"\begin{{pmatrix}}{}\\{}\end{{pmatrix}}"]))  # fmt: skip
    text = form.format(*[whole, part][: form.count("{}")])
    start = text.index(str(whole))
    index = start + draw(st.integers(0, len(str(whole)) - 1))
    digit = draw(st.sampled_from([d for d in "0123456789" if d != text[index]]))
    return text, text[:index] + digit + text[index + 1 :]


@settings(QUICK, max_examples=400)
@given(corrupted())
def test_one_wrong_digit_is_never_accepted(pair: tuple[str, str]) -> None:
    assert same(*pair) is False


@settings(QUICK, max_examples=400)
@given(
    ANY_TEXT,
    st.sampled_from(
        [
            "42",
            r"\frac{1}{2}",
            "x+1",
            "(1,2)",
            "1, 2",
            "x>3",
            "Evelyn",
            r"5\text{ cm}",
            r"\begin{pmatrix}1\\2\end{pmatrix}",
        ]
    ),
    st.sampled_from(list(Mode)),
)
def test_no_text_makes_it_raise_or_stand_ungraded_for_its_own_fault(text: str, reference: str, mode: Mode) -> None:
    verdict = verify(text, reference, mode=mode, question=text)
    assert verdict.reason.value != "internal"
    assert verdict.reward == (1.0 if verdict.correct else 0.0)


@settings(QUICK, max_examples=250)
@given(ANY_TEXT)
def test_any_text_as_a_reference_is_read_or_refused(text: str) -> None:
    try:
        reference = parse_reference(text)
    except DataError:
        return
    assert verify(text, reference, mode=Mode.BARE).reason.value != "internal"


GROWTH = {
    "prose": "so it is 5. ", "digits": "1", "numbers": "1 ", "dollars": "$", "math": "$x$ ", "braces": "{",
    "boxes": r"\boxed{1} and ",
    "open boxes": r"\boxed{", "answers": "the answer is ", "thinking": "<think>", "tags": "<answer>",
    "brackets": "(", "backslashes": "\\",
    "sum": "x+", "powers": "2^", "fractions": r"\frac{1}{", "list": "7,", "roots": r"\sqrt", "signs": "-",
    "chain": "1<", "union": r"(1,2)\cup",
    "text": r"\text{", "bars": "|", "functions": r"\sin", "ratio": "1:", "plus-minus": r"\pm 1,",
    "thousands": "111,", "spaces": " ", "nots": "not ",
}  # fmt: skip


@pytest.mark.parametrize("piece", GROWTH.values(), ids=GROWTH.keys())
@pytest.mark.parametrize("mode", [Mode.AUTO, Mode.BARE])
def test_work_grows_linearly_with_length(piece: str, mode: Mode) -> None:
    def cpu(size: int) -> float:
        text = (piece * (size // len(piece) + 1))[:size] + "1"
        best = 1e9
        for _ in range(3):
            start = time.process_time()
            verify(text, "42", mode=mode)
            best = min(best, time.process_time() - start)
        return best

    short, long = 2_400, 19_200  # 8 times: 8 if linear, 64 if quadratic
    assert cpu(long) < 24 * max(cpu(short), 2e-4)
