"""Landlock: the kernel's own file rules for a process without any privilege or namespace.

The second tier, for hosts without user namespaces. Reading is allowed beneath the interpreter's files, and writing of
plain files in one flat scratch folder. TCP, abstract sockets and signals are scoped where the kernel's ABI has that.

Not covered by Landlock, and left to seccomp and rlimits: other sockets, System V IPC, the sum of the scratch folder's
files, process ids of the host (they can be seen nowhere, and signalled never).
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Sequence

CREATE, ADD_RULE, RESTRICT = 444, 445, 446  # one number on every architecture
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, REMOVE_FILE, MAKE_REG, TRUNCATE = (1 << bit for bit in (0, 1, 2, 3, 5, 8, 14))
READ = EXECUTE | READ_FILE | READ_DIR
WRITE = WRITE_FILE | READ_FILE | READ_DIR | REMOVE_FILE | MAKE_REG | TRUNCATE
FILE_RIGHTS = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE

libc = ctypes.CDLL(None, use_errno=True)


def abi() -> int:
    """The kernel's Landlock ABI, 0 where there is none."""
    return max(0, int(libc.syscall(CREATE, None, 0, 1)))


def ruleset(readable: Sequence[str], writable: Sequence[str]) -> int:
    """The descriptor of a ruleset.

    Args:
        readable: files and folders to read and execute from.
        writable: flat folders, or devices, to write in.

    Raises:
        OSError: the kernel has no Landlock, or a path does not exist.
    """
    version = abi()
    if version < 1:
        raise OSError("the kernel has no Landlock: boot with lsm=landlock,... (Linux 5.13 or later)")
    handled = (1 << (13 + (version >= 2) + (version >= 3))) - 1 | (1 << 15 if version >= 5 else 0)
    attributes = struct.pack("<QQQ", handled, 3 if version >= 4 else 0, 3 if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    fd = _check(libc.syscall(CREATE, attributes, size, 0))
    for path in readable:
        _allow(fd, path, READ & handled)
    for path in writable:
        _allow(fd, path, WRITE & handled)
    return fd


def restrict(fd: int) -> None:
    """Puts this process under the ruleset for good. It must have no_new_privs set."""
    _check(libc.syscall(RESTRICT, fd, 0))


def _allow(fd: int, path: str, rights: int) -> None:
    place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not os.path.isdir(path):
            rights &= FILE_RIGHTS
        _check(libc.syscall(ADD_RULE, fd, 1, struct.pack("<Qi", rights, place), 0))
    finally:
        os.close(place)


def _check(result: int) -> int:
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result
