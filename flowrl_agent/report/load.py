"""Reads what runs left in their folders: settings, metric rows, transcripts, final evaluation."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flowrl_agent.metrics.sinks import read_rows
from flowrl_agent.types import Metrics
from flowrl_envs.errors import UserError


class ReportError(UserError):
    """A folder does not hold a run, or a report cannot be made as asked."""


@dataclass(frozen=True, slots=True)
class Run:
    """One finished (or running) run.

    Attributes:
        name: the folder's name.
        label: the algorithm; runs that differ in nothing but the seed and the environment share it.
        rows: one a logged iteration.
        env: the environment's id, with its options in short.
        seed: as text, "" where unknown.
        clock: what a step of `rows` is: an iteration, or an environment step for agents that have no iterations.
        config_text: the settings as written down.
        transcripts: JSON objects as recorded.
        measures: the last evaluation, by name without "eval/".
        step_seconds: wall time of an iteration, 0 where unknown.
    """

    name: str
    label: str
    rows: Sequence[Metrics]
    env: str = ""
    seed: str = ""
    clock: str = "iteration"
    config_text: str = ""
    transcripts: Sequence[Mapping[str, Any]] = ()
    measures: Mapping[str, float] = field(default_factory=dict)
    step_seconds: float = 0.0


def load_runs(folders: Sequence[Path]) -> list[Run]:
    """Reads runs and labels them by what sets them apart.

    Args:
        folders: run folders, or folders of run folders.

    Raises:
        ReportError: a folder holds neither a run nor runs.
    """
    paths = list(dict.fromkeys(path for folder in folders for path in _expand(folder)))
    raw = [(path, *_config(path)) for path in paths]
    labels = _labels([config for _, config, _ in raw])
    return [_load(path, config, text, label) for (path, config, text), label in zip(raw, labels, strict=True)]


def read_transcripts(path: Path) -> list[dict[str, Any]]:
    """The episodes of a file, none where there is no file; lines that a crash cut are left out."""
    if not path.exists():
        return []
    out = []
    for line in path.read_text(encoding="utf-8", errors="replace").split("\n"):
        try:
            said = json.loads(line)
        except json.JSONDecodeError:
            continue
        if isinstance(said, dict):
            out.append(said)
    return out


def env_name(env: Mapping[str, Any]) -> str:
    """An environment's id and its options in short, as a benchmark names it."""
    options = ",".join(f"{key}={value}" for key, value in dict(env.get("kwargs", {})).items())
    name = str(env.get("id", ""))
    return f"{name}({options})" if options else name


def clock(algorithm: str) -> str:
    """What one step of an algorithm's rows is."""
    return "environment step" if algorithm.startswith("sb3:") else "iteration"


def _expand(folder: Path) -> list[Path]:
    if (folder / "config.toml").is_file():
        return [folder]
    inside = sorted(p.parent for p in folder.glob("*/config.toml"))
    if not inside:
        raise ReportError(
            f"{str(folder)!r} holds no run (no config.toml in it or one level below) and no results.jsonl. Pass the "
            "folder that `flowrl train` or `flowrl bench` printed."
        )
    return inside


def _config(path: Path) -> tuple[dict[str, Any], str]:
    text = (path / "config.toml").read_text(encoding="utf-8")
    try:
        return tomllib.loads(text), text
    except tomllib.TOMLDecodeError as error:
        raise ReportError(f"{str(path / 'config.toml')!r} cannot be read: {error}") from None


def _labels(configs: Sequence[Mapping[str, Any]]) -> list[str]:
    """Algorithm name, and the settings that differ among its runs (seed, environment and paths aside)."""
    flats = [_flat(config) for config in configs]
    keys = sorted({key for flat in flats for key in flat} - {"seed", "algo.name", "model.path", "out"})
    keys = [key for key in keys if not key.startswith(("log.", "env."))]
    labels = []
    for flat in flats:
        name = str(flat.get("algo.name", "run"))
        same = [other for other in flats if other.get("algo.name") == flat.get("algo.name")]
        own = [k for k in keys if len({str(other.get(k)) for other in same}) > 1]
        labels.append(" ".join([name, *(f"{key.rpartition('.')[2]}={flat.get(key)}" for key in own)]))
    return labels


def _flat(table: Mapping[str, Any], path: str = "") -> dict[str, Any]:
    out: dict[str, Any] = {}
    for key, value in table.items():
        out |= _flat(value, f"{path}{key}.") if isinstance(value, Mapping) else {f"{path}{key}": value}
    return out


def _load(path: Path, config: Mapping[str, Any], text: str, label: str) -> Run:
    metrics = path / "metrics.jsonl"
    rows = read_rows(metrics) if metrics.exists() else []
    seconds = [row.values["time/iteration"] for row in rows if "time/iteration" in row.values]
    return Run(
        name=path.name,
        label=label,
        rows=rows,
        env=env_name(config.get("env", {})),
        seed=str(config.get("seed", "")),
        clock=clock(str(config.get("algo", {}).get("name", ""))),
        config_text=text,
        transcripts=read_transcripts(path / "transcripts.jsonl"),
        measures=_measures(rows),
        step_seconds=sum(seconds) / len(seconds) if seconds else 0.0,
    )


def _measures(rows: Sequence[Metrics]) -> dict[str, float]:
    """Of the last evaluation."""
    for row in reversed(rows):
        found = {k.removeprefix("eval/"): v for k, v in row.values.items() if k.startswith("eval/") and v == v}
        if found:
            return found
    return {}
