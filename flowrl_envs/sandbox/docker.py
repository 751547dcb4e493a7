"""The docker backend: one locked-down container for each worker, with the same zygote inside.

A container has no network, a read-only root, no capabilities, no new privileges, a limit on memory (and no swap) and
on processes, a user that is not root, and a seccomp profile of its own. Requests go over its attached pipes to the
relay in it (`box/relay.py`), never through `docker exec`. Every run still gets its own namespaces and filter.

Containers carry a label that names their owner; those whose owner died are removed at start.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import socket
import time
from typing import TYPE_CHECKING, Any

from flowrl_envs.errors import MissingDependencyError, UserError
from flowrl_envs.sandbox import closure, image, seccomp, syscalls
from flowrl_envs.sandbox.box import control, wire
from flowrl_envs.sandbox.bwrap import ENVIRONMENT, PRIVATE_UID, SITE
from flowrl_envs.sandbox.errors import SandboxUnavailableError
from flowrl_envs.sandbox.owner import is_dead, owner
from flowrl_envs.sandbox.pool import Sandbox

if TYPE_CHECKING:
    from docker import DockerClient

OWNER_LABEL = "flowrl.sandbox.owner"
START_S = 60.0
_HELPERS = """
arch_prctl capget capset clone execve fchown memfd_create mount pidfd_open pidfd_send_signal prctl seccomp setgid
setgroups setresgid setresuid setuid statfs umount2 fcntl ioctl socketpair
"""


def docker(
    workers: int | None = None,
    profile: str = "plain",
    image_name: str | None = None,
    memory_mb: int = 2048,
    pids: int = 256,
    queue_s: float = 300.0,
) -> Sandbox:
    """A sandbox whose boxes are containers of the engine that DOCKER_HOST names, or of the default one.

    Args:
        workers: how many containers, one for each processor by default.
        profile: "plain", or "numpy" for programs that may import numpy.
        image_name: an image built from the Dockerfile; by default one is made of this host's own interpreter.
        memory_mb: memory of a container; a request may ask for this less its disk and 256 MiB for the relay.
        pids: processes of a container.
        queue_s: how long a caller waits for a box before it gets an `infra_error`.

    Raises:
        MissingDependencyError: the docker SDK is not installed.
        SandboxUnavailableError: no engine answers, or it cannot build such a container.
        UserError: an argument is not allowed.
    """
    if profile not in closure.PROFILES:
        raise UserError(f"docker(profile={profile!r}): allowed are {', '.join(closure.PROFILES)}.")
    client = connect()
    try:
        name = image_name or image.from_host(client, profile)
        reap_orphans(client)
        sandbox = _pool(client, name, workers or len(os.sched_getaffinity(0)), profile, memory_mb, pids, queue_s)
    except BaseException:
        client.close()
        raise
    return sandbox


def _pool(
    client: DockerClient, name: str, workers: int, profile: str, memory_mb: int, pids: int, queue_s: float
) -> Sandbox:
    return Sandbox(
        "docker",
        lambda: DockerBox(client, name, profile, memory_mb, pids),
        workers,
        queue_s,
        kills_itself=False,
        max_memory_mb=memory_mb - 256,
        refill=True,
        at_end=client.close,
    )


def connect() -> DockerClient:
    """A client of the engine.

    Raises:
        MissingDependencyError: the docker SDK is not installed.
        SandboxUnavailableError: no engine answers.
    """
    try:
        import docker as sdk
    except ImportError:
        raise MissingDependencyError("docker", "docker") from None
    host = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    if host.startswith("unix://") and not os.path.exists(host.removeprefix("unix://")):
        raise SandboxUnavailableError(
            f"There is no Docker engine at {host}. Start one, or set DOCKER_HOST to its socket."
        )
    try:
        client = sdk.from_env(timeout=120)
    except sdk.errors.DockerException as problem:
        raise SandboxUnavailableError(
            f"No Docker engine answers ({str(problem)[:200]}). Start one, or set DOCKER_HOST to its socket."
        ) from None
    return client


class DockerBox:
    """One container."""

    def __init__(self, client: DockerClient, name: str, profile: str, memory_mb: int, pids: int) -> None:
        self.client = client
        self.id = _create(client, name, profile, memory_mb, pids)
        self.stream: socket.socket | None = None
        self.errors = bytearray()
        self.data = bytearray()
        errors = _sdk_errors()
        try:
            params = {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
            self.attached = client.api.attach_socket(self.id, params=params)
            self.stream = self.attached._sock if not isinstance(self.attached, socket.socket) else self.attached
            client.api.start(self.id)
            tag, text = self._receive(time.monotonic() + START_S)
        except (OSError, control.BoxError, errors[0], errors[1]) as problem:
            self.close()
            said = self.errors.decode("utf-8", "replace").strip()[-400:]
            raise SandboxUnavailableError(f"A container of {name} did not start: {problem} {said}") from None
        if tag != "ready":
            self.close()
            raise SandboxUnavailableError(f"The relay in a container of {name} did not start: {text}")

    def perform(self, request: dict[str, Any]) -> list[list[Any]]:
        """Runs a request of `messages.to_box` in the container."""
        if self.stream is None:
            raise control.BoxError("the container is gone")
        job = request["job"]
        runs = max(1, len(request["inputs"])) if job["mode"] == "stdin" else 1
        longest = runs * (11 * (job["idle_s"] + job["cpu_s"]) + 90)
        self.stream.settimeout(60)
        try:
            self.stream.sendall(wire.frame(wire.encode(request)))
        except OSError as problem:
            raise control.BoxError(f"the container does not listen: {problem}") from None
        tag, said = self._receive(time.monotonic() + longest)
        if tag != "done":
            raise control.BoxError(str(said))
        return said  # type: ignore[no-any-return]

    def close(self) -> None:
        """Removes the container."""
        if self.stream is not None:
            self.abandon()
        with contextlib.suppress(OSError, *_sdk_errors()):
            self.client.api.remove_container(self.id, force=True, v=True)

    def abandon(self) -> None:
        """Lets go of the connection."""
        if self.stream is not None:
            self.stream.close()
            self.attached.close()
            with contextlib.suppress(ValueError, OSError):  # the SDK's response flushes the file just closed
                self.attached._response.close()
            self.stream = None

    def _receive(self, deadline: float) -> tuple[str, Any]:
        """The next frame of the relay's standard output."""
        while True:
            if len(self.data) >= 4:
                end = 4 + int.from_bytes(self.data[:4], "little")
                if len(self.data) >= end:
                    message: Any = wire.decode(bytes(self.data[4:end]))
                    del self.data[:end]
                    return message[0], message[1]
            kind, size = self._header(deadline)
            chunk = self._exactly(size, deadline)
            if kind == 1:
                self.data += chunk
            else:
                self.errors += chunk
                del self.errors[:-4096]

    def _header(self, deadline: float) -> tuple[int, int]:
        head = self._exactly(8, deadline)
        return head[0], int.from_bytes(head[4:], "big")

    def _exactly(self, size: int, deadline: float) -> bytes:
        if self.stream is None:
            raise control.BoxError("the container is gone")
        data = bytearray()
        while len(data) < size:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.stream], [], [], left)[0]:
                raise control.BoxError("the container does not answer")
            more = self.stream.recv(min(1 << 20, size - len(data)))
            if not more:
                raise control.BoxError("the container died " + self.errors.decode("utf-8", "replace")[-300:])
            data += more
        return bytes(data)


