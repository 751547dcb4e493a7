r"""Whether the words around an answer deny it: a denial in the clause before it, or a text after it that takes it back.

A text takes its answer back by a verdict on it ("isn't right", "? No.", "Wait, that is wrong."), by owning to an error,
or by another value in its place ("it should be 43", "the answer is 43": `replacing.py`). A second guess beside it ("or
maybe 43") does the same. Such an answer is none, and what replaces it is not read either: an answer stands where the
rules of `extract.py` look for it, or nowhere, so that no text is paid for two guesses. "This is wrong" without "wait"
or the like is said of the nearest number before it. Questions ("Is it wrong? No."), conditions and courtesies ("tell me
if this is wrong") take nothing back.
"""

from __future__ import annotations

import re

from flowrl_envs.verify.literals import literal
from flowrl_envs.verify.replacing import names_another

_DENIALS = (
    "not|never|neither|nor|(?:is|are|was|were|does)n['’]t|(?:wo|could|would|should)n['’]t be|cannot|can['’]t|"
    "(?:don|didn)['’]t (?:think|believe)|i doubt|unlikely|wrong|incorrect|(?:is|['’]s) false|false that|untrue|"
    "anything but|other than|except|different from|rather than|instead of|unlike|rule out|ruled out"
)
_NEGATION = re.compile(rf"\b(?:{_DENIALS})\b|\\neq?\b|≠|不是")
_DENYING = (
    "n't", "n’t", "not", "never", "neither", "nor", "i doubt", "unlike", "wrong", "incorrect", "false", "untrue",
    "anything but", "other than", "except", "different from", "rather than", "instead of", "rule", "\\ne", "≠", "不是",
)  # fmt: skip
"""One of them stands in every negation: plain searches are faster than the pattern."""
_CLAUSES_BEFORE = re.compile(
    r"(?s:.*)(?:[.;:!?,\n\d，。；：]|\b(?:but it'?s|so|therefore|thus|hence|"
    r"it's(?<!think it's)(?<!believe it's)(?<!that it's)(?<!doubt it's)|then|instead it)\b)"
)
"""Up to the last end of a clause: the greedy dot looks from the right. These patterns read lower case."""

_SUBJECT_BEFORE = re.compile(
    r"(?s:.*)\b(?:is|are|was|were|equals|gives|becomes)\b(?!\s+(?:the case|true|false|wrong) that\b)"
)
"""Up to the last verb before an answer: a denial before it ("the number that is not prime is") is of the subject."""
_ARGUMENT = re.compile(
    r"[a-z]\s?(?:\\left)?\([^()=]{1,80}\)(?=[^=]{0,20}=)|\|[^|=]{1,80}\|(?=\s?=)"
    r"|\\(?:text|mathrm)\s?\{(?![^{}]{0,80}\b(?:is|are|not)\s?\})[^{}=]{1,80}\}(?=\}?\s?&?=)"
)
"""What a function is taken of, a set counted, or a name in words, before an equals sign: a denial in it ("P(not A) =")
is of that."""
_UNEQUAL = re.compile(r"(?:\\neq?(?![a-z])|≠)\s?[^$\s=][^$=]{0,40}\$")
"""An inequation with both sides that closes a formula before the one of the answer."""
_REASON_BEFORE = re.compile(
    r"\W*(?:and |but |now )?(?:since|because|as|if|when|given that)\b(?s:.*)"
    r"(?<!that )\b(?:we|you|they|he|she|it|there|this)\s(?:must |will |can )?"
    r"(?:need|have|has|get|gets|obtain|find|see|leaves?|gives|follows that)\b"
)
"""A reason before what it is a reason for, up to the verb of that."""
_AMOUNT_BEFORE = re.compile(r"(?s:.*)\b(?:totals?|comes? to|amounts? to|adds? up to|leaves?)\b")
"""Up to a verb that a number follows: "students who like neither total"."""
_OF_VERB = re.compile(
    r"(?:\b(?:not|never|cannot)|n['’]t)\s+"
    r"(?:(?:\w+\s+)?(?:totals?|comes?|amounts?|adds?|leaves?)|(?:\w+\s+){0,2}that)\b"
)
"""A denial of such a verb itself, or of all that follows."""
_OF_ALL = re.compile(
    r"\b(?:not the case|wrong to (?:say|think|claim)|not true that|untrue that|doubt|unlikely|false that|"
    r"wrong that|incorrect that|(?:don|didn)['’]t (?:think|believe)|"
    r"(?:can|could|would|should|do|did)(?:n['’]t|not| not) (?:think|believe|say|claim|conclude|mean))\b"
)
"""Denials of all that follows, verb or not."""

