"""Clean-up: nothing of a run is there in the next, and the host keeps what it had."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor

from flowrl_envs.sandbox.conformance.base import SHORT, Check, function, seen
from flowrl_envs.sandbox.pool import Sandbox
from flowrl_envs.sandbox.types import ExecRequest, Status

_LEAVE = """
import builtins, json, math, os, sys
def f():
    for place in ('.', '/tmp', '/dev/shm', '/var/tmp', '/dev/mqueue'):
        try:
            open(os.path.join(place, 'left-behind'), 'w').write('x')
        except OSError:
            pass
    os.environ['LEFT'] = 'x'
    builtins.left = json.left = sys.left = 1
    math.sqrt = builtins.len = lambda *a: 0
    return 1
"""
_FIND = """
import builtins, json, math, os, sys
def f():
    places = ['.', '/tmp', '/dev/shm', '/var/tmp', '/dev/mqueue']
    places = [place for place in places if os.path.exists(os.path.join(place, 'left-behind'))]
    marks = [m.__name__ for m in (builtins, json, sys) if 'left' in vars(m)]
    return places + marks + (['environ'] if 'LEFT' in os.environ else []) + ([] if math.sqrt(4) == 2 else ['math'])
"""


def _nothing_left(sandbox: Sandbox) -> str:
    for _ in range(sandbox.workers):
        sandbox.run(function(_LEAVE))
    for _ in range(sandbox.workers):
        result = sandbox.run(function(_FIND))
        if result.status is not Status.OK or result.answers[0].value != []:
            return seen(result)
    return ""


def _descriptors(sandbox: Sandbox) -> str:
    request = function("def f():\n    return 1")
    sandbox.run_many([request] * 2 * sandbox.workers)
    before = len(os.listdir("/proc/self/fd")), threading.active_count()
    sandbox.run_many([request, function("def f():\n    raise SystemExit")] * 10)
    after = len(os.listdir("/proc/self/fd")), threading.active_count()
    return "" if after <= before else f"descriptors, threads: {before} before and {after} after 20 runs"


def _order(sandbox: Sandbox) -> str:
    requests = [function("def f(x):\n    return x", n) for n in range(20)]
    values = [result.answers[0].value if result.answers else None for result in sandbox.run_many(requests)]
    return "" if values == list(range(20)) else f"results out of order: {values}"


def _concurrent_callers(sandbox: Sandbox) -> str:
    def call(n: int) -> object:
        result = sandbox.run(ExecRequest("def f(x):\n    return x", ((n,),), entry="f"))
        return result.answers[0].value if result.answers else seen(result)

    with ThreadPoolExecutor(4 * sandbox.workers) as callers:
        values = list(callers.map(call, range(8 * sandbox.workers)))
    return "" if values == list(range(8 * sandbox.workers)) else f"callers got each other's answers: {values}"


def _same_process_number(sandbox: Sandbox) -> str:
    """A program that leaves a thread running must not outlive its run."""
    code = "import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()\ndef f():\n    return 1"
    result = sandbox.run(function(code))
    return "" if result.status is Status.OK and result.wall_s < 10 else seen(result)


_ORPHAN = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(0.6)
        open('left-behind', 'w').write('x')
    os._exit(0)
os.wait()
"""


def _orphans(sandbox: Sandbox) -> str:
    """A process that a run leaves behind must not be there to write into the next."""
    left = ExecRequest(_ORPHAN, ("",), "stdin", limits=SHORT, allow_subprocess=True)
    results = sandbox.run_many([left] * sandbox.workers)
    if any(result.status is not Status.OK for result in results):
        return seen(results[0])
    look = "import os, time\ndef f():\n    time.sleep(1.2)\n    return os.listdir('.')"
    results = sandbox.run_many([function(look)] * sandbox.workers)
    return "".join(seen(result) for result in results if not result.answers or result.answers[0].value != [])


CHECKS = (
    Check("cleanup.nothing_is_left_for_the_next_run", _nothing_left),
    Check("cleanup.no_descriptor_or_thread_stays", _descriptors),
    Check("cleanup.results_are_in_order", _order),
    Check("cleanup.callers_do_not_mix", _concurrent_callers),
    Check("cleanup.threads_end_with_the_run", _same_process_number),
    Check("cleanup.processes_end_with_the_run", _orphans),
)
