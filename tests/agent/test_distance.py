"""Distances and targets by hand: eight answers, a few lengths, and the residual that must vanish at the target."""

import math

import numpy as np
import pytest
import torch

from flowrl_agent.distance import among, distance, expected_coverage, kl, target, with_rest
from flowrl_agent.ops.flow import Balance, gap

LENGTHS = np.array([1, 2, 3, 4, 2, 5, 1, 3])
REWARD = np.array([1.0, 1, 1, 0, 0, 0, 0.5, 0])
SKEWED = np.log(np.array([0.3, 0.05, 0.1, 0.2, 0.05, 0.1, 0.15, 0.05]))
BALANCES = [Balance(b, per, length) for b in (0.5, 4.0) for per in ("token", "sequence") for length in ("mean", "none")]


def test_distances_by_hand():
    d = distance(np.log([0.5, 0.25, 0.25]), np.log([0.25, 0.25, 0.5]))
    assert d.tv == pytest.approx(0.25)
    assert d.kl == pytest.approx(0.25 * math.log(2))
    assert d.kl_reverse == pytest.approx(0.25 * math.log(2))
    d = distance(np.log([0.9, 0.1]), np.log([0.5, 0.5]))
    assert (d.tv, d.kl) == (pytest.approx(0.4), pytest.approx(0.9 * math.log(1.8) + 0.1 * math.log(0.2)))
    assert d.kl_reverse == pytest.approx(-0.5 * math.log(0.36))


def test_what_a_policy_never_writes_is_infinitely_far_one_way_only():
    never, both = np.array([0.0, -math.inf]), np.log([0.5, 0.5])
    assert kl(never, both) == pytest.approx(math.log(2))
    assert kl(both, never) == math.inf
    assert distance(never, both).tv == 0.5


def test_the_toy_of_the_paper_has_log_z_2_099():
    found = target(np.full(8, -math.log(8)), [1, 1, 1, 0, 0, 0, 0, 0], np.ones(8), Balance(3.0))
    assert round(found.log_z, 3) == 2.099
    assert np.exp(found.logp)[:3] == pytest.approx(math.exp(3) / (3 * math.exp(3) + 5))


@pytest.mark.parametrize("balance", BALANCES, ids=str)
def test_at_the_target_every_residual_is_zero(balance):
    found = target(SKEWED, REWARD, LENGTHS, balance)
    assert np.exp(found.logp).sum() == pytest.approx(1, abs=1e-12)
    mask = torch.arange(5)[None] < torch.tensor(LENGTHS)[:, None]
    spread = lambda logp: torch.tensor(logp / LENGTHS)[:, None] * mask  # noqa: E731
    residual = found.log_z + gap(spread(found.logp), spread(SKEWED), mask, torch.tensor(REWARD), balance)
    assert residual.abs().max() < 1e-9


def test_the_target_that_a_frozen_reward_leaves_is_the_reference():
    for balance in BALANCES:
        found = target(SKEWED, np.zeros(8), LENGTHS, balance)
        assert found.logp == pytest.approx(SKEWED, abs=1e-12)
        assert found.log_z == pytest.approx(0, abs=1e-12)


def test_the_rest_takes_what_is_left_and_survives_rounding():
    assert np.exp(with_rest(np.log([0.5, 0.3]))) == pytest.approx([0.5, 0.3, 0.2])
    assert np.exp(with_rest(np.log([0.6, 0.4000001])))[2] == pytest.approx(2.0**-24)


def test_among_is_the_conditional_distribution():
    assert np.exp(among(np.log([0.2, 0.3, 0.5]), [True, True, False])) == pytest.approx([0.4, 0.6])
    assert len(among(np.array([-math.inf, 0.0]), [True, False])) == 0


def test_expected_coverage_is_what_sampling_gives():
    p = np.array([0.5, 0.2, 0.01])
    rng = np.random.default_rng(0)
    drawn = rng.choice(4, size=(20_000, 8), p=[*p, 1 - p.sum()])
    seen = np.mean([[(row == i).any() for i in range(3)] for row in drawn])
    assert expected_coverage(np.log(p), 8) == pytest.approx(seen, abs=0.004)
    assert expected_coverage(np.array([0.0, -math.inf]), 1) == pytest.approx(0.5)


@pytest.mark.parametrize("columns", [([], []), ([0.0], [0.0, 1.0]), ([[0.0]], [[0.0]])])
def test_columns_that_do_not_fit_are_refused(columns):
    with pytest.raises(ValueError, match="one length"):
        distance(*columns)
    with pytest.raises(ValueError, match="length above 0"):
        target([0.0], [0.0], [0.0], Balance(1.0))
