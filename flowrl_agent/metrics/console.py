"""A run in the terminal: a progress bar with the numbers that tell whether it learns, or plain lines in a log file."""

from __future__ import annotations

import time
from collections.abc import Mapping

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

SHOWN = {
    "reward/mean": "reward",
    "reward/correct": "right",
    "loss/total": "loss",
    "policy/entropy": "entropy",
    "length/mean": "length",
    "eval/avg": "held-out",
}


class ConsoleSink:
    """Shows the latest numbers.

    Args:
        total: iterations of the run.
        start: iterations done before (a resumed run).
        console: where to; a console that is not a terminal gets a line at most every `quiet` seconds.
        quiet: seconds between lines where there is no terminal.
    """

    def __init__(self, total: int, start: int = 0, console: Console | None = None, quiet: float = 5.0) -> None:
        self._console = console or Console(stderr=True)
        self._total, self._quiet = total, quiet
        self._last, self._said = 0.0, -1
        self._latest: dict[str, float] = {}
        self._progress: Progress | None = None
        self._task = TaskID(0)
        if self._console.is_terminal:
            columns = TextColumn("[bold]{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
            self._progress = Progress(*columns, TextColumn("{task.fields[text]}"), console=self._console)
            self._task = self._progress.add_task("training", total=total, completed=start, text="")
            self._progress.start()

    def log(self, step: int, row: Mapping[str, float]) -> None:
        """Refreshes the line."""
        self._latest |= {name: row[name] for name in SHOWN if name in row}
        text = "  ".join(f"{SHOWN[name]} {value:.3f}" for name, value in self._latest.items())
        if self._progress is not None:
            self._progress.update(self._task, completed=step, text=text)
        elif step != self._said and (step >= self._total or time.monotonic() - self._last >= self._quiet):
            self._console.print(f"{step}/{self._total}  {text}", highlight=False, markup=False)
            self._last, self._said = time.monotonic(), step

    def close(self) -> None:
        """Leaves the terminal as it was."""
        if self._progress is not None:
            self._progress.stop()
