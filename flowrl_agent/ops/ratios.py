"""Importance ratios between the policy that learns and the one that sampled, from log-probabilities.

Log-ratios are clamped to +-20 before `exp` (e^20 is 5e8; float32 overflows at e^88), beyond which no clip or cap in
use can tell the difference and the gradient is 0.
"""

from __future__ import annotations

import torch
from torch import Tensor

from flowrl_agent.ops.masked import on_mask, row_mean, row_sum
from flowrl_agent.ops.shapes import check_tokens

MAX_LOG_RATIO = 20.0


def safe_exp(x: Tensor) -> Tensor:
    """exp(x) with x clamped to +-20, so finite with finite squares in float32."""
    return x.clamp(-MAX_LOG_RATIO, MAX_LOG_RATIO).exp()


def token_log_ratio(logp: Tensor, logp_old: Tensor, mask: Tensor) -> Tensor:
    """[B, T]: log pi - log pi_old on agent tokens, 0 elsewhere."""
    check_tokens(mask, logp=logp, logp_old=logp_old)
    return on_mask(logp, mask) - on_mask(logp_old, mask)


def sequence_ratio(logp: Tensor, logp_old: Tensor, mask: Tensor) -> Tensor:
    """[B]: pi(y|x) / pi_old(y|x), the product over agent tokens."""
    return safe_exp(row_sum(token_log_ratio(logp, logp_old, mask), mask))


def geometric_ratio(logp: Tensor, logp_old: Tensor, mask: Tensor) -> Tensor:
    """[B]: the |y|-th root of `sequence_ratio`. GSPO, https://arxiv.org/abs/2507.18071, equation 7."""
    return safe_exp(row_mean(token_log_ratio(logp, logp_old, mask), mask))


def effective_sample_size(weights: Tensor) -> Tensor:
    """Scalar in [1/n, 1]: (sum w)^2 / (n sum w^2), the share of samples that the weights leave in effect."""
    if weights.numel() == 0:
        return weights.new_ones(())
    scaled = weights / weights.abs().amax().clamp(min=torch.finfo(weights.dtype).tiny)
    return scaled.sum().square() / (scaled.square().sum() * weights.numel()).clamp(min=torch.finfo(weights.dtype).tiny)
