"""REINFORCE++: no critic, one baseline for the whole batch. https://arxiv.org/abs/2501.03262.

    R_t  = r at the end of a turn - kl_coef (log pi_old(y_t) - log pi_ref(y_t))
    A_t  = whiten(sum of R from t on), over all agent tokens of the global batch
    loss = mean over tokens of -min(rho_t A_t, clip(rho_t, 1 - eps, 1 + eps) A_t)

The preset `baseline` is the paper's variant for groups: r - mean_group first, no KL in the reward but k2 as a loss.
Deviations:

1. The KL of the reward is that of the sampled tokens (k1), taken once a rollout from pi_old, as in OpenRLHF.
2. Tokens of a user's turn between the agent's carry returns through unchanged; verl resets them there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import torch
from torch import Tensor

from flowrl_agent.algorithms.base import Algorithm, Needs
from flowrl_agent.ops.advantages import group_mean, returns_to_go
from flowrl_agent.ops.diagnostics import policy_stats, stat
from flowrl_agent.ops.divergences import k1, k2
from flowrl_agent.ops.masked import on_mask, token_mean, whiten
from flowrl_agent.ops.shapes import need
from flowrl_agent.ops.surrogate import token_surrogate
from flowrl_agent.types import AllSum, Batch, LossOutput, PolicyOutput, one_rank


@dataclass(frozen=True, slots=True)
class ReinforcePlusPlusConfig:
    """The settings of REINFORCE++.

    Attributes:
        kl_coef: weight of the per-token KL in the reward.
        kl_loss_coef: weight of k2 in the loss.
        baseline: subtract the group's mean reward before everything else.
        gamma: discount per agent token.
        clip_low: eps below.
        clip_high: eps above.
    """

    kl_coef: float = 0.01
    kl_loss_coef: float = 0.0
    baseline: bool = False
    gamma: float = 1.0
    clip_low: float = 0.2
    clip_high: float = 0.2


def reinforce_pp_loss(
    logp: Tensor,
    logp_old: Tensor,
    logp_ref: Tensor | None,
    advantage: Tensor,
    mask: Tensor,
    config: ReinforcePlusPlusConfig,
) -> tuple[Tensor, Tensor]:
    """The per-token loss and where it is clipped, both [B, T] and 0 off the mask; all tokens are to be averaged.

    Args:
        logp: [B, T] of the policy, with gradient.
        logp_old: [B, T] of the behaviour policy.
        logp_ref: [B, T] of the reference; may be None where `kl_loss_coef` is 0.
        advantage: [B, T], no gradient.
        mask: [B, T] bool, the agent's tokens.
        config: clips and coefficient.
    """
    loss, clipped = token_surrogate(logp, logp_old, advantage, mask, config.clip_low, config.clip_high)
    if config.kl_loss_coef:
        ref = need("logp_ref", logp_ref, "kl_loss_coef > 0 needs the reference")
        loss = loss + config.kl_loss_coef * k2(logp, ref, mask)
    return loss, clipped


class ReinforcePlusPlus(Algorithm):
    """The loss above; groups are used by the baseline variant alone."""

    Config = ReinforcePlusPlusConfig
    presets: ClassVar[Mapping[str, Any]] = {
        "baseline": ReinforcePlusPlusConfig(baseline=True, kl_coef=0.0, kl_loss_coef=0.01)
    }
    config: ReinforcePlusPlusConfig

    @property
    def needs(self) -> Needs:
        """The reference where a KL term is on."""
        return Needs(reference=self.config.kl_coef > 0 or self.config.kl_loss_coef > 0)

    def prepare(self, batch: Batch, all_sum: AllSum = one_rank) -> Batch:
        """Returns-to-go of reward and KL, whitened over the tokens of all ranks."""
        mask, config = batch.mask, self.config
        reward = on_mask(batch.token_reward, mask)
        if config.baseline:  # on the last agent token, so that it enters every return-to-go once
            mean = group_mean(batch.reward, batch.group, batch.graded)
            reward = reward - torch.where(_last(mask), mean[:, None], 0.0)
        if config.kl_coef:
            ref = need("logp_ref", batch.logp_ref, "kl_coef > 0 needs the reference (Needs.reference)")
            reward = reward - config.kl_coef * k1(batch.logp_old, ref, mask)
        returns = returns_to_go(reward.detach(), mask, config.gamma)
        return replace(batch, returns=returns, advantage=whiten(returns, mask, all_sum))

    def loss(self, batch: Batch, out: PolicyOutput) -> LossOutput:
        """The mean over all agent tokens of the optimiser step."""
        advantage = need("advantage", batch.advantage, "call prepare() on the rollout first")
        tokens, clipped = reinforce_pp_loss(
            out.logp, batch.logp_old, batch.logp_ref, advantage, batch.mask, self.config
        )
        loss = token_mean(tokens, batch.mask, batch.agent_tokens)
        return LossOutput(loss, (stat("loss/tokens", tokens, batch.mask), *policy_stats(batch, out, clipped)))


def _last(mask: Tensor) -> Tensor:
    """[B, T] bool: True on the last agent token of each row that has one."""
    after = mask.flip(-1).cumsum(-1).flip(-1)  # agent tokens from here on
    return mask & (after == 1)
