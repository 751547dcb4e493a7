"""The rows of a data set that lies in a folder, as it was downloaded from the hub or under plain names.

`folder_rows` looks in DIR/owner/name, DIR/name and DIR itself, there in the folder of the configuration, in data/ and
at the top. A file named after a split ("test.jsonl", "train-00000-of-00002.parquet") holds that split; one other file,
or DIR/name.jsonl, holds all rows. Nothing is downloaded and nothing above DIR is looked at; `rows` reads the files.
"""

from __future__ import annotations

import re
from pathlib import Path

from flowrl_envs.errors import DataError, UserError
from flowrl_envs.sources.rows import SUFFIXES, Row, file_rows

_SPLIT = re.compile(r"(train|test|validation|valid|dev|eval)(?![a-z])", re.I)
_SHOWN = 12


def folder_rows(folder: Path, dataset: str, config: str = "") -> dict[str, list[Row]]:
    """The rows of every split found; "" names a set without splits, or with "train" alone.

    Args:
        folder: DIR.
        dataset: "owner/name".
        config: its configuration, which may be a folder of the set.

    Raises:
        UserError: there is no such folder.
        DataError: the set is not in it, or several files could be it; the message says what to do.
    """
    if not folder.is_dir():
        raise UserError(
            f"data_dir={str(folder)!r}: no such folder. Give the folder that holds the files of {dataset!r}."
        )
    for files in _candidates(folder, dataset, config):
        if splits := _by_split(files):
            found = {split: [row for file in names for row in file_rows(file)] for split, names in splits.items()}
            if set(found) == {"train"}:
                return {"": found["train"]}
            return {split: found[split] for split in sorted(found, key=lambda split: (split == "train", split))}
        if len(files) == 1:
            return {"": file_rows(files[0])}
    raise DataError(_missing(folder, dataset, config))


def _candidates(folder: Path, dataset: str, config: str) -> list[list[Path]]:
    """Lists of files that may hold the set, the likeliest first."""
    name = dataset.rsplit("/", 1)[-1]
    own = [folder / dataset, folder / name, *([folder] if folder.name.lower() == name.lower() else [])]
    lists = [_files(inner) for place in own for inner in _inside(place, config)]
    lists.append([file for file in _files(folder) if file.stem.lower() == name.lower()])
    lists.extend([file for file in _files(inner) if _SPLIT.match(file.stem)] for inner in _inside(folder, config))
    return [files for files in lists if files]


def _inside(place: Path, config: str) -> tuple[Path, ...]:
    return (*((place / config,) if config else ()), place / "data", place)


def _files(place: Path) -> list[Path]:
    return sorted(file for file in place.iterdir() if file.suffix in SUFFIXES) if place.is_dir() else []


def _by_split(files: list[Path]) -> dict[str, list[Path]]:
    """Files by the split that their names begin with, if some do."""
    splits: dict[str, list[Path]] = {}
    for file in files:
        if match := _SPLIT.match(file.stem):
            splits.setdefault(match[1].lower(), []).append(file)
    return splits


def _missing(folder: Path, dataset: str, config: str) -> str:
    name = dataset.rsplit("/", 1)[-1]
    present = sorted(path.name for path in folder.iterdir())
    shown = ", ".join(present[:_SHOWN]) + (", ..." if len(present) > _SHOWN else "") or "nothing"
    part = f" (configuration {config!r})" if config else ""
    return (
        f"data_dir={str(folder)!r} does not hold {dataset!r}{part}; it holds {shown}. Expected are files named after "
        f"splits (train.jsonl, test-00000-of-00001.parquet) in {name}/, {name}/data/ or at the top, or one file "
        f"{name}.jsonl, .json or .parquet. Where there is a network: hf download {dataset} --repo-type dataset "
        f"--local-dir {folder / name}; then copy the folder."
    )
