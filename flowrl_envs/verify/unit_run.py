r"""Units of several tokens: `\text{kg}\cdot\text{m}^2/\text{s}^{2}` is one unit, read to its end.

The words of a unit are a text that `unit_factor` reads: "kg m2 / s2".
"""

from __future__ import annotations

from collections.abc import Sequence

from flowrl_envs.verify.lexicon import SIGNS, Token
from flowrl_envs.verify.measures import unit_factor
from flowrl_envs.verify.units import is_unit_phrase

_TIMES = frozenset({"sec", "min"})
"""Functions that are units of time where no argument follows."""
_NO_ARGUMENT = frozenset({"", "sep", "close", "rel", "amp", "row", "text", "unit"})
_LONGEST = 200
_NOTHING = Token("")


def unit_run(tokens: Sequence[Token], start: int, words: str) -> tuple[str, int]:
    """The words of the unit whose first words end before `start`, and where it ends."""
    words, at = _powered(tokens, start, words)
    while len(words) < _LONGEST:
        sign, position = _sign(tokens, at)
        more = _word(tokens, position, sign == "/")
        if not more or not (_is_below(words, tokens[position]) if sign == "/" else _is_joined(words, more, sign)):
            return words, at
        more, at = _powered(tokens, position + 1, more)
        words = f"{words} / {more}" if sign == "/" else f"{words} {more}"
    return words, at


def unit_fraction(tokens: Sequence[Token], start: int) -> tuple[str, int]:
    r"""The words of \frac{\text{miles}}{\text{hour}}, whose braces begin at `start`, and where it ends; "" if none."""
    top, at = _braced(tokens, start)
    bottom, end = _braced(tokens, at) if top else ("", start)
    words = f"{top} / {bottom}"
    return (words, end) if bottom and "/" not in top + bottom and unit_factor(words) is not None else ("", start)


def is_time(tokens: Sequence[Token], position: int) -> bool:
    """Whether the token is "sec" or "min" without an argument."""
    token = _at(tokens, position)
    if token.kind != "fn" or token.value not in _TIMES:
        return False
    _, after = _powered(tokens, position + 1, "")
    follows = _at(tokens, after)
    return follows.kind in _NO_ARGUMENT or (follows.kind == "op" and follows.value in ("*", "/"))


def _at(tokens: Sequence[Token], position: int) -> Token:
    return tokens[position] if position < len(tokens) else _NOTHING


def _braced(tokens: Sequence[Token], start: int) -> tuple[str, int]:
    """The unit in a pair of braces, and where the closing one ends."""
    words = _word(tokens, start + 1) if _at(tokens, start) == SIGNS["{"] else ""
    if not words:
        return "", start
    words, at = unit_run(tokens, start + 2, words)
    return (words, at + 1) if _at(tokens, at) == SIGNS["}"] else ("", start)


def _word(tokens: Sequence[Token], position: int, below: bool = False) -> str:
    """The words of a token that may be a unit, "" if it may not; a letter in mathematics may only below a slash."""
    token = _at(tokens, position)
    if token.kind in ("text", "unit") or (below and token.kind == "letter") or is_time(tokens, position):
        return str(token.value)
    return ""


def _sign(tokens: Sequence[Token], at: int) -> tuple[str, int]:
    """The sign before the next part of a unit, "" if none, and where that part begins."""
    token = _at(tokens, at)
    return (str(token.value), at + 1) if token.kind == "op" and token.value in ("*", "/", "-") else ("", at)


def _is_joined(words: str, more: str, sign: str) -> bool:
    """Whether two units side by side are a product; a hyphen between single letters is a minus sign but in N-m."""
    if sign == "-" and len(words) == len(more) == 1 and words + more != "Nm":
        return False
    return unit_factor(words) is not None and unit_factor(more) is not None


def _is_below(words: str, token: Token) -> bool:
    """Whether what follows a slash belongs to the unit: a known one, or a noun in words."""
    below = str(token.value)
    if unit_factor(below) is not None:
        return token.kind != "letter" or unit_factor(words) is not None
    return token.kind == "text" and len(below) > 2 and is_unit_phrase(below)


def _powered(tokens: Sequence[Token], at: int, words: str) -> tuple[str, int]:
    """The words with the integer power that follows, if one does, and where it ends."""
    if _at(tokens, at).kind != "pow":
        return words, at
    braces = _at(tokens, at + 1).kind == "open"
    position = at + 2 if braces else at + 1
    minus = _at(tokens, position) == SIGNS["-"]
    number = _at(tokens, position + minus)
    end = position + minus + 1 + braces
    if braces and _at(tokens, end - 1).kind != "close":
        return words, at
    if number.kind not in ("num", "group") or not str(number.value).isdecimal() or len(number.value) > 2:
        return words, at
    return f"{words}{'-' * minus}{number.value}", end
