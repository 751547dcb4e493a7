"""GRPO, REINFORCE++ and PPO: numbers worked out by hand, and published formulas evaluated in this file's own words."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from flowrl_agent.algorithms.conformance.probe import make_probe
from flowrl_agent.algorithms.grpo import GRPO, GRPOConfig
from flowrl_agent.algorithms.ppo import PPO, PPOConfig, value_loss
from flowrl_agent.algorithms.reinforce_pp import ReinforcePlusPlus, ReinforcePlusPlusConfig

from .published import f64, lines, ours, standardised, surrogate, whitened
from .tabular import batch_of, output_of


def test_grpo_by_hand():
    """Rewards 1 and 0: std sqrt(1/2), A = +-0.5/0.70710778; ratios 1.5 (clipped to 1.2) and 1, then 0.9."""
    old = f64([-1.0, -1.0], [-1.0, 0.0])
    logp = (old + f64([math.log(1.5), 0.0], [math.log(0.9), 0.0])).requires_grad_()
    mask = torch.tensor([[True, True], [True, False]])
    algorithm = GRPO()
    batch = algorithm.prepare(batch_of(mask, torch.tensor([1.0, 0.0], dtype=torch.float64), old, None))
    a = 0.5 / (math.sqrt(0.5) + 1e-6)
    torch.testing.assert_close(batch.advantage, f64([a, a], [-a, 0.0]))
    result = algorithm.loss(batch, output_of(logp))
    assert float(result.loss.detach()) == pytest.approx(((-1.2 * a - a) / 2 + 0.9 * a) / 2, rel=1e-12)
    (gradient,) = torch.autograd.grad(result.loss, logp)
    torch.testing.assert_close(gradient, f64([0.0, -a / 4], [0.9 * a / 2, 0.0]))
    clip = next(s for s in result.stats if s.name == "policy/clip_fraction")
    assert clip.values.tolist() == [1.0, 0.0, 0.0]


@pytest.mark.parametrize("kl_coef", [0.0, 0.1])
def test_grpo_agrees_with_the_published_formula(kl_coef):
    """DeepSeekMath equation 3 with the epsilon of the public implementations, over lists of floats."""
    algorithm = GRPO(GRPOConfig(kl_coef=kl_coef))
    rows, total = lines(algorithm), 0.0
    for row in rows:
        a = standardised(row, rows)
        per_token = []
        for t, (new, old) in enumerate(zip(row["logp"], row["logp_old"], strict=True)):
            kl = 0.0
            if kl_coef:
                d = row["logp_ref"][t] - new
                kl = math.exp(d) - d - 1
            per_token.append(surrogate(new, old, a, 0.2, 0.2) + kl_coef * kl)
        total += sum(per_token) / len(per_token)
    assert ours(algorithm) == pytest.approx(total / len(rows), abs=1e-6)


def test_reinforce_pp_by_hand():
    """Rewards 1 and 0 at the end, KL 0.5 a token at coefficient 0.2: returns .8, .9 and -.1; mean 8/15."""
    old, ref = f64([-1.0, -1.0], [-1.0, 0.0]), f64([-1.5, -1.5], [-1.5, 0.0])
    mask = torch.tensor([[True, True], [True, False]])
    algorithm = ReinforcePlusPlus(ReinforcePlusPlusConfig(kl_coef=0.2))
    batch = algorithm.prepare(batch_of(mask, torch.tensor([1.0, 0.0], dtype=torch.float64), old, ref))
    torch.testing.assert_close(batch.returns, f64([0.8, 0.9], [-0.1, 0.0]))
    # squares of (4, 5.5, -9.5) / 15 sum to 136.5 / 225, halved for the unbiased variance
    std = math.sqrt(136.5 / 225 / 2 + 1e-8)
    torch.testing.assert_close(batch.advantage, f64([4 / 15 / std, 5.5 / 15 / std], [-9.5 / 15 / std, 0.0]))
    logp = old.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(algorithm.loss(batch, output_of(logp)).loss, logp)
    torch.testing.assert_close(gradient, -batch.advantage / 3)


@pytest.mark.parametrize("preset", [None, "baseline"])
def test_reinforce_pp_agrees_with_the_published_formula(preset):
    """REINFORCE++ (arXiv 2501.03262) over lists of floats; the baseline variant subtracts the group's mean."""
    algorithm = ReinforcePlusPlus(ReinforcePlusPlus.presets[preset] if preset else None)
    rows = lines(algorithm)
    returns: list[float] = []
    for row in rows:
        peers = [r["reward"] for r in rows if r["group"] == row["group"]]
        reward = list(row["token_reward"])
        if preset:
            reward[-1] -= sum(peers) / len(peers)
        else:
            reward = [
                r - 0.01 * (old - ref) for r, old, ref in zip(reward, row["logp_old"], row["logp_ref"], strict=True)
            ]
        returns += [sum(reward[t:]) for t in range(len(reward))]
    a = iter(whitened(returns))
    total = 0.0
    for row in rows:
        for new, old, ref in zip(row["logp"], row["logp_old"], row["logp_ref"], strict=True):
            total += surrogate(new, old, next(a), 0.2, 0.2) + (0.01 * (new - ref) ** 2 / 2 if preset else 0.0)
    assert ours(algorithm) == pytest.approx(total / len(returns), abs=1e-6)


