"""Remembers what an unpinned hub data set held at its first load here, and refuses it when it has changed.

A card writes down no revision that nobody has seen. Instead the first load records the commit and a checksum of the
rows in `pins.json` under FLOWRL_CACHE (~/.cache/flowrl by default); a later load that differs is an error, not a new
score.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from flowrl_envs.errors import DataError


def pins_path() -> Path:
    """Where the records lie."""
    return Path(os.environ.get("FLOWRL_CACHE", "~/.cache/flowrl")).expanduser() / "pins.json"


def content_sha256(splits: Mapping[str, Iterable[Mapping[str, Any]]]) -> str:
    """A checksum of all rows of all splits, independent of how they are stored."""
    digest = hashlib.sha256()
    for split in sorted(splits):
        digest.update(f"\x00{split}\x00".encode())
        for row in splits[split]:
            digest.update(json.dumps(row, sort_keys=True, default=repr).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def commit_of(urls: Iterable[str]) -> str:
    """The hub commit in the addresses that a data set was downloaded from, "" if they name none."""
    for url in urls:
        _, found, after = url.partition("@")
        if found and len(commit := after.split("/", 1)[0]) == 40:
            return commit
    return ""


def hold(name: str, config: str, revision: str, sha256: str, commit: str) -> None:
    """Records the first load of a data set; later ones must agree.

    Raises:
        DataError: the set holds other rows than at its first load.
    """
    path = pins_path()
    key = f"{name} {config} {revision}".strip()
    known = _read(path).get(key)
    if not isinstance(known, dict):
        _write(path, key, {"sha256": sha256, "commit": commit})
    elif known.get("sha256") != sha256:
        first = known.get("commit") or "unknown"
        raise DataError(
            f"data set {name!r} holds other rows than at its first load here: checksum {sha256} (commit "
            f"{commit or 'unknown'}) instead of {known.get('sha256')} (commit {first}). Pass revision='{first}' for "
            f"the version recorded first, or take the entry {key!r} out of {path} to accept the new one."
        )


def _read(path: Path) -> dict[str, Any]:
    """All records; none where there is no readable file."""
    with contextlib.suppress(OSError, ValueError):
        pins = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(pins, dict):
            return pins
    return {}


def _write(path: Path, key: str, pin: dict[str, str]) -> None:
    """Adds one record; a cache that cannot be written is no reason to refuse data."""
    pins = _read(path) | {key: pin}
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch = path.with_suffix(f".{os.getpid()}")
        scratch.write_text(json.dumps(pins, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        scratch.replace(path)
