"""What each sign, command and word is to the parser: tables from characters to tokens, built from `vocabulary.py`."""

from __future__ import annotations

import string
from typing import NamedTuple

from flowrl_envs.verify import vocabulary as words
from flowrl_envs.verify.literals import Literal


class Token(NamedTuple):
    """One token."""

    kind: str
    value: str | Literal | tuple[str, ...] = ""


SIGNS: dict[str, Token] = {
    "**": Token("pow"), "^": Token("pow"), "_": Token("under"), "+": Token("op", "+"), "-": Token("op", "-"),
    "*": Token("op", "*"), "/": Token("op", "/"), "=": Token("rel", "="), "<": Token("rel", "<"),
    ">": Token("rel", ">"),
    "<=": Token("rel", "<="), ">=": Token("rel", ">="), "!=": Token("rel", "!="), "==": Token("rel", "="),
    "(": Token("open", "("), "[": Token("open", "["), "{": Token("open", "{"), ")": Token("close", ")"),
    "]": Token("close", "]"), "}": Token("close", "}"), "|": Token("bar", ""), ",": Token("sep", ","),
    ";": Token("sep", ";"), ":": Token("colon"), "!": Token("post", "!"), "%": Token("post", "%"), "&": Token("amp"),
    "...": Token("dots"),
}  # fmt: skip
COMMANDS: dict[str, Token | None] = {
    "%": Token("post", "%"), "{": Token("open", "\\{"), "}": Token("close", "\\}"), "lbrace": Token("open", "\\{"),
    "rbrace": Token("close", "\\}"), "lbrack": Token("open", "["), "rbrack": Token("close", "]"), "|": Token("bar", ""),
    "lgroup": Token("open", "("), "rgroup": Token("close", ")"), "vert": Token("bar", ""), "lvert": Token("bar", "("),
    "rvert": Token("bar", ")"), "mid": Token("mid"), "cdot": Token("op", "*"), "times": Token("op", "*"),
    "div": Token("op", "/"), "ast": Token("op", "*"), "pm": Token("op", "pm"), "mp": Token("op", "mp"),
    "cup": Token("op", "cup"), "cap": Token("op", "cap"), "setminus": Token("op", "setminus"),
    "backslash": Token("op", "setminus"), "bmod": Token("op", "mod"), "mod": Token("op", "mod"),
    "pmod": Token("op", "mod"),
    "choose": Token("op", "choose"), "over": Token("op", "over"), "colon": Token("colon"), "ldots": Token("dots"),
    "cdots": Token("dots"), "dots": Token("dots"), "prime": Token("post", "'"), "\\": Token("row"),
    "lor": Token("sep", "or"), "vee": Token("sep", "or"), "land": Token("sep", "and"), "wedge": Token("sep", "and"),
    "frac": Token("cmd", "frac"), "dfrac": Token("cmd", "frac"), "tfrac": Token("cmd", "frac"),
    "cfrac": Token("cmd", "frac"), "binom": Token("cmd", "binom"), "dbinom": Token("cmd", "binom"),
    "tbinom": Token("cmd", "binom"), "sqrt": Token("sqrt"), "R": Token("const", "R"), "&": Token("sep", "and"),
    "ulcorner": Token("open", "lceil"), "urcorner": Token("close", "rceil"), "llcorner": Token("open", "lfloor"),
    "lrcorner": Token("close", "rfloor"), "ne": Token("rel", "!="),
}  # fmt: skip
for _spacing in (*words.SPACING, ",", "!", ";", ":", " ", "\n", "$", "/", "(", ")", "[", "]", "-", ">"):
    COMMANDS[_spacing] = None
for _name, _relation in words.RELATIONS.items():
    COMMANDS.setdefault(_name, Token("rel", _relation))
for _name, _function in words.FUNCTIONS.items():
    if _name not in ("Gamma",):
        COMMANDS.setdefault(_name, Token("fn", _function))
for _name, _big in words.BIG.items():
    COMMANDS.setdefault(_name, Token("big", _big))
for _name, _constant in words.CONSTANTS.items():
    COMMANDS.setdefault(_name, Token("const", _constant))
for _name in words.ACCENTS:
    COMMANDS.setdefault(_name, Token("mark", _name))
for _name in words.OPENERS:
    if len(_name) > 1:
        COMMANDS[_name] = Token("open", _name)
        COMMANDS[words.OPENERS[_name]] = Token("close", words.OPENERS[_name])

WORDS: dict[str, Token] = {
    "and": Token("sep", "and"), "or": Token("sep", "or"), "sqrt": Token("sqrt"), "percent": Token("post", "%"),
    "percentage": Token("post", "%"),
    "degrees": Token("post", "deg"), "degree": Token("post", "deg"), "union": Token("op", "cup"),
    "mod": Token("op", "mod"),
    "infinity": Token("const", "inf"), "oo": Token("const", "inf"), "pi": Token("const", "pi"),
    "infty": Token("const", "inf"), "inf": Token("const", "inf"), "exp": Token("fn", "exp"),
}  # fmt: skip
for _name, _function in words.FUNCTIONS.items():
    WORDS.setdefault(_name, Token("fn", _function))

SINGLE = {sign: SIGNS[sign] for sign in "+-/()[]}|,;:%&"}
"""Signs that begin no longer token."""
LETTERS = {letter: Token("const" if letter in "ei" else "letter", letter) for letter in string.ascii_letters}
COMPLETE = {name: token for name, token in COMMANDS.items() if token is not None and name.isalpha() and name != "sqrt"}
"""Commands that are one token whatever follows."""
