"""Tests that are Python programs, without letting an expected value into the box.

HumanEval and MBPP state tests as assertions about `candidate(...)`. The checker process, on the host, first runs them
with the known solution and records the arguments of every call. The box gets the arguments alone. Then the checker runs
the assertions again, with a stand-in that gives the box's answers, in order, to the same arguments.
"""

from __future__ import annotations

import re

from flowrl_envs.errors import DataError
from flowrl_envs.sandbox import Compare, Limits, Suite, Test
from flowrl_envs.sandbox.grader import trusted_call

_PROGRAM = """
import copy
import random

SOLUTION, TESTS, ENTRY = {solution!r}, {tests!r}, {entry!r}


def _run(candidate):
    random.seed(0)
    scope = {{"__name__": "tests"}}
    exec(SOLUTION, scope)
    exec(TESTS, scope)
    scope["check"](candidate)


def record():
    scope = {{"__name__": "solution"}}
    exec(SOLUTION, scope)
    calls = []

    def candidate(*arguments):
        calls.append(copy.deepcopy(arguments))
        return scope[ENTRY](*arguments)

    _run(candidate)
    return calls


def check(given, answers):
    left = list(zip(given, answers))[::-1]

    def candidate(*arguments):
        expected, answer = left.pop()
        if arguments != tuple(expected) and repr(arguments) != repr(tuple(expected)):
            raise AssertionError("another call than the recorded one")
        return answer

    _run(candidate)
    return not left
"""

_FILES = """
import contextlib, io, os, sys, tempfile

CHECKER, EXPECTED = {checker!r}, {expected!r}


def check(given, output):
    with tempfile.TemporaryDirectory() as folder:
        names = []
        for name, text in (("input", given), ("expected", EXPECTED[given]), ("output", output)):
            names.append(os.path.join(folder, name))
            with open(names[-1], "w") as file:
                file.write(text)
        said = io.StringIO()
        sys.argv = ["checker.py", *names]
        with contextlib.redirect_stdout(said):
            try:
                exec(compile(CHECKER, "checker.py", "exec"), {{"__name__": "__main__"}})
            except SystemExit:
                pass
    return said.getvalue().strip() in ("1", "1.0", "True")
"""


def suite(solution: str, tests: str, entry: str, limits: Limits) -> Suite:
    """The suite of a test program that defines `check(candidate)`.

    Args:
        solution: the known right program; its helpers are there for the tests.
        tests: defines `check`.
        entry: the function under test.
        limits: of the box.

    Raises:
        DataError: the known solution fails its tests, or they pass what is not plain data.
    """
    source = _PROGRAM.format(solution=solution, tests=tests, entry=entry)
    calls, problem = trusted_call(source, "record")
    if not isinstance(calls, list) or not calls:
        raise DataError(f"the tests of {entry} cannot be recorded with the known solution: {problem or 'no call'}")
    return Suite(tuple(Test(call) for call in calls), "function", entry, Compare("replay", source=source), limits)


def file_checker(checker: str, expected: dict[str, str]) -> str:
    """A checker's source around a script that compares three files (input, expected, output) and prints 1 or 0."""
    return _FILES.format(checker=checker, expected=expected)


def called_name(assertion: str, solution: str) -> str:
    """The function of `solution` that an assertion calls.

    Raises:
        DataError: none of its functions is called.
    """
    for name in re.findall(r"^def\s+(\w+)", solution, re.MULTILINE):
        if re.search(rf"\b{name}\s*\(", assertion):
            return str(name)
    raise DataError(f"{assertion[:80]!r} calls no function of the solution")


def by_name(program: str, entry: str) -> str:
    """Tests that call the function by its own name, as tests that define `check`."""
    return (
        f"def check(candidate):\n    scope = {{**globals(), {entry!r}: candidate}}\n"
        f"    exec(compile({program!r}, 'tests', 'exec'), scope)\n"
    )
