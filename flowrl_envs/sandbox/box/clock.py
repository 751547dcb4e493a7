"""How far a run is and what time it has used, as the kernel counts it. Read only when its time may be up.

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


def cpu_of(pid: int, family: bool) -> float:
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
