"""Dataclasses from plain mappings and back, with errors that name the setting, its type and the nearest known name.

Handles what settings are made of: bool, int, float, str, Literal, Enum, tuples, optional values, mappings, nested
dataclasses. It knows no particular setting.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, Literal, Union

from flowrl_agent.config.schema import ConfigError
from flowrl_envs.errors import did_you_mean

NONE = "none"
"""How an absent value is written, since TOML has no null."""

EXPLAINED = {
    "rollout.top_p": "Training needs log-probabilities of the distribution that was sampled, so nucleus sampling is "
    "refused there; use it in `flowrl eval`.",
    "rollout.top_k": "Training needs log-probabilities of the distribution that was sampled, so top-k sampling is "
    "refused there; use it in `flowrl eval`.",
}


def override(instance: Any, data: Mapping[str, Any], path: str = "") -> Any:
    """A copy of a dataclass instance with the fields that `data` names replaced, at any depth.

    Args:
        instance: a frozen dataclass instance; its values are the defaults.
        data: names to plain values, nested mappings for nested dataclasses.
        path: dotted prefix for error messages.

    Raises:
        ConfigError: an unknown name, or a value of another type.
    """
    hints = typing.get_type_hints(type(instance))
    names = {f.name for f in dataclasses.fields(instance)}
    changes: dict[str, Any] = {}
    for name, value in data.items():
        where = f"{path}{name}"
        if name not in names:
            known = did_you_mean(name, names)
            raise ConfigError(f"There is no setting {where!r}. " + EXPLAINED.get(where, known.strip()))
        current = getattr(instance, name)
        if dataclasses.is_dataclass(current) and isinstance(value, Mapping):
            changes[name] = override(current, value, where + ".")
        else:
            changes[name] = convert(hints[name], value, where)
    return dataclasses.replace(instance, **changes)


def convert(hint: Any, value: Any, where: str) -> Any:
    """`value` as the type that `hint` names; ints become floats, lists tuples, strings enum members."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if hint is Any or isinstance(hint, typing.TypeVar):
        return value
    if origin in (Union, types.UnionType):
        return _optional(args, value, where, hint)
    if origin is Literal:
        return _expect(value in args, value, where, f"one of {', '.join(map(repr, args))}")
    if origin is tuple:
        return _tuple(args, value, where)
    if origin in (dict, Mapping):
        return dict(_expect(isinstance(value, Mapping), value, where, "a table"))
    if dataclasses.is_dataclass(hint):
        return _expect(isinstance(value, hint), value, where, "a table")  # type: ignore[arg-type]
    if isinstance(hint, type) and issubclass(hint, Enum):
        allowed = {m.value: m for m in hint}
        _expect(value in allowed, value, where, f"one of {', '.join(map(repr, allowed))}")
        return allowed[value]
    if hint is float:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return float(_expect(number, value, where, "a number"))
    if hint in (bool, int, str):
        return _expect(type(value) is hint, value, where, f"of type {hint.__name__}")
    raise ConfigError(f"Setting {where!r} has a type that a file cannot hold: {hint}.")


def to_mapping(instance: Any) -> dict[str, Any]:
    """Plain values of a dataclass instance; `override` of a default instance with them gives an equal one."""
    return {f.name: _plain(getattr(instance, f.name)) for f in dataclasses.fields(instance)}


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return to_mapping(value)
    if value is None:
        return NONE
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple | list):
        return [_plain(v) for v in value]
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    return value


def _optional(args: tuple[Any, ...], value: Any, where: str, hint: Any) -> Any:
    if type(None) in args and value in (None, NONE):
        return None
    for arg in args:
        if arg is not type(None):
            try:
                return convert(arg, value, where)
            except ConfigError:
                continue
    raise ConfigError(f"{where} = {value!r} is not possible. It must be of type {hint} ('none' for no value).")


def _tuple(args: tuple[Any, ...], value: Any, where: str) -> tuple[Any, ...]:
    _expect(isinstance(value, Sequence) and not isinstance(value, str), value, where, "a list")
    if len(args) == 2 and args[1] is Ellipsis:
        return tuple(convert(args[0], v, f"{where}[{i}]") for i, v in enumerate(value))
    _expect(len(value) == len(args), value, where, f"a list of {len(args)}")
    return tuple(convert(a, v, f"{where}[{i}]") for i, (a, v) in enumerate(zip(args, value, strict=True)))


def _expect(good: bool, value: Any, where: str, allowed: str) -> Any:
    if not good:
        raise ConfigError(f"{where} = {value!r} is not possible. It must be {allowed}.")
    return value
