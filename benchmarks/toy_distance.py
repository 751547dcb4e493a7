"""Matching against maximising, exactly: one decision among eight, three right, and every algorithm of the family.

The toy of the FlowRL paper's argument (arXiv 2509.15207, figure 1). Rewards are 1 for three answers and 0 for five, the
reference is uniform, and the target that FlowRL and TB are told to match is pi_ref exp(3 r) / Z. Each algorithm draws 4
groups of 8 a step for 600 steps of Adam from 0.05 down to 0.0005. Printed for each, over seeds, with a 95 % interval of
the mean (Student's t): total variation to the target, mean reward, and the effective number of right answers, exp of
the entropy among the right ones, 3 at most.

    python benchmarks/toy_distance.py [--seeds 10] [--out benchmarks/results/toy_distance.jsonl]

What it does not say: anything about language models. It isolates the objective from everything else.
"""

from __future__ import annotations

import argparse
import json
import math
from dataclasses import replace
from pathlib import Path
from statistics import fmean, stdev

import numpy as np
import torch
from torch import Tensor

from flowrl_agent.algorithms import ALGORITHMS, load_algorithm
from flowrl_agent.algorithms.base import Algorithm
from flowrl_agent.algorithms.cispo import CISPO, CISPOConfig
from flowrl_agent.algorithms.flowrl import FlowRL, FlowRLConfig
from flowrl_agent.algorithms.gflowrl import GFlowRL, GFlowRLConfig
from flowrl_agent.algorithms.grpo import GRPO, GRPOConfig
from flowrl_agent.algorithms.tb import TB, TBConfig
from flowrl_agent.distance import among, distance, target
from flowrl_agent.ops.flow import Balance
from flowrl_agent.types import Batch, PolicyOutput

REWARD = torch.tensor([1.0, 1, 1, 0, 0, 0, 0, 0])
BETA, SAMPLES, GROUPS, STEPS = 3.0, 8, 4, 600
STUDENT_95 = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776, 6: 2.571, 7: 2.447, 8: 2.365, 9: 2.306, 10: 2.262}

VARIANTS: dict[str, Algorithm] = {
    "flowrl (raw, beta 3)": FlowRL(FlowRLConfig(beta=BETA, reward="raw")),
    "flowrl (raw, beta 3, group log Z)": FlowRL(FlowRLConfig(beta=BETA, reward="raw", log_z="group")),
    "tb (beta 3)": TB(TBConfig(beta=BETA)),
    "gflowrl (beta 3)": GFlowRL(GFlowRLConfig(beta=BETA)),
    "grpo (KL 0.3)": GRPO(GRPOConfig(kl_coef=0.3)),
    "cispo (cap 1.28)": CISPO(CISPOConfig(clip_high=0.28)),
    **{name: load_algorithm(name) for name in ALGORITHMS if name not in ("gflowrl", "tb", "cispo")},
}


def batch_of(index: Tensor, logp: Tensor, reference: Tensor, value: Tensor) -> Batch:
    """The answers drawn, as one-token responses in groups."""
    size = len(index)
    yes = torch.ones(size, 1, dtype=torch.bool)
    reward = REWARD[index]
    return Batch(
        tokens=torch.stack([torch.zeros_like(index), index], 1),
        attention=yes.expand(size, 2),
        prompt=torch.cat([yes, ~yes], 1),
        mask=yes,
        group=torch.arange(size) // SAMPLES,
        reward=reward,
        token_reward=reward[:, None],
        graded=yes[:, 0],
        truncated=~yes[:, 0],
        sampler_logp=logp[index, None],
        sequences=torch.tensor(float(size)),
        agent_tokens=torch.tensor(float(size)),
        logp_old=logp[index, None],
        logp_ref=reference[index, None],
        value_old=value.expand(size, 1),
    )


def train(algorithm: Algorithm, seed: int) -> Tensor:
    """The policy [8] after training."""
    rng = torch.Generator().manual_seed(seed)
    reference = torch.full((8,), -math.log(8))
    logits, log_z, value = (torch.zeros(n, requires_grad=True) for n in (8, 1, 1))
    optimiser = torch.optim.Adam([logits, log_z, value], lr=0.05)
    schedule = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.01, STEPS)
    for _ in range(STEPS):
        logp = logits.log_softmax(0)
        index = torch.multinomial(logp.detach().exp(), GROUPS * SAMPLES, replacement=True, generator=rng)
        batch = batch_of(index, logp.detach(), reference, value.detach())
        out = PolicyOutput(
            logp[index, None], torch.zeros(len(index), 1), log_z.expand(len(index)), value.expand(len(index), 1)
        )
        loss = algorithm.loss(algorithm.prepare(replace(batch)), out).loss
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    return logits.detach().softmax(0)


def measure(policy: Tensor) -> dict[str, float]:
    """The numbers of the table, and both KL."""
    logp, right = policy.double().log(), REWARD == 1
    goal = target([-math.log(8)] * 8, REWARD, [1] * 8, Balance(BETA))
    gap = distance(logp, goal.logp)
    share = among(logp, right)
    return {
        "total_variation": gap.tv,
        "kl": gap.kl,
        "kl_reverse": gap.kl_reverse,
        "reward": float((policy * REWARD).sum()),
        "effective_right": float(np.exp(-sum(math.exp(s) * s for s in share if math.isfinite(s)))),
    }


def interval(values: list[float]) -> str:
    """Mean and half-width."""
    half = STUDENT_95.get(len(values), 1.96) * stdev(values) / math.sqrt(len(values)) if len(values) > 1 else math.nan
    return f"{fmean(values):.3f} ± {half:.3f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    torch.set_num_threads(1)
    rows = []
    print("| algorithm | total variation to the target | reward | effective right answers of 3 |\n|---|---|---|---|")
    for name, algorithm in VARIANTS.items():
        found = [measure(train(algorithm, seed)) for seed in range(args.seeds)]
        rows += [{"algorithm": name, "seed": seed, **row} for seed, row in enumerate(found)]
        cells = [interval([row[key] for row in found]) for key in ("total_variation", "reward", "effective_right")]
        print("|", " | ".join([name, *cells]), "|", flush=True)
    if args.out:
        args.out.write_text("".join(json.dumps(row) + "\n" for row in rows))


if __name__ == "__main__":
    main()
