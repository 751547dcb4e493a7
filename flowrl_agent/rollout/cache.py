"""A key-value cache with room to grow: a new token is written in place instead of copying the whole cache.

transformers' dynamic cache concatenates at every step, which for a small model is a quarter of all work.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache, PreTrainedModel
from transformers.cache_utils import DynamicLayer

ROOM = 64
"""Tokens of room that are added when a cache is full."""


class RoomyLayer(DynamicLayer):
    """A full-attention layer whose `keys` and `values` are views of larger tensors."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._key_store: Tensor | None = None
        self._value_store: Tensor | None = None

    def update(
        self, key_states: Tensor, value_states: Tensor, *args: Any, **kwargs: Any
    ) -> tuple[Tensor, Tensor]:  # the signature is transformers' own
        """Appends [R, heads, new, size] and returns everything so far."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        self._key_store, self.keys = _append(self._key_store, self.keys, key_states)
        self._value_store, self.values = _append(self._value_store, self.values, value_states)
        return self.keys, self.values


def roomy_cache(model: PreTrainedModel) -> DynamicCache:
    """An empty cache for `model`, with room in its full-attention layers; other kinds of layers stay as they are."""
    cache = DynamicCache(config=model.config)
    cache.layers = [RoomyLayer() if type(layer) is DynamicLayer else layer for layer in cache.layers]
    return cache


def _append(store: Tensor | None, used: Tensor | None, new: Tensor) -> tuple[Tensor, Tensor]:
    """(store, view of what is used) after appending; a view that was selected from its store gets a new one."""
    length = 0 if used is None or used.numel() == 0 else used.shape[-2]
    end = length + new.shape[-2]
    fits = store is not None and used is not None and used.data_ptr() == store.data_ptr() and end <= store.shape[-2]
    if not fits or store is None:
        store = torch.empty(*new.shape[:-2], end + ROOM, new.shape[-1], dtype=new.dtype, device=new.device)
        if used is not None and length:
            store[..., :length, :] = used
    store[..., length:end, :] = new
    return store, store[..., :end, :]
