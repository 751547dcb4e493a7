"""`verify`: whether a response answers a problem with a given reference. The walk through the stages is here.

Bounds, extraction, the fast path, words, the typed comparison, a symbolic worker; each stage is a module of its own.
Nothing raises on a response, whatever it holds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import NamedTuple

from flowrl_envs.types import Reason
from flowrl_envs.verify.clock import same_time
from flowrl_envs.verify.extract import Extraction, extract
from flowrl_envs.verify.limits import DEFAULT, Mode, Options
from flowrl_envs.verify.literals import literal, same_literal
from flowrl_envs.verify.nodes import Node
from flowrl_envs.verify.reference import Reading, Reference, parse_reference, read, read_literal
from flowrl_envs.verify.restate import restates
from flowrl_envs.verify.result import Decision, Flag, MathVerdict, Stage, math_verdict
from flowrl_envs.verify.words import choice_letter, same_words


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
        DataError: the reference holds no answer.
    """
    parsed = parse_reference(reference) if isinstance(reference, str) else reference
    return _timed(response, parsed, question, Mode(mode), options, workers=True)


def _timed(
    response: str, reference: Reference, question: str | None, mode: Mode, options: Options, workers: bool
) -> MathVerdict:
    started = time.perf_counter()
    try:
        return _judge(_Job(response, reference, question, options, workers, started), mode)
    except Exception:
        return math_verdict(None, Stage.STRUCTURE, Reason.INTERNAL, started=started)


class _Job(NamedTuple):
    """What is judged, and when the work began."""

    response: str
    reference: Reference
    question: str | None
    options: Options
    workers: bool
    started: float


def _judge(job: _Job, mode: Mode) -> MathVerdict:
    limits, started = job.options.limits, job.started
    if len(job.response) > limits.response:
        return math_verdict(False, Stage.BOUNDS, Reason.TOO_LONG, started=started)
    if mode is Mode.CHOICE:
        return _choice(job)
    found = extract(job.response, mode)
    if found.group and job.reference.is_list:
        found = found._replace(answer=", ".join(found.group))
    if not found.answer:
        return math_verdict(False, Stage.EXTRACT, Reason.NO_ANSWER, rule=found.rule, flags=found.flags, started=started)
    if len(found.answer) > limits.answer:
        return math_verdict(False, Stage.BOUNDS, Reason.MALFORMED, rule=found.rule, flags=found.flags, started=started)
    return _compare(job, found)


def _choice(job: _Job) -> MathVerdict:
    wanted = choice_letter(job.reference.text)
    given = choice_letter(extract(job.response, Mode.AUTO).answer) or choice_letter(job.response)
    if not given:
        return math_verdict(False, Stage.EXTRACT, Reason.NO_ANSWER, rule="choice", started=job.started)
    return math_verdict(given == wanted, Stage.PARSE, answer=given, extracted=given, rule="choice", started=job.started)


def _compare(job: _Job, found: Extraction) -> MathVerdict:
    """One extracted answer against the reference: literals, equal text, times, then words or trees."""
    answer, reference = found.answer, job.reference
    value = literal(answer)
    decision: Decision | None = None
    if value is not None and reference.literal is not None:
        same = same_literal(reference.literal, value, job.options)
        if same or not (value.grouped or reference.literal.grouped or value.percent):
            decision = (same, Stage.LITERAL, None, set())
    elif answer == reference.text:
        decision = (True, Stage.LITERAL, None, set())
    if decision is None and ":" in answer and (times := same_time(reference.text, answer)) is not None:
        decision = (times, Stage.PARSE, None, set())
    correct, stage, reason, flags = decision or _typed(job, answer)
    return math_verdict(
        correct,
        stage,
        reason,
        answer=reference.text if correct else answer,
        extracted=answer,
        rule=found.rule,
        flags=found.flags | flags,
        started=job.started,
    )


def _typed(job: _Job, answer: str) -> Decision:
    """Words against words, or a tree against a tree."""
    reference = job.reference
    given = read(answer, job.options.limits)
    wanted = reference.reading or read_literal(reference)
    if given.tokens is not None and given.tokens == wanted.tokens:
        return _unless_restated(job, answer, given, wanted, (True, Stage.STRUCTURE, None, set()))
    if given.tree is None or wanted.tree is None or "text" in (given.tree.kind, wanted.tree.kind):
        same = same_words(reference.text, answer) or (given.tree is not None and given.tree == wanted.tree)
        malformed = given.tree is None and wanted.tree is not None and not same
        flags = {Flag.UNPARSED} if given.tree is None else set()
        return same, Stage.PARSE, Reason.MALFORMED if malformed else None, flags
    texts = reference.text, answer
    decision = _decide()(texts, wanted.tree, given.tree, job.question, job.options, job.workers)
    return _unless_restated(job, answer, given, wanted, decision)


@cache
def _decide() -> Callable[[tuple[str, str], Node, Node, str | None, Options, bool], Decision]:
    """The typed decision, imported when it is first needed because it loads flint."""
    from flowrl_envs.verify.decide import decide

    return decide


def _unless_restated(job: _Job, answer: str, given: Reading, wanted: Reading, decision: Decision) -> Decision:
    """Refuses a right value that only repeats the question."""
    correct, stage, _, flags = decision
    if not (correct and job.question and given.tree is not None):
        return decision
    if not restates(answer, given.tree, wanted.tree, job.question):
        return decision
    return False, stage, None, flags | {Flag.RESTATES}


def warm_up() -> None:
    """Loads flint and starts one worker now, so that the first symbolic verdict keeps its deadline too."""
    from flowrl_envs.verify.pool import shared_pool

    _decide()
    shared_pool().start()


def verify_many(
    pairs: Iterable[tuple[str, str | Reference]],
    *,
    questions: Sequence[str | None] | None = None,
    mode: Mode | str = Mode.AUTO,
    options: Options = DEFAULT,
) -> list[MathVerdict]:
    """Judges a batch; the answers that need a worker are spread over all of them.

    Args:
        pairs: (response, reference) in the order of the result.
        questions: the problems, one a pair.
        mode: where the answers may stand.
        options: strictness, tolerance, deadline and limits, for each pair.

    Raises:
        DataError: a reference holds no answer.
    """
    chosen = Mode(mode)
    read = [(text, parse_reference(ref) if isinstance(ref, str) else ref) for text, ref in pairs]
    asked = list(questions) if questions is not None else [None] * len(read)
    jobs = [(text, ref, question) for (text, ref), question in zip(read, asked, strict=True)]
    verdicts = [_timed(text, ref, question, chosen, options, workers=False) for text, ref, question in jobs]
    late = [index for index, verdict in enumerate(verdicts) if verdict.stage is Stage.SYMBOLIC]
    if late:
        from flowrl_envs.verify.pool import shared_pool

        with ThreadPoolExecutor(shared_pool().size) as threads:
            again = threads.map(lambda index: _timed(*jobs[index], chosen, options, workers=True), late)
            for index, verdict in zip(late, again, strict=True):
                verdicts[index] = verdict
    return verdicts
