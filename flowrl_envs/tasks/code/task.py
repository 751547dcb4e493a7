"""`Code`: programs judged by hidden tests in a sandbox. The built-in problems; `CodeTask` is the base for all others.

The last closed fenced block of a response is the program. It passes if all hidden tests pass; a verdict says which
failed first and why, and no more of it. A response without a block scores the floor. What the sandbox could not judge
is `correct=None`, never 0.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Literal

from flowrl_envs.errors import UserError
from flowrl_envs.sandbox import BACKENDS, Grade, Outcome, Suite, Test, grade_many
from flowrl_envs.sandbox.pool import Sandbox
from flowrl_envs.sandbox.shared import shared_sandbox
from flowrl_envs.sources.splits import content_split
from flowrl_envs.task import Task, check_index
from flowrl_envs.tasks.code.bank import ITEMS, Item, tests_of
from flowrl_envs.tasks.code.blocks import last_block
from flowrl_envs.tasks.code.exercise import Exercise, cause
from flowrl_envs.types import Problem, Reason, Verdict, right, ungraded, wrong

Reward = Literal["all", "fraction"]
TEST_SHARE = 0.25


class CodeTask(Task):
    """Programming problems of any collection.

    Args:
        reward: "all": 1 if every test passes, else 0; "fraction": the share of tests that pass.
        backend: where programs run: "local", "landlock" or "docker".
        workers: boxes, 0 for one for each processor.

    Raises:
        UserError: an argument is not allowed.
    """

    def __init__(self, reward: Reward = "all", backend: str = "local", workers: int = 0) -> None:
        if reward not in ("all", "fraction"):
            raise UserError(f"reward={reward!r}: allowed are 'all' and 'fraction'.")
        if backend not in BACKENDS:
            raise UserError(f"backend={backend!r}: allowed are {', '.join(BACKENDS)}.")
        self.reward = reward
        self.backend = backend
        self.workers = workers

    @abstractmethod
    def exercises(self, split: str) -> Sequence[Exercise]:
        """The problems of a split."""

    @property
    def sandbox(self) -> Sandbox:
        """Where programs run; opened at the first verdict."""
        return shared_sandbox(self.backend, self.workers)

    def size(self, split: str) -> int | None:
        """How many problems the split has."""
        return len(self.exercises(split))

    def problem(self, split: str, index: int) -> Problem:
        """The problem at `index`."""
        check_index(self, split, index)
        exercise = self.exercises(split)[index]
        return Problem(exercise.id, exercise.prompt, exercise, exercise.metadata)

    def gold(self, problem: Problem) -> str:
        """The known solution in a block; "" where the collection has none."""
        solution = problem.reference.solution
        return f"```python\n{solution.rstrip()}\n```" if solution else ""

    def score(self, problem: Problem, response: str) -> Verdict:
        """Judges one response."""
        return self.score_many([(problem, response)])[0]

    def score_many(self, pairs: Sequence[tuple[Problem, str]]) -> list[Verdict]:
        """Judges responses on all boxes at once."""
        codes = [last_block(response) for _, response in pairs]
        jobs = [
            (problem.reference.program(code), problem.reference.suite)
            for (problem, _), code in zip(pairs, codes, strict=True)
            if code is not None
        ]
        grades = iter(self.grade(jobs))
        return [wrong(Reason.NO_ANSWER) if code is None else self._verdict(next(grades), code) for code in codes]

    def grade(self, jobs: Sequence[tuple[str, Suite]]) -> list[Grade]:
        """Runs and judges programs; opens the sandbox only if there is something to run."""
        return grade_many(self.sandbox, jobs, stop_early=self.reward == "all") if jobs else []

    def _verdict(self, grade: Grade, code: str) -> Verdict:
        if grade.outcome is Outcome.ERROR:
            return ungraded(Reason.INTERNAL, cause="the sandbox failed twice")
        answer = "\n".join(line.rstrip() for line in code.strip("\n").split("\n"))
        share = grade.passed / grade.total
        if grade.outcome is Outcome.PASS:
            return right(1.0, answer, passed=share)
        partial = share if self.reward == "fraction" else 0.0
        reason = Reason.PARTIAL if partial else _reason(grade)
        facts: dict[str, str | int | float | bool] = {
            "cause": cause(grade),
            "passed": share,
            "failed_test": grade.failed_test,
        }
        return Verdict(partial, False, reason, answer, facts)


class Code(CodeTask):
    """The built-in problems.

    Args:
        level: 1 to 4, or 0 for all.
        mode: "function", "stdin" or "both".
        reward: see `CodeTask`.
        backend: see `CodeTask`.
        workers: see `CodeTask`.
    """

    def __init__(
        self, level: int = 0, mode: str = "both", reward: Reward = "all", backend: str = "local", workers: int = 0
    ) -> None:
        super().__init__(reward, backend, workers)
        if level not in range(5):
            raise UserError(f"level={level!r}: allowed are 1 to 4, or 0 for all.")
        if mode not in ("function", "stdin", "both"):
            raise UserError(f"mode={mode!r}: allowed are 'function', 'stdin' and 'both'.")
        chosen = [item for item in ITEMS if level in (0, item.level) and mode in ("both", item.mode)]
        self._items: dict[str, list[Item]] = {split: [] for split in self.splits}
        for item in chosen:
            self._items[content_split(item.text, TEST_SHARE)].append(item)
        if not all(self._items.values()):
            raise UserError(f"level={level}, mode={mode!r}: too few problems for two splits. Choose a wider range.")
        self._made: dict[str, tuple[Exercise, ...]] = {}

    def exercises(self, split: str) -> Sequence[Exercise]:
        """The problems of a split, made when they are first needed."""
        if split not in self._made:
            self._made[split] = tuple(exercise_of(item) for item in self._items.get(split, ()))
        return self._made[split]


SHOWN = 2
"""How many tests a prompt shows."""


def exercise_of(item: Item) -> Exercise:
    """The exercise of a built-in problem: its first tests are shown, the rest are hidden."""
    tests = tests_of(item)
    suite = Suite(tests, item.mode, item.name if item.mode == "function" else "", item.compare)
    if item.mode == "function":
        task = f"Write a Python function `{item.signature}`. {item.text}"
        examples = "\n".join(f">>> {_call(item, test)}\n{test.expected!r}" for test in tests[:SHOWN])
    else:
        task = f"Write a Python program that reads standard input and writes standard output. {item.text}"
        examples = "\n".join(f"input:\n{test.given}\noutput:\n{test.expected}" for test in tests[:SHOWN])
    ask = "Give the whole program in one fenced code block (```python)."
    return Exercise(
        id=f"{item.name}",
        prompt=f"{task}\n\nExamples:\n{examples.rstrip()}\n\n{ask}",
        suite=suite,
        shown=tests[:SHOWN],
        solution=item.solution,
        metadata={"level": item.level, "mode": item.mode},
    )


def _call(item: Item, test: Test) -> str:
    return f"{item.name}({', '.join(map(repr, test.given))})"


def _reason(grade: Grade) -> Reason:
    """MALFORMED if the program could not even start."""
    nothing_ran = not grade.result.answers and grade.reason.startswith(("SyntaxError", "IndentationError", "TabError"))
    return Reason.MALFORMED if nothing_ran else Reason.WRONG
