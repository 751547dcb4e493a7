"""Expert iteration: supervised learning on one's own verified answers. https://arxiv.org/abs/1705.08439.

    loss = mean of -log pi(y_t) over the tokens of responses with reward >= threshold

As in STaR (https://arxiv.org/abs/2203.14465) and RAFT. It is the control of a benchmark: what wrong answers, baselines
and clips add must show against it. Deviations:

1. It goes on from the current policy each rollout; STaR starts again from the first one.
2. The denominator is exact over the rollout: with several mini-batches the share of right tokens may differ between
   them, and each weighs by its right tokens.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from flowrl_agent.algorithms.base import Algorithm
from flowrl_agent.ops.diagnostics import policy_stats, stat
from flowrl_agent.ops.masked import on_mask, over_rows, token_mean
from flowrl_agent.ops.shapes import check_tokens, need
from flowrl_agent.types import AllSum, Batch, LossOutput, PolicyOutput, one_rank


@dataclass(frozen=True, slots=True)
class ExpertIterationConfig:
    """The settings of expert iteration.

    Attributes:
        threshold: the reward from which a response is an expert's.
    """

    threshold: float = 1.0


def expert_loss(logp: Tensor, weight: Tensor, mask: Tensor) -> Tensor:
    """[B, T]: -weight log pi(y_t); all tokens are to be averaged.

    Args:
        logp: [B, T] of the policy, with gradient.
        weight: [B, T], 0 for responses that are not learned from.
        mask: [B, T] bool, the agent's tokens.
    """
    check_tokens(mask, logp=logp, weight=weight)
    return -on_mask(weight, mask) * on_mask(logp, mask)


class ExpertIteration(Algorithm):
    """The loss above; groups do not matter."""

    Config = ExpertIterationConfig
    config: ExpertIterationConfig

    def prepare(self, batch: Batch, all_sum: AllSum = one_rank) -> Batch:
        """Weights 1 for tokens of an expert's response and 0 for others, scaled to a mean of 1 over all ranks."""
        expert = over_rows(self._expert(batch).float(), batch.mask)
        tokens = all_sum(torch.stack([batch.mask.sum().float(), expert.sum()]))
        return replace(batch, advantage=expert * tokens[0] / tokens[1].clamp(min=1.0))

    def loss(self, batch: Batch, out: PolicyOutput) -> LossOutput:
        """The mean over the expert's tokens."""
        weight = need("advantage", batch.advantage, "call prepare() on the rollout first")
        tokens = expert_loss(out.logp, weight, batch.mask)
        stats = (
            stat("expert/share", self._expert(batch), batch.graded),
            stat("expert/nll", -out.logp, batch.mask & (weight > 0)),
        )
        return LossOutput(token_mean(tokens, batch.mask, batch.agent_tokens), stats + policy_stats(batch, out))

    def _expert(self, batch: Batch) -> Tensor:
        return batch.graded & (batch.reward >= self.config.threshold)
