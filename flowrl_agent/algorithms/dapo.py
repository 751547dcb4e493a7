"""DAPO: GRPO with a wider upper clip, one mean over all tokens, and no wasted groups. https://arxiv.org/abs/2503.14476.

    A    = (r' - mean_group) / (std_group + 1e-6),  r' = r + soft overlong penalty
    loss = mean over tokens of -min(rho_t A, clip(rho_t, 1 - 0.2, 1 + 0.28) A)

Dynamic sampling is `keep`: groups whose (unpenalised) rewards are all equal teach nothing and are named to the trainer,
which may leave them out and sample more. Deviations:

1. Where a trainer does not honour `keep`, such groups have advantage 0 and still count in the mean over tokens.
2. The overlong penalty is off by default (`overlong_budget` = 0): it needs to know the generation budget.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import torch
from torch import Tensor

from flowrl_agent.algorithms.base import Algorithm
from flowrl_agent.ops.advantages import EPSILON, mixed_groups, overlong_penalty, standardise
from flowrl_agent.ops.diagnostics import policy_stats, stat
from flowrl_agent.ops.masked import lengths, over_rows, token_mean
from flowrl_agent.ops.shapes import need
from flowrl_agent.ops.surrogate import token_surrogate
from flowrl_agent.types import AllSum, Batch, LossOutput, PolicyOutput, one_rank
from flowrl_envs.errors import UserError


@dataclass(frozen=True, slots=True)
class DAPOConfig:
    """The settings of DAPO.

    Attributes:
        clip_low: eps below.
        clip_high: eps above, larger so that unlikely tokens can grow.
        dynamic_sampling: whether `keep` leaves out groups of equal rewards.
        overlong_budget: tokens at which the penalty reaches 1, 0 for no penalty.
        overlong_cache: tokens before that over which it grows.
        epsilon: added to the group's standard deviation.
    """

    clip_low: float = 0.2
    clip_high: float = 0.28
    dynamic_sampling: bool = True
    overlong_budget: int = 0
    overlong_cache: int = 0
    epsilon: float = EPSILON

    def __post_init__(self) -> None:
        if self.overlong_budget and not 0 < self.overlong_cache <= self.overlong_budget:
            raise UserError(
                f"DAPOConfig.overlong_cache is {self.overlong_cache}; with overlong_budget={self.overlong_budget} it "
                f"must be 1 to {self.overlong_budget}"
            )


def dapo_loss(
    logp: Tensor, logp_old: Tensor, advantage: Tensor, mask: Tensor, config: DAPOConfig
) -> tuple[Tensor, Tensor]:
    """The per-token loss and where it is clipped, both [B, T] and 0 off the mask; all tokens are to be averaged.

    Args:
        logp: [B, T] of the policy, with gradient.
        logp_old: [B, T] of the behaviour policy.
        advantage: [B, T], no gradient.
        mask: [B, T] bool, the agent's tokens.
        config: the clips.
    """
    return token_surrogate(logp, logp_old, advantage, mask, config.clip_low, config.clip_high)


class DAPO(Algorithm):
    """The loss above on rollouts in groups."""

    Config = DAPOConfig
    presets: ClassVar[Mapping[str, Any]] = {
        "paper": DAPOConfig(overlong_budget=20480, overlong_cache=4096),
        "no_dynamic_sampling": DAPOConfig(dynamic_sampling=False),
    }
    config: DAPOConfig

    def keep(self, batch: Batch) -> Tensor:
        """Sequences of groups whose graded rewards differ."""
        if not self.config.dynamic_sampling:
            return torch.ones_like(batch.graded)
        return mixed_groups(batch.reward, batch.group, batch.graded)

    def prepare(self, batch: Batch, all_sum: AllSum = one_rank) -> Batch:
        """Lays each response's standardised, possibly penalised reward on its tokens."""
        config, reward = self.config, torch.where(batch.graded, batch.reward, 0.0)
        if config.overlong_budget:
            length = lengths(batch.mask)
            reward = reward + overlong_penalty(length, config.overlong_budget, config.overlong_cache)
        score = standardise(reward, batch.group, batch.graded, config.epsilon)
        return replace(batch, score=score, advantage=over_rows(score, batch.mask))

    def loss(self, batch: Batch, out: PolicyOutput) -> LossOutput:
        """The mean over all agent tokens of the optimiser step."""
        advantage = need("advantage", batch.advantage, "call prepare() on the rollout first")
        tokens, clipped = dapo_loss(out.logp, batch.logp_old, advantage, batch.mask, self.config)
        stats = (stat("loss/tokens", tokens, batch.mask), stat("dapo/informative", advantage != 0, batch.mask))
        loss = token_mean(tokens, batch.mask, batch.agent_tokens)
        return LossOutput(loss, stats + policy_stats(batch, out, clipped))
