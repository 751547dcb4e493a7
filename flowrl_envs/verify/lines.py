r"""Lines of a response: what they say without the marks of lists and headings, and which of them say no answer.

A rule, a courtesy ("Let me know if ...") and a check ("Verification: ...") hold no answer, so `extract.py` looks before
them.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from flowrl_envs.verify.scan import segments

_MARK = re.compile(
    r"(?:#{1,6}|>(?=[\s\d$*\\])|[-*•▪‣◦●○▶➤–—](?=\s)|[→⇒⟹➜➡∴]\ufe0f?|={1,2}>|-{1,2}>|\(?\d{1,2}[.)](?=\s))\s*"
)
"""The mark of a heading, a quotation, an item or a conclusion at the start of a line."""
_MARKED = frozenset("#>-*•▪‣◦●○▶➤–—→⇒⟹➜➡∴=(0123456789")
_NUMBERED = frozenset(".)")
_MINUS = frozenset("-–—")
_MOST_MARKS = 4
_END_OF_PROOF = re.compile(r"\s*(?:\$+\s*\\(?:blacksquare|square|Box|qed)\s*\$+|\\(?:blacksquare|square|Box|qed))\Z")
PROVED = ("square", "square$", "Box", "Box$", "qed", "qed$")
_RULE = " \t\n\r-*_=~#>|`.+"
_PICTURES = frozenset({"So", "Cf"})
"""Categories of emoji and ticks."""
_MODIFIERS = frozenset("\ufe0e\ufe0f\u20e3🏻🏼🏽🏾🏿")
_SIGNS = frozenset("°❌❎✖✗✘🚫⛔👎")
"""Signs that are no decoration: degrees, and what denies."""
_SHAPES = range(0x25A0, 0x2600)
"""Squares and the like, which are decoration after a blank alone."""
_QED = frozenset("∎")
_COURTESY = re.compile(
    r"^\W*(?:I hope|Let me know|Thank|Please|Hope|If you|\[?Note|Feel free|Is there any|Would you|Do you|"
    r"Does th(?:at|is)|Can I|Happy to|Good luck|Have a|Enjoy|Any (?:other )?questions|This (?:completes|concludes)\b|"
    r"(?:This|That|Which|And (?:this|that)) is (?:the|our|my) (?:final |desired |required |correct )*"
    r"(?:answer|solution|result)\b)",
    re.I,
)
_NUMBER = re.compile(r"\d")
_CHECK = re.compile(
    r"^[^\w\n]{0,20}(?:(?:step )?\d{1,3}[^\w\n]{1,8})?"
    r"(?:(?:let['’]?s|let us|we can|we may|we will|to|now|quick|double)[ -]{1,3}){0,4}"
    r"(?:check(?:ing)?|verif(?:y|ying|ication)|double-check(?:ing)?|sanity check)\b",
    re.I | re.M,
)
"""A line that begins a check of the answer."""
_GOES_ON = re.compile(r"\b(?:so|therefore|thus|hence|only|(?:answer|solution)s? (?:is|are))\b", re.I)
"""What a check leads up to is the answer."""


def said(line: str, *, alone: bool = False) -> str:
    """A line without marks at its start, and without pictures and ends of proofs at its end.

    Args:
        line: without a line break.
        alone: whether it is all the text there is, so that a dash before a bare value is its sign.
    """
    line = line.strip()
    if line[:1] in _MARKED and not (line[0].isdecimal() and _NUMBERED.isdisjoint(line[1:3])):
        line = _unmarked(line, alone)
    return undecorated(line)


def _unmarked(line: str, alone: bool) -> str:
    """A line without marks at its start."""
    for _ in range(_MOST_MARKS):
        if (mark := _MARK.match(line)) is None:
            break
        if alone and line[0] in _MINUS and line[mark.end() : mark.end() + 1] not in "*$`":
            break
        line = line[mark.end() :]
    return line


def undecorated(line: str) -> str:
    """A line without pictures at its ends and without the end of a proof."""
    if not line.isascii():
        line = _without_pictures(line)
    return _END_OF_PROOF.sub("", line) if line.endswith(PROVED) else line


def is_rule(line: str) -> bool:
    """Whether a line is a rule, or marks and pictures only."""
    return not _without_pictures(line.strip(_RULE)).strip(_RULE)


def is_addressed(sentence: str) -> bool:
    """Whether a sentence is a wish, thanks or a question to the reader, or says that the answer has been given."""
    return _COURTESY.match(sentence) is not None


def is_courtesy(line: str) -> bool:
    """Whether a line is such a sentence without a number or a formula."""
    return is_addressed(line) and not has_value(line)


def has_value(line: str) -> bool:
    """Whether a line has a number or a formula."""
    return _NUMBER.search(line) is not None or bool(segments(line))


@lru_cache(maxsize=4)
def last_value(text: str) -> int:
    """Where the last number or formula of a text stands, -1 for none; kept, because each anchor of a text asks."""
    digit = next((index for index in range(len(text) - 1, -1, -1) if text[index].isdigit()), -1)
    formulas = segments(text)
    return max(digit, formulas[-1].start) if formulas else digit


def before_check(text: str) -> str:
    """A text up to the line that begins a check of the answer, if a value stands before it and none follows from it."""
    lowered = text.lower()
    if "check" not in lowered and "verif" not in lowered:
        return text
    begun = _CHECK.search(text)
    if begun is None or _GOES_ON.search(text, begun.end()) or not has_value(text[: begun.start()]):
        return text
    return text[: begun.start()]


def _without_pictures(line: str) -> str:
    """A line without emoji, ticks and boxes at its ends."""
    start, end = 0, len(line)
    while end > start and _is_picture(line[end - 1]) and not (ord(line[end - 1]) in _SHAPES and line[end - 2] != " "):
        end -= 1
    while start < end and _is_picture(line[start]):
        start += 1
    return line[start:end]


def _is_picture(character: str) -> bool:
    if character.isascii():
        return character.isspace()
    if character.isspace() or character in _QED or character in _MODIFIERS:
        return True
    return unicodedata.category(character) in _PICTURES and character not in _SIGNS