_BAD = (
    "(?:wrong|incorrect|mistaken|erroneous|a mistake|an error|inaccurate"
    "|(?:the|an?) (?:wrong|incorrect|invalid|bad) (?:answer|value|result|solution|number|one|choice|option))"
)
_GOOD = (
    "(?:right|correct|accurate|it|(?:the|my|our) (?:(?:right|correct|final|actual) )?"
    "(?:answer|one|solution|result|value))"
)
_UNFIT = (
    r"(?:(?: is|['’]s)(?: (?:clearly|obviously|much|far|also|still))? too (?:large|big|high|small|low|much|many|few)"
    r"|(?: (?:does|do|did|will|can)(?: not|n['’]t) (?:work|satisfy)| fails)"
    r"(?: (?:the|this|our|all|both|to)\b[^.,;!?\n\d]{0,40})?)"
    r"(?=[$)*]{0,3}(?:[.,;!\n]|\s(?:because|since|as|either|here)\b|$))"
)
"""A verdict on an answer that was tried, where nothing else is what it does not fit."""
_VERDICT = (
    r"(?:(?:(?: is| was| seems| looks| must be| would be|['’]s)"
    r"(?: (?:clearly|actually|obviously|definitely|also|still))?"
    rf" {_BAD}|(?:(?: is| was| does| would| could)(?: not|n['’]t)| cannot| can['’]?t|['’]s not)"
    rf"(?: (?:be|seem|look|quite|actually))* {_GOOD})\b(?!\s*\?)"
    rf"|{_UNFIT})"
)
_SUBJECT = (
    "(?:(?:that|this|the|my|our) (?:(?:above|last|final|boxed) )?"
    "(?:answer|value|result|solution|number|one)|which|that|this|it)"
)
_CORRECTION = (
    "wait|no|nope|hm{2,6}|oops|whoops|sorry|actually|hold on|hang on|scratch that|correction|on second thought|"
    "i mean|i meant|make (?:that|it)|edit|or rather"
)
_AFTER_VALUE = r"[\s$.)\\\]*]{0,12}"
_AT_ONCE = re.compile(
    rf"{_AFTER_VALUE}(?: ?(?:is|was|would be) not (?!wrong|incorrect|false|only|just|surprising)"
    rf"|(?: ?[,;(])? ?(?:but |and |though |although )?{_SUBJECT}?{_VERDICT}"
    r"|\?\s*(?:no|nope|wrong|not)\b|[\s.(\[—–-]{0,6}(?:no|nope|wrong|incorrect|false|not (?:quite|correct|right))"
    r"\s?(?:[.!)\]](?!\s?(?:of\b|\d))|$))",
    re.I,
)
"""What denies a value when it follows directly."""
_OFFER = re.compile(rf"{_AFTER_VALUE},?\s?or (maybe |perhaps |possibly |probably )?[$*(]{{0,3}}(-?\d+|\\)", re.I)
"""Another value beside the one that is given."""
_OFFERED = 17
"""Characters within which its "or" stands."""
_STATEMENT = re.compile(
    rf"(?:^|[.!?…\n]\s{{0,4}}+|[,;(—–]\s?(?=but|however|which|{_CORRECTION}))(?:[*_(\[,\s]|and\b|but\b|however\b|oh\b|ah\b){{0,8}}+"
    rf"(?P<corrects>(?:(?:{_CORRECTION})\b[\s,.;:!…—–-]{{0,6}}+){{0,6}}+)(?:i think |i believe )?"
    rf"(?:(?P<verdict>{_SUBJECT}{_VERDICT})"
    r"|(?P<owned>i(?:['’]ve| have)? (?:made|was) (?:an? )?(?:\w{1,12} )?(?:mistake|error|wrong|mistaken)\b"
    r"|(?:(?:scratch|ignore|disregard|strike|forget) (?:that|this|it|the above)|never ?mind)"
    r"(?: (?:answer|result|value))?\s?(?:[.,;!)\n—–]|$)"
    r"|i take (?:that|it) back\b|my (?:bad|mistake|error)\b)"
    rf"|(?:{_SUBJECT}(?P<linked> should(?: be| have been)| is actually| must be| is|['’]s)? )?"
    rf"(?P<value>[$\\*({{]{{0,6}}[-−]?(?:\d|frac|dfrac|sqrt|pi\b|boxed|text|[A-Z]\b)(?:[^\s,;]|,(?=\d)){{0,60}})(?P<last>\s?(?:[.!;,\n]|$))?"
    r")?",
    re.I,
)
"""A sentence, or a clause after "but", that may take an answer back."""
_MARKS = (
    "no", "n't", "n’t", "wrong", "incorrect", "false", "mista", "erro", "invalid", "impossible", "inaccurate", "bad",
    "scratch", "ignore", "disregard", "strike", "forget", "mind", "back", "should", "actually", "wait", "hmm",
    "oops", "sorry", "hold on", "hang on", "correction", "second thought", "fail", "too ", "i mean",
    "make ", "edit", "rather",
)  # fmt: skip
"""One of them stands in whatever the patterns above match."""
_NO_WAIT = re.compile(r"no\W+wait|wait\W+no|scratch that|correction|on second thought", re.I)
_CLOSERS = " $.\n)]}\\*"
_TRUTHS = frozenset({"true", "false", "yes", "no"})
_AFTER_ALL = re.compile(r"[^.!?\n]{0,100}\b(?<!not )(?:right|correct|fine|ok)\b", re.I)
LEAST = 4
"""Characters that a text needs to take an answer back."""
_READ = 2_000
"""Characters after an answer that are read."""
_DIGIT = re.compile(r"\d")
_STRIPPED = "$*_().,;:!{}\\ "


