"""RLOO, Dr. GRPO, DAPO, GSPO, CISPO, TB, GFlowRL and expert iteration: numbers by hand, and published formulas.

The formulas are those of TRL (grpo_trainer.py, rloo_trainer.py), verl (core_algos.py) and the papers, written here over
lists of floats.
"""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from flowrl_agent.algorithms.cispo import CISPO, CISPOConfig
from flowrl_agent.algorithms.conformance.probe import make_probe
from flowrl_agent.algorithms.dapo import DAPO, DAPOConfig
from flowrl_agent.algorithms.dr_grpo import DrGRPO, DrGRPOConfig
from flowrl_agent.algorithms.expert_iteration import ExpertIteration, ExpertIterationConfig
from flowrl_agent.algorithms.flowrl import FlowRL, FlowRLConfig
from flowrl_agent.algorithms.gflowrl import GFlowRL, GFlowRLConfig
from flowrl_agent.algorithms.grpo import GRPO
from flowrl_agent.algorithms.gspo import GSPO, GSPOConfig
from flowrl_agent.algorithms.rloo import RLOO, RLOOConfig
from flowrl_agent.algorithms.tb import TB, TBConfig

from .published import Row, f64, lines, ours, pairs, peers, standardised, surrogate
from .tabular import VARIABLE, batch_of, output_of

TWO = torch.tensor([1.0, 0.0], dtype=torch.float64)
MASK = torch.tensor([[True, True], [True, False]])
OLD = f64([-1.0, -1.0], [-1.0, 0.0])


def run(algorithm, logp: Tensor, reward: Tensor = TWO, ref: Tensor | None = None) -> tuple[float, Tensor]:
    """Loss and gradient on two responses, of two tokens and of one."""
    batch = algorithm.prepare(batch_of(MASK, reward, OLD, ref))
    logp = logp.clone().requires_grad_()
    loss = algorithm.loss(batch, output_of(logp)).loss
    return float(loss.detach()), torch.autograd.grad(loss, logp)[0]


def test_rloo_by_hand():
    """A = 1 - 0 and 0 - 1; the first response's ratio is 1.1 * 1.2 = 1.32, clipped to 1.2, the second's 0.9."""
    loss, gradient = run(RLOO(), OLD + f64([math.log(1.1), math.log(1.2)], [math.log(0.9), 0.0]))
    assert loss == pytest.approx((-1.2 + 0.9) / 2)
    torch.testing.assert_close(gradient, f64([0.0, 0.0], [0.45, 0.0]))


def test_rloo_on_policy_is_reinforce_on_whole_responses():
    _, gradient = run(RLOO(), OLD)
    torch.testing.assert_close(gradient, f64([-0.5, -0.5], [0.5, 0.0]))


@pytest.mark.parametrize("kl_coef", [0.0, 0.05])
def test_rloo_agrees_with_trl(kl_coef):
    """Reward minus beta times the summed log-ratio, minus the mean of the others; clipped sequence ratio; mean."""
    algorithm = RLOO(RLOOConfig(kl_coef=kl_coef))
    rows = lines(algorithm)
    for row in rows:
        if kl_coef:
            row["reward"] -= kl_coef * sum(a - b for a, b in zip(row["logp_old"], row["logp_ref"], strict=True))
    total = 0.0
    for row in rows:
        group = peers(row, rows)
        a = row["reward"] - (sum(group) - row["reward"]) / (len(group) - 1)
        total += surrogate(sum(row["logp"]), sum(row["logp_old"]), a, 0.2, 0.2)
    assert ours(algorithm) == pytest.approx(total / len(rows), abs=1e-6)


def test_dr_grpo_by_hand():
    """A = +-0.5, token sums over a budget of 10: no factor for length or spread."""
    loss, gradient = run(DrGRPO(DrGRPOConfig(tokens=10.0)), OLD + f64([math.log(1.5), 0.0], [0.0, 0.0]))
    assert loss == pytest.approx((-0.6 - 0.5 + 0.5) / 10 / 2)
    torch.testing.assert_close(gradient, f64([0.0, -0.025], [0.025, 0.0]))


