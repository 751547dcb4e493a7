"""Settings that are shipped, as TOML files: `flowrl train --config NAME` takes them by name."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from flowrl_agent.config.schema import ConfigError
from flowrl_envs.errors import did_you_mean


def recipes() -> dict[str, Path]:
    """Name to file."""
    folder = resources.files(__name__)
    return {
        item.name.removesuffix(".toml"): Path(str(item)) for item in folder.iterdir() if item.name.endswith(".toml")
    }


def find(name: str) -> Path:
    """The file of that path, or the recipe of that name.

    Raises:
        ConfigError: there is neither.
    """
    known = recipes()
    if name in known and not Path(name).exists():
        return known[name]
    if not Path(name).exists() and not name.endswith(".toml"):
        raise ConfigError(f"There is no configuration file or recipe {name!r}.{did_you_mean(name, known)}")
    return Path(name)
