"""What each sign, command and word is to the parser: tables from characters to tokens, built from `vocabulary.py`."""

from __future__ import annotations

import string
from functools import lru_cache
from typing import NamedTuple

from flowrl_envs.verify import vocabulary as words
from flowrl_envs.verify.literals import Literal, literal, plain_literal
from flowrl_envs.verify.nodes import Node

SEPARATOR, REL, RATIO, CUP, MOD, ADD, NEG, MUL, FN, TIGHT = 0, 10, 12, 15, 18, 20, 25, 30, 40, 45
"""How tightly signs bind."""
UNBOUND = -2
_BINDS = {
    "op": {"+": ADD, "-": ADD, "*": MUL, "/": MUL},
    "sep": dict.fromkeys((",", ";", "and", "or"), SEPARATOR),
    "rel": dict.fromkeys(("=", "<", ">", "<=", ">=", "!=", *words.RELATIONS.values()), REL),
}


class Token(NamedTuple):
    """One token.

    Attributes:
        kind: what it is to the parser.
        value: which one of its kind.
        leaf: its node if it is an operand by itself, so that the parser need not make it.
        binds: how tightly it binds if it is a sign of plain mathematics between operands.
    """

    kind: str
    value: str | tuple[str, ...] = ""
    leaf: Node | None = None
    binds: int = UNBOUND


def infix(kind: str, value: str) -> Token:
    """A sign that stands between operands."""
    return Token(kind, value, None, _BINDS[kind].get(value, UNBOUND))


def const(name: str) -> Token:
    """A constant such as pi."""
    return Token("const", name, None if name == "empty" else Node("const", (), name))


def letter(name: str) -> Token:
    """The name of a variable."""
    return Token("letter", name, Node("var", (), name))


def num(text: str) -> Token:
    """A number; one with thousands separators may turn out to be a list, so it has no leaf."""
    return _short_num(text) if len(text) <= 12 else Token("num", text, _leaf(text))


@lru_cache(maxsize=4096)
def _short_num(text: str) -> Token:
    return Token("num", text, _leaf(text))


@lru_cache(maxsize=1024)
def group(text: str) -> Token:
    """A number or a letter alone in braces."""
    if text.isdecimal():
        return Token("group", text, _leaf(text))
    return Token("group", text, Node("const" if text in "ei" else "var", (), text))


def _leaf(text: str) -> Node | None:
    if text.isdecimal() and len(text) <= 12:
        return Node("num", (), Literal(int(text), 1))
    value = None if "," in text else plain_literal(text) or literal(text.removesuffix("."))
    return None if value is None else Node("num", (), value)