def test_dr_grpo_agrees_with_trl():
    """The sum of per-token losses over batch size times the budget; advantages not scaled."""
    algorithm = DrGRPO(DrGRPOConfig(tokens=64.0))
    rows = lines(algorithm)
    total = 0.0
    for row in rows:
        a = row["reward"] - sum(peers(row, rows)) / len(peers(row, rows))
        total += sum(surrogate(new, old, a, 0.2, 0.2) for new, old in pairs(row))
    assert ours(algorithm) == pytest.approx(total / (len(rows) * 64), abs=1e-6)


def test_dapo_by_hand_clips_higher_above_than_below_and_averages_tokens():
    """Ratios 1.5 -> 1.28 for the right answer; 0.5 -> 0.8 for the wrong one; three tokens."""
    a = 0.5 / (math.sqrt(0.5) + 1e-6)
    loss, gradient = run(DAPO(), OLD + f64([math.log(1.5), math.log(1.25)], [math.log(0.5), 0.0]))
    assert loss == pytest.approx((-1.28 * a - 1.25 * a + 0.8 * a) / 3)
    torch.testing.assert_close(gradient, f64([0.0, -1.25 * a / 3], [0.0, 0.0]))


def test_dapo_agrees_with_trl():
    rows, total = lines(DAPO()), 0.0
    for row in rows:
        total += sum(surrogate(new, old, standardised(row, rows), 0.2, 0.28) for new, old in pairs(row))
    assert ours(DAPO()) == pytest.approx(total / sum(len(row["logp"]) for row in rows), abs=1e-6)


def test_dapo_keeps_mixed_groups_alone_and_ungraded_rows_have_no_say():
    """The probe's groups: mixed; all right; right with an ungraded row and wrong ones; partial rewards."""
    batch = make_probe(DAPO().needs).batch
    kept = DAPO().keep(batch).view(4, 4)
    assert kept.all(1).tolist() == [True, False, True, True]
    assert kept.any(1).tolist() == [True, False, True, True]
    alone = replace(batch, reward=torch.where(batch.graded, 0.1, 9.0))
    assert not bool(DAPO().keep(alone).any())
    assert bool(DAPO(DAPOConfig(dynamic_sampling=False)).keep(batch).all())
    assert bool(GRPO().keep(batch).all())


def test_dapo_shapes_the_reward_of_long_answers_before_the_group_is_standardised():
    """Budget 2 with a cache of 2: one token costs a half, two cost 1; equal rewards are then no longer equal."""
    algorithm = DAPO(DAPOConfig(overlong_budget=2, overlong_cache=2))
    batch = algorithm.prepare(batch_of(MASK, torch.ones(2, dtype=torch.float64), OLD, None))
    spread = 0.25 / (math.sqrt(0.125) + 1e-6)
    torch.testing.assert_close(batch.score, torch.tensor([-spread, spread], dtype=torch.float64))
    with pytest.raises(ValueError, match="overlong_cache"):
        DAPOConfig(overlong_budget=10)


def test_gspo_by_hand():
    """The first response's geometric ratio is sqrt(1.1 * 1.2), over 1.1 and so clipped; the second's 0.95 is not."""
    a = 0.5 / (math.sqrt(0.5) + 1e-6)
    config = GSPOConfig(clip_low=0.1, clip_high=0.1)
    loss, gradient = run(GSPO(config), OLD + f64([math.log(1.1), math.log(1.2)], [math.log(0.95), 0.0]))
    assert loss == pytest.approx((-1.1 * a + 0.95 * a) / 2)
    torch.testing.assert_close(gradient, f64([0.0, 0.0], [0.95 * a / 2, 0.0]))


@pytest.mark.parametrize("clips", [(3e-4, 4e-4), (0.5, 0.5)])
def test_gspo_agrees_with_trl_and_verl(clips):
    """Sequence-level importance sampling: the mean log-ratio in the place of each token's."""
    algorithm = GSPO(GSPOConfig(*clips))
    rows, total = lines(algorithm), 0.0
    for row in rows:
        n = len(row["logp"])
        total += surrogate(sum(row["logp"]) / n, sum(row["logp_old"]) / n, standardised(row, rows), *clips)
    assert ours(algorithm) == pytest.approx(total / len(rows), abs=1e-6)


