"""Teaches a policy to answer before it is rewarded: supervised steps on (prompt, answer) pairs.

Only the answer's tokens are learned, its end-of-turn token included. The caller brings the pairs (an environment's own
right answers, say) and decides when to stop. Heads and everything but the language model stay as they are.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import torch
from torch import Tensor

from flowrl_agent.models.causal import body, logits_of
from flowrl_agent.models.chat import Codec
from flowrl_agent.models.policy import Policy
from flowrl_envs.errors import UserError

Pair = tuple[str, str]
IGNORE = -100


@dataclass(frozen=True, slots=True)
class WarmStartConfig:
    """How to teach.

    Attributes:
        steps: optimiser steps.
        batch: pairs a step.
        lr: peak learning rate of AdamW; it rises over the first 5 % of the steps and falls to 5 % by cosine.
        weight_decay: on matrices.
        clip_norm: bound on the gradient norm.
        check_every: steps between calls of `until`; 0 never calls it.
    """

    steps: int = 500
    batch: int = 64
    lr: float = 2e-3
    weight_decay: float = 0.01
    clip_norm: float = 1.0
    check_every: int = 0


def warm_start(
    policy: Policy,
    codec: Codec,
    pairs: Iterator[Pair],
    config: WarmStartConfig | None = None,
    until: Callable[[int, float], bool] | None = None,
) -> list[float]:
    """Trains `policy.model` in place on pairs drawn from `pairs`; the same pairs give the same weights.

    Args:
        policy: its heads are not touched.
        codec: of the policy's model.
        pairs: an endless or long enough iterator of (prompt, answer).
        config: how to teach.
        until: called every `check_every` steps with (step, loss of that step); True stops early.

    Returns:
        The loss (nats an answer token) of every step done.

    Raises:
        UserError: the pairs ran out before the first step.
    """
    config = config or WarmStartConfig()
    groups = [g for g in policy.parameter_groups(config.lr, weight_decay=config.weight_decay) if g["name"] == "model"]
    optimizer = torch.optim.AdamW(groups, lr=config.lr, betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate(step, config.steps))
    losses: list[float] = []
    for step in range(config.steps):
        batch = list(islice(pairs, config.batch))
        if not batch:
            break
        losses.append(_step(policy, codec, batch, optimizer, config.clip_norm))
        schedule.step()
        if until and config.check_every and (step + 1) % config.check_every == 0 and until(step + 1, losses[-1]):
            break
    if config.steps and not losses:
        raise UserError("warm_start got no pairs: give an iterator of (prompt, answer) that yields at least one.")
    return losses


def _rate(step: int, steps: int) -> float:
    """Linear rise over 5 % of the steps, then a cosine down to 5 %."""
    warm = max(1, steps // 20)
    if step < warm:
        return (step + 1) / warm
    return 0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * min(1.0, (step - warm) / max(1, steps - warm))))


def _step(
    policy: Policy, codec: Codec, pairs: Sequence[Pair], optimizer: torch.optim.Optimizer, clip_norm: float
) -> float:
    tokens, targets = _tensors(codec, pairs)
    tokens, targets = tokens.to(policy.model.device), targets.to(policy.model.device)
    hidden = body(policy.model)(input_ids=tokens, use_cache=False).last_hidden_state
    chosen = targets != IGNORE
    loss = torch.nn.functional.cross_entropy(logits_of(policy.model, hidden[chosen]).float(), targets[chosen])
    optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(policy.model.parameters(), clip_norm)
    optimizer.step()
    return float(loss.detach())


def _tensors(codec: Codec, pairs: Sequence[Pair]) -> tuple[Tensor, Tensor]:
    """Tokens [B, L - 1] padded on the right, and targets [B, L - 1] with IGNORE off the answers."""
    rows = [(codec.prompt(prompt), codec.answer(answer)) for prompt, answer in pairs]
    length = max(len(p) + len(a) for p, a in rows)
    tokens = torch.full((len(rows), length), codec.pad_id)
    targets = torch.full((len(rows), length), IGNORE)
    for i, (prompt, answer) in enumerate(rows):
        end = len(prompt) + len(answer)
        tokens[i, :end] = torch.tensor([*prompt, *answer])
        targets[i, len(prompt) : end] = tokens[i, len(prompt) : end]
    return tokens[:, :-1], targets[:, 1:]
