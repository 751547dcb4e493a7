"""Assembles the seccomp program of a run: a small classic-BPF assembler and the rules it serves.

The program is a binary search over the allowed call numbers, so it is short to load for every run, and each call
takes a handful of instructions. Anything not allowed gets EPERM; a foreign ABI kills the process. The rules are in
`syscalls.py`; the fences (calls allowed for some arguments) are here.

Not covered: what an allowed call does with memory that it points to, which a seccomp program cannot see.
"""

from __future__ import annotations

import errno
import platform
import struct
from dataclasses import dataclass

from flowrl_envs.errors import InfrastructureError
from flowrl_envs.sandbox.syscalls import ABSENT, ALLOWED, ARCHITECTURES, FAMILY, Architecture

ALLOW = 0x7FFF0000
REFUSE = 0x00050000 | errno.EPERM
NO_SUCH_CALL = 0x00050000 | errno.ENOSYS
KILL = 0x80000000

_NR, _ARCH, _ARGS = 0, 4, 16
_LOAD, _RETURN = 0x20, 0x06
_JUMP, _EQUAL, _AT_LEAST, _AND, _ANY_BIT = 0x05, 0x15, 0x35, 0x54, 0x45

ANY_PID = 0x7F4A3B2C
"""Stands for the run's own process id in a program, until the run itself puts the number in its place."""

CLONE_THREAD = 0x00010000
CLONE_NEW = 0x7E020080
"""Every CLONE_NEW* bit: time, mount, cgroup, uts, ipc, user, pid and net namespaces."""

FENCES: dict[str, dict[int, tuple[int, ...]]] = {
    "fcntl": {1: (0, 1, 2, 3, 4, 5, 6, 7, 36, 37, 38, 1030, 1032)},  # descriptors and locks
    "ioctl": {1: (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)},  # what isatty and asyncio ask
    "prctl": {0: (15, 16, 0x53564D41)},  # names of threads and of memory
    "socketpair": {0: (1,), 1: (0x1, 0x801, 0x80001, 0x80801)},  # unix streams: a datagram could name an address
}
"""Call -> argument -> its allowed values."""


@dataclass(frozen=True, slots=True)
class _Op:
    code: int
    value: int = 0
    true: str = ""
    false: str = ""
    label: str = ""


def program(
    architecture: Architecture | None = None, subprocess: bool = False, own_pid_only: int | None = None
) -> bytes:
    """The program for one kind of run.

    Args:
        architecture: the ABI, this machine's by default.
        subprocess: also allow fork and exec, without any new namespace.
        own_pid_only: if given, signals may be sent to this process id alone (for boxes without a pid namespace).

    Raises:
        InfrastructureError: no table for this machine.
    """
    abi = architecture or this_architecture()
    rules = {abi.numbers[name]: "allow" for name in ALLOWED.split() if name in abi.numbers}
    if subprocess:
        rules |= {abi.numbers[name]: "allow" for name in FAMILY.split() if name in abi.numbers}
    rules |= {abi.numbers[name]: name for name in (*FENCES, "clone")}
    rules |= {abi.numbers[name]: "absent" for name in ABSENT.split()}
    if own_pid_only is not None:
        rules |= {abi.numbers[name]: "self" for name in ("kill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo")}
        rules |= {abi.numbers["tkill"]: "refuse"}
    ops = [
        _Op(_LOAD, _ARCH),
        _Op(_EQUAL, abi.audit, "ours", "kill"),
        _Op(_LOAD, _NR, label="ours"),
        *_search(_ranges(rules), "root"),
        *_fence_clone(subprocess),
    ]
    for name, arguments in FENCES.items():
        ops += _fence(name, arguments)
    if own_pid_only is not None:
        ops += _fence("self", {0: (own_pid_only,)})
    ops += [
        _Op(_RETURN, REFUSE, label="refuse"),
        _Op(_RETURN, NO_SUCH_CALL, label="absent"),
        _Op(_RETURN, KILL, label="kill"),
        _Op(_RETURN, ALLOW, label="allow"),
    ]
    return _assemble(ops)


