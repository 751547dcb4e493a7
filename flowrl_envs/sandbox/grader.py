"""The host grader: knows what is expected, judges answers, makes the verdict.

It sends a box the program and the inputs and compares what comes back. A program passes if its process ended with
status 0, gave one answer for each input, and every answer is right by the comparison on the host.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from flowrl_envs.errors import InfrastructureError, UserError
from flowrl_envs.sandbox.box.wire import WireError
from flowrl_envs.sandbox.checker import CheckerPool
from flowrl_envs.sandbox.compare import Compare, matches
from flowrl_envs.sandbox.pool import Sandbox
from flowrl_envs.sandbox.types import Answer, ExecRequest, ExecResult, Limits, Mode, Status


class Outcome(StrEnum):
    """The verdict on a program."""

    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    TIMEOUT = "timeout"
    ERROR = "error"
    """Not judged: the box or the host failed twice."""


@dataclass(frozen=True, slots=True)
class Test:
    """One test. `expected` stays on the host.

    Attributes:
        given: positional arguments, or the text of standard input.
        expected: the right value or output; None where a checker decides.
    """

    given: tuple[object, ...] | str
    expected: object = field(default=None, repr=False)

    __test__ = False


@dataclass(frozen=True, slots=True)
class Suite:
    """The tests of one problem and how they are judged."""

    tests: tuple[Test, ...]
    mode: Mode = "function"
    entry: str = ""
    compare: Compare = field(default_factory=Compare)
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        if not self.tests:
            raise UserError("Suite(tests=()): a suite without tests passes everything; give at least one.")


@dataclass(frozen=True, slots=True)
class Grade:
    """The verdict on one program.

    Attributes:
        outcome: pass, fail, timeout, or error (not judged).
        passed: how many tests passed.
        total: how many there are.
        failed_test: index of the first test that failed, -1 if none did.
        reason: why, in a few words for the program's author: an exception, "wrong answer", "out of time".
        result: what the sandbox said.
    """

    outcome: Outcome
    passed: int
    total: int
    failed_test: int
    reason: str
    result: ExecResult


_shared_checkers: list[CheckerPool] = []


def grade_many(sandbox: Sandbox, jobs: Sequence[tuple[str, Suite]], stop_early: bool = True) -> list[Grade]:
    """Judges programs, on all boxes at once.

    Args:
        sandbox: where they run.
        jobs: programs with the suite that judges each.
        stop_early: stdin mode: skip the tests after one that did not end well; say False to count all that pass.
    """
    results = sandbox.run_many([request(code, suite, stop_early) for code, suite in jobs])
    return [judge(suite, result) for (_, suite), result in zip(jobs, results, strict=True)]


def grade(sandbox: Sandbox, code: str, suite: Suite, stop_early: bool = True) -> Grade:
    """Judges one program."""
    return grade_many(sandbox, [(code, suite)], stop_early)[0]


def request(code: str, suite: Suite, stop_early: bool = True) -> ExecRequest:
    """What the box is told: the program, the inputs, the limits. Not the expected outputs."""
    return ExecRequest(
        code=code,
        inputs=tuple(test.given for test in suite.tests),  # type: ignore[arg-type]
        mode=suite.mode,
        entry=suite.entry,
        limits=suite.limits,
        stop_early=stop_early,
    )


def judge(suite: Suite, result: ExecResult) -> Grade:
    """Compares the answers of a run with what the suite expects."""
    total = len(suite.tests)
    if result.status is Status.INFRA:
        return Grade(Outcome.ERROR, 0, total, -1, result.detail, result)
    if suite.compare.kind == "replay":
        return _replay(suite, result)
    passed, first, reason = 0, -1, ""
    for place, test in enumerate(suite.tests):
        try:
            problem = _problem(suite, test, result, place)
        except InfrastructureError as failure:
            return Grade(Outcome.ERROR, passed, total, place, str(failure), result)
        if not problem:
            passed += 1
        elif first < 0:
            first, reason = place, problem
    if passed == total and result.status is Status.OK:
        return Grade(Outcome.PASS, passed, total, -1, "", result)
    if first < 0:  # every answer is right and yet the run did not end well
        reason, passed = result.detail, 0
    timed_out = result.status is Status.TIMEOUT
    return Grade(Outcome.TIMEOUT if timed_out else Outcome.FAIL, passed, total, first, reason, result)


def _replay(suite: Suite, result: ExecResult) -> Grade:
    """Judges all answers at once: they pass together or fail together."""
    total = len(suite.tests)
    bad = next((place for place, answer in enumerate(result.answers) if answer.error), -1)
    if result.status is not Status.OK or bad >= 0:
        outcome = Outcome.TIMEOUT if result.status is Status.TIMEOUT else Outcome.FAIL
        place = bad if bad >= 0 else len(result.answers)
        return Grade(outcome, 0, total, place, result.answers[bad].error if bad >= 0 else result.detail, result)
    given = [test.given for test in suite.tests]
    try:
        accepted, _ = _checkers().check(suite.compare.source, given, [answer.value for answer in result.answers])
    except InfrastructureError as failure:
        return Grade(Outcome.ERROR, 0, total, -1, str(failure), result)
    except WireError:
        accepted = False
    if accepted:
        return Grade(Outcome.PASS, total, total, -1, "", result)
    return Grade(Outcome.FAIL, 0, total, -1, "wrong answer", result)


def trusted_call(source: str, name: str, *arguments: object) -> tuple[object, str]:
    """Calls a function of a trusted program in the checker process: what it returned, and "" or what went wrong."""
    return _checkers().call(source, name, arguments)


def _problem(suite: Suite, test: Test, result: ExecResult, place: int) -> str:
    """Why the test did not pass, "" if it did."""
    if place >= len(result.answers):
        return result.detail or "no answer"
    answer = result.answers[place]
    if answer.error or answer.status is not Status.OK:
        return answer.error or answer.status.value
    value = _value(suite, answer)
    if suite.mode == "stdin" and value is None:
        return "the output is not UTF-8 text"
    if suite.compare.kind != "checker":
        return "" if matches(suite.compare, value, test.expected) else "wrong answer"
    try:
        accepted, problem = _checkers().check(suite.compare.source, test.given, value)
    except WireError:
        return "wrong answer"
    return "" if accepted else f"wrong answer ({problem})" if problem else "wrong answer"


def _value(suite: Suite, answer: Answer) -> object:
    if suite.mode == "function":
        return answer.value
    try:
        return bytes(answer.value).decode("utf-8")  # type: ignore[call-overload]
    except UnicodeDecodeError:
        return None


def _checkers() -> CheckerPool:
    if not _shared_checkers:
        _shared_checkers.append(CheckerPool())
    return _shared_checkers[0]
