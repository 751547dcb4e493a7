"""A new RL algorithm in one file: a pure loss, a thin class, and the proof that training can rely on it.

    python examples/04_new_algorithm.py                                      checks it and shows what it does
    flowrl check-algo examples/04_new_algorithm.py:MedianBaseline            the same checks from the command line
    flowrl train --algo examples/04_new_algorithm.py:MedianBaseline ...      trains a language model with it

The algorithm is REINFORCE with the group's *median* reward as baseline: where most answers to a prompt fare alike, they
get no push at all and the exceptions get all of it.

    A    = r - median of the group's rewards
    loss = mean over tokens of -A log pi(y_t), the mean being over all tokens of the optimiser step

Three rules make a loss trustworthy, and `check_algorithm` proves them: use tokens on `batch.mask` alone, give ungraded
rows no say, and divide by `batch.agent_tokens` or `batch.sequences`, never by a size of your own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from flowrl_agent.algorithms.base import Algorithm, Needs
from flowrl_agent.algorithms.check import check_algorithm
from flowrl_agent.algorithms.conformance.probe import evaluate, make_probe
from flowrl_agent.ops.masked import over_rows, token_mean
from flowrl_agent.ops.shapes import check_tokens, need
from flowrl_agent.types import AllSum, Batch, LossOutput, PolicyOutput, Stat, one_rank


@dataclass(frozen=True)
class MedianConfig:
    """Settings; every field has a default, and `flowrl train --algo.scale 2` would set this one.

    Attributes:
        scale: multiplies the advantage.
    """

    scale: float = 1.0


def median_baseline(reward: Tensor, group: Tensor, graded: Tensor) -> Tensor:
    """[B]: reward minus the median of the graded rewards of its group; 0 in ungraded rows."""
    advantage = torch.zeros_like(reward)
    for name in group.unique():
        rows = (group == name) & graded
        if rows.any():
            advantage[rows] = reward[rows] - reward[rows].quantile(0.5)
    return advantage


def median_loss(logp: Tensor, advantage: Tensor, mask: Tensor) -> Tensor:
    """[B, T]: -A log pi of each token; shapes first, maths after."""
    check_tokens(mask, logp=logp, advantage=advantage)
    return torch.where(mask, -advantage * logp, 0.0)


class MedianBaseline(Algorithm):
    """What the trainer sees: needs, prepare (once a rollout, no gradient), loss (once a micro-batch)."""

    Config = MedianConfig
    config: MedianConfig

    @property
    def needs(self) -> Needs:
        """Neither a reference model, nor a log Z head, nor a critic."""
        return Needs()

    def prepare(self, batch: Batch, all_sum: AllSum = one_rank) -> Batch:
        """One advantage a response, laid on its tokens."""
        advantage = self.config.scale * median_baseline(batch.reward, batch.group, batch.graded)
        return replace(batch, advantage=over_rows(advantage, batch.mask))

    def loss(self, batch: Batch, out: PolicyOutput) -> LossOutput:
        """The step's token mean, and one diagnostic."""
        advantage = need("advantage", batch.advantage, "call prepare() first")
        tokens = median_loss(out.logp, advantage, batch.mask)
        silent = (advantage == 0).float()[batch.mask]
        return LossOutput(token_mean(tokens, batch.mask, batch.agent_tokens), (Stat("median/silent_tokens", silent),))


def main() -> bool:
    """Prints the report of the checks, and the push that each answer of a probe batch gets."""
    report = check_algorithm(MedianBaseline())
    print(report)
    probe = make_probe(Needs())
    push = -evaluate(MedianBaseline(), probe).logp.sum(-1)
    print("\nreward and push, four answers to a prompt:")
    for reward, p in list(zip(probe.batch.reward.tolist(), push.tolist(), strict=True))[:4]:
        print(f"  {reward:.2f}  {p:+.4f}")
    return report.passed


if __name__ == "__main__":
    raise SystemExit(0 if main() else 1)
