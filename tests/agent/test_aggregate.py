"""Aggregates over seeds and environments against rliable's own numbers (benchmarks/rliable_reference.py) and theory."""

import itertools
import math

import numpy as np
import pytest

from flowrl_agent.aggregate import (
    improvement,
    iqm,
    mean,
    median,
    optimality_gap,
    paired_difference,
    performance_profile,
    probability_of_improvement,
    stratified,
)

STATISTICS = {"iqm": iqm, "mean": mean, "median": median, "optimality_gap": optimality_gap}
RLIABLE = {  # rliable 1.2.0: estimate, lower and upper bound of 20,000 resamples
    "iqm": (0.7275, 0.6220, 0.8325),
    "mean": (0.7315, 0.65325, 0.80775),
    "median": (0.7235, 0.6315, 0.8205),
    "optimality_gap": (0.28975, 0.22099375, 0.36025),
}


def scores(shift, runs):
    s, e = np.meshgrid(np.arange(runs), np.arange(4), indexing="ij")
    return np.round(0.5 + 0.1 * e + shift + 0.35 * np.sin(2.3 * s + 1.7 * e), 2)


def rng():
    return np.random.default_rng(0)


@pytest.mark.parametrize("name", STATISTICS)
def test_aggregates_and_their_intervals_are_those_of_rliable(name):
    value, low, high = RLIABLE[name]
    ours = stratified(scores(0.08, 10), STATISTICS[name], rng(), draws=20_000)
    assert ours.value == pytest.approx(value, abs=1e-12)
    assert ours.low == pytest.approx(low, abs=0.004)
    assert ours.high == pytest.approx(high, abs=0.004)


def test_the_probability_of_improvement_and_its_interval_are_those_of_rliable():
    ours = probability_of_improvement(scores(0.08, 10), scores(0.0, 7), rng(), draws=20_000)
    assert ours.value == pytest.approx(0.6017857142857143, abs=1e-12)
    assert ours.low == pytest.approx(0.4571, abs=0.006)
    assert ours.high == pytest.approx(0.7411, abs=0.006)


def test_performance_profiles_and_their_bands_are_those_of_rliable():
    ours = performance_profile(scores(0.08, 10), [0.2, 0.5, 0.8, 1.1], rng(), draws=20_000)
    np.testing.assert_allclose(ours.share, [1.0, 0.775, 0.4, 0.1], atol=1e-12)
    np.testing.assert_allclose(ours.low, [1.0, 0.65, 0.25, 0.025], atol=1e-12)
    np.testing.assert_allclose(ours.high, [1.0, 0.9, 0.55, 0.2], atol=1e-12)


def test_equal_algorithms_improve_with_probability_a_half_and_better_ones_with_one():
    x = scores(0.0, 5)
    assert improvement(x, x) == 0.5
    assert improvement(x + 10, x) == 1.0
    assert improvement(x, x + 10) == 0.0
    assert improvement(x, scores(0.1, 8)) == pytest.approx(1 - improvement(scores(0.1, 8), x))


def test_runs_are_resampled_within_an_environment_and_never_across():
    """Each column is constant, so no stratified resample can differ from the data."""
    interval = stratified([[0.1, 0.5, 0.9]] * 4, mean, rng())
    assert interval.low == interval.high == pytest.approx(0.5)


def test_the_iqm_ignores_a_lucky_seed():
    x = np.full((8, 1), 0.3)
    x[0] = 100.0
    assert iqm(x) == 0.3


def test_results_do_not_depend_on_how_resamples_are_portioned(monkeypatch):
    x, y = scores(0.08, 10), scores(0.0, 7)
    whole = stratified(x, iqm, rng(), draws=501)
    monkeypatch.setattr("flowrl_agent.aggregate._PORTION", 1000)
    assert stratified(x, iqm, rng(), draws=501) == whole
    assert probability_of_improvement(x, y, rng(), draws=501).low == pytest.approx(0.457, abs=0.04)


def test_the_paired_interval_covers_a_new_draw_of_seeds_and_problems():
    """The truth is 0.1, and seeds and problems both bear on it: resampling problems alone would be too sure."""
    source, hits, naive = np.random.default_rng(3), 0, 0
    for _ in range(200):
        d = 0.1 + source.normal(0, 0.1, (8, 1)) + source.normal(0, 0.1, (1, 40)) + source.normal(0, 0.1, (8, 40))
        both = paired_difference(d, np.zeros_like(d), source, draws=400)
        hits += both.low <= 0.1 <= both.high
        alone = paired_difference(d.mean(0, keepdims=True), np.zeros((1, 40)), source, draws=400)
        naive += alone.low <= 0.1 <= alone.high
    assert hits / 200 >= 0.85
    assert naive / 200 <= 0.7


def test_the_pairing_removes_what_seeds_and_problems_share():
    source = np.random.default_rng(4)
    shared = source.normal(0, 1, (5, 1)) + source.normal(0, 1, (1, 30))
    difference = paired_difference(shared + 0.05, shared, source)
    assert difference.low == pytest.approx(0.05)
    assert difference.high == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("bad", "message"),
    [([], "shape"), ([1.0, 2.0], "shape"), (np.zeros((0, 3)), "none empty"), ([[math.nan, 1.0]], "finite")],
)
def test_scores_that_are_no_matrix_are_refused(bad, message):
    with pytest.raises(ValueError, match=message):
        stratified(bad, iqm, rng())


def test_different_environments_or_problems_cannot_be_compared():
    with pytest.raises(ValueError, match="environments"):
        probability_of_improvement(np.ones((3, 2)), np.ones((3, 4)), rng())
    with pytest.raises(ValueError, match="same seeds and problems"):
        paired_difference(np.ones((3, 2)), np.ones((2, 2)), rng())


def test_one_run_has_an_estimate_and_no_interval():
    for interval in (
        stratified([[0.2, 0.4]], mean, rng()),
        probability_of_improvement([[0.2, 0.4]], [[0.1, 0.5]], rng()),
        paired_difference([[1.0]], [[0.5]], rng()),
    ):
        assert math.isfinite(interval.value)
        assert math.isnan(interval.low)
        assert math.isnan(interval.high)
    assert np.isnan(performance_profile([[0.2, 0.4]], [0.3], rng()).low).all()


def test_the_iqm_cuts_a_quarter_of_the_scores_at_either_end():
    for n in range(1, 12):
        values = sorted(itertools.islice(itertools.cycle([3.0, -1.0, 7.0, 0.5]), n))
        kept = values[n // 4 : n - n // 4]
        assert iqm(np.array([values])) == pytest.approx(sum(kept) / len(kept))
