"""Log-probabilities and entropies of chosen tokens, without ever holding the logits of a whole batch.

The [B, T, V] logits dominate the memory of training on text. Here only positions that matter are given, they pass
through the output layer in chunks, and the logits of a chunk are recomputed in the backward pass rather than kept
(unless they fit into one chunk anyway). All arithmetic on logits is float32.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

CHUNK_FLOATS = 2**24
"""How many logits may exist at once: 64 MiB of float32."""


def token_stats(
    head: Callable[[Tensor], Tensor], hidden: Tensor, targets: Tensor, temperature: float, chunk_floats: int, vocab: int
) -> tuple[Tensor, Tensor]:
    """Log-probability of each target and entropy of its distribution at a temperature.

    Args:
        head: maps hidden states [N, H] to logits [N, V].
        hidden: [N, H], the states that predict the targets.
        targets: [N] int64.
        temperature: > 0; logits are divided by it.
        chunk_floats: at most this many logits are held at once (at least one row).
        vocab: V.

    Returns:
        logp [N] float32 with gradient, entropy [N] float32 without.
    """
    rows = max(1, chunk_floats // vocab)

    def chunk(states: Tensor, ids: Tensor) -> tuple[Tensor, Tensor]:
        logits = head(states).float()
        logp, entropy = _Stats.apply(logits if temperature == 1.0 else logits / temperature, ids)  # type: ignore[no-untyped-call]
        return logp, entropy

    if hidden.shape[0] <= rows:
        return chunk(hidden, targets)
    parts = [
        checkpoint(chunk, states, ids, use_reentrant=False, preserve_rng_state=False)
        if torch.is_grad_enabled()
        else chunk(states, ids)
        for states, ids in zip(torch.split(hidden, rows), torch.split(targets, rows), strict=True)
    ]
    return torch.cat([logp for logp, _ in parts]), torch.cat([entropy for _, entropy in parts])


class _Stats(torch.autograd.Function):
    """(logits [N, V], ids [N]) -> (log softmax at ids, entropy): one softmax for both, gradient to the first only."""

    @staticmethod
    def forward(ctx: Any, logits: Tensor, ids: Tensor) -> tuple[Tensor, Tensor]:
        lse = logits.logsumexp(-1)
        probs = (logits - lse[:, None]).exp_()
        entropy = lse - torch.linalg.vecdot(probs, logits)
        ctx.save_for_backward(probs, ids)
        ctx.mark_non_differentiable(entropy)
        return logits.gather(-1, ids[:, None]).squeeze(-1) - lse, entropy

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        probs, ids = ctx.saved_tensors
        grad = probs * -grads[0][:, None]
        return grad.scatter_add_(-1, ids[:, None], grads[0][:, None]), None
