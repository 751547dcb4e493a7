"""Evaluation statistics against brute force and numbers worked out by hand."""

import itertools
import math

import numpy as np
import pytest

from flowrl_agent.stats import bootstrap, effective_modes, majority, paired, pass_at_k


@pytest.mark.parametrize(("n", "right"), [(n, c) for n in range(1, 8) for c in range(n + 1)])
def test_pass_at_k_is_the_share_of_subsets_with_a_right_answer(n, right):
    marks = [True] * right + [False] * (n - right)
    for k in range(1, n + 1):
        subsets = list(itertools.combinations(marks, k))
        assert pass_at_k(n, right, k) == pytest.approx(sum(map(any, subsets)) / len(subsets), abs=1e-12)


def test_pass_at_k_is_exact_where_binomials_overflow_a_float():
    assert pass_at_k(5000, 1, 1000) == pytest.approx(0.2, rel=1e-9)


@pytest.mark.parametrize("arguments", [(4, 5, 1), (4, -1, 1), (4, 2, 5), (4, 2, 0), (0, 0, 1)])
def test_pass_at_k_refuses_what_cannot_be(arguments):
    with pytest.raises(ValueError, match="pass_at_k"):
        pass_at_k(*arguments)


@pytest.mark.parametrize(
    ("answers", "right", "value"),
    [
        (["1", "2", "2"], [True, False, False], 0.0),
        (["1", "1", "2"], [True, True, False], 1.0),
        (["1", "2"], [True, False], 0.5),
        (["", "", "7"], [False, False, True], 1.0),
        (["", ""], [False, False], 0.0),
        ([], [], 0.0),
    ],
)
def test_majority_votes_among_answers_and_shares_ties(answers, right, value):
    assert majority(answers, right) == value


def test_effective_modes_counts_equally_frequent_answers_and_discounts_rare_ones():
    assert effective_modes([]) == 0
    assert effective_modes(["a"] * 9) == 1
    assert effective_modes(list("abcd") * 3) == pytest.approx(4)
    p = 0.9
    assert effective_modes(["a"] * 9 + ["b"]) == pytest.approx(math.exp(-p * math.log(p) - 0.1 * math.log(0.1)))


def test_the_bootstrap_covers_the_true_mean_about_as_often_as_it_says():
    rng = np.random.default_rng(0)
    hits = 0
    for _ in range(300):
        interval = bootstrap(rng.random(60) < 0.4, rng, draws=300)
        hits += interval.low <= 0.4 <= interval.high
    assert 0.90 <= hits / 300 <= 0.98


def test_a_paired_difference_is_tighter_than_two_intervals():
    rng = np.random.default_rng(1)
    hard = rng.normal(size=200)
    a, b = hard + 0.1 + 0.01 * rng.normal(size=200), hard
    difference = paired(a, b, rng)
    assert 0.09 < difference.low < difference.value < difference.high < 0.11
    alone = bootstrap(a, rng)
    assert alone.high - alone.low > 20 * (difference.high - difference.low)


def test_too_few_values_have_no_interval():
    rng = np.random.default_rng(0)
    assert math.isnan(bootstrap([], rng).value)
    one = bootstrap([0.5], rng)
    assert one.value == 0.5
    assert math.isnan(one.low)
    with pytest.raises(ValueError, match="same problems"):
        paired([1, 2], [1], rng)
