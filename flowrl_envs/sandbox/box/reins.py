"""The hold on one clone: it is asked for here, watched by the clock, killed when its time is up, and its end is heard.

The zygote stands between: `control` has the messages. What flows in and out of the run is the business of `launch`.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import time

from . import clock
from .control import ASK, DONE, ENDED, FAILED, RUNNING, BoxError, Job

GRACE_S = 20.0
MEMORY_LOOK_S = 0.05
"""How often the memory of a run that may start others is added up: each of its processes has a limit, not the sum."""


class Reins:
    """One clone from its request to its end.

    Attributes:
        ended: whether it has; then the counts below are the kernel's.
        exit_code: exit status, or minus a signal.
        cpu_s: CPU seconds.
        max_rss_kb: peak KiB.
        check_at: when the clock must be looked at again.
    """

    def __init__(self, control: socket.socket, job: Job) -> None:
        self.control, self.job = control, job
        self.began = time.monotonic()
        self.check_at = self.began + (MEMORY_LOOK_S if job.subprocess else job.cpu_s)
        self.ended = False
        self.exit_code = self.max_rss_kb = 0
        self.cpu_s = 0.0
        self._pidfd = self._pid = -1

    def ask_for(self, fds: tuple[int, ...]) -> None:
        """Has the zygote make the clone, with these descriptors."""
        try:
            socket.send_fds(self.control, [self.job.request()], fds)
        except OSError as problem:
            raise BoxError(f"the zygote is gone: {problem.strerror}") from None

    def hear(self) -> None:
        """One message of the zygote."""
        self.control.settimeout(GRACE_S)
        try:
            message, fds, _, _ = socket.recv_fds(self.control, 4096, 1)
        except OSError as problem:
            raise BoxError(f"the zygote does not answer: {problem}") from None
        if message == RUNNING:
            self._pidfd = fds[0]
        elif message[:1] == DONE:
            _, self.exit_code, self.cpu_s, self.max_rss_kb = ENDED.unpack(message)
            self.ended = True
        else:
            reason = message.removeprefix(FAILED).decode("utf-8", "replace")
            raise BoxError(f"the run could not be set up: {reason}" if reason else "the zygote died")

    def end(self) -> None:
        """Kills the run if it has not ended, and waits for its end."""
        self._reach()
        if not self.ended:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
        while not self.ended:
            self.hear()

    def check(self) -> str:
        """Looks at the clock: "ok", or why the run must end: "timeout", "memory", or the host's own doing, "late"."""
        self._reach()
        if self.ended:
            return "ok"
        if self._pid <= 0:
            self._pid = clock.pid_of(self._pidfd)
        job, now = self.job, time.monotonic()
        if self._pid <= 0:  # it has ended, and the zygote's word for that is on its way
            self.check_at = now + 0.1
            return "ok"
        pids = clock.family(self._pid) if job.subprocess else [self._pid]
        cpu = clock.cpu_of(pids)
        idle = now - self.began - cpu - clock.waited(self._pid)
        if cpu >= job.cpu_s or idle >= job.idle_s:
            return "timeout" if clock.stands(self._pid) else "late"
        if now - self.began > 10 * (job.idle_s + job.cpu_s) + 60:
            return "late"
        if job.subprocess and clock.memory_of(pids) > job.memory_mb << 10:
            return "memory"
        longest = MEMORY_LOOK_S if job.subprocess else job.cpu_s
        self.check_at = now + max(0.01, min(job.cpu_s - cpu, job.idle_s - idle, longest))
        return "ok"

    def close(self) -> None:
        """Lets go."""
        if self._pidfd >= 0:
            os.close(self._pidfd)
            self._pidfd = -1

    def _reach(self) -> None:
        """Gets the run's pidfd, unless it ends first."""
        if self._pidfd < 0 and not self.ended:
            try:
                self.control.send(ASK)
            except OSError as problem:
                raise BoxError(f"the zygote is gone: {problem.strerror}") from None
        while self._pidfd < 0 and not self.ended:
            self.hear()
