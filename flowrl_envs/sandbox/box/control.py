"""What the launcher and the zygote say to each other, over one socket that keeps messages apart.

A request is the limits of a run with its descriptors; nothing of a program, an input or an answer passes here. The
zygote answers with the run's end, or with why there was none; in between it hands out a pidfd to whoever must look at
the clock or kill.

    launcher                              zygote
    REQUEST + descriptors     ->          one clone
    ASK (only when needed)    ->
                              <-          RUNNING + pidfd (nothing if the run has ended: ENDED is on its way)
                              <-          ENDED, or FAILED and why
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

REQUEST = struct.Struct("<??dIIII")
"""Function mode, subprocesses allowed, CPU seconds, memory MiB, disk MiB, descriptors, processes."""
ENDED = struct.Struct("<cidq")
"""`DONE`, exit status or minus a signal, CPU seconds, peak KiB."""
DONE, RUNNING, FAILED, ASK = b"e", b"r", b"!", b"?"
FUNCTION_FDS = 2
"""Function mode: where inputs come from, where answers go."""
SCRIPT_FDS = 4
"""stdin mode: the program, where answers go, standard input, standard output."""


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

    def request(self) -> bytes:
        """The message that asks for this run."""
        return REQUEST.pack(
            self.mode == "function",
            self.subprocess,
            self.cpu_s,
            self.memory_mb,
            self.disk_mb,
            self.nofile,
            self.pids,
        )
