"""`CodeRepair`: the built-in problems over several turns. The failing test comes back; the hidden tests decide.

After a program that fails, the agent is told what happened: of a shown example everything (input, expected, what came
back), of a hidden test only its number and the kind of failure. The last program is the one that is judged. A turn that
does not end the episode earns `progress` times the share of tests by which it beats the best before it.
"""

from __future__ import annotations

from flowrl_envs.errors import UserError
from flowrl_envs.sandbox import Grade, Outcome, Test
from flowrl_envs.tasks.code.blocks import last_block
from flowrl_envs.tasks.code.exercise import Exercise, cause
from flowrl_envs.tasks.code.task import Code, Reward
from flowrl_envs.types import Problem, Transcript

_SHORT = 300
_KEPT = 256


class CodeRepair(Code):
    """Programs with a second and a third chance.

    Args:
        turns: how many programs the agent may write.
        progress: what a turn earns for each share of the tests by which it is better than every turn before.
        level: see `Code`.
        mode: see `Code`.
        reward: see `CodeTask`.
        backend: see `CodeTask`.
        workers: see `CodeTask`.
    """

    def __init__(
        self,
        turns: int = 3,
        progress: float = 0.0,
        level: int = 0,
        mode: str = "both",
        reward: Reward = "all",
        backend: str = "local",
        workers: int = 0,
    ) -> None:
        super().__init__(level, mode, reward, backend, workers)
        if not 1 <= turns <= 20:
            raise UserError(f"turns={turns!r}: allowed are 1 to 20.")
        if not 0 <= progress <= 1:
            raise UserError(f"progress={progress!r}: allowed are 0 to 1.")
        self.max_turns = turns
        self.progress = progress
        self._known: dict[tuple[str, str], Grade] = {}

    def reply(self, problem: Problem, transcript: Transcript) -> str | None:
        """What came of the agent's program; None if it passed, or if this was the last turn."""
        turns = sum(message.role == "assistant" for message in transcript)
        grade = self._grade_of(problem, transcript[-1].content)
        if turns >= self.max_turns or (grade is not None and grade.outcome is Outcome.PASS):
            return None
        left = self.max_turns - turns
        more = "This is the last try." if left == 1 else f"{left} tries are left."
        return f"{_feedback(problem.reference, grade)}\n\nWrite the whole corrected program in one fenced block. {more}"

    def turn_reward(self, problem: Problem, transcript: Transcript) -> float:
        """`progress` times the gain in tests passed over the best program before."""
        shares = [
            self._share(problem, message.content)
            for message in transcript
            if message.role == "assistant" and self.progress
        ]
        return self.progress * max(0.0, shares[-1] - max(shares[:-1], default=0.0)) if shares else 0.0

    def _share(self, problem: Problem, response: str) -> float:
        grade = self._grade_of(problem, response)
        return grade.passed / grade.total if grade is not None else 0.0

    def _grade_of(self, problem: Problem, response: str) -> Grade | None:
        """The grade of a message's program, None for a message without one. The latest are remembered."""
        code = last_block(response)
        if code is None:
            return None
        key = (problem.id, code)
        if key not in self._known:
            while len(self._known) >= _KEPT:
                self._known.pop(next(iter(self._known)))
            exercise: Exercise = problem.reference
            (self._known[key],) = self.grade([(exercise.program(code), exercise.suite)])
        return self._known[key]


def _feedback(exercise: Exercise, grade: Grade | None) -> str:
    """What the agent may know of a failure."""
    if grade is None:
        return "There is no closed fenced code block in your message."
    if grade.outcome is Outcome.ERROR:
        return "Your program could not be run; nothing is known of it."
    if grade.failed_test < 0:
        return f"Your program did not pass: {cause(grade)}."
    if grade.failed_test >= len(exercise.shown):
        return f"The examples pass. Hidden test {grade.failed_test + 1} of {grade.total} fails: {cause(grade)}."
    test = exercise.shown[grade.failed_test]
    return f"Example {grade.failed_test + 1} fails: {_told(test, grade)}"


def _told(test: Test, grade: Grade) -> str:
    """Everything about a shown example."""
    given = repr(test.given)[:_SHORT]
    answers = grade.result.answers
    got = answers[grade.failed_test] if grade.failed_test < len(answers) else None
    if got is not None and not got.error:
        value = bytes(got.value).decode("utf-8", "replace") if isinstance(got.value, bytes) else got.value
        seen = f"it gave {value!r}"[:_SHORT]
    else:
        seen = (got.error if got is not None else grade.reason)[:_SHORT]
    return f"for {given} the answer is {test.expected!r}, {seen}."[: 3 * _SHORT]
