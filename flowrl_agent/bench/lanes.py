"""Processes that do jobs one after another, each in a fork of an interpreter that has imported everything already.

Importing torch and transformers takes longer than a short run. A lane imports them once and forks for every job, so a
run is still a process of its own. A lane and the job in it end when the benchmark does, however it ends.
"""

from __future__ import annotations

import os
import queue
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

LOST = -1
"""Status of a job whose lane died with it."""


class Lane:
    """One such process, started when it is first needed and again if it died."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def run(self, folder: Path) -> int:
        """Does the job in a folder to its end; its exit status. What it prints is in FOLDER/log."""
        process = self._started()
        assert process.stdin is not None  # noqa: S101 - both are pipes
        assert process.stdout is not None  # noqa: S101
        try:
            process.stdin.write(os.fsencode(folder.resolve()) + b"\n")
            process.stdin.flush()
            answer = process.stdout.readline()
        except BrokenPipeError:
            answer = b""
        if not answer:
            self.close()
        return int(answer or LOST)

    def close(self) -> None:
        """Ends the process and the job in it."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process = None

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is not None:
            self.close()
        if self._process is None:
            environment = {**os.environ, "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
            command = [sys.executable, "-m", "flowrl_agent.bench.worker"]
            self._process = subprocess.Popen(  # noqa: S603
                command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        return self._process


class Lanes:
    """A fixed number of lanes; a caller waits for a free one."""

    def __init__(self, count: int) -> None:
        self._free: queue.SimpleQueue[Lane] = queue.SimpleQueue()
        self._all = [Lane() for _ in range(count)]
        for lane in self._all:
            self._free.put(lane)

    def run(self, folder: Path) -> int:
        """As `Lane.run`, on the next free lane."""
        lane = self._free.get()
        try:
            return lane.run(folder)
        finally:
            self._free.put(lane)

    def close(self) -> None:
        """Ends every lane."""
        for lane in self._all:
            lane.close()


@contextmanager
def lanes(count: int) -> Iterator[Lanes]:
    """Lanes that end with the block."""
    opened = Lanes(count)
    try:
        yield opened
    finally:
        opened.close()


def serve(do: Callable[[Path], int]) -> None:
    """The other side: forks for each folder named on standard input and answers with its status.

    Args:
        do: does the job in a folder, in the fork; returns its exit status.
    """
    for line in iter(sys.stdin.buffer.readline, b""):
        folder = Path(os.fsdecode(line.rstrip(b"\n")))
        pid = os.fork()
        if pid == 0:
            _become(folder, do)
        _, status = os.waitpid(pid, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _become(folder: Path, do: Callable[[Path], int]) -> None:
    """Does the job and ends this process without the parent's leftovers."""
    status = 1
    try:
        with (folder / "log").open("ab", buffering=0) as log:
            os.dup2(log.fileno(), 1)
            os.dup2(log.fileno(), 2)
        status = do(folder)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