def this_architecture() -> Architecture:
    """The ABI of this machine.

    Raises:
        InfrastructureError: it has no table.
    """
    machine = platform.machine()
    if machine not in ARCHITECTURES:
        raise InfrastructureError(
            f"The sandbox has system call tables for {', '.join(ARCHITECTURES)}, and this machine is {machine!r}. "
            "Add its table to flowrl_envs/sandbox/syscalls.py."
        )
    return ARCHITECTURES[machine]


def _ranges(rules: dict[int, str]) -> list[tuple[int, str]]:
    """(first number, rule) of each run of numbers with one rule; numbers beyond the last are refused."""
    starts: list[tuple[int, str]] = [(0, rules.get(0, "refuse"))]
    for number in range(1, max(rules) + 2):
        rule = rules.get(number, "refuse")
        if rule != starts[-1][1]:
            starts.append((number, rule))
    return starts


def _search(starts: list[tuple[int, str]], label: str) -> list[_Op]:
    """A binary search for the range that holds the loaded number. A half of one range is its rule's own label."""
    middle = len(starts) // 2
    halves = starts[:middle], starts[middle:]
    low, high = (half[0][1] if len(half) == 1 else f"{label}{side}" for side, half in enumerate(halves))
    ops = [_Op(_AT_LEAST, starts[middle][0], high, low, label)]
    for side, half in enumerate(halves):
        ops += _search(half, f"{label}{side}") if len(half) > 1 else []
    return ops


def _fence_clone(subprocess: bool) -> list[_Op]:
    """Threads, and plain processes where they are allowed; never a namespace."""
    return [
        _Op(_LOAD, _ARGS, label="clone"),
        _Op(_ANY_BIT, CLONE_NEW, "refuse", "allow" if subprocess else "thread"),
        _Op(_ANY_BIT, CLONE_THREAD, "allow", "refuse", "thread"),
    ]


def _fence(name: str, arguments: dict[int, tuple[int, ...]]) -> list[_Op]:
    """Allows the call if the low half of each argument (an int in C) is one of its values."""
    ops: list[_Op] = []
    for turn, (argument, values) in enumerate(arguments.items()):
        passed = "allow" if turn == len(arguments) - 1 else f"{name}/{turn + 1}"
        ops.append(_Op(_LOAD, _ARGS + 8 * argument, label=f"{name}/{turn}" if turn else name))
        for place, value in enumerate(values):
            missed = "refuse" if place == len(values) - 1 else f"{name}/{turn}/{place + 1}"
            ops.append(_Op(_EQUAL, value, passed, missed, f"{name}/{turn}/{place}"))
    return ops


def _assemble(ops: list[_Op]) -> bytes:
    """Resolves labels. A conditional jump that does not fit in 8 bits goes over two long jumps placed behind it."""
    wide: set[int] = set()
    while True:
        starts = [0]
        for place in range(len(ops)):
            starts.append(starts[-1] + (3 if place in wide else 1))
        where = {op.label: starts[place] for place, op in enumerate(ops) if op.label}
        far = {
            place
            for place, op in enumerate(ops)
            if op.false and max(where[op.true], where[op.false]) - starts[place] - 1 > 255
        }
        if far <= wide:
            return b"".join(_emit(op, starts[place], where, place in wide) for place, op in enumerate(ops))
        wide |= far


def _emit(op: _Op, at: int, where: dict[str, int], wide: bool) -> bytes:
    def one(code: int, true: int, false: int, value: int) -> bytes:
        return struct.pack("<HBBI", code, true, false, value)

    if not op.true:
        return one(op.code, 0, 0, op.value)
    if not op.false:
        return one(op.code, 0, 0, where[op.true] - at - 1)
    if not wide:
        return one(op.code, where[op.true] - at - 1, where[op.false] - at - 1, op.value)
    over = one(_JUMP, 0, 0, where[op.true] - at - 2) + one(_JUMP, 0, 0, where[op.false] - at - 3)
    return one(op.code, 0, 1, op.value) + over
