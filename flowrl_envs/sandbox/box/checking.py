"""The checker process: reads (source, function, arguments, CPU seconds) frames, writes (value, problem) frames.

It runs on the host, outside any box, and only ever executes checkers that came with a problem.
"""

from __future__ import annotations

import os
import resource
import time
from typing import Any, NoReturn

from . import wire

MEMORY = 2 << 30
KNOWN = 64
"""How many checkers a process remembers."""


def serve() -> NoReturn:
    """Answers until standard input ends."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    out = os.dup(1)
    null = os.open("/dev/null", os.O_WRONLY)
    os.dup2(null, 1)
    known: dict[str, dict[str, Any]] = {}
    while True:
        data = _exactly(int.from_bytes(_exactly(4), "little"))
        value: object = None
        problem = ""
        try:
            question: Any = wire.decode(data)
            source, name, arguments, cpu_s = question
            _allow(cpu_s)
            if source not in known:
                known = known if len(known) < KNOWN else {}
                scope: dict[str, Any] = {"__name__": "checker"}
                exec(compile(source, "checker.py", "exec"), scope)  # noqa: S102 - trusted, part of the problem
                known[source] = scope
            value = wire.encode(known[source][name](*arguments))
        except BaseException as failure:
            value, problem = None, f"{type(failure).__name__}: {failure}"[:300]
        reply = wire.frame(wire.encode((value, problem)))
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
