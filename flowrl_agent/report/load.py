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
    """A folder does not hold a run."""


@dataclass(frozen=True, slots=True)
class Run:
    """One finished (or running) run.

    Attributes:
        name: the folder's name.
        label: algorithm and environment; runs that differ in nothing but the seed share it.
        config: the tables of config.toml.
        config_text: the file itself.
        rows: one a logged iteration.
        transcripts: JSON objects as recorded.
        result: the numbers of result.json, by name.
    """

    name: str
    label: str
    config: Mapping[str, Any]
    config_text: str
    rows: Sequence[Metrics]
    transcripts: Sequence[Mapping[str, Any]] = ()
    result: Mapping[str, Any] = field(default_factory=dict)


def load_runs(folders: Sequence[Path]) -> list[Run]:
    """Reads runs and labels them by what sets them apart.

    Args:
        folders: run folders, or folders of run folders.

    Raises:
        ReportError: a folder holds neither a run nor runs.
    """
    paths = [path for folder in folders for path in _expand(folder)]
    raw = [(path, *_config(path)) for path in paths]
    labels = _labels([config for _, config, _ in raw])
    return [_load(path, config, text, label) for (path, config, text), label in zip(raw, labels, strict=True)]


def _expand(folder: Path) -> list[Path]:
    if (folder / "config.toml").is_file():
        return [folder]
    inside = sorted(p.parent for p in folder.glob("*/config.toml"))
    if not inside:
        raise ReportError(
            f"{str(folder)!r} holds no run (no config.toml in it or one level below). Pass the folder that "
            "`flowrl train` printed."
        )
    return inside


def _config(path: Path) -> tuple[dict[str, Any], str]:
    text = (path / "config.toml").read_text(encoding="utf-8")
    try:
        return tomllib.loads(text), text
    except tomllib.TOMLDecodeError as error:
        raise ReportError(f"{str(path / 'config.toml')!r} cannot be read: {error}") from None


def _labels(configs: Sequence[Mapping[str, Any]]) -> list[str]:
    """Algorithm name, and the settings that differ among these runs (the seed and paths aside)."""
    flats = [_flat(config) for config in configs]
    keys = sorted({key for flat in flats for key in flat} - {"seed", "algo.name", "model.path"})
    keys = [key for key in keys if not key.startswith("log.")]
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
    metrics, result = path / "metrics.jsonl", path / "result.json"
    return Run(
        name=path.name,
        label=label,
        config=config,
        config_text=text,
        rows=read_rows(metrics) if metrics.exists() else [],
        transcripts=_transcripts(path / "transcripts.jsonl"),
        result=json.loads(result.read_text(encoding="utf-8")) if result.exists() else {},
    )


def _transcripts(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    out = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            out.append(json.loads(line))
        except json.JSONDecodeError:
            continue  # a line cut by a crash
    return out
