r"""Whether the text after an answer gives another number as the answer.

"\boxed{6}. Times 7, the answer is 42" does. Only numbers written out on both sides count, so that the same answer in
another form, with a unit or as a list takes nothing back; nor does one that the text supposes, reports or denies, or
that belongs to another problem.
"""

from __future__ import annotations

import re

from flowrl_envs.verify.literals import Literal, literal

_GIVEN = re.compile(
    r"\banswer(?:\s(?:is|should be|must be)\b|\s?\*{0,2}\s?[:=：])\*{0,2}"
    r"(?:\s(?:therefore|thus|hence|actually|then|simply|exactly|really|in fact|equal to)\b)?[,:]?"
    r"\s{0,3}(?P<dress>[*$(\\\[{]{0,6})\s?(?:[A-Za-z]\s?=\s?)?"
    r"(?P<value>[-−]?(?:\d+(?:,\d{3})*+(?:\.\d+)?(?:\s?/\s?\d+|\s?\\?%)?|\\?[dt]?frac(?:\{\d+\}\{\d+\}|\d\d)))"
    r"\s?[$*)\\\]}]{0,6}\s?(?:[.;!](?!\d|\.)|,(?!\s*[-−\d$\\(])|\n|$)",
    re.I,
)
_ELSEWHERE = re.compile(
    r"\b(?:(?:if|when|whether|for|had)\b|suppos|assum|would|could|might|may|part|case|previous|earlier|first|instead|"
    r"similar|original|say|said|claim|think|thought|believ|guess|expect|tempt|book|key|mista|wrong|incorrect|"
    r"not|never|doubt|unlikely|because|why|intermediate|naive|many|some|people|student|user|your)|n['’]t\b",
    re.I,
)
"""What a sentence has that gives no answer to the problem, or not as its own."""
_OTHER_PROBLEM = re.compile(r"\n\W*(?:question|problem|exercise|example|human|user|assistant|q\d*\b)", re.I)
_NEAR = 20
_BEFORE = frozenset(" $*({\\")
_AFTER = frozenset(("", "$", "\n", "*", ")", "}"))
_SCALES = ((1, 1), (100, 1), (1, 100))
_SENTENCE = re.compile(r"[.!?\n](?=\s|$|[A-Z*#])")


def names_another(after: str, answer: str) -> bool:
    """Whether the text after an answer gives another number as the answer."""
    if _is_restated(after, answer) or (mine := _number(answer)) is None:
        return False
    others = [
        match
        for match in _GIVEN.finditer(after, max(0, after.lower().find("answer")))
        if _differ(mine, literal(_whole(match["value"])))
    ]
    if not others:
        return False
    other = _OTHER_PROBLEM.search(after)
    end = other.start() if other else len(after)
    return any(
        match.end() <= end and _ELSEWHERE.search(_sentence_before(after, match.start())) is None for match in others
    )


def _is_restated(after: str, answer: str) -> bool:
    """Whether the last "answer is" of a text is followed by the answer as it is written."""
    anchor = after.lower().rfind("answer")
    start = after.find(answer, anchor, anchor + _NEAR + len(answer))
    end = start + len(answer)
    return start >= 0 and after[start - 1] in _BEFORE and after[end : end + 1] in _AFTER


def _number(answer: str) -> Literal | None:
    """The number of an answer, or of the right side of "x = 5"."""
    name, sign, value = answer.strip(" $").rpartition("=")
    return literal(value.strip(" $")) if not sign or name.strip().isalpha() else None


def _whole(value: str) -> str:
    """A fraction with the backslash that its dress may have taken."""
    return f"-\\{value[1:]}" if value[:2] == "-f" else f"\\{value}" if value[0] in "dtf" else value


def _sentence_before(after: str, start: int) -> str:
    """What stands before an anchor in its sentence, up to 200 characters."""
    before = after[max(0, start - 200) : start]
    last = 0
    for match in _SENTENCE.finditer(before):
        last = match.end()
    return before[last:]


def _differ(one: Literal, other: Literal | None) -> bool:
    """Whether two numbers are apart, also when one is rounded or in percent."""
    if other is None:
        return False
    scales = _SCALES if one.percent or other.percent else _SCALES[:1]
    return all(_apart(one, other, scale) for scale in scales)


def _apart(one: Literal, other: Literal, scale: tuple[int, int]) -> bool:
    """Whether two numbers differ by a unit of the last place of either, the first one times a scale."""
    left, right = one.numerator * scale[0] * other.denominator, other.numerator * one.denominator * scale[1]
    base = one.denominator * other.denominator * scale[1]
    places = [number.places for number in (one, other) if number.digits]
    if not places:
        return left != right
    place = min(places)
    if place < 0:
        return bool(abs(left - right) >= base * 10**-place)
    return bool(abs(left - right) * 10**place >= base)
