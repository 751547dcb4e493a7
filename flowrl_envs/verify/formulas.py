"""Whether a text is a formula, or prose: words that are not mathematics."""

from __future__ import annotations

import re

from flowrl_envs.verify.scan import Span, segments
from flowrl_envs.verify.vocabulary import word_set

_WORD = re.compile(r"[^\W\d_]{2,}|[\u3040-\u30ff\u4e00-\u9fff]")
_NO_COMMAND = re.compile(r"[^\W\d_](?:(?<![\\A-Za-z].)|(?<=[^\x00-\x7f]))[^\W\d_]|[\u3040-\u30ff\u4e00-\u9fff]")
"""What a word begins with that is no LaTeX command."""
_COMMAND = re.compile(r"\\(?:begin|end)\{\w+\*?\}|\\[a-zA-Z]+|\$")
_MATH_WORDS = word_set(
    "sin cos tan cot sec csc log ln exp sqrt pi and or frac infinity inf max min gcd lcm mod text cm mm km kg percent"
)


def is_prose(text: str) -> bool:
    """Whether the text has words that are not mathematics."""
    if _is_segment(text) or _NO_COMMAND.search(text) is None:
        return False
    if "$" not in text and "\\" not in text:
        return _has_words(text)
    closed = text.rfind("$") + 1
    if closed > text.rfind("\\") and _has_words(text[closed:]):
        return True  # what follows the last dollar is in no segment
    return _has_words(_COMMAND.sub(" ", blanked(text, segments(text))))


def _has_words(text: str) -> bool:
    """Whether a text without mathematics has a word that no formula has."""
    return not _MATH_WORDS.issuperset(map(str.lower, _WORD.findall(text)))


def _is_segment(text: str) -> bool:
    """Whether the whole text is one `$...$`."""
    return text[:1] == "$" == text[-1:] and text.count("$") == 2 and len(text) > 2 and text[-2] != "\\"


def blanked(text: str, spans: list[Span], position: int = 0) -> str:
    """The text from a position on, without its math segments."""
    pieces = []
    for span in spans:
        pieces.append(text[position : span.start])
        position = span.end
    return " ".join([*pieces, text[position:]])
