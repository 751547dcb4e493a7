r"""Arguments that say nothing of the value: colours, and the lengths of \hspace{1mm}, \kern 3pt and \\[4pt]."""

from __future__ import annotations

import re
from collections.abc import Callable

from flowrl_envs.verify.nodes import NotMathError
from flowrl_envs.verify.scan import closing_brace
from flowrl_envs.verify.vocabulary import COLOURS

_SPACES = ("hspace", "vspace", "kern", "mkern", "hskip", "vskip", "mskip")
_LENGTH = re.compile(
    r"\*?[ ]?[\[{]?[ ]?-?\d{0,9}\.?\d{0,9}[ ]?"
    r"(?:pt|em|ex|mm|cm|in|mu|bp|pc|sp|\\(?:textwidth|linewidth|baselineskip))(?![A-Za-z])[ ]?[\]}]?"
)


def _past_colour(text: str, position: int) -> int:
    """Where the lexer goes on after the name of a colour in braces."""
    end = closing_brace(text, position) if text.startswith("{", position) else -1
    if end < 0:
        raise NotMathError("colour without a name")
    return end + 1


def _past_length(text: str, position: int) -> int:
    """Where the lexer goes on after the length that a command of spacing takes."""
    match = _LENGTH.match(text, position)
    if match is None:
        raise NotMathError("spacing without a length")
    return match.end()


def past_row(text: str, position: int) -> int:
    """Where the lexer goes on after the end of a row, which may give the length to the next one."""
    match = _LENGTH.match(text, position) if text.startswith("[", position) else None
    return position if match is None else match.end()


ARGUMENTS: dict[str, Callable[[str, int], int]] = {
    **dict.fromkeys(COLOURS, _past_colour),
    **dict.fromkeys(_SPACES, _past_length),
}
"""Commands whose argument says nothing of the value, and how it is passed over."""
