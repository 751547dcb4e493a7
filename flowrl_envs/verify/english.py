"""Whether a short run of letters in mathematics is an English word, or a product of variables such as at or by.

A word of two letters stands among others, between blanks; a product touches a sign, a brace, a digit or a command, or
stands alone between signs and brackets.
"""

from __future__ import annotations

from flowrl_envs.verify.vocabulary import ENGLISH

_ALWAYS = frozenset({"if", "no"})
_BLANKS = " ~$\n\t"
_SIGNS = frozenset("+-*/=<>^|&{}")
_DIGITS = frozenset("0123456789")
_TOUCHED_BEFORE = _SIGNS | _DIGITS | frozenset(")]")
_TOUCHED_AFTER = _SIGNS | _DIGITS | frozenset("([_")
_BEFORE_ALONE = _SIGNS | frozenset("([,")
_AFTER_ALONE = _SIGNS | frozenset(")],")


def is_english(value: str, text: str, start: int) -> bool:
    """Whether a run of letters is a word, by what stands around it; capitals such as NO are a product.

    Args:
        value: the letters.
        text: where they stand.
        start: where they begin in it.
    """
    word = value if value.islower() else value[0].lower() + value[1:]
    if word not in ENGLISH:
        return False
    if len(word) != 2 or word in _ALWAYS:
        return True
    end = start + len(value)
    if _is_hyphened(text, start, end):
        return True
    return not (_is_touched(text, start, end) or (word != "is" and _is_alone(text, start, end)))


def _is_hyphened(text: str, start: int, end: int) -> bool:
    """Whether a hyphen joins it to a longer word, as in side-by-side."""
    before, after = text[max(start - 4, 0) : start], text[end : end + 4]
    return (len(before) == 4 and before[3] == "-" and before[:3].isalpha()) or (
        len(after) == 4 and after[0] == "-" and after[1:].isalpha()
    )


def _is_touched(text: str, start: int, end: int) -> bool:
    """Whether a sign, a digit, a brace or a command stands right beside."""
    after = text[end : end + 1]
    if after == "\\":
        return text[end + 1 : end + 2].isalpha()
    return after in _TOUCHED_AFTER or text[start - 1 : start] in _TOUCHED_BEFORE


def _is_alone(text: str, start: int, end: int) -> bool:
    """Whether signs, brackets or commas stand on both sides of the blanks around, or one beside an end of the text."""
    while start and text[start - 1] in _BLANKS:
        start -= 1
    while end < len(text) and text[end] in _BLANKS:
        end += 1
    before, after = text[start - 1 : start] if start else "", text[end : end + 1]
    if before + after in ("", ","):
        return False
    return (not before or before in _BEFORE_ALONE) and (not after or after in _AFTER_ALONE)
