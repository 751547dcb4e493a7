"""What a benchmark is told: one TOML file, every field checked before anything runs.

See `presets/quick.toml` for a commented example. This module starts nothing and imports no torch.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from importlib import resources
from pathlib import Path
from typing import Any

from flowrl_agent.bench.variants import Variant, expand
from flowrl_agent.config.mapping import override, to_mapping
from flowrl_agent.config.schema import ConfigError, require
from flowrl_agent.config.toml import read
from flowrl_envs.errors import did_you_mean


@dataclass(frozen=True)
class EnvEntry:
    """One environment."""

    id: str = ""
    """A Gymnasium id."""
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    """Its options."""
    max_new_tokens: int = 64
    """Token budget of one response, in training and evaluation."""
    train: Mapping[str, Any] = field(default_factory=dict)
    """Training settings for this environment alone, as tables."""

    @property
    def name(self) -> str:
        """The id, and the options in short, so that two settings of one environment differ."""
        options = ",".join(f"{key}={value}" for key, value in self.kwargs.items())
        return f"{self.id}({options})" if options else self.id


@dataclass(frozen=True)
class Test:
    """The final evaluation, the same problems for every run."""

    split: str = "test"
    """Whose problems, from index 0 on. Hyper-parameters are never chosen on it."""
    problems: int = 64
    """How many."""
    samples: int = 16
    """Responses to each; pass@k is known up to it."""
    temperature: float = 1.0
    """Of sampling."""
    beta: float = 1.0
    """Nats by which a unit of reward lifts a response in the target pi_ref exp(beta r) / Z that exact distances are
    measured to, the same for all; only where an environment can list its answers."""
    at: tuple[int, ...] = ()
    """Iterations after which the same evaluation is made besides, in rising order, each below `train.steps`."""

    def __post_init__(self) -> None:
        rising = all(a < b for a, b in zip((0, *self.at), self.at, strict=False))
        require(rising, "test.at", self.at, "iterations in rising order, 1 or more")
        require(self.problems >= 1, "test.problems", self.problems, "1 or more")
        require(self.beta > 0, "test.beta", self.beta, "above 0")
        require(self.samples >= 1, "test.samples", self.samples, "1 or more")


@dataclass(frozen=True)
class Axis:
    """One searched setting."""

    setting: str
    """Dotted name, such as `optim.lr` or `algo.beta`."""
    low: float = 0.0
    high: float = 0.0
    log: bool = True
    """Search on a logarithmic scale."""
    choices: tuple[float | str | bool, ...] = ()
    """Search among these instead."""
    algorithms: tuple[str, ...] = ()
    """Only for these; empty for all."""

    def __post_init__(self) -> None:
        if not self.choices:
            good = self.low < self.high and (self.low > 0 or not self.log)
            require(good, f"axis of {self.setting}", (self.low, self.high), "low < high, both above 0 with log = true")


@dataclass(frozen=True)
class Search:
    """Hyper-parameter search, the same budget for every algorithm and environment."""

    trials: int = 0
    """Training runs for each algorithm and environment: all combinations where every axis has `choices` and they are
    not more than this, else the defaults first and then Optuna's suggestions. 0 for no search."""
    steps: int = 40
    """Iterations of a trial."""
    problems: int = 32
    """Problems of the training split that a trial is judged on."""
    samples: int = 8
    """Responses to each."""
    measure: str = "avg"
    """What is maximised, one of evaluation's measures."""
    space: tuple[Axis, ...] = ()
    """What is searched."""


