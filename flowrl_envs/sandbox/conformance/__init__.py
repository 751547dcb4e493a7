"""`check_sandbox`: the contract of a sandbox, as named checks that any backend must pass.

    with my_sandbox() as sandbox:
        report = check_sandbox(sandbox)
        assert report.ok, report.text()

Each check runs one or a few programs through the public interface alone and looks at what came back. The checks are in
groups: `honest` programs that must work, `limits`, `isolation`, `protocol` (nothing forged), `cleanup` (nothing stays).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flowrl_envs.sandbox.conformance import cleanup, honest, isolation, limits, protocol
from flowrl_envs.sandbox.conformance.base import Check
from flowrl_envs.sandbox.pool import Sandbox

CHECKS: tuple[Check, ...] = (*honest.CHECKS, *limits.CHECKS, *isolation.CHECKS, *protocol.CHECKS, *cleanup.CHECKS)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found: `problem` is "" if it passed."""

    name: str
    problem: str


@dataclass(frozen=True, slots=True)
class Report:
    """What all checks found."""

    sandbox: str
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether every check passed."""
        return not any(finding.problem for finding in self.findings)

    def text(self) -> str:
        """One line for each check."""
        lines = [f"{'FAIL' if found.problem else 'ok  '} {found.name} {found.problem}" for found in self.findings]
        passed = sum(not found.problem for found in self.findings)
        return "\n".join([*lines, f"{self.sandbox}: {passed} of {len(lines)} checks passed"])


def check_sandbox(sandbox: Sandbox, names: Sequence[str] | None = None) -> Report:
    """Runs the conformance suite.

    Args:
        sandbox: any object with the interface of `Sandbox`.
        names: which checks; all of them by default.
    """
    chosen = [check for check in CHECKS if names is None or check.name in names]
    return Report(sandbox.name, tuple(Finding(check.name, check.look(sandbox)) for check in chosen))
