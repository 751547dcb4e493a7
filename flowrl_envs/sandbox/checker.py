"""Runs trusted checkers in a process of their own, outside any box, with a limit on time and memory.

A checker decides where many answers are right. It is part of the problem, so it is trusted; the answer that it reads
is not, and may be built to make it slow or to make it fail. A checker that raises, or that needs more CPU time than it
has, rejects the answer. A checker process that dies of something else is `InfrastructureError`.
"""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import sys
import threading
import time
import weakref
from typing import Any

from flowrl_envs.errors import InfrastructureError
from flowrl_envs.sandbox.box import wire
from flowrl_envs.sandbox.closure import box_folder, starter

CPU_S = 10.0
WALL_S = 120.0


class CheckerPool:
    """Checker processes, each used by one thread at a time and kept for the next."""

    def __init__(self, cpu_s: float = CPU_S, wall_s: float = WALL_S) -> None:
        self.cpu_s, self.wall_s = cpu_s, wall_s
        self._lock = threading.Lock()
        self._idle: list[subprocess.Popen[bytes]] = []
        self._owner = os.getpid()
        self._finalizer = weakref.finalize(self, _end_all, self._idle)

    def check(self, source: str, given: object, answer: object) -> tuple[bool, str]:
        """Asks `check(given, answer)`: whether it returned exactly True, and "" or why it could not decide.

        Raises:
            InfrastructureError: the process died, or the host kept it from running.
        """
        value, problem = self.call(source, "check", (given, answer))
        return value is True, problem

    def call(self, source: str, name: str, arguments: tuple[object, ...]) -> tuple[object, str]:
        """Calls a function that `source` defines.

        Returns:
            What it returned, and "" or why it returned nothing ("TypeError: ...", "the checker ran out of time").

        Raises:
            InfrastructureError: the process died, or the host kept it from running.
            WireError: an argument is not plain data.
        """
        question = wire.frame(wire.encode((source, name, arguments, self.cpu_s)))
        process = self._take()
        try:
            reply = self._ask(process, question)
        except BaseException:
            _end(process)
            raise
        if reply is None:
            _end(process)
            return None, "the checker ran out of time"
        with self._lock:
            self._idle.append(process)
        return reply

    def close(self) -> None:
        """Ends every idle process."""
        with self._lock:
            _end_all(self._idle)

    def _take(self) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._owner != os.getpid():
                for inherited in self._idle:
                    inherited.returncode = 0
                self._idle.clear()
                self._owner = os.getpid()
            if self._idle:
                return self._idle.pop()
        start = starter(box_folder(), "checking.serve")
        try:
            return subprocess.Popen(  # noqa: S603 - our own interpreter
                [sys.executable, "-I", "-B", "-X", "int_max_str_digits=0", "-c", start],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
            )
        except OSError as problem:
            raise InfrastructureError(f"a checker process did not start: {problem}") from None

    def _ask(self, process: subprocess.Popen[bytes], question: bytes) -> tuple[object, str] | None:
        to, back = _ends(process)
        deadline = time.monotonic() + self.wall_s
        try:
            view = memoryview(question)
            while view:
                view = view[os.write(to, view) :]
            head = _read(back, 4, deadline)
            reply: Any = wire.decode(_read(back, int.from_bytes(head, "little"), deadline))
        except EOFError:
            if process.wait(10) == -24:  # SIGXCPU: the CPU limit that the server sets on itself
                return None
            raise InfrastructureError(f"a checker process died (exit status {process.returncode})") from None
        except (OSError, wire.WireError) as problem:
            raise InfrastructureError(f"a checker process failed: {problem}") from None
        return None if reply[0] is None else wire.decode(reply[0]), str(reply[1])


def _ends(process: subprocess.Popen[bytes]) -> tuple[int, int]:
    if process.stdin is None or process.stdout is None:
        raise InfrastructureError("a checker process has no pipes")
    return process.stdin.fileno(), process.stdout.fileno()


def _read(fd: int, size: int, deadline: float) -> bytes:
    data = b""
    while len(data) < size:
        if not select.select([fd], [], [], max(0.0, deadline - time.monotonic()))[0]:
            raise TimeoutError("no answer in time; is the host overloaded?")
        more = os.read(fd, size - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()
    process.wait()


def _end_all(processes: list[subprocess.Popen[bytes]]) -> None:
    while processes:
        _end(processes.pop())
