"""`verify`: whether a response answers a problem with a given reference. The walk through the stages is here.

Bounds, extraction, the fast path, the typed comparison; each stage is a module of its own. Nothing raises on a response.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from flowrl_envs.errors import DataError
from flowrl_envs.types import Reason
from flowrl_envs.verify.extract import Extraction, extract
from flowrl_envs.verify.limits import DEFAULT, Mode, Options
from flowrl_envs.verify.literals import Literal, literal, same_literal
from flowrl_envs.verify.result import Flag, MathVerdict, Stage, math_verdict
from flowrl_envs.verify.words import same_words


class Reference(NamedTuple):
    """A reference answer, read once.

    Attributes:
        text: the answer as it stands in the data set, without the prose around it.
        literal: its value if it is a number written out.
    """

    text: str
    literal: Literal | None


@lru_cache(maxsize=65_536)
def parse_reference(text: str) -> Reference:
    """Reads a reference; cached, so a data set can be checked once and judged with for free.

    Raises:
        DataError: the reference is empty or cannot be read.
    """
    found = extract(text, Mode.AUTO if "box{" in text else Mode.BARE)
    if not found.answer.strip():
        raise DataError(
            f"reference {text[:80]!r} holds no answer. Give the final answer of the problem, in LaTeX or plain text."
        )
    return Reference(found.answer, literal(found.answer))


def verify(
    response: str,
    reference: str | Reference,
    *,
    question: str | None = None,
    mode: Mode | str = Mode.AUTO,
    options: Options = DEFAULT,
) -> MathVerdict:
    """Judges a response.

    Args:
        response: any text a model wrote.
        reference: the right answer, as text or parsed.
        question: the problem, if an answer that merely restates it should be refused.
        mode: where the answer may stand.
        options: strictness, tolerance, deadline and limits.

    Returns:
        A verdict; `correct` is None only where the verifier itself failed.

    Raises:
        DataError: the reference cannot be read.
    """
    start = time.perf_counter()
    parsed = parse_reference(reference) if isinstance(reference, str) else reference
    return _judge(response, parsed, question, Mode(mode), options).timed(time.perf_counter() - start)


def _judge(response: str, reference: Reference, question: str | None, mode: Mode, options: Options) -> MathVerdict:
    if len(response) > options.limits.response:
        return math_verdict(False, Stage.BOUNDS, Reason.TOO_LONG)
    found = extract(response, mode)
    if not found.answer:
        return math_verdict(False, Stage.EXTRACT, Reason.NO_ANSWER, rule=found.rule, flags=found.flags)
    if len(found.answer) > options.limits.answer:
        return math_verdict(False, Stage.BOUNDS, Reason.MALFORMED, rule=found.rule, flags=found.flags)
    return _compare(found, reference, options)


def _compare(found: Extraction, reference: Reference, options: Options) -> MathVerdict:
    value = literal(found.answer)
    if value is not None and reference.literal is not None:
        same = same_literal(reference.literal, value, options)
        return math_verdict(
            same, Stage.LITERAL, answer=found.answer, extracted=found.answer, rule=found.rule, flags=found.flags
        )
    same = same_words(reference.text, found.answer)
    return math_verdict(
        same,
        Stage.PARSE,
        answer=found.answer,
        extracted=found.answer,
        rule=found.rule,
        flags=found.flags | {Flag.UNPARSED},
    )


def verify_many(
    pairs: Iterable[tuple[str, str | Reference]],
    *,
    questions: Sequence[str | None] | None = None,
    mode: Mode | str = Mode.AUTO,
    options: Options = DEFAULT,
) -> list[MathVerdict]:
    """Judges a batch in order."""
    listed = list(pairs)
    asked = questions if questions is not None else [None] * len(listed)
    return [
        verify(response, reference, question=question, mode=mode, options=options)
        for (response, reference), question in zip(listed, asked, strict=True)
    ]
