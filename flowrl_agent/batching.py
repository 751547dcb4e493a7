"""Rollouts to tensors, and tensors to the pieces an optimiser sees.

A rollout becomes a `Batch` padded on the right; a batch is cut into mini-batches (one optimiser step each, with exact
denominators) and those into micro-batches (one forward pass each, same denominators, so the cut changes nothing).
Padding to another length, joining and choosing rows are here too. Nothing here looks at a reward.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace

import torch
from torch import Tensor

from flowrl_agent.types import AllSum, Batch, Rollout, one_rank, step_totals
from flowrl_envs.errors import UserError


def make_batch(rollouts: Sequence[Rollout], pad_id: int, all_sum: AllSum = one_rank) -> Batch:
    """One `Batch` of all rollouts, in order, as long as the longest; `logp_old` starts as the sampler's.

    Raises:
        UserError: no rollouts, or one in which the agent wrote nothing.
    """
    if not rollouts:
        raise UserError("make_batch got no rollouts: collect at least one episode.")
    if silent := [i for i, r in enumerate(rollouts) if not any(r.agent_mask) or r.prompt_length < 1]:
        raise UserError(f"rollouts {silent[:5]} hold no prompt or no agent token: there is nothing to learn from them.")
    length = max(len(r.tokens) for r in rollouts)

    def grid(rows: Sequence[Sequence[float]], fill: float, dtype: torch.dtype) -> Tensor:
        return torch.tensor([[*row, *[fill] * (length - len(row))] for row in rows], dtype=dtype)

    graded = torch.tensor([r.outcome.graded for r in rollouts])
    mask = grid([r.agent_mask for r in rollouts], 0, torch.bool)[:, 1:] & graded[:, None]
    sampler = grid([r.sampler_logprobs for r in rollouts], 0.0, torch.float32)[:, 1:]
    sequences, agent_tokens = step_totals(mask, graded, all_sum)
    return Batch(
        tokens=grid([r.tokens for r in rollouts], pad_id, torch.int64),
        attention=grid([[1] * len(r.tokens) for r in rollouts], 0, torch.bool),
        prompt=grid([[1] * r.prompt_length for r in rollouts], 0, torch.bool),
        mask=mask,
        group=torch.tensor([r.group for r in rollouts]),
        reward=torch.tensor([r.outcome.reward for r in rollouts], dtype=torch.float32),
        token_reward=grid([r.token_rewards for r in rollouts], 0.0, torch.float32)[:, 1:],
        graded=graded,
        truncated=torch.tensor([r.truncated for r in rollouts]),
        sampler_logp=sampler,
        sequences=sequences,
        agent_tokens=agent_tokens,
        logp_old=sampler.clone(),
    )


def mini_batches(
    batch: Batch,
    parts: int,
    generator: torch.Generator | None = None,
    by_group: bool = True,
    all_sum: AllSum = one_rank,
) -> list[Batch]:
    """Cuts a batch into `parts` optimiser steps, each with step totals of its own.

    Args:
        batch: all sequences of a rollout on this rank.
        parts: how many; sizes differ by one group (or sequence) at most.
        generator: shuffles before the cut; None keeps the order.
        by_group: keeps the samples of a prompt together.
        all_sum: sums the totals over ranks; every rank must ask for the same number of parts.

    Raises:
        UserError: there are fewer groups (or sequences) than parts.
    """
    units = torch.unique(batch.group) if by_group else torch.arange(batch.size)
    if not 1 <= parts <= len(units):
        what = "groups" if by_group else "sequences"
        raise UserError(
            f"parts={parts}: the batch has {len(units)} {what}; allowed are 1 to {len(units)} mini-batches."
        )
    if generator is not None:
        units = units[torch.randperm(len(units), generator=generator)]
    keys = batch.group.cpu() if by_group else torch.arange(batch.size)
    pieces = []
    for chosen in units.cpu().tensor_split(parts):
        rows = (chosen[:, None] == keys).nonzero()[:, 1]
        piece = batch.rows(rows.to(batch.tokens.device))
        sequences, agent_tokens = step_totals(piece.mask, piece.graded, all_sum)
        pieces.append(trim(replace(piece, sequences=sequences, agent_tokens=agent_tokens)))
    return pieces


def micro_batches(batch: Batch, max_sequences: int = 0, max_tokens: int = 0) -> list[Batch]:
    """Cuts one optimiser step into forward passes; step totals stay those of the whole.

    Rows of similar length go together and each piece is trimmed, which saves work and changes no result.

    Args:
        batch: a mini-batch.
        max_sequences: rows a piece, 0 for no limit.
        max_tokens: rows times length of a piece, 0 for no limit; a longer single row is a piece of its own.
    """
    lengths = batch.attention.sum(1).tolist()
    order = sorted(range(batch.size), key=lambda i: -lengths[i])
    pieces: list[list[int]] = []
    for row in order:
        piece = pieces[-1] if pieces else None
        full = piece is None or (max_sequences and len(piece) >= max_sequences)
        if full or (piece and max_tokens and (len(piece) + 1) * lengths[piece[0]] > max_tokens):
            pieces.append([row])
        elif piece is not None:
            piece.append(row)
    return [trim(batch.rows(torch.tensor(rows, device=batch.tokens.device))) for rows in pieces]


def trim(batch: Batch) -> Batch:
    """Without the columns at the right end that are padding in every row."""
    used = batch.attention.any(0).nonzero()
    length = int(used[-1]) + 1 if len(used) else batch.tokens.shape[1]
    return _with_length(batch, length)


def pad_to(batch: Batch, length: int, pad_id: int = 0) -> Batch:
    """With padding at the right end up to `length` tokens.

    Raises:
        UserError: the batch is longer than that.
    """
    now = batch.tokens.shape[1]
    if length < now:
        raise UserError(f"pad_to({length}): the batch is {now} tokens long already; give {now} or more, or use trim.")
    return _with_length(batch, length, pad_id)


def concat(batches: Sequence[Batch], pad_id: int = 0, all_sum: AllSum = one_rank) -> Batch:
    """All rows of several batches, padded to the longest, with totals of their own.

    Raises:
        UserError: none were given, or an optional field is set in some and not in others.
    """
    if not batches:
        raise UserError("concat got no batches.")
    length = max(b.tokens.shape[1] for b in batches)
    wide = [pad_to(b, length, pad_id) for b in batches]
    joined: dict[str, Tensor | None] = {}
    for field in fields(Batch):
        values = [getattr(b, field.name) for b in wide]
        tensors = [v for v in values if isinstance(v, Tensor)]
        if tensors and len(tensors) < len(values):
            raise UserError(f"concat: {field.name} is set in some batches and not in others.")
        joined[field.name] = None if not tensors else tensors[0] if tensors[0].ndim == 0 else torch.cat(tensors)
    whole = replace(wide[0], **joined)  # type: ignore[arg-type]
    sequences, agent_tokens = step_totals(whole.mask, whole.graded, all_sum)
    return replace(whole, sequences=sequences, agent_tokens=agent_tokens)


def to(batch: Batch, device: torch.device | str) -> Batch:
    """The batch on another device."""
    moved = {f.name: v.to(device) for f in fields(batch) if isinstance(v := getattr(batch, f.name), Tensor)}
    return replace(batch, **moved)


def _with_length(batch: Batch, length: int, pad_id: int = 0) -> Batch:
    """Cuts or pads [B, L] fields to `length` and [B, T] fields to `length - 1`."""
    now = batch.tokens.shape[1]
    if length == now:
        return batch
    changed: dict[str, Tensor] = {}
    for field in fields(batch):
        value = getattr(batch, field.name)
        if isinstance(value, Tensor) and value.ndim == 2:
            fill = pad_id if field.name == "tokens" else 0
            changed[field.name] = torch.nn.functional.pad(value, (0, length - now), value=fill)
    return replace(batch, **changed)
