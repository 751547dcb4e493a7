"""The container image: found by name, or made of this host's own interpreter without any registry.

`from_host` packs the closure of the running interpreter (`closure.py`) and the box package into a tar file and imports
it, some 50 MB in a few seconds. The tag names the content, so a change of interpreter or of the box makes a new image.
"""

from __future__ import annotations

import hashlib
import io
import os
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from flowrl_envs.sandbox import closure
from flowrl_envs.sandbox.bwrap import BOX, SITE
from flowrl_envs.sandbox.errors import SandboxUnavailableError

if TYPE_CHECKING:
    from docker import DockerClient

REPOSITORY = "flowrl-sandbox"
_SKIPPED = "site-packages dist-packages test tests idlelib lib2to3 tkinter ensurepip turtledemo __pycache__"


def from_host(client: DockerClient, profile: str = "plain") -> str:
    """The name of the image of this host's interpreter; makes it if the engine has none."""
    files = closure.find(profile)
    name = f"{REPOSITORY}:{_content(files, profile)}"
    if client.api.images(name=name, quiet=True):
        return name
    changes = [f"LABEL flowrl.python={files.python}", f"LABEL flowrl.libraries={files.library_path}"]
    with tempfile.TemporaryFile() as packed:
        pack(files, packed)
        packed.seek(0)
        client.api.import_image_from_data(packed, repository=REPOSITORY, tag=name.partition(":")[2], changes=changes)
    if not client.api.images(name=name, quiet=True):
        raise SandboxUnavailableError(f"The engine did not import the image {name}.")
    return name


def labels(client: DockerClient, name: str) -> dict[str, str]:
    """The labels of an image; `flowrl.python` is where its interpreter is.

    Raises:
        SandboxUnavailableError: there is no such image, or it was not made for this.
    """
    import docker.errors

    try:
        found = client.api.inspect_image(name)["Config"].get("Labels") or {}  # type: ignore[no-untyped-call]
    except docker.errors.ImageNotFound:
        raise SandboxUnavailableError(
            f"The engine has no image {name!r}. Build it from flowrl_envs/sandbox/Dockerfile, or leave image_name out."
        ) from None
    if "flowrl.python" not in found:
        raise SandboxUnavailableError(f"The image {name!r} has no label flowrl.python: it is not one for the sandbox.")
    return dict(found)


def pack(files: closure.Closure, target: io.IOBase) -> None:
    """Writes the image's root file system as a tar file."""
    with tarfile.open(fileobj=target, mode="w") as tar:
        for name, mode in (
            ("tmp", 0o1777),
            ("proc", 0o755),
            ("dev", 0o755),
            ("sys", 0o755),
            ("etc", 0o755),
            ("none", 0o555),
        ):
            folder = tarfile.TarInfo(name)
            folder.type, folder.mode = tarfile.DIRTYPE, mode
            tar.addfile(folder)
        for path, source in files.files:
            tar.add(source, path.lstrip("/"), filter=_plain)
        shown = [(folder, folder) for folder in files.folders]
        shown += [(source, f"{SITE}/{name}") for name, source in files.packages]
        for source, path in (*shown, (closure.box_folder(), BOX)):
            tar.add(source, path.lstrip("/"), filter=_plain)


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Owned by root, readable by all, without what no program needs."""
    if not set(_SKIPPED.split()).isdisjoint(member.name.split("/")) or os.path.basename(member.name).startswith(
        "config-"
    ):
        return None
    member.uid = member.gid = 0
    member.uname = member.gname = "root"
    member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
    return member


def _content(files: closure.Closure, profile: str) -> str:
    """A tag that changes with the interpreter, the box package and the profile."""
    digest = hashlib.sha256(f"{sys.version} {profile} {files}".encode())
    for path in sorted(Path(closure.box_folder()).glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
