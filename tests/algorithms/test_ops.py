"""The shared tensor maths against numbers worked out by hand, at its edges, and by finite differences."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.autograd import gradcheck

from flowrl_agent.ops import advantages, divergences, flow, masked, ratios
from flowrl_agent.ops.shapes import ShapeError
from flowrl_agent.ops.surrogate import clipped_surrogate

MASK = torch.tensor([[True, True, False], [False, True, False], [False, False, False]])
X = torch.tensor([[1.0, 2.0, math.nan], [math.inf, 5.0, 7.0], [9.0, 9.0, 9.0]])
TWO_TURNS = torch.tensor([[True, True, False, True, False]])


def test_reductions_count_the_mask_alone_even_beside_nan_and_infinity():
    assert masked.row_sum(X, MASK).tolist() == [3.0, 5.0, 0.0]
    assert masked.row_mean(X, MASK).tolist() == [1.5, 5.0, 0.0]
    assert float(masked.token_mean(X, MASK, torch.tensor(4.0))) == 2.0
    graded = torch.tensor([True, True, False])
    assert float(masked.sequence_mean(torch.tensor([1.0, 3.0, math.nan]), graded, torch.tensor(2.0))) == 2.0


def test_no_gradient_passes_off_the_mask():
    x = X.clone().requires_grad_()
    masked.row_mean(x, MASK).sum().backward()
    assert x.grad.tolist() == [[0.5, 0.5, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]


def test_sums_of_half_precision_run_in_float32():
    x = torch.full((1, 4096), 1.0, dtype=torch.bfloat16)
    total = masked.row_sum(x, torch.ones(1, 4096, dtype=torch.bool))
    assert total.dtype == torch.float32
    assert float(total) == 4096.0


def test_whitening_over_two_ranks_equals_whitening_of_the_whole():
    x = torch.tensor([[1.0, 2.0], [4.0, 9.0]])
    mask = torch.tensor([[True, True], [True, False]])
    whole = masked.whiten(x, mask)
    # by hand: mean 7/3, unbiased variance 7/3
    expected = [(v - 7 / 3) / math.sqrt(7 / 3) for v in (1.0, 2.0, 4.0)]
    assert whole[mask].tolist() == pytest.approx(expected, rel=1e-6)
    assert float(whole[1, 1]) == 0.0
    sums = iter([torch.tensor([3.0, 7.0]), torch.tensor([14 / 3])])  # what both ranks together would sum to
    part = masked.whiten(x[:1], mask[:1], lambda _: next(sums))
    assert part[0].tolist() == pytest.approx(expected[:2], rel=1e-6)


@pytest.mark.parametrize("tokens", [0, 1])
def test_whitening_one_token_or_none_gives_zero(tokens):
    mask = torch.zeros(1, 3, dtype=torch.bool)
    mask[0, :tokens] = True
    assert masked.whiten(torch.full((1, 3), 5.0), mask).tolist() == [[0.0, 0.0, 0.0]]


GROUP = torch.tensor([7, 2, 7, 2, 7, 9])
REWARD = torch.tensor([1.0, 5.0, 3.0, 100.0, 8.0, 4.0])
GRADED = torch.tensor([True, True, True, False, True, True])


def test_group_statistics_by_hand_leave_ungraded_rows_and_lone_samples_at_zero():
    """Group 7 is {1, 3, 8}: mean 4, std sqrt(13); group 2 has one graded row, group 9 one row."""
    assert advantages.group_mean(REWARD, GROUP, GRADED).tolist() == [4.0, 5.0, 4.0, 5.0, 4.0, 4.0]
    assert advantages.centre(REWARD, GROUP, GRADED).tolist() == [-3.0, 0.0, -1.0, 0.0, 4.0, 0.0]
    expected = [x / (math.sqrt(13) + 1e-6) for x in (-3.0, 0.0, -1.0, 0.0, 4.0, 0.0)]
    assert advantages.standardise(REWARD, GROUP, GRADED).tolist() == pytest.approx(expected)
    # 1 - (3 + 8) / 2, 3 - (1 + 8) / 2, 8 - (1 + 3) / 2
    assert advantages.leave_one_out(REWARD, GROUP, GRADED).tolist() == [-4.5, 0.0, -1.5, 0.0, 6.0, 0.0]


@pytest.mark.parametrize("r", [0.1, 0.7, 1e6 / 3])
@pytest.mark.parametrize("size", [3, 7, 64])
def test_equal_rewards_standardise_to_zero_and_not_to_blown_up_rounding(r, size):
    """In float32 the mean of eight 0.1s can miss 0.1 by 7e-9, which 1e-6 in the denominator would turn into 0.007."""
    reward, group = torch.full((size,), r), torch.zeros(size, dtype=torch.long)
    score = advantages.standardise(reward, group, torch.ones(size, dtype=torch.bool))
    assert float(score.abs().max()) < 1e-4 * 1e-3 * max(1.0, r)


def test_gae_by_hand():
    """Rewards 0, 0, 1, values .1, .2, .3, gamma .5, lambda .5: errors 0, -.05, .7 (from the end: .7, .125, .03125)."""
    reward = torch.tensor([[0.0, 0.0, 1.0]], dtype=torch.float64)
    value = torch.tensor([[0.1, 0.2, 0.3]], dtype=torch.float64)
    mask = torch.ones(1, 3, dtype=torch.bool)
    advantage, returns = advantages.gae(reward, value, mask, 0.5, 0.5)
    assert advantage[0].tolist() == pytest.approx([0.03125, 0.125, 0.7])
    assert returns[0].tolist() == pytest.approx([0.13125, 0.325, 1.0])


def test_gae_and_returns_skip_the_users_turn():
    """A masked conversation equals the one with the user's tokens cut out."""
    reward = torch.tensor([[0.0, 2.0, 55.0, 1.0, 66.0]])
    value = torch.tensor([[0.5, 0.25, 77.0, 1.5, 88.0]])
    keep = TWO_TURNS[0]
    ones = torch.ones(1, 3, dtype=torch.bool)
    advantage, returns = advantages.gae(reward, value, TWO_TURNS, 0.9, 0.8)
    short, short_returns = advantages.gae(reward[:, keep], value[:, keep], ones, 0.9, 0.8)
    assert advantage[:, keep].tolist() == short.tolist()
    assert returns[:, keep].tolist() == short_returns.tolist()
    assert advantage[:, ~keep].tolist() == [[0.0, 0.0]]
    assert advantages.returns_to_go(reward, TWO_TURNS, 0.5).tolist() == [[1.25, 2.5, 0.0, 1.0, 0.0]]


