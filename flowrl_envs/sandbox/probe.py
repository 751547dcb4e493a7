"""Which kinds of box this host can build, found by building each and running a program in it.

Where one cannot be built, says which layer is missing and the package, setting or command that mends it.
"""

from __future__ import annotations

import ctypes
import os
import platform
import sys
from dataclasses import dataclass

from flowrl_envs.errors import FlowRLError
from flowrl_envs.sandbox.box import landlock
from flowrl_envs.sandbox.pool import Sandbox
from flowrl_envs.sandbox.types import ExecRequest, Status

_CLONE_NEWUSER = 0x10000000
_SETTINGS = (
    ("/proc/sys/user/max_user_namespaces", "0", "sysctl -w user.max_user_namespaces=15000"),
    ("/proc/sys/kernel/unprivileged_userns_clone", "0", "sysctl -w kernel.unprivileged_userns_clone=1"),
    (
        "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
        "1",
        "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or an AppArmor profile with `userns,` for bwrap",
    ),
)


@dataclass(frozen=True, slots=True)
class TierReport:
    """What came of one kind of box.

    Attributes:
        backend: the name that `open_sandbox` takes.
        works: whether a program ran in it and came back with the right answer.
        detail: how long a run took, or what failed.
        fix: what mends it, "" where nothing is broken.
    """

    backend: str
    works: bool
    detail: str
    fix: str = ""


def probe(backends: tuple[str, ...] = ("local", "landlock", "docker")) -> tuple[TierReport, ...]:
    """Tries each backend on this host. Takes a second or so for each."""
    return tuple(_try(backend) for backend in backends)


def _try(backend: str) -> TierReport:
    from flowrl_envs.sandbox import open_sandbox

    try:
        with open_sandbox(backend, workers=1) as sandbox:
            return _run(backend, sandbox)
    except (FlowRLError, OSError) as problem:
        return TierReport(backend, False, str(problem), _fix(backend))


def _run(backend: str, sandbox: Sandbox) -> TierReport:
    result = sandbox.run(ExecRequest("def f(x):\n    return x + 1", ((41,),), entry="f"))
    if result.status is Status.OK and result.answers[0].value == 42:
        return TierReport(backend, True, f"a run took {1000 * result.wall_s:.1f} ms")
    return TierReport(backend, False, result.detail or result.status.value, _fix(backend))


def _fix(backend: str) -> str:
    if backend == "docker":
        return "pip install 'flowrl[docker]', start an engine, and set DOCKER_HOST if its socket is not the default"
    if sys.platform != "linux":
        return "the local backend needs Linux; use the docker backend"
    if backend == "landlock":
        version = landlock.abi()
        return "" if version else "boot a kernel of 5.13 or later with landlock in its lsm= list"
    return _namespace_fix()


def _namespace_fix() -> str:
    """The first layer of the namespace tier that does not work."""
    release = tuple(int(part) for part in platform.release().split("-")[0].split(".")[:2])
    if release < (5, 14):
        return f"Linux {platform.release()} counts processes for each user, not for each box: use 5.14 or later"
    if os.geteuid() != 0 and not _can_make_user_namespace():
        for path, bad, fix in _SETTINGS:
            try:
                with open(path) as setting:
                    if setting.read().strip() == bad:
                        return f"user namespaces are switched off: {fix}"
            except OSError:
                continue
        return (
            "user namespaces are refused, and no setting of this kernel explains it: inside a container start it with "
            "--security-opt seccomp=unconfined or --privileged, or use the landlock or docker backend"
        )
    return "see the message above; `bwrap --ro-bind / / true` shows whether bubblewrap itself works"


def _can_make_user_namespace() -> bool:
    pid = os.fork()
    if pid == 0:
        os._exit(0 if ctypes.CDLL(None).unshare(_CLONE_NEWUSER) == 0 else 1)
    return os.waitpid(pid, 0)[1] == 0
