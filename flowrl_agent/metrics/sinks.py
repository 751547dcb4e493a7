"""Where rows of metrics go: a JSONL file, TensorBoard, a list. All take `log(step, row)`.

The terminal is in `console`. A sink that is opened again after a crash drops what lies past the step that the run
resumes from, so no row appears twice.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from flowrl_agent.types import Metrics


class Sink(Protocol):
    """Takes rows down."""

    def log(self, step: int, row: Mapping[str, float]) -> None:
        """Writes one row of named numbers for iteration `step`."""
        ...

    def close(self) -> None:
        """Finishes; called once."""
        ...


class MemorySink:
    """Keeps rows in a list, for tests and notebooks."""

    def __init__(self) -> None:
        self.rows: list[Metrics] = []

    def log(self, step: int, row: Mapping[str, float]) -> None:
        """Appends the row."""
        self.rows.append(Metrics(step, dict(row)))

    def close(self) -> None:
        """Nothing to finish."""


class JsonlSink:
    """One JSON object a line: `step` and the numbers; a number that is not finite is null.

    Args:
        path: the file, made with its folders.
        after: the step that the run continues after; later lines, and a line cut in the middle, are removed.
    """

    def __init__(self, path: Path, after: int = 0) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        kept = [m for m in read_rows(path) if m.step <= after] if path.exists() else []
        rest = path.with_suffix(".part")
        rest.write_text("".join(_line(m.step, m.values) for m in kept), encoding="utf-8")
        rest.replace(path)
        self._file = path.open("a", encoding="utf-8")

    def log(self, step: int, row: Mapping[str, float]) -> None:
        """Appends a line and hands it to the operating system."""
        self._file.write(_line(step, row))
        self._file.flush()

    def close(self) -> None:
        """Closes the file."""
        self._file.close()


class TensorBoardSink:
    """Scalars in TensorBoard's event format.

    Args:
        folder: where event files go.
        after: the step that the run continues after; TensorBoard hides later points of earlier files.
    """

    def __init__(self, folder: Path, after: int = 0) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self._writer = SummaryWriter(str(folder), purge_step=after + 1 if after else None)

    def log(self, step: int, row: Mapping[str, float]) -> None:
        """Adds one scalar a name."""
        for name, value in row.items():
            self._writer.add_scalar(name, value, step)

    def close(self) -> None:
        """Writes what is buffered."""
        self._writer.close()


def log_all(sinks: Sequence[Sink], step: int, row: Mapping[str, float]) -> None:
    """Hands one row to every sink."""
    for sink in sinks:
        sink.log(step, row)


def read_rows(path: Path) -> list[Metrics]:
    """The rows of a file written by `JsonlSink`, null as nan; a last line cut by a crash is left out."""
    rows: list[Metrics] = []
    lines = path.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, start=1):
        try:
            data = json.loads(line)
            step = data.pop("step")
        except (json.JSONDecodeError, AttributeError, KeyError):
            if number == len(lines):
                break
            raise ValueError(f"{path}, line {number} is not a row of metrics: {line[:80]!r}") from None
        rows.append(Metrics(step, {k: math.nan if v is None else float(v) for k, v in data.items()}))
    return rows


def _line(step: int, row: Mapping[str, float]) -> str:
    finite = {k: (v if math.isfinite(v) else None) for k, v in row.items()}
    return json.dumps({"step": step, **finite}, allow_nan=False) + "\n"
