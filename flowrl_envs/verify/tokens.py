"""Text to tokens: one linear pass over LaTeX or plain text, after Unicode folding.

A token is (kind, value). The lexer settles what only the characters can tell: thousands separators, mixed numbers,
repeating decimals, subscripts, primes, degrees, fonts, units in plain text. It drops what says nothing (spacing,
sizes, dollars).

Kinds: num letter const fn big cmd rel op open close bar text sub sep unit sqrt begin end amp row post mark, and group:
a number or letter alone in braces, as most arguments of commands are.
"""

from __future__ import annotations

import re

from flowrl_envs.verify import vocabulary as words
from flowrl_envs.verify.domains import quantified
from flowrl_envs.verify.english import is_english
from flowrl_envs.verify.folding import folded
from flowrl_envs.verify.fonts import in_font, is_label
from flowrl_envs.verify.layout import ARGUMENTS, past_row
from flowrl_envs.verify.lexicon import (
    COMMANDS,
    COMPLETE,
    LETTERS,
    SIGNS,
    SINGLE,
    WORDS,
    Token,
    group,
    letter,
    num,
)
from flowrl_envs.verify.limits import Limits
from flowrl_envs.verify.measures import micro
from flowrl_envs.verify.nodes import NotMathError
from flowrl_envs.verify.nouns import OPERAND_END, counted, is_spaced, is_unit, ordinal, raised
from flowrl_envs.verify.pieces import cut
from flowrl_envs.verify.scan import closing_brace
from flowrl_envs.verify.subscripts import subscript

_TOKEN = re.compile(
    r"""
    (?P<mixed>\d{1,9}[ ]+\d{1,9}[ ]?/[ ]?\d{1,9}(?![\d.]|[ ]?(?:\^|\*\*)))
  | (?P<repeat>\d{0,400}\.(?:\(\d{1,40}\)|\d{0,400}\\(?:overline|bar|dot)[ ]*(?:\{\d{1,40}\}|\d)
        (?:\d{0,40}\\dot[ ]*(?:\{\d\}|\d))?))
  | (?P<num>\d{1,3}(?:(?:[ ]?,?\\[!,][ ]*|\\[;: ][ ]*|[ ]?\{,[ ]?\}[ ]?|[ ,])\d{3})+(?!\d)(?:\.\d+)?
        | (?:\d+\.\d+|1(?=e[+-]))[eE][+-]?\d{1,4}
        | \d+(?:\.\d+)?(?:[eE][+-]\d{2,4}(?!\d)|e\d{1,4}(?!\.?\d|[A-Za-z^_])|E\d{1,4}
            |e-\d(?=(?:[ ~]|\\[ ,;:]){0,2}\\(?:text|mathrm)[ ]?\{))?
        | \d+\.(?!\d) | \.\d+)
  | (?P<deg>\^[ ]*(?:\{[ ]*\\circ[ ]*\}|\\circ(?![a-zA-Z]))|\\degree(?![a-zA-Z]))
  | (?P<prime>\^[ ]*(?:\{[ ]*\\prime[ ]*\}|\\prime(?![a-zA-Z]))|')
  | (?P<rootn>\\sqrt[ ]*\[(?P<index>[^\[\]]{1,20})\])
  | (?P<begin>\\(?P<edge>begin|end)[ ]*\{(?P<env>[a-zA-Z]{1,20})\*?\}(?:\{[lcr|@ ]{1,60}\})?)
  | (?P<cmd>\\(?:[a-zA-Z]+|.))
  | (?P<word>[A-Za-z]+)
  | (?P<space>[\s~$]+)
  | (?P<sign>\*\*|<=|>=|!=|!!|==|\.\.\.|\^|_|.)
    """,
    re.X | re.S,
)
_FONT_NAMES = words.FONTS
_SKIPPED = frozenset(" ~$\n")
_SIMPLE = re.compile(r"[A-TV-Za-z](?![A-Za-z])|\d{1,9}(?![\d., \\{eE])")
"""A letter by itself (but U, perhaps a union), and a short integer that no longer number begins with."""
_CLOSING = 8
_MU = letter("\\mu")
_LETTER = re.compile(r"[A-Za-z]")
_NAME = re.compile(r"\\([A-Za-z]+)")
_GROUP = re.compile(r"\{(\d{1,9}|[A-Za-z])\}")
_SCALE = re.compile(r" {0,3}([CF])(?![A-Za-z_^(])")
"""What makes degrees a temperature."""
_AFTER_STOP = re.compile(r"[ $.\n]*(?:\Z|\\\\|\\end(?![a-zA-Z]))")
"""What may follow a full stop: the end of the text, a row or an environment."""
_VALUE = re.compile(r":[ ~$]*(?:\\\$)?-?\d")
"""A number after a label."""
_UNION = re.compile(r"[ ]*(?:\\left)?[ ]*[(\[{\\]")
"""What follows a U between two sets."""
_SETS = frozenset("RZ")
"""Sets of numbers in bold where nothing else stands; the others are more often choices and vectors."""
_AFTER_ALL = " $.\\)]"


