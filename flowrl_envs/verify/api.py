"""`verify`: whether a response answers a problem with a given reference. The walk through the stages is here.

Bounds, extraction, the fast path, words, the typed comparison, a symbolic worker; each stage is a module of its own.
Nothing raises on a response, whatever it holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from time import perf_counter

from flowrl_envs.types import Reason
from flowrl_envs.verify.choices import SEVERAL, choice_letter, names_several
from flowrl_envs.verify.clock import same_time
from flowrl_envs.verify.extract import after_thinking, extract
from flowrl_envs.verify.limits import DEFAULT, Mode, Options
from flowrl_envs.verify.literals import literal, same_literal
from flowrl_envs.verify.reference import Reference, parse_reference, read_short
from flowrl_envs.verify.result import Decision, Flag, MathVerdict, Stage, math_verdict
from flowrl_envs.verify.words import unlabelled

_CHOICE = Mode.CHOICE
_BOUNDS, _LITERAL, _PARSE = Stage.BOUNDS, Stage.LITERAL, Stage.PARSE
_NO_FLAGS: frozenset[Flag] = frozenset()
_MARKED = ("answer_tag", "json_object")
"""Rules whose answer is marked as such: no words around it add another."""


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
    return _judge(mode if isinstance(mode, Mode) else Mode(mode), response, parsed, question, options)


def _judge(
    mode: Mode, response: str, reference: Reference, question: str | None, options: Options, workers: bool = True
) -> MathVerdict:
    """Finds the one answer and compares it with the reference; a failure of this package is a verdict too."""
    started = perf_counter()
    limits = options.limits
    try:
        if len(response) > limits.response:
            return math_verdict(False, _BOUNDS, Reason.TOO_LONG, started)
        if mode is _CHOICE:
            return _choice(response, reference, started)
        answer, rule, flags, group = extract(response, mode)
        if group and reference.is_list:
            answer = ", ".join(group)
        if not answer:
            return math_verdict(False, Stage.EXTRACT, Reason.NO_ANSWER, started, rule, flags)
        if len(answer) > limits.answer:
            return math_verdict(False, _BOUNDS, Reason.MALFORMED, started, rule, flags)
        correct, stage, reason, remarks = _compare(answer, reference, question, options, workers)
        shown = reference.text if correct else answer
        remarks = flags | remarks if flags else remarks
        return math_verdict(correct, stage, reason, started, rule, remarks, shown, answer)
    except Exception:
        return math_verdict(None, Stage.STRUCTURE, Reason.INTERNAL, started)


def _choice(response: str, reference: Reference, started: float) -> MathVerdict:
    """One letter against one letter; a box that is denied, cut off or offers several is no answer, whatever follows."""
    wanted = choice_letter(reference.text)
    answer, rule, flags, _ = extract(response, Mode.AUTO)
    given = choice_letter(answer)
    if rule == "last_box":
        looks_on = not given and not flags and not names_several(answer)
    else:
        looks_on = rule not in _MARKED or not given
    visible = "" if not looks_on else after_thinking(response) if "<" in response else response
    if looks_on and (not given or names_several(visible)):
        whole = choice_letter(visible)
        given = whole if whole == SEVERAL or not given else given
    if not given or given == SEVERAL:
        return math_verdict(False, Stage.EXTRACT, Reason.NO_ANSWER, started, "choice", flags)
    return math_verdict(given == wanted, _PARSE, None, started, "choice", _NO_FLAGS, given, given)


def _compare(answer: str, reference: Reference, question: str | None, options: Options, workers: bool) -> Decision:
    """One extracted answer against the reference: literals, equal text, times, then words or trees."""
    text, wanted = reference.text, reference.literal
    if wanted is not None and (value := literal(answer)) is not None:
        same = same_literal(wanted, value, options)
        if same or not (value.grouped or wanted.grouped or value.percent):
            return same, _LITERAL, None, _NO_FLAGS
    elif answer == text:
        return True, _LITERAL, None, _NO_FLAGS
    if (":" in answer or ":" in text) and (times := same_time(text, answer)) is not None:
        return times, _PARSE, None, _NO_FLAGS
    decision = _typed()(answer, reference, question, options, workers)
    if decision[0] is False and "(" in answer[:10] and (bare := unlabelled(answer, text)) is not answer:
        return _compare(bare, reference, question, options, workers)
    return decision


@cache
def _typed() -> Callable[[str, Reference, str | None, Options, bool], Decision]:
    """The comparison of what is no number written out, imported when it is first needed because it loads flint."""
    from flowrl_envs.verify.typed import typed

    return typed


def warm_up() -> None:
    """Makes the first verdicts as fast as later ones: loads flint, starts one worker, judges answers of every form.

    Each is judged ten times, because CPython specialises the instructions of a function from its eighth call on. The
    first symbolic verdict keeps its deadline too. It takes some tens of milliseconds.
    """
    from flowrl_envs.verify.pool import shared_pool
    from flowrl_envs.verify.samples import SAMPLES

    shared_pool().start()
    for mode, reference, response in SAMPLES * 10:
        _judge(mode, response, parse_reference.__wrapped__(reference), None, DEFAULT, workers=False)
    read_short.cache_clear()


def verify_many(
    pairs: Iterable[tuple[str, str | Reference]],
    *,
    questions: Sequence[str | None] | None = None,
    mode: Mode | str = Mode.AUTO,
    options: Options | Sequence[Options] = DEFAULT,
) -> list[MathVerdict]:
    """Judges a batch; the answers that need a worker are spread over all of them.

    Args:
        pairs: (response, reference) in the order of the result.
        questions: the problems, one a pair.
        mode: where the answers may stand.
        options: strictness, tolerance, deadline and limits, for all pairs or one a pair.

    Raises:
        DataError: a reference holds no answer.
    """
    chosen = Mode(mode)
    read = [(text, parse_reference(ref) if isinstance(ref, str) else ref) for text, ref in pairs]
    asked = list(questions) if questions is not None else [None] * len(read)
    strict = [options] * len(read) if isinstance(options, Options) else list(options)
    jobs = [(text, ref, question, how) for (text, ref), question, how in zip(read, asked, strict, strict=True)]
    verdicts = [_judge(chosen, *job, workers=False) for job in jobs]
    late = [index for index, verdict in enumerate(verdicts) if verdict.stage is Stage.SYMBOLIC]
    if late:
        from flowrl_envs.verify.pool import shared_pool

        with ThreadPoolExecutor(shared_pool().size) as threads:
            again = threads.map(lambda index: _judge(chosen, *jobs[index]), late)
            for index, verdict in zip(late, again, strict=True):
                verdicts[index] = verdict
    return verdicts
