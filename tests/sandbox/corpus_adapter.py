"""The bridge to the program corpus (see its README): judge(entry, program, backend) -> (verdict, detail)."""

from __future__ import annotations

import ast
import atexit
from typing import Any

from flowrl_envs.sandbox import open_sandbox
from flowrl_envs.sandbox.compare import Compare
from flowrl_envs.sandbox.grader import Suite, Test, grade
from flowrl_envs.sandbox.pool import Sandbox
from flowrl_envs.sandbox.types import Limits

_open: dict[str, Sandbox] = {}


def suite(entry: dict[str, Any]) -> Suite:
    """The suite of a manifest row."""
    task, mode = entry["task"], entry["mode"]
    if mode == "function":
        tests = [Test(ast.literal_eval(t["args"]), _literal(t.get("expected"))) for t in task["tests"]]
    else:
        tests = [Test(t["stdin"], t.get("stdout")) for t in task["tests"]]
    given = {name: value for name, value in task["compare"].items() if name in ("kind", "rtol", "atol", "source")}
    limits = dict(entry["limits"])
    return Suite(
        tuple(tests), mode, entry["entry"] or "", Compare(**given), Limits(cpu_s=limits.pop("time_s"), **limits)
    )


def judge(entry: dict[str, Any], program: str, backend: str = "local") -> tuple[str, str]:
    """pass, fail, timeout or error, with a word on why."""
    if backend not in _open:
        _open[backend] = open_sandbox(backend, workers=1)
        atexit.register(_open[backend].close)
    found = grade(_open[backend], program, suite(entry))
    return found.outcome.value, f"{found.passed}/{found.total} {found.reason}"


def _literal(text: str | None) -> object:
    return None if text is None else ast.literal_eval(text)