SIGNS: dict[str, Token] = {
    "**": Token("pow"), "^": Token("pow"), "_": Token("under"), "+": infix("op", "+"), "-": infix("op", "-"),
    "*": infix("op", "*"), "/": infix("op", "/"), "=": infix("rel", "="), "<": infix("rel", "<"),
    ">": infix("rel", ">"),
    "<=": infix("rel", "<="), ">=": infix("rel", ">="), "!=": infix("rel", "!="), "==": infix("rel", "="),
    "(": Token("open", "("), "[": Token("open", "["), "{": Token("open", "{"), ")": Token("close", ")"),
    "]": Token("close", "]"), "}": Token("close", "}"), "|": Token("bar", ""), ",": infix("sep", ","),
    ";": infix("sep", ";"), ":": Token("colon"), "!": Token("post", "!"), "!!": Token("post", "!!"),
    "%": Token("post", "%"), "&": Token("amp"),
    "...": Token("dots"),
}  # fmt: skip
COMMANDS: dict[str, Token | None] = {
    "%": Token("post", "%"), "{": Token("open", "\\{"), "}": Token("close", "\\}"), "lbrace": Token("open", "\\{"),
    "rbrace": Token("close", "\\}"), "lbrack": Token("open", "["), "rbrack": Token("close", "]"), "|": Token("bar", ""),
    "lgroup": Token("open", "("), "rgroup": Token("close", ")"), "vert": Token("bar", ""), "lvert": Token("bar", "("),
    "rvert": Token("bar", ")"), "mid": Token("mid"), "cdot": infix("op", "*"), "times": infix("op", "*"),
    "div": infix("op", "/"), "ast": infix("op", "*"), "pm": infix("op", "pm"), "mp": infix("op", "mp"),
    "cup": infix("op", "cup"), "cap": infix("op", "cap"),
    "bigcup": infix("op", "cup"), "bigcap": infix("op", "cap"), "setminus": infix("op", "setminus"),
    "backslash": infix("op", "setminus"), "bmod": infix("op", "mod"), "mod": infix("op", "mod"),
    "pmod": Token("pmod"),
    "choose": infix("op", "choose"), "over": infix("op", "over"), "colon": Token("colon"), "ldots": Token("dots"),
    "cdots": Token("dots"), "dots": Token("dots"), "prime": Token("post", "'"), "\\": Token("row"),
    "lor": infix("sep", "or"), "vee": infix("sep", "or"), "land": infix("sep", "and"), "wedge": infix("sep", "and"),
    "frac": Token("cmd", "frac"), "dfrac": Token("cmd", "frac"), "tfrac": Token("cmd", "frac"),
    "cfrac": Token("cmd", "frac"), "sfrac": Token("cmd", "frac"), "nicefrac": Token("cmd", "frac"),
    "binom": Token("cmd", "binom"), "dbinom": Token("cmd", "binom"),
    "tbinom": Token("cmd", "binom"), "sqrt": Token("sqrt"), "R": const("R"), "&": infix("sep", "and"),
    "ulcorner": Token("open", "lceil"), "urcorner": Token("close", "rceil"), "llcorner": Token("open", "lfloor"),
    "lrcorner": Token("close", "rfloor"), "ne": infix("rel", "!="),
    "AA": Token("unit", "angstrom"),
}  # fmt: skip
for _spacing in (*words.SPACING, ",", "!", ";", ":", " ", "\n", "$", "/", "(", ")", "[", "]", "-", ">"):
    COMMANDS[_spacing] = None
for _name, _relation in words.RELATIONS.items():
    COMMANDS.setdefault(_name, infix("rel", _relation))
for _name, _function in words.FUNCTIONS.items():
    if _name not in ("Gamma",):
        COMMANDS.setdefault(_name, Token("fn", _function))
for _name, _big in words.BIG.items():
    COMMANDS.setdefault(_name, Token("big", _big))
for _name, _constant in words.CONSTANTS.items():
    COMMANDS.setdefault(_name, const(_constant))
for _name in words.ACCENTS:
    COMMANDS.setdefault(_name, Token("mark", _name))
for _name in words.OPENERS:
    if len(_name) > 1:
        COMMANDS[_name] = Token("open", _name)
        COMMANDS[words.OPENERS[_name]] = Token("close", words.OPENERS[_name])

WORDS: dict[str, Token] = {
    "and": infix("sep", "and"), "or": infix("sep", "or"), "sqrt": Token("sqrt"), "percent": Token("post", "%"),
    "percentage": Token("post", "%"),
    "degrees": Token("post", "deg"), "degree": Token("post", "deg"), "union": infix("op", "cup"),
    "mod": infix("op", "mod"),
    "infinity": const("inf"), "oo": const("inf"), "pi": const("pi"),
    "infty": const("inf"), "inf": const("inf"), "exp": Token("fn", "exp"),
}  # fmt: skip
for _name, _function in words.FUNCTIONS.items():
    WORDS.setdefault(_name, Token("fn", _function))

SINGLE = {sign: SIGNS[sign] for sign in "+-/()[]}|,;:%&"}
"""Signs that begin no longer token."""
LETTERS = {name: const(name) if name in "ei" else letter(name) for name in string.ascii_letters}
COMPLETE = {name: token for name, token in COMMANDS.items() if token is not None and name.isalpha() and name != "sqrt"}
"""Commands that are one token whatever follows."""
