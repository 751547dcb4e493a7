r"""What a box that stands inside a larger formula answers.

$x = \boxed{5}$ and $x \ge \boxed{5}$ answer 5, and so does the blank of $3 + \boxed{5} = 8$. $\boxed{25}\pi$ answers
25 pi: there the formula counts, with the box as a pair of braces.
"""

from __future__ import annotations

import re

from flowrl_envs.verify.formulas import is_prose
from flowrl_envs.verify.measures import unit_factor
from flowrl_envs.verify.scan import Span, boxes, segments

_BEFORE = frozenset("+-*/^_({,:}|!%0123456789")
_AFTER = frozenset("^_!+-/<>|0123456789")
FORMULA_ENDS = ("$", ".", "")
"""What a formula ends with, in one character or in more."""
CLOSED = ("\\)", "\\]", " \\)", " \\]")
FORMULA_STARTS = ("$", "= ", "=", "\\(", "\\[", "\\( ", "\\[ ", "\n", "is ", "is $")
"""What stands before a box that begins a formula or one of its sides."""
_COMMAND_OPEN = re.compile(
    r"(?:\\(?:[dtc]?frac|sqrt|x?cancel|bcancel|sout|binom|overline|bar|phantom)|\}|[\^_]|\])\s*\{\Z"
)
"""Commands whose braces make the box a part of a formula; others are dress."""
_OPERATOR_BEFORE = re.compile(
    r"(?:(?<=[\w)}\]])\s*[-+*/^]|(?<![^\s=(])-|\\(?:cdot|times|div|pm|sqrt)|\\(?:[dtc]?frac|sqrt|x?cancel|sout)\s*\{|\}\{"
    r"|(?<!_)[\^_]\{?|\\(?:log|ln|sin|cos|tan)|\d|\(|:)\Z|(?<=[\w)}\]])\s*[-+*/]\s+\Z"
    r"|\\(?:cdot|times|div|pm|log|ln|sin|cos|tan)\s+\Z|[\[({][^\])}\n]{0,80},\s*\Z"
)
_OPERATOR_AFTER = re.compile(
    r"[\^_](?!_)|\s*[-+*/]\s*[\w\\({]|\s*\\(?:cdot|times|div|pm|[dt]?frac|pi|sqrt)(?![A-Za-z])|[A-Za-z]\b|[A-Za-z]\s?[-+]"
    r"|e?\d|\s\d+/\d|:"
)
"""Operators that touch a box where no dollars say what is a formula."""
_LETTERS = re.compile(r"[A-Za-z]+")
_MORE = re.compile(r"\^|\s*[-+*=]")
_LENGTHS = ("m^2", "m^3", "m^{2}", "m^{3}", "cm^", "mm^", "km^", "ft^", "in^", "s^-", "s^{-")
_LABEL_BEFORE = re.compile(r"\w\s?\([^()]*\)\s*:\Z|[A-Za-z]\s?[-+]\s?\d+\s*:\Z")
"""What a colon follows that is the name of what is boxed: f(2): and n + 1:."""
_ORDINAL = re.compile(
    r"\s*(?:/|\\cdot)\s*\\(?:text|mathrm)\s*\{|\^\s*\{?\s*\\text\s*\{\s*(?:st|nd|rd|th)|_\{?10\}?(?!\d)"
)
"""Units, ordinals and the base ten after a box."""
_COMMAND_BEFORE = re.compile(r"\\(?:cdot|times|div|pm|mp|sqrt|log|ln|sin|cos|tan|max|min|binom|[dt]?frac)\s*\Z")
_COMMAND_AFTER = re.compile(
    r"\s*\\(?:cdot|times|div|pm|mp|sqrt|[dt]?frac|l[et]q?|g[et]q?|neq?|pi|alpha|beta|theta|log|ln|sin|cos|tan|infty|binom)"
    r"(?![A-Za-z])"
)
_EQUAL = re.compile(
    r"[=<>]|\\(?:l[et]q?|g[et]q?|leqslant|geqslant|neq?|approx|equiv|in|to|cong|sim|simeq|[lL]?[rR]?ightarrow|Longrightarrow|rightarrow|implies|iff)(?![A-Za-z])|&|\\\\"
    r"|\\(?:begin|end)\{[A-Za-z]+\*?\}|[≈≡∈→⇒≤≥≠]"
)
"""What parts a formula into sides and rows."""
_DRESS = r"\s|~|\\[,;:! $]|\\(?:quad|qquad|left|right|displaystyle|therefore|limits|big|Big|bigg)(?![A-Za-z])"
_WORDS = r"\\(?:text|mathrm|textbf|mathbf|mbox|textrm|operatorname|boldsymbol|underline|color|textcolor)\s*\{[^{}]*\}"
_LABEL = re.compile(_WORDS)
_OPENED = r"\\(?:text|mathrm|textbf|mathbf|mbox|boldsymbol|underline|bm)\s*\{"
_BARE_LEFT = re.compile(rf"(?:{_DRESS}|{_WORDS}|{_OPENED}|\\?[({{]|[:,;])*+")
_BARE_RIGHT = re.compile(
    rf"(?:{_DRESS}|{_WORDS}|\^\s*\{{?\s*\\circ|\\?%|\\(?:blacksquare|square|Box)(?![A-Za-z])|\\pmod\s*\{{[^{{}}]*\}}|[.)}}])*+"
    r"(?:[,;:](?!\s*\\f?box).*)?",
    re.S,
)
_FRAME = re.compile(r"\\(?:boxed|fbox|framebox)(?![A-Za-z])\s*")
_LONGEST = 4_000
"""Characters of a formula beyond which the box alone counts."""


