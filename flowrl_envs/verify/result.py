"""What a verification says: a `Verdict` with the stage that decided, the rule that found the answer, and flags.

Values only. `MathVerdict` is a `Verdict`, so a task returns it as it is; the time it took stays out of `details`
(and out of equality), because `info` must be a function of the episode alone.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, field
from enum import StrEnum
from time import perf_counter

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


Decision = tuple[bool | None, Stage, Reason | None, Set[Flag]]
"""What a comparison decided: correct, by which stage, a reason if it is not the plain one, remarks."""

_RIGHT, _WRONG = Reason.CORRECT, Reason.WRONG
_new = object.__new__
_set_reward, _set_correct, _set_reason, _set_answer, _set_details = (
    getattr(Verdict, name).__set__ for name in ("reward", "correct", "reason", "answer", "details")
)
_set_stage, _set_rule, _set_extracted, _set_flags, _set_elapsed = (
    getattr(MathVerdict, name).__set__ for name in ("stage", "rule", "extracted", "flags", "elapsed")
)


def math_verdict(
    correct: bool | None,
    stage: Stage,
    reason: Reason | None,
    started: float,
    rule: str = "",
    flags: Set[Flag] = frozenset(),
    answer: str = "",
    extracted: str = "",
) -> MathVerdict:
    """Builds a verdict whose reward and details follow from its parts; `started` is when the work began.

    The slots are filled directly: the constructor of a frozen dataclass takes three times as long, and a verdict on a
    number takes only a few microseconds in all.
    """
    names: tuple[Flag, ...] = ()
    remarks = ""
    if flags:
        names = tuple(sorted(flags))
        remarks = ",".join(names)
    verdict = _new(MathVerdict)
    _set_reward(verdict, 1.0 if correct else 0.0)
    _set_correct(verdict, correct)
    _set_reason(verdict, reason or (_RIGHT if correct else _WRONG))
    _set_answer(verdict, answer[:200])
    _set_details(verdict, {"stage": stage._value_, "rule": rule, "flags": remarks})
    _set_stage(verdict, stage)
    _set_rule(verdict, rule)
    _set_extracted(verdict, extracted[:200])
    _set_flags(verdict, names)
    _set_elapsed(verdict, perf_counter() - started)
    return verdict
