r"""What stands in the braces of a font: words, a unit of measure, or mathematics.

A letter in bold, italics or script is that letter. An upright one is it too, unless it follows an operand and is the
symbol of a unit: 5\mathrm{m} is five metres, 3+4\mathrm{i} a complex number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from flowrl_envs.verify.lexicon import LETTERS, SIGNS, WORDS, Token, const
from flowrl_envs.verify.measures import LETTERS as UNIT_LETTERS
from flowrl_envs.verify.measures import unit_factor
from flowrl_envs.verify.nouns import PHRASE
from flowrl_envs.verify.units import TWO_LETTERS, is_unit_phrase, scale_of
from flowrl_envs.verify.vocabulary import word_set

_LEAD_IN = re.compile(
    r"(?:(?:so|thus|therefore|hence|we get|we have|the|final|correct|answer|answers|solution|solutions|value|result|"
    r"is|are|either|exactly|equals|it)\b[ :,]*)+"
)
_NAMING = word_set("mathbf mathit mathcal mathfrak mathsf textbf textit textsf emph")
"""Fonts of names, in which no letter is a unit."""
_OF_MATHEMATICS = word_set("mathrm mathbf mathit mathcal mathfrak mathsf operatorname")
"""Fonts in which unknown letters are factors rather than words."""
_NUMBERS = frozenset({"num", "mixed", "repeat"})
_COUNT = re.compile(r"(-?\d[\d,.]*)(?:\\[ ,;:]|[ ])[ ]?(?=[A-Za-z])")
"""A number and a blank before a word."""
_SECOND_NUMBER = re.compile(r"(?<=[a-z.,])[ /]\d")
"""What follows a unit is another number: feet 5 inches."""
_ONE_TOKEN = frozenset({"sep", "post", "const", "fn", "sqrt", "op"})
_OPERANDS = frozenset({"num", "mixed", "repeat", "letter", "const", "close", "group", "post", "sub"})
_MEASURED = frozenset({"text", "unit"})
_INTO = frozenset({"open", "rel", "sep", "fn", "cmd"})
_LONGEST = 60
_TWO_LETTERS = re.compile(r"[A-Za-z]{2}")
_MATHEMATICAL = re.compile(r"[\d\\^_$]")
_COMPOUND = re.compile(r"(?:[A-Za-z]|\^\{-?\d{1,2}\}|\^-?\d|\\cdot(?![A-Za-z])|\\[, ;]|[ /])+")
_UNIT_SIGNS = re.compile(r"\\cdot|\\[, ;]|[\^{}]")
_PHRASE = re.compile(r"[A-Za-z\d ,.'()/-]+(?:(?<=[a-z]{4})\^(?:\d|\{\d\}))?")


def in_font(
    name: str, braced: str, before: Sequence[Token], lex: Callable[[str], Iterable[Token]] | None
) -> Iterable[Token]:
    """The tokens of what stands in a font's braces.

    Args:
        name: of the font.
        braced: the text between the braces.
        before: the tokens before it.
        lex: the lexer, None where fonts are nested too deep.
    """
    content = braced.strip()
    if not before and content.endswith(":") and is_label(content[:-1]):
        return []
    if name == "mathbb" and len(content) == 1:
        return [const(content)]
    if not content:
        return []
    bare = content.strip(" ,.;:")
    known = WORDS.get(bare.lower())
    if known is not None and known.kind in _ONE_TOKEN:
        return [known]
    if bare in ("pct", "per cent"):
        return [Token("post", "%")]
    if bare == "deg" and _is_after_operand(before):
        return [Token("post", "deg")]
    if not bare:
        return [SIGNS[","]] if "," in content else []
    if bare.isalpha():
        return _letters(name, bare, before, braced[0] == " ")
    if not before and (lead := _LEAD_IN.match(content.lower())):
        content = content[lead.end() :]
        if not content.strip():
            return []
    if _is_after_operand(before) and not _SECOND_NUMBER.search(content) and unit_factor(content) is not None:
        return [Token("text", content)]
    if _is_after_operand(before) and (phrase := _compound(content)):
        return [Token("text", phrase)]
    if lex is not None and _is_mathematics(content, before):
        if (number := _COUNT.match(content)) and (unit := _unit_of_all(name, content[number.end() :].rstrip(" ."))):
            return [*lex(number[1]), Token("text", unit)]
        return lex(content)
    return [Token("text", bare)]


def is_label(words: str) -> bool:
    """Whether words before a colon say what a value is."""
    return len(words) > 1 and is_unit_phrase(words)


def _unit_of_all(name: str, words: str) -> str:
    r"""The unit after the number in \text{17 m}, "" where letters are factors."""
    if _SECOND_NUMBER.search(words) or words.startswith("deg"):
        return ""
    measured = unit_factor(words) is not None
    if name in _OF_MATHEMATICS and not (measured and name == "mathrm"):
        return ""
    phrase = (
        len(words) > 1
        and words.split(None, 1)[0] not in WORDS
        and PHRASE.fullmatch(words) is not None
        and is_unit_phrase(words)
    )
    return words if measured or phrase else ""


def _letters(name: str, letters: str, before: Sequence[Token], spaced: bool) -> Iterable[Token]:
    """Letters alone: a name, a unit or a word. After an operand, one or two that are no unit are factors."""
    if len(letters) > 2 or not letters.isascii():
        return [Token("text", letters)]
    if len(letters) == 1 and name in _NAMING:
        return [LETTERS[letters]]
    if not _is_after_operand(before):
        inside = len(letters) == 2 or (before and before[-1].kind == "open")
        return [Token("text", letters)] if inside else [LETTERS[letters]]
    if letters == "M" and spaced:
        return [Token("text", "mol/L")]
    if len(letters) == 2 and spaced and before[-1].kind in _NUMBERS and name not in _OF_MATHEMATICS:
        return [Token("text", letters)]
    if len(letters) == 1:
        known = letters in UNIT_LETTERS and (spaced or before[-1].kind != "letter")
        return [Token("text", letters) if known else LETTERS[letters]]
    if letters.lower() in TWO_LETTERS or unit_factor(letters) is not None:
        return [Token("text", letters)]
    return [LETTERS[letter] for letter in letters]


def _is_after_operand(before: Sequence[Token]) -> bool:
    """Whether a unit may follow: after an operand, a unit, or a sign between units."""
    if not before:
        return False
    last = before[-1]
    if last.kind in _MEASURED:
        return len(before) > 1 and before[-2].kind not in _INTO
    if last.kind == "op" and last.value in ("*", "/", "-"):
        return any(token.kind in _MEASURED for token in before[-7:-1])
    return last.kind in _OPERANDS


def _compound(content: str) -> str:
    r"""The words of a unit such as atoms/cm^3 or photons\,s^{-1}, of which some name what is counted; "" for others."""
    if "\\" not in content and "^" not in content:
        return ""
    if len(content) > _LONGEST or _COMPOUND.fullmatch(content) is None:
        return ""
    phrase = " ".join(_UNIT_SIGNS.sub(lambda sign: "" if sign.group() in "^{}" else " ", content).split())
    words = phrase.replace("/", " ").split()
    return phrase if is_unit_phrase(phrase) and all(map(_is_counted, words)) and not words[0][-1].isdecimal() else ""


def _is_counted(word: str) -> bool:
    """Whether a word with its power is a known unit, or a noun of four letters and more."""
    return unit_factor(word) is not None or (
        len(word) > 3 and word.isalpha() and word.lower() not in WORDS and scale_of(word)[0] == 1
    )


def _is_mathematics(content: str, before: Sequence[Token]) -> bool:
    """Whether it is a formula: letters that stand alone, or anything with signs but a unit in words."""
    if not _TWO_LETTERS.search(content):
        return True
    return _MATHEMATICAL.search(content) is not None and not (before and _is_phrase(content))


def _is_phrase(content: str) -> bool:
    """Whether words with numbers are a unit: "sides of length 2", "units^2", but not "xy^2"."""
    if _PHRASE.fullmatch(content) is None or not is_unit_phrase(content):
        return False
    second = _SECOND_NUMBER.search(content)
    return second is None or unit_factor(content[: second.start()].strip()) is None
