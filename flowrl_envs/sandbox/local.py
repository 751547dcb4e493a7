"""The embedded backend: boxes on this host, with no daemon and no root.

`LocalBox` is one zygote behind a socket. Tier "namespaces" is bubblewrap and a raw clone for each run; tier "landlock"
is for hosts without user namespaces and has weaker walls (see docs/sandbox.md). One is never swapped for the other.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import tempfile
from typing import Any

from flowrl_envs.errors import UserError
from flowrl_envs.sandbox import bwrap, closure, seccomp
from flowrl_envs.sandbox.box import session
from flowrl_envs.sandbox.errors import SandboxUnavailableError
from flowrl_envs.sandbox.owner import is_dead, owner
from flowrl_envs.sandbox.pool import Sandbox
from flowrl_envs.sandbox.types import Tier

START_S = 60.0
_PREFIX = "flowrl-box-"
_FLAGS = ("-s", "-S", "-P", "-B", "-X", "utf8", "-X", "int_max_str_digits=0")


def local(
    workers: int | None = None, isolation: Tier = "namespaces", profile: str = "plain", queue_s: float = 300.0
) -> Sandbox:
    """A sandbox on this host.

    Args:
        workers: how many boxes, one for each processor by default.
        isolation: "namespaces", or "landlock" where there are no user namespaces. There is no "none".
        profile: "plain", or "numpy" for programs that may import numpy.
        queue_s: how long a caller waits for a box before it gets an `infra_error`.

    Raises:
        SandboxUnavailableError: this host cannot build such a box; says what is missing and what mends it.
        UserError: an argument is not allowed.
    """
    if isolation not in ("namespaces", "landlock"):
        raise UserError(f"local(isolation={isolation!r}): allowed are 'namespaces' and 'landlock'; there is no 'none'.")
    if profile not in closure.PROFILES:
        raise UserError(f"local(profile={profile!r}): allowed are {', '.join(closure.PROFILES)}.")
    count = workers if workers is not None else len(os.sched_getaffinity(0))
    return Sandbox(
        f"local/{isolation}", lambda: LocalBox(isolation, profile), count, queue_s, kills_itself=isolation == "landlock"
    )


class LocalBox:
    """One zygote on this host."""

    def __init__(self, tier: Tier = "namespaces", profile: str = "plain") -> None:
        self.scratch = ""
        if tier == "landlock" and bwrap.is_privileged():
            check_readable(closure.find(profile).python)
        if tier == "landlock":
            _remove_orphans()
            self.scratch = tempfile.mkdtemp(prefix=f"{_PREFIX}{owner()}_")
            if bwrap.is_privileged():
                os.chown(self.scratch, bwrap.PRIVATE_UID, bwrap.PRIVATE_UID)
        self.control, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            with far:
                self.process = _spawn(far, tier, profile, self.scratch)
            self._wait_until_ready(tier)
        except BaseException:
            self.control.close()
            self._remove_scratch()
            raise

    def perform(self, request: dict[str, Any]) -> list[list[Any]]:
        """Runs a request of `messages.to_box`. See `box.session.perform`."""
        if not self.scratch:
            return session.perform(self.control, request)
        inputs = [[text] for text in request["inputs"]] if request["job"]["mode"] == "stdin" else [request["inputs"]]
        reports: list[list[Any]] = []
        for given in inputs:
            try:
                reports += session.perform(self.control, {**request, "inputs": given})
            finally:
                self._empty_scratch()
            if request["stop_early"] and (reports[-1][0] != "ok" or reports[-1][3]):
                break
        return reports

    def close(self) -> None:
        """Ends the zygote and with it everything in its box."""
        self.control.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._remove_scratch()

    def abandon(self) -> None:
        """In a forked child: lets go of the box without ending it."""
        self.control.close()
        self.process.returncode = 0

    def _wait_until_ready(self, tier: Tier) -> None:
        self.control.settimeout(START_S)
        try:
            message = self.control.recv(4096)
        except OSError as problem:
            message = b"" if not isinstance(problem, TimeoutError) else b"!no answer"
        said = b""
        if self.process.stderr is not None:
            with self.process.stderr as stream:
                if message != b"ready":
                    self.process.kill()
                    said = stream.read().strip()[-600:]
        if message != b"ready":
            self.process.wait()
            raise SandboxUnavailableError(
                f"The box of tier {tier!r} did not start: {said.decode('utf-8', 'replace') or 'it said nothing'}. "
                "`flowrl sandbox probe` says which layer is missing and what mends it."
            )

    def _empty_scratch(self) -> None:
        with os.scandir(self.scratch) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):
                    os.unlink(entry.path)

    def _remove_scratch(self) -> None:
        if self.scratch:
            shutil.rmtree(self.scratch, ignore_errors=True)


def _spawn(far: socket.socket, tier: Tier, profile: str, scratch: str) -> subprocess.Popen[bytes]:
    files = closure.find(profile)
    boxed = tier == "namespaces"
    alone = None if boxed else seccomp.ANY_PID
    options = {
        "fd": far.fileno(),
        "tier": tier,
        "uid": bwrap.PRIVATE_UID if bwrap.is_privileged() else None,
        "filters": [seccomp.program(subprocess=more, own_pid_only=alone).hex() for more in (False, True)],
        "extra": list(closure.PROFILES[profile]),
        "site": bwrap.SITE if boxed else _site(files),
        "readable": [*files.folders, *(path for _, path in files.files), *(path for _, path in files.packages)],
        "writable": [scratch, "/dev/null"],
        "scratch": scratch,
    }
    start = closure.starter(bwrap.BOX if boxed else closure.box_folder(), "zygote.start")
    line = [files.python, *_FLAGS, "-c", start, json.dumps(options)]
    environment = dict(bwrap.ENVIRONMENT)
    if boxed:
        line = bwrap.command(files, line)
    try:
        return subprocess.Popen(  # noqa: S603 - our own command line
            line,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            pass_fds=(far.fileno(),),
            env=environment,
            cwd="/",
        )
    except OSError as problem:
        raise SandboxUnavailableError(f"The box of tier {tier!r} did not start: {problem}") from None


def _remove_orphans() -> None:
    """Removes scratch folders whose owner was killed."""
    with os.scandir(tempfile.gettempdir()) as entries:
        for entry in entries:
            name, _, _ = entry.name.removeprefix(_PREFIX).rpartition("_")
            if entry.name.startswith(_PREFIX) and is_dead(name):
                shutil.rmtree(entry.path, ignore_errors=True)


def check_readable(python: str) -> None:
    """As root a Landlock box becomes another user, who must be able to reach the interpreter."""
    folder = os.path.dirname(python)
    while folder != "/":
        if not os.stat(folder).st_mode & 0o001:
            raise SandboxUnavailableError(
                f"The box of tier 'landlock' runs as user {bwrap.PRIVATE_UID}, who may not enter {folder}, where the "
                "interpreter is. Use an interpreter that every user can reach (of the system, say), run as an "
                "ordinary user, or use isolation='namespaces'."
            )
        folder = os.path.dirname(folder)


def _site(files: closure.Closure) -> str:
    return os.path.dirname(files.packages[0][1]) if files.packages else ""
