"""PPO with a critic on tokens. https://arxiv.org/abs/1707.06347.

    R_t    = r at the end of a turn - kl_coef (log pi_old(y_t) - log pi_ref(y_t))
    A      = whiten(GAE(R, V_old; gamma, lambda)),  target = GAE + V_old
    policy = mean over tokens of -min(rho_t A_t, clip(rho_t, 1 - eps, 1 + eps) A_t), at most -dual_clip A_t for A_t < 0
    value  = 1/2 mean over tokens of max((V - target)^2, (clip(V, V_old - c, V_old + c) - target)^2)
    loss   = policy + value_coef value

The critic is `PolicyOutput.value`. Deviations:

1. gamma = lambda = 1, usual for language models with one reward at the end; the paper has 0.99 and 0.95.
2. No entropy bonus; the entropy is logged.
3. A truncated response ends like any other: nothing is bootstrapped after the token budget.
4. Whitening is over the tokens of the whole rollout on all ranks, not of a mini-batch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import torch
from torch import Tensor

from flowrl_agent.algorithms.base import Algorithm, Needs
from flowrl_agent.ops.advantages import gae
from flowrl_agent.ops.diagnostics import policy_stats, stat
from flowrl_agent.ops.divergences import k1
from flowrl_agent.ops.masked import on_mask, token_mean, whiten
from flowrl_agent.ops.shapes import check_tokens, need
from flowrl_agent.ops.surrogate import token_surrogate
from flowrl_agent.types import AllSum, Batch, LossOutput, PolicyOutput, Show, one_rank


@dataclass(frozen=True, slots=True)
class PPOConfig:
    """The settings of PPO.

    Attributes:
        clip_low: eps below.
        clip_high: eps above.
        dual_clip: c of the dual clip, or 0 for none.
        value_clip: how far the value may move from the rollout's before its loss stops caring, or 0 for no limit.
        value_coef: weight of the value loss.
        gamma: discount per agent token.
        lam: GAE's lambda.
        kl_coef: weight of the per-token KL in the reward; 0 needs no reference.
    """

    clip_low: float = 0.2
    clip_high: float = 0.2
    dual_clip: float = 3.0
    value_clip: float = 0.5
    value_coef: float = 1.0
    gamma: float = 1.0
    lam: float = 1.0
    kl_coef: float = 0.0


def ppo_loss(
    logp: Tensor, logp_old: Tensor, advantage: Tensor, mask: Tensor, config: PPOConfig
) -> tuple[Tensor, Tensor]:
    """The per-token policy loss and where it is clipped, both [B, T] and 0 off the mask.

    Args:
        logp: [B, T] of the policy, with gradient.
        logp_old: [B, T] of the behaviour policy.
        advantage: [B, T], no gradient.
        mask: [B, T] bool, the agent's tokens.
        config: the clips.
    """
    dual = config.dual_clip or None
    return token_surrogate(logp, logp_old, advantage, mask, config.clip_low, config.clip_high, dual)


def value_loss(value: Tensor, value_old: Tensor, returns: Tensor, mask: Tensor, clip: float) -> tuple[Tensor, Tensor]:
    """Half the clipped squared error and where it is clipped, both [B, T] and 0 off the mask; `clip` 0 is no clip.

    Args:
        value: [B, T] of the critic, with gradient.
        value_old: [B, T] of the critic before the rollout's first update.
        returns: [B, T], its target.
        mask: [B, T] bool, the agent's tokens.
        clip: c.
    """
    check_tokens(mask, value=value, value_old=value_old, returns=returns)
    value, value_old, returns = on_mask(value, mask), on_mask(value_old, mask), on_mask(returns, mask)
    error = (value - returns).square()
    if not clip:
        return error / 2, torch.zeros_like(mask)
    near = value_old + (value - value_old).clamp(-clip, clip)
    bounded = (near - returns).square()
    return torch.maximum(error, bounded) / 2, bounded > error


class PPO(Algorithm):
    """The losses above; needs no groups."""

    Config = PPOConfig
    presets: ClassVar[Mapping[str, Any]] = {"kl": PPOConfig(kl_coef=0.01)}
    config: PPOConfig

    @property
    def needs(self) -> Needs:
        """A critic, and the reference where there is a KL in the reward."""
        return Needs(reference=self.config.kl_coef > 0, value=True)

    def prepare(self, batch: Batch, all_sum: AllSum = one_rank) -> Batch:
        """GAE over agent tokens, whitened over those of all ranks."""
        config, mask = self.config, batch.mask
        reward = on_mask(batch.token_reward, mask)
        if config.kl_coef:
            ref = need("logp_ref", batch.logp_ref, "kl_coef > 0 needs the reference (Needs.reference)")
            reward = reward - config.kl_coef * k1(batch.logp_old, ref, mask)
        value = need("value_old", batch.value_old, "PPO needs a critic (Needs.value)")
        advantage, returns = gae(reward, value, mask, config.gamma, config.lam)
        return replace(batch, advantage=whiten(advantage, mask, all_sum), returns=returns)

    def loss(self, batch: Batch, out: PolicyOutput) -> LossOutput:
        """The mean over all agent tokens of the optimiser step, of policy and critic."""
        mask = batch.mask
        advantage = need("advantage", batch.advantage, "call prepare() on the rollout first")
        returns = need("returns", batch.returns, "call prepare() on the rollout first")
        value = need("value", out.value, "PPO needs a critic (Needs.value)")
        value_old = need("value_old", batch.value_old, "PPO needs a critic (Needs.value)")
        policy, clipped = ppo_loss(out.logp, batch.logp_old, advantage, mask, self.config)
        critic, value_clipped = value_loss(value, value_old, returns, mask, self.config.value_clip)
        loss = token_mean(policy + self.config.value_coef * critic, mask, batch.agent_tokens)
        stats = (
            stat("loss/policy", policy, mask),
            stat("loss/value", critic, mask),
            stat("value/clip_fraction", value_clipped, mask),
            stat("value/error", value - returns, mask, Show.SPREAD),
            stat("value/returns", returns, mask, Show.SPREAD),
        )
        return LossOutput(loss, stats + policy_stats(batch, out, clipped))
