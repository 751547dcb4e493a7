"""Checkpoints that are whole or absent: written aside, hashed, flushed to disk, then renamed into place.

A checkpoint is a folder `step-000120` with a manifest of every file's size and hash; `latest` and `best` are small
files that hold a folder's name. What lies in the folder is the caller's business (`trainer.state`); this module knows
folders, and the state of the global random generators.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import random
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from flowrl_envs.errors import UserError

MANIFEST = "manifest.json"


class CheckpointError(UserError):
    """A checkpoint is missing or damaged."""


class Checkpoints:
    """The checkpoints of one run.

    Args:
        folder: where they lie; made on the first save.
        keep: how many of the latest are kept; the best one is kept as well.
    """

    def __init__(self, folder: Path, keep: int = 2) -> None:
        self.folder, self.keep = folder, keep

    def save(self, step: int, write: Callable[[Path], None], score: float | None = None) -> Path:
        """Makes the checkpoint of `step`; a process that dies inside leaves the earlier ones as they were.

        Args:
            step: iterations done.
            write: fills the folder it is given.
            score: higher is better; the highest so far becomes `best`.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        for rest in self.folder.glob(".new-*"):
            shutil.rmtree(rest)
        new, final = self.folder / f".new-{step:06d}", self.folder / f"step-{step:06d}"
        new.mkdir()
        write(new)
        files = {str(p.relative_to(new)): _print(p) for p in sorted(new.rglob("*")) if p.is_file()}
        (new / MANIFEST).write_text(json.dumps({"step": step, "score": score, "files": files}, indent=1))
        for path in [*new.rglob("*"), new]:
            _flush(path)
        if final.exists():
            shutil.rmtree(final)
        new.rename(final)
        _flush(self.folder)
        self._point("latest", final.name)
        best = self._pointed("best")
        if score is not None and (best is None or score > _score(best)):
            self._point("best", final.name)
        self._prune()
        return final

    def latest(self) -> Path:
        """The newest intact checkpoint; warns of newer ones that are damaged.

        Raises:
            CheckpointError: there is none.
        """
        for path in reversed(self._all()):
            try:
                verify(path)
            except CheckpointError as error:
                warnings.warn(f"{error} It is skipped and the one before is used.", stacklevel=2)
            else:
                return path
        raise CheckpointError(f"There is no intact checkpoint in {str(self.folder)!r}. Start the run without --resume.")

    def best(self) -> Path | None:
        """The checkpoint with the highest score, if any had one."""
        return self._pointed("best")

    def _all(self) -> list[Path]:
        return sorted(self.folder.glob("step-*"), key=lambda p: (len(p.name), p.name))

    def _pointed(self, name: str) -> Path | None:
        pointer = self.folder / name
        path = self.folder / pointer.read_text().strip() if pointer.exists() else None
        return path if path is not None and (path / MANIFEST).exists() else None

    def _point(self, name: str, target: str) -> None:
        new = self.folder / f".{name}"
        new.write_text(target + "\n")
        _flush(new)
        new.replace(self.folder / name)

    def _prune(self) -> None:
        for path in self._all()[: -self.keep]:
            if path != self.best():
                shutil.rmtree(path)


def verify(path: Path) -> int:
    """Compares every file with the manifest; returns the step.

    Raises:
        CheckpointError: a file is missing, shorter or different.
    """
    try:
        manifest = json.loads((path / MANIFEST).read_text())
        step, files = int(manifest["step"]), dict(manifest["files"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CheckpointError(
            f"Checkpoint {str(path)!r} has no readable {MANIFEST} ({type(error).__name__})."
        ) from None
    for name, (size, digest) in files.items():
        file = path / name
        if not file.is_file():
            raise CheckpointError(f"Checkpoint {str(path)!r} is damaged: {name} is missing.")
        if file.stat().st_size != size:
            raise CheckpointError(
                f"Checkpoint {str(path)!r} is damaged: {name} has {file.stat().st_size} bytes instead of {size}."
            )
        if _print(file)[1] != digest:
            raise CheckpointError(f"Checkpoint {str(path)!r} is damaged: the content of {name} has changed.")
    return step


def random_state() -> dict[str, Any]:
    """The global generators of python, numpy and torch, as values that `torch.load(weights_only=True)` reads."""
    version, internal, gauss = random.getstate()
    numpy: Any = np.random.get_state(legacy=False)
    numpy["state"]["key"] = torch.from_numpy(numpy["state"]["key"].astype(np.int64))
    devices = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
    return {"python": [version, list(internal), gauss], "numpy": numpy, "torch": torch.get_rng_state(), "cuda": devices}


def set_random_state(state: dict[str, Any]) -> None:
    """Puts the global generators where `random_state` found them."""
    version, internal, gauss = state["python"]
    random.setstate((version, tuple(internal), gauss))
    numpy = dict(state["numpy"])
    key = numpy["state"]["key"].numpy().astype(np.uint32)
    np.random.set_state({**numpy, "state": {**numpy["state"], "key": key}})
    torch.set_rng_state(state["torch"])
    if state["cuda"] and len(state["cuda"]) == torch.cuda.device_count():
        torch.cuda.set_rng_state_all(state["cuda"])


def _print(path: Path) -> list[Any]:
    """[size, hash] of a file, read in portions."""
    digest = hashlib.blake2b(digest_size=16)
    with path.open("rb") as file:
        while block := file.read(1 << 22):
            digest.update(block)
    return [path.stat().st_size, digest.hexdigest()]


def _score(path: Path) -> float:
    score = json.loads((path / MANIFEST).read_text()).get("score")
    return -math.inf if score is None else float(score)


def _flush(path: Path) -> None:
    """Waits until a file or a folder's entries are on disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
