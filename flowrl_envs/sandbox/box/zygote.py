"""The process inside the box from which every run is cloned.

It has the usual modules imported and nothing else to its name: no environment, no network, no secret, and no byte of
any program, input or answer, for a clone inherits its memory. It reads small messages from one socket (`control`),
makes one clone for each, and reports how the clone ended. The data of a run flows past it, over descriptors that
arrive with the message (see `launch`, the other end).

What a clone does between its birth and the first line of the program is what a run costs, page by page: each object
that is touched is a page to copy. So whatever can be made ready here once is (`walls`).
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import select
import signal
import socket
import struct
import sys
import time
from collections.abc import Callable
from os import _exit, close, closerange, dup2
from typing import Any, NoReturn

from . import landlock, runner, walls
from .control import ASK, DONE, ENDED, FAILED, REQUEST, RUNNING, SCRIPT_FDS

CLONE_PIDFD = 0x00001000
SYS_CLONE = {"x86_64": 56, "aarch64": 220}
SETUP_FAILED = 97
SCRATCH = "/tmp"  # noqa: S108 - the box's own tmpfs


def main(options: dict[str, Any]) -> NoReturn:
    """Serves runs until the host closes the socket.

    Args:
        options: `fd` of the socket, `tier`, `uid` to become (or None), `filters` (two seccomp programs as hex: without
            and with subprocesses), `extra` modules to import, `site` to find them in, and for the Landlock tier
            `scratch`, and `readable` and `writable` paths.
    """
    boxed = options["tier"] == "namespaces"
    ruleset = -1 if boxed else landlock.ruleset(options["readable"], options["writable"])
    if options["uid"] is not None:
        os.setgroups([])
        os.setresgid(options["uid"], options["uid"], options["uid"])
        os.setresuid(options["uid"], options["uid"], options["uid"])
    sys.path[:] = [*(path for path in sys.path if path), options["site"]]
    scratch = SCRATCH if boxed else options["scratch"]
    runner.warm(scratch)
    for name in options["extra"]:
        __import__(name)
    filters = [bytes.fromhex(code) for code in options["filters"]]
    walls.prepare_user()
    build = walls.namespaces(scratch, filters) if boxed else walls.rules(scratch, filters, ruleset)
    serve(socket.socket(fileno=options["fd"]), build, walls.NEW_NAMESPACES if boxed else 0)


def serve(control: socket.socket, build: walls.Build, new_namespaces: int) -> NoReturn:
    """One run at a time, for ever."""
    trouble, far_trouble = os.pipe()
    os.set_blocking(trouble, False)
    null = os.open("/dev/null", os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    pidfd = ctypes.c_int(-1)
    clone, become, wait = _cloner(new_namespaces, pidfd), _becomer(build, far_trouble), _waiter(control, trouble)
    clear = (lambda: None) if new_namespaces else _clear
    room = socket.CMSG_SPACE(4 * SCRIPT_FDS)
    runner.rehearse()
    gc.collect()
    gc.freeze()
    kept = _top_up()  # noqa: F841 - freeing it would undo it
    control.send(b"ready")
    os.dup2(null, 2)
    os.close(null)
    while True:
        message, extra, _, _ = control.recvmsg(REQUEST.size, room, socket.MSG_CMSG_CLOEXEC)
        if not message:
            _exit(0)
        if message == ASK:  # about a run that has ended meanwhile
            continue
        fds = struct.unpack(f"{len(extra[0][2]) // 4}i", extra[0][2])
        pid = clone()
        if pid == 0:
            become(message, fds)
        for fd in fds:
            close(fd)
        if pid < 0:
            error = os.strerror(ctypes.get_errno())
            control.send(FAILED + b"clone with new namespaces failed: " + error.encode())
            _exit(1)
        wait(pid, pidfd.value, clear)
        runner.reseed(time.monotonic_ns())


def _top_up() -> list[object]:
    """Fills the interpreter's half-used pools of memory, so that what a run makes lies together on few new pages.

    Of each small size it makes objects until one is the first of a pool (48 bytes from the start of its 16 KiB).
    """
    kept: list[object] = []
    for size in range(48, 513, 16):
        for _ in range(3_000):
            kept.append(bytes(size - 33))
            if id(kept[-1]) % (1 << 14) == 48:
                break
    return kept


def _cloner(new_namespaces: int, pidfd: ctypes.c_int) -> Callable[[], int]:
    """The raw call, with nothing of the interpreter's own fork around it.

    That resets locks and other threads, of which the zygote has none, and runs handlers that touch hundreds of pages.
    What a run needs of it, a random seed of its own, is in `runner`.
    """
    number, syscall = SYS_CLONE[os.uname().machine], walls.syscall
    flags = ctypes.c_ulong(signal.SIGCHLD | CLONE_PIDFD | new_namespaces)
    where = ctypes.byref(pidfd)
    return lambda: syscall(number, flags, None, where, None, None)


def _waiter(control: socket.socket, trouble: int) -> Callable[[int, int, Callable[[], None]], None]:
    """Reports the end of a run; ends with everything in the box when the host goes away first."""
    poll = select.poll()
    poll.register(control, select.POLLIN)
    watched = -1

    def wait(pid: int, pidfd: int, clear: Callable[[], None]) -> None:
        nonlocal watched
        if pidfd != watched:  # mostly it is the same number again
            if watched >= 0:
                poll.unregister(watched)
            poll.register(pidfd, select.POLLIN)
            watched = pidfd
        while all(fd != pidfd for fd, _ in poll.poll()):
            if not control.recv(REQUEST.size):
                _exit(0)
            socket.send_fds(control, [RUNNING], [pidfd])
        _, status, usage = os.wait4(pid, 0)
        close(pidfd)
        clear()
        code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status)
        reason = _trouble(trouble) if code == SETUP_FAILED else b""
        if reason:
            control.send(FAILED + reason)
        else:
            control.send(ENDED.pack(DONE, code, usage.ru_utime + usage.ru_stime, usage.ru_maxrss))

    return wait


def _clear() -> None:
    """Ends what a run without a process namespace started and left: it has become a child of the zygote."""
    me = os.getpid()
    while True:
        with open(f"/proc/{me}/task/{me}/children") as listing:
            left = [int(word) for word in listing.read().split()]
        if not left:
            return
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        for pid in left:
            os.waitpid(pid, 0)


def _trouble(fd: int) -> bytes:
    """What a clone said about its set-up. A program can say nothing here: the other end is closed before it runs."""
    try:
        return os.read(fd, 4096)
    except BlockingIOError:
        return b""


def _becomer(build: walls.Build, trouble: int) -> Callable[[bytes, tuple[int, ...]], NoReturn]:
    """What a clone does: walls first, then the program."""
    unpack, write = REQUEST.unpack, os.write
    run_function, run_script = runner.run_function, runner.run_script

    def become(message: bytes, fds: tuple[int, ...]) -> NoReturn:
        is_function, subprocess, cpu_s, memory_mb, disk_mb, nofile, pids = unpack(message)
        try:
            if not is_function:
                dup2(fds[2], 0)
                dup2(fds[3], 1)
            build(subprocess, cpu_s, memory_mb, disk_mb, nofile, pids)
        except BaseException as problem:
            write(trouble, f"{type(problem).__name__}: {problem}".encode()[:4000])
            _exit(SETUP_FAILED)
        given, note = fds[:2]
        low, high = (given, note) if given < note else (note, given)
        closerange(3, low)
        closerange(low + 1, high)
        closerange(high + 1, 1 << 20)
        if is_function:
            run_function(given, note)
        run_script(given, note)

    return become


def start() -> NoReturn:
    """The entry point: options come as the one argument, in JSON."""
    main(json.loads(sys.argv[1]))
