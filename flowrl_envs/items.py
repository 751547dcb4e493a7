"""Which item of a task comes next: the one place where randomness enters an environment.

A split without a size is drawn from at random out of 2**62 indices, so neighbouring seeds share none. A split with a
size is walked in a random order and no item comes back before all have been seen. `reset(options=)` names an item.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import Any

import numpy as np

from flowrl_envs.errors import UnknownOptionError, UserError, did_you_mean
from flowrl_envs.task import Task, check_index


class ItemWalk:
    """The order in which one environment visits the items of a task.

    Memory grows with the items visited, not with the size of the split.
    """

    def __init__(self, task: Task) -> None:
        self._task = task
        self._shuffles: dict[str, _Shuffle | None] = {}

    def restart(self) -> None:
        """Forgets what was visited; called when the environment is seeded."""
        self._shuffles.clear()

    def next(self, split: str, rng: np.random.Generator) -> int:
        """The next index of `split`, using 64 random bits of `rng`."""
        bits = rng.bit_generator.random_raw() >> 2
        try:
            shuffle = self._shuffles[split]
        except KeyError:
            size = _size(self._task, split)
            shuffle = self._shuffles[split] = None if size is None else _Shuffle(size)
        if shuffle is None:
            return bits
        if shuffle.done == shuffle.size:
            shuffle.done = 0
            shuffle.moved.clear()
        here = shuffle.done
        there = here + bits % (shuffle.size - here)
        moved = shuffle.moved
        index = moved.get(there, there)
        moved[there] = moved.pop(here, here)
        shuffle.done = here + 1
        return index


class _Shuffle:
    """Fisher and Yates, one swap at a time: `moved` holds the places whose content is not their own number."""

    __slots__ = ("done", "moved", "size")

    def __init__(self, size: int) -> None:
        self.size = size
        self.done = 0
        self.moved: dict[int, int] = {}


def _size(task: Task, split: str) -> int | None:
    size = task.size(split)
    if size is not None and size < 1:
        raise UserError(f"{type(task).__name__} has no items in split {split!r}.")
    return size


def default_split(task: Task) -> str:
    """The split that is played where none is named: "train", or the first of a task without one."""
    return "train" if "train" in task.splits else task.splits[0]


def check_split(task: Task, split: object) -> str:
    """Returns `split` if the task has it.

    Raises:
        UnknownOptionError: it has not; the message lists what there is.
    """
    if not isinstance(split, str) or split not in task.splits:
        raise UnknownOptionError(
            f"{type(task).__name__} has no split {split!r}." + did_you_mean(str(split), task.splits)
        )
    return split


def read_options(options: Mapping[str, Any] | None, task: Task, split: str) -> tuple[str, int | None]:
    """What `reset(options=)` asks for: (split, index), where index None means draw one.

    Args:
        options: {"index": int, "split": str}, each optional.
        task: the task whose items are meant.
        split: used where options name none.

    Raises:
        UnknownOptionError: a key or a split does not exist.
        UserError: the index is not an integer.
        IndexError: no such item.
    """
    if not options:
        return split, None
    check_option_names(options, ("index", "split"))
    split = check_split(task, options.get("split", split))
    if options.get("index") is None:
        return split, None
    index = _integer(options["index"])
    check_index(task, split, index)
    return split, index


def check_option_names(options: Mapping[str, Any], allowed: tuple[str, ...]) -> None:
    """Raises `UnknownOptionError` for a key of `reset(options=)` that is not allowed."""
    for key in options:
        if key not in allowed:
            raise UnknownOptionError(f"reset(options=) has no key {key!r}." + did_you_mean(str(key), allowed))


def _integer(index: object) -> int:
    if isinstance(index, bool | np.bool_) or not isinstance(index, int | np.integer):
        raise UserError(f"reset(options=): index is {index!r}; give an integer >= 0.")
    return operator.index(index)
