"""Subscripts in the lexer: part of a name, the base of a number, or what stands below a function."""

from __future__ import annotations

import re

from flowrl_envs.verify.lexicon import SIGNS, Token
from flowrl_envs.verify.nodes import NotMathError
from flowrl_envs.verify.scan import closing_brace

_SCRIPT = re.compile(r"\\[a-zA-Z]+|\d+|.", re.S)
_CLOSING = 8
_SOLAR = {"M": "solar masses", "L": "solar luminosities", "R": "solar radii"}


def subscript(text: str, position: int, tokens: list[Token]) -> int:
    """A subscript: expression tokens after a function, part of the name after anything else."""
    if len(tokens) > 2 and tokens[-1] == SIGNS[")"] and tokens[-2].kind == "num" and tokens[-3] == SIGNS["("]:
        tokens[-3:] = tokens[-2:-1]  # (1011)_2
    if tokens and tokens[-1].kind in ("fn", "big", "close", "group", "post", "cmd"):
        tokens.append(Token("under"))
        return position
    while position < len(text) and text[position] == " ":
        position += 1
    if text.startswith("{", position):
        end = closing_brace(text, position)
        if end < 0:
            raise NotMathError("unclosed subscript")
        content, after = text[position + 1 : end], end + 1
    elif match := _SCRIPT.match(text, position):
        content, after = match.group(), match.end()
    else:
        raise NotMathError("empty subscript")
    for font in ("\\text", "\\mathrm", "\\rm", "{", "}", " ", "\\,"):
        content = content.replace(font, "")
    if content in ("\\odot", "\\sun") and _is_solar(text, after, tokens):
        tokens[-1] = Token("text", _SOLAR[str(tokens[-1].value)])
        return after
    tokens.append(Token("sub", content))
    return after


def _is_solar(text: str, after: int, tokens: list[Token]) -> bool:
    """Whether M, L or R of the sun is the unit of a number, at the end of the text."""
    if len(tokens) < 2 or tokens[-1].value not in _SOLAR or len(text) - after > _CLOSING or text[after:].strip(" $."):
        return False
    return tokens[-2].kind in ("num", "group", "close") and all(token.kind != "letter" for token in tokens[:-1])
