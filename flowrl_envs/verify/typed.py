"""What is no number written out: the same tokens, the same plain value, words, or two trees, which `decide` compares.

Imported at the first such answer, because it loads flint.
"""

from __future__ import annotations

from flowrl_envs.types import Reason
from flowrl_envs.verify.decide import decide
from flowrl_envs.verify.limits import DEFAULT, Options
from flowrl_envs.verify.plain_value import same_value
from flowrl_envs.verify.reference import SHORT, Reading, Reference, read, read_short
from flowrl_envs.verify.restate import restates
from flowrl_envs.verify.result import Decision, Flag, Stage
from flowrl_envs.verify.sides import without_words
from flowrl_envs.verify.words import same_signs, same_words

_LIMITS = DEFAULT.limits
_PARSE, _STRUCTURE, _EXACT = Stage.PARSE, Stage.STRUCTURE, Stage.EXACT
_NO_FLAGS: frozenset[Flag] = frozenset()
_UNPARSED = frozenset({Flag.UNPARSED})


def typed(answer: str, reference: Reference, question: str | None, options: Options, workers: bool) -> Decision:
    """Words against words, or a tree against a tree."""
    limits = options.limits
    given = read_short(answer) if limits is _LIMITS and len(answer) <= SHORT else read(answer, limits)
    tokens, number = given.tokens, reference.literal
    wanted = reference.reading() if number is None else None
    if tokens is not None and wanted is not None and tokens == wanted.tokens:
        decision: Decision = (True, _STRUCTURE, None, _NO_FLAGS)
    elif tokens is not None and not question and same_value(given, number, wanted, limits.bits):
        return True, _EXACT, None, _NO_FLAGS
    else:
        found, asked = given.tree(), (wanted or reference.reading()).tree()
        if found is None or asked is None or found[0] == "text" or asked[0] == "text":
            if found is None and (rest := without_words(answer)):
                return typed(rest, reference, question, options, workers)
            same = same_words(reference.text, answer) or (found is not None and found == asked)
            if same and found is None and asked is not None and asked.kind != "text":
                same = same_signs(reference.text, answer)
            malformed = found is None and asked is not None and not same
            return same, _PARSE, Reason.MALFORMED if malformed else None, _UNPARSED if found is None else _NO_FLAGS
        decision = decide((reference.text, answer), asked, found, question, options, workers)
    if question and decision[0]:
        return _unless_restated(question, answer, given, reference.reading(), decision)
    return decision


def _unless_restated(question: str, answer: str, given: Reading, wanted: Reading, decision: Decision) -> Decision:
    """Refuses a right value that only repeats the question."""
    _, stage, _, flags = decision
    tree = given.tree()
    if tree is None or not restates(answer, tree, wanted.tree(), question):
        return decision
    return False, stage, None, flags | {Flag.RESTATES}
