"""Exact properties of the FlowRL objective, on policies whose responses are all enumerated, in float64."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import product

import pytest
import torch
from torch import Tensor

from flowrl_agent.algorithms.flowrl import FlowRL, FlowRLConfig
from flowrl_agent.algorithms.grpo import GRPO
from flowrl_agent.ops.advantages import leave_one_out

from .tabular import ONE_STEP, VARIABLE, Space, batch_of, enumerated, output_of, regroup, sampled_groups

MIXED = torch.tensor([1.0, 0, 0, 1, 1, 0, 0, 0], dtype=torch.float64)
EXACT = FlowRLConfig(beta=1.3, beta_per="sequence", length="none", reward="raw", clip="off")
"""Unclipped weights, no length normalisation, raw rewards: the objective whose optimum is pi_ref exp(beta r) / Z."""


def value(x: Tensor) -> float:
    return float(x.detach())


def gradient(loss: Tensor, *at: Tensor) -> tuple[Tensor, ...]:
    return torch.autograd.grad(loss, at, retain_graph=True)


def problem(space: Space, seed: int = 0) -> tuple[Tensor, Tensor, Tensor]:
    """(reward [B], reference [B, T], logits of a policy that has moved away from it)."""
    rng = torch.Generator().manual_seed(seed)
    reward = torch.rand(len(space.responses), generator=rng, dtype=torch.float64)
    return reward, space.logp(space.logits(rng)).detach(), space.logits(rng).requires_grad_()


def loss_of(config: FlowRLConfig, batch, logp: Tensor, log_z: Tensor | None = None) -> Tensor:
    algorithm = FlowRL(config)
    rows = None if log_z is None else log_z.expand(batch.size)
    return algorithm.loss(algorithm.prepare(batch), output_of(logp, rows)).loss


@pytest.mark.parametrize("length", [1, 7])
@pytest.mark.parametrize("rewards", [(1.0, 0.0), (20.0, -3.0)])
def test_at_the_start_every_mixed_group_has_loss_beta_squared_g_minus_1_over_g(length, rewards):
    """Property 1: 196.875 for beta = 15 and G = 8, whatever the length and the scale of the reward."""
    reward = torch.where(MIXED == 1, *(torch.tensor(r, dtype=torch.float64) for r in rewards))
    mask = torch.ones(8, length, dtype=torch.bool)
    logp = -torch.rand(8, length, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    batch = batch_of(mask, reward, logp, logp)
    algorithm = FlowRL()
    out = output_of(logp.clone().requires_grad_(), torch.zeros(8, dtype=torch.float64))
    result = algorithm.loss(algorithm.prepare(batch), out)
    assert value(result.loss) == pytest.approx(196.875, rel=8e-6)
    weights = next(stat for stat in result.stats if stat.name == "flow/weight")
    assert weights.values.tolist() == [1.0] * 8


def test_at_the_start_the_gradient_is_two_beta_times_that_of_grpo():
    """Property 2: 30 times, against GRPO's sequence mean of token means without KL."""
    mask = VARIABLE.mask
    logp = VARIABLE.logp(VARIABLE.logits(torch.Generator().manual_seed(1))).requires_grad_()
    reward = torch.tensor([1.0, 0, 0, 1, 0, 1, 0], dtype=torch.float64)
    batch = batch_of(mask, reward, logp.detach(), logp.detach())
    grpo = GRPO()
    (reference,) = gradient(grpo.loss(grpo.prepare(batch), output_of(logp)).loss, logp)
    (ours,) = gradient(loss_of(FlowRLConfig(), batch, logp, torch.zeros((), dtype=torch.float64)), logp)
    assert reference.abs().max() > 0.01
    torch.testing.assert_close(ours, 30 * reference, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("space", [ONE_STEP, VARIABLE])
def test_without_length_normalisation_the_residual_vanishes_at_the_tilted_reference_alone(space):
    """Property 3, both ways: the loss is 0 at (pi*, log Z*), and moving either makes it positive."""
    reward, ref, _ = problem(space)
    joint = ref.sum(-1) + 1.3 * reward
    log_z = joint.logsumexp(0)
    target = joint - log_z
    logp = torch.zeros_like(ref)
    logp[:, 0] = target  # the whole response's log-probability on its first token
    batch = enumerated(space, reward, ref)
    assert value(loss_of(EXACT, batch, logp.requires_grad_(), log_z)) == pytest.approx(0.0, abs=1e-25)
    assert value(loss_of(EXACT, batch, logp, log_z + 0.1)) == pytest.approx(0.01, rel=1e-9)
    moved = torch.zeros_like(ref)
    moved[:, 0] = (target + 0.1 * torch.arange(len(target))).log_softmax(0)
    assert value(loss_of(EXACT, batch, moved.requires_grad_(), log_z)) > 1e-4


@pytest.mark.parametrize("log_z", [0.0, 2.1, -30.0])
@pytest.mark.parametrize("space", [ONE_STEP, VARIABLE])
def test_on_policy_the_gradient_is_twice_that_of_the_kl_to_the_target_for_any_log_z(space, log_z):
    """Property 4."""
    reward, ref, logits = problem(space)
    target = (ref.sum(-1) + 1.3 * reward).log_softmax(0)
    logp = space.logp(logits)
    (ours,) = gradient(loss_of(EXACT, enumerated(space, reward, ref), logp, logp.new_tensor(log_z)), logits)
    total = logp.sum(-1)
    (exact,) = gradient(2 * (total.exp() * (total - target)).sum(), logits)
    torch.testing.assert_close(ours, exact, rtol=1e-10, atol=1e-12)


def test_for_a_frozen_policy_the_best_log_z_is_log_z_star_minus_the_kl_to_the_target():
    """Property 5: found by Newton's method on the loss, whose curvature in log Z is constant."""
    reward, ref, logits = problem(VARIABLE)
    logp = VARIABLE.logp(logits).detach().requires_grad_()
    total, joint = logp.detach().sum(-1), ref.sum(-1) + 1.3 * reward
    log_z = torch.zeros((), dtype=torch.float64, requires_grad=True)
    (slope,) = gradient(loss_of(EXACT, enumerated(VARIABLE, reward, ref), logp, log_z), log_z)
    best = -slope / 2  # the weights sum to 1
    star = joint.logsumexp(0)
    kl = (total.exp() * (total - joint + star)).sum()
    assert float(best) == pytest.approx(float(star - kl), abs=1e-12)


def test_unclipped_weights_are_unbiased_for_any_behaviour_and_clipped_ones_are_not():
    """Property 6: the expectation under mu of w delta^2 is that under pi, enumerated."""
    reward, ref, logits = problem(VARIABLE)
    logp = VARIABLE.logp(logits)
    log_z = logp.new_tensor(0.4)
    delta = log_z + logp.sum(-1) - ref.sum(-1) - 1.3 * reward
    truth = value((logp.sum(-1).exp() * delta.square()).sum())
    for seed in range(3):
        mu = VARIABLE.logp(VARIABLE.logits(torch.Generator().manual_seed(seed + 10)))
        share = mu.sum(-1).exp()

        def expectation(config: FlowRLConfig, mu: Tensor = mu, share: Tensor = share) -> float:
            batch = batch_of(VARIABLE.mask, reward, mu.detach(), ref)
            alone = replace(batch, sequences=torch.ones((), dtype=torch.float64))
            parts = [
                value(loss_of(config, alone.rows(torch.tensor([i])), logp[i : i + 1], log_z)) for i in range(batch.size)
            ]
            return sum(p * part for p, part in zip(share.tolist(), parts, strict=True))

        assert expectation(EXACT) == pytest.approx(truth, rel=1e-12)
        assert abs(expectation(replace(EXACT, clip="two_sided")) - truth) > 0.01 * truth
        assert abs(expectation(replace(EXACT, clip="cap", cap=1.2)) - truth) > 0.01 * truth


def test_with_length_normalisation_the_optimum_is_tilted_by_length_and_a_tabular_policy_reaches_it():
    """Property 7: pi(y) = pi_ref(y) exp(|y| (beta r - c)), c the root that normalises it, which is not log Z*."""
    reward, ref, logits = problem(VARIABLE)
    config = FlowRLConfig(beta=1.3, beta_per="token", length="mean", reward="raw", clip="off")
    lengths = VARIABLE.lengths

    def excess(c: float) -> float:
        return float((ref.sum(-1) + lengths * (1.3 * reward - c)).logsumexp(0))

    low, high = -10.0, 10.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if excess(middle) > 0 else (low, middle)
    target = ref.sum(-1) + lengths * (1.3 * reward - low)
    log_z = torch.zeros((), dtype=torch.float64, requires_grad=True)
    batch = enumerated(VARIABLE, reward, ref)
    optimiser = torch.optim.LBFGS([logits, log_z], lr=0.5, max_iter=400, tolerance_grad=0, tolerance_change=0)

    def closure() -> Tensor:
        optimiser.zero_grad()
        # Weights of the target itself, any full-support behaviour has the same optimum: all residuals are 0 there.
        loss = loss_of(replace(config, weight="none"), batch, VARIABLE.logp(logits), log_z)
        loss.backward()
        return loss

    optimiser.step(closure)
    reached = VARIABLE.logp(logits).detach().sum(-1)
    assert float((reached.exp() - target.exp()).abs().sum()) / 2 < 1e-12
    assert float(log_z.detach()) == pytest.approx(low, abs=1e-12)
    star = float((ref.sum(-1) + 1.3 * lengths * reward).logsumexp(0))
    assert abs(low - star) > 0.1


def test_with_length_normalisation_log_z_itself_pulls_on_length():
    """Property 8: changing log Z by z adds 2 z grad E[1/|y|] to the on-policy gradient."""
    reward, ref, logits = problem(VARIABLE)
    config = FlowRLConfig(beta=1.3, beta_per="token", length="mean", reward="raw", clip="off")
    logp, batch = VARIABLE.logp(logits), enumerated(VARIABLE, reward, ref)
    (with_z,) = gradient(loss_of(config, batch, logp, logp.new_tensor(0.7)), logits)
    (without,) = gradient(loss_of(config, batch, logp, logp.new_tensor(0.0)), logits)
    (pull,) = gradient((logp.sum(-1).exp() / VARIABLE.lengths).sum(), logits)
    assert pull.abs().max() > 0.01
    torch.testing.assert_close(with_z - without, 2 * 0.7 * pull, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("samples", [2, 4])
def test_group_mean_log_z_gives_the_rloo_gradient_on_the_regularised_reward(samples):
    """Property 9: 2 (G - 1) / G times RLOO on beta r - u, sample by sample and not only in expectation."""
    reward, ref, logits = problem(VARIABLE)
    logp = VARIABLE.logp(logits)
    rng = torch.Generator().manual_seed(5)
    index = sampled_groups(VARIABLE, logp.detach(), 3, samples, rng)
    batch = regroup(batch_of(VARIABLE.mask, reward, logp.detach(), ref), index, samples)
    config = replace(EXACT, log_z="group", weight="none")
    (ours,) = gradient(loss_of(config, batch, logp[index]), logits)
    chosen = logp[index].sum(-1)
    regularised = 1.3 * batch.reward - (chosen.detach() - ref[index].sum(-1))
    advantage = leave_one_out(regularised, batch.group, batch.graded)
    (rloo,) = gradient(-(advantage * chosen).mean(), logits)
    torch.testing.assert_close(ours, 2 * (samples - 1) / samples * rloo, rtol=1e-10, atol=1e-12)


def test_a_group_of_equal_rewards_still_has_gradient_except_at_the_reference():
    """Property 10, and GRPO has none."""
    reward, ref, logits = problem(VARIABLE)
    equal = torch.ones_like(reward)
    logp = VARIABLE.logp(logits)
    batch = batch_of(VARIABLE.mask, equal, logp.detach(), ref)
    zero = logp.new_zeros(())
    assert gradient(loss_of(FlowRLConfig(), batch, logp, zero), logits)[0].abs().max() > 1e-3
    at_start = replace(batch, logp_ref=logp.detach())
    assert gradient(loss_of(FlowRLConfig(), at_start, logp, zero), logits)[0].abs().max() < 1e-9
    assert gradient(loss_of(FlowRLConfig(), at_start, logp, zero + 0.5), logits)[0].abs().max() > 1e-3
    grpo = GRPO()
    assert gradient(grpo.loss(grpo.prepare(batch), output_of(logp)).loss, logits)[0].abs().max() < 1e-9


def test_standardised_rewards_at_beta_15_separate_right_from_wrong_by_28_to_42_nats_a_token():
    """Property 11, over all mixed groups of eight."""
    mask = torch.ones(8, 3, dtype=torch.bool)
    zero = torch.zeros(8, 3, dtype=torch.float64)
    gaps = []
    for right in range(1, 8):
        reward = (torch.arange(8) < right).double()
        score = FlowRL().prepare(batch_of(mask, reward, zero, zero)).score
        gaps.append(15 * float(score[0] - score[-1]))
    assert min(gaps) == pytest.approx(28.06, abs=0.01)
    assert max(gaps) == pytest.approx(42.43, abs=0.01)


@pytest.mark.parametrize("weight", ["sequence", "geometric", "token", "none"])
@pytest.mark.parametrize("clip", ["two_sided", "cap", "off"])
@pytest.mark.parametrize(("length", "per"), list(product(["mean", "none"], ["token", "sequence"])))
@pytest.mark.parametrize("reference", ["frozen", "old"])
def test_the_loss_agrees_with_the_objective_written_out_response_by_response(weight, clip, length, per, reference):
    """An independent evaluation in plain Python floats, for every combination of switches, to 1e-12."""
    rng = torch.Generator().manual_seed(7)
    reward, ref, _ = problem(VARIABLE)
    logp, old = (VARIABLE.logp(VARIABLE.logits(rng)).detach() for _ in range(2))
    config = FlowRLConfig(beta=0.9, beta_per=per, length=length, weight=weight, clip=clip, cap=1.5, reference=reference)
    ours = loss_of(config, batch_of(VARIABLE.mask, reward, old, ref), logp.requires_grad_(), logp.new_tensor(0.3))

    rewards = reward.tolist()
    mean = sum(rewards) / 7
    std = math.sqrt(sum((r - mean) ** 2 for r in rewards) / 6)
    total = 0.0
    for i, y in enumerate(VARIABLE.responses):
        n = len(y)
        new, was, base = (x[i, :n].tolist() for x in (logp, old, old if reference == "old" else ref))
        score = (rewards[i] - mean) / (std + 1e-6)
        if length == "mean":
            delta = 0.3 + sum(new) / n - sum(base) / n - (0.9 if per == "token" else 0.9 / n) * score
        else:
            delta = 0.3 + sum(new) - sum(base) - (0.9 * n if per == "token" else 0.9) * score
        ratio = {
            "sequence": math.exp(sum(new) - sum(was)),
            "geometric": math.exp((sum(new) - sum(was)) / n),
        }.get(weight, 1.0)
        bounds = {"two_sided": (0.8, 1.2), "cap": (0.0, 1.5), "off": (0.0, math.inf)}[clip]
        total += min(max(ratio, bounds[0]), bounds[1]) * delta**2
    assert value(ours) == pytest.approx(total / 7, rel=1e-12)


def test_token_weights_scale_each_tokens_own_gradient():
    """The gradient on token t is 2 delta / |y| times the clipped ratio of t."""
    logp = torch.tensor([[-1.0, -2.0]], dtype=torch.float64, requires_grad=True)
    old = torch.tensor([[-1.1, -1.0]], dtype=torch.float64)
    batch = batch_of(torch.ones(1, 2, dtype=torch.bool), torch.ones(1, dtype=torch.float64), old, old)
    config = FlowRLConfig(beta=1.0, reward="raw", weight="token")
    (ours,) = gradient(loss_of(config, batch, logp, logp.new_tensor(0.0)), logp)
    delta = (-3.0 + 2.1) / 2 - 1.0
    expected = [[delta * math.exp(0.1), delta * 0.8]]
    torch.testing.assert_close(ours, torch.tensor(expected, dtype=torch.float64))


def test_a_clipped_residual_pulls_with_the_strength_of_its_bound():
    """Residuals of -5, 0.5 and 4 under bounds of 2 below and 1 above act like -2, 0.5 and 1."""
    zero = torch.zeros(3, 1, dtype=torch.float64)
    logp = torch.tensor([[-5.0], [0.5], [4.0]], dtype=torch.float64, requires_grad=True)
    batch = batch_of(torch.ones(3, 1, dtype=torch.bool), torch.zeros(3, dtype=torch.float64), zero, zero)
    config = FlowRLConfig(weight="none", reward="raw", residual_low=2.0, residual_high=1.0)
    loss = loss_of(config, batch, logp, logp.new_tensor(0.0))
    assert value(loss) == pytest.approx((4 + 0.25 + 1) / 3)
    (ours,) = gradient(loss, logp)
    torch.testing.assert_close(ours[:, 0], torch.tensor([-4.0, 1.0, 2.0], dtype=torch.float64) / 3)


def test_every_source_of_log_z_is_what_it_says():
    """Two groups of known gaps: the group's mean, the batch's mean, the constant, zero, and noise equal in a group."""
    zero = torch.zeros(4, 1, dtype=torch.float64)
    reward = torch.tensor([1.0, 3.0, 0.0, 2.0], dtype=torch.float64)
    batch = batch_of(torch.ones(4, 1, dtype=torch.bool), reward, zero, zero, torch.tensor([5, 5, 2, 2]))
    base = FlowRLConfig(beta=2.0, reward="raw", log_z_value=0.7)

    def source(name: str) -> list[float]:
        found = FlowRL(replace(base, log_z=name)).prepare(batch).log_z
        return found.tolist()

    assert source("group") == [4.0, 4.0, 2.0, 2.0]
    assert source("batch") == [3.0] * 4
    assert source("constant") == [0.7] * 4
    assert source("none") == [0.0] * 4
    noise = source("noise")
    assert noise[0] == noise[1]
    assert noise == source("noise")
    assert FlowRL(base).prepare(batch).log_z is None
    assert FlowRL(replace(base, log_z="group")).needs.log_z is False


def test_presets_differ_in_the_clip_of_the_weight_alone():
    """The paper clips on both sides, September's code not at all, today's at 10."""
    logp = torch.full((1, 30), -1.0, dtype=torch.float64, requires_grad=True)
    old = logp.detach() - 0.1
    batch = batch_of(torch.ones(1, 30, dtype=torch.bool), torch.zeros(1, dtype=torch.float64), old, old)
    found = {
        name: value(loss_of(FlowRL.presets[name], batch, logp, logp.new_tensor(0.9)))
        for name in ("paper", "released", "released_today")
    }
    assert found == pytest.approx({"paper": 1.2, "released": math.exp(3), "released_today": 10.0})


@pytest.mark.parametrize(
    "bad",
    [
        {"log_z": "vargrad"},
        {"clip": None},
        {"beta": 0.0},
        {"beta": math.nan},
        {"cap": -1.0},
        {"clip_low": 1.5},
        {"residual_high": 0.0},
    ],
)
def test_impossible_settings_are_refused_by_name(bad):
    with pytest.raises(ValueError, match=next(iter(bad))):
        FlowRLConfig(**bad)
