"""Cuts the answer out of a sentence: sentence ends, "is" and "=", negation, the last number.

Works on words only; it does not know what is a right answer. `extract.py` calls it for text outside boxes.
"""

from __future__ import annotations

import re

from flowrl_envs.verify.scan import Span, segments
from flowrl_envs.verify.vocabulary import word_set

_DENIALS = (
    "not|never|neither|nor|isn't|isn’t|aren't|doesn't|cannot|can't|wrong|incorrect|anything but|other than|"
    "except|different from|rather than|instead of|unlike"
)
_NEGATION = re.compile(rf"\b(?:{_DENIALS})\b|\\neq?\b|≠|不是")
_MAYBE_NEGATION = re.compile(rf"{_DENIALS}|\\ne|≠|不是")
"""What stands in every negation; without the word boundaries the search is twice as fast."""
_CLAUSES_BEFORE = re.compile(
    r"(?s:.*)(?:[.;:!?,\n\d，。；：]|\b(?:but it'?s|so|therefore|thus|hence|it's|then|instead it)\b)"
)
"""Up to the last end of a clause: the greedy dot looks from the right. These patterns read lower case."""
_RETRACTED = re.compile(
    r"[\s$.)\\\]]{0,12}(?:,\s?)?(?:which |this |that )?(?:is|was|would be) (?:wrong|incorrect|not )", re.I
)
_SENTENCE_END = re.compile(
    r"[.!?。！\[](?:(?<=[^\s\d][.!?])(?=\s|$)|(?<=\d[.!?])(?=\s+[A-Z<\[]|\s*$)|(?<=[。！])|(?<=\s\[)(?=Note))"
)
"""A class comes first, so that the search skips from one of its characters to the next."""
_CLOSING = re.compile(r"^\W*(?:I hope|Let me know|Thank|Please|If you|\[?Note)", re.I)
_REASON = re.compile(r",?\s(?:because|since|which|where|as it|when|if|by the)\b", re.I)
_COPULA = re.compile(
    r"(?:\b(?:is|are|be|equals|becomes|was|gives|get|equal to|by|est|ist|es)\b"
    r"(?: (?:then|therefore|thus|equal to|exactly|just))?|=|是|为)",
    re.I,
)
_WORD = re.compile(r"[^\W\d_]{2,}|[\u3040-\u30ff\u4e00-\u9fff]")
_COMMAND = re.compile(r"\\(?:begin|end)\{\w+\*?\}|\\[a-zA-Z]+|\$")
_NUMBER = re.compile(
    r"(?<![A-Za-z\d.,\\])[-−]?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:[.]\d+)?(?::\d+|\s?/\s?\d+)?(?:√\d+)?π?(?:\s?\\?%)?|(?<![A-Za-z\d])\.\d+"
)
_DECIMAL_COMMA = re.compile(r"(?<![\d,.])\d+,\d{1,2}(?![\d,])")
_FRACTION = re.compile(r"\\[dt]?frac\{[^{}]{1,40}\}\{[^{}]{1,40}\}")
_JOINER = re.compile(r"(?:[\s,;&/、]|\bor\b|\band\b)*")
_PERCENT = re.compile(r"\s?(?:\\?%|percent|pct)")
_EDGE = ' \t\n*_`"“”；;,'
_MATH_WORDS = word_set(
    "sin cos tan cot sec csc log ln exp sqrt pi and or frac infinity inf max min gcd lcm mod text cm mm km kg percent"
)


def is_negated(before: str) -> bool:
    """Whether the clause that leads up to an answer denies it."""
    if not before:
        return False
    before = before.lower()
    earlier = _CLAUSES_BEFORE.match(before)
    clause = before[earlier.end() :] if earlier else before
    return _MAYBE_NEGATION.search(clause) is not None and _NEGATION.search(clause) is not None


def is_retracted(after: str) -> bool:
    """Whether the text right after an answer takes it back ("is wrong")."""
    return len(after) > 6 and _RETRACTED.match(after) is not None


def settle(fragment: str, *, last: bool = False) -> tuple[str, bool]:
    """The answer within a fragment of text, and whether the text denies it; ("", False) for none.

    Args:
        fragment: what follows an anchor, or the last line.
        last: whether the last sentence counts (else the first one, up to "because").
    """
    text = fragment.strip(_EDGE)
    if not is_prose(text):
        return _undressed(text), False
    sentence = _last_sentence(text) if last else _first_sentence(text)
    changed, text = sentence != text, sentence
    if changed and not is_prose(text):
        return _undressed(text), False
    found = segments(text)
    if found:
        start, end = _joined_segments(text, found)
        tail = text[end:]
        if not _NUMBER.search(tail) and not (_is_symbol(text[start:end]) and _NUMBER.search(_blanked(text, found))):
            return text[start:end].strip(_EDGE), is_negated(text[:start])
    return _from_words(text)


