"""CISPO: clip the weight, not the gradient. https://arxiv.org/abs/2506.13585 (MiniMax-M1), equations 4 and 5.

    w_t  = clip(pi(y_t) / pi_old(y_t), 1 - clip_low, 1 + clip_high), detached
    loss = mean over tokens of -w_t A log pi(y_t),  A = GRPO's

Every token keeps a gradient, whereas PPO's surrogate drops those of tokens that moved far. Deviations:

1. The paper sets no lower bound and does not publish the upper one; the defaults are no lower bound (clip_low = 1) and
   a cap of 5 (clip_high = 4), the value of ScaleRL (https://arxiv.org/abs/2510.13786) that TRL recommends.
2. TRL gives the cap itself, verl and the paper the distance from 1; ours is the distance.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from torch import Tensor

from flowrl_agent.algorithms.base import Algorithm
from flowrl_agent.ops.advantages import EPSILON, standardise
from flowrl_agent.ops.diagnostics import policy_stats, stat
from flowrl_agent.ops.masked import on_mask, over_rows, token_mean
from flowrl_agent.ops.ratios import safe_exp, token_log_ratio
from flowrl_agent.ops.shapes import check_tokens, need
from flowrl_agent.types import AllSum, Batch, LossOutput, PolicyOutput, one_rank


@dataclass(frozen=True, slots=True)
class CISPOConfig:
    """The settings of CISPO.

    Attributes:
        clip_low: the weight stays above 1 - clip_low; 1 is no bound.
        clip_high: the weight stays below 1 + clip_high.
        epsilon: added to the group's standard deviation.
    """

    clip_low: float = 1.0
    clip_high: float = 4.0
    epsilon: float = EPSILON


def cispo_loss(
    logp: Tensor, logp_old: Tensor, advantage: Tensor, mask: Tensor, config: CISPOConfig
) -> tuple[Tensor, Tensor]:
    """The per-token loss and where its weight is clipped, both [B, T], 0 off the mask; all tokens are to be averaged.

    Args:
        logp: [B, T] of the policy, with gradient.
        logp_old: [B, T] of the behaviour policy.
        advantage: [B, T], no gradient.
        mask: [B, T] bool, the agent's tokens.
        config: the clips.
    """
    check_tokens(mask, logp=logp, logp_old=logp_old, advantage=advantage)
    ratio = safe_exp(token_log_ratio(logp, logp_old, mask)).detach()
    weight = ratio.clamp(1.0 - config.clip_low, 1.0 + config.clip_high)
    return -weight * on_mask(advantage, mask) * on_mask(logp, mask), weight != ratio


class CISPO(Algorithm):
    """The loss above on rollouts in groups."""

    Config = CISPOConfig
    config: CISPOConfig

    def prepare(self, batch: Batch, all_sum: AllSum = one_rank) -> Batch:
        """Lays each response's standardised reward on its tokens."""
        score = standardise(batch.reward, batch.group, batch.graded, self.config.epsilon)
        return replace(batch, score=score, advantage=over_rows(score, batch.mask))

    def loss(self, batch: Batch, out: PolicyOutput) -> LossOutput:
        """The mean over all agent tokens of the optimiser step."""
        advantage = need("advantage", batch.advantage, "call prepare() on the rollout first")
        tokens, clipped = cispo_loss(out.logp, batch.logp_old, advantage, batch.mask, self.config)
        loss = token_mean(tokens, batch.mask, batch.agent_tokens)
        return LossOutput(loss, (stat("loss/tokens", tokens, batch.mask), *policy_stats(batch, out, clipped)))
