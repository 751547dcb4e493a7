"""The toy of the paper's argument: one decision among eight, three of them right, rewards 1 and 0, beta = 3.

The target pi_ref exp(beta r) / Z is known exactly. FlowRL must reach it, its log Z must be the true one, and GRPO
without KL, which maximises, must end somewhere else.
"""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from flowrl_agent.algorithms import ALGORITHMS, load_algorithm
from flowrl_agent.algorithms.base import Algorithm
from flowrl_agent.algorithms.flowrl import FlowRL, FlowRLConfig
from flowrl_agent.algorithms.grpo import GRPO
from flowrl_agent.distance import distance as total_variation
from flowrl_agent.distance import target as tilted
from flowrl_agent.ops.flow import Balance

from .tabular import ONE_STEP, batch_of, output_of, regroup

BETA = 3.0
REWARD = torch.tensor([1.0, 1, 1, 0, 0, 0, 0, 0])
RAW = FlowRLConfig(beta=BETA, reward="raw")


def train(algorithm: Algorithm, reference: Tensor, seed: int, steps: int = 600) -> tuple[Tensor, float]:
    """Samples 4 groups of 8 a step, as a trainer would; returns the policy [8] and log Z."""
    rng = torch.Generator().manual_seed(seed)
    logits = reference.clone().requires_grad_()
    log_z, value = torch.zeros((), requires_grad=True), torch.zeros((), requires_grad=True)
    optimiser = torch.optim.Adam([logits, log_z, value], lr=0.05)
    schedule = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.01, steps)
    for _ in range(steps):
        logp = logits.log_softmax(0)[:, None]
        whole = batch_of(ONE_STEP.mask, REWARD, logp.detach(), reference.log_softmax(0)[:, None])
        index = torch.multinomial(logp.detach()[:, 0].exp(), 32, replacement=True, generator=rng)
        batch = replace(regroup(whole, index, 8), value_old=value.detach().expand(32, 1))
        batch = algorithm.prepare(batch)
        out = output_of(logp[index], log_z.expand(32), value.expand(32, 1))
        loss = algorithm.loss(batch, out).loss
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    return logits.detach().softmax(0), float(log_z.detach())


def target(reference: Tensor) -> tuple[Tensor, float]:
    found = tilted(reference.double().log_softmax(0), REWARD, torch.ones(8), Balance(BETA))
    return torch.tensor(found.logp).exp(), found.log_z


def distance(p: Tensor, q: Tensor) -> float:
    return total_variation(p.double().log(), q.log()).tv


UNIFORM = torch.zeros(8)
SKEWED = torch.tensor([0.5, 0.0, -1.0, 1.0, 0.0, 0.0, -0.5, 0.2])


@pytest.mark.parametrize("reference", [UNIFORM, SKEWED])
def test_flowrl_reaches_the_target_and_its_log_z_is_the_true_one(reference):
    policy, log_z = train(FlowRL(RAW), reference, seed=0)
    truth, star = target(reference)
    assert distance(policy, truth) < 1e-3
    assert log_z == pytest.approx(star, abs=2e-3)


def test_the_true_log_z_of_the_uniform_toy_is_2_099():
    assert target(UNIFORM)[1] == pytest.approx(math.log((3 * math.exp(3) + 5) / 8))
    assert round(target(UNIFORM)[1], 3) == 2.099


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_grpo_without_kl_ends_away_from_the_target(seed):
    policy, _ = train(GRPO(), UNIFORM, seed)
    assert distance(policy, target(UNIFORM)[0]) > 0.07


def test_flowrl_with_the_groups_own_log_z_reaches_the_target_too():
    policy, _ = train(FlowRL(replace(RAW, log_z="group")), UNIFORM, seed=0)
    assert distance(policy, target(UNIFORM)[0]) < 1e-3


@pytest.mark.parametrize("name", ALGORITHMS)
def test_every_algorithm_learns_which_answers_are_right(name):
    """From a reward of 3/8 to more than 0.9, in 200 steps of 32 samples, under default settings."""
    policy, _ = train(load_algorithm(name), UNIFORM, seed=0, steps=200)
    assert float((policy * REWARD).sum()) > 0.9
