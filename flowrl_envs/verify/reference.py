"""References: read once, cached, and checked when a data set is loaded.

A reference is mathematics (it has a tree), or words. An empty one is an error that names the row, never a reward.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from flowrl_envs.errors import DataError
from flowrl_envs.verify.extract import Extraction, extract
from flowrl_envs.verify.limits import DEFAULT, Limits, Mode
from flowrl_envs.verify.literals import Literal, literal
from flowrl_envs.verify.nodes import Node, NotMathError
from flowrl_envs.verify.scan import has_box

_LISTS = frozenset({"list", "set"})


class Reference(NamedTuple):
    """A reference answer, read once.

    Attributes:
        text: the answer as it stands in the data set, without the prose around it.
        literal: its value if it is a number written out.
        tree: its typed tree, or None for words (and for a literal, until `tree_of` is asked).
    """

    text: str
    literal: Literal | None
    tree: Node | None

    @property
    def is_list(self) -> bool:
        """Whether several values are asked for."""
        return self.tree is not None and self.tree.kind in _LISTS


@lru_cache(maxsize=65_536)
def parse_reference(text: str) -> Reference:
    """Reads a reference; cached, so a data set can be checked once and judged with for free.

    Raises:
        DataError: the reference holds no answer.
    """
    found = _located(text)
    answer = ", ".join(found.group) if found.group else found.answer
    if not answer.strip():
        raise DataError(
            f"reference {text[:80]!r} holds no answer. Give the final answer of the problem, in LaTeX or plain text."
        )
    if len(answer) > DEFAULT.limits.answer:
        raise DataError(f"reference {text[:80]!r} has {len(answer)} characters; {DEFAULT.limits.answer} are allowed.")
    value = literal(answer)
    return Reference(answer, value, None if value is not None else tree_of(answer, DEFAULT.limits))


def _located(text: str) -> Extraction:
    return extract(text, Mode.AUTO if has_box(text) else Mode.BARE)


def tree_of(text: str, limits: Limits) -> Node | None:
    """The typed tree of an answer, or None if it is no mathematics."""
    from flowrl_envs.verify.parse import parse

    try:
        return parse(text, limits)
    except NotMathError:
        return None


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
