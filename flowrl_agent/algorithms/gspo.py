"""GSPO: GRPO with one ratio a response, the geometric mean of its tokens' ratios. https://arxiv.org/abs/2507.18071.

    s    = (pi(y|x) / pi_old(y|x))^(1/|y|)
    loss = mean over sequences of -min(s A, clip(s, 1 - 3e-4, 1 + 4e-4) A),  A = GRPO's

Deviations:

1. Only the sequence form is here; the paper's GSPO-token equals it where all tokens of a response share an advantage.
2. The group's spread gets 1e-6 added; the paper divides by the spread alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from torch import Tensor

from flowrl_agent.algorithms.base import Algorithm
from flowrl_agent.ops.advantages import EPSILON, standardise
from flowrl_agent.ops.diagnostics import policy_stats, stat
from flowrl_agent.ops.masked import sequence_mean
from flowrl_agent.ops.ratios import geometric_ratio
from flowrl_agent.ops.shapes import check_rows, need
from flowrl_agent.ops.surrogate import clipped_surrogate
from flowrl_agent.types import AllSum, Batch, LossOutput, PolicyOutput, Show, one_rank


@dataclass(frozen=True, slots=True)
class GSPOConfig:
    """The settings of GSPO.

    Attributes:
        clip_low: eps below, of the geometric mean and so far smaller than a token's.
        clip_high: eps above.
        epsilon: added to the group's standard deviation.
    """

    clip_low: float = 3e-4
    clip_high: float = 4e-4
    epsilon: float = EPSILON


def gspo_loss(
    logp: Tensor, logp_old: Tensor, advantage: Tensor, mask: Tensor, config: GSPOConfig
) -> tuple[Tensor, Tensor]:
    """The loss of each response and whether it is clipped, both [B]; responses are to be averaged.

    Args:
        logp: [B, T] of the policy, with gradient.
        logp_old: [B, T] of the behaviour policy.
        advantage: [B], no gradient.
        mask: [B, T] bool, the agent's tokens.
        config: the clips.
    """
    check_rows(mask.shape[0], advantage=advantage)
    return clipped_surrogate(geometric_ratio(logp, logp_old, mask), advantage, config.clip_low, config.clip_high)


class GSPO(Algorithm):
    """The loss above on rollouts in groups."""

    Config = GSPOConfig
    config: GSPOConfig

    def prepare(self, batch: Batch, all_sum: AllSum = one_rank) -> Batch:
        """Each response's standardised reward."""
        return replace(batch, score=standardise(batch.reward, batch.group, batch.graded, self.config.epsilon))

    def loss(self, batch: Batch, out: PolicyOutput) -> LossOutput:
        """The mean over sequences."""
        score = need("score", batch.score, "call prepare() on the rollout first")
        rows, clipped = gspo_loss(out.logp, batch.logp_old, score, batch.mask, self.config)
        ratio = geometric_ratio(out.logp, batch.logp_old, batch.mask)
        stats = (
            stat("loss/sequences", rows, batch.graded),
            stat("policy/sequence_ratio", ratio, batch.graded, Show.WEIGHTS),
        )
        loss = sequence_mean(rows, batch.graded, batch.sequences)
        return LossOutput(loss, stats + policy_stats(batch, out, clipped))
