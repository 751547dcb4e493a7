"""The clipped surrogate that PPO, GRPO, DAPO, RLOO and GSPO share, on tokens or on sequences."""

from __future__ import annotations

import torch
from torch import Tensor

from flowrl_agent.ops.masked import on_mask
from flowrl_agent.ops.ratios import safe_exp, token_log_ratio
from flowrl_agent.ops.shapes import ShapeError, check_tokens


def clipped_surrogate(
    ratio: Tensor, advantage: Tensor, low: float, high: float, dual: float | None = None
) -> tuple[Tensor, Tensor]:
    """-min(rho A, clip(rho, 1 - low, 1 + high) A), and where the clip took effect.

    PPO, https://arxiv.org/abs/1707.06347, equation 7. With `dual` = c > 1 the loss of A < 0 is at most -c A
    (https://arxiv.org/abs/1912.09729, equation 5).

    Args:
        ratio: any shape, with gradient.
        advantage: the same shape, no gradient.
        low: lower clip, the ratio stays above 1 - low.
        high: upper clip, the ratio stays below 1 + high.
        dual: c, or None for no dual clip.

    Returns:
        The loss of each entry, and a bool of the same shape, True where the gradient of an entry is clipped away.
    """
    if ratio.shape != advantage.shape:
        raise ShapeError(f"ratio is {list(ratio.shape)} and advantage {list(advantage.shape)}; they must be equal")
    plain = -advantage * ratio
    loss = torch.maximum(plain, -advantage * ratio.clamp(1.0 - low, 1.0 + high))
    clipped = loss > plain
    if dual is not None:
        bound = -dual * advantage
        cut = (advantage < 0) & (loss > bound)
        loss, clipped = torch.where(cut, bound, loss), clipped | cut
    return loss, clipped


def token_surrogate(
    logp: Tensor,
    logp_old: Tensor,
    advantage: Tensor,
    mask: Tensor,
    low: float,
    high: float,
    dual: float | None = None,
) -> tuple[Tensor, Tensor]:
    """`clipped_surrogate` of each token's own ratio: the loss and where it is clipped, both [B, T] and 0 off the mask.

    Args:
        logp: [B, T] of the policy, with gradient.
        logp_old: [B, T] of the behaviour policy.
        advantage: [B, T], no gradient.
        mask: [B, T] bool, the agent's tokens.
        low: lower clip.
        high: upper clip.
        dual: c of the dual clip, or None.
    """
    check_tokens(mask, logp=logp, logp_old=logp_old, advantage=advantage)
    ratio = safe_exp(token_log_ratio(logp, logp_old, mask))
    return clipped_surrogate(ratio, on_mask(advantage, mask), low, high, dual)
