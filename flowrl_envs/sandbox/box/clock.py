"""How far a run is and what it has used, as the kernel counts it. Read only when its time may be up.

Idle time is wall time less the time the run computed and less the time it was ready and had no processor, so that a
loaded host is not the program's fault.
"""

from __future__ import annotations

import os
import time


def pid_of(pidfd: int) -> int:
    """The process id, in the reader's own namespace, behind a pidfd; negative once it has ended."""
    with open(f"/proc/self/fdinfo/{pidfd}") as info:
        for line in info:
            if line.startswith("Pid:"):
                return int(line.split()[1])
    return -1


def stands(pid: int) -> bool:
    """Whether the run's walls are up, that is whether its time is the program's: the filter is the last of them."""
    try:
        with open(f"/proc/{pid}/status") as status:
            return any(line.startswith("Seccomp:") and line.split()[1] == "2" for line in status)
    except OSError:
        return True


def family(pid: int) -> list[int]:
    """A process and its living descendants."""
    pids = [pid]
    for parent in pids:
        pids += _children(parent)
    return pids


def cpu_of(pids: list[int]) -> float:
    """Seconds of CPU time of processes."""
    total = 0.0
    for pid in pids:
        try:
            total += time.clock_gettime((~pid << 3) | 2)
        except OSError:
            continue
    return total


def memory_of(pids: list[int]) -> int:
    """KiB that processes hold together. What they share counts once, where the kernel tells that to this reader."""
    return sum(_field(f"/proc/{pid}/smaps_rollup", "Pss:") or _field(f"/proc/{pid}/status", "VmRSS:") for pid in pids)


def waited(pid: int) -> float:
    """Seconds that the most delayed thread was ready to run and had no processor; 0 where the kernel does not say."""
    longest = 0
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/schedstat") as counts:
                longest = max(longest, int(counts.read().split()[1]))
    except (OSError, IndexError, ValueError):
        pass
    return longest / 1e9


def _children(pid: int) -> list[int]:
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as listing:
            return [int(word) for word in listing.read().split()]
    except OSError:
        return []


def _field(path: str, name: str) -> int:
    """The number behind a name, 0 where it cannot be read."""
    try:
        with open(path) as lines:
            return next((int(line.split()[1]) for line in lines if line.startswith(name)), 0)
    except OSError:
        return 0
