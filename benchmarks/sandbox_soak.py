"""Twenty thousand mixed runs, a fifth of them attacks: every verdict right, nothing leaked, nothing hung.

    python benchmarks/sandbox_soak.py [--runs 20000] [--backend local] [--out benchmarks/results/sandbox_soak.json]

Exit status 1 if a verdict was wrong or something was left: descriptors, threads, processes, temporary files, memory.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

from flowrl_envs.sandbox import Compare, Limits, Outcome, Suite, Test, grade_many, open_sandbox

QUICK = Limits(cpu_s=0.2, wall_s=0.5, output_kb=256, memory_mb=256)
SQUARE = Suite(tuple(Test((n,), n * n) for n in range(5)), entry="f")
TIGHT = Suite(SQUARE.tests, entry="f", limits=QUICK)
ECHO = Suite((Test("abc\n", "cba"), Test("x", "x")), mode="stdin", compare=Compare("tokens"))

HONEST = [
    ("def f(x):\n    return x * x", SQUARE, Outcome.PASS),
    ("print(input()[::-1])", ECHO, Outcome.PASS),
    ("def f(x):\n    return sum(2 * i + 1 for i in range(x))", SQUARE, Outcome.PASS),
    ("def f(x):\n    return x * x + (x == 3)", SQUARE, Outcome.FAIL),
    ("def f(x):\n    return str(x * x)", SQUARE, Outcome.FAIL),
    ("print(input())", ECHO, Outcome.FAIL),
    ("def f(x)\n    return", SQUARE, Outcome.FAIL),
    ("def f(x):\n    return [][x]", SQUARE, Outcome.FAIL),
]
ATTACKS = [
    ("import os\nos._exit(0)", SQUARE, Outcome.FAIL),
    ("class L(int):\n    __eq__ = lambda s, o: True\ndef f(x):\n    return L(0)", SQUARE, Outcome.FAIL),
    ("import os\nfor n in range(3, 256):\n    try:\n        os.write(n, b'\\xff' * 99)\n    except OSError: pass\n"
     "def f(x):\n    return x * x", SQUARE, Outcome.FAIL),
    ("import os\nos.closerange(0, 1024)\ndef f(x):\n    return x * x", SQUARE, Outcome.FAIL),
    ("import ctypes\ndef f(x):\n    ctypes.string_at(0)", SQUARE, Outcome.FAIL),
    ("def f(x):\n    return bytearray(1 << 30)", TIGHT, Outcome.FAIL),
    ("import os\nwhile True:\n    os.fork()", TIGHT, Outcome.FAIL),
    ("import threading\nwhile True:\n    threading.Thread(target=threading.Event().wait).start()", TIGHT, Outcome.FAIL),
    ("open('x', 'wb').write(bytes(1 << 27))\ndef f(x):\n    return x", TIGHT, Outcome.FAIL),
    ("def f(x):\n    return 'x' * (1 << 22)", TIGHT, Outcome.FAIL),
    ("while True: pass", TIGHT, Outcome.TIMEOUT),
    ("import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\nos.kill(1, signal.SIGSTOP)\ndef f(x):\n    return 0",
     TIGHT, None),
]  # fmt: skip


def held() -> dict[str, int]:
    """What this process holds now."""
    below = [pid for pid in os.listdir("/proc") if pid.isdigit() and parent(pid) == os.getpid()]
    return {
        "descriptors": len(os.listdir("/proc/self/fd")),
        "threads": threading.active_count(),
        "children": len(below),
        "temporary files": len([name for name in os.listdir(tempfile.gettempdir()) if name.startswith("flowrl-box")]),
    }


def parent(pid: str) -> int:
    """The parent of a process, -1 if it is gone."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[1])
    except OSError:
        return -1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=int, default=20_000)
    parser.add_argument("--backend", default="local")
    parser.add_argument("--out", default="benchmarks/results/sandbox_soak.json")
    args = parser.parse_args()
    rng = random.Random(0)
    wrong: list[str] = []
    verdicts: Counter[str] = Counter()
    began = time.perf_counter()
    with open_sandbox(args.backend) as sandbox:
        grade_many(sandbox, [case[:2] for case in (*HONEST, *ATTACKS)])
        before, memory = held(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for _ in range(0, args.runs, 200):
            cases = [rng.choice(ATTACKS if n % 5 == 0 else HONEST) for n in range(200)]
            for (code, _, expected), grade in zip(
                cases, grade_many(sandbox, [case[:2] for case in cases]), strict=True
            ):
                verdicts[grade.outcome.value] += 1
                fine = grade.outcome is expected or (
                    expected is None and grade.outcome in (Outcome.FAIL, Outcome.TIMEOUT)
                )
                if not fine:
                    wrong.append(f"{code[:60]!r}: {grade.outcome.value} ({grade.reason}, {grade.result.detail})")
        after = held()
        counts = sandbox.counts
    report = {
        "backend": args.backend,
        "runs": sum(verdicts.values()),
        "verdicts": dict(verdicts),
        "wrong verdicts": len(wrong),
        "boxes failed": counts.boxes_failed,
        "held before": before,
        "held after": after,
        "memory growth MB": round((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory) / 1024, 1),
        "seconds": round(time.perf_counter() - began),
    }
    print(json.dumps(report, indent=1), *wrong[:10], sep="\n")
    Path(args.out).write_text(json.dumps(report, indent=1) + "\n")
    return 1 if wrong or after != before else 0


if __name__ == "__main__":
    raise SystemExit(main())
