"""Whether a text is a formula, or prose: words that are not mathematics.

Letters side by side are a word, or a product of names: "ab" in 4ab, xy + 3 and 2^{ab}. A product is short, touches a
number, a sign or a bracket, and is neither a unit after a number nor a known word.
"""

from __future__ import annotations

import re

from flowrl_envs.verify.measures import unit_factor
from flowrl_envs.verify.nouns import is_plural
from flowrl_envs.verify.scan import Span, segments
from flowrl_envs.verify.units import KNOWN, NOUNS, TWO_LETTERS
from flowrl_envs.verify.vocabulary import word_set

_WORD = re.compile(r"[^\W\d_]{2,}|[\u3040-\u30ff\u4e00-\u9fff]")
_NO_COMMAND = re.compile(r"[^\W\d_](?:(?<![\\A-Za-z].)|(?<=[^\x00-\x7f]))[^\W\d_]|[\u3040-\u30ff\u4e00-\u9fff]")
"""What a word begins with that is no LaTeX command."""
_COMMAND = re.compile(
    r"\\(?:begin|end)\{\w+\*?\}|\\(?:text|mathrm|mbox|textbf|textit|operatorname)\s?\{|\\[a-zA-Z]+|\$"
)
_FACTOR = re.compile(r"\\(?:ln|log|sin|cos|tan|sqrt|[dt]?frac|pi|left)(?![a-zA-Z])")
"""A command that may follow a factor."""
_MATH_WORDS = word_set(
    "sin cos tan cot sec csc log ln exp sqrt pi and or frac infinity inf max min gcd lcm mod text cm mm km kg percent"
)
_AFTER_NUMBER = (TWO_LETTERS | NOUNS | word_set("gb mb kb tb AD BC")) - {"ad", "bc"}
_NO_FACTORS = word_set("st nd rd th in")
_LONGEST = 4
_STRONG = "+·×"
_SIGN_AFTER = re.compile(r"[-−/][\d(]|\s[-−]\s?(?:[\d(]|[A-Za-z](?![A-Za-z]))")
_SIGN_BEFORE = re.compile(r"(?:[\d)]|(?<![A-Za-z])[A-Za-z])\s[-−]\s\Z")
"""A minus sign or a slash, with a number, a bracket or one other name beyond it; $12/hr and a 12-ft rope have units."""
_TIMES_AFTER = re.compile(r"[+^·×]|\*(?=[\w(\\])")
_TIMES_BEFORE = re.compile(r"[+^{·×π]\Z|(?<!\*)\*\Z")
"""A sign that touches a factor; stars around a text are emphasis."""
_VOWEL = re.compile("[aeiou]", re.I)
_TOUCHING = re.compile(
    r"(?:(?<=[\dπ+*^({)·×/−-])|(?<=[+*·×−-]\s))[A-Za-z]{2,4}(?![A-Za-z'’])"
    r"|(?<![A-Za-z\\'’\d])[A-Za-z]{2,3}(?=\s?[-−+*^·×/\\(])"
)
"""Letters that may be a product."""
_TOUCHES = re.compile(
    r"[\dπ+*^({)·×/−\\-](?:(?<=[\dπ^({)])[A-Za-z]{2,4}(?![A-Za-z'’])|(?<=[+*·×/−-])\s?[A-Za-z]{2,4}(?![A-Za-z'’])"
    r"|(?<=[A-Za-z]{2}[-−+*^·×/\\(])|(?<=[A-Za-z]{2}\s[-−+*^·×/\\(]))"
)
"""What stands beside such letters: a class comes first, so that the search skips to one of its characters."""
BETWEEN = "\u2062"
"""The invisible sign of a product."""


def is_prose(text: str) -> bool:
    """Whether the text has words that are not mathematics."""
    if _is_segment(text) or _NO_COMMAND.search(text) is None:
        return False
    if "$" not in text and "\\" not in text:
        return _has_words(text)
    if text.count("$") % 2 and _has_words(_COMMAND.sub(" ", text)):
        return True
    closed = text.rfind("$") + 1
    if closed > text.rfind("\\") and _has_words(text[closed:]):
        return True  # what follows the last dollar is in no segment
    return _has_words(_COMMAND.sub(" ", _FACTOR.sub("*", blanked(text, segments(text)))))


def with_products(text: str) -> str:
    """A text with the invisible sign between the letters of each product."""
    return text if _TOUCHES.search(text) is None else _TOUCHING.sub(_spelled, text)


def _spelled(match: re.Match[str]) -> str:
    letters = match.group()
    return BETWEEN.join(letters) if _is_product(match.string, match.start(), match.end()) else letters


def _has_words(text: str) -> bool:
    """Whether a text without mathematics has a word that no formula has."""
    if _MATH_WORDS.issuperset(map(str.lower, _WORD.findall(text))):
        return False
    return _TOUCHES.search(text) is None or not all(
        match.group().lower() in _MATH_WORDS or _is_product(text, match.start(), match.end())
        for match in _WORD.finditer(text)
    )


def _is_product(text: str, start: int, end: int) -> bool:
    """Whether letters that stand there are factors: a number before them, or a sign beside them, makes them so."""
    letters, length = text[start:end], end - start
    if length > _LONGEST or not letters.isascii():
        return False
    lowered = letters.lower()
    before = text[:start] if start < 4 else text[start - 4 : start]
    left, right = before.rstrip(), text[end : end + 2]
    if lowered in _NO_FACTORS or (
        left.rstrip(" $~)")[-1:].isdigit() and (letters in KNOWN or unit_factor(letters) is not None)
    ):
        return False
    if before[-1:].isdigit():
        return before[-2:-1] == "^" or not (is_plural(letters) or lowered in _AFTER_NUMBER or letters in _AFTER_NUMBER)
    is_name = length == 3 and (letters.isupper() or letters.istitle())
    if length > 3 or is_name:
        return False
    if before[-1:] == "(" and right[:1] == ")":
        return before[-2:-1].isalnum()
    if _TIMES_BEFORE.search(before) is not None or _TIMES_AFTER.match(text, end) is not None:
        return True
    if lowered in TWO_LETTERS and (letters[1:].islower() or letters.isupper()):
        return False
    after = right.lstrip()[:1] or text[end + 2 : end + 3]
    if before[-1:] == ")":
        return True
    if (length > 2 and _VOWEL.search(letters)) or letters.istitle():
        return False
    if (left[-1:] and left[-1] in _STRONG) or (after and after in _STRONG):
        return True
    return right[:1] == "(" or _FACTOR.match(text, end + (right[:1] == " ")) is not None or _is_signed(text, start, end)


def _is_signed(text: str, start: int, end: int) -> bool:
    """Whether a minus sign or a slash joins letters to a number, a bracket or one other name."""
    return _SIGN_AFTER.match(text, end) is not None or _SIGN_BEFORE.search(text, max(start - 5, 0), start) is not None


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
