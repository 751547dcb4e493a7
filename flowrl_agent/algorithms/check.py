"""`check_algorithm`: what any loss must satisfy before a curve drawn with it means anything.

Each check is a property that training relies on silently: padding, the order of rows and the split into micro-batches
change nothing, an ungraded row has no say, nothing off the mask leaks in, gradients stay finite. It runs on tensors in
a fraction of a second, without a model. It does not say that an algorithm learns: that takes an environment.
`flowrl check-algo my_pkg.mine:MyAlgorithm` prints the report.
"""

from __future__ import annotations

from dataclasses import dataclass

from flowrl_agent.algorithms.base import Algorithm
from flowrl_agent.algorithms.conformance.compare import BrokenError
from flowrl_agent.algorithms.conformance.properties import CHECKS


@dataclass(frozen=True, slots=True)
class Check:
    """The outcome of one named check; `message` says what was seen where it failed."""

    name: str
    passed: bool
    message: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of all checks on one algorithm."""

    algorithm: str
    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Whether every check passed."""
        return all(check.passed for check in self.checks)

    @property
    def failures(self) -> tuple[Check, ...]:
        """The checks that failed."""
        return tuple(check for check in self.checks if not check.passed)

    def __str__(self) -> str:
        lines = [
            f"{'ok  ' if c.passed else 'FAIL'} {c.name}" + (f": {c.message}" if c.message else "") for c in self.checks
        ]
        return "\n".join(
            [self.algorithm, *lines, f"{len(self.checks) - len(self.failures)} of {len(self.checks)} passed"]
        )


def check_algorithm(algorithm: Algorithm) -> Report:
    """Runs every check of `CHECKS` on an instance, with the configuration it has."""
    results = []
    for name, check in CHECKS.items():
        try:
            check(algorithm)
        except BrokenError as error:
            results.append(Check(name, False, str(error)))
        except Exception as error:  # whatever an algorithm raises is the finding
            results.append(Check(name, False, f"raised {type(error).__name__}: {error}"))
        else:
            results.append(Check(name, True))
    return Report(f"{type(algorithm).__module__}:{type(algorithm).__qualname__}", tuple(results))
