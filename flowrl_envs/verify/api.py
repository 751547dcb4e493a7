"""`verify`: whether a response answers a problem with a given reference. The walk through the stages is here.

Bounds, extraction, the fast path, words, the typed comparison, a symbolic worker; each stage is a module of its own.
Nothing raises on a response, whatever it holds.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from flowrl_envs.types import Reason
from flowrl_envs.verify.clock import same_time
from flowrl_envs.verify.extract import Extraction, extract
from flowrl_envs.verify.limits import DEFAULT, Mode, Options
from flowrl_envs.verify.literals import literal, same_literal
from flowrl_envs.verify.reference import Reference, parse_reference, tree_of
from flowrl_envs.verify.result import Flag, MathVerdict, Stage, math_verdict
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
    start = time.perf_counter()
    try:
        verdict = _judge(response, reference, question, mode, options, workers)
    except Exception:
        verdict = math_verdict(None, Stage.STRUCTURE, Reason.INTERNAL)
    return verdict.timed(time.perf_counter() - start)


def _judge(
    response: str, reference: Reference, question: str | None, mode: Mode, options: Options, workers: bool
) -> MathVerdict:
    if len(response) > options.limits.response:
        return math_verdict(False, Stage.BOUNDS, Reason.TOO_LONG)
    if mode is Mode.CHOICE:
        return _choice(response, reference)
    found = extract(response, mode)
    if found.group and reference.is_list:
        found = found._replace(answer=", ".join(found.group))
    if not found.answer:
        return math_verdict(False, Stage.EXTRACT, Reason.NO_ANSWER, rule=found.rule, flags=found.flags)
    if len(found.answer) > options.limits.answer:
        return math_verdict(False, Stage.BOUNDS, Reason.MALFORMED, rule=found.rule, flags=found.flags)
    return _Case(found, reference, question, options, workers).compare()


def _choice(response: str, reference: Reference) -> MathVerdict:
    wanted, given = choice_letter(reference.text), choice_letter(extract(response, Mode.AUTO).answer or response)
    given = given or choice_letter(response)
    if not given:
        return math_verdict(False, Stage.EXTRACT, Reason.NO_ANSWER, rule="choice")
    return math_verdict(given == wanted, Stage.PARSE, answer=given, extracted=given, rule="choice")


class _Case:
    """One extracted answer against one reference."""

    def __init__(
        self, found: Extraction, reference: Reference, question: str | None, options: Options, workers: bool
    ) -> None:
        self.found = found
        self.reference = reference
        self.question = question
        self.options = options
        self.workers = workers
        self.flags = set(found.flags)

    def verdict(self, correct: bool | None, stage: Stage, reason: Reason | None = None) -> MathVerdict:
        return math_verdict(
            correct,
            stage,
            reason,
            answer=self.found.answer,
            extracted=self.found.answer,
            rule=self.found.rule,
            flags=self.flags,
        )

    def compare(self) -> MathVerdict:
        answer, reference = self.found.answer, self.reference
        value = literal(answer)
        if value is not None and reference.literal is not None:
            if same_literal(reference.literal, value, self.options):
                return self.verdict(True, Stage.LITERAL)
            if not (value.grouped or reference.literal.grouped or value.percent):
                return self.verdict(False, Stage.LITERAL)
        elif answer == reference.text:
            return self.verdict(True, Stage.LITERAL)
        if (times := same_time(reference.text, answer)) is not None:
            return self.verdict(times, Stage.PARSE)
        return self._typed(answer)

    def _typed(self, answer: str) -> MathVerdict:
        reference = self.reference
        limits = self.options.limits
        given = tree_of(answer, limits)
        wanted = reference.tree if reference.literal is None else tree_of(reference.text, limits)
        if given is None or wanted is None or "text" in (given.kind, wanted.kind):
            same = same_words(reference.text, answer)
            if given is None:
                self.flags.add(Flag.UNPARSED)
            malformed = given is None and wanted is not None and not same
            return self.verdict(same, Stage.PARSE, Reason.MALFORMED if malformed else None)
        from flowrl_envs.verify.decide import decide
        from flowrl_envs.verify.restate import restates

        correct, stage, reason, flags = decide(
            reference.text, answer, wanted, given, self.question, self.options, self.workers
        )
        self.flags |= flags
        if correct and self.question and restates(answer, given, wanted, self.question):
            self.flags.add(Flag.RESTATES)
            correct, reason = False, None
        return self.verdict(correct, stage, reason)


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
