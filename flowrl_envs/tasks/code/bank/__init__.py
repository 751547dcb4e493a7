"""The built-in problems of FlowRL/Code-v0: original, each with generated tests, a right and a wrong solution."""

from __future__ import annotations

from flowrl_envs.tasks.code.bank import algorithms, basics, searches, structures
from flowrl_envs.tasks.code.bank.item import Item, tests_of

ITEMS: tuple[Item, ...] = (*basics.ITEMS, *structures.ITEMS, *algorithms.ITEMS, *searches.ITEMS)

__all__ = ["ITEMS", "Item", "tests_of"]
