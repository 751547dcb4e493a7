"""Reading the rows of a data set: a JSONL, JSON or Parquet file, or a set of the Hugging Face hub.

Files are checked against a SHA-256 where one is given, before anything in them is used. A hub set is loaded with the
`datasets` library, which is imported only then, at a pinned revision, from its cache where there is no network; what
its first load held is recorded by `pins`. What the rows mean is the business of `fields`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from flowrl_envs.errors import DataError, MissingDependencyError, UserError
from flowrl_envs.sources.pins import commit_of, content_sha256, hold

Row = Mapping[str, Any]
SUFFIXES = (".jsonl", ".json", ".parquet")


def is_file_name(name: str) -> bool:
    """Whether a data set name means a file rather than a hub id."""
    return Path(name).suffix in SUFFIXES


def file_rows(path: Path, sha256: str = "") -> list[Row]:
    """All rows of a file: a JSON object on each line (.jsonl), a JSON list of objects (.json), or Parquet.

    Raises:
        DataError: there is no such file, it has another checksum, or it cannot be read; the message says which line.
        UserError: the suffix is unknown.
        MissingDependencyError: Parquet without pyarrow.
    """
    if path.suffix not in SUFFIXES:
        raise UserError(f"{path}: the suffix must be one of {', '.join(SUFFIXES)}.")
    if not path.is_file():
        raise DataError(f"{path}: no such file. Give the path of a {', '.join(SUFFIXES)} file.")
    content = path.read_bytes()
    if sha256 and (found := hashlib.sha256(content).hexdigest()) != sha256.lower():
        raise DataError(
            f"{path}: its SHA-256 is {found}, expected {sha256}. The file is damaged or another version: "
            "fetch the pinned one again, or give the checksum of the file that you mean to use."
        )
    if path.suffix == ".parquet":
        return _parquet_rows(path)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not UTF-8 ({error}).") from error
    return _json_rows(path, text) if path.suffix == ".json" else _jsonl_rows(path, text)


def hub_rows(name: str, config: str = "", revision: str = "") -> dict[str, list[Row]]:
    """The rows of every split of a hub data set.

    Args:
        name: "owner/name".
        config: its configuration ("main" for openai/gsm8k), "" for the only one.
        revision: a commit, tag or branch; pin a commit where results must be reproducible.

    Raises:
        MissingDependencyError: without `datasets`.
        DataError: the set cannot be loaded (the message says what to do without a network), or holds other rows than
            at its first load here.
    """
    try:
        import datasets
    except ImportError as error:
        raise MissingDependencyError("datasets", "data") from error
    try:
        loaded = datasets.load_dataset(name, config or None, revision=revision or None)
    except Exception as error:
        raise DataError(
            f"data set {name!r} (configuration {config or 'default'}, revision {revision or 'latest'}) cannot be "
            f"loaded: {type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'no message'}. Check the "
            "name. Without a network, load it once where there is one (datasets.load_dataset) and copy the cache "
            f"(HF_HOME), or pass a file instead: dataset='rows.jsonl' ({', '.join(SUFFIXES)}), or the folder with the "
            "files of the set: data_dir='folder'."
        ) from error
    splits = {str(split): list(rows) for split, rows in loaded.items()}
    if not Path(name).exists():
        urls = [url for rows in loaded.values() for url in rows.info.download_checksums or ()]
        hold(name, config, revision, content_sha256(splits), commit_of(urls))
    return splits


def _jsonl_rows(path: Path, text: str) -> list[Row]:
    lines = enumerate(text.split("\n"), 1)
    return _objects(path, ((f"line {n}", line) for n, line in lines if line.strip()))


def _objects(path: Path, lines: Iterable[tuple[str, str]]) -> list[Row]:
    rows: list[Row] = []
    for where, line in lines:
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise DataError(f"{path}, {where}: not JSON ({error}).") from error
        rows.append(_object(path, where, row))
    return rows


def _json_rows(path: Path, text: str) -> list[Row]:
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path}: not JSON ({error}). For one object a line use the suffix .jsonl.") from error
    if not isinstance(rows, list):
        raise DataError(f"{path}: holds a JSON {type(rows).__name__}; it must be a list of objects.")
    return [_object(path, f"row {n}", row) for n, row in enumerate(rows, 1)]


def _object(path: Path, where: str, row: Any) -> Row:
    if not isinstance(row, dict):
        raise DataError(f"{path}, {where}: holds a JSON {type(row).__name__}; it must be an object with named fields.")
    return row


def _parquet_rows(path: Path) -> list[Row]:
    try:
        from pyarrow import ArrowException, parquet
    except ImportError as error:
        raise MissingDependencyError("pyarrow", "data") from error
    try:
        rows: list[Row] = parquet.read_table(path).to_pylist()
    except (ArrowException, OSError) as error:
        raise DataError(f"{path}: not a Parquet file ({error}).") from error
    return rows
