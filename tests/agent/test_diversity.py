"""Diversity of right responses against enumeration and cases one can see."""

import itertools
import math
import random

import pytest

from flowrl_agent.diversity import (
    chance_of_difference,
    coverage,
    distinct_in,
    distinct_ngrams,
    effective_skeletons,
    ngram_distance,
    skeleton,
)


@pytest.mark.parametrize("answers", [[], ["a"], ["a", "a", "b"], ["a", "b", "c", "a"]])
def test_expected_distinct_answers_are_the_mean_over_all_subsets(answers):
    n = 6
    responses = answers + [None] * (n - len(answers))
    for k in range(1, n + 1):
        counts = [len({r for r in subset if r}) for subset in itertools.combinations(responses, k)]
        assert distinct_in(answers, n, k) == pytest.approx(sum(counts) / len(counts))


@pytest.mark.parametrize(("n", "k"), [(2, 1), (3, 0), (3, 4)])
def test_more_answers_or_draws_than_responses_are_refused(n, k):
    with pytest.raises(ValueError, match="distinct_in"):
        distinct_in(["a", "b", "c"], n, k)


def test_the_chance_of_difference_is_the_share_of_differing_pairs():
    values = list("aabbbc")
    pairs = list(itertools.combinations(values, 2))
    assert chance_of_difference(values) == pytest.approx(sum(a != b for a, b in pairs) / len(pairs))
    assert chance_of_difference("aaaa") == 0
    assert math.isnan(chance_of_difference(["a"]))


def test_the_unbiased_measures_do_not_drift_with_the_number_of_samples():
    rng = random.Random(0)
    for measure in (chance_of_difference, lambda v: ngram_distance(v, 2)):
        means = []
        for n in (4, 40):
            draws = [measure([rng.choice(["1 + 2", "2 + 1", "3 - 0"]) for _ in range(n)]) for _ in range(1200 // n)]
            means.append(sum(draws) / len(draws))
        assert means[0] == pytest.approx(means[1], abs=0.06)


def test_coverage_is_the_share_of_solutions_that_were_found():
    assert coverage(["a", "a", "b"], 4) == 0.5
    assert coverage([], 4) == 0
    assert math.isnan(coverage(["a"], 0))


def test_ngram_distance_is_zero_for_equal_texts_and_one_for_strangers():
    assert ngram_distance(["add 3 to 4", "add  3 to 4"]) == 0
    assert ngram_distance(["add three to four", "guess, then check it"]) == 1
    # {1 +, + 2} and {1 +, + 3}: one of three 2-grams in common
    assert ngram_distance(["1+2", "1+3"], 2) == pytest.approx(2 / 3)
    assert ngram_distance(["", ""]) == 0
    assert math.isnan(ngram_distance(["alone"]))


def test_distinct_ngrams_is_the_share_of_different_ones():
    assert distinct_ngrams(["1+2", "1+2"], 2) == 0.5
    assert distinct_ngrams(["1+2"], 2) == 1
    assert math.isnan(distinct_ngrams(["", ""]))


def test_a_skeleton_forgets_numbers_and_spacing_and_nothing_else():
    assert skeleton(" 12 + 3\n= 15.5 ") == skeleton("4 + 88 = 1") == "# + # = #"
    assert skeleton("12 * 3") != skeleton("12 + 3")
    assert effective_skeletons(["1 + 2", "3 + 4", "5 * 6", "7 * 8"]) == pytest.approx(2)
    assert effective_skeletons([]) == 0


def test_hostile_and_long_texts_take_no_time_and_raise_nothing():
    texts = ["\ud800" * 50, "a" * 100_000, "١٢٣ ½ 数", "((((" * 1000, "\x00"] * 40
    assert 0 <= ngram_distance(texts) <= 1
    assert effective_skeletons(texts) > 1
