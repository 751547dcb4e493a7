"""Several settings of one algorithm side by side: `[[variants]]` tables, a list in which is an axis of a grid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from flowrl_agent.config.schema import ConfigError, require


@dataclass(frozen=True)
class Variant:
    """One algorithm with settings of its own, or a grid of them."""

    algorithm: str = ""
    """Its name, `name/preset`, `sb3:NAME` or `module:Class`."""
    name: str = ""
    """Label in rows and tables; empty for the algorithm and the values that differ, as in `grpo kl_coef=0.1`."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Dotted settings. A list is an axis: there is one run for each combination of the axes' values."""


def expand(variants: Sequence[Variant]) -> dict[str, tuple[str, dict[str, Any]]]:
    """Label to (algorithm, dotted settings), in order.

    Raises:
        ConfigError: two variants have the same label.
    """
    out: dict[str, tuple[str, dict[str, Any]]] = {}
    for variant in variants:
        require(bool(variant.algorithm), "variants.algorithm", variant.algorithm, "the name of an algorithm")
        axes = {key: value for key, value in variant.settings.items() if isinstance(value, list | tuple)}
        for values in product(*axes.values()):
            picked = dict(zip(axes, values, strict=True))
            shown = [f"{key.rpartition('.')[2]}={value}" for key, value in picked.items()]
            label = " ".join([variant.name or variant.algorithm, *shown])
            if label in out:
                raise ConfigError(f"Two variants are called {label!r}. Give one of them another `name`.")
            out[label] = (variant.algorithm, {**variant.settings, **picked})
    return out