def is_negated(before: str) -> bool:
    """Whether the clause that leads up to an answer denies it."""
    if not before:
        return False
    before = before.lower()
    if not any(map(before.__contains__, _DENYING)):
        return False
    earlier = _CLAUSES_BEFORE.match(before)
    clause = before[earlier.end() :] if earlier else before
    if _NEGATION.search(clause) is None:
        return False
    if _OF_ALL.search(clause) is not None:
        return True
    for pattern in (_REASON_BEFORE, _SUBJECT_BEFORE):
        clause = clause[lead.end() :] if (lead := pattern.match(clause)) is not None else clause
    amount = _AMOUNT_BEFORE.match(clause)
    if amount is not None and _OF_VERB.search(clause, 0, amount.end()) is None:
        clause = clause[amount.end() :]
    return _NEGATION.search(_UNEQUAL.sub("$", _ARGUMENT.sub("=", clause))) is not None


def is_retracted(after: str, answer: str) -> bool:
    """Whether the text after an answer takes it back."""
    if len(after) < LEAST or not after.strip(_CLOSERS):
        return False
    after = after[:_READ]
    lowered = after.lower()
    if "or" in lowered[:_OFFERED] and _offers_another(after, answer):
        return True
    if "answer" in lowered and names_another(after, answer):
        return True
    return any(map(lowered.__contains__, _MARKS)) and _takes_back_somewhere(after, answer)


def is_withdrawn(after: str, answer: str) -> bool:
    """Whether the text after an answer says that it is wrong or puts another in its place."""
    return any(map(after.lower().__contains__, _MARKS)) and _takes_back_somewhere(after, answer)


def _takes_back_somewhere(after: str, answer: str) -> bool:
    """Whether a sentence after an answer takes it back."""
    if _AT_ONCE.match(after) is not None:
        return True
    number = _DIGIT.search(after)
    first = number.start() if number else len(after)
    return any(_takes_back(match, answer, match.start() <= first) for match in _STATEMENT.finditer(after))


def _offers_another(after: str, answer: str) -> bool:
    """Whether a second guess stands beside an answer."""
    offer = _OFFER.match(after)
    return offer is not None and bool(
        offer[1] or (offer[2].isdigit() and (mine := answer.strip("$ ")).isdigit() and offer[2] != mine)
    )


def _takes_back(match: re.Match[str], answer: str, near: bool) -> bool:
    """Whether one sentence after an answer takes it back; `near` if no other number stands between them."""
    if match["owned"]:
        return True
    corrects = match["corrects"].lower()
    if corrects.startswith("no") and match.group().startswith("?"):
        return False
    if match["verdict"]:
        return bool(corrects) or (near and answer.strip(_STRIPPED).lower() not in _TRUTHS)
    linked = (match["linked"] or "").lower()
    if match["value"] and (linked or match["last"] is not None):
        named = corrects or (near and linked.startswith((" should", " is actually")))
        return bool(named) and not _is_said_again(match["value"], answer)
    return _NO_WAIT.match(corrects) is not None and not _AFTER_ALL.match(match.string, match.end())


def _is_said_again(value: str, answer: str) -> bool:
    """Whether a value after an answer is the answer in another form, part of it, or none that could replace it."""
    first, second = literal(value.strip(" $.)")), literal(answer.strip(" $"))
    if first is not None and second is not None:
        return first[:2] == second[:2]
    value, answer = value.strip(_STRIPPED), answer.strip(_STRIPPED)
    if answer in (value, value.rpartition("=")[2]) or value == answer.rpartition("=")[2]:
        return True
    return answer.startswith(value + ",") or (len(value) == 1 and value.isalpha() and len(answer) != 1)
