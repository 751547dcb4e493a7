r"""Where names lie: sets of numbers, and remarks at the end of an answer: "for all x", (n \in \mathbb{Z}).

The remarks become the relations that they say, items of a list; `remarks.py` says which may be left out. R is a set of
numbers in any font where a name lies in it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from flowrl_envs.verify.lexicon import SIGNS, Token, const, infix, letter
from flowrl_envs.verify.nodes import ZERO, Node
from flowrl_envs.verify.vocabulary import word_set

_LONGEST = 90
_DRESS = re.compile(r"\\(?:text|mathrm|mathbb|textbf|forall|,|;| )(?![A-Za-z])|[{}$~,.()]|\\in(?![A-Za-z])")
_MEANT = {"\\in": " in ", "\\forall": " for all "}
_OPENING = frozenset({("for", "all"), ("for", "any"), ("for", "every"), ("for", "each")})
_DOMAINS = {"R": "R", "Z": "Z", "N": "N", "Q": "Q", "C": "C"}
_KINDS = {"real": "R", "reals": "R", "constant": "R", "constants": "R", "arbitrary": "R", "integer": "Z",
          "integers": "Z", "natural": "N", "rational": "Q", "complex": "C"}  # fmt: skip
_FILLERS = word_set("a an any all number numbers value values of is are and be")
_WITH_BRACKETS = frozenset({"op", "rel", "open", "fn", "cmd", "pow"})
_CHANCES = frozenset({"P", "E", "\\Pr"})
_NAME = re.compile(r"[A-Za-z]|\\[a-z]{2,7}")
_MOST_NAMES = 4
IN = infix("rel", "in")
_IN_BRACKETS = 16
"""The most tokens of a remark in brackets."""
_NUMBERS = {name: Node("const", (), name) for name in _DOMAINS}
_POSITIVE_INTEGERS = Node("const", (), "N+")
_POSITIVE_REALS = Node("seq", (ZERO, Node("const", (), "inf")), "()")
_ABOVE_ZERO = frozenset({"+", ">0", "\\gt0"})


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
        tokens += SIGNS[","], letter(name), IN, const(domain or "R")
    return tokens[1:]


def unbracketed(tokens: Sequence[Token]) -> Sequence[Token]:
    r"""The tokens with "(n \in \mathbb{Z})" at their end, after an operand, as an item of its own."""
    start = len(tokens) - 5
    while start and tokens[start] != SIGNS["("]:
        start -= 1
    if start <= 0 or len(tokens) - start > _IN_BRACKETS or tokens[start + 1].kind != "letter":
        return tokens
    before, inside = tokens[start - 1], tokens[start + 1 : -1]
    if inside[1] != IN or str(inside[2].value).lstrip("\\") not in _DOMAINS or SIGNS[")"] in inside:
        return tokens
    if before.kind in _WITH_BRACKETS or before.value in _CHANCES:
        return tokens
    return [*tokens[:start], *(() if before.kind == "sep" else (SIGNS[","],)), *inside]


def number_set(node: Node) -> Node:
    """The set of numbers that a name in any font names where only a set can stand; other trees as they are."""
    if node.kind == "pow" and node.args[0].kind == "var":
        return Node("pow", (number_set(node.args[0]), node.args[1]))
    if node.kind != "var":
        return node
    name, _, below = node.value.lstrip("\\").partition("_")
    numbers = _NUMBERS.get(name, node)
    if not below or numbers is node:
        return numbers
    return _POSITIVE_INTEGERS if name in "NZ" and below in _ABOVE_ZERO else node


def positive(node: Node, sign: str) -> Node | None:
    r"""What \mathbb{N}^* or \mathbb{R}^+ is, None for other powers: \mathbb{R}^* lacks zero alone."""
    if node.kind != "const" or node.value not in ("N" if sign == "*" else "NZR"):
        return None
    return _POSITIVE_REALS if node.value == "R" else _POSITIVE_INTEGERS
