"""Linear scans of LaTeX text that extraction and dressing share: boxes, brace pairs, math segments.

Patterns here have no nested or adjacent repetition of overlapping classes, so matching is linear; brace matching uses a
counter, never recursion.
"""

from __future__ import annotations

import re
from typing import NamedTuple


def has_box(text: str) -> bool:
    """Whether a box command stands in the text."""
    return "box" in text and ("\\boxed" in text or "\\fbox" in text or "\\framebox" in text)


_BRACES = re.compile(r"\\[{}\\]|[{}]")
_BOX = re.compile(r"\\(?:boxed|fbox|framebox)(?![a-zA-Z])[ \t\n]{0,8}")
_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[^\W_](?![^\W_])")
_BEFORE_BOX = (1, 2, 6)
"""Characters before "box" in each of its commands."""
_MATH = re.compile(r"\\\[|\\\]|\\\(|\\\)|\\\$|\$\$?")
_ALIGNED = "align|aligned|gather|gathered|equation|eqnarray|multline|split|flalign|alignat"
_BARE_DISPLAY = re.compile(rf"\\begin\{{((?:{_ALIGNED})\*?)\}}")
_EDGES = re.compile(rf"\\(?:begin|end)\{{(?:{_ALIGNED})\*?\}}")
_ROW_END = re.compile(r"\\\\(?:\[[^\]\n]{0,20}\])?")
_ROW_START = re.compile(
    r"(?:[\s&]|\\(?:Rightarrow|Longrightarrow|implies|iff|therefore|quad|qquad|[,;: ])(?![A-Za-z]))+"
)
_CLOSER = {"\\[": "\\]", "\\(": "\\)", "$$": "$$", "$": "$"}


class Span(NamedTuple):
    """A piece of a text: its outer bounds and its inner content."""

    start: int
    end: int
    content: str


def closing_brace(text: str, start: int) -> int:
    """The index of the brace that closes the one at `start`, or -1."""
    first = text.find("}", start)
    if first < 0 or (text.find("{", start + 1, first) < 0 and text[first - 1] != "\\"):
        return first
    depth = 0
    for match in _BRACES.finditer(text, start):
        found = match.group()
        if found == "{":
            depth += 1
        elif found == "}":
            depth -= 1
            if depth == 0:
                return match.start()
    return -1


def boxes(text: str) -> tuple[list[Span], bool]:
    r"""All outermost closed boxes in order, and whether a box is left unclosed at the end.

    A box is `\boxed{...}` or `\fbox{...}`; `\boxed 7` also counts, with all of its digits: TeX would take one.
    """
    found: list[Span] = []
    position = 0
    while (at := text.find("box", position)) >= 0:
        if at > position and text.startswith("\\boxed{", at - 1):
            start, after = at - 1, at + 5
        else:
            match = _command_of(text, at, position)
            if match is None:
                position = at + 3
                continue
            start, after = match.span()
            if not text.startswith("{", after):
                token = _TOKEN.match(text, after)
                if token is not None:
                    found.append(Span(start, token.end(), token.group()))
                position = after
                continue
        end = closing_brace(text, after)
        if end < 0:
            return found, True
        found.append(Span(start, end + 1, text[after + 1 : end]))
        position = end + 1
    return found, False


def _command_of(text: str, at: int, least: int) -> re.Match[str] | None:
    """The box command that the "box" at `at` is part of, if it begins at `least` or later."""
    for length in _BEFORE_BOX:
        if at - length >= least and (match := _BOX.match(text, at - length)) is not None:
            return match
    return None


def segments(text: str) -> list[Span]:
    r"""The closed math segments `$...$`, `$$...$$`, `\(...\)`, `\[...\]` in order; an escaped dollar is text."""
    found: list[Span] = []
    if "$" not in text and "\\" not in text:
        return found
    opener, start, inner = "", 0, 0
    for match in _MATH.finditer(text):
        mark = match.group()
        if not opener:
            if mark in _CLOSER:
                opener, start, inner = mark, match.start(), match.end()
        elif mark == _CLOSER[opener]:
            found.append(Span(start, match.end(), text[inner : match.start()]))
            opener = ""
        elif opener == "$" and mark == "$$":
            found.append(Span(start, match.start() + 1, text[inner : match.start()]))
            opener, start, inner = "$", match.start() + 1, match.end()
    return found


def displays(text: str) -> list[Span]:
    r"""The displays `$$...$$`, `\[...\]` and bare environments such as align, in order."""
    found = [span for span in segments(text) if text.startswith(("\\[", "$$"), span.start)]
    at = found[-1].end if found else 0
    while (begun := _BARE_DISPLAY.search(text, at)) is not None:
        closing = f"\\end{{{begun[1]}}}"
        end = text.find(closing, begun.end())
        if end < 0:
            break
        at = end + len(closing)
        found.append(Span(begun.start(), at, text[begun.end() : end]))
    return found


def last_row(content: str) -> str:
    r"""The last row of aligned mathematics, `x &= 6 \\ &= 7`, without its marks; other content as it is."""
    content = content.strip()
    if "\\\\" not in content and "&" not in content and "\\begin" not in content:
        return content
    inner = _EDGES.sub(" ", content)
    if "\\begin" in inner:
        return content  # a matrix, or cases
    rows = [row for row in _ROW_END.split(inner) if row.strip(" &\n\t.")]
    if not rows:
        return content
    start = _ROW_START.match(rows[-1])
    return rows[-1][start.end() if start else 0 :].replace("&", "").strip()
