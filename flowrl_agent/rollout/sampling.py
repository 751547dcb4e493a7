"""Draws one token a row from logits: temperature, top-k, top-p, greedy; pure functions of logits and uniforms.

Randomness is one uniform number a row and step, a function of (seed, row, step) alone. So what a row samples does
not depend on how rows are batched, chunked or dropped, beyond the rounding of its logits.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from flowrl_agent.rollout.base import SamplingParams
from flowrl_envs.errors import InfrastructureError, UserError


def check_params(params: SamplingParams) -> None:
    """Raises UserError for parameters that describe no distribution."""
    wrong = {
        "max_new_tokens (1 or more)": params.max_new_tokens < 1,
        "temperature (0 or more; 0 is greedy)": not 0 <= params.temperature < math.inf,
        "top_p (above 0, at most 1)": not 0 < params.top_p <= 1,
        "top_k (0 or more; 0 is all tokens)": params.top_k < 0,
        "stop (no empty string)": "" in params.stop,
        "seed (0 or more)": params.seed < 0,
    }
    if bad := [name for name, is_wrong in wrong.items() if is_wrong]:
        raise UserError(f"{params} is out of range in: {', '.join(bad)}.")


def uniforms(seed: int, row: int, count: int) -> Tensor:
    """[count] float64 in [0, 1): the random numbers of one row."""
    key = np.array([seed % 2**64, row], dtype=np.uint64)
    return torch.from_numpy(np.random.Generator(np.random.Philox(key=key)).random(count))


def sample(logits: Tensor, uniform: Tensor, params: SamplingParams) -> tuple[Tensor, Tensor]:
    """One token a row by inversion of the cumulative distribution.

    Args:
        logits: [R, V].
        uniform: [R] float64 in [0, 1).
        params: temperature, top-k and top-p; greedy ignores `uniform`.

    Returns:
        ids [R] int64, and logp [R] float32 under the distribution sampled from (0 where greedy).

    Raises:
        InfrastructureError: the logits of some row are NaN or infinite.
    """
    best, ids = logits.max(-1)
    if not bool(torch.isfinite(best).all()):
        raise InfrastructureError(
            "The model gave logits that are not finite: its weights have diverged. Lower the learning rate, or go back "
            "to an earlier checkpoint."
        )
    if params.temperature == 0:
        return ids, torch.zeros(ids.shape, device=ids.device)
    logp = torch.log_softmax(logits.float() / params.temperature, -1)
    if params.top_k or params.top_p < 1:
        logp = _truncated(logp, params.top_k, params.top_p)
    cdf = logp.exp().cumsum(-1, dtype=torch.float64)
    # right=True lands on the first token whose cumulative mass exceeds the target, so never on one of mass 0.
    ids = torch.searchsorted(cdf, (uniform * cdf[:, -1])[:, None], right=True).clamp_(max=logits.shape[-1] - 1)
    return ids.squeeze(-1), logp.gather(-1, ids).squeeze(-1)


def _truncated(logp: Tensor, top_k: int, top_p: float) -> Tensor:
    """Keeps the `top_k` likeliest, then of those the smallest set of mass `top_p`; renormalised."""
    order = logp.argsort(dim=-1, descending=True, stable=True)
    ranked = logp.gather(-1, order)
    if top_k:
        ranked[:, top_k:] = -torch.inf
        ranked = torch.log_softmax(ranked, -1)
    if top_p < 1:
        probs = ranked.exp()
        before = probs.cumsum(-1, dtype=torch.float64) - probs
        ranked = torch.log_softmax(ranked.masked_fill(before >= top_p, -torch.inf), -1)
    return torch.empty_like(logp).scatter_(-1, order, ranked)
