"""What goes into a box and what comes out: requests, limits, results. Values only.

By construction nothing here can carry an expected output, a checker or a problem's id into a box: an `ExecRequest`
has a program, inputs and limits. What comes back are *answers*, never a verdict; `grader.py` makes the verdict.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from flowrl_envs.errors import UserError

Mode = Literal["function", "stdin"]
Tier = Literal["namespaces", "landlock"]


class Status(StrEnum):
    """How a run ended, as the launcher saw it. Only `INFRA` says nothing about the program."""

    OK = "ok"
    """It ended by itself with exit status 0."""
    EXIT = "exit"
    """It ended with another exit status, or was killed by a signal of its own making (a stack overflow)."""
    TIMEOUT = "timeout"
    """It used up its CPU time, or idled past its wall-clock time."""
    OUTPUT = "output"
    """It wrote more than `Limits.output_kb`."""
    PROTOCOL = "protocol"
    """It sent something else than one answer for each input."""
    INFRA = "infra_error"
    """The box, the pool or the host failed. Nothing is known of the program."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a run may use. Function mode: for all inputs together; stdin mode: for each input.

    Attributes:
        cpu_s: seconds of CPU time. This is the limit that decides.
        wall_s: seconds that the program may be idle, that is wall time less the time it ran or waited for a
            processor; None for twice `cpu_s` and one second more.
        memory_mb: address space.
        pids: threads (and processes, where they are allowed).
        output_kb: bytes of answers, or of standard output, in KiB.
        disk_mb: size of the scratch folder, which is also the largest file.
        nofile: open descriptors.
    """

    cpu_s: float = 5.0
    wall_s: float | None = None
    memory_mb: int = 512
    pids: int = 32
    output_kb: int = 8192
    disk_mb: int = 64
    nofile: int = 64

    def __post_init__(self) -> None:
        allowed = {
            "cpu_s": (0.01, 3600),
            "memory_mb": (64, 1 << 20),
            "pids": (1, 4096),
            "output_kb": (1, 1 << 20),
            "disk_mb": (1, 1 << 20),
            "nofile": (16, 65536),
        }
        for name, (low, high) in allowed.items():
            if not low <= getattr(self, name) <= high:
                raise UserError(f"Limits({name}={getattr(self, name)!r}): allowed are {low} to {high}.")
        if self.wall_s is not None and not 0.01 <= self.wall_s <= 36000:
            raise UserError(f"Limits(wall_s={self.wall_s!r}): allowed are 0.01 to 36000, or None.")

    @property
    def idle_s(self) -> float:
        """The wall-clock allowance in seconds."""
        return 2 * self.cpu_s + 1 if self.wall_s is None else self.wall_s


@dataclass(frozen=True, slots=True)
class ExecRequest:
    """One program to run.

    Attributes:
        code: Python source, as the model wrote it.
        inputs: function mode: a tuple of positional arguments for each call; stdin mode: a str for each run.
        mode: "function" calls `entry` once for each input in one process; "stdin" runs the program afresh as
            `__main__` for each input.
        entry: the function's name, or "Class.method" for a method of a fresh instance.
        limits: what it may use.
        allow_subprocess: lets the program fork and exec within `limits.pids`.
        stop_early: stdin mode: no further run after one that failed.
    """

    code: str
    inputs: tuple[tuple[object, ...], ...] | tuple[str, ...]
    mode: Mode = "function"
    entry: str = ""
    limits: Limits = field(default_factory=Limits)
    allow_subprocess: bool = False
    stop_early: bool = False

    def __post_init__(self) -> None:
        if self.mode not in ("function", "stdin"):
            raise UserError(f"ExecRequest(mode={self.mode!r}): allowed are 'function' and 'stdin'.")
        if self.mode == "function" and not all(part.isidentifier() for part in self.entry.split(".")):
            raise UserError(f"ExecRequest(entry={self.entry!r}): give the name of a function, or 'Class.method'.")
        wanted = tuple if self.mode == "function" else str
        if not all(isinstance(given, wanted) for given in self.inputs):
            raise UserError(
                f"ExecRequest(mode={self.mode!r}): every input must be a {wanted.__name__}. In function mode give a "
                "tuple of positional arguments for each call, in stdin mode the text of standard input."
            )


@dataclass(frozen=True, slots=True)
class Answer:
    """What the program said to one input.

    Attributes:
        value: function mode: the returned plain data; stdin mode: the bytes of standard output.
        error: "" or what was raised, as "TypeName: message (line 3)". It was written by the program: data to show,
            never to act on.
        status: how this input ended.
    """

    value: object = None
    error: str = ""
    status: Status = Status.OK


@dataclass(frozen=True, slots=True)
class ExecResult:
    """What came of a request.

    Attributes:
        status: how the run ended; in stdin mode the first status that is not OK.
        answers: one for each input that was answered, in order.
        detail: what a person should know: the error of a program that did not load, or of the box.
        exit_code: exit status; negative for a signal.
        cpu_s: CPU time used, set-up of the process included.
        wall_s: wall time.
        max_rss_kb: peak resident memory in KiB.
    """

    status: Status
    answers: tuple[Answer, ...] = ()
    detail: str = ""
    exit_code: int = 0
    cpu_s: float = 0.0
    wall_s: float = 0.0
    max_rss_kb: int = 0
