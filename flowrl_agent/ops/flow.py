"""Trajectory balance over whole responses: the residual that FlowRL, TB and GFlowRL square.

    residual = log Z(x) + s (log pi(y|x) - log pi_ref(y|x) - tilt r),   s = 1/|y| or 1

It is 0 for every y exactly if pi(y|x) = pi_ref(y|x) exp(tilt r) / Z(x), for s = 1. `tilt` is in nats a unit of
reward. Sources: https://arxiv.org/abs/2201.13259 (trajectory balance), https://arxiv.org/abs/2509.15207 (FlowRL),
https://arxiv.org/abs/2503.18929 (TBA, the group's log Z). Notation: B rows, T predicted tokens.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from flowrl_agent.ops.advantages import group_mean
from flowrl_agent.ops.masked import lengths, row_sum
from flowrl_agent.ops.ratios import token_log_ratio
from flowrl_agent.ops.shapes import check_rows, check_tokens
from flowrl_agent.types import AllSum, one_rank

Per = Literal["token", "sequence"]
Normalisation = Literal["mean", "none"]


@dataclass(frozen=True, slots=True)
class Balance:
    """What a response is weighed against.

    Attributes:
        beta: nats a unit of reward.
        per: "token" makes that beta |y| for a response of |y| tokens, "sequence" leaves it.
        length: "mean" divides the residual (without log Z) by |y|, "none" does not.
    """

    beta: float
    per: Per = "sequence"
    length: Normalisation = "none"


def tilt(mask: Tensor, balance: Balance, dtype: torch.dtype = torch.float32) -> Tensor:
    """[B]: nats by which a unit of reward lifts a response: beta |y| where beta is per token, else beta."""
    length = lengths(mask, dtype)
    return balance.beta * length if balance.per == "token" else torch.full_like(length, balance.beta)


def scale(mask: Tensor, balance: Balance, dtype: torch.dtype = torch.float32) -> Tensor:
    """[B]: s, 1/|y| or 1."""
    length = lengths(mask, dtype)
    return 1.0 / length if balance.length == "mean" else torch.ones_like(length)


def gap(logp: Tensor, logp_ref: Tensor, mask: Tensor, score: Tensor, balance: Balance) -> Tensor:
    """[B]: the residual without log Z, s (log pi - log pi_ref - tilt r)."""
    check_tokens(mask, logp=logp, logp_ref=logp_ref)
    check_rows(mask.shape[0], score=score)
    moved = row_sum(token_log_ratio(logp, logp_ref, mask), mask)
    return (moved - tilt(mask, balance, moved.dtype) * score) * scale(mask, balance, moved.dtype)


def group_log_z(gap: Tensor, group: Tensor, graded: Tensor) -> Tensor:
    """[B]: the constant that minimises the group's sum of squared residuals, -mean of `gap`; no gradient.

    VarGrad, https://arxiv.org/abs/2010.10436, and TBA; 0 for a group without graded rows.
    """
    return -group_mean(gap.detach(), group, graded)


def batch_log_z(gap: Tensor, graded: Tensor, all_sum: AllSum = one_rank) -> Tensor:
    """[B]: the same for all rows of all ranks at once, the least-squares optimum of one learned scalar."""
    check_rows(gap.shape[0], graded=graded)
    kept = torch.where(graded, gap.detach(), 0.0)
    sums = all_sum(torch.stack([kept.sum(), graded.sum().to(kept.dtype)]))
    return (-sums[0] / sums[1].clamp(min=1.0)).expand(gap.shape)


def clip_gap(residual: Tensor, low: float, high: float) -> Tensor:
    """[B]: the residual clipped to [-low, high]; a residual outside pulls with the bound's strength, not less.

    The gradient of its square is 2 clip(residual) times that of the residual, which is Huber's; a plain clamp would
    give the worst rows no gradient at all.
    """
    return residual.detach().clamp(-low, high) + (residual - residual.detach())


def noise_log_z(tokens: Tensor, group: Tensor, std: float) -> Tensor:
    """[B] float32: a normal number a group, seeded by the ids of all its tokens; the control for a useful log Z.

    It differs from rollout to rollout and depends neither on the order of the rows nor on padding with 0.

    Args:
        tokens: [B, L] int64, 0 on padding.
        group: [B] int64.
        std: standard deviation.
    """
    check_rows(tokens.shape[0], group=group)
    out = torch.zeros(tokens.shape[0])
    mixed = (tokens * 2654435761 % 4294967291).sum(-1).cpu()
    names = group.cpu()
    for name in torch.unique(names):
        rows = names == name
        seed = int(mixed[rows].sum()) % 2**63
        out[rows] = std * torch.randn((), generator=torch.Generator().manual_seed(seed))
    return out.to(tokens.device)
