"""Dr. GRPO: GRPO without its two divisions, by the spread and by the length. https://arxiv.org/abs/2503.20783.

    A    = r - mean_group
    loss = mean over sequences of sum over tokens of -min(rho_t A, clip(rho_t, 1 - eps, 1 + eps) A) / tokens

with `tokens` a constant, so that a long wrong answer is not let off lightly and an easy prompt not weighed more.
Deviations:

1. `tokens` is a setting, 1024 by default. The paper and TRL use the generation budget; set it to yours. It is a factor
   of the gradient and nothing else, which Adam does not see and a gradient clip does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from torch import Tensor

from flowrl_agent.algorithms.base import Algorithm
from flowrl_agent.ops.advantages import centre
from flowrl_agent.ops.diagnostics import policy_stats, stat
from flowrl_agent.ops.masked import over_rows, row_sum, sequence_mean
from flowrl_agent.ops.shapes import need
from flowrl_agent.ops.surrogate import token_surrogate
from flowrl_agent.types import AllSum, Batch, LossOutput, PolicyOutput, one_rank
from flowrl_envs.errors import UserError


@dataclass(frozen=True, slots=True)
class DrGRPOConfig:
    """The settings of Dr. GRPO.

    Attributes:
        clip_low: eps below.
        clip_high: eps above.
        tokens: the constant that a response's token sum is divided by.
    """

    clip_low: float = 0.2
    clip_high: float = 0.2
    tokens: float = 1024.0

    def __post_init__(self) -> None:
        if not self.tokens > 0:
            raise UserError(f"DrGRPOConfig.tokens is {self.tokens}; it must be above 0, such as the generation budget")


def dr_grpo_loss(
    logp: Tensor, logp_old: Tensor, advantage: Tensor, mask: Tensor, config: DrGRPOConfig
) -> tuple[Tensor, Tensor]:
    """The per-token loss, already divided by the constant, and where it is clipped; [B, T], to be summed a response.

    Args:
        logp: [B, T] of the policy, with gradient.
        logp_old: [B, T] of the behaviour policy.
        advantage: [B, T], no gradient.
        mask: [B, T] bool, the agent's tokens.
        config: clips and constant.
    """
    loss, clipped = token_surrogate(logp, logp_old, advantage, mask, config.clip_low, config.clip_high)
    return loss / config.tokens, clipped


class DrGRPO(Algorithm):
    """The loss above on rollouts in groups."""

    Config = DrGRPOConfig
    config: DrGRPOConfig

    def prepare(self, batch: Batch, all_sum: AllSum = one_rank) -> Batch:
        """Lays each response's centred reward on its tokens."""
        score = centre(batch.reward, batch.group, batch.graded)
        return replace(batch, score=score, advantage=over_rows(score, batch.mask))

    def loss(self, batch: Batch, out: PolicyOutput) -> LossOutput:
        """The mean over sequences of the sum over tokens."""
        advantage = need("advantage", batch.advantage, "call prepare() on the rollout first")
        tokens, clipped = dr_grpo_loss(out.logp, batch.logp_old, advantage, batch.mask, self.config)
        loss = sequence_mean(row_sum(tokens, batch.mask), batch.graded, batch.sequences)
        return LossOutput(loss, (stat("loss/tokens", tokens, batch.mask), *policy_stats(batch, out, clipped)))