def is_prose(text: str) -> bool:
    """Whether the text has words that are not mathematics."""
    if _is_segment(text) or _WORD.search(text) is None:
        return False
    outside = _COMMAND.sub(" ", _blanked(text, segments(text))) if "$" in text or "\\" in text else text
    return not _MATH_WORDS.issuperset(map(str.lower, _WORD.findall(outside)))


def _is_segment(text: str) -> bool:
    """Whether the whole text is one `$...$`."""
    return text[:1] == "$" == text[-1:] and text.count("$") == 2 and len(text) > 2 and text[-2] != "\\"


def _blanked(text: str, spans: list[Span]) -> str:
    """The text without its math segments."""
    pieces, position = [], 0
    for span in spans:
        pieces.append(text[position : span.start])
        position = span.end
    return " ".join([*pieces, text[position:]])


def _is_symbol(segment: str) -> bool:
    """Whether a math segment merely names something, having no digit."""
    return not any(character.isdigit() for character in segment) and "=" not in segment and len(segment) < 12


def _breaks(text: str, pattern: re.Pattern[str]) -> list[tuple[int, int]]:
    """Where a pattern matches outside math segments."""
    spans = segments(text)
    if not spans:
        return [match.span() for match in pattern.finditer(text)]
    found, at = [], 0
    for match in pattern.finditer(text):
        while at < len(spans) and spans[at].end <= match.start():
            at += 1
        if at == len(spans) or match.start() < spans[at].start:
            found.append(match.span())
    return found


def _first_sentence(text: str) -> str:
    """Up to the first sentence end, and then up to a subordinate clause that gives a reason."""
    for pattern in (_SENTENCE_END, _REASON):
        for start, _ in _breaks(text, pattern):
            if text[:start].strip():
                text = text[:start]
                break
    return text.strip(_EDGE)


def _last_sentence(text: str) -> str:
    """The last sentence that holds a number or a formula and is no courtesy."""
    ends = (start if text[start] == "[" else end for start, end in _breaks(text, _SENTENCE_END))
    bounds = [0, *ends, len(text)]
    for start, end in zip(reversed(bounds[:-1]), reversed(bounds[1:]), strict=True):
        sentence = text[start:end].strip()
        if sentence and not _CLOSING.match(sentence) and (_NUMBER.search(sentence) or segments(sentence)):
            return sentence.rstrip(".!?。").strip(_EDGE)
    return text


def _joined_segments(text: str, spans: list[Span]) -> tuple[int, int]:
    """The last math segment, extended backwards over segments that "or", "and" or a comma joins to it."""
    start, end = spans[-1].start, spans[-1].end
    for previous in reversed(spans[:-1]):
        gap = text[previous.end : start]
        if len(gap) > 20 or not _JOINER.fullmatch(gap):
            break
        start = previous.start
    percent = _PERCENT.match(text[end : end + 12])
    return start, end + (percent.end() if percent else 0)


def last_match(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """The last match of a pattern, found in one pass."""
    last = None
    for match in pattern.finditer(text):
        last = match
    return last


def _from_words(text: str) -> tuple[str, bool]:
    """The value after the last "is" if it is short and has no further words, else the last number."""
    copula = last_match(_COPULA, text)
    if copula is not None:
        value = text[copula.end() :].strip(_EDGE + ":")
        if value and (not is_prose(value) or not _NUMBER.search(value)):
            return _undressed(value), is_negated(text[: copula.end()])
    for pattern in (_FRACTION, _DECIMAL_COMMA, _NUMBER):
        if (number := last_match(pattern, text)) is not None:
            value = number.group()
            value = value.replace(",", ".") if pattern is _DECIMAL_COMMA else value
            return value, is_negated(text[: number.start()])
    return text, is_negated(text)


def _undressed(text: str) -> str:
    if text.endswith("\\,"):
        return text
    body = text.strip(_EDGE).rstrip(".。")
    if body.endswith(")") and body.count("(") + body.count("[") < body.count(")") + body.count("]"):
        body = body[:-1]
    return body