def test_gae_with_gamma_and_lambda_one_is_return_minus_value():
    reward = torch.rand(4, 6, generator=torch.Generator().manual_seed(0))
    value = torch.rand(4, 6, generator=torch.Generator().manual_seed(1))
    mask = torch.rand(4, 6, generator=torch.Generator().manual_seed(2)) > 0.3
    advantage, returns = advantages.gae(reward, value, mask)
    to_go = advantages.returns_to_go(reward, mask)
    torch.testing.assert_close(returns, to_go)
    torch.testing.assert_close(advantage, to_go - torch.where(mask, value, 0.0))


def test_overlong_penalty_by_hand():
    """Budget 100, cache 20: nothing to 80, half at 90, all at 100 and past it."""
    length = torch.tensor([10.0, 80.0, 90.0, 100.0, 130.0])
    assert advantages.overlong_penalty(length, 100, 20).tolist() == [0.0, 0.0, -0.5, -1.0, -1.0]
    with pytest.raises(ValueError, match="cache"):
        advantages.overlong_penalty(length, 100, 0)


def test_kl_estimators_by_hand():
    logp, ref = torch.tensor([[math.log(0.5), math.log(0.25)]]), torch.tensor([[math.log(0.25), math.log(0.5)]])
    mask = torch.ones(1, 2, dtype=torch.bool)
    ln2 = math.log(2)
    assert divergences.k1(logp, ref, mask)[0].tolist() == pytest.approx([ln2, -ln2])
    assert divergences.k2(logp, ref, mask)[0].tolist() == pytest.approx([ln2**2 / 2] * 2)
    assert divergences.k3(logp, ref, mask)[0].tolist() == pytest.approx([0.5 + ln2 - 1, 2 - ln2 - 1], rel=1e-6)


def test_k1_and_k3_have_the_kl_as_expectation_and_k2_as_loss_has_its_gradient():
    rng = torch.Generator().manual_seed(0)
    logits = torch.randn(6, generator=rng, dtype=torch.float64, requires_grad=True)
    logp = logits.log_softmax(0)[None]
    ref = torch.randn(6, generator=rng, dtype=torch.float64).log_softmax(0)[None]
    mask = torch.ones(1, 6, dtype=torch.bool)
    p = logp.exp().detach()
    kl = (logp.exp() * (logp - ref)).sum()
    for estimate in (divergences.k1, divergences.k3):
        torch.testing.assert_close((p * estimate(logp, ref, mask)).sum(), kl)
    (exact,) = torch.autograd.grad(kl, logits, retain_graph=True)
    (ours,) = torch.autograd.grad((p * divergences.k2(logp, ref, mask)).sum(), logits)
    torch.testing.assert_close(ours, exact)


