"""Small networks beside the language model: log Z(x) of FlowRL and the critic's value.

They live in `Policy` but never travel with the rollout weights. The log-Z head follows the FlowRL paper
(arXiv 2509.15207, a 3-layer MLP on the mean last-layer hidden state of the prompt) or its released code; where the
two differ, `LogZConfig` names both. What is fed to a head is decided in `policy.py`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn


@dataclass(frozen=True, slots=True)
class LogZConfig:
    """How log Z(x) is estimated.

    Attributes:
        kind: "paper" is a plain 3-layer MLP with GELU; "released" adds LayerNorm and dropout after each GELU;
            "scalar" is one number for all prompts.
        pool: "all" averages every prompt token (paper); "all_but_last" leaves the last one out (released code).
        width: hidden units, 0 for the model's hidden size.
        dropout: of the "released" head. One feature mask serves a whole optimiser step, so that every sample of a
            prompt gets the same log Z in every micro-batch (the released code draws one a sequence).
        detach: keeps the gradient of log Z out of the language model (released code: False).
        zero_init: starts at log Z = 0 for every prompt (neither source does; it removes a random first target).
    """

    kind: Literal["paper", "released", "scalar"] = "paper"
    pool: Literal["all", "all_but_last"] = "all"
    width: int = 0
    dropout: float = 0.1
    detach: bool = False
    zero_init: bool = True


@dataclass(frozen=True, slots=True)
class ValueConfig:
    """How a critic sees the text.

    Attributes:
        backbone: "separate" is a trained copy of the language model's body (PPO's usual critic); "shared" reads the
            policy's own hidden states.
        detach: with "shared", keeps the value gradient out of the policy.
        zero_init: starts at value 0 everywhere.
    """

    backbone: Literal["separate", "shared"] = "separate"
    detach: bool = False
    zero_init: bool = True


class LogZHead(nn.Module):
    """Maps pooled prompt states [B, H] to log Z [B], in float32."""

    def __init__(self, hidden_size: int, config: LogZConfig) -> None:
        super().__init__()
        self.config = config
        width = config.width or hidden_size
        self.scalar = nn.Parameter(torch.zeros(())) if config.kind == "scalar" else None
        self.layers = nn.ModuleList()
        self.norms = nn.ModuleList()
        if config.kind != "scalar":
            self.layers.extend([nn.Linear(hidden_size, width), nn.Linear(width, width), nn.Linear(width, 1)])
            _start_small(self.layers[-1], config.zero_init)
        if config.kind == "released":
            self.norms.extend([nn.LayerNorm(width), nn.LayerNorm(width)])

    def forward(self, pooled: Tensor) -> Tensor:
        """Log Z of each row."""
        if self.scalar is not None:
            return self.scalar.expand(pooled.shape[0])
        x = pooled.float()
        for i, layer in enumerate(self.layers[:-1]):
            x = nn.functional.gelu(layer(x))
            if self.norms:
                x = self._drop(self.norms[i](x), i)
        out: Tensor = self.layers[-1](x).squeeze(-1)
        return out

    def _drop(self, x: Tensor, depth: int) -> Tensor:
        """Dropout with one mask for all rows, a function of the current weights: equal over a whole optimiser step."""
        if not self.training or self.config.dropout == 0:
            return x
        moving = (*self.layers[-1].parameters(), *self.norms[0].parameters())
        state = b"".join(p.detach().float().cpu().numpy().tobytes() for p in moving)
        seed = int.from_bytes(hashlib.blake2b(state, digest_size=7).digest(), "big") + depth
        keep = torch.rand(x.shape[-1], generator=torch.Generator().manual_seed(seed)) >= self.config.dropout
        return x * keep.to(x) / (1 - self.config.dropout)


class ValueHead(nn.Module):
    """Maps hidden states [..., H] to values [...], in float32."""

    def __init__(self, hidden_size: int, zero_init: bool = True) -> None:
        super().__init__()
        self.layer = nn.Linear(hidden_size, 1)
        _start_small(self.layer, zero_init)

    def forward(self, hidden: Tensor) -> Tensor:
        """The value at each position."""
        out: Tensor = self.layer(hidden.float()).squeeze(-1)
        return out


def pool_prompt(hidden: Tensor, prompt: Tensor, pool: Literal["all", "all_but_last"]) -> Tensor:
    """Mean of `hidden` [B, L, H] over the prompt's tokens, as [B, H] float32.

    Args:
        hidden: last-layer hidden states.
        prompt: [B, L] bool, at least one True a row, contiguous.
        pool: "all_but_last" leaves out the last prompt token, except where it is the only one.
    """
    keep = prompt
    if pool == "all_but_last":
        last = prompt & ~nn.functional.pad(prompt[:, 1:], (0, 1))
        keep = prompt & ~(last & (prompt.sum(1, keepdim=True) > 1))
    weights = keep.float() / keep.sum(1, keepdim=True).clamp(min=1)
    return torch.einsum("bl,blh->bh", weights, hidden.float())


def _start_small(layer: nn.Module, zero: bool) -> None:
    """Zeroes the last layer, so that the head says 0 until it has learned something."""
    if zero:
        for parameter in layer.parameters():
            nn.init.zeros_(parameter)
