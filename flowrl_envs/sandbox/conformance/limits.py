"""Limits: what a program may use up, and that the host stays in command when it tries for more."""

from __future__ import annotations

import time

from flowrl_envs.sandbox.conformance.base import SHORT, Check, ends, function, refuses, script, seen
from flowrl_envs.sandbox.pool import Sandbox
from flowrl_envs.sandbox.types import ExecRequest, Limits, Status

_TIGHT = Limits(cpu_s=0.5, wall_s=1.0, output_kb=64, disk_mb=4, memory_mb=256)


def _memory(sandbox: Sandbox) -> str:
    result = sandbox.run(function("def f():\n    return len(bytearray(400 << 20))", limits=_TIGHT))
    return "" if result.answers and "MemoryError" in result.answers[0].error else seen(result)


def _within_memory(sandbox: Sandbox) -> str:
    result = sandbox.run(function("def f():\n    return len(bytearray(100 << 20))", limits=_TIGHT))
    return "" if result.answers and result.answers[0].value == 100 << 20 else seen(result)


def _idle_is_not_cpu(sandbox: Sandbox) -> str:
    limits = Limits(cpu_s=0.3, wall_s=3.0)
    result = sandbox.run(function("import time\ndef f():\n    time.sleep(0.8)\n    return 1", limits=limits))
    return "" if result.status is Status.OK else "idling was charged as CPU time: " + seen(result)


def _prompt_kill(sandbox: Sandbox) -> str:
    began = time.monotonic()
    result = sandbox.run(script("import time\ntime.sleep(60)", limits=_TIGHT))
    took = time.monotonic() - began
    return "" if result.status is Status.TIMEOUT and took < 20 else f"after {took:.1f} s: " + seen(result)


def _disk(sandbox: Sandbox) -> str:
    code = (
        "def f():\n    with open('big', 'wb') as t:\n        for _ in range(64):\n            t.write(bytes(1 << 20))"
    )
    result = sandbox.run(function(code, limits=_TIGHT))
    return "" if any(answer.error for answer in result.answers) or result.status is Status.EXIT else seen(result)


def _first_answers_survive(sandbox: Sandbox) -> str:
    code = "def f(x):\n    while x == 2:\n        pass\n    return x"
    result = sandbox.run(ExecRequest(code, ((0,), (1,), (2,), (3,)), entry="f", limits=_TIGHT))
    fine = result.status is Status.TIMEOUT and [answer.value for answer in result.answers] == [0, 1]
    return "" if fine else seen(result)


_TOGETHER = """
import os, time
keep = bytearray(b'x') * (%d << 20)
for _ in range(8):
    if os.fork() == 0:
        more = bytearray(b'x') * (%d << 20)
        time.sleep(%f)
        os._exit(0)
for _ in range(8):
    os.wait()
print('lived')
"""


def _together(keep_mb: int, more_mb: int, sleep_s: float) -> ExecRequest:
    """A program that holds memory and starts eight that share it and each hold some more."""
    limits = Limits(cpu_s=4, wall_s=8, memory_mb=256)
    return ExecRequest(_TOGETHER % (keep_mb, more_mb, sleep_s), ("",), "stdin", limits=limits, allow_subprocess=True)


def _shared_once(sandbox: Sandbox) -> str:
    result = sandbox.run(_together(80, 1, 0.3))
    return "" if result.status is Status.OK and result.answers[0].value == b"lived\n" else seen(result)


CHECKS = (
    ends("limits.endless_loop", script("while True:\n    pass", limits=_TIGHT), Status.TIMEOUT),
    ends("limits.endless_c_call", function("def f():\n    return sum(range(10**12))", limits=_TIGHT), Status.TIMEOUT),
    ends(
        "limits.endless_loop_with_signals_blocked",
        script(
            "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\nwhile True:\n    pass",
            limits=_TIGHT,
        ),
        Status.TIMEOUT,
    ),
    ends(
        "limits.endless_loop_that_catches_everything",
        function(
            "def f():\n    while True:\n        try:\n            while True: pass\n        except BaseException: pass",
            limits=_TIGHT,
        ),
        Status.TIMEOUT,
    ),
    Check("limits.sleep_ends_at_the_wall_clock", _prompt_kill),
    Check("limits.idling_is_not_cpu_time", _idle_is_not_cpu),
    Check("limits.answers_before_a_timeout_are_kept", _first_answers_survive),
    Check("limits.memory_error_beyond_the_limit", _memory),
    Check("limits.memory_within_the_limit", _within_memory),
    ends("limits.memory_of_all_processes_together", _together(40, 90, 4.0), Status.EXIT),
    Check("limits.memory_that_processes_share_counts_once", _shared_once),
    ends("limits.output_flood", script("while True:\n    print('x' * 10000)", limits=_TIGHT), Status.OUTPUT),
    ends("limits.answer_too_large", function("def f():\n    return 'x' * 200000", limits=_TIGHT), Status.OUTPUT),
    ends(
        "limits.stderr_flood_is_dropped",
        script("import sys\nfor _ in range(2000):\n    sys.stderr.write('x' * 10000)", limits=SHORT),
        Status.OK,
    ),
    Check("limits.scratch_space", _disk),
    ends(
        "limits.stack_overflow_ends_the_run_alone",
        function("import sys\ndef f():\n    import ctypes\n    ctypes.string_at(0)"),
        Status.EXIT,
    ),
    refuses("limits.descriptors", "files = [open('/dev/null') for _ in range(2000)]"),
    refuses(
        "limits.threads",
        "import threading\nstop = threading.Event()\nthreading.stack_size(64 << 10)\ntry:\n"
        "    for _ in range(500):\n        threading.Thread(target=stop.wait, daemon=True).start()\n"
        "finally:\n    stop.set()",
    ),
    refuses("limits.file_memory", "fd = os.memfd_create('x')\nos.write(fd, b'x')"),
    refuses("limits.priority", "os.nice(-5)"),
    refuses("limits.raising_a_limit", "import resource\nresource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))"),
)