def tokenize(text: str, limits: Limits, depth: int = 0) -> tuple[Token, ...]:
    """The tokens of an answer.

    Raises:
        NotMathError: a word, command or character that is no mathematics, or too many tokens.
    """
    text = folded(text)
    tokens = cut(text)
    if tokens is None:
        tokens = tuple(scan(text, limits, depth))
    if len(tokens) > limits.tokens:
        raise NotMathError("too many tokens")
    return tokens


def scan(text: str, limits: Limits, depth: int) -> list[Token]:
    """The tokens of any text, piece by piece, each read after the tokens before it."""
    tokens: list[Token] = []
    position, end = 0, len(text)
    while position < end:
        character = text[position]
        if character in _SKIPPED:
            position += 1
        elif (single := SINGLE.get(character)) is not None:
            tokens.append(single)
            position += 1
        elif character == "{":
            position = _brace(text, position, tokens)
        elif (simple := _SIMPLE.match(text, position)) is not None:
            value = simple.group()
            tokens.append(LETTERS.get(value) or num(value))
            position += len(value)
        elif (name := _NAME.match(text, position)) is not None and (command := COMPLETE.get(name[1])) is not None:
            tokens.append(command)
            position = name.end()
        else:
            position = _longer(text, position, tokens, limits, depth)
    return tokens


def _brace(text: str, position: int, tokens: list[Token]) -> int:
    """Appends a group where one number or letter stands in the braces, else the opening brace."""
    match = _GROUP.match(text, position)
    if match is None:
        tokens.append(SIGNS["{"])
        return position + 1
    tokens.append(group(match[1]))
    return match.end()


def _longer(text: str, position: int, tokens: list[Token], limits: Limits, depth: int) -> int:
    """Appends the tokens that more than one character spells; returns where the lexer goes on."""
    match = _TOKEN.match(text, position)
    if match is None:
        raise NotMathError(f"character {text[position]!r}")
    position, kind, value = match.end(), match.lastgroup, match.group()
    if kind == "num":
        tokens.append(num(value))
    elif kind == "cmd":
        return _command(value[1:], text, position, tokens, limits, depth)
    elif kind == "word":
        return _word(value, text, match.start(), tokens)
    elif kind == "sign":
        sign = SIGNS.get(value)
        if sign is None:
            if value != "." or not _AFTER_STOP.match(text, position):
                raise NotMathError(f"character {value!r}")
        elif sign.kind == "under":
            return subscript(text, position, tokens)
        elif value == "!=" and text[position - 3 : position - 2] != " " and _is_factorial(tokens):
            tokens += SIGNS["!"], SIGNS["="]
        else:
            tokens.append(sign)
    elif kind == "deg" and (scale := _SCALE.match(text, position)) is not None:
        tokens.append(Token("unit", "deg" + scale[1]))
        return scale.end()
    elif kind != "space":
        tokens.append(_special(kind or "", match))
    return position


def _is_factorial(before: list[Token]) -> bool:
    """Whether "!=" after these tokens is a factorial and an equals sign: after numbers alone, as in "5!=120"."""
    return bool(before) and before[-1].kind in ("num", "close") and all(token.kind != "letter" for token in before)


def _special(kind: str, match: re.Match[str]) -> Token:
    if kind in ("deg", "prime"):
        return Token("post", "deg" if kind == "deg" else "'")
    if kind == "mixed":
        return Token("mixed", tuple(re.findall(r"\d+", match.group())))
    if kind == "repeat":
        return Token("repeat", match.group())
    if kind in ("rootn", "index"):
        return Token("root", match["index"].strip())
    return Token(match["edge"], match["env"])