def test_cispo_by_hand_clipped_tokens_keep_their_gradient():
    """Ratios 8 -> 5 and 0.5; the gradient is the weight times the advantage over three tokens."""
    a = 0.5 / (math.sqrt(0.5) + 1e-6)
    logp = OLD + f64([math.log(8.0), math.log(0.5)], [0.0, 0.0])
    loss, gradient = run(CISPO(), logp)
    assert loss == pytest.approx((-5 * a * (-1 + math.log(8)) - 0.5 * a * (-1 + math.log(0.5)) + a * -1) / 3)
    torch.testing.assert_close(gradient, f64([-5 * a / 3, -0.5 * a / 3], [a / 3, 0.0]))


@pytest.mark.parametrize(("low", "high"), [(1.0, 4.0), (0.05, 0.05)])
def test_cispo_agrees_with_verl(low, high):
    algorithm = CISPO(CISPOConfig(clip_low=low, clip_high=high))
    rows, total = lines(algorithm), 0.0
    for row in rows:
        for new, old in pairs(row):
            weight = min(max(math.exp(new - old), 1 - low), 1 + high)
            total += -weight * standardised(row, rows) * new
    assert ours(algorithm) == pytest.approx(total / sum(len(row["logp"]) for row in rows), abs=1e-6)


def test_tb_by_hand():
    """At pi = pi_old = pi_ref the group's log Z is beta times the mean reward: residuals are -+beta / 2."""
    loss, gradient = run(TB(TBConfig(beta=4.0)), OLD, ref=OLD)
    assert loss == pytest.approx(4.0)
    torch.testing.assert_close(gradient, f64([-2.0, -2.0], [2.0, 0.0]))


def test_tb_agrees_with_tba():
    """TBA equation 4 with log Z = mean of (r / beta_KL - log pi_old + log pi_ref), in units of beta_KL = 1 / beta."""
    algorithm = TB(TBConfig(beta=2.5))
    rows, total = lines(algorithm), 0.0

    def log_ratio(row: Row, name: str) -> float:
        return sum(row[name]) - sum(row["logp_ref"])

    for row in rows:
        group = [r for r in rows if r["group"] == row["group"]]
        log_z = sum(2.5 * r["reward"] - log_ratio(r, "logp_old") for r in group) / len(group)
        total += (log_z + log_ratio(row, "logp") - 2.5 * row["reward"]) ** 2
    assert ours(algorithm) == pytest.approx(total / len(rows), abs=1e-5)


def test_tb_is_flowrl_with_its_additions_switched_off():
    config = FlowRLConfig(beta=2.5, beta_per="sequence", length="none", reward="raw", log_z="group", weight="none")
    assert ours(TB(TBConfig(beta=2.5))) == pytest.approx(ours(FlowRL(config)), rel=1e-6)


def test_tb_reaches_the_exact_target_from_samples_of_another_policy():
    """Off-policy groups from a uniform sampler, log Z re-estimated each step: no weight is needed at the optimum."""
    rng = torch.Generator().manual_seed(0)
    reward = torch.rand(7, generator=rng, dtype=torch.float64)
    ref = VARIABLE.logp(VARIABLE.logits(rng)).detach()
    logits = VARIABLE.logits(rng).requires_grad_()
    optimiser = torch.optim.Adam([logits], lr=0.1)
    algorithm = TB(TBConfig(beta=2.0))
    for _ in range(500):
        logp = VARIABLE.logp(logits)
        loss = algorithm.loss(
            algorithm.prepare(batch_of(VARIABLE.mask, reward, logp.detach(), ref)), output_of(logp)
        ).loss
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    target = (ref.sum(-1) + 2.0 * reward).softmax(0)
    reached = VARIABLE.logp(logits).detach().sum(-1).exp()
    assert float((reached - target).abs().sum()) / 2 < 1e-6


