"""Drives one zygote: hands it the descriptors of a run, streams inputs, reads answers, owns the clock and the kill.

Used by the host for a local box and by `relay` inside a container. It moves bytes and never looks into an answer.

CPU time decides (`reins`). A run that idles is charged its wall time less the time it waited for a processor (`clock`),
so a loaded host is not the program's fault; one that neither idles nor computes for very long is the host's failure.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from .control import BoxError, Job
from .reins import Reins

KEPT_OF_FLOOD = 1 << 16
"""Bytes of an output that was too long which are kept, for a person to see what it was."""
_CHUNK = 1 << 16  # what a pipe holds


@dataclass(slots=True)
class Outcome:
    """What one run left: raw frames, raw output, and what the kernel counted."""

    status: str = "ok"
    frames: list[bytes] = field(default_factory=list)
    output: bytes = b""
    exit_code: int = 0
    cpu_s: float = 0.0
    wall_s: float = 0.0
    max_rss_kb: int = 0


def call(control: socket.socket, job: Job, program: bytes, inputs: Sequence[bytes]) -> Outcome:
    """Runs a program in function mode: one clone that answers each input.

    Args:
        control: the zygote's socket.
        job: limits.
        program: a frame, sent at once with the first input.
        inputs: a frame for each call, sent only after the call before it was answered.

    Raises:
        BoxError: the box failed.
        OSError: this side ran out of descriptors or memory.
    """
    first = program + inputs[0] if inputs else program
    with _Run(control, job, [first, *inputs[1:]], len(inputs)) as run:
        far, run.input = run.pipe()
        run.note, far_note = run.pipe()
        os.set_blocking(run.input, False)
        return run.drive((far, far_note), ())


def script(control: socket.socket, job: Job, code_fd: int, stdin_fd: int) -> Outcome:
    """Runs a program in stdin mode: one clone.

    Args:
        control: the zygote's socket.
        job: limits.
        code_fd: the encoded program, sealed.
        stdin_fd: what the program reads, sealed.

    Raises:
        BoxError: the box failed.
        OSError: this side ran out of descriptors or memory.
    """
    with _Run(control, job, [], 0) as run:
        run.output, far = run.pipe()
        run.note, far_note = run.pipe()
        return run.drive((far, far_note), (code_fd, far_note, stdin_fd, far))


class _Run:
    """The pipes of one clone. A descriptor is -1 where there is no such pipe, or no more."""

    def __init__(self, control: socket.socket, job: Job, sends: list[bytes], answers: int) -> None:
        self.reins, self.job, self.sends, self.answers = Reins(control, job), job, sends, answers
        self.open: list[int] = []
        self.input = self.output = self.note = -1
        self.pending = memoryview(b"")
        self.sent = self.size = 0
        self.buffer = bytearray()
        self.out = bytearray()
        self.result = Outcome()
        self.slow = False
        self.poll = select.poll()

    def __enter__(self) -> _Run:
        return self

    def __exit__(self, *_: object) -> None:
        self.reins.close()
        for fd in self.open:
            os.close(fd)

    def pipe(self) -> tuple[int, int]:
        """A pipe that is closed with the run."""
        ends = os.pipe()
        self.open += ends
        return ends

    def drive(self, far: tuple[int, ...], fds: tuple[int, ...]) -> Outcome:
        """Runs it. `far` are the ends to close once they are handed over, `fds` what is handed over if it is more."""
        self.reins.ask_for(fds or far)
        for fd in far:
            self._close(fd)
        if self.sends:
            self._next()
        self._pump()
        return self._finish()

    def _pump(self) -> None:
        """Moves bytes until the run has ended or must be killed."""
        poll, result, reins = self.poll, self.result, self.reins
        poll.register(reins.control, select.POLLIN)
        poll.register(self.note, select.POLLIN)
        if self.output >= 0:
            poll.register(self.output, select.POLLIN)
        while not reins.ended and result.status == "ok":
            left = reins.check_at - time.monotonic()
            if left <= 0:
                result.status = reins.check()
                continue
            for fd, _ in poll.poll(left * 1000 + 1):
                if fd == self.note:
                    self._read_note()
                elif fd == self.output:
                    self._read_output()
                elif fd == self.input:
                    self._feed()
                else:
                    reins.hear()

    def _finish(self) -> Outcome:
        """Ends what still runs, collects its counts, drains what it left."""
        result, reins = self.result, self.reins
        reins.end()
        result.exit_code, result.cpu_s, result.max_rss_kb = reins.exit_code, reins.cpu_s, reins.max_rss_kb
        if self.note >= 0:
            self._drain(self.note, self._read_note)
        if self.output >= 0:
            self._drain(self.output, self._read_output)
        if result.status == "late":
            raise BoxError("the host was too busy to run the program before its deadline")
        if result.status == "ok" and result.cpu_s > self.job.cpu_s:
            result.status = "timeout"
        if result.status == "ok" and self.buffer:
            result.status = "protocol"
        result.output = bytes(self.out)
        result.wall_s = time.monotonic() - reins.began
        return result

    def _read_note(self) -> None:
        data = os.read(self.note, _CHUNK)
        if not data:
            self.note = self._gone(self.note)
            return
        buffer, result = self.buffer, self.result
        buffer += data
        while len(buffer) >= 4:
            end = 4 + int.from_bytes(buffer[:4], "little")
            if end - 4 > self.job.output_cap or self.size > self.job.output_cap:
                result.status = "output"
                return
            if len(buffer) < end:
                return
            result.frames.append(bytes(buffer[4:end]))
            self.size += end
            del buffer[:end]
            if len(result.frames) > self.answers + 2:
                result.status = "protocol"
                return
            self._next()
        if len(result.frames) == self.answers:  # it ends now; the rest of the pipe, if there is any, is read then
            self._forget(self.note)

    def _read_output(self) -> None:
        data = os.read(self.output, _CHUNK)
        if not data:
            self.output = self._gone(self.output)
            return
        self.out += data
        if len(self.out) > self.job.output_cap:
            del self.out[min(self.job.output_cap, KEPT_OF_FLOOD) :]
            self.result.status = "output"

    def _next(self) -> None:
        """Sends the next input, if there is one."""
        if self.input >= 0 and not self.pending:
            self.pending = memoryview(self.sends[self.sent])
            self.sent += 1
            self._feed()

    def _feed(self) -> None:
        """Writes as much of the input as fits; asks for more room if some is left. After the last there is no more."""
        try:
            self.pending = self.pending[os.write(self.input, self.pending) :]
        except BlockingIOError:
            pass
        except BrokenPipeError:
            self.sent, self.pending = len(self.sends), memoryview(b"")
        if self.pending:
            self.poll.register(self.input, select.POLLOUT)
            self.slow = True
        elif self.sent == len(self.sends):
            self.input = self._gone(self.input)
        elif self.slow:
            self._forget(self.input)
            self.slow = False

    def _drain(self, fd: int, read: Callable[[], None]) -> None:
        """The run is dead, so what it wrote is all in the pipe."""
        poll = select.poll()
        poll.register(fd, select.POLLIN)
        while fd in self.open and poll.poll(0):
            read()

    def _forget(self, fd: int) -> None:
        with contextlib.suppress(KeyError):
            self.poll.unregister(fd)

    def _gone(self, fd: int) -> int:
        self._forget(fd)
        self._close(fd)
        return -1

    def _close(self, fd: int) -> None:
        self.open.remove(fd)
        os.close(fd)
