"""Drives one zygote: hands it the descriptors of a run, streams inputs, reads answers, owns the clock and the kill.

Used by the host for a local box and by `relay` inside a container. It moves bytes and never looks into an answer.

CPU time decides. A run that idles is charged its wall time less the time it waited for a processor (`clock`), so a
loaded host is not the program's fault; a run that neither idles nor computes for very long is the host's failure.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from . import clock
from .control import ASK, DONE, ENDED, FAILED, RUNNING, BoxError, Job

GRACE_S = 20.0
MEMORY_LOOK_S = 0.05
"""How often the memory of a run that may start others is added up: each of its processes has a limit, not the sum."""
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
    """One clone from its request to its end. Where it is: `note` and `output` are -1 when they have said all."""

    def __init__(self, control: socket.socket, job: Job, sends: list[bytes], answers: int) -> None:
        self.control, self.job, self.sends, self.answers = control, job, sends, answers
        self.began = time.monotonic()
        self.check_at = self.began + (MEMORY_LOOK_S if job.subprocess else job.cpu_s)
        self.open: list[int] = []
        self.input = self.output = self.note = self.pidfd = self.pid = -1
        self.pending = memoryview(b"")
        self.sent = self.size = 0
        self.buffer = bytearray()
        self.out = bytearray()
        self.result = Outcome()
        self.ended = self.slow = False
        self.poll = select.poll()

    def __enter__(self) -> _Run:
        return self

    def __exit__(self, *_: object) -> None:
        for fd in self.open:
            os.close(fd)

    def pipe(self) -> tuple[int, int]:
        """A pipe that is closed with the run."""
        ends = os.pipe()
        self.open += ends
        return ends

    def drive(self, far: tuple[int, ...], fds: tuple[int, ...]) -> Outcome:
        """Runs it. `far` are the ends to close once they are handed over, `fds` what is handed over if it is more."""
        try:
            socket.send_fds(self.control, [self.job.request()], fds or far)
        except OSError as problem:
            raise BoxError(f"the zygote is gone: {problem.strerror}") from None
        for fd in far:
            self._close(fd)
        if self.sends:
            self._next()
        self._pump()
        return self._finish()

    def _pump(self) -> None:
        """Moves bytes until the run has ended or must be killed."""
        poll, result = self.poll, self.result
        poll.register(self.control, select.POLLIN)
        poll.register(self.note, select.POLLIN)
        if self.output >= 0:
            poll.register(self.output, select.POLLIN)
        while not self.ended and result.status == "ok":
            left = self.check_at - time.monotonic()
            if left <= 0:
                self._check_clock()
                continue
            for fd, _ in poll.poll(left * 1000 + 1):
                if fd == self.note:
                    self._read_note()
                elif fd == self.output:
                    self._read_output()
                elif fd == self.input:
                    self._feed()
                else:
                    self._control()

    def _finish(self) -> Outcome:
        """Kills what still runs, collects its end, drains what it left."""
        result = self.result
        if not self.ended:
            self._kill()
        while not self.ended:
            self._control()
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
        result.wall_s = time.monotonic() - self.began
        return result

    def _control(self) -> None:
        """One message of the zygote."""
        self.control.settimeout(GRACE_S)
        try:
            message, fds, _, _ = socket.recv_fds(self.control, 4096, 1)
        except OSError as problem:
            raise BoxError(f"the zygote does not answer: {problem}") from None
        self.open += fds
        if message == RUNNING:
            self.pidfd = fds[0]
        elif message[:1] == DONE:
            result = self.result
            _, result.exit_code, result.cpu_s, result.max_rss_kb = ENDED.unpack(message)
            self.ended = True
        else:
            reason = message.removeprefix(FAILED).decode("utf-8", "replace")
            raise BoxError(f"the run could not be set up: {reason}" if reason else "the zygote died")

    def _ask(self) -> None:
        """Gets the run's pidfd, unless it ends first."""
        if self.pidfd < 0 and not self.ended:
            try:
                self.control.send(ASK)
            except OSError as problem:
                raise BoxError(f"the zygote is gone: {problem.strerror}") from None
        while self.pidfd < 0 and not self.ended:
            self._control()

    def _kill(self) -> None:
        self._ask()
        if not self.ended:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)

    def _check_clock(self) -> None:
        """Decides whether the time is up, or when to look again."""
        self._ask()
        if self.ended:
            return
        if self.pid <= 0:
            self.pid = clock.pid_of(self.pidfd)
        job, now = self.job, time.monotonic()
        if self.pid <= 0:  # it has ended, and the zygote's word for that is on its way
            self.check_at = now + 0.1
            return
        pids = clock.family(self.pid) if job.subprocess else [self.pid]
        cpu = clock.cpu_of(pids)
        idle = now - self.began - cpu - clock.waited(self.pid)
        if cpu >= job.cpu_s or idle >= job.idle_s:
            self.result.status = "timeout" if clock.stands(self.pid) else "late"
        elif now - self.began > 10 * (job.idle_s + job.cpu_s) + 60:
            self.result.status = "late"
        elif job.subprocess and clock.memory_of(pids) > job.memory_mb << 10:
            self.result.status = "memory"
        else:
            longest = MEMORY_LOOK_S if job.subprocess else job.cpu_s
            self.check_at = now + max(0.01, min(job.cpu_s - cpu, job.idle_s - idle, longest))

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
