r"""A chain of equal sides of which some are words: P = \frac{\text{even}}{\text{all}} = 3/6 = 1/2."""

from __future__ import annotations

import re

_WORDS = re.compile(r"\\(?:text|mathrm|textbf|mathbf|mbox)\s?\{")
_BRACES = re.compile(r"\\[{}]|[{}=]")
_FEWEST = 3


def without_words(text: str) -> str:
    """The chain without the sides, but the last, that have words in them; "" if the text is no such chain."""
    if text.count("=") < _FEWEST - 1 or _WORDS.search(text) is None:
        return ""
    sides = _sides(text.strip("$ "))
    kept = [side for side in sides[:-1] if _WORDS.search(side) is None]
    if len(sides) < _FEWEST or len(kept) == len(sides) - 1 or _WORDS.search(sides[-1]) is not None:
        return ""
    return "=".join([*kept, sides[-1]]) if kept else sides[-1]


def _sides(text: str) -> list[str]:
    """What stands between the equals signs outside braces."""
    sides, start, depth = [], 0, 0
    for match in _BRACES.finditer(text):
        sign = match.group()
        if sign == "=" and not depth:
            sides.append(text[start : match.start()])
            start = match.end()
        depth += (sign == "{") - (sign == "}")
    return [*sides, text[start:]]
