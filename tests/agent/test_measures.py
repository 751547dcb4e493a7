"""Measures of an evaluation by hand: votes, pass@k, variety of right responses, what is left out and what is added."""

import math

import pytest

from flowrl_agent.bench.measure import means, measure
from flowrl_agent.evaluate import measures, summarise
from flowrl_agent.stats import majority_at_k
from flowrl_agent.types import Outcome, Rollout


def episode(answer, correct, text="", graded=True, solutions=0):
    outcome = Outcome(float(correct), graded=graded, correct=correct, answer=answer, solutions=solutions)
    talk = (("user", "?"), ("assistant", text or answer))
    return Rollout(0, (1, 2, 3), (False, True, True), (0.0,) * 3, 1, (0.0,) * 3, False, outcome, talk)


RIGHT, OTHER, WRONG = (episode(*a, solutions=4) for a in (("1+2", True, "1 + 2"), ("2+1", True), ("9", False)))


def test_majority_of_k_is_the_mean_over_blocks():
    answers, right = ["a", "a", "b", "b", "b", "a"], [True, True, False, False, False, True]
    assert majority_at_k(answers, right, 1) == 0.5
    assert majority_at_k(answers, right, 2) == pytest.approx((1 + 0 + 0.5) / 3)
    assert majority_at_k(answers, right, 4) == 0.5  # one block of four, the rest is no sample of four
    assert majority_at_k(answers, right, 6) == 0.5
    for k in (0, 7):
        with pytest.raises(ValueError, match="1 <= k <= n"):
            majority_at_k(answers, right, k)


def test_the_measures_of_one_problem():
    found = measures([RIGHT, OTHER, RIGHT, WRONG])
    assert found["avg"] == 0.75
    assert (found["pass@1"], found["pass@2"], found["pass@4"]) == (0.75, 1.0, 1.0)
    assert (found["maj"], found["maj@4"], found["maj@2"]) == (1.0, 1.0, pytest.approx((1.0 + 0.5) / 2))
    assert (found["distinct"], found["coverage"]) == (2, 0.5)
    assert found["distinct@2"] == pytest.approx((1 - 1 / 6) + (1 - 3 / 6))
    assert found["answer_difference"] == pytest.approx(2 / 3)
    # one text is "1 + 2" and one "2+1": of two 3-grams each pair of unlike texts shares none
    assert found["ngram_distance"] == pytest.approx(2 / 3)
    assert found["skeletons"] == pytest.approx(math.exp(-(2 / 3) * math.log(2 / 3) - (1 / 3) * math.log(1 / 3)))


def test_what_does_not_apply_is_left_out_and_never_a_nan():
    single = measures([RIGHT, WRONG])
    assert not {"answer_difference", "ngram_distance"} & single.keys()
    assert measures([episode("1", True, graded=False)]) == {"ungraded": 1.0}
    assert all(math.isfinite(value) for value in measures([WRONG]).values())


def test_further_measures_join_those_of_their_problem():
    problems = [[RIGHT, WRONG], [WRONG, WRONG]]
    whole = summarise(problems, [{"exact_tv": 0.25}, {}])
    assert whole.means()["eval/exact_tv"] == 0.25
    assert whole.values["avg"] == [0.5, 0.0]
    columns = measure(problems, [{"exact_tv": 0.25}, {}])
    assert columns["exact_tv"] == [0.25, None]
    assert means(columns)["exact_tv"] == 0.25
    with pytest.raises(ValueError, match="zip"):
        summarise(problems, [{}])
