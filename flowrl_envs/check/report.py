"""What a check says: one finding a check, each passed, failed or not applicable, and a report of them all."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """How a check ended."""

    PASS = "pass"  # noqa: S105
    """The property holds on everything that was looked at."""
    FAIL = "fail"
    """It does not; the message says where, and what to change."""
    NOT_APPLICABLE = "n/a"
    """The environment has nothing that the check is about; the message says what."""


class Broken(Exception):  # noqa: N818
    """Raised by a check: the property does not hold. The message says where, and what to change."""


class NotApplicable(Exception):  # noqa: N818
    """Raised by a check that has nothing to look at."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one check."""

    name: str
    outcome: Outcome
    message: str


@dataclass(frozen=True, slots=True)
class Report:
    """All findings on one environment."""

    subject: str
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether no check failed."""
        return not self.failures

    @property
    def failures(self) -> tuple[Finding, ...]:
        """The findings that are failures."""
        return tuple(finding for finding in self.findings if finding.outcome is Outcome.FAIL)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {"subject": self.subject, "ok": self.ok, "findings": [asdict(finding) for finding in self.findings]}

    def __str__(self) -> str:
        width = max(len(finding.name) for finding in self.findings)
        counts = {outcome: sum(finding.outcome is outcome for finding in self.findings) for outcome in Outcome}
        lines = [f"{self.subject}: " + ", ".join(f"{count} {outcome}" for outcome, count in counts.items())]
        lines += [f"  {finding.outcome:<5} {finding.name:<{width}}  {finding.message}" for finding in self.findings]
        return "\n".join(lines)
