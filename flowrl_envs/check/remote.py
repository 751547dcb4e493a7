"""The other process: unpickles a task, scores responses under an audit hook, and says what it saw.

Run as `python -B -c COMMAND`, a pickled (task, pairs) on standard input, a pickled `Seen` on standard
output. An audit hook sees what Python code asks of the system; it does not see native code, and it is no sandbox.
"""

from __future__ import annotations

import os
import pickle
import random
import sys
import tempfile
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC
CHANGES = frozenset({"os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.chmod", "os.chown", "os.link", "os.symlink"})
NETWORK = frozenset({"socket.connect", "socket.sendto", "socket.bind", "socket.getaddrinfo", "urllib.Request"})
SHELL = frozenset({"os.system", "os.exec"})
COMMAND = "from flowrl_envs.check.remote import main; main()"


@dataclass(slots=True)
class Seen:
    """What the other process saw.

    Attributes:
        verdicts: (reward, correct, reason, answer) of each pair, in order.
        trespasses: what scoring asked of the host beyond computing.
        slowest: most seconds that one response took, after a first one.
        growth_mb: peak memory gained while scoring, in MiB.
    """

    verdicts: list[tuple[float, bool | None, str, str]] = field(default_factory=list)
    trespasses: list[str] = field(default_factory=list)
    slowest: float = 0.0
    growth_mb: float = 0.0


def watch(seen: Seen) -> None:
    """Records from now on every write outside the temporary folder, every connection and every shell."""
    allowed = tuple(os.path.realpath(path) for path in (tempfile.gettempdir(), "/dev", "/proc"))

    def inside(path: Any) -> bool:
        return not isinstance(path, str | bytes) or os.path.realpath(os.fsdecode(path)).startswith(allowed)

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event == "open":
            path, mode, flags = args
            writes = any(letter in (mode or "") for letter in "wax+") or (flags or 0) & WRITING
            if writes and not inside(path):
                seen.trespasses.append(f"wrote {path!r}")
        elif event in SHELL or (event in CHANGES and not inside(args[0])):
            seen.trespasses.append(f"{event} {args[0]!r}")
        elif event in NETWORK and not (
            len(args) > 1 and isinstance(args[1], str | bytes) and event == "socket.connect"
        ):
            seen.trespasses.append(f"{event} {args[-1]!r:.60}")

    sys.addaudithook(hook)


def examine(task: Any, pairs: list[tuple[Any, str]]) -> Seen:
    """Scores every pair and says what happened."""
    seen = Seen()
    state = _global_state()
    task.score(*pairs[0])
    before = _peak_mb()
    watch(seen)
    for problem, response in pairs:
        start = time.perf_counter()
        verdict = task.score(problem, response)
        seen.slowest = max(seen.slowest, time.perf_counter() - start)
        seen.verdicts.append((verdict.reward, verdict.correct, verdict.reason.value, verdict.answer))
    seen.growth_mb = _peak_mb() - before
    names = ("the global random generator", "numpy's global generator", "the working directory", "the environment")
    seen.trespasses += [f"changed {name}" for name, a, b in zip(names, state, _global_state(), strict=True) if a != b]
    return seen


def _peak_mb() -> float:
    """Peak resident memory of this program in MiB.

    Linux keeps `ru_maxrss` across exec, so there it may be the peak of the process that started this one; `VmHWM`
    begins with the program. Elsewhere it is `ru_maxrss`.
    """
    try:
        with open("/proc/self/status", encoding="ascii", errors="replace") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")) / 1024
    except (OSError, StopIteration):
        import resource

        unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def _global_state() -> tuple[Any, ...]:
    numpy_state = np.random.get_state(legacy=False)
    return random.getstate(), repr(numpy_state), os.getcwd(), dict(os.environ)


def main() -> None:
    """Reads the question from standard input and writes the answer to standard output."""
    task, pairs = pickle.load(sys.stdin.buffer)  # noqa: S301
    answer = sys.stdout.buffer
    sys.stdout = sys.stderr
    pickle.dump(examine(task, pairs), answer)
