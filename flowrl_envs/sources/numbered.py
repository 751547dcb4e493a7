"""Numbered items: a space in which a task decodes item n from the number n, dealt to train and test.

The split of an item is a function of its number alone, so the splits are disjoint by construction. A small space is
shuffled once: its splits have an exact size and no index repeats an item. A large one is drawn by hashing the index:
there are more items than an agent exhausts, and no size is given. Nothing here knows what an item is.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import cached_property
from hashlib import blake2b
from itertools import accumulate

SMALL = 50_000
"""Spaces of up to this many items are listed."""

_WORD = 2**64
_SPREAD = 0x9E3779B97F4A7C15  # odd, close to 2**64 / golden ratio: spreads neighbouring numbers over the word


class Numbered:
    """The numbers from 0 to sum(parts) - 1, each in the split "train" or "test".

    Args:
        parts: sizes of consecutive runs of numbers that are drawn equally often in a large space, whatever their
            sizes (one kind of item each). In a small space every number comes up once.
        name: keys the order in which items are visited.
        test_share: the share of the items in "test"; in a small space each split has at least one.
    """

    def __init__(self, parts: tuple[int, ...], name: str, test_share: float = 0.2) -> None:
        self.total = sum(parts)
        if self.total < 2 or min(parts) < 1:
            raise ValueError(f"Numbered(parts={parts}): parts are positive, and two splits need at least 2 items")
        self._parts = parts
        self._starts = (0, *accumulate(parts))
        self._key = name
        self._share = test_share

    def size(self, split: str) -> int | None:
        """How many items the split has, or None for a large space."""
        return len(self._order[split]) if self.total <= SMALL else None

    def number(self, split: str, index: int) -> int:
        """The number of the item at `index` of `split`."""
        if self.total <= SMALL:
            return self._order[split][index]
        bound = int(self._share * _WORD)
        seed = f"{self._key}/{split}/{index}".encode()
        while True:
            seed = blake2b(seed, digest_size=16).digest()
            drawn, part = divmod(int.from_bytes(seed, "little"), len(self._parts))
            number = self._starts[part] + drawn % self._parts[part]
            if ((number + 1) * _SPREAD % _WORD < bound) == (split == "test"):
                return number

    def numbers(self, split: str, indices: Sequence[int]) -> list[int]:
        """The numbers of the items at `indices`."""
        if self.total <= SMALL:
            order = self._order[split]
            return [order[index] for index in indices]
        return [self.number(split, index) for index in indices]

    @cached_property
    def _order(self) -> dict[str, list[int]]:
        numbers = list(range(self.total))
        random.Random(self._key).shuffle(numbers)
        test = min(self.total - 1, max(1, round(self._share * self.total)))
        return {"test": numbers[:test], "train": numbers[test:]}
