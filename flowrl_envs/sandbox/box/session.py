"""Performs one whole request on a zygote: one clone in function mode, one for each input in stdin mode.

Requests and reports are plain data, so that the same code serves a local box and, through `relay`, a container.
"""

from __future__ import annotations

import os
import socket
from typing import Any

from . import launch, wire


def perform(control: socket.socket, request: dict[str, Any]) -> list[list[Any]]:
    """Runs a request.

    Args:
        control: the zygote's socket.
        request: `job` (the fields of `launch.Job`), `program` (bytes for the runner), `inputs` (encoded arguments in
            function mode, standard input in stdin mode), `stop_early`.

    Returns:
        For each clone: status, frames, output, exit code, CPU seconds, wall seconds, peak KiB.

    Raises:
        launch.BoxError: the box failed.
        OSError: this side ran out of descriptors.
    """
    job = launch.Job(**request["job"])
    code_fd = launch.sealed(request["program"])
    try:
        if job.mode == "function":
            return [_report(launch.drive(control, job, code_fd, [wire.frame(data) for data in request["inputs"]]))]
        reports = []
        for text in request["inputs"]:
            stdin_fd = launch.sealed(text)
            try:
                outcome = launch.drive(control, job, code_fd, (), stdin_fd)
            finally:
                os.close(stdin_fd)
            reports.append(_report(outcome))
            if request["stop_early"] and (outcome.status != "ok" or outcome.exit_code):
                break
        return reports
    finally:
        os.close(code_fd)


def _report(done: launch.Outcome) -> list[Any]:
    return [done.status, done.frames, done.output, done.exit_code, done.cpu_s, done.wall_s, done.max_rss_kb]
