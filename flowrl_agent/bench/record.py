"""What a benchmark writes down: one JSON line a run with its settings, versions, commit, cost and every measure.

The file only grows. A line that a crash cut short is cut off before the next one is written, and a run that failed
leaves a line that says why.
"""

from __future__ import annotations

import importlib.metadata
import json
import math
import os
import platform
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

Row = Mapping[str, Any]

PACKAGES = (
    "flowrl",
    "gymnasium",
    "numpy",
    "torch",
    "transformers",
    "tokenizers",
    "accelerate",
    "stable_baselines3",
    "optuna",
)
CURVES = (
    *("reward/mean", "eval/avg", "eval/distinct", "eval/coverage", "eval/exact_tv", "length/mean"),
    *("policy/entropy", "policy/kl_ref", "policy/kl_old", "policy/clip_fraction", "loss/total"),
    *("flow/delta/p05", "flow/delta/p50", "flow/delta/p95", "flow/delta_sq", "flow/unmatched"),
    *("flow/log_z", "flow/log_z_gap", "flow/weight/p05", "flow/weight/p50", "flow/weight/p95", "flow/weight/ess"),
    *("optim/grad_norm", "optim/clipped", "optim/skipped", "reward/ungraded", "time/iteration"),
)
"""Metrics whose course is kept in a row; the run folder has them all."""
_POINTS = 60
_ONE_WRITER = threading.Lock()


def append(path: Path, row: Row) -> None:
    """Adds a line and waits until it is on disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with _ONE_WRITER, path.open("ab+") as file:
        _cut_torn_line(file)
        file.write(json.dumps(row, allow_nan=False, sort_keys=True).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def read(path: Path) -> list[dict[str, Any]]:
    """The rows of a file, without a line that a crash cut short; none where there is no file."""
    if not path.exists():
        return []
    lines = path.read_bytes().split(b"\n")
    return [json.loads(line) for line in lines[:-1] if line]


def done(rows: Sequence[Row]) -> dict[str, Row]:
    """The latest successful row of each fingerprint."""
    return {row["fingerprint"]: row for row in rows if "error" not in row}


def provenance() -> dict[str, Any]:
    """Versions, commit and machine."""
    versions = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    root = Path(__file__).resolve().parents[2]
    commit = _git(root, "rev-parse", "HEAD")
    changed = _git(root, "status", "--porcelain", "--untracked-files=no")
    machine = {"system": platform.system(), "processor": platform.machine(), "cores": os.cpu_count() or 0}
    return {"versions": versions, "commit": commit or "unknown", "dirty": bool(changed), "machine": machine}


def thin(rows: Sequence[tuple[int, Mapping[str, float]]]) -> dict[str, list[list[float]]]:
    """Name to [step, value] pairs for the metrics of `CURVES`, at most some sixty points each, the last included."""
    out: dict[str, list[list[float]]] = {}
    for name in CURVES:
        points = [[step, values[name]] for step, values in rows if values.get(name) == values.get(name, float("nan"))]
        if points:
            stride = -(-len(points) // _POINTS)
            out[name] = points[::-1][::stride][::-1]
    return out


def plain(value: Any) -> Any:
    """The same value with infinite numbers as the strings "inf" and "-inf", which JSON can hold."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, Mapping):
        return {key: plain(inner) for key, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, list) else value


def restore(value: Any) -> Any:
    """Undoes `plain`."""
    if isinstance(value, Mapping):
        return {key: restore(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [restore(inner) for inner in value]
    return float(value) if value in ("inf", "-inf", "nan") else value


def _cut_torn_line(file: Any) -> None:
    size = file.seek(0, os.SEEK_END)
    if not size:
        return
    file.seek(0)
    whole = file.read().rfind(b"\n") + 1
    if whole < size:
        file.truncate(whole)


def _git(folder: Path, *arguments: str) -> str:
    """Output of a git command, "" where the package is no checkout."""
    command = ["git", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()
