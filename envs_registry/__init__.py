"""Declarations of the environments: cards, and their registration with Gymnasium.

Registering stores strings: no task, no data set and no verifier is imported before `gymnasium.make`. Registering an
id twice is harmless when it says the same and an error when it does not.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import gymnasium

from envs_registry.card import ENTRY_POINT, ID, RESERVED, CardError, DataSource, EnvCard, read_cards

__all__ = ["CARDS", "CardError", "DataSource", "EnvCard", "cards", "read_cards", "register", "register_all"]

CARDS = os.path.join(os.path.dirname(__file__), "cards")
ENV = "flowrl_envs.env:make_env"
VECTOR_ENV = "flowrl_envs.vector:make_vector_env"

_cards: dict[str, EnvCard] = {}


def register_all(folder: str | os.PathLike[str] = CARDS) -> None:
    """Registers every id of every card file in `folder`.

    Raises:
        CardError: a file breaks the format, or an id is taken by something else.
    """
    for name in sorted(name for name in os.listdir(folder) if name.endswith(".toml")):
        for card in read_cards(os.path.join(folder, name)):
            register(card.id, card.task, card.kwargs)
            _cards[card.id] = card


def register(env_id: str, task: str, kwargs: Mapping[str, Any] = MappingProxyType({})) -> None:
    """Makes a task available as `gymnasium.make(env_id)` and `gymnasium.make_vec(env_id)`.

    Args:
        env_id: "Namespace/Name-vN".
        task: entry point "module:Class" of a `flowrl_envs.Task`; imported when an environment is made.
        kwargs: options of the task that this id fixes as defaults.

    Raises:
        CardError: an argument has the wrong form, or the id is registered with another meaning.
    """
    if not ID.fullmatch(env_id):
        raise CardError(f"id {env_id!r} has not the form Namespace/Name-vN, as in 'Mine/Riddles-v0'.")
    if not isinstance(task, str) or not ENTRY_POINT.fullmatch(task):
        raise CardError(f"task {task!r} has not the form 'module:Class', as in 'my_pkg.riddles:Riddles'.")
    if taken := RESERVED & kwargs.keys():
        raise CardError(f"{sorted(taken)} belong to the environment; rename these task options.")
    meaning = {"task": task, **kwargs}
    known = gymnasium.registry.get(env_id)
    if known is None:
        gymnasium.register(env_id, entry_point=ENV, vector_entry_point=VECTOR_ENV, kwargs=meaning)
    elif (known.entry_point, known.kwargs) != (ENV, meaning):
        raise CardError(f"{env_id} is already registered with {known.kwargs}; choose another name or version.")


def cards() -> Mapping[str, EnvCard]:
    """The cards registered so far, by id."""
    return MappingProxyType(_cards)
