"""Words after a number in plain text: its unit, what is counted, or the ending of an ordinal.

Short runs of letters are mostly products of variables, so only these are words: known units after a blank, nouns in
the plural, longer words, and "th" after its number.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from flowrl_envs.verify.lexicon import SIGNS, WORDS, Token
from flowrl_envs.verify.measures import unit_factor
from flowrl_envs.verify.units import KNOWN, NOUNS, UNMISTAKABLE, is_unit_phrase
from flowrl_envs.verify.vocabulary import GREEK_WORDS

_NUMERIC_END = frozenset({"num", "mixed", "close", "group", "const", "post"})
OPERAND_END = frozenset({"num", "letter", "const", "close", "group", "post", "sub", "unit"})
PHRASE = re.compile(r"[A-Za-z]+(?:(?:\.?[ -]|/(?=[A-Za-z]{2}))[A-Za-z]+){0,8}(?:(?<=[a-z]{4})\^(?:\d|\{\d\}))?")
"""Words that may be a unit, with a power at their end."""
_SPACES = re.compile(r"(?:\\[ ,;:]|~)[ ]?")
_BLANKS = ("\\,", "\\;", "\\:")
_VOWELS = frozenset("aeiou")
_LONGEST = 120
_ORDINALS = frozenset({"st", "nd", "rd", "th"})


def is_spaced(value: str, text: str, start: int) -> bool:
    """Whether a blank stands before a word; a command for one may also stand between factors, two letters or Greek."""
    before = text[start - 1 : start]
    if before == " ":
        return True
    return (before == "~" or text.endswith(_BLANKS, 0, start)) and len(value) > 2 and value not in GREEK_WORDS


def counted(value: str, text: str, start: int, tokens: Sequence[Token]) -> str:
    """The words that end the text after a number and a blank, if they can be its unit; the first of them is given."""
    if not tokens or tokens[-1].kind not in _NUMERIC_END or value in WORDS or len(text) - start > _LONGEST:
        return ""
    if len(value) <= 4 and value not in NOUNS and not is_plural(value):
        return ""
    rest = text[start:].strip(" $.~")
    if "\\" in rest or "~" in rest:
        rest = _SPACES.sub(" ", rest + " ").strip()
    return rest if PHRASE.fullmatch(rest) and is_unit_phrase(rest) else ""


def is_plural(value: str) -> bool:
    """Whether four letters are a noun in the plural, such as toys, rather than factors."""
    return len(value) == 4 and value[3] == "s" and value.islower() and not _VOWELS.isdisjoint(value[:3])


def is_unit(value: str, spaced: bool, tokens: Sequence[Token]) -> bool:
    """Whether letters after an operand are its unit: any known one after a space, an unmistakable one without."""
    if not tokens or not (tokens[-1].kind in OPERAND_END or tokens[-1] == SIGNS["/"]):
        return False
    below = tokens[-1].kind == "op" and any(token.kind == "unit" for token in tokens[-4:-1])
    if (spaced or below) and (value in KNOWN or (len(value) > 4 and unit_factor(value) is not None)):
        return True
    return value in UNMISTAKABLE and tokens[-1].kind in ("num", "op")


def ordinal(value: str, text: str, start: int, tokens: list[Token]) -> int:
    """Where the lexer goes on after the letters of an ordinal, 18th or 18^{th}, which it appends; 0 if they are none.

    They count as such where nothing else stands; 2nd, 3rd and 2^{nd} are products and a power.
    """
    end = start + len(value)
    if value not in _ORDINALS or not tokens:
        return 0
    if tokens[-1] == SIGNS["{"]:
        return raised(value, text, end, tokens) if value == "th" else 0
    number = str(tokens[0].value)
    if len(tokens) != 1 or not number.isdecimal() or value != _ending(number):
        return 0
    rest = text[end : end + _LONGEST].strip(" $.")
    if (rest and not (PHRASE.fullmatch(rest) and is_unit_phrase(rest))) or text[start - 1 : start].isspace():
        return 0
    tokens.append(Token("text", f"{value} {rest}".rstrip()))
    return len(text)


def _ending(number: str) -> str:
    """The letters of an ordinal number; none for 2 and 3."""
    if number in ("2", "3"):
        return ""
    return "th" if number[-2:-1] == "1" else {"1": "st", "2": "nd", "3": "rd"}.get(number[-1], "th")


def raised(value: str, text: str, end: int, tokens: list[Token]) -> int:
    """The same for letters in an exponent, in a brace or not."""
    braces = bool(tokens) and tokens[-1] == SIGNS["{"]
    at = len(tokens) - 1 - braces
    if value not in _ORDINALS or at < 1 or tokens[at].kind != "pow" or tokens[at - 1].kind not in ("num", "group"):
        return 0
    if braces and not text.startswith("}", end):
        return 0
    tokens[at:] = [Token("text", value)]
    return end + braces
