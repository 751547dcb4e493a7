"""The checker process: reads (source, given, answer, CPU seconds) frames, writes (verdict, problem) frames.

It runs on the host, outside any box, and only ever executes checkers that came with a problem.
"""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable
from typing import Any, NoReturn

from . import wire

MEMORY = 2 << 30


def serve() -> NoReturn:
    """Answers until standard input ends."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    out = os.dup(1)
    null = os.open("/dev/null", os.O_WRONLY)
    os.dup2(null, 1)
    known: dict[str, Callable[..., Any]] = {}
    while True:
        data = _exactly(int.from_bytes(_exactly(4), "little"))
        verdict, problem = False, ""
        try:
            question: Any = wire.decode(data)
            source, given, answer, cpu_s = question
            _allow(cpu_s)
            if source not in known:
                scope: dict[str, Any] = {"__name__": "checker"}
                exec(compile(source, "checker.py", "exec"), scope)  # noqa: S102 - trusted, part of the problem
                known[source] = scope["check"]
            verdict = known[source](given, answer) is True
        except BaseException as failure:
            problem = f"{type(failure).__name__}: {failure}"[:300]
        reply = wire.frame(wire.encode((verdict, problem)))
        while reply:
            reply = reply[os.write(out, reply) :]


def _allow(cpu_s: float) -> None:
    """Moves the soft CPU limit to `cpu_s` from now, in whole seconds; past it SIGXCPU ends the process."""
    limit = int(time.process_time() + cpu_s) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))


def _exactly(size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        more = os.read(0, size - len(data))
        if not more:
            os._exit(0)
        data += more
    return bytes(data)
