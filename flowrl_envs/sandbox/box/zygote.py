"""The process inside the box from which every run is cloned.

It has the usual modules imported and nothing else to its name: no environment, no network, no secret, and no byte of
any program, input or answer, for a clone inherits its memory. It reads small control messages from one socket, makes
one clone for each, and reports how the clone ended. The data of a run flows past it, over descriptors that arrive with
the message (see `launch`, the other end).

Messages: `{"mode", "fds", limits...}` with the descriptors -> "started" with a pidfd -> status and resource use.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import resource
import select
import signal
import socket
import struct
import sys
from typing import Any, NoReturn

from . import landlock, runner

ENDED = struct.Struct("<iddq")

NEW_NAMESPACES = 0x10000000 | 0x20000000 | 0x00020000 | 0x08000000  # user, pid, mount, ipc
CLONE_PIDFD = 0x00001000
SYS_CLONE = {"x86_64": 56, "aarch64": 220}
SYS_CAPSET = {"x86_64": 126, "aarch64": 91}
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 1, 4, 22, 38
NOSUID_NODEV_NOEXEC = 2 | 4 | 8
ANY_PID = b"\x2c\x3b\x4a\x7f"
SCRATCH = "/tmp"  # noqa: S108 - the box's own tmpfs
DEVNULL, IN, OUT, NOTE, CODE, RULES = 200, 201, 202, 203, 204, 205

libc = ctypes.PyDLL(None, use_errno=True)


def main(options: dict[str, Any]) -> NoReturn:
    """Serves runs until the host closes the socket.

    Args:
        options: `fd` of the socket, `tier`, `uid` to become (or None), `filters` (two seccomp programs as hex: without
            and with subprocesses), `extra` modules to import, `site` to find them in, and for the Landlock tier
            `scratch`, and `readable` and `writable` paths.
    """
    ruleset = landlock.ruleset(options["readable"], options["writable"]) if options["tier"] == "landlock" else None
    if options["uid"] is not None:
        os.setgroups([])
        os.setresgid(options["uid"], options["uid"], options["uid"])
        os.setresuid(options["uid"], options["uid"], options["uid"])
    libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    sys.path[:] = [*(path for path in sys.path if path), options["site"]]
    runner.warm(options.get("scratch") or SCRATCH)
    for name in options["extra"]:
        __import__(name)
    zygote = Zygote(options, ruleset)
    gc.collect()
    gc.freeze()
    zygote.serve()


class Zygote:
    """See the module's docstring."""

    def __init__(self, options: dict[str, Any], ruleset: int | None) -> None:
        self.control = socket.socket(fileno=options["fd"])
        self.namespaces = options["tier"] == "namespaces"
        self.filters = [_Filter(bytes.fromhex(code)) for code in options["filters"]]
        self.ruleset = ruleset
        self.null = os.open("/dev/null", os.O_RDWR)
        self.uid, self.gid = os.getuid(), os.getgid()
        self.covered = [path.encode() for path in _to_cover()] if self.namespaces else []
        os.dup2(self.null, 0)
        os.dup2(self.null, 1)
        self.control.send(b"ready")
        os.dup2(self.null, 2)

    def serve(self) -> NoReturn:
        """One run at a time, for ever."""
        while True:
            message, fds, _, _ = socket.recv_fds(self.control, 65536, 8)
            if not message:
                os._exit(0)
            request = json.loads(message)
            pid, pidfd = self._clone()
            if pid == 0:
                self._become(request, fds)
            for fd in fds:
                os.close(fd)
            socket.send_fds(self.control, [b"started"], [pidfd])
            self._wait(pid, pidfd)

    def _clone(self) -> tuple[int, int]:
        """One raw clone with every namespace, with the interpreter's own fork handlers around it."""
        pidfd = ctypes.c_int(-1)
        flags = signal.SIGCHLD | CLONE_PIDFD | (NEW_NAMESPACES if self.namespaces else 0)
        number = SYS_CLONE[os.uname().machine]
        ctypes.pythonapi.PyOS_BeforeFork()
        pid = libc.syscall(number, ctypes.c_ulong(flags), None, ctypes.byref(pidfd), None, None)
        if pid == 0:
            ctypes.pythonapi.PyOS_AfterFork_Child()
            return 0, -1
        ctypes.pythonapi.PyOS_AfterFork_Parent()
        if pid < 0:
            error = os.strerror(ctypes.get_errno())
            self.control.send(b"clone with new namespaces failed: " + error.encode())
            os._exit(1)
        return pid, pidfd.value

    def _wait(self, pid: int, pidfd: int) -> None:
        """Reports the end of the run; ends with everything in the box when the host goes away first."""
        poll = select.poll()
        poll.register(pidfd, select.POLLIN)
        poll.register(self.control, 0)
        while not any(fd == pidfd for fd, _ in poll.poll()):
            os._exit(0)
        _, status, usage = os.wait4(pid, 0)
        os.close(pidfd)
        code = os.waitstatus_to_exitcode(status)
        self.control.send(ENDED.pack(code, usage.ru_utime, usage.ru_stime, usage.ru_maxrss))

    def _become(self, request: dict[str, Any], fds: list[int]) -> NoReturn:
        """In the clone: walls first, then the program. Never returns."""
        note = fds[-1]
        stage = "descriptors"
        try:
            fds = self._place(fds, request["mode"])
            note = NOTE
            stage = "namespaces"
            if self.namespaces:
                self._mount(request["disk_mb"], request["subprocess"])
                scratch = SCRATCH
            else:
                _check(libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0))
                scratch = request["scratch"]
            stage = f"working folder {scratch}"
            os.chdir(scratch)
            stage = "limits"
            _limit(request)
            stage = "privileges"
            self._drop(request["subprocess"])
            os.write(NOTE, b"R")
        except BaseException as problem:
            os.write(note, f"E{stage}: {problem}".encode())
            os._exit(97)
        runner.run(request["mode"], IN, OUT, NOTE, CODE)

    def _place(self, fds: list[int], mode: str) -> list[int]:
        """Moves every descriptor of the run to a number of its own and closes all others."""
        os.dup2(self.null, DEVNULL)
        if self.ruleset is not None:
            os.dup2(self.ruleset, RULES)
        names = (CODE, IN, NOTE) if mode == "function" else (CODE, IN, OUT, NOTE)
        for fd, number in zip(fds, names, strict=True):
            os.dup2(fd, number)
        os.dup2(DEVNULL if mode == "function" else IN, 0)
        os.dup2(DEVNULL if mode == "function" else OUT, 1)
        os.dup2(DEVNULL, 2)
        os.closerange(3, DEVNULL)
        os.closerange(RULES + 1, 1024)
        return list(names)

    def _mount(self, disk_mb: int, subprocess: bool) -> None:
        """A private scratch folder, and nothing of /proc or of any folder that another run could write in."""
        libc.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)
        _write("/proc/self/setgroups", b"deny")
        _write("/proc/self/uid_map", b"%d %d 1" % (self.uid, self.uid))
        _write("/proc/self/gid_map", b"%d %d 1" % (self.gid, self.gid))
        libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
        flags = ctypes.c_ulong(NOSUID_NODEV_NOEXEC if not subprocess else 6)
        size = b"size=%dm,nr_inodes=%d,mode=1777" % (disk_mb, 64 * disk_mb + 256)
        _check(libc.mount(b"box", SCRATCH.encode(), b"tmpfs", flags, size))
        for path in self.covered:
            _check(libc.mount(b"box", path, b"tmpfs", ctypes.c_ulong(15), b"size=4k,nr_inodes=2,mode=555"))

    def _drop(self, subprocess: bool) -> None:
        _check(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        header = struct.pack("<II", 0x20080522, 0)
        _check(libc.syscall(SYS_CAPSET[os.uname().machine], header, b"\0" * 24))
        if self.ruleset is not None:
            landlock.restrict(RULES)
            os.close(RULES)
        self.filters[subprocess].install()


class _Filter:
    """A seccomp program, ready to load."""

    def __init__(self, code: bytes) -> None:
        self.code = code

    def install(self) -> None:
        """Loads it, with the process id of the run where it names one."""
        code = self.code.replace(ANY_PID, struct.pack("<I", os.getpid()))
        buffer = ctypes.create_string_buffer(code, len(code))
        program = ctypes.create_string_buffer(struct.pack("@HP", len(code) // 8, ctypes.addressof(buffer)))
        _check(libc.prctl(PR_SET_SECCOMP, 2, program, 0, 0))


def _to_cover() -> list[str]:
    """Mounts that no run may see: /proc, /sys, and whatever is writable and so could carry something between runs."""
    found = ["/proc"]
    with open("/proc/self/mountinfo") as mounts:
        for line in mounts:
            path = line.split()[4]
            inside = path.startswith(("/proc/", "/sys/", SCRATCH + "/"))
            if not inside and (path == "/sys" or (os.path.isdir(path) and os.access(path, os.W_OK))):
                found += [path] if path not in (SCRATCH, "/", "/proc") else []
    return found


def _limit(request: dict[str, Any]) -> None:
    stack = 96 << 20
    for kind, value in (
        (resource.RLIMIT_AS, request["memory_mb"] << 20),
        (resource.RLIMIT_CPU, int(request["cpu_s"]) + 2),
        (resource.RLIMIT_FSIZE, request["disk_mb"] << 20),
        (resource.RLIMIT_NOFILE, request["nofile"]),
        (resource.RLIMIT_NPROC, request["pids"]),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
    ):
        resource.setrlimit(kind, (value, value))
    hard = resource.getrlimit(resource.RLIMIT_STACK)[1]
    resource.setrlimit(resource.RLIMIT_STACK, (stack if hard < 0 else min(stack, hard), hard))


def _check(result: int) -> None:
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _write(path: str, data: bytes) -> None:
    fd = os.open(path, os.O_WRONLY)
    os.write(fd, data)
    os.close(fd)


def start() -> NoReturn:
    """The entry point: options come as the one argument, in JSON."""
    main(json.loads(sys.argv[1]))
