"""Verdicts on sums, products, limits and integrals whose index is any letter, i and e among them."""

import pytest

from flowrl_envs.verify import Mode, Options, verify

PATIENT = Options(deadline=30.0)
LENIENT = Options(deadline=30.0, unevaluated=True)
WORKED_OUT = [
    (r"\sum_{i=1}^n i", r"\frac{n(n+1)}{2}", True), (r"\sum_{i=1}^n i", "7", False),
    (r"\sum_{k=1}^\infty k", r"\infty", True), (r"\sum_{k=1}^\infty k", r"-\infty", False),
    (r"\sum_{i=1}^{3}\sum_{j=1}^{3} ij", "36", True), (r"\sum_{i=1}^{3}\sum_{j=1}^{i} ij", "25", True),
    (r"\sum_{i=1}^{3}\sum_{j=1}^{3} i", "27", False), (r"\sum_{i=1}^{3} i^2", "-6", False),
    (r"\sum_{i=0}^\infty \frac{1}{i!}", "e", True), (r"\prod_{i=1}^{4} i", "24", True),
    (r"\sum_{k=1}^3 ik", "6i", True), (r"\sum_{k=1}^3 ik", "6", False), (r"e^{i\pi}+\sum_{i=1}^2 i", "2", True),
    (r"\sum_{j=1}^{k}\sum_{k=1}^{3} k", "6k", True), (r"\sum_{i=1}^n\sum_{k=1}^n i", r"\frac{n^2(n+1)}{2}", True),
    (r"\sum_{i=1}^n i^2", r"\sum_{k=1}^n k^3", False), (r"\sum_{i=1}^n i(i+1)", r"\sum_{k=1}^n (k^2+k)", True),
]  # fmt: skip
RENAMED = [
    (r"\sum_{i=1}^n i^2", r"\sum_{k=1}^n k^2"), (r"\sum_{i=1}^n a_i", r"\sum_{k=1}^n a_k"),
    (r"\sum_{i=1}^n f(i)", r"\sum_{k=1}^n f(k)"), (r"\int_0^1 f(x)\,dx", r"\int_0^1 f(t)\,dt"),
    (r"\sum_{i=1}^n\sum_{j=1}^m a_{ij}", r"\sum_{p=1}^n\sum_{q=1}^m a_{pq}"),
    (r"\lim_{h\to0}\frac{f(x+h)-f(x)}{h}", r"\lim_{t\to0}\frac{f(x+t)-f(x)}{t}"),
    (r"\frac1n\sum_{i=1}^n x_i", r"\frac{\sum_{k=1}^n x_k}{n}"), (r"\sum_{i} p_i", r"\sum_k p_k"),
    (r"\sum_{k=1}^n x_k+\sum_{k=1}^n y_k", r"\sum_{k=1}^n y_k+\sum_{i=1}^n x_i"),
    (r"\sum_{1\le i<j\le n} x_ix_j", r"\sum_{1\le i<j\le n} x_jx_i"),
]  # fmt: skip
OTHERS = [
    (r"\sum_{i=1}^n a_i", "na_i"), (r"\sum_{i=1}^n a_i", r"\sum_{k=1}^n a_i"), (r"\sum_{i=1}^n a_i", "5"),
    (r"\sum_{i=1}^n a_i", r"\sum_{k=0}^n a_k"), (r"\sum_{i=1}^n f(i)", r"\sum_{k=1}^n f(k+1)"),
    (r"\int_0^1 f(x)\,dx", r"\int_0^2 f(t)\,dt"), (r"\int_0^1 f(x)\,dx", r"\int_0^1 f(x)\,dt"),
    (r"\sum_{i=1}^n\sum_{j=1}^m a_{ij}", r"\sum_{p=1}^n\sum_{q=1}^m a_{qp}"), (r"\sum_{i} p_i", "3"),
    (r"\lim_{h\to0}\frac{f(x+h)-f(x)}{h}", r"\lim_{x\to0}\frac{f(x+x)-f(x)}{x}"),
    (r"\sum_{k=1}^n x_k-\sum_{k=1}^n y_k", r"\sum_{k=1}^n y_k-\sum_{k=1}^n x_k"),
]  # fmt: skip
WITHOUT_VALUE = [r"5 \bmod 0", r"\max(1,i)", r"\lfloor i\rfloor", r"\frac{1}{0}", r"\frac{0}{0}", r"\gcd(x,\pi)",
                 "(-1)!", r"\infty-\infty", "n!!", r"\ln 0", r"\sqrt[0]{3}", r"\lim_{x\to x} 3"]  # fmt: skip


@pytest.mark.parametrize("answer", WITHOUT_VALUE)
def test_an_answer_without_a_value_is_wrong_where_a_sum_has_one(answer: str) -> None:
    assert verify(answer, r"\sum_{k=1}^{3} k", mode=Mode.BARE, options=LENIENT).correct is False


@pytest.mark.parametrize(("reference", "answer", "correct"), WORKED_OUT)
def test_an_index_is_no_constant(reference: str, answer: str, correct: bool) -> None:
    assert verify(answer, reference, mode=Mode.BARE, options=PATIENT).correct is correct


@pytest.mark.parametrize(("reference", "answer"), RENAMED)
def test_the_letter_of_an_index_says_nothing(reference: str, answer: str) -> None:
    assert verify(answer, reference, mode=Mode.BARE).correct is True


@pytest.mark.parametrize(("reference", "answer"), OTHERS)
def test_another_term_or_range_is_another_sum(reference: str, answer: str) -> None:
    assert verify(answer, reference, mode=Mode.BARE, options=Options(unevaluated=True)).correct is False
