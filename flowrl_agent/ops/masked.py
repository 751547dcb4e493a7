"""Reductions over the agent's tokens. Sums run in float32 at least, and nothing off the mask reaches them.

A loss is a sum of rows or tokens divided by a count of the whole optimiser step (`sequence_mean`, `token_mean`), so
the shares of micro-batches add up. Notation: B sequences, T predicted tokens.
"""

from __future__ import annotations

import torch
from torch import Tensor

from flowrl_agent.ops.shapes import check_rows, check_scalars, check_tokens
from flowrl_agent.types import AllSum, one_rank


def exact_enough(x: Tensor) -> Tensor:
    """`x` in float32, or in float64 where it was already."""
    return x if x.dtype == torch.float64 else x.to(torch.float32)


def on_mask(x: Tensor, mask: Tensor) -> Tensor:
    """[B, T]: `x` where the mask is True and 0 elsewhere, even where `x` is NaN; no gradient off the mask."""
    check_tokens(mask, x=x)
    return torch.where(mask, exact_enough(x), 0.0)


def lengths(mask: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
    """[B] of `dtype`: agent tokens of each row, at least 1 so that one may divide by it."""
    check_tokens(mask)
    return mask.sum(-1).clamp(min=1).to(dtype)


def row_sum(x: Tensor, mask: Tensor) -> Tensor:
    """[B]: the sum over each row's agent tokens."""
    return on_mask(x, mask).sum(-1)


def row_mean(x: Tensor, mask: Tensor) -> Tensor:
    """[B]: the mean over each row's agent tokens, 0 for a row without any."""
    total = row_sum(x, mask)
    return total / lengths(mask, total.dtype)


def over_rows(rows: Tensor, mask: Tensor) -> Tensor:
    """[B, T]: each row's number of a [B] tensor on its agent tokens, 0 elsewhere."""
    check_tokens(mask)
    check_rows(mask.shape[0], rows=rows)
    return on_mask(rows[:, None].expand(mask.shape), mask)


def sequence_mean(rows: Tensor, graded: Tensor, sequences: Tensor) -> Tensor:
    """Scalar: the sum over graded rows divided by the step's number of graded sequences."""
    check_rows(rows.shape[0], rows=rows, graded=graded)
    check_scalars(sequences=sequences)
    return torch.where(graded, exact_enough(rows), 0.0).sum() / sequences


def token_mean(x: Tensor, mask: Tensor, agent_tokens: Tensor) -> Tensor:
    """Scalar: the sum over agent tokens divided by the step's number of agent tokens."""
    check_scalars(agent_tokens=agent_tokens)
    return on_mask(x, mask).sum() / agent_tokens


def whiten(x: Tensor, mask: Tensor, all_sum: AllSum = one_rank, eps: float = 1e-8) -> Tensor:
    """[B, T]: (x - mean) / sqrt(var + eps) over all agent tokens of all ranks, with the unbiased variance.

    One token, or none, has no spread: the result is then 0. See https://arxiv.org/abs/2006.05990, section 3.5.
    """
    x = on_mask(x, mask)
    first = all_sum(torch.stack([mask.sum().to(x.dtype), x.sum()]))
    count = first[0].clamp(min=1.0)
    centred = on_mask(x - first[1] / count, mask)
    variance = all_sum(centred.square().sum()[None])[0] / (count - 1).clamp(min=1.0)
    return centred * torch.rsqrt(variance + eps)
