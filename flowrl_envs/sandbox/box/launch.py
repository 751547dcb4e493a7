"""Drives one zygote: hands it the descriptors of a run, streams inputs, reads answers, owns the clock and the kill.

Used by the host for a local box and by `relay` inside a container. It moves bytes and never looks into an answer.

CPU time decides. A run that idles is charged its wall time less the time it waited for a processor, so a loaded host
is not the program's fault; a run that neither idles nor computes for very long is the host's failure.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import select
import signal
import socket
import struct
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

ENDED = struct.Struct("<iddq")
GRACE_S = 20.0
NOTE_CAP = 65536
_SEALS = 1 | 2 | 4 | 8  # seal, shrink, grow, write
_F_ADD_SEALS = 1033
_CHUNK = 1 << 18
KEPT_OF_FLOOD = 1 << 16
"""Bytes of an output that was too long which are kept, for a person to see what it was."""


class BoxError(RuntimeError):
    """The box failed: nothing is known of the program, and the zygote must be replaced."""


@dataclass(slots=True)
class Job:
    """What the zygote and the clock need to know of one run."""

    mode: str
    cpu_s: float
    idle_s: float
    memory_mb: int
    pids: int
    output_cap: int
    disk_mb: int
    nofile: int
    subprocess: bool = False
    scratch: str = ""

    def header(self) -> bytes:
        """The control message."""
        names = ("mode", "cpu_s", "memory_mb", "pids", "disk_mb", "nofile", "subprocess", "scratch")
        return json.dumps({name: getattr(self, name) for name in names}).encode()


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


def sealed(data: bytes) -> int:
    """A descriptor whose content nobody can change, not even the program that reads it."""
    fd = os.memfd_create("box", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(fd, view) :]
        os.lseek(fd, 0, os.SEEK_SET)
        fcntl.fcntl(fd, _F_ADD_SEALS, _SEALS)
    except BaseException:
        os.close(fd)
        raise
    return fd


def drive(control: socket.socket, job: Job, code_fd: int, inputs: Sequence[bytes], stdin_fd: int = -1) -> Outcome:
    """Runs one clone to its end.

    Args:
        control: the zygote's socket.
        job: mode and limits.
        code_fd: the encoded program, sealed.
        inputs: function mode: one frame for each call, sent only after the call before it was answered.
        stdin_fd: stdin mode: what the program reads.

    Raises:
        BoxError: the box failed.
        OSError: this side ran out of descriptors or memory.
    """
    run = _Run(control, job, inputs)
    try:
        run.start(code_fd, stdin_fd)
        run.pump()
        return run.finish()
    finally:
        run.close()


class _Run:
    def __init__(self, control: socket.socket, job: Job, inputs: Sequence[bytes]) -> None:
        self.control, self.job, self.inputs = control, job, inputs
        self.began = time.monotonic()
        self.open: list[int] = []
        self.input = self.output = self.note = self.pidfd = -1
        self.buffer = bytearray()
        self.out = bytearray()
        self.result = Outcome()
        self.ready = False
        self.sent = 0
        self.pending = memoryview(b"")
        self.size = 0
        self.ended = False
        self.check_at = self.began + job.cpu_s
        self.pid = 0

    def start(self, code_fd: int, stdin_fd: int) -> None:
        """Hands the descriptors over and keeps the near ends."""
        note, far_note = self._pipe()
        if self.job.mode == "function":
            far, near = self._pipe()
            os.set_blocking(near, False)
            self.input, fds = near, [code_fd, far, far_note]
        else:
            near, far = self._pipe()
            self.output, fds = near, [code_fd, stdin_fd, far, far_note]
        self.note = note
        try:
            socket.send_fds(self.control, [self.job.header()], fds)
        except OSError as problem:
            raise BoxError(f"the zygote is gone: {problem.strerror}") from None
        for fd in (far, far_note):
            self._close(fd)

    def pump(self) -> None:
        """Moves bytes until the run has ended or must be killed."""
        poll = select.poll()
        poll.register(self.control, select.POLLIN)
        poll.register(self.note, select.POLLIN)
        if self.output >= 0:
            poll.register(self.output, select.POLLIN)
        while not self.ended and self.result.status == "ok":
            left = self.check_at - time.monotonic()
            if left <= 0:
                self._check_clock()
                continue
            for fd, _ in poll.poll(left * 1000 + 1):
                if fd == self.note:
                    self._read_note(poll)
                elif fd == self.output:
                    self._read_output(poll)
                elif fd == self.input:
                    self._feed(poll)
                else:
                    self._control()

    def finish(self) -> Outcome:
        """Kills what still runs, collects its end, drains what it left."""
        result = self.result
        if not self.ended:
            self._kill()
        while not self.ended:
            self._control(GRACE_S)
        if self.note >= 0:
            self._drain(self.note, self._read_note)
        if self.output >= 0:
            self._drain(self.output, self._read_output)
        if not self.ready and result.status != "late":
            raise BoxError("the run could not be set up: " + self.buffer[:300].decode("utf-8", "replace"))
        if result.status == "late":
            raise BoxError("the host was too busy to run the program before its deadline")
        if result.status == "ok" and result.cpu_s > self.job.cpu_s:
            result.status = "timeout"
        if result.status == "ok" and self.buffer:
            result.status = "protocol"
        result.output = bytes(self.out)
        result.wall_s = time.monotonic() - self.began
        return result

    def close(self) -> None:
        """Closes every descriptor of the run."""
        for fd in list(self.open):
            self._close(fd)

    def _pipe(self) -> tuple[int, int]:
        ends = os.pipe()
        self.open += ends
        return ends

    def _close(self, fd: int) -> None:
        self.open.remove(fd)
        os.close(fd)

    def _control(self, timeout: float = GRACE_S) -> None:
        """One message of the zygote: the run's pidfd at its start, the kernel's count at its end."""
        self.control.settimeout(timeout)
        try:
            message, fds, _, _ = socket.recv_fds(self.control, 4096, 1)
        except OSError as problem:
            raise BoxError(f"the zygote does not answer: {problem}") from None
        self.open += fds
        if fds:
            self.pidfd = fds[0]
            return
        if len(message) != ENDED.size:
            raise BoxError(message.decode("utf-8", "replace") or "the zygote died")
        result = self.result
        result.exit_code, user, system, result.max_rss_kb = ENDED.unpack(message)
        result.cpu_s = user + system
        self.ended = True

    def _kill(self) -> None:
        while self.pidfd < 0 and not self.ended:
            self._control()
        if not self.ended:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)

    def _drain(self, fd: int, read: Callable[[select.poll], None]) -> None:
        """The run is dead, so what it wrote is all in the pipe."""
        poll = select.poll()
        poll.register(fd, select.POLLIN)
        while fd in self.open and poll.poll(0):
            read(poll)

    def _read_note(self, poll: select.poll) -> None:
        data = os.read(self.note, _CHUNK)
        if not data:
            self._gone(poll, self.note)
            self.note = -1
            return
        self.buffer += data
        if not self.ready:
            if self.buffer[:1] != b"R":
                return
            self.ready = True
            del self.buffer[:1]
            self._next_input(poll)
        while len(self.buffer) >= 4:
            end = 4 + int.from_bytes(self.buffer[:4], "little")
            if end - 4 > self.job.output_cap or self.size > self.job.output_cap:
                self.result.status = "output"
                return
            if len(self.buffer) < end:
                return
            self.result.frames.append(bytes(self.buffer[4:end]))
            self.size += end
            del self.buffer[:end]
            if len(self.result.frames) > len(self.inputs) + 2:
                self.result.status = "protocol"
                return
            self._next_input(poll)

    def _read_output(self, poll: select.poll) -> None:
        data = os.read(self.output, _CHUNK)
        if not data:
            self._gone(poll, self.output)
            self.output = -1
            return
        self.out += data
        if len(self.out) > self.job.output_cap:
            del self.out[min(self.job.output_cap, KEPT_OF_FLOOD) :]
            self.result.status = "output"

    def _next_input(self, poll: select.poll) -> None:
        if self.input < 0 or self.pending:
            return
        if self.sent == len(self.inputs):
            self._close_input(poll)
            return
        self.pending = memoryview(self.inputs[self.sent])
        self.sent += 1
        self._feed(poll)

    def _feed(self, poll: select.poll) -> None:
        """Writes as much of the input as fits; asks for more room if some is left."""
        try:
            self.pending = self.pending[os.write(self.input, self.pending) :]
        except BlockingIOError:
            pass
        except BrokenPipeError:
            self._close_input(poll)
            return
        if self.pending:
            poll.register(self.input, select.POLLOUT)
        else:
            self._forget(poll, self.input)

    def _close_input(self, poll: select.poll) -> None:
        self._gone(poll, self.input)
        self.input = -1
        self.pending = memoryview(b"")

    def _gone(self, poll: select.poll, fd: int) -> None:
        self._forget(poll, fd)
        self._close(fd)

    def _forget(self, poll: select.poll, fd: int) -> None:
        with contextlib.suppress(KeyError):
            poll.unregister(fd)

    def _check_clock(self) -> None:
        """Decides whether the time is up, or when to look again."""
        if self.pidfd < 0:
            self._control()
            if self.ended:
                return
        if not self.pid:
            self.pid = _pid_of(self.pidfd)
        job, now = self.job, time.monotonic()
        if self.pid <= 0:  # it has ended, and the zygote's word for that is on its way
            self.pid, self.check_at = 0, now + 0.1
            return
        cpu = _cpu_of(self.pid, job.subprocess)
        idle = now - self.began - cpu - _waited(self.pid)
        if cpu >= job.cpu_s or idle >= job.idle_s:
            self.result.status = "timeout"
        elif now - self.began > 10 * (job.idle_s + job.cpu_s) + 60:
            self.result.status = "late"
        else:
            self.check_at = now + max(0.01, min(job.cpu_s - cpu, job.idle_s - idle))


def _pid_of(pidfd: int) -> int:
    """The process id, in the reader's own namespace, behind a pidfd."""
    with open(f"/proc/self/fdinfo/{pidfd}") as info:
        for line in info:
            if line.startswith("Pid:"):
                return int(line.split()[1])
    return -1


def _cpu_of(pid: int, family: bool) -> float:
    """Seconds of CPU time of a process, with those of its living descendants where it may have any."""
    pids = [pid]
    if family:
        for parent in pids:
            pids += _children(parent)
    total = 0.0
    for one in pids:
        try:
            total += time.clock_gettime((~one << 3) | 2)
        except OSError:
            continue
    return total


def _children(pid: int) -> list[int]:
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as listing:
            return [int(word) for word in listing.read().split()]
    except OSError:
        return []


def _waited(pid: int) -> float:
    """Seconds that the most delayed thread was ready to run and had no processor; 0 where the kernel does not say."""
    longest = 0
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/schedstat") as counts:
                longest = max(longest, int(counts.read().split()[1]))
    except (OSError, IndexError, ValueError):
        pass
    return longest / 1e9
