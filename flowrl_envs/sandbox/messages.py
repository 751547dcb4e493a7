"""Turns an `ExecRequest` into what a box is told, and what a box says into an `ExecResult`.

This is the one place where a request is serialised. It writes the program, the inputs and the limits, and has nothing
else to write. What comes back is decoded strictly; an answer that does not decode is a wrong answer, not an error.
"""

from __future__ import annotations

import signal
from typing import Any

from flowrl_envs.errors import UserError
from flowrl_envs.sandbox.box import wire
from flowrl_envs.sandbox.types import Answer, ExecRequest, ExecResult, Status

_STATUS = {
    "ok": Status.OK,
    "timeout": Status.TIMEOUT,
    "output": Status.OUTPUT,
    "protocol": Status.PROTOCOL,
    "memory": Status.EXIT,
}


def to_box(request: ExecRequest) -> dict[str, Any]:
    """What `box.session.perform` takes.

    Raises:
        UserError: an input is not plain data.
    """
    limits = request.limits
    try:
        if request.mode == "function":
            inputs = [wire.encode(arguments) for arguments in request.inputs]
        else:
            inputs = [str(text).encode("utf-8", "surrogateescape") for text in request.inputs]
    except (wire.WireError, UnicodeEncodeError) as problem:
        raise UserError(f"ExecRequest(inputs=...): {problem}. Allowed are {wire.ALLOWED}.") from None
    return {
        "program": program(request),
        "inputs": inputs,
        "stop_early": request.stop_early,
        "job": {
            "mode": request.mode,
            "cpu_s": float(limits.cpu_s),
            "idle_s": float(limits.idle_s),
            "memory_mb": limits.memory_mb,
            "pids": limits.pids,
            "output_cap": limits.output_kb << 10,
            "disk_mb": limits.disk_mb,
            "nofile": limits.nofile,
            "subprocess": request.allow_subprocess,
        },
    }


def program(request: ExecRequest) -> bytes:
    """What `box.runner` loads: the function to call, a zero byte, the source. No identifier has a zero byte."""
    entry = request.entry if request.mode == "function" else ""
    return entry.encode() + b"\0" + request.code.encode("utf-8", "surrogatepass")


def from_box(request: ExecRequest, reports: list[list[Any]], kills_itself: bool) -> ExecResult:
    """The result that the reports of all clones add up to.

    Args:
        request: what was asked.
        reports: what `box.session.perform` returned.
        kills_itself: whether a program of this box can die of SIGKILL by its own doing. If it cannot, such a death
            is the host's (out of memory), and says nothing of the program.
    """
    cpu = sum(report[4] for report in reports)
    wall = sum(report[5] for report in reports)
    rss = max((report[6] for report in reports), default=0)
    ends = [_end(report, kills_itself or request.allow_subprocess) for report in reports]
    failed = next((place for place, end in enumerate(ends) if end is not Status.OK), None)
    status = Status.OK if failed is None else ends[failed]
    if status is Status.INFRA:
        return ExecResult(status, detail="the run was killed from outside: is the host out of memory?", cpu_s=cpu)
    code = 0 if failed is None else reports[failed][3]
    if request.mode == "stdin":
        answers = tuple(_text(report, end) for report, end in zip(reports, ends, strict=True))
        detail = "" if failed is None else answers[failed].error or _explain(status, code, reports[failed][0])
        return ExecResult(status, answers, detail, code, cpu, wall, rss)
    answers, detail = _values(reports[0][1] if reports else [])
    if status is Status.OK and len(answers) != len(request.inputs):
        status = Status.PROTOCOL
    if not detail and status is not Status.OK:
        detail = _explain(status, code, reports[0][0] if reports else "")
    return ExecResult(status, answers, detail, code, cpu, wall, rss)


def _end(report: list[Any], kills_itself: bool) -> Status:
    status = _STATUS.get(report[0], Status.INFRA)
    if status is Status.OK and report[3] == -signal.SIGKILL and not kills_itself:
        return Status.INFRA
    return Status.EXIT if status is Status.OK and report[3] else status


def _values(frames: list[bytes]) -> tuple[tuple[Answer, ...], str]:
    """Answers of a function, and the error of a program that did not load."""
    answers: list[Answer] = []
    for data in frames:
        tag, value = _pair(data)
        if tag == "load":
            return tuple(answers), str(value)[:1000]
        if tag == "ok":
            answers.append(Answer(value))
        else:
            answers.append(Answer(None, str(value)[:1000] or "error", Status.EXIT))
    return tuple(answers), ""


def _text(report: list[Any], end: Status) -> Answer:
    """The output of one run, with the exception that ended it."""
    error = ""
    for data in report[1][:1]:
        error = str(_pair(data)[1])[:1000]
    if not error and end is not Status.OK:
        error = _explain(end, report[3], report[0])
    return Answer(report[2], error, end)


def _pair(data: bytes) -> tuple[str, object]:
    try:
        found = wire.decode(data)
    except wire.WireError as problem:
        return "bad", f"the answer is not plain data: {problem}"
    if type(found) is tuple and len(found) == 2 and type(found[0]) is str and found[0] in ("ok", "error", "load"):
        return found[0], found[1] if found[0] == "ok" or type(found[1]) is str else "bad answer"
    return "bad", "the answer has not the form of an answer"


def _explain(status: Status, code: int, reason: str) -> str:
    if reason == "memory":
        return "its processes used too much memory together"
    if status is Status.EXIT:
        if code < 0:
            name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
            return f"killed by {name}" + (" (stack overflow, or a bad memory access)" if code == -11 else "")
        return f"exit status {code}"
    return {
        Status.TIMEOUT: "out of time",
        Status.OUTPUT: "too much output",
        Status.PROTOCOL: "not one answer for each input",
    }.get(status, "")
