"""What a card says of an environment, and how a card file is read.

A card file (TOML, `cards/<family>.toml`) declares one family: keys at the top are shared by all ids of the family,
and each `[[env]]` table adds or overrides. Reading is strict: an unknown, missing or ill-typed key is a `CardError`
that names the file, the id and the fix. This module imports no task; a card is data.

    summary = "Sums and products of small integers."
    task = "flowrl_envs.tasks.arithmetic:Arithmetic"
    answer_format = "the integer, as the last number of the response"
    splits = ["train", "test"]            # optional, this is the default
    reward_range = [0.0, 1.0]             # optional, this is the default
    space = "large"                       # or the number of distinct items: { train = 80, test = 20 }
    floor = 0.0                           # mean reward of empty and random text
    ceiling = 1.0                         # mean reward of the gold responses

    [options]                             # every keyword that gymnasium.make passes on to the task
    level = "1 to 5: how many terms and digits (default 1)"

    [data]                                # only where problems come from a data set
    source = "openai/gsm8k"
    licence = "MIT"
    revision = "..."                      # with sha256, where both were seen; else the first load records them
    sha256 = "..."

    [[env]]
    id = "FlowRL/Arithmetic-v0"
    kwargs = { level = 1 }                # optional
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

LARGE = "large"
RESERVED = frozenset({"task", "split", "max_chars", "render_mode", "num_envs", "autoreset_mode", "max_episode_steps"})
"""Keywords of the environment itself, so no task option may have these names."""

ID = re.compile(r"[\w-]+/[\w.-]+-v\d+")
ENTRY_POINT = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")
SHA256 = re.compile(r"[0-9a-f]{64}")


class CardError(ValueError):
    """A card file cannot be used; the message says where and how to fix it."""


@dataclass(frozen=True, slots=True)
class DataSource:
    """Where the items of a data-backed environment come from.

    Attributes:
        source: a hub id, a URL or a file name.
        licence: an SPDX name, or a short statement.
        revision: the commit or version that was pinned; "" where the first load records it (`sources.pins`).
        sha256: 64 hexadecimal digits, of the file that is read; "" likewise.
    """

    source: str
    licence: str
    revision: str = ""
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class EnvCard:
    """One registered id, and what a person wants to know before using it.

    Attributes:
        id: "Namespace/Name-vN".
        task: entry point "module:Class" of the `flowrl_envs.task.Task`.
        summary: one sentence.
        answer_format: how a response must state its answer.
        kwargs: task options that this id fixes as defaults.
        splits: names of the splits.
        reward_range: (lowest, highest) reward of an episode.
        space: distinct items of each split; None means more than an agent can exhaust.
        floor: mean reward of empty and random text.
        ceiling: mean reward of the gold responses.
        options: task option -> what it does.
        data: the data set behind it, or None where problems are generated.
        family: name of the card file, without ".toml".
    """

    id: str
    task: str
    summary: str
    answer_format: str
    kwargs: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    splits: tuple[str, ...] = ("train", "test")
    reward_range: tuple[float, float] = (0.0, 1.0)
    space: Mapping[str, int | None] = field(default_factory=lambda: MappingProxyType({}))
    floor: float = 0.0
    ceiling: float = 1.0
    options: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    data: DataSource | None = None
    family: str = ""


_REQUIRED = ("id", "task", "summary", "answer_format", "space", "floor", "ceiling")
_TYPES: dict[str, type | tuple[type, ...]] = {
    "id": str,
    "task": str,
    "summary": str,
    "answer_format": str,
    "kwargs": dict,
    "splits": list,
    "reward_range": list,
    "space": (str, dict),
    "floor": (int, float),
    "ceiling": (int, float),
    "options": dict,
    "data": dict,
}


def read_cards(path: str | os.PathLike[str]) -> tuple[EnvCard, ...]:
    """All cards of one family file.

    Raises:
        CardError: the file is not TOML, or breaks the format above.
    """
    name = os.path.basename(path)
    try:
        with open(path, "rb") as file:
            table = tomllib.load(file)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CardError(f"{name}: not a readable TOML file: {error}") from error
    entries = table.pop("env", [])
    if not isinstance(entries, list) or not entries or not all(isinstance(e, dict) for e in entries):
        raise CardError(f"{name}: declares no id. Add at least one [[env]] table with an `id`.")
    return tuple(_card({**table, **entry}, name) for entry in entries)


def _card(table: dict[str, Any], name: str) -> EnvCard:
    where = f"{name}, {table.get('id', 'an [[env]] without id')}"
    _check_keys(table, _TYPES, _REQUIRED, where)
    for key, value in table.items():
        if not isinstance(value, _TYPES[key]) or isinstance(value, bool):
            raise CardError(f"{where}: `{key}` is {value!r}; see the example in envs_registry/card.py.")
    _check_pattern(ID, table["id"], f"{where}: id", "Namespace/Name-vN")
    _check_pattern(ENTRY_POINT, table["task"], f"{where}: task", "module:Class")
    splits = tuple(table.get("splits", ("train", "test")))
    kwargs, options = table.get("kwargs", {}), table.get("options", {})
    if taken := RESERVED & (kwargs.keys() | options.keys()):
        raise CardError(f"{where}: {sorted(taken)} belong to the environment; rename these task options.")
    if undocumented := kwargs.keys() - options.keys():
        raise CardError(f"{where}: kwargs {sorted(undocumented)} are not described in [options].")
    return EnvCard(
        id=table["id"],
        task=table["task"],
        summary=table["summary"],
        answer_format=table["answer_format"],
        kwargs=MappingProxyType(kwargs),
        splits=splits,
        reward_range=_reward_range(table, where),
        space=MappingProxyType(_space(table["space"], splits, where)),
        floor=float(table["floor"]),
        ceiling=float(table["ceiling"]),
        options=MappingProxyType(options),
        data=_data(table.get("data"), where),
        family=name.removesuffix(".toml"),
    )


def _reward_range(table: Mapping[str, Any], where: str) -> tuple[float, float]:
    bounds = table.get("reward_range", [0.0, 1.0])
    if len(bounds) != 2 or not all(isinstance(b, int | float) for b in bounds) or bounds[0] >= bounds[1]:
        raise CardError(f"{where}: `reward_range` is {bounds}; write [lowest, highest].")
    low, high = map(float, bounds)
    if not low <= table["floor"] < table["ceiling"] <= high:
        raise CardError(
            f"{where}: floor {table['floor']} and ceiling {table['ceiling']} must satisfy "
            f"{low} <= floor < ceiling <= {high} (reward_range)."
        )
    return low, high


def _space(space: str | dict[str, Any], splits: tuple[str, ...], where: str) -> dict[str, int | None]:
    if space == LARGE:
        return dict.fromkeys(splits)
    given = space if isinstance(space, dict) else {}
    sizes = {split: None if size == LARGE else size for split, size in given.items()}
    good = all(size is None or (type(size) is int and size > 0) for size in sizes.values())
    if set(sizes) != set(splits) or not good:
        raise CardError(
            f"{where}: `space` is {space!r}; write {LARGE!r}, or the number of distinct items of each of the "
            f"splits {list(splits)}, as in {{ train = 80, test = 20 }}."
        )
    return sizes


def _data(table: dict[str, Any] | None, where: str) -> DataSource | None:
    if table is None:
        return None
    seen = ("revision", "sha256")
    required = ("source", "licence", *(seen if table.keys() & set(seen) else ()))
    _check_keys(table, ("source", "licence", *seen), required, f"{where}: [data]")
    if "sha256" in table:
        _check_pattern(SHA256, str(table["sha256"]), f"{where}: [data] sha256", "64 hexadecimal digits")
    return DataSource(**{name: str(value) for name, value in table.items()})


def _check_keys(table: Mapping[str, Any], allowed: Iterable[str], required: Iterable[str], where: str) -> None:
    names = sorted(allowed)
    for key in table:
        if key not in names:
            near = difflib.get_close_matches(key, names, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise CardError(f"{where}: unknown key {key!r}.{hint} Allowed: {', '.join(names)}.")
    if missing := [key for key in required if key not in table]:
        raise CardError(f"{where}: missing {', '.join(missing)}.")


def _check_pattern(pattern: re.Pattern[str], value: str, what: str, form: str) -> None:
    if not pattern.fullmatch(value):
        raise CardError(f"{what} is {value!r}; it has the form {form}.")
