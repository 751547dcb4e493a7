"""GFlowRL: FlowRL without a learned log Z, with a bounded residual and a one-sided weight. https://arxiv.org/abs/2607.13394.

    delta = clip(log Z(x) + 1/|y| log pi(y|x) - beta r_hat - 1/|y| log pi_ref(y|x), -gap_low, gap_high)
    w     = min(pi(y|x) / pi_old(y|x), 1 + eps), detached
    loss  = mean over sequences of w delta^2,   log Z(x) = -mean over the group of the rest, detached

r_hat is FlowRL's standardised reward. Deviations:

1. log Z comes from pi_old, once a rollout, so that micro-batches add up; it is the same at the first update.
2. A residual beyond its bound keeps the bound's pull (Huber) and is not dropped.
3. The bounds are ours (10 on both sides); beta = 15 and eps = 0.2 are FlowRL's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from torch import Tensor

from flowrl_agent.algorithms.base import Algorithm, Needs
from flowrl_agent.ops import flow
from flowrl_agent.ops.advantages import EPSILON, standardise
from flowrl_agent.ops.diagnostics import flow_stats, policy_stats
from flowrl_agent.ops.masked import sequence_mean
from flowrl_agent.ops.ratios import sequence_ratio
from flowrl_agent.ops.shapes import check_rows, need
from flowrl_agent.types import AllSum, Batch, LossOutput, PolicyOutput, one_rank
from flowrl_envs.errors import UserError


@dataclass(frozen=True, slots=True)
class GFlowRLConfig:
    """The settings of GFlowRL.

    Attributes:
        beta: nats a token and a unit of standardised reward.
        clip_high: the weight stays below 1 + clip_high.
        gap_low: the residual pulls as if it were at least -gap_low.
        gap_high: and at most gap_high.
        epsilon: added to the group's standard deviation.
    """

    beta: float = 15.0
    clip_high: float = 0.2
    gap_low: float = 10.0
    gap_high: float = 10.0
    epsilon: float = EPSILON

    def __post_init__(self) -> None:
        for name, value in {"beta": self.beta, "gap_low": self.gap_low, "gap_high": self.gap_high}.items():
            if not value > 0:
                raise UserError(f"GFlowRLConfig.{name} is {value}; it must be above 0")

    @property
    def balance(self) -> flow.Balance:
        """FlowRL's: beta per token, residual divided by the length."""
        return flow.Balance(self.beta, "token", "mean")


def gflowrl_loss(
    logp: Tensor,
    logp_old: Tensor,
    logp_ref: Tensor,
    mask: Tensor,
    score: Tensor,
    log_z: Tensor,
    config: GFlowRLConfig,
) -> tuple[Tensor, Tensor, Tensor]:
    """([B], [B], [B]): the loss of each response, its residual and its weight; responses are to be averaged.

    Args:
        logp: [B, T] of the policy, with gradient.
        logp_old: [B, T] of the behaviour policy.
        logp_ref: [B, T] of the reference.
        mask: [B, T] bool, the agent's tokens.
        score: [B], the standardised reward.
        log_z: [B], no gradient.
        config: beta, cap and bounds.
    """
    check_rows(mask.shape[0], log_z=log_z)
    weight = sequence_ratio(logp, logp_old, mask).detach().clamp(max=1.0 + config.clip_high)
    residual = log_z + flow.gap(logp, logp_ref, mask, score, config.balance)
    delta = flow.clip_gap(residual, config.gap_low, config.gap_high)
    return weight * delta.square(), delta, weight


class GFlowRL(Algorithm):
    """The loss above on rollouts in groups."""

    Config = GFlowRLConfig
    presets: ClassVar[Mapping[str, Any]] = {"moderate": GFlowRLConfig(beta=1.0)}
    config: GFlowRLConfig

    @property
    def needs(self) -> Needs:
        """The reference."""
        return Needs(reference=True)

    def prepare(self, batch: Batch, all_sum: AllSum = one_rank) -> Batch:
        """Standardised rewards, and the group's log Z under pi_old."""
        ref = need("logp_ref", batch.logp_ref, "GFlowRL needs the reference policy (Needs.reference)")
        score = standardise(batch.reward, batch.group, batch.graded, self.config.epsilon)
        gap = flow.gap(batch.logp_old, ref, batch.mask, score, self.config.balance)
        log_z = flow.group_log_z(gap, batch.group, batch.graded)
        return replace(batch, score=score, log_z=log_z, log_z_group=log_z)

    def loss(self, batch: Batch, out: PolicyOutput) -> LossOutput:
        """The mean over sequences."""
        ref = need("logp_ref", batch.logp_ref, "GFlowRL needs the reference policy (Needs.reference)")
        score = need("score", batch.score, "call prepare() on the rollout first")
        log_z = need("log_z", batch.log_z, "call prepare() on the rollout first")
        rows, delta, weight = gflowrl_loss(out.logp, batch.logp_old, ref, batch.mask, score, log_z, self.config)
        clipped = sequence_ratio(out.logp.detach(), batch.logp_old, batch.mask) > weight
        stats = flow_stats(batch, delta, weight, log_z, score, self.config.balance)
        loss = sequence_mean(rows, batch.graded, batch.sequences)
        return LossOutput(loss, stats + policy_stats(batch, out, clipped))