@pytest.mark.parametrize("d", [500.0, -500.0])
def test_ratios_and_k3_stay_finite_at_any_log_ratio(d):
    logp = torch.full((1, 4), d, requires_grad=True)
    zero, mask = torch.zeros(1, 4), torch.ones(1, 4, dtype=torch.bool)
    total = ratios.sequence_ratio(logp, zero, mask).square().sum() + divergences.k3(logp, zero, mask).sum()
    total.backward()
    assert bool(total.isfinite())
    assert bool(logp.grad.isfinite().all())


def test_sequence_and_geometric_ratio_by_hand():
    logp, old = torch.tensor([[0.1, 0.3, 9.0]]), torch.tensor([[0.0, 0.0, 0.0]])
    mask = torch.tensor([[True, True, False]])
    assert float(ratios.sequence_ratio(logp, old, mask)) == pytest.approx(math.exp(0.4))
    assert float(ratios.geometric_ratio(logp, old, mask)) == pytest.approx(math.exp(0.2))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(1e-20, 1e20), min_size=1, max_size=9))
def test_effective_sample_size_lies_between_one_sample_and_all(weights):
    n = len(weights)
    assert 1 / n - 1e-6 <= float(ratios.effective_sample_size(torch.tensor(weights))) <= 1 + 1e-6


def test_effective_sample_size_by_hand():
    assert float(ratios.effective_sample_size(torch.tensor([1.0, 1.0, 2.0]))) == pytest.approx(16 / 18)
    assert float(ratios.effective_sample_size(torch.tensor([1e30, 0.0]))) == pytest.approx(0.5)


def test_clipped_surrogate_by_hand():
    """Both signs of A, below, inside and above [0.8, 1.3]; then the dual clip at 3."""
    ratio = torch.tensor([0.5, 1.1, 2.0, 0.5, 1.1, 2.0, 9.0])
    advantage = torch.tensor([1.0, 1.0, 1.0, -1.0, -1.0, -1.0, -1.0])
    loss, clipped = clipped_surrogate(ratio, advantage, 0.2, 0.3)
    assert loss.tolist() == pytest.approx([-0.5, -1.1, -1.3, 0.8, 1.1, 2.0, 9.0])
    assert clipped.tolist() == [False, False, True, True, False, False, False]
    loss, clipped = clipped_surrogate(ratio, advantage, 0.2, 0.3, dual=3.0)
    assert loss.tolist() == pytest.approx([-0.5, -1.1, -1.3, 0.8, 1.1, 2.0, 3.0])
    assert clipped.tolist()[-1] is True


def test_gradients_agree_with_finite_differences():
    rng = torch.Generator().manual_seed(3)
    logp, old, ref = (torch.randn(3, 4, generator=rng, dtype=torch.float64) for _ in range(3))
    mask = torch.rand(3, 4, generator=rng) > 0.3
    score = torch.randn(3, generator=rng, dtype=torch.float64)
    logp.requires_grad_()
    functions = [
        lambda x: ratios.sequence_ratio(x, old, mask),
        lambda x: ratios.geometric_ratio(x, old, mask),
        lambda x: divergences.k3(x, ref, mask),
        lambda x: divergences.k2(x, ref, mask),
        lambda x: clipped_surrogate(ratios.safe_exp(x - old), ref, 0.2, 0.3, 3.0)[0],
        lambda x: flow.gap(x, ref, mask, score, flow.Balance(0.7, "token", "mean")),
        lambda x: flow.gap(x, ref, mask, score, flow.Balance(0.7, "sequence", "none")).square(),
    ]
    for function in functions:
        assert gradcheck(function, (logp,))


@pytest.mark.parametrize(
    ("call", "shown"),
    [
        (lambda: masked.row_sum(X[:, 1:], MASK), r"\[3, 2\].*\[3, 3\]"),
        (lambda: masked.row_sum(X, MASK.float()), "torch.bool"),
        (lambda: masked.over_rows(torch.zeros(4), MASK), r"\[4\].*\[3\]"),
        (lambda: advantages.centre(REWARD[:2], GROUP, GRADED), r"group.*\[6\].*\[2\]"),
        (lambda: masked.token_mean(X, MASK, torch.ones(1)), "scalar"),
        (lambda: clipped_surrogate(torch.ones(2), torch.ones(3), 0.2, 0.2), r"\[2\].*\[3\]"),
    ],
)
def test_a_wrong_shape_is_an_error_that_shows_both(call, shown):
    with pytest.raises(ShapeError, match=shown):
        call()
