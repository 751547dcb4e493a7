"""The first process of a container: passes requests from the attached pipes to a zygote, and reports back.

It forks the zygote before it reads anything, so that no run inherits a byte of another. Frames on standard input are
requests of `session.perform`; frames on standard output are ("done", reports) or ("box", why the box failed).
"""

from __future__ import annotations

import json
import os
import socket
import sys
from typing import Any, NoReturn

from . import control, session, wire, zygote


def serve() -> NoReturn:
    """Answers until standard input ends."""
    options = json.loads(sys.argv[1])
    near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    if os.fork() == 0:
        near.close()
        zygote.main({**options, "fd": far.detach()})
    far.close()
    near.settimeout(60)
    try:
        said: tuple[str, Any] = ("ready", "") if near.recv(4096) == b"ready" else ("box", "the zygote did not start")
    except OSError as problem:
        said = ("box", f"the zygote did not start: {problem}")
    while True:
        _write(wire.frame(wire.encode(said)))
        if said[0] == "box":
            os._exit(1)
        request: Any = wire.decode(_exactly(int.from_bytes(_exactly(4), "little")))
        try:
            said = ("done", session.perform(near, request))
        except (control.BoxError, OSError) as problem:
            said = ("box", str(problem))


def _write(data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(1, view) :]


def _exactly(size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        more = os.read(0, min(1 << 20, size - len(data)))
        if not more:
            os._exit(0)
        data += more
    return bytes(data)
