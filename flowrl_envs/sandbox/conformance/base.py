"""What a conformance check is, and short ways to write one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flowrl_envs.sandbox.compare import identical
from flowrl_envs.sandbox.pool import Sandbox
from flowrl_envs.sandbox.types import ExecRequest, ExecResult, Limits, Status

SHORT = Limits(cpu_s=2.0, wall_s=3.0)


@dataclass(frozen=True, slots=True)
class Check:
    """A named property. `look` returns "" if it holds, else what was seen."""

    name: str
    look: Callable[[Sandbox], str]


def function(code: str, *arguments: object, entry: str = "f", limits: Limits = SHORT) -> ExecRequest:
    """A request of one call."""
    return ExecRequest(code, (arguments,), entry=entry, limits=limits)


def script(code: str, stdin: str = "", limits: Limits = SHORT) -> ExecRequest:
    """A request of one run."""
    return ExecRequest(code, (stdin,), mode="stdin", limits=limits)


def returns(name: str, code: str, value: object, *arguments: object, limits: Limits = SHORT) -> Check:
    """f(*arguments) must be exactly `value`."""

    def look(sandbox: Sandbox) -> str:
        result = sandbox.run(function(code, *arguments, limits=limits))
        fine = result.status is Status.OK and len(result.answers) == 1 and not result.answers[0].error
        return "" if fine and identical(result.answers[0].value, value) else seen(result)

    return Check(name, look)


def prints(name: str, code: str, output: str, stdin: str = "", limits: Limits = SHORT) -> Check:
    """The program must print exactly `output` and end with status 0."""

    def look(sandbox: Sandbox) -> str:
        result = sandbox.run(script(code, stdin, limits))
        fine = result.status is Status.OK and [answer.value for answer in result.answers] == [output.encode()]
        return "" if fine else seen(result)

    return Check(name, look)


def ends(name: str, request: ExecRequest, *allowed: Status) -> Check:
    """The run must end in one of the statuses, and the box must serve the next run."""

    def look(sandbox: Sandbox) -> str:
        result = sandbox.run(request)
        if result.status not in allowed:
            return seen(result)
        after = sandbox.run(function("def f(x):\n    return x + 1", 1))
        return "" if after.status is Status.OK and after.answers[0].value == 2 else "the next run: " + seen(after)

    return Check(name, look)


def refuses(name: str, body: str) -> Check:
    """`body` must raise (or return False), as the last lines of a function that then would return True."""
    lines = "\n".join("    " + line for line in body.splitlines())
    code = f"import ctypes, os, socket, sys\ndef f():\n{lines}\n    return True\n"

    def look(sandbox: Sandbox) -> str:
        result = sandbox.run(function(code))
        if result.status is Status.INFRA:
            return seen(result)
        worked = any(answer.value is True for answer in result.answers)
        return "it was possible: " + seen(result) if worked else ""

    return Check(name, look)


def seen(result: ExecResult) -> str:
    """A result, short."""
    answers = [answer.error or repr(answer.value)[:80] for answer in result.answers[:2]]
    return f"status {result.status.value}, exit {result.exit_code}, {result.detail!r}, answers {answers}"
