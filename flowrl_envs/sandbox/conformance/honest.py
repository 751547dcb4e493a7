"""Honest programs: everything that a fair solution may use must work."""

from __future__ import annotations

from flowrl_envs.sandbox.conformance.base import SHORT, Check, function, prints, returns, seen
from flowrl_envs.sandbox.pool import Sandbox
from flowrl_envs.sandbox.types import ExecRequest, Limits, Status

_VALUES: tuple[object, ...] = (
    None, True, False, 0, -1, 2**200, -(2**64), 1.5, -0.0, float("inf"), "", "héllo \U0001f600", "\ud800", b"\x00\xff",
    [], [1, [2, [3]]], (), (1, "a"), {}, {1: "a", (2, 3): None, "k": [1.0]}, {1, 2}, frozenset({"x"}),
)  # fmt: skip
_LARGE = Limits(cpu_s=5, wall_s=10)


def _round_trip(sandbox: Sandbox) -> str:
    request = ExecRequest("def f(x):\n    return x", tuple((value,) for value in _VALUES), entry="f", limits=SHORT)
    result = sandbox.run(request)
    got = [repr(answer.value) for answer in result.answers]
    wanted = [repr(value) for value in _VALUES]
    return "" if result.status is Status.OK and got == wanted else seen(result)


def _module_state(sandbox: Sandbox) -> str:
    code = "calls = []\ndef f(x):\n    calls.append(x)\n    return len(calls)"
    result = sandbox.run(ExecRequest(code, ((5,), (5,), (5,)), entry="f", limits=SHORT))
    return "" if [answer.value for answer in result.answers] == [1, 2, 3] else seen(result)


def _method(sandbox: Sandbox) -> str:
    code = "class Solution:\n    def twice(self, x):\n        return 2 * x"
    result = sandbox.run(ExecRequest(code, ((4,),), entry="Solution.twice", limits=SHORT))
    return "" if [answer.value for answer in result.answers] == [8] else seen(result)


def _error_is_named(sandbox: Sandbox) -> str:
    result = sandbox.run(function("def f():\n    return [][1]"))
    fine = result.answers and result.answers[0].error == "IndexError: list index out of range (line 2)"
    return "" if fine else seen(result)


def _no_inputs(sandbox: Sandbox) -> str:
    result = sandbox.run(ExecRequest("def f():\n    pass", (), entry="f", limits=SHORT))
    return "" if result.status is Status.OK and not result.answers else seen(result)


CHECKS = (
    Check("honest.every_plain_value_returns_bit_for_bit", _round_trip),
    Check("honest.module_state_is_shared_by_the_calls", _module_state),
    Check("honest.method_of_a_fresh_instance", _method),
    Check("honest.an_error_names_type_message_and_line", _error_is_named),
    Check("honest.no_inputs_is_no_answers", _no_inputs),
    returns("honest.prints_in_function_mode_are_harmless", "def f():\n    print('x' * 100000)\n    return 1", 1),
    returns(
        "honest.main_guard_does_not_run_in_function_mode",
        "def f():\n    return 1\nif __name__ == '__main__':\n    raise SystemExit(3)",
        1,
    ),
    prints("honest.main_guard_runs_in_stdin_mode", "if __name__ == '__main__':\n    print(input())", "a\n", "a\nb"),
    prints("honest.exit_builtin", "print(1)\nexit()\nprint(2)", "1\n"),
    prints("honest.quit_zero", "print(1)\nquit(0)", "1\n"),
    prints("honest.utf8_in_and_out", "print(input()[::-1])", "ß😀é\n", "é😀ß"),
    prints("honest.stdin_buffer_and_open_0", "print(len(open(0).read()))", "300000\n", "x" * 300000),
    prints("honest.file_iteration", "import sys\nprint(sum(map(int, sys.stdin)))", "6\n", "1\n2\n3"),
    prints("honest.one_megabyte_of_output", "print('y' * 1048576)", "y" * 1048576 + "\n", limits=_LARGE),
    returns("honest.one_megabyte_answer", "def f():\n    return 'z' * 1048576", "z" * 1048576, limits=_LARGE),
    returns("honest.big_integers", "def f(n):\n    return len(str(3 ** n))", 9543, 20000),
    returns(
        "honest.deep_recursion",
        "import sys\nsys.setrecursionlimit(10**6)\ndef g(n):\n    return 0 if n == 0 else 1 + g(n - 1)\n"
        "def f():\n    return g(50000)",
        50000,
    ),
    prints(
        "honest.thread_with_a_large_stack",
        "import sys, threading\nsys.setrecursionlimit(10**6)\nthreading.stack_size(64 << 20)\n"
        "t = threading.Thread(target=lambda: print('in'))\nt.start()\nt.join()",
        "in\n",
    ),
    returns(
        "honest.thread_pool",
        "from concurrent.futures import ThreadPoolExecutor\ndef f():\n    with ThreadPoolExecutor(4) as pool:\n"
        "        return list(pool.map(abs, [-1, -2]))",
        [1, 2],
    ),
    returns(
        "honest.asyncio",
        "import asyncio\nasync def g():\n    await asyncio.sleep(0.01)\n    return 7\n"
        "def f():\n    return asyncio.run(g())",
        7,
        limits=_LARGE,
    ),
    returns(
        "honest.dataclass_with_postponed_annotations",
        "from __future__ import annotations\nfrom dataclasses import dataclass, field\n@dataclass(order=True)\n"
        "class P:\n    x: int\n    y: list[int] = field(default_factory=list)\ndef f():\n    return P(1) < P(2)",
        True,
    ),
    returns(
        "honest.pickle_and_deepcopy_of_own_class",
        "import copy, pickle\nclass A:\n    x = 1\ndef f():\n"
        "    return pickle.loads(pickle.dumps(copy.deepcopy(A()))).x",
        1,
    ),
    returns(
        "honest.scratch_file",
        "import os, tempfile\ndef f():\n    with tempfile.NamedTemporaryFile('w+') as t:\n        t.write('a')\n"
        "        t.seek(0)\n        return t.read()",
        "a",
    ),
    returns(
        "honest.standard_library",
        "import decimal, fractions, hashlib, json, sqlite3, zlib, itertools, statistics, bisect, heapq\n"
        "def f():\n    return sqlite3.connect(':memory:').execute('select 1').fetchone()[0]",
        1,
        limits=_LARGE,
    ),
    returns(
        "honest.stack_limit_idiom",
        "import resource\ndef f():\n    resource.setrlimit(resource.RLIMIT_STACK, (1 << 26, -1))\n    return 1",
        1,
    ),
)
