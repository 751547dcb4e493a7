"""What any policy-gradient algorithm may log of a micro-batch, as raw values; docs/algorithms explains the names."""

from __future__ import annotations

from torch import Tensor

from flowrl_agent.ops import flow
from flowrl_agent.ops.divergences import k1, k3
from flowrl_agent.ops.masked import exact_enough, lengths
from flowrl_agent.ops.ratios import safe_exp, token_log_ratio
from flowrl_agent.types import Batch, PolicyOutput, Show, Stat


def stat(name: str, values: Tensor, keep: Tensor | None = None, show: Show = Show.MEAN) -> Stat:
    """A `Stat` of the values where `keep` is True (all without it): detached, flat, float32."""
    values = values.detach()
    return Stat(name, (values.reshape(-1) if keep is None else values[keep]).float(), show)


def policy_stats(batch: Batch, out: PolicyOutput, clipped: Tensor | None = None) -> tuple[Stat, ...]:
    """Entropy, ratio, KL to the behaviour policy and to the reference, and the share that was clipped.

    Args:
        batch: its mask says which tokens count.
        out: the policy now.
        clipped: bool [B, T] of tokens or [B] of sequences, or None where nothing is clipped.
    """
    mask = batch.mask
    logp = exact_enough(out.logp.detach())
    stats = [
        stat("policy/entropy", out.entropy, mask),
        stat("policy/ratio", safe_exp(token_log_ratio(logp, batch.logp_old, mask)), mask, Show.SPREAD),
        stat("policy/kl_old", k3(logp, batch.logp_old, mask), mask),
    ]
    if clipped is not None:
        stats.append(stat("policy/clip_fraction", clipped, mask if clipped.ndim == 2 else batch.graded))
    if batch.logp_ref is not None:
        stats.append(stat("policy/kl_ref", k1(logp, batch.logp_ref, mask).sum(-1), batch.graded))
        stats.append(stat("policy/kl_ref_token", k3(logp, batch.logp_ref, mask), mask))
    return tuple(stats)


def flow_stats(
    batch: Batch, delta: Tensor, weight: Tensor, log_z: Tensor, score: Tensor, balance: flow.Balance
) -> tuple[Stat, ...]:
    """Residual, log Z against the group's estimate, weights, and what beta means for responses of this length.

    Args:
        batch: after `prepare`.
        delta: [B], the residual.
        weight: [B], or [B, T] for token weights.
        log_z: [B], the one in use.
        score: [B], the shaped reward.
        balance: beta and length normalisation.
    """
    graded, length, delta = batch.graded, lengths(batch.mask), delta.detach()
    tilt = flow.tilt(batch.mask, balance)
    start = (tilt * score * flow.scale(batch.mask, balance)).square()  # delta^2 where pi = pi_ref and log Z = 0
    group = log_z if batch.log_z_group is None else batch.log_z_group
    return (
        stat("flow/delta", delta, graded, Show.SPREAD),
        stat("flow/delta_sq", delta.square(), graded),
        stat("flow/unmatched", delta.square() / start, graded & (start > 0)),
        stat("flow/log_z", log_z, graded),
        stat("flow/log_z_gap", log_z - group, graded),
        stat("flow/weight", weight, batch.mask if weight.ndim == 2 else graded, Show.WEIGHTS),
        stat("flow/beta_sequence", tilt, graded),
        stat("flow/beta_token", tilt / length, graded),
        stat("length/better", length, graded & (score > 0)),
        stat("length/worse", length, graded & (score < 0)),
    )