def _command(name: str, text: str, position: int, tokens: list[Token], limits: Limits, depth: int) -> int:
    """Appends the tokens of a command; returns where the lexer goes on."""
    if name in COMMANDS:
        token = COMMANDS[name]
        if token is not None:
            tokens.append(token)
            return past_row(text, position) if name == "\\" else position
        if name in ("left", "right", "mleft", "mright"):
            if text.startswith("|", position):
                tokens.append(Token("bar", "(" if name.endswith("left") else ")"))
                return position + 1
            if text.startswith(".", position):
                return position + 1
            if text.startswith("<", position) or text.startswith(">", position):
                tokens.append(Token("open", "langle") if text[position] == "<" else Token("close", "rangle"))
                return position + 1
        return position
    if name in _FONT_NAMES:
        return _font(name, text, position, tokens, limits, depth)
    if (past := ARGUMENTS.get(name)) is not None:
        return past(text, position)
    if name == "forall" and quantified(text, position - len("\\forall"), tokens):
        return len(text)
    if name in words.REFUSED or not name.isalpha():
        raise NotMathError(f"command {name[:20]!r}")
    if name == "Omega" and _is_ohms(text, position, tokens):
        tokens.append(Token("unit", "ohm"))
        return position
    if name in words.VARIANTS and "\\" + name[3:] not in text:
        name = name[3:]
    tokens.append(letter("\\" + name if name != "omicron" else "o"))
    return position


def _is_ohms(text: str, end: int, tokens: list[Token]) -> bool:
    r"""Whether \Omega is the unit of a number: at the end of the text, and spaced as units are."""
    if len(text) - end > _CLOSING or text[end:].strip(" $."):
        return False
    if not text.endswith(("\\,", "\\ ", "\\;", "~"), 0, end - len("\\Omega")):
        return False
    numeric = tokens and tokens[-1].kind in ("num", "group", "close")
    return bool(numeric) and all(token.kind != "letter" for token in tokens)


def _font(name: str, text: str, position: int, tokens: list[Token], limits: Limits, depth: int) -> int:
    """Words in braces become one text token, mathematics in another font its own tokens; a letter needs no braces."""
    while position < len(text) and text[position] == " ":
        position += 1
    if text.startswith("{", position):
        after = closing_brace(text, position) + 1
        if not after:
            raise NotMathError("unclosed font")
        content = text[position + 1 : after - 1].replace("~", " ")
        if content.lstrip(" ,")[:3] in ("for", "whe") and quantified(text, position, tokens):
            return len(text)
        if len(content) == 2 and (end := raised(content, text, after, tokens)):
            return end
        if len(tokens) > 1 and tokens[-1] == _MU and tokens[-2].kind in OPERAND_END and (unit := micro(content)):
            tokens[-1] = Token("text", unit)
            return after
    else:
        bare = (_LETTER if name == "mathbb" else _SIMPLE).match(text, position)
        if bare is None or not bare.group().isalpha():
            return position
        content, after = bare.group(), bare.end()
    if name == "mathbf" and not tokens and content in _SETS and not text[after:].strip(_AFTER_ALL):
        name = "mathbb"
    if not tokens and text.startswith(":", after) and is_label(content) and _VALUE.match(text, after):
        return after + 1
    inner = (lambda part: tokenize(part, limits, depth + 1)) if depth < 3 else None
    tokens.extend(in_font(name, content, tokens, inner))
    return after


def _word(value: str, text: str, start: int, tokens: list[Token]) -> int:
    """A run of letters: a function, a constant, a unit, Greek in plain text, or a product of variables.

    Returns where the lexer goes on: a unit of several words ("square feet") is read to the end of the text.
    """
    end = start + len(value)
    spaced = is_spaced(value, text, start)
    if spaced and (phrase := counted(value, text, start, tokens)):
        tokens.append(Token("text", phrase))
        return len(text)
    known = WORDS.get(value)
    if value == "U" and _UNION.match(text, end) and tokens and tokens[-1].kind == "close":
        tokens.append(WORDS["union"])
    elif len(value) == 1:
        tokens.append(LETTERS[value])
    elif known is not None:
        tokens.append(known)
    elif is_unit(value, spaced, tokens):
        tokens.append(Token("post", "deg") if value == "deg" else Token("unit", value))
    elif value in words.GREEK_WORDS:
        tokens.append(letter("\\" + value))
    elif after := ordinal(value, text, start, tokens):
        return after
    elif value in ("for", "where") and quantified(text, start, tokens):
        return len(text)
    elif len(value) > 4 or is_english(value, text, start):
        raise NotMathError(f"word {value[:20]!r}")
    else:
        tokens.extend(LETTERS[name] for name in value)
    return end
