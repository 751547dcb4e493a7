"""What every programming task is made of: a question, the suite that judges programs, and what may be shown of it."""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from dataclasses import dataclass, field

from flowrl_envs.sandbox import Grade, Outcome, Suite, Test

_BUILT_IN_ERRORS = frozenset(
    name for name, value in vars(builtins).items() if isinstance(value, type) and issubclass(value, BaseException)
)


_PLAIN = ("wrong answer", "too much output", "the output is not UTF-8 text", "not one answer for each input")


@dataclass(frozen=True, slots=True)
class Exercise:
    """One programming problem.

    Attributes:
        id: its name in its collection.
        prompt: the question.
        suite: hidden tests and how they are judged; a task keeps it from the agent.
        shown: tests that the prompt shows, and so may be spoken of.
        solution: a program that passes, "" where none is known.
        before: code put in front of the agent's program (imports and helpers of the question).
        metadata: what reports may show.
    """

    id: str
    prompt: str
    suite: Suite
    shown: tuple[Test, ...] = ()
    solution: str = ""
    before: str = ""
    metadata: Mapping[str, str | int | float | bool] = field(default_factory=dict)

    def program(self, code: str) -> str:
        """The agent's code as it is run."""
        return f"{self.before}\n\n{code}" if self.before else code


def cause(grade: Grade) -> str:
    """Why a program failed, in words that cannot carry a hidden input out of the box.

    A message was written by the program, and so was the name of an exception class that is not built in.
    """
    if grade.outcome is Outcome.TIMEOUT:
        return "out of time"
    name = grade.reason.partition(":")[0]
    if name in _BUILT_IN_ERRORS:
        return name
    return grade.reason if grade.reason in _PLAIN else "ended with an error"
