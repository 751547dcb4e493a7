r"""A chain of equal sides of which some are words: P = \frac{\text{even}}{\text{all}} = 3/6 = 1/2."""

from __future__ import annotations

import re

_BRACES = re.compile(r"\\[{}]|[{}=]")
_WORDS = re.compile(r"\\(?:text|mathrm|textbf|mathbf|mbox)\s?\{[^{}]*\}")
_COMMAND = re.compile(r"\\[A-Za-z]+")
_WORD = "\x00"
_FACTOR = re.compile(
    rf"(?:\A|[{{(+*/-]|\\(?:times|cdot|div))\s*{_WORD}\s*(?=\Z|[}})+*/-]|\\(?:times|cdot|div)(?![A-Za-z]))"
)
"""Words that are an operand by themselves."""
_FEWEST = 3


def without_words(text: str) -> str:
    """The chain without its sides of words, but for the last; "" if the text is no such chain.

    Words beside a value or a name, "9 at x", say something of their own, so nothing is left out then.
    """
    if text.count("=") < _FEWEST - 1 or _WORDS.search(text) is None:
        return ""
    *sides, last = _sides(text.strip("$ "))
    kept = [side for side in sides if _WORDS.search(side) is None]
    if len(sides) + 1 < _FEWEST or len(kept) == len(sides) or _WORDS.search(last) is not None:
        return ""
    if not all(side in kept or _is_worded(side) for side in sides):
        return ""
    return "=".join([*kept, last])


def _is_worded(side: str) -> bool:
    """Whether a side is arithmetic of words and numbers."""
    body = _WORDS.sub(_WORD, side.strip())
    if any(map(str.isalpha, _COMMAND.sub("", body))):
        return False
    return len(_FACTOR.findall(body)) == body.count(_WORD)


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
