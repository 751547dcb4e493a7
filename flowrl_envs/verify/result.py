"""What a verification says: a `Verdict` with the stage that decided, the rule that found the answer, and flags.

Values only. `MathVerdict` is a `Verdict`, so a task returns it as it is; the time it took stays out of `details`
(and out of equality), because `info` must be a function of the episode alone.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from enum import StrEnum

from flowrl_envs.types import Reason, Verdict


class Stage(StrEnum):
    """The stage of the pipeline that decided."""

    BOUNDS = "bounds"
    """The response or the answer exceeds a limit, so it was not read."""
    EXTRACT = "extract"
    """No single answer could be found."""
    LITERAL = "literal"
    """Both sides are literals and were compared exactly, without the parser."""
    PARSE = "parse"
    """One side is no mathematics: words were compared, or the answer is malformed."""
    STRUCTURE = "structure"
    """The typed trees settled it: equal trees, other kinds of object, another number of elements."""
    EXACT = "exact"
    """Exact rational arithmetic settled it."""
    BALLS = "balls"
    """Interval arithmetic of growing precision settled it."""
    SYMBOLIC = "symbolic"
    """A computer algebra system in a worker process settled it, or failed to."""


class Flag(StrEnum):
    """Remarks on a response that do not decide by themselves."""

    HEDGED = "hedged"
    """The answer offers alternatives where one value is asked for."""
    SEVERAL_BOXES = "several_boxes"
    """More than one box; the last one counts (or all of them where a list is asked for)."""
    UNIT_MISSING = "unit_missing"
    """The reference has a unit or a percent sign that the answer leaves out."""
    RESTATES = "restates"
    """The answer repeats an expression of the question instead of evaluating it."""
    UNEVALUATED = "unevaluated"
    """The answer holds a sum, integral, limit or derivative that the reference does not have."""
    NEGATED = "negated"
    """The text says that the value is not the answer."""
    UNCLOSED = "unclosed"
    """The last box is not closed: the response was cut off."""
    UNPARSED = "unparsed"
    """The answer is not mathematics that the parser knows."""


@dataclass(frozen=True, slots=True)
class MathVerdict(Verdict):
    """A verdict on a mathematical answer.

    Attributes:
        stage: what decided.
        rule: the extraction rule that found the answer, "" if none did.
        extracted: the answer as it stands in the response, cut at 200 characters. (`answer` is the reference where
            the verdict is right: all right answers to a problem are one solution.)
        flags: remarks, in alphabetical order.
        elapsed: seconds of wall clock; not part of equality and never in `details`.
    """

    stage: Stage = Stage.EXTRACT
    rule: str = ""
    extracted: str = ""
    flags: tuple[Flag, ...] = ()
    elapsed: float = field(default=0.0, compare=False)


Decision = tuple[bool | None, Stage, Reason | None, set[Flag]]
"""What a comparison decided: correct, by which stage, a reason if it is not the plain one, remarks."""

_REWARD = {True: 1.0, False: 0.0, None: 0.0}


def math_verdict(
    correct: bool | None,
    stage: Stage,
    reason: Reason | None = None,
    *,
    answer: str = "",
    extracted: str = "",
    rule: str = "",
    flags: frozenset[Flag] | set[Flag] = frozenset(),
    started: float,
) -> MathVerdict:
    """Builds a verdict whose reward and details follow from its parts; `started` is when the work began."""
    if reason is None:
        reason = Reason.CORRECT if correct else Reason.WRONG
    names = tuple(sorted(flags)) if flags else ()
    details = {"stage": stage._value_, "rule": rule, "flags": ",".join(names)}
    elapsed = time.perf_counter() - started
    return MathVerdict(
        _REWARD[correct], correct, reason, answer[:200], details, stage, rule, extracted[:200], names, elapsed
    )
