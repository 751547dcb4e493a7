"""Training settings as a TOML file: read one, write one that reads back equal.

In the file the algorithm's name sits with its settings, `[algo] name = "flowrl"`; in the dataclass they are
`TrainConfig.algorithm` and `TrainConfig.algo`. Choosing the algorithm's configuration class is the caller's part.
"""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flowrl_agent.config.mapping import override, to_mapping
from flowrl_agent.config.schema import A, ConfigError, TrainConfig


def read(path: Path) -> dict[str, Any]:
    """The tables of a TOML file.

    Raises:
        ConfigError: the file is missing or is not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"There is no configuration file {str(path)!r}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise ConfigError(f"{str(path)!r} cannot be read as TOML: {error}") from None


def algorithm_name(data: Mapping[str, Any]) -> str | None:
    """The algorithm that a file names, or None."""
    algo = data.get("algo", {})
    name = algo if isinstance(algo, str) else algo.get("name") if isinstance(algo, Mapping) else None
    if name is not None and not isinstance(name, str):
        raise ConfigError(f"algo.name = {name!r} is not possible. It must be of type str.")
    return name


def train_config(data: Mapping[str, Any], default: TrainConfig[A]) -> TrainConfig[A]:
    """`default` with everything that the file's tables set; the algorithm's name stays the default's."""
    tables = dict(data)
    algo = tables.pop("algo", {})
    if isinstance(algo, Mapping):
        tables["algo"] = {key: value for key, value in algo.items() if key != "name"}
    if "algorithm" in tables:
        raise ConfigError("There is no setting 'algorithm' in a file. Write [algo] and name = \"flowrl\".")
    config: TrainConfig[A] = override(default, tables)
    return config


def dump(config: TrainConfig[Any]) -> str:
    """The settings as TOML text, every one of them, so that a later change of a default changes no old run."""
    data = to_mapping(config)
    data["algo"] = {"name": data.pop("algorithm"), **data["algo"]}
    return dump_tables(data)


def dump_tables(data: Mapping[str, Any]) -> str:
    """Plain values and tables as TOML text."""
    lines: list[str] = []
    _table(data, "", lines)
    return "\n".join(lines).lstrip("\n") + "\n"


def _table(table: Mapping[str, Any], path: str, lines: list[str]) -> None:
    nested = {k: v for k, v in table.items() if isinstance(v, Mapping)}
    plain = {k: v for k, v in table.items() if k not in nested}
    if path and (plain or not nested):
        lines += ["", f"[{path}]"]
    lines += [f"{_key(k)} = {_value(v)}" for k, v in plain.items()]
    for key, value in nested.items():
        _table(value, f"{path}.{_key(key)}" if path else _key(key), lines)


def _key(key: str) -> str:
    bare = key.replace("-", "").replace("_", "")
    return key if bare.isascii() and bare.isalnum() else _value(key)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return "nan" if math.isnan(value) else ("inf" if value > 0 else "-inf") if math.isinf(value) else repr(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, list):
        return "[" + ", ".join(_value(v) for v in value) + "]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items()) + "}"
    raise ConfigError(f"A configuration file cannot hold {value!r} of type {type(value).__name__}.")