@dataclass(frozen=True)
class Plan:
    """A benchmark."""

    name: str = "bench"
    """Names the result folder and the report."""
    algorithms: tuple[str, ...] = ("flowrl", "grpo")
    """Names, `name/preset`, `sb3:NAME`, or `module:Class` of your own."""
    envs: tuple[EnvEntry, ...] = ()
    """Environments."""
    seeds: int = 3
    """Runs of each algorithm on each environment."""
    first_seed: int = 0
    """Seeds are first_seed, first_seed + 1, ..."""
    train: Mapping[str, Any] = field(default_factory=dict)
    """Training settings that all runs share, as the tables of `flowrl train --config`."""
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Settings of single algorithms: name to dotted settings. Give reasons in the file."""
    variants: Mapping[str, str] = field(default_factory=dict)
    """Labels among `algorithms` that stand for another name with `settings` of its own: made of `[[variants]]`."""
    test: Test = field(default_factory=Test)
    search: Search = field(default_factory=Search)

    def __post_init__(self) -> None:
        require(bool(self.algorithms), "algorithms", self.algorithms, "at least one name")
        require(bool(self.envs), "envs", self.envs, "at least one [[envs]] table with an id")
        require(self.seeds >= 1, "seeds", self.seeds, "1 or more")
        for what, names in (("algorithms", self.algorithms), ("envs", [env.name for env in self.envs])):
            twice = sorted({name for name in names if list(names).count(name) > 1})
            require(not twice, what, twice, "named once each")
        for name in self.settings:
            if name not in self.algorithms:
                raise ConfigError(
                    f"settings.{name!r} is for no algorithm of this benchmark." + did_you_mean(name, self.algorithms)
                )


def load(source: str | Path) -> Plan:
    """A plan from a TOML file, or from a preset by its name.

    Raises:
        ConfigError: no such file or preset, or a value in it is not possible.
    """
    names = presets()
    if str(source) in names:
        return parse(read(Path(str(names[str(source)]))))
    if not str(source).endswith(".toml"):
        raise ConfigError(
            f"There is no preset {str(source)!r}.{did_you_mean(str(source), names)} Or pass a .toml file."
        )
    return parse(read(Path(source)))


def presets() -> dict[str, Any]:
    """Shipped plans: name to file."""
    folder = resources.files("flowrl_agent.bench").joinpath("presets")
    return {item.name.removesuffix(".toml"): item for item in folder.iterdir() if item.name.endswith(".toml")}


def parse(data: Mapping[str, Any]) -> Plan:
    """A plan from the tables of a file.

    Raises:
        ConfigError: an unknown name, or a value that is not possible.
    """
    tables = dict(data)
    known = {f.name for f in fields(Plan)}
    if unknown := sorted(tables.keys() - known):
        raise ConfigError(f"There is no setting {unknown[0]!r} in a benchmark.{did_you_mean(unknown[0], known)}")
    envs = tuple(override(EnvEntry(), entry, f"envs[{i}].") for i, entry in enumerate(_tables(tables, "envs")))
    search = dict(tables.pop("search", {}))
    axes = tuple(
        override(Axis("", 0.1, 1.0), entry, f"search.space[{i}].") for i, entry in enumerate(_tables(search, "space"))
    )
    entries = _tables(tables, "variants")
    made = expand([override(Variant(), entry, f"variants[{i}].") for i, entry in enumerate(entries)])
    settings = {name: flat(table) for name, table in tables.pop("settings", {}).items()}
    algorithms = (*tables.pop("algorithms", () if made else Plan.algorithms), *made)
    shared: Plan = override(
        Plan(envs=envs, search=override(Search(space=axes), search, "search."), algorithms=("?",)), tables
    )
    return replace(
        shared,
        algorithms=algorithms,
        settings=settings | {label: own for label, (_, own) in made.items()},
        variants={label: algorithm for label, (algorithm, _) in made.items()},
    )


def narrow(
    plan: Plan, algorithms: Sequence[str] = (), envs: Sequence[str] = (), seeds: int = 0, steps: int = -1
) -> Plan:
    """The plan with other algorithms, environments (ids), seeds or steps, where given."""
    if algorithms:
        kept = {name: table for name, table in plan.settings.items() if name in algorithms}
        variants = {name: base for name, base in plan.variants.items() if name in algorithms}
        plan = replace(plan, algorithms=tuple(algorithms), settings=kept, variants=variants)
    if envs:
        known = {env.id: env for env in plan.envs}
        plan = replace(plan, envs=tuple(known.get(name, EnvEntry(name)) for name in envs))
    if seeds:
        plan = replace(plan, seeds=seeds)
    return replace(plan, train={**plan.train, "steps": steps}) if steps >= 0 else plan


def flat(table: Mapping[str, Any], path: str = "") -> dict[str, Any]:
    """Nested tables as dotted settings."""
    out: dict[str, Any] = {}
    for key, value in table.items():
        out |= flat(value, f"{path}{key}.") if isinstance(value, Mapping) else {f"{path}{key}": value}
    return out


def nested(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Dotted settings as nested tables."""
    out: dict[str, Any] = {}
    for name, value in settings.items():
        *path, last = name.split(".")
        table = out
        for part in path:
            table = table.setdefault(part, {})
        table[last] = value
    return out


def canonical(plan: Plan) -> str:
    """The plan as JSON text, equal for equal plans."""
    return json.dumps(to_mapping(plan), sort_keys=True)


def _tables(data: dict[str, Any], name: str) -> list[Mapping[str, Any]]:
    entries = data.pop(name, [])
    if not isinstance(entries, list) or not all(isinstance(entry, Mapping) for entry in entries):
        raise ConfigError(f"{name} = {entries!r} is not possible. It must be tables: [[{name}]].")
    return entries