def test_ppo_by_hand():
    """One response, reward 1, values .5 and .7 before the rollout, gamma = lambda = 1: advantages .5 and .3."""
    old, value_old = f64([-1.0, -2.0]), f64([0.5, 0.7])
    mask = torch.ones(1, 2, dtype=torch.bool)
    algorithm = PPO(PPOConfig(value_clip=0.1))
    batch = replace(batch_of(mask, torch.ones(1, dtype=torch.float64), old, None), value_old=value_old)
    batch = algorithm.prepare(batch)
    torch.testing.assert_close(batch.returns, f64([1.0, 1.0]))
    a = 0.1 / math.sqrt(0.02 + 1e-8)  # (.5 - .4) over the unbiased spread of (.5, .3)
    torch.testing.assert_close(batch.advantage, f64([a, -a]))
    logp, value = (old + f64([math.log(1.1), math.log(5.0)])).requires_grad_(), f64([0.9, 0.72]).requires_grad_()
    result = algorithm.loss(batch, output_of(logp, value=value))
    policy = (-1.1 * a + 3.0 * a) / 2  # the dual clip holds the second at 3
    critic = (max(0.1**2, 0.4**2) + max(0.28**2, 0.28**2)) / 4  # .9 is clipped to .6, whose error is larger
    assert float(result.loss.detach()) == pytest.approx(policy + critic, rel=1e-12)
    gradients = torch.autograd.grad(result.loss, (logp, value))
    torch.testing.assert_close(gradients[0], f64([-1.1 * a / 2, 0.0]))
    torch.testing.assert_close(gradients[1], f64([0.0, -0.28 / 2]))


@pytest.mark.parametrize("kl_coef", [0.0, 0.05])
def test_ppo_agrees_with_the_published_formula(kl_coef):
    """GAE, whitening, the dual-clipped surrogate and the clipped value loss over lists of floats."""
    config = PPOConfig(kl_coef=kl_coef, gamma=0.9, lam=0.8, value_clip=0.2, value_coef=0.7)
    algorithm = PPO(config)
    rows = lines(algorithm)
    flat: list[float] = []
    targets: list[float] = []
    for row in rows:
        reward, value = list(row["token_reward"]), row["value_old"]
        if kl_coef:
            reward = [r - kl_coef * (o - f) for r, o, f in zip(reward, row["logp_old"], row["logp_ref"], strict=True)]
        errors = [reward[t] + 0.9 * (value[t + 1] if t + 1 < len(value) else 0.0) - value[t] for t in range(len(value))]
        gae = [sum((0.9 * 0.8) ** k * e for k, e in enumerate(errors[t:])) for t in range(len(errors))]
        flat += gae
        targets += [g + v for g, v in zip(gae, value, strict=True)]
    a, target, total = iter(whitened(flat)), iter(targets), 0.0
    for row in rows:
        for new, old, v, v_old in zip(row["logp"], row["logp_old"], row["value"], row["value_old"], strict=True):
            advantage, goal = next(a), next(target)
            policy = surrogate(new, old, advantage, 0.2, 0.2)
            if advantage < 0:
                policy = min(policy, -3.0 * advantage)
            near = min(max(v, v_old - 0.2), v_old + 0.2)
            total += policy + 0.7 * 0.5 * max((v - goal) ** 2, (near - goal) ** 2)
    assert ours(algorithm) == pytest.approx(total / len(flat), abs=1e-6)


def test_value_loss_without_clip_is_half_the_squared_error():
    mask = torch.tensor([[True, False]])
    loss, clipped = value_loss(f64([2.0, 9.0]), f64([0.0, 0.0]), f64([1.0, 0.0]), mask, 0.0)
    assert loss.tolist() == [[0.5, 0.0]]
    assert not bool(clipped.any())


@pytest.mark.parametrize("algorithm", [GRPO(GRPOConfig(kl_coef=0.1)), ReinforcePlusPlus(), PPO()])
def test_the_gradient_agrees_with_finite_differences(algorithm):
    probe = make_probe(algorithm.needs)
    batch = algorithm.prepare(probe.batch)
    double = replace(batch, logp_old=batch.logp_old.double(), advantage=batch.advantage.double())

    def loss(logp: Tensor) -> Tensor:
        return algorithm.loss(double, replace(probe.out, logp=logp)).loss

    assert torch.autograd.gradcheck(loss, (probe.out.logp.double().requires_grad_(),))
