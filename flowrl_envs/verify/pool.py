"""A pool of symbolic workers: started at the first question, killed at the deadline, replaced when they die.

Plain subprocesses with pipes: no signals in this process, no multiprocessing, no import of the caller's main module.
Any thread may ask; each request holds one worker. A forked child starts with an empty pool of its own, and the
workers end with this process.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import select
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from flowrl_envs.types import Reason

_HEADER = struct.Struct(">I")
_START_LIMIT = 30.0
_REQUESTS_EACH = 200
_LARGEST = 48 * 1024
_SCRIPT = Path(__file__).with_name("worker.py")


class WorkerError(Exception):
    """A request that got no answer. Internal: it becomes a verdict with `correct=None`."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


class Worker:
    """One worker process, used by one thread at a time."""

    def __init__(self) -> None:
        self.requests = 0
        self.process = subprocess.Popen(  # noqa: S603 - our own script, no shell
            [sys.executable, "-I", str(_SCRIPT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env={"PATH": os.environ.get("PATH", ""), "OMP_NUM_THREADS": "1"},
        )
        if "ready" not in self._receive(time.monotonic() + _START_LIMIT):
            self.kill()
            raise WorkerError(Reason.INTERNAL)

    def ask(self, request: dict[str, Any], seconds: float) -> dict[str, Any]:
        """Sends a request and waits for its answer; raises `WorkerError` and leaves a dead worker if none comes."""
        self.requests += 1
        body = json.dumps(request).encode("utf-8", "surrogatepass")
        if len(body) > _LARGEST:
            raise WorkerError(Reason.RESOURCE)
        stdin = self.process.stdin
        try:
            if stdin is not None:
                stdin.write(_HEADER.pack(len(body)) + body)
                stdin.flush()
        except OSError:
            self.kill()
            raise WorkerError(Reason.INTERNAL) from None
        return self._receive(time.monotonic() + seconds)

    def _receive(self, deadline: float) -> dict[str, Any]:
        header = self._read(_HEADER.size, deadline)
        answer: dict[str, Any] = json.loads(self._read(_HEADER.unpack(header)[0], deadline))
        return answer

    def _read(self, size: int, deadline: float) -> bytes:
        assert self.process.stdout is not None  # noqa: S101 - opened as a pipe above
        source = self.process.stdout.fileno()
        poll = select.poll()
        poll.register(source, select.POLLIN)
        data = b""
        while len(data) < size:
            left = deadline - time.monotonic()
            if left <= 0 or not poll.poll(left * 1000):
                self.kill()
                raise WorkerError(Reason.TIMEOUT)
            piece = os.read(source, size - len(data))
            if not piece:
                self.kill()
                raise WorkerError(Reason.RESOURCE if self.process.returncode in (-9, -24) else Reason.INTERNAL)
            data += piece
        return data

    def kill(self) -> None:
        """Ends the process and reaps it."""
        with contextlib.suppress(OSError):
            self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


class WorkerPool:
    """Up to `size` workers, shared by all threads of this process."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._condition = threading.Condition()
        self._idle: list[Worker] = []
        self._all: set[Worker] = set()
        self._starting = 0
        self._warm = False
        self._closed = False

    def ask(self, request: dict[str, Any], seconds: float) -> dict[str, Any]:
        """Answers a request with any worker.

        Waiting for a free worker counts against `seconds`; only the start of the first one (the import of sympy) does
        not. A worker that was killed is replaced in the background.

        Raises:
            WorkerError: no answer within `seconds`, or the worker died.
        """
        deadline = time.monotonic() + seconds
        worker = self._acquire(deadline)
        healthy = False
        try:
            answer = worker.ask(request | {"seconds": seconds}, seconds)
            healthy = worker.requests < _REQUESTS_EACH and answer.get("reason") != "resource"
            return answer
        except WorkerError as error:
            healthy = error.reason is Reason.RESOURCE and worker.process.poll() is None
            raise
        finally:
            self._release(worker, healthy)

    def start(self) -> None:
        """Waits until a worker is ready; returns at once where one lives already."""
        with self._condition:
            if not self._all:
                self._start_in_background()
                self._condition.wait_for(lambda: self._all or not self._starting, _START_LIMIT)

    def _acquire(self, deadline: float) -> Worker:
        """A free worker, started if there may be one more; the first of a process may take its starting time."""
        with self._condition:
            while not self._closed:
                if self._idle:
                    return self._idle.pop()
                if len(self._all) + self._starting < self.size:
                    self._start_in_background()
                left = deadline - time.monotonic() + (0 if self._warm else _START_LIMIT)
                if left <= 0 or not self._condition.wait(left):
                    raise WorkerError(Reason.TIMEOUT)
            raise WorkerError(Reason.INTERNAL)

    def _start_in_background(self) -> None:
        """Starts one worker without making anyone wait for it; the caller holds the condition."""
        self._starting += 1
        threading.Thread(target=self._start_one, name="flowrl-verify-worker", daemon=True).start()

    def _start_one(self) -> None:
        worker = None
        with contextlib.suppress(OSError, WorkerError):
            worker = Worker()
        with self._condition:
            self._starting -= 1
            self._warm = True
            if worker is not None and not self._closed:
                self._all.add(worker)
                self._idle.append(worker)
                worker = None
            self._condition.notify_all()
        if worker is not None:
            worker.kill()

    def _release(self, worker: Worker, healthy: bool) -> None:
        """Takes a worker back, or replaces one that was killed or has served its turn."""
        keep = healthy and not self._closed
        if not keep:
            worker.kill()
        with self._condition:
            if keep:
                self._idle.append(worker)
            else:
                self._all.discard(worker)
                if not self._closed:
                    self._start_in_background()
            self._condition.notify()

    def close(self) -> None:
        """Kills every worker; later questions are answered with an error."""
        with self._condition:
            self._closed = True
            workers = list(self._all)
            self._idle.clear()
            self._condition.notify_all()
        for worker in workers:
            worker.kill()

    @property
    def pids(self) -> list[int]:
        """Process ids of the living workers, for tests and reports."""
        with self._condition:
            return [worker.process.pid for worker in self._all]


_shared: WorkerPool | None = None
_shared_lock = threading.Lock()


def shared_pool() -> WorkerPool:
    """The pool of this process, made at the first call: one worker a core, four at most."""
    global _shared  # noqa: PLW0603 - one pool a process is the point
    with _shared_lock:
        if _shared is None:
            _shared = WorkerPool(max(1, min(4, os.cpu_count() or 1)))
        return _shared


def _close_shared() -> None:
    if _shared is not None:
        _shared.close()


def _forget_after_fork() -> None:
    """A forked child must not talk over its parent's pipes."""
    global _shared, _shared_lock  # noqa: PLW0603 - see above
    _shared = None
    _shared_lock = threading.Lock()


atexit.register(_close_shared)
os.register_at_fork(after_in_child=_forget_after_fork)
