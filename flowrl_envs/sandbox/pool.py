"""A sandbox: a bounded pool of boxes behind `run` and `run_many`.

Callers wait for a free box (back-pressure), a box that failed is replaced, and a request whose box failed is tried
once more. What fails twice is `Status.INFRA`: it says nothing about the program. Boxes start when they are first
needed, except the first, so that a host that cannot build one says so at once.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol, Self

from flowrl_envs.errors import InfrastructureError, UserError
from flowrl_envs.sandbox.box.control import BoxError
from flowrl_envs.sandbox.box.wire import WireError
from flowrl_envs.sandbox.errors import SandboxClosedError
from flowrl_envs.sandbox.messages import from_box, to_box
from flowrl_envs.sandbox.types import ExecRequest, ExecResult, Status


class Box(Protocol):
    """One worker: a zygote and the way to it. Used by one thread at a time."""

    def perform(self, request: dict[str, Any]) -> list[list[Any]]:
        """Runs one request of `messages.to_box`; raises `BoxError` or OSError if the box failed."""

    def close(self) -> None:
        """Ends the box and everything in it."""

    def abandon(self) -> None:
        """Lets go of the box in a forked child, where it belongs to the parent."""


@dataclass(slots=True)
class Counts:
    """What a sandbox has done so far."""

    runs: int = 0
    boxes_started: int = 0
    boxes_failed: int = 0
    infra_errors: int = 0


class Sandbox:
    """Runs untrusted programs. Safe to use from many threads; a forked child gets boxes of its own.

    Attributes:
        name: backend and tier, for people.
        workers: the most boxes alive at one time.
        counts: what it has done so far.
    """

    def __init__(
        self,
        name: str,
        make_box: Callable[[], Box],
        workers: int,
        queue_s: float = 300.0,
        kills_itself: bool = False,
        max_memory_mb: int | None = None,
        refill: bool = False,
        at_end: Callable[[], object] | None = None,
    ) -> None:
        """A pool. Starts one box.

        Args:
            name: for people.
            make_box: starts one box.
            workers: the most boxes alive at one time.
            queue_s: how long a caller waits for a free box.
            kills_itself: whether a program can send SIGKILL to itself in this kind of box.
            max_memory_mb: memory and disk that a request may ask for together, None for any.
            refill: start the replacement of a failed box at once, in the background.
            at_end: called once, after the last box is closed.

        Raises:
            SandboxUnavailableError: the first box did not start.
            UserError: `workers` is not positive.
        """
        if workers < 1:
            raise UserError(f"Sandbox(workers={workers}): allowed are 1 or more.")
        self.name, self.workers, self.counts = name, workers, Counts()
        self._make_box, self._queue_s, self._kills_itself = make_box, queue_s, kills_itself
        self._max_memory_mb, self._refill = max_memory_mb, refill
        self._shelf = _Shelf()
        self._finalizer = weakref.finalize(self, _close_shelf, self._shelf, at_end)
        self._give(self._start())

    def run(self, request: ExecRequest) -> ExecResult:
        """Runs one program. Never raises on what a program does.

        Raises:
            UserError: an input is not plain data, or a limit is beyond what the boxes have.
            SandboxClosedError: after `close`.
        """
        wanted = request.limits.memory_mb + request.limits.disk_mb
        if self._max_memory_mb is not None and wanted > self._max_memory_mb:
            raise UserError(
                f"Limits(memory_mb={request.limits.memory_mb}, disk_mb={request.limits.disk_mb}): the boxes of "
                f"{self.name} have {self._max_memory_mb} MiB for both. Open the sandbox with more memory_mb."
            )
        message = to_box(request)
        self.counts.runs += 1
        problem = ""
        for _ in range(2):
            try:
                box = self._take()
            except (InfrastructureError, OSError) as failure:
                if isinstance(failure, SandboxClosedError):
                    raise
                problem = str(failure)
                continue
            try:
                result = from_box(request, box.perform(message), self._kills_itself)
            except (BoxError, OSError, WireError) as failure:
                self._discard(box)
                problem = f"{type(failure).__name__}: {failure}"
                continue
            except BaseException:
                self._discard(box)
                raise
            self._give(box)
            if result.status is not Status.INFRA:
                return result
            problem = result.detail
        self.counts.infra_errors += 1
        return ExecResult(Status.INFRA, detail=problem)

    def run_many(self, requests: Sequence[ExecRequest]) -> list[ExecResult]:
        """Runs programs on all boxes at once; results are in the order of the requests."""
        if len(requests) < 2 or self.workers == 1:
            return [self.run(request) for request in requests]
        with ThreadPoolExecutor(min(self.workers, len(requests)), "sandbox") as threads:
            return list(threads.map(self.run, requests))

    def close(self) -> None:
        """Ends every box. Calls in progress get an `infra_error` or raise `SandboxClosedError`."""
        self._finalizer()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _take(self) -> Box:
        """A free box or a new one, for callers in the order in which they came."""
        shelf, mine = self._shelf, object()
        deadline = time.monotonic() + self._queue_s
        with shelf.changed:
            shelf.queue.append(mine)
            try:
                while not shelf.closed and not (shelf.queue[0] is mine and (shelf.idle or shelf.alive < self.workers)):
                    left = deadline - time.monotonic()
                    if left <= 0:
                        raise InfrastructureError(f"no box came free within {self._queue_s:g} s: the pool is exhausted")
                    shelf.changed.wait(left)
                if shelf.closed:
                    raise SandboxClosedError(f"The sandbox {self.name} is closed.")
                if shelf.idle:
                    return shelf.idle.pop()
                shelf.alive += 1
            finally:
                shelf.queue.remove(mine)
                shelf.changed.notify_all()
        return self._start(counted=True)

    def _start(self, counted: bool = False) -> Box:
        shelf = self._shelf
        if not counted:
            shelf.alive += 1
        try:
            box = self._make_box()
        except BaseException:
            with shelf.changed:
                shelf.alive -= 1
                shelf.changed.notify_all()
            raise
        self.counts.boxes_started += 1
        return box

    def _give(self, box: Box) -> None:
        shelf = self._shelf
        with shelf.changed:
            if not shelf.closed:
                shelf.idle.append(box)
                shelf.changed.notify_all()
                return
        box.close()

    def _discard(self, box: Box) -> None:
        shelf = self._shelf
        self.counts.boxes_failed += 1
        try:
            box.close()
        finally:
            with shelf.changed:
                shelf.alive -= 1
                shelf.changed.notify_all()
        if self._refill:
            threading.Thread(target=self._replace, name="sandbox-refill", daemon=True).start()

    def _replace(self) -> None:
        """Starts a box if there is room for one, so that the next caller need not wait for it."""
        with self._shelf.changed:
            if self._shelf.closed or self._shelf.alive >= self.workers:
                return
            self._shelf.alive += 1
        with contextlib.suppress(InfrastructureError, OSError):
            self._give(self._start(counted=True))


class _Shelf:
    """The boxes that are free, apart from the sandbox so that its finalizer can reach them."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.idle: list[Box] = []
        self.queue: deque[object] = deque()
        self.alive = 0
        self.closed = False
        _shelves.add(self)

    def inherit(self) -> None:
        """In a forked child: the boxes are the parent's."""
        for box in self.idle:
            box.abandon()
        self.idle, self.queue, self.alive = [], deque(), 0


_shelves: weakref.WeakSet[_Shelf] = weakref.WeakSet()


def _after_fork() -> None:
    for shelf in list(_shelves):
        shelf.changed = threading.Condition()
        shelf.inherit()


os.register_at_fork(after_in_child=_after_fork)


def _close_shelf(shelf: _Shelf, at_end: Callable[[], object] | None) -> None:
    with shelf.changed:
        shelf.closed = True
        boxes, shelf.idle = shelf.idle, []
        shelf.changed.notify_all()
    for box in boxes:
        box.close()
    if at_end is not None:
        at_end()
