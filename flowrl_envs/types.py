"""The words every environment speaks: a problem, a verdict on a response, and why.

This module holds values only. It decides nothing, loads nothing and imports nothing of the package, so a
verifier, a sandbox and a task can share it. On the walk of an episode it is the ground floor: `Task.problem`
makes a `Problem`, `Task.score` turns a response to it into a `Verdict`, and `TextEnv` shows both to the agent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

Role = Literal["system", "user", "assistant"]


class Reason(StrEnum):
    """Why a verdict is what it is. The values are stable: they appear in `info`, in logs and in reports."""

    CORRECT = "correct"
    """The response answers the problem."""
    WRONG = "wrong"
    """An answer was found and it is not the right one."""
    PARTIAL = "partial"
    """Some of what was asked is right; the reward lies between floor and ceiling."""
    NO_ANSWER = "no_answer"
    """No answer could be found in the response."""
    MALFORMED = "malformed"
    """An answer was found, but it is not of the form that the problem asks for."""
    ILLEGAL = "illegal"
    """A well-formed answer that breaks a rule of the problem (a number used twice, say)."""
    TOO_LONG = "too_long"
    """The response exceeds the length that the environment accepts, so it was not read."""
    PENDING = "pending"
    """The episode goes on: nothing has been judged yet."""
    TIMEOUT = "timeout"
    """Not graded: the verifier ran past its deadline."""
    RESOURCE = "resource"
    """Not graded: the verifier ran out of memory or of another bounded resource."""
    INTERNAL = "internal"
    """Not graded: the verifier failed in a way that says nothing about the response."""


UNGRADED = frozenset({Reason.TIMEOUT, Reason.RESOURCE, Reason.INTERNAL})
"""Reasons that blame the verifier. A verdict with one of them has `correct=None` and no say in training."""


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation: who spoke, and what they said."""

    role: Role
    content: str


Transcript = tuple[Message, ...]
"""A conversation in order, the user's first message at index 0."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One item of a task.

    Attributes:
        id: names the item among all items of the task; equal content has an equal id.
        prompt: the user message the agent reads.
        reference: what the scorer compares with. It never enters an observation or `info`.
        metadata: what a report may show about the item (subject, level, source). Not the answer.
    """

    id: str
    prompt: str
    reference: Any = field(repr=False)
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of scoring one response.

    Attributes:
        reward: a finite float within the task's reward range.
        correct: True or False, or None where the verifier failed and so nothing is known.
        reason: why.
        answer: the canonical form of the extracted answer, "" if there is none. Two right responses give the
            same problem the same `answer` exactly if they are the same solution, which is what "distinct right
            answers" counts.
        details: extra facts for a person or a report: plain str, int, float or bool values.
    """

    reward: float
    correct: bool | None
    reason: Reason
    answer: str = ""
    details: Mapping[str, str | int | float | bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if (self.correct is None) != (self.reason in UNGRADED):
            raise ValueError(
                f"Verdict(correct={self.correct}, reason={self.reason.value!r}): correct is None exactly for "
                f"the reasons {sorted(UNGRADED)}"
            )

    @property
    def graded(self) -> bool:
        """Whether the verifier reached a decision."""
        return self.correct is not None


def right(reward: float = 1.0, answer: str = "", **details: str | int | float | bool) -> Verdict:
    """The verdict on a correct response."""
    return Verdict(reward, True, Reason.CORRECT, answer, details)


def wrong(
    reason: Reason = Reason.WRONG, answer: str = "", reward: float = 0.0, **details: str | int | float | bool
) -> Verdict:
    """The verdict on a response that is not correct, for the reason given."""
    return Verdict(reward, False, reason, answer, details)


def ungraded(reason: Reason, **details: str | int | float | bool) -> Verdict:
    """The verdict when the verifier failed: no reward, and `correct=None` so that trainers mask it."""
    return Verdict(0.0, None, reason, "", details)
