"""Cuts the answer out of a sentence: sentence ends, "is" and "=", negation, the last number.

Works on words only; it does not know what is a right answer. `extract.py` calls it for text outside boxes.
"""

from __future__ import annotations

import re

from flowrl_envs.verify.scan import segments

_NEGATION = re.compile(
    r"\b(?:not|never|neither|nor|isn't|isn’t|aren't|doesn't|cannot|can't|wrong|incorrect|anything but|other than|except|"
    r"different from|rather than|instead of|unlike)\b|\\neq?\b|≠",
    re.I,
)
_CLAUSE = re.compile(r"[.;:!?,\n\d，。；：]|\b(?:but it'?s|so|therefore|thus|hence|it's|then|instead it)\b", re.I)
_RETRACTED = re.compile(
    r"[\s$.)\\\]]*(?:,\s*)?(?:which |this |that )?(?:is|was|would be) (?:wrong|incorrect|not )", re.I
)
_SENTENCE_END = re.compile(r"(?<=[^\s\d])[.!?](?=\s|$)|(?<=\d)[.!?](?=\s+[A-Z<]|\s*$)|[。！]|\s\[|(?<=\s)I hope")
_REASON = re.compile(r",?\s+(?:because|since|which|where|as it|when|if|by the)\b", re.I)
_COPULA = re.compile(
    r"\b(?:is|are|be|equals|becomes|was|gives|get|equal to|by)\b(?: (?:then|therefore|thus|equal to|exactly|just))?",
    re.I,
)
_WORD = re.compile(r"[^\W\d_]{2,}")
_COMMAND = re.compile(r"\\[a-zA-Z]+|\$")
_NUMBER = re.compile(
    r"(?<![A-Za-z\d.,])[-−]?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?(?:\s?/\s?\d+)?(?:\s?%)?|(?<![A-Za-z\d])\.\d+"
)
_JOINER = re.compile(r"\s*(?:[,;&]|\bor\b|\band\b|/|\s)*\s*")
_EDGE = " \t\n*_`\"“”'；;,"
_MATH_WORDS = frozenset(
    ["sin", "cos", "tan", "cot", "sec", "csc", "log", "ln", "exp", "sqrt", "pi", "and", "or", "frac", "infinity", "inf", "max", "min", "gcd", "lcm", "mod", "text", "cm", "mm", "km", "kg", "percent"]
)


def is_negated(before: str) -> bool:
    """Whether the clause that leads up to an answer denies it."""
    clause = before
    for match in _CLAUSE.finditer(before):
        clause = before[match.end() :]
    return bool(_NEGATION.search(clause))


def is_retracted(after: str) -> bool:
    """Whether the text right after an answer takes it back ("is wrong")."""
    return bool(_RETRACTED.match(after))


def settle(fragment: str) -> tuple[str, bool]:
    """The answer within one line of text, and whether the line denies it; ("", False) for none."""
    text = fragment.strip(_EDGE)
    if not _is_prose(text):
        return _undressed(text), False
    text = _first_sentence(text)
    if not _is_prose(text):
        return _undressed(text), False
    found = segments(text)
    if found:
        start, end = _joined_segments(text, [(span.start, span.end) for span in found])
        tail = text[end:]
        if not _NUMBER.search(tail) or "=" in text[start:end]:
            return text[start:end].strip(_EDGE), is_negated(text[:start])
    return _from_words(text)


def _is_prose(text: str) -> bool:
    """Whether the line has words that are not mathematics."""
    if text.isdecimal():
        return False
    outside = text
    for span in reversed(segments(text)):
        outside = outside[: span.start] + " " + outside[span.end :]
    words = _WORD.findall(_COMMAND.sub(" ", outside))
    return any(word.lower() not in _MATH_WORDS for word in words)


def _first_sentence(text: str) -> str:
    """Up to the first sentence end or subordinate clause outside math segments."""
    spans = segments(text)
    for pattern in (_SENTENCE_END, _REASON):
        for match in pattern.finditer(text):
            if not any(span.start <= match.start() < span.end for span in spans):
                head = text[: match.start()]
                if head.strip():
                    text = head
                    break
        spans = [span for span in spans if span.end <= len(text)]
    return text.strip(_EDGE)


def _joined_segments(text: str, spans: list[tuple[int, int]]) -> tuple[int, int]:
    """The last math segment, extended backwards over segments that "or", "and" or a comma joins to it."""
    start, end = spans[-1]
    for previous_start, previous_end in reversed(spans[:-1]):
        gap = text[previous_end:start]
        if not _JOINER.fullmatch(gap) or len(gap) > 20:
            break
        start = previous_start
    percent = re.match(r"\s?(?:\\?%|percent|pct)", text[end:])
    return start, end + (percent.end() if percent else 0)


def _from_words(text: str) -> tuple[str, bool]:
    """The value after the last "is" if it is short and has no further words, else the last number."""
    copula = None
    for copula in _COPULA.finditer(text):
        pass
    if copula is not None:
        value = text[copula.end() :].strip(_EDGE + ":")
        if value and not _is_prose(value):
            return _undressed(value), is_negated(text[: copula.end()])
        if value and not _NUMBER.search(value):
            return value, is_negated(text[: copula.end()])
    number = None
    for number in _NUMBER.finditer(text):
        pass
    if number is None:
        return text, is_negated(text)
    fraction = re.search(r"\(?\\frac\{[^{}]*\}\{[^{}]*\}", text)
    if fraction and fraction.start() <= number.start() < fraction.end():
        return fraction.group().lstrip("("), is_negated(text[: fraction.start()])
    return number.group(), is_negated(text[: number.start()])


def _undressed(text: str) -> str:
    return text.strip(_EDGE).rstrip(".") if not text.endswith("\\,") else text
