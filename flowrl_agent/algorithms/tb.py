"""TB: trajectory balance on whole responses, with the group's own log Z (VarGrad, TBA). https://arxiv.org/abs/2503.18929.

    delta = log Z(x) + log pi(y|x) - log pi_ref(y|x) - beta r,   log Z(x) = -mean over the group of the rest, detached
    loss  = mean over sequences of delta^2

Token sums, no importance weight, no clip, raw rewards: what FlowRL adds to trajectory balance is left out. Its minimum
is pi_ref exp(beta r) / Z whatever policy sampled the responses. TBA's reward coefficient beta_KL is our 1 / beta.
Deviations from TBA:

1. log Z comes from pi_old, once a rollout, and not from pi, so that micro-batches add up; it is the same at the first
   update.
2. No replay buffer and no asynchronous search: these belong to a trainer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from flowrl_agent.algorithms.base import Algorithm, Needs
from flowrl_agent.ops import flow
from flowrl_agent.ops.diagnostics import flow_stats, policy_stats
from flowrl_agent.ops.masked import sequence_mean
from flowrl_agent.ops.shapes import check_rows, need
from flowrl_agent.types import AllSum, Batch, LossOutput, PolicyOutput, one_rank
from flowrl_envs.errors import UserError


@dataclass(frozen=True, slots=True)
class TBConfig:
    """The settings of TB.

    Attributes:
        beta: nats by which a unit of reward lifts a whole response.
    """

    beta: float = 5.0

    def __post_init__(self) -> None:
        if not self.beta > 0:
            raise UserError(f"TBConfig.beta is {self.beta}; it must be above 0")


def tb_residual(logp: Tensor, logp_ref: Tensor, mask: Tensor, reward: Tensor, log_z: Tensor, beta: float) -> Tensor:
    """[B]: delta, to be squared and averaged over sequences.

    Args:
        logp: [B, T] of the policy, with gradient.
        logp_ref: [B, T] of the reference.
        mask: [B, T] bool, the agent's tokens.
        reward: [B].
        log_z: [B], no gradient.
        beta: nats a unit of reward.
    """
    check_rows(mask.shape[0], log_z=log_z)
    return log_z + flow.gap(logp, logp_ref, mask, reward, flow.Balance(beta))


class TB(Algorithm):
    """The loss above on rollouts in groups."""

    Config = TBConfig
    config: TBConfig

    @property
    def needs(self) -> Needs:
        """The reference."""
        return Needs(reference=True)

    @property
    def target(self) -> flow.Balance:
        """pi_ref exp(beta r) / Z."""
        return flow.Balance(self.config.beta)

    def prepare(self, batch: Batch, all_sum: AllSum = one_rank) -> Batch:
        """The group's log Z under pi_old."""
        ref = need("logp_ref", batch.logp_ref, "TB needs the reference policy (Needs.reference)")
        reward = torch.where(batch.graded, batch.reward, 0.0)
        gap = flow.gap(batch.logp_old, ref, batch.mask, reward, flow.Balance(self.config.beta))
        log_z = flow.group_log_z(gap, batch.group, batch.graded)
        return replace(batch, score=reward, log_z=log_z, log_z_group=log_z)

    def loss(self, batch: Batch, out: PolicyOutput) -> LossOutput:
        """The mean over sequences."""
        ref = need("logp_ref", batch.logp_ref, "TB needs the reference policy (Needs.reference)")
        score = need("score", batch.score, "call prepare() on the rollout first")
        log_z = need("log_z", batch.log_z, "call prepare() on the rollout first")
        delta = tb_residual(out.logp, ref, batch.mask, score, log_z, self.config.beta)
        loss = sequence_mean(delta.square(), batch.graded, batch.sequences)
        stats = flow_stats(batch, delta, torch.ones_like(delta.detach()), log_z, score, flow.Balance(self.config.beta))
        return LossOutput(loss, stats + policy_stats(batch, out))
