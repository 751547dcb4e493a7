"""What a clone puts between itself and the host before the program's first line. Made ready first, then built.

Namespaces come with the clone; here are its mounts, limits, privileges and system call filter. Everything that needs no
clone is done in the zygote, once: C values, buffers, names. A clone pays for each object that it touches with a copy of
the page that holds it, so `build` is one function whose names are all at hand, without a look into a module or a class.
"""

from __future__ import annotations

import ctypes
import os
import signal
import struct
from collections.abc import Callable, Sequence
from os import O_WRONLY, chdir, close, write
from os import open as open_fd
from resource import (
    RLIMIT_AS,
    RLIMIT_CORE,
    RLIMIT_CPU,
    RLIMIT_FSIZE,
    RLIMIT_MEMLOCK,
    RLIMIT_MSGQUEUE,
    RLIMIT_NOFILE,
    RLIMIT_NPROC,
    RLIMIT_STACK,
    getrlimit,
    setrlimit,
)

from . import landlock

NEW_NAMESPACES = 0x10000000 | 0x20000000 | 0x00020000 | 0x08000000  # user, pid, mount, ipc
SYS_CAPSET = {"x86_64": 126, "aarch64": 91}
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 1, 4, 22, 36, 38
NOSUID_NODEV, NOEXEC, BIND = 2 | 4, 8, 4096
ANY_PID = b"\x2c\x3b\x4a\x7f"
EMPTY = "/none"
STACK = 96 << 20

libc = ctypes.PyDLL(None, use_errno=True)
prctl, mount, syscall = libc.prctl, libc.mount, libc.syscall

Build = Callable[[bool, float, int, int, int, int], None]
"""Called in the clone with: subprocesses allowed, CPU seconds, memory MiB, disk MiB, descriptors, processes."""


def prepare_user() -> None:
    """What the zygote itself takes on, for all runs: not to be looked into, no new rights, and fixed limits."""
    check(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
    check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    for kind in (RLIMIT_CORE, RLIMIT_MEMLOCK, RLIMIT_MSGQUEUE):
        setrlimit(kind, (0, 0))
    hard = getrlimit(RLIMIT_STACK)[1]
    setrlimit(RLIMIT_STACK, (STACK if hard < 0 else min(STACK, hard), hard))


def namespaces(scratch: str, filters: Sequence[bytes]) -> Build:
    """Makes ready the walls of a clone that has namespaces of its own.

    Args:
        scratch: where its file system goes.
        filters: seccomp programs, without and with subprocesses.
    """
    map_user = _user_map()
    place, box, tmpfs = scratch.encode(), b"box", b"tmpfs"
    flags = ctypes.c_ulong(NOSUID_NODEV | NOEXEC), ctypes.c_ulong(NOSUID_NODEV)
    covers = [_cover(path.encode()) for path in _to_cover(scratch)]
    lock = _locks(filters)

    def build(subprocess: bool, cpu_s: float, memory_mb: int, disk_mb: int, nofile: int, pids: int) -> None:
        map_user()
        size = b"size=%dm,nr_inodes=%d,mode=1777" % (disk_mb, 64 * disk_mb + 256)
        check(mount(box, place, tmpfs, flags[subprocess], size), "mount a file system")
        for arguments in covers:
            check(mount(*arguments), "cover a folder")
        chdir(scratch)
        limit(cpu_s, memory_mb, disk_mb, nofile, pids)
        if subprocess:  # so that whoever drives the run may add up what its processes share
            check(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0))
        lock(subprocess)

    return build


def rules(scratch: str, filters: Sequence[bytes], ruleset: int) -> Build:
    """Makes ready the walls of a clone that has none but Landlock's and the filter's.

    Args:
        scratch: its working folder.
        filters: seccomp programs, without and with subprocesses.
        ruleset: the descriptor of Landlock's rules.
    """
    lock = _locks(filters)
    check(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0))

    def build(subprocess: bool, cpu_s: float, memory_mb: int, disk_mb: int, nofile: int, pids: int) -> None:
        check(prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0))
        chdir(scratch)
        limit(cpu_s, memory_mb, disk_mb, nofile, pids)
        if subprocess:  # so that whoever drives the run may add up what its processes share
            check(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0))
        landlock.restrict(ruleset)
        lock(subprocess)

    return build


def limit(cpu_s: float, memory_mb: int, disk_mb: int, nofile: int, pids: int) -> None:
    """The limits that differ from run to run."""
    memory, disk, cpu = memory_mb << 20, disk_mb << 20, int(cpu_s) + 2
    setrlimit(RLIMIT_AS, (memory, memory))
    setrlimit(RLIMIT_CPU, (cpu, cpu))
    setrlimit(RLIMIT_FSIZE, (disk, disk))
    setrlimit(RLIMIT_NOFILE, (nofile, nofile))
    setrlimit(RLIMIT_NPROC, (pids, pids))


def check(result: int, what: str = "set up") -> None:
    """Raises OSError for what the kernel refused."""
    if result < 0:
        raise OSError(ctypes.get_errno(), f"cannot {what}: {os.strerror(ctypes.get_errno())}")


def _user_map() -> Callable[[], None]:
    """The user and the group keep their numbers. Only a dumpable process owns its files in /proc."""
    user, group = (b"%d %d 1" % (number, number) for number in (os.getuid(), os.getgid()))
    texts = (("/proc/self/setgroups", b"deny"), ("/proc/self/uid_map", user), ("/proc/self/gid_map", group))

    def map_user() -> None:
        prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)
        for path, text in texts:
            fd = open_fd(path, O_WRONLY)
            write(fd, text)
            close(fd)
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)

    return map_user


def _locks(filters: Sequence[bytes]) -> Callable[[bool], None]:
    """Drops every capability and loads one of the filters."""
    number = SYS_CAPSET[os.uname().machine]
    header, none = struct.pack("<II", 0x20080522, 0), b"\0" * 24
    buffers = [ctypes.create_string_buffer(code, len(code)) for code in filters]
    programs = [
        ctypes.create_string_buffer(struct.pack("@HP", len(buffer) // 8, ctypes.addressof(buffer)))
        for buffer in buffers
    ]
    own_pid = [[at for at in range(0, len(code), 4) if code[at : at + 4] == ANY_PID] for code in filters]

    def lock(subprocess: bool) -> None:
        check(syscall(number, header, none), "drop capabilities")
        for at in own_pid[subprocess]:
            ctypes.memmove(ctypes.addressof(buffers[subprocess]) + at, struct.pack("<I", os.getpid()), 4)
        check(prctl(PR_SET_SECCOMP, 2, programs[subprocess], 0, 0), "load the filter")

    return lock


def _cover(path: bytes) -> tuple[object, ...]:
    """The mount that hides a folder: the box's empty read-only one, or where it has none an empty file system."""
    if os.path.isdir(EMPTY):
        return EMPTY.encode(), path, None, ctypes.c_ulong(BIND), None
    return b"box", path, b"tmpfs", ctypes.c_ulong(15), b"size=4k,nr_inodes=2,mode=555"


def _to_cover(scratch: str) -> list[str]:
    """Mounts that no run may see: /proc, /sys, and whatever is writable and so could carry something between runs."""
    found = ["/proc"]
    with open("/proc/self/mountinfo") as mounts:
        for line in mounts:
            path = line.split()[4]
            inside = path.startswith(("/proc/", "/sys/", scratch + "/"))
            if not inside and (path == "/sys" or (os.path.isdir(path) and os.access(path, os.W_OK))):
                found += [path] if path not in (scratch, "/", "/proc") else []
    return found
