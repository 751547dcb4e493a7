"""GRPO: PPO's surrogate with the group's standardised reward as advantage. https://arxiv.org/abs/2402.03300.

    A    = (r - mean_group) / (std_group + 1e-6), std with ddof = 1, the same for every token of a response
    loss = mean over sequences of mean over tokens of [-min(rho_t A, clip(rho_t, 1 - eps, 1 + eps) A) + kl_coef k3_t]

with rho_t = pi(y_t) / pi_old(y_t) and k3 = exp(d) - d - 1, d = log pi_ref - log pi. The preset `kl` turns the penalty
of the paper on. Deviations:

1. The paper's KL coefficient of 0.04 is not the default, as in TRL since 0.16; the preset `kl` has it.
2. The paper divides by std alone; its public implementations add an epsilon (1e-4 in TRL, 1e-6 in verl and here).
3. A sample alone in its group has advantage 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from torch import Tensor

from flowrl_agent.algorithms.base import Algorithm, Needs
from flowrl_agent.ops.advantages import EPSILON, standardise
from flowrl_agent.ops.diagnostics import policy_stats, stat
from flowrl_agent.ops.divergences import k3
from flowrl_agent.ops.masked import over_rows, row_mean, sequence_mean
from flowrl_agent.ops.shapes import need
from flowrl_agent.ops.surrogate import token_surrogate
from flowrl_agent.types import AllSum, Batch, LossOutput, PolicyOutput, one_rank


@dataclass(frozen=True, slots=True)
class GRPOConfig:
    """The settings of GRPO.

    Attributes:
        clip_low: eps below.
        clip_high: eps above.
        kl_coef: weight of the penalty towards the reference; 0 needs no reference.
        epsilon: added to the group's standard deviation.
    """

    clip_low: float = 0.2
    clip_high: float = 0.2
    kl_coef: float = 0.0
    epsilon: float = EPSILON


def grpo_loss(
    logp: Tensor,
    logp_old: Tensor,
    logp_ref: Tensor | None,
    advantage: Tensor,
    mask: Tensor,
    config: GRPOConfig,
) -> tuple[Tensor, Tensor]:
    """The per-token loss and where it is clipped, both [B, T] and 0 off the mask; each response is to be averaged.

    Args:
        logp: [B, T] of the policy, with gradient.
        logp_old: [B, T] of the behaviour policy.
        logp_ref: [B, T] of the reference; may be None where `kl_coef` is 0.
        advantage: [B, T], no gradient.
        mask: [B, T] bool, the agent's tokens.
        config: clips and coefficient.
    """
    loss, clipped = token_surrogate(logp, logp_old, advantage, mask, config.clip_low, config.clip_high)
    if config.kl_coef:
        loss = loss + config.kl_coef * k3(logp, need("logp_ref", logp_ref, "kl_coef > 0 needs the reference"), mask)
    return loss, clipped


class GRPO(Algorithm):
    """The loss above on rollouts in groups."""

    Config = GRPOConfig
    presets: ClassVar[Mapping[str, Any]] = {"kl": GRPOConfig(kl_coef=0.04)}
    config: GRPOConfig

    @property
    def needs(self) -> Needs:
        """The reference where there is a penalty."""
        return Needs(reference=self.config.kl_coef > 0)

    def prepare(self, batch: Batch, all_sum: AllSum = one_rank) -> Batch:
        """Lays each response's standardised reward on its tokens."""
        score = standardise(batch.reward, batch.group, batch.graded, self.config.epsilon)
        return replace(batch, score=score, advantage=over_rows(score, batch.mask))

    def loss(self, batch: Batch, out: PolicyOutput) -> LossOutput:
        """The mean over sequences of the mean over tokens."""
        advantage = need("advantage", batch.advantage, "call prepare() on the rollout first")
        tokens, clipped = grpo_loss(out.logp, batch.logp_old, batch.logp_ref, advantage, batch.mask, self.config)
        loss = sequence_mean(row_mean(tokens, batch.mask), batch.graded, batch.sequences)
        return LossOutput(loss, (stat("loss/tokens", tokens, batch.mask), *policy_stats(batch, out, clipped)))
