"""One sandbox for each kind of box in a process, opened when it is first needed and shared by all environments."""

from __future__ import annotations

import threading

from flowrl_envs.sandbox import open_sandbox
from flowrl_envs.sandbox.pool import Sandbox

_lock = threading.Lock()
_open: dict[tuple[str, int, str], Sandbox] = {}


def shared_sandbox(backend: str = "local", workers: int = 0, profile: str = "plain") -> Sandbox:
    """The process's sandbox of this kind; it is closed when the process ends.

    Args:
        backend: see `open_sandbox`.
        workers: how many boxes, 0 for one for each processor.
        profile: see `open_sandbox`.
    """
    key = (backend, workers, profile)
    with _lock:
        if key not in _open:
            _open[key] = open_sandbox(backend, workers or None, profile)
        return _open[key]
