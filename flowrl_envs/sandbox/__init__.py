r"""Runs untrusted, model-written Python, and judges it on the host.

    with open_sandbox() as sandbox:
        result = sandbox.run(ExecRequest("def double(x):\n    return 2 * x", inputs=((21,),), entry="double"))
        verdict = grade(sandbox, program, Suite(tests=(Test((21,), 42),), entry="double"))

See docs/sandbox.md for what it defends against, what it does not, and how to add a backend.
"""

from __future__ import annotations

from flowrl_envs.errors import UserError, did_you_mean
from flowrl_envs.sandbox.compare import Compare
from flowrl_envs.sandbox.errors import SandboxClosedError, SandboxUnavailableError
from flowrl_envs.sandbox.grader import Grade, Outcome, Suite, Test, grade, grade_many
from flowrl_envs.sandbox.pool import Sandbox
from flowrl_envs.sandbox.types import Answer, ExecRequest, ExecResult, Limits, Status

__all__ = [
    "Answer",
    "Compare",
    "ExecRequest",
    "ExecResult",
    "Grade",
    "Limits",
    "Outcome",
    "Sandbox",
    "SandboxClosedError",
    "SandboxUnavailableError",
    "Status",
    "Suite",
    "Test",
    "grade",
    "grade_many",
    "open_sandbox",
]

BACKENDS = ("local", "landlock", "docker")


def open_sandbox(backend: str = "local", workers: int | None = None, profile: str = "plain") -> Sandbox:
    """A sandbox of a named backend with everything else at its default.

    Args:
        backend: "local" (namespaces), "landlock" (local without user namespaces) or "docker".
        workers: how many boxes, one for each processor by default.
        profile: "plain", or "numpy" for programs that may import numpy.

    Raises:
        UserError: no such backend or profile.
        SandboxUnavailableError: this host cannot build such a box.
    """
    if backend not in BACKENDS:
        raise UserError(f"open_sandbox({backend!r}): no such backend." + did_you_mean(backend, BACKENDS))
    if backend == "docker":
        from flowrl_envs.sandbox.docker import docker

        return docker(workers=workers, profile=profile)
    from flowrl_envs.sandbox.local import local

    return local(workers, "landlock" if backend == "landlock" else "namespaces", profile)
