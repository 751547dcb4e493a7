"""From rewards to advantages: within a group of samples of one prompt, and along a sequence.

Group statistics are taken over graded rows alone and in float64: a group of equal rewards is then centred to (nearly)
0 and not to a rounding error that the division by a tiny spread would blow up. Notation: B rows, T predicted tokens.
"""

from __future__ import annotations

import torch
from torch import Tensor

from flowrl_agent.ops.masked import on_mask
from flowrl_agent.ops.shapes import check_rows, check_tokens
from flowrl_envs.errors import UserError

EPSILON = 1e-6
"""Added to a group's standard deviation, as in GRPO's public code."""


def group_sum(x: Tensor, group: Tensor, graded: Tensor) -> tuple[Tensor, Tensor]:
    """([B], [B]) float64: for each row the sum of `x` over its group's graded rows, and how many there are."""
    check_rows(x.shape[0], x=x, group=group, graded=graded)
    names, index = torch.unique(group, return_inverse=True)
    both = torch.stack([torch.where(graded, x.to(torch.float64), 0.0), graded.to(torch.float64)], -1)  # [B, 2]
    sums = torch.zeros(len(names), 2, dtype=torch.float64, device=x.device).index_add_(0, index, both)[index]
    return sums[:, 0], sums[:, 1]


def group_mean(x: Tensor, group: Tensor, graded: Tensor) -> Tensor:
    """[B]: the mean of `x` over the graded rows of each row's group, 0 for a group without any."""
    total, count = group_sum(x, group, graded)
    return (total / count.clamp(min=1.0)).to(x.dtype)


def centre(reward: Tensor, group: Tensor, graded: Tensor) -> Tensor:
    """[B]: r - mean of the group; 0 in ungraded rows and where a sample is alone."""
    return _centre64(reward, group, graded).to(reward.dtype)


def standardise(reward: Tensor, group: Tensor, graded: Tensor, eps: float = EPSILON) -> Tensor:
    """[B]: (r - mean) / (std + eps) within the group, std with ddof = 1; 0 in ungraded rows and where r is constant.

    GRPO, https://arxiv.org/abs/2402.03300, section 4.1.2.
    """
    centred = _centre64(reward, group, graded)
    squares, count = group_sum(centred.square(), group, graded)
    std = (squares / (count - 1.0).clamp(min=1.0)).sqrt()
    return (centred / (std + eps)).to(reward.dtype)


def leave_one_out(reward: Tensor, group: Tensor, graded: Tensor) -> Tensor:
    """[B]: r - mean of the group's other graded samples; 0 in ungraded rows and where a sample is alone.

    RLOO, https://arxiv.org/abs/2402.14740, equation 8.
    """
    _, count = group_sum(reward, group, graded)
    factor = torch.where(count > 1, count / (count - 1.0).clamp(min=1.0), 0.0)
    return (_centre64(reward, group, graded) * factor).to(reward.dtype)


def returns_to_go(reward: Tensor, mask: Tensor, gamma: float = 1.0) -> Tensor:
    """[B, T]: the discounted sum of rewards from each agent token on; other tokens neither count nor discount."""
    reward = on_mask(reward, mask)
    out = torch.zeros_like(reward)
    ahead = torch.zeros_like(reward[:, 0])
    for t in range(reward.shape[1] - 1, -1, -1):
        ahead = torch.where(mask[:, t], reward[:, t] + gamma * ahead, ahead)
        out[:, t] = ahead
    return on_mask(out, mask)


def gae(reward: Tensor, value: Tensor, mask: Tensor, gamma: float = 1.0, lam: float = 1.0) -> tuple[Tensor, Tensor]:
    """Generalised advantage estimation over agent tokens: (advantages, returns), both [B, T] and 0 off the mask.

    The state after an agent token is the one before the next agent token, whatever the user wrote between; after the
    last it is worth 0, for truncated sequences too. https://arxiv.org/abs/1506.02438, equation 16.

    Args:
        reward: [B, T], on agent tokens.
        value: [B, T], the critic's value before token t + 1 is written; no gradient is kept.
        mask: [B, T] bool.
        gamma: discount per agent token.
        lam: 0 is one-step TD, 1 is Monte Carlo.
    """
    check_tokens(mask, reward=reward, value=value)
    reward, value = on_mask(reward, mask).detach(), on_mask(value, mask).detach()
    advantage = torch.zeros_like(reward)
    next_value = torch.zeros_like(reward[:, 0])
    ahead = torch.zeros_like(next_value)
    for t in range(reward.shape[1] - 1, -1, -1):
        here = mask[:, t]
        error = reward[:, t] + gamma * next_value - value[:, t]
        ahead = torch.where(here, error + gamma * lam * ahead, ahead)
        next_value = torch.where(here, value[:, t], next_value)
        advantage[:, t] = ahead
    advantage = on_mask(advantage, mask)
    return advantage, on_mask(advantage + value, mask)


def overlong_penalty(length: Tensor, budget: int, cache: int) -> Tensor:
    """[B]: 0 up to budget - cache tokens, then falling linearly to -1 at the budget.

    DAPO's soft overlong punishment, https://arxiv.org/abs/2503.14476, equation 13.

    Raises:
        UserError: not 0 < cache <= budget.
    """
    if not 0 < cache <= budget:
        raise UserError(f"overlong_penalty(budget={budget}, cache={cache}): needs 0 < cache <= budget")
    return -((length - (budget - cache)) / cache).clamp(0.0, 1.0)


def _centre64(reward: Tensor, group: Tensor, graded: Tensor) -> Tensor:
    total, count = group_sum(reward, group, graded)
    return torch.where(graded, reward.to(torch.float64) - total / count.clamp(min=1.0), 0.0)


def mixed_groups(reward: Tensor, group: Tensor, graded: Tensor) -> Tensor:
    """[B] bool: rows of a group whose graded rewards are not all equal, the only ones that a centred reward moves."""
    return group_sum(_centre64(reward, group, graded).abs(), group, graded)[0] > 1e-9
