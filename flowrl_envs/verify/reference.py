"""References: read once, cached, and checked when a data set is loaded.

A reference is mathematics (it has a tree), or words. An empty one is an error that names the row, never a reward.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from flowrl_envs.errors import DataError
from flowrl_envs.verify.extract import extract
from flowrl_envs.verify.lexicon import Token
from flowrl_envs.verify.limits import DEFAULT, Limits, Mode
from flowrl_envs.verify.literals import Literal, literal
from flowrl_envs.verify.nodes import Node, NotMathError
from flowrl_envs.verify.parse import parse_tokens
from flowrl_envs.verify.pieces import cut_as_it_is
from flowrl_envs.verify.scan import has_box
from flowrl_envs.verify.tokens import tokenize
from flowrl_envs.verify.words import plain_words

SHORT = 200
_LONGEST = DEFAULT.limits.answer
_NOTHING = frozenset({"", "\\[\\]", "\\(\\)", "{}"})
_PHRASES = {
    "all real numbers": Node("const", (), "R"),
    "all reals": Node("const", (), "R"),
    "no solution": Node("set"),
    "no solutions": Node("set"),
    "empty set": Node("set"),
    "dne": Node("text", (), "does not exist"),
    "does not exist": Node("text", (), "does not exist"),
}
"""Words that are mathematics."""
_MAYBE_PHRASE = re.compile(r"\\text|all|emp|dne|doe|no[^a-z]", re.I | re.A)
"""What such words begin with, in a font or not."""

_PHRASE_STARTS = frozenset(
    a + b
    for pair in ("al", "em", "dn", "do", "no", "\\t")
    for a in (pair[0], pair[0].upper())
    for b in (pair[1], pair[1].upper())
)
"""The first two characters of such words."""
_LISTS = frozenset({"list", "set"})


@dataclass(slots=True, init=False, eq=False)
class Reading:
    """A text as mathematics: its tokens, and its tree, each None where the text has none.

    The tree is made when it is first asked for: two texts with the same tokens need none. Threads that ask at once make
    the same tree. It is filled where it is made: a constructor written in Python takes as long as the lexer does for a
    number.

    Attributes:
        tokens: of the text.
        plain: a note that `plain_value` leaves here, so that a reference is worked out once.
    """

    tokens: tuple[Token, ...] | None
    plain: Any
    _tree: Node | None
    _limits: Limits | None

    def tree(self) -> Node | None:
        """The typed tree."""
        limits, tokens = self._limits, self.tokens
        if limits is not None and tokens is not None:
            try:
                self._tree = parse_tokens(tokens, limits)
            except NotMathError:
                self._tree = None
            self._limits = None
        return self._tree


def _of_tree(tree: Node) -> Reading:
    """The reading of what has no tokens."""
    made = Reading()
    made.tokens = made.plain = made._limits = None
    made._tree = tree
    return made


@dataclass(slots=True, init=False)
class Reference:
    """A reference answer, read once; `parse_reference` makes it.

    Attributes:
        text: the answer as it stands in the data set, without the prose around it.
        literal: its value if it is a number written out.
    """

    text: str
    literal: Literal | None
    _reading: Reading | None = field(repr=False, compare=False)

    def reading(self) -> Reading:
        """Its tokens and typed tree, read at the first call: comparing numbers written out often needs neither."""
        made = self._reading
        if made is None:
            number = self.literal
            made = read(self.text) if number is None or not is_plain(number) else _read_number(number)
            self._reading = made
        return made

    @property
    def is_list(self) -> bool:
        """Whether several values are asked for."""
        return self.literal is None and (tree := self.reading().tree()) is not None and tree.kind in _LISTS

    @property
    def is_words(self) -> bool:
        """Whether the reference is compared as words, not as mathematics."""
        return self.literal is None and ((tree := self.reading().tree()) is None or tree.kind == "text")


@lru_cache(maxsize=65_536)
def parse_reference(text: str) -> Reference:
    """Reads a reference; cached, as its tree is when it is first needed: a row costs once, however often it is judged.

    Raises:
        DataError: the reference holds no answer.
    """
    if "box" in text and has_box(text):
        answer, _, _, group = extract(text, Mode.AUTO)
        if group:
            answer = ", ".join(group)
    else:
        answer = text.strip()
    if answer.strip("$ .,\n\t") in _NOTHING:
        raise DataError(
            f"reference {text[:80]!r} holds no answer. Give the final answer of the problem, in LaTeX or plain text."
        )
    if len(answer) > _LONGEST:
        raise DataError(f"reference {text[:80]!r} has {len(answer)} characters; {_LONGEST} are allowed.")
    made = Reference()
    made.text, made.literal, made._reading = answer, literal(answer), None
    return made


def read(text: str, limits: Limits = DEFAULT.limits) -> Reading:
    """The tokens and tree of an answer."""
    if text[:2] in _PHRASE_STARTS and len(text) <= 60 and _MAYBE_PHRASE.match(text):
        phrase = _PHRASES.get(plain_words(text))
        if phrase is not None:
            return _of_tree(phrase)
    made = Reading()
    made.plain = made._tree = None
    made._limits = limits
    tokens = cut_as_it_is(text) if len(text) <= limits.tokens else None
    if tokens is None:
        try:
            tokens = tokenize(text, limits)
        except NotMathError:
            made._limits = None
    made.tokens = tokens
    return made


read_short = lru_cache(maxsize=4096)(read)
"""The same for texts of at most `SHORT` characters under the default limits, cached: a group repeats its answers."""


def is_plain(value: Literal) -> bool:
    """Whether a number was written out without a percent sign or commas, which may mean something else."""
    return not (value.percent or value.grouped)


def _read_number(value: Literal) -> Reading:
    """The tree of a number written out."""
    if value.numerator >= 0:
        return _of_tree(Node("num", (), value))
    return _of_tree(Node("neg", (Node("num", (), value._replace(numerator=-value.numerator)),)))


def check_references(references: Iterable[str]) -> None:
    """Reads every reference of a data set.

    Raises:
        DataError: lists the rows (at most ten) whose reference cannot be used, with the reason.
    """
    bad: list[str] = []
    for row, text in enumerate(references):
        try:
            parse_reference(text)
        except DataError as error:
            bad.append(f"row {row}: {error}")
    if bad:
        raise DataError(f"{len(bad)} references cannot be used:\n  " + "\n  ".join(bad[:10]))
