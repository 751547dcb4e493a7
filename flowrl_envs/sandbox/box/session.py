"""Performs one whole request on a zygote: one clone in function mode, one for each input in stdin mode.

Requests and reports are plain data, so that the same code serves a local box and, through `relay`, a container.
"""

from __future__ import annotations

import fcntl
import os
import socket
from typing import Any

from . import launch, wire
from .control import Job

_SEALS = 1 | 2 | 4 | 8  # seal, shrink, grow, write
_F_ADD_SEALS = 1033


def perform(control: socket.socket, request: dict[str, Any]) -> list[list[Any]]:
    """Runs a request.

    Args:
        control: the zygote's socket.
        request: `job` (the fields of `control.Job`), `program` (bytes for the runner), `inputs` (encoded arguments in
            function mode, standard input in stdin mode), `stop_early`.

    Returns:
        For each clone: status, frames, output, exit code, CPU seconds, wall seconds, peak KiB.

    Raises:
        BoxError: the box failed.
        OSError: this side ran out of descriptors.
    """
    job = Job(**request["job"])
    if job.mode == "function":
        inputs = [wire.frame(data) for data in request["inputs"]]
        return [_report(launch.call(control, job, wire.frame(request["program"]), inputs))]
    reports = []
    code_fd = sealed(request["program"])
    try:
        for text in request["inputs"]:
            stdin_fd = sealed(text)
            try:
                outcome = launch.script(control, job, code_fd, stdin_fd)
            finally:
                os.close(stdin_fd)
            reports.append(_report(outcome))
            if request["stop_early"] and (outcome.status != "ok" or outcome.exit_code):
                break
    finally:
        os.close(code_fd)
    return reports


def sealed(data: bytes) -> int:
    """A descriptor whose content nobody can change, not even the program that reads it."""
    fd = os.memfd_create("box", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(fd, view) :]
        os.lseek(fd, 0, os.SEEK_SET)
        fcntl.fcntl(fd, _F_ADD_SEALS, _SEALS)
    except BaseException:
        os.close(fd)
        raise
    return fd


def _report(done: launch.Outcome) -> list[Any]:
    return [done.status, done.frames, done.output, done.exit_code, done.cpu_s, done.wall_s, done.max_rss_kb]
