"""RLOO: REINFORCE on whole responses, each with the mean of the others as baseline. https://arxiv.org/abs/2402.14740.

    R    = r - kl_coef (log pi_old(y|x) - log pi_ref(y|x))
    A    = R - mean of R over the group's other samples
    loss = mean over sequences of -min(rho A, clip(rho, 1 - eps, 1 + eps) A),  rho = pi(y|x) / pi_old(y|x)

On the first update after a rollout the gradient is the paper's, -A grad log pi(y|x). Deviations:

1. The paper takes one step a rollout and has no ratio; the clipped sequence ratio for further steps is TRL's.
2. kl_coef is 0 by default, so that no reference is loaded; the preset `kl` has TRL's 0.05.
3. A sample alone in its group has advantage 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import torch
from torch import Tensor

from flowrl_agent.algorithms.base import Algorithm, Needs
from flowrl_agent.ops.advantages import leave_one_out
from flowrl_agent.ops.diagnostics import policy_stats, stat
from flowrl_agent.ops.divergences import k1
from flowrl_agent.ops.masked import sequence_mean
from flowrl_agent.ops.ratios import sequence_ratio
from flowrl_agent.ops.shapes import check_rows, need
from flowrl_agent.ops.surrogate import clipped_surrogate
from flowrl_agent.types import AllSum, Batch, LossOutput, PolicyOutput, Show, one_rank


@dataclass(frozen=True, slots=True)
class RLOOConfig:
    """The settings of RLOO.

    Attributes:
        clip_low: eps below, for the ratio of whole responses.
        clip_high: eps above.
        kl_coef: weight of the KL in the reward; 0 needs no reference.
    """

    clip_low: float = 0.2
    clip_high: float = 0.2
    kl_coef: float = 0.0


def rloo_loss(
    logp: Tensor, logp_old: Tensor, advantage: Tensor, mask: Tensor, config: RLOOConfig
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
    return clipped_surrogate(sequence_ratio(logp, logp_old, mask), advantage, config.clip_low, config.clip_high)


class RLOO(Algorithm):
    """The loss above on rollouts in groups."""

    Config = RLOOConfig
    presets: ClassVar[Mapping[str, Any]] = {"kl": RLOOConfig(kl_coef=0.05)}
    config: RLOOConfig

    @property
    def needs(self) -> Needs:
        """The reference where there is a KL in the reward."""
        return Needs(reference=self.config.kl_coef > 0)

    def prepare(self, batch: Batch, all_sum: AllSum = one_rank) -> Batch:
        """The leave-one-out advantage of each response."""
        reward = torch.where(batch.graded, batch.reward, 0.0)
        if self.config.kl_coef:
            ref = need("logp_ref", batch.logp_ref, "kl_coef > 0 needs the reference (Needs.reference)")
            reward = reward - self.config.kl_coef * k1(batch.logp_old, ref, batch.mask).sum(-1)
        return replace(batch, score=leave_one_out(reward.detach(), batch.group, batch.graded))

    def loss(self, batch: Batch, out: PolicyOutput) -> LossOutput:
        """The mean over sequences."""
        score = need("score", batch.score, "call prepare() on the rollout first")
        rows, clipped = rloo_loss(out.logp, batch.logp_old, score, batch.mask, self.config)
        ratio = sequence_ratio(out.logp, batch.logp_old, batch.mask)
        stats = (
            stat("loss/sequences", rows, batch.graded),
            stat("policy/sequence_ratio", ratio, batch.graded, Show.WEIGHTS),
        )
        loss = sequence_mean(rows, batch.graded, batch.sequences)
        return LossOutput(loss, stats + policy_stats(batch, out, clipped))
