r"""The lexer's fast path: texts of which every piece is one token wherever it stands, cut by one pattern in C.

`cut` gives the tokens of such a text (`\frac{1}{2}+x^2`, `\left|x\right|`, `(1,2)`), or None where a piece has to be
read with its neighbours (fonts, words, mixed numbers, thousands); `tokens.py` then reads the whole text. `cut_as_it_is`
also gives None where a text has to be folded first. All give the same tokens, so this module decides nothing but time.
"""

from __future__ import annotations

import re

from flowrl_envs.verify import vocabulary as words
from flowrl_envs.verify.lexicon import COMMANDS, COMPLETE, LETTERS, SIGNS, WORDS, Token, group, letter, num

_LONG_GREEK = "|".join(sorted(name for name in words.GREEK_WORDS if len(name) > 4))
_PIECE = rf"""
      [-+/()\[\]}}|,;:%&]
    | \d{{1,40}}(?:\.\d{{1,40}})?                          # a number that no longer one begins with
        (?! [\d.] | [eE][-+\d] | [ ]?,?\\(?:[!,]|overline|bar|dot|[;:\ ][ ]*\d) | [ ]?\{{, | ,\d{{3}}(?!\d) | [ ]+\d )
    | [A-Za-z]+
    | \\(?: [ ](?:{_LONG_GREEK})(?![A-Za-z])
          | m?(?:left|right)(?:[|<>.]|(?![A-Za-z])) | sqrt[ ]*\[ | (?:begin|end)\{{[a-z]{{1,20}}\}}(?!\{{)
          | [A-Za-z]+ | . )
    | \{{(?:\d{{1,9}}|[A-Za-z])\}}
    | \^(?:[ ]*(?:\{{[ ]*)?\\(?:circ|prime)(?![A-Za-z])[ ]*\}}?(?:[ ]?[CF](?![A-Za-z_^(]))?)?
    | [<>=!*.]{{2,3}}
    | [ ]!=                                                # without the space, perhaps a factorial
    | _(?<=[A-Za-z\d]_)(?<![A-Za-z\\][A-Za-z]_)(?:\d+|[A-Za-z]|\{{(?:\d{{1,9}}|[A-Za-z])\}})
    | (?<=[^-+*/=,(;<>&])[ ](?:{_LONG_GREEK})(?![A-Za-z])  # "5 gamma" could be a unit
    | \d+\D?                                               # a digit that begins something longer
    | [^ ~$\n]
"""
"""One piece. Dollars and spaces between pieces say nothing."""
_FOLDED_FIRST = r"\\{2}.? | /[A-Za-z] | [ ]x[ ](?=\d) |"
"""What has no token before it was folded: doubled backslashes, perhaps a unit, perhaps a times sign."""


class _Table(dict[str, Token | None]):
    """The token of each piece, None for what says nothing; numbers, groups and subscripts are made when they come."""

    def __missing__(self, piece: str) -> Token:
        first = piece[0]
        if first.isdecimal() and piece[-1].isdecimal() and piece.isascii():
            return num(piece)
        if first == "{" and len(piece) > 1:
            return group(piece[1:-1])
        if first == "_" and len(piece) > 1:
            return Token("sub", piece[1:].strip("{}"))
        raise KeyError(piece)


def _table() -> _Table:
    table = _Table({"\\" + name: token for name, token in COMMANDS.items() if not name.isalpha()})
    table |= {"\\" + name: token for name, token in COMPLETE.items()}
    table |= {sign: token for sign, token in SIGNS.items() if sign not in ("_", "!=")}
    table |= WORDS | {name: token for name, token in LETTERS.items() if name != "U"}  # perhaps a union
    table |= {"\\" + name: None for name in words.SPACING if name.isalpha()}
    for side, sign in ((f"\\{m}{side}", sign) for m in ("", "m") for side, sign in (("left", "("), ("right", ")"))):
        table |= {side: None, side + ".": None, side + "|": Token("bar", sign)}
        table |= {side + "<": Token("open", "langle"), side + ">": Token("close", "rangle")}
    for name in (*words.GREEK, *map(str.capitalize, words.GREEK)):
        if name not in ("omicron", "Omega"):  # perhaps a unit
            table.setdefault("\\" + name, letter("\\" + name))
    table |= {name: letter("\\" + name) for name in words.GREEK_WORDS}
    for name in ("matrix", "pmatrix", "bmatrix", "cases"):
        table |= {f"\\begin{{{name}}}": Token("begin", name), f"\\end{{{name}}}": Token("end", name)}
    table |= dict.fromkeys(("^\\circ", "^{\\circ}"), Token("post", "deg"))
    table |= dict.fromkeys(("^\\prime", "^{\\prime}", "'"), Token("post", "'"))
    table |= {"\\sqrt": Token("sqrt"), " !=": SIGNS["!="]}
    table |= {str(value): num(str(value)) for value in range(1000)}
    table |= {f"{{{value}}}": group(value) for value in (*map(str, range(100)), *LETTERS)}
    return table


_token_of = _table().__getitem__
_pieces_of = re.compile(_PIECE, re.X | re.S).findall
_pieces_as_they_are_of = re.compile(_FOLDED_FIRST + _PIECE, re.X | re.S).findall


def cut(text: str) -> tuple[Token, ...] | None:
    """The tokens of a folded text without doubled backslashes, or None where some piece needs its neighbours."""
    try:
        return tuple(filter(None, map(_token_of, _pieces_of(text))))
    except KeyError:
        return None


def cut_as_it_is(text: str) -> tuple[Token, ...] | None:
    """The tokens of any text, or None where it has to be folded or some piece needs its neighbours."""
    try:
        return tuple(filter(None, map(_token_of, _pieces_as_they_are_of(text))))
    except KeyError:
        return None