def answer_of(text: str, box: Span) -> str:
    """The content of a box, or the formula around it where that goes on."""
    content = box.content.strip()
    if not _is_suspect(text, box.start, box.end):
        return content
    around = next((span for span in segments(text) if span.start < box.start and box.end < span.end), None)
    if around is None:
        return _of_line(text, box, content)
    if around.end - around.start > _LONGEST or is_prose(_LABEL.sub(" ", around.content)):
        return content
    inner = text.index(around.content, around.start)
    return _of_formula(text[inner : box.start], content, text[box.end : inner + len(around.content)])


def _of_formula(left: str, content: str, right: str) -> str:
    """The content of a box between the two parts of a formula, or the side of it that the box is in."""
    sides = list(_EQUAL.finditer(left))
    left = left[sides[-1].end() :] if sides else left
    if (following := _EQUAL.search(right)) is not None:
        if following.group() in ("=", "≈", "\\approx"):
            return content  # a blank that is filled in
        right = right[: following.start()]
    if _is_bare(_last_item(_after_boxes(_LABEL.sub(" ", left)), listed=not sides), right):
        return content
    return _FRAME.sub("", f"{left}{{{content}}}{right}").strip(" .,;")


def _of_line(text: str, box: Span, content: str) -> str:
    """The content of a box in a line without dollars, or the line where an operator touches the box."""
    start = text.rfind("\n", 0, box.start) + 1
    end = text.find("\n", box.end)
    left, right = text[start : box.start], text[box.end : end if end >= 0 else len(text)]
    touched = _OPERATOR_BEFORE.search(left) is not None or _OPERATOR_AFTER.match(right) is not None
    if not touched or "$" in left + right or len(left) + len(right) > _LONGEST or is_prose(left + right):
        return content
    return _of_formula(left, content, right)


def _is_suspect(text: str, start: int, end: int) -> bool:
    """Whether the formula around a box may go on, judged by the characters next to it in its line."""
    after = text[end : end + 20].partition("\n")[0]
    before = text[max(0, start - 20) : start].rpartition("\n")[2].rstrip()
    if before[-1:] in _BEFORE and not before.endswith(("\\(", "__")):
        return before[-1] != "{" or _COMMAND_OPEN.search(before) is not None
    if "\\" in before and _COMMAND_BEFORE.search(before) is not None:
        return True
    if after[:1] in FORMULA_ENDS or after.startswith(CLOSED) or _ORDINAL.match(text, end) is not None:
        return False
    if after[:1].isalpha():
        return _is_no_unit(after)
    return after.lstrip()[:1] in _AFTER or ("\\" in after and _COMMAND_AFTER.match(after) is not None)


def _is_no_unit(after: str) -> bool:
    """Whether letters that touch a box are none of a unit."""
    letters = _LETTERS.match(after)
    if letters is None or unit_factor(letters.group()) is None:
        return True
    return _MORE.match(after, letters.end()) is not None and not after.startswith(_LENGTHS)


def _last_item(left: str, *, listed: bool) -> str:
    """What follows the last comma or colon outside brackets; all, if a list that may begin there has begun before."""
    if left.count("(") > left.count(")") or left.count("{") > left.count("}") or "box" in left:
        return left
    at = max(left.rfind(","), left.rfind(":"))
    return (
        left
        if listed and any(map(str.isdigit, left[:at])) and not _LABEL_BEFORE.search(left[: at + 1])
        else left[at + 1 :]
    )


def _after_boxes(left: str) -> str:
    """What stands between the box before and a box, if they are two answers side by side; all of it if not."""
    found, _ = boxes(left)
    if not found or left.count("(") > left.count(")") or left.count("{") > left.count("}"):
        return left
    between = left[found[-1].end :]
    return left if between.strip() == ":" else between


def _is_bare(left: str, right: str) -> bool:
    """Whether nothing but dress, words and a pair of brackets stands around a box."""
    if _BARE_LEFT.fullmatch(left) is None or _BARE_RIGHT.fullmatch(right) is None:
        return False
    return not ("," in left and "(" in left) and left.count("(") == right.partition(",")[0].count(")")
