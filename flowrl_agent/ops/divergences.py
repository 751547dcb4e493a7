"""Estimates of KL(pi || pi_ref) from samples of pi, one a token. http://joschu.net/blog/kl-approx.html.

All three have expectation KL on samples of pi (k2 to second order). Notation: d = log pi_ref - log pi.
"""

from __future__ import annotations

from torch import Tensor

from flowrl_agent.ops.masked import on_mask
from flowrl_agent.ops.ratios import MAX_LOG_RATIO
from flowrl_agent.ops.shapes import check_tokens


def k1(logp: Tensor, logp_ref: Tensor, mask: Tensor) -> Tensor:
    """[B, T]: -d. Unbiased, may be negative; as a loss its expected gradient is 0, so it belongs in a reward."""
    check_tokens(mask, logp=logp, logp_ref=logp_ref)
    return on_mask(logp, mask) - on_mask(logp_ref, mask)


def k2(logp: Tensor, logp_ref: Tensor, mask: Tensor) -> Tensor:
    """[B, T]: d^2 / 2. As a loss on samples of pi it has the gradient of the KL."""
    return k1(logp, logp_ref, mask).square() / 2


def k3(logp: Tensor, logp_ref: Tensor, mask: Tensor) -> Tensor:
    """[B, T]: exp(d) - d - 1 >= 0. Unbiased; d is clamped to +-20."""
    d = (-k1(logp, logp_ref, mask)).clamp(-MAX_LOG_RATIO, MAX_LOG_RATIO)
    return d.expm1() - d