def test_gflowrl_by_hand():
    """beta 4, standardised rewards +-.707, log Z 0: residuals -+2.83, bounded at 2 below and 1 above; weight 1."""
    loss, gradient = run(GFlowRL(GFlowRLConfig(beta=4.0, gap_low=2.0, gap_high=1.0)), OLD, ref=OLD)
    assert loss == pytest.approx((4.0 + 1.0) / 2)
    torch.testing.assert_close(gradient, f64([-1.0, -1.0], [1.0, 0.0]))


def test_gflowrl_agrees_with_its_formula():
    algorithm = GFlowRL(GFlowRLConfig(beta=3.0, gap_low=1.5, gap_high=2.5))
    rows, total = lines(algorithm), 0.0

    def mean_ratio(row: Row, name: str) -> float:
        return (sum(row[name]) - sum(row["logp_ref"])) / len(row["logp_ref"])

    for row in rows:
        group = [r for r in rows if r["group"] == row["group"]]
        log_z = sum(3.0 * standardised(r, rows) - mean_ratio(r, "logp_old") for r in group) / len(group)
        delta = log_z + mean_ratio(row, "logp") - 3.0 * standardised(row, rows)
        weight = min(math.exp(sum(row["logp"]) - sum(row["logp_old"])), 1.2)
        total += weight * min(max(delta, -1.5), 2.5) ** 2
    assert ours(algorithm) == pytest.approx(total / len(rows), abs=1e-5)


def test_gflowrl_is_flowrl_with_the_groups_log_z_a_cap_and_bounds():
    config = FlowRLConfig(log_z="group", clip="cap", cap=1.2, residual_low=10.0, residual_high=10.0)
    assert ours(GFlowRL()) == pytest.approx(ours(FlowRL(config)), rel=1e-6)


def test_expert_iteration_is_the_mean_negative_log_likelihood_of_right_answers():
    rows = [row for row in lines(ExpertIteration()) if row["reward"] >= 1.0]
    tokens = [x for row in rows for x in row["logp"]]
    assert ours(ExpertIteration()) == pytest.approx(-sum(tokens) / len(tokens), rel=1e-6)
    rows = [row for row in lines(ExpertIteration()) if row["reward"] >= 0.5]
    tokens = [x for row in rows for x in row["logp"]]
    half = ExpertIteration(ExpertIterationConfig(threshold=0.5))
    assert ours(half) == pytest.approx(-sum(tokens) / len(tokens), rel=1e-6)


def test_expert_iteration_by_hand_and_without_any_expert():
    loss, gradient = run(ExpertIteration(), OLD)
    assert loss == pytest.approx(1.0)
    torch.testing.assert_close(gradient, f64([-0.5, -0.5], [0.0, 0.0]))
    loss, gradient = run(ExpertIteration(), OLD, reward=TWO * 0)
    assert loss == 0.0
    assert not bool(gradient.any())


@pytest.mark.parametrize(
    "algorithm",
    [RLOO(), DrGRPO(), DAPO(), GSPO(GSPOConfig(0.5, 0.5)), TB(), GFlowRL(GFlowRLConfig(gap_low=1e9, gap_high=1e9))],
)
def test_the_gradient_agrees_with_finite_differences(algorithm):
    """Where no weight is detached: CISPO is left out, and GFlowRL is taken where its weight is constant."""
    probe = make_probe(algorithm.needs)
    high = torch.where(probe.batch.mask, 0.5, 0.0)  # above GFlowRL's cap
    shifted = probe.out.logp + high if isinstance(algorithm, GFlowRL) else probe.out.logp
    batch = algorithm.prepare(probe.batch)
    names = ("logp_old", "logp_ref", "advantage", "score", "log_z")
    wide = {n: getattr(batch, n).double() for n in names if getattr(batch, n) is not None}
    batch = replace(batch, **wide)

    def loss(logp: Tensor) -> Tensor:
        return algorithm.loss(batch, replace(probe.out, logp=logp)).loss

    assert torch.autograd.gradcheck(loss, (shifted.double().requires_grad_(),))