def seccomp_profile() -> str:
    """The engine's filter for a whole container, as JSON.

    It has what the zygote needs to build the walls of a run (clone with namespaces, mount) on top of what a program
    may call; each run then gets the narrow filter of `seccomp.py`. io_uring, keys, BPF and the rest are refused.
    """
    names = sorted({*syscalls.ALLOWED.split(), *syscalls.FAMILY.split(), *_HELPERS.split()})
    return json.dumps(
        {
            "defaultAction": "SCMP_ACT_ERRNO",
            "defaultErrnoRet": 1,
            "architectures": ["SCMP_ARCH_X86_64" if os.uname().machine == "x86_64" else "SCMP_ARCH_AARCH64"],
            "syscalls": [
                {"names": names, "action": "SCMP_ACT_ALLOW"},
                {"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38},
            ],
        }
    )


def reap_orphans(client: DockerClient) -> int:
    """Removes containers of this machine whose owner is dead. Returns how many."""
    removed = 0
    for found in client.api.containers(all=True, filters={"label": OWNER_LABEL}):
        if is_dead(found["Labels"][OWNER_LABEL]):
            with contextlib.suppress(*_sdk_errors()):
                client.api.remove_container(found["Id"], force=True, v=True)
                removed += 1
    return removed


def _create(client: DockerClient, name: str, profile: str, memory_mb: int, pids: int) -> str:
    from docker.types import LogConfig

    labels = image.labels(client, name)
    options = {
        "tier": "namespaces",
        "uid": None,
        "filters": [seccomp.program(subprocess=more).hex() for more in (False, True)],
        "extra": list(closure.PROFILES[profile]),
        "site": SITE,
    }
    flags = ["-s", "-S", "-P", "-B", "-X", "utf8", "-X", "int_max_str_digits=0"]
    start = closure.starter("/opt/flowrl_box", "relay.serve")
    security = ["no-new-privileges:true", f"seccomp={seccomp_profile()}"]
    if any("apparmor" in option for option in client.info().get("SecurityOptions", [])):
        security.append("apparmor=unconfined")  # its default profile forbids the mounts of a run
    host = client.api.create_host_config(
        network_mode="none",
        read_only=True,
        cap_drop=["ALL"],
        security_opt=security,
        pids_limit=pids,
        mem_limit=f"{memory_mb}m",
        memswap_limit=f"{memory_mb}m",
        tmpfs={"/tmp": "rw,nosuid,nodev,noexec,size=16m,mode=1777"},  # noqa: S108 - of the container
        ipc_mode="none",
        auto_remove=True,
        log_config=LogConfig(type="none"),
    )
    try:
        made = client.api.create_container(
            image=name,
            command=[labels["flowrl.python"], *flags, "-c", start, json.dumps(options)],
            user=f"{PRIVATE_UID}:{PRIVATE_UID}",
            working_dir="/",
            environment={**ENVIRONMENT, "LD_LIBRARY_PATH": labels.get("flowrl.libraries", "")},
            labels={OWNER_LABEL: owner()},
            stdin_open=True,
            stop_signal="SIGKILL",
            host_config=host,
            hostname="box",
        )
    except _sdk_errors() as problem:
        raise SandboxUnavailableError(f"The engine made no container of {name}: {problem}") from None
    return str(made["Id"])


def _sdk_errors() -> tuple[type[Exception], type[Exception]]:
    import docker.errors
    import requests

    return docker.errors.DockerException, requests.exceptions.RequestException
