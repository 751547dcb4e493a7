r"""Remarks at the end of an answer that say where its names lie: "for all x", "where c is real", (n \in \mathbb{Z}).

The lexer reads them as the relations that they say, items of a list; `remarks.py` says which may be left out.
"""

from __future__ import annotations

import re

from flowrl_envs.verify.lexicon import SIGNS, Token, const, infix, letter
from flowrl_envs.verify.vocabulary import word_set

_LONGEST = 90
_CLOSING = 8
_DRESS = re.compile(r"\\(?:text|mathrm|mathbb|textbf|forall|,|;| )(?![A-Za-z])|[{}$~,.()]|\\in(?![A-Za-z])")
_MEANT = {"\\in": " in ", "\\forall": " for all "}
_OPENING = frozenset({("for", "all"), ("for", "any"), ("for", "every"), ("for", "each")})
_DOMAINS = {"R": "R", "Z": "Z", "N": "N", "Q": "Q", "C": "C"}
_KINDS = {"real": "R", "reals": "R", "constant": "R", "constants": "R", "arbitrary": "R", "integer": "Z",
          "integers": "Z", "natural": "N", "rational": "Q", "complex": "C"}  # fmt: skip
_FILLERS = word_set("a an any all number numbers value values of is are and be")
_NAME = re.compile(r"[A-Za-z]|\\[a-z]{2,7}")
_MOST_NAMES = 4
_IN = infix("rel", "in")


def quantified(text: str, start: int, tokens: list[Token]) -> bool:
    """Whether a remark in words ends the text after an operand; appends what it says."""
    if not tokens or tokens[-1].kind in ("op", "rel", "open") or len(text) - start > _LONGEST:
        return False
    said = _remark(text[start:])
    if said is None:
        return False
    if tokens[-1].kind != "sep":
        tokens.append(SIGNS[","])
    tokens += said
    return True


def _remark(text: str) -> list[Token] | None:
    """The tokens of a remark in words, None if it is none."""
    words = _DRESS.sub(lambda match: _MEANT.get(match.group(), " "), text).split()
    if tuple(words[:2]) in _OPENING:
        del words[:2]
    elif words[:1] == ["where"] and (words[2:3] in (["is"], ["in"]) or "are" in words):
        del words[:1]
    else:
        return None
    return _said(words)


def _said(words: list[str]) -> list[Token] | None:
    """The relations that the words after "for all" or "where" spell, with a comma between them."""
    found: list[str] = []
    domain = ""
    positive = within = False
    for word in words:
        if within:
            if domain or word not in _DOMAINS:
                return None
            domain, within = word, False
        elif word == "in":
            within = True
        elif word in _KINDS:
            domain = domain if domain == "Z" else _KINDS[word]
        elif word in ("positive", "nonnegative", "non-negative"):
            positive = True
        elif word not in _FILLERS or (word == "a" and not found):
            if _NAME.fullmatch(word) is None or len(found) == _MOST_NAMES:
                return None
            found.append(word)
    if positive:
        domain = "N" if domain == "Z" else "?"
    if not found or within or domain == "?":
        return None
    tokens: list[Token] = []
    for name in found:
        tokens += SIGNS[","], letter(name), _IN, const(domain or "R")
    return tokens[1:]


def in_brackets(text: str, end: int, tokens: list[Token]) -> int:
    r"""Makes "(n \in \mathbb{Z})" at the end of a text an item of its own; returns where the lexer goes on."""
    if len(tokens) < 5 or len(text) - end > _CLOSING or text[end:].strip(" $.") != ")" or tokens[-4] != SIGNS["("]:
        return end
    if tokens[-2] != _IN or tokens[-3].kind != "letter" or tokens[-5].kind in ("op", "rel", "open", "fn", "cmd", "pow"):
        return end
    del tokens[-4]
    if tokens[-4].kind != "sep":
        tokens.insert(len(tokens) - 3, SIGNS[","])
    return len(text)
