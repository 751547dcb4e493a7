"""Names the process that owns something, so that what a killed process left behind can be told and removed."""

from __future__ import annotations

import os


def owner(pid: int | None = None) -> str:
    """A name of a process (this one by default) that no other process of this machine ever has.

    It is made of the machine's boot, the process id and the time of its birth: a number may come again, but not with
    the same birth.
    """
    number = os.getpid() if pid is None else pid
    return f"{_boot()}_{number}_{_born(number)}"


def is_dead(name: str) -> bool:
    """Whether the process of that name lived on this machine since its last boot, and has ended."""
    boot, _, rest = name.partition("_")
    pid = rest.partition("_")[0]
    return boot == _boot() and pid.isdigit() and owner(int(pid)) != name


def _boot() -> str:
    with open("/proc/sys/kernel/random/boot_id") as text:
        return text.read().strip()[:8]


def _born(pid: int) -> str:
    """In clock ticks; "" if there is no such process."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as text:
            return text.read().rpartition(b")")[2].split()[19].decode()
    except (OSError, IndexError):
        return ""
