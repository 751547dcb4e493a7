"""Where a text announces its answer: "the final answer is", "Answer:", "答案是", and the paragraph that follows.

An anchor may be no announcement: a remark ("the answer is verified"), a step whose result later lines go on from, an
answer that is to be found or checked. Patterns are linear, and each anchor looks a bounded way back.
"""

from __future__ import annotations

import re
from operator import itemgetter

from flowrl_envs.verify.lines import PROVED, has_value, is_rule, last_value, said, undecorated
from flowrl_envs.verify.prose import last_match
from flowrl_envs.verify.scan import last_row, segments
from flowrl_envs.verify.vocabulary import word_set

_ANCHOR = re.compile(
    r"(?:final answer|correct answer|answer|solution|result|réponse|respuesta|antwort)"
    r"(?:\s+(?:is|are|ist|est|es)(?![^\W\d_])|\s*[:：=]|\s*\*\*\s*[:：]?|\s*\n)|(?:答案|所以答案)\s*(?:是|为|[:：])",
    re.I,
)
_OTHER_WORDS = ("solution", "result", "respuesta", "antwort")
_ANCHOR_WORDS = ("answer", *_OTHER_WORDS)
"""One of them stands in every anchor of an ASCII text: plain searches are faster than the pattern."""
_BEFORE_ANCHOR = ("final ", "correct ")
_STEPS = ("solution", "result")
"""Anchors that may stand in the middle of a derivation."""
_CHECKING = ("check", "verif", "confirm", "explain", "justif", "double-check")
_FINDING = word_set(
    "find get obtain determine compute calculate reach derive simplify express give write present state"
)
"""Verbs after which it is still to come, where "to", "let's" or a new sentence stands before them."""
_DETERMINERS = ("the ", "our ", "this ", "that ", "your ", "my ")
_PURPOSE = re.compile(r"(?:\b(?:to|let['’]?s|let us)|[.!?:])[\s*_#]*\Z", re.I)
_BEFORE, _READ = 60, 300
_MOST_ANCHORS = 64
_OPEN_ENDED = tuple(
    word + mark for word in (":", "：", " by", " is", " are", "follows", " equals") for mark in ("", "*", "**", " ")
)
"""What an announcement ends with."""
_OPEN_MARKS = frozenset(ending[-1] for ending in _OPEN_ENDED)
_ODD_ENDS = frozenset(ending[-1] for ending in PROVED)
_MOST_ANNOUNCED = 4
_LINE_ENDS = ("\n", "\r")
_REMARK = re.compile(
    r"[\s*]*(?:(?:also|indeed|now|thus|therefore|fully|clearly|both)\s)*(?:correct|right|verified|confirmed|checked|helpful|"
    r"useful|clear|complete|consistent|reasonable|valid|accurate|sound|fine|presented|shown above|explained|boxed|"
    r"satisfactory|understandable|as expected|as required)\b[^\n\d$\\.!?]{0,120}(?:[.!?\n]|$)",
    re.I,
)
"""What is said of an answer, not the answer: a sentence without a number or a formula."""


def announcement(text: str) -> re.Match[str] | None:
    """The last anchor that announces the answer, None for none."""
    last = _last_anchor(text) if text.isascii() else last_match(_ANCHOR, text)
    if last is None or _announces(text, last):
        return last
    earlier = list(_ANCHOR.finditer(text, 0, last.start()))[-_MOST_ANCHORS:]
    return next((match for match in reversed(earlier) if _announces(text, match)), None)


def _announces(text: str, match: re.Match[str]) -> bool:
    """Whether an anchor is about the answer: not a remark on it, nor a step whose result later lines go on from."""
    if _REMARK.match(text, match.end()) is not None:
        return False
    start = match.start()
    if text.endswith(_DETERMINERS, 0, start) and _is_object(text[max(0, start - _BEFORE) : start]):
        return False
    word = match.group()[:8].lower()
    if not word.startswith(_STEPS):
        return True
    line_end = text.find("\n", match.end())
    if line_end < 0 or last_value(text) < line_end:
        return True
    said_here = text[match.end() : min(line_end, match.end() + _READ)]
    return word.startswith("solution") and match.group()[-1:].isalpha() and has_value(said_here)


def _is_object(before: str) -> bool:
    """Whether the answer is something to be found or checked, by what stands before it: "to find the"."""
    clause, _, verb = before.rpartition("\n")[2].rstrip().rpartition(" ")[0].rstrip().rpartition(" ")
    verb = verb.lstrip("*_#(").lower()
    if verb.startswith(_CHECKING):
        return True
    return verb in _FINDING and (not clause.strip(" *_#") or _PURPOSE.search(clause) is not None)


def announced(after: str) -> str:
    """The paragraph that an anchor announces: the first that is no rule, nor itself an announcement of the next."""
    body = after.lstrip(" \t*:：_#")
    if (
        body.isascii()
        and body[-1:] not in _OPEN_MARKS
        and body[-1:] not in _ODD_ENDS
        and "\n" not in body
        and body[:2] != "\\["
    ):
        return body
    for _ in range(_MOST_ANNOUNCED):
        is_line = body[:1] in _LINE_ENDS
        body = body.lstrip() if is_line else body
        paragraph = _paragraph(body)
        found = said(paragraph) if is_line else undecorated(paragraph)
        is_open = found[-1:] in _OPEN_MARKS and found.endswith(_OPEN_ENDED) and not has_value(found)
        if not is_open and not is_rule(found):
            return _without_stop(found) if found.startswith(("$$", "\\[")) else found
        rest = body[len(paragraph) :].lstrip()
        if not rest:
            return found
        body = "\n" + rest
    return body


def _without_stop(display: str) -> str:
    """What a display says, without the full stop in it; a display with text around it as it is.

    As a formula, but not what may still be cut to its value: an equation, and words around a number.
    """
    found = segments(display)
    if len(found) != 1 or found[0].end - found[0].start != len(display.rstrip(" .")):
        return display
    row = last_row(found[0].content).rstrip(" .,")
    is_cut = "=" in row or ("\\text" in row and any(map(str.isdigit, row)))
    return row if "$" in row or is_cut else f"${row}$"


def _last_anchor(text: str) -> re.Match[str] | None:
    """The last anchor of an ASCII text, looked for from the right."""
    lowered = text.lower()
    if not any(map(lowered.__contains__, _OTHER_WORDS)):
        at = len(text)
        while (at := lowered.rfind("answer", 0, at)) >= 0:
            if (match := _anchor_at(text, lowered, at)) is not None:
                return match
        return None
    places = {}
    for word in _ANCHOR_WORDS:
        if (at := lowered.rfind(word)) >= 0:
            places[word] = at
    while places:
        word, at = max(places.items(), key=itemgetter(1))
        match = _anchor_at(text, lowered, at)
        if match is not None:
            return match
        if (at := lowered.rfind(word, 0, at)) >= 0:
            places[word] = at
        else:
            del places[word]
    return None


def _paragraph(text: str) -> str:
    """The first line, or the whole first display if a display opens there."""
    if text.startswith(("$$", "\\[")):
        found = segments(text[:25_000])
        if found and found[0].start == 0:
            return text[: found[0].end]
    end = text.find("\n")
    return text if end < 0 or "\\begin" in text[:end] else text[:end]


def _anchor_at(text: str, lowered: str, at: int) -> re.Match[str] | None:
    """The anchor whose word stands at a place, with the "final" before it."""
    for before in _BEFORE_ANCHOR:
        if lowered.endswith(before, 0, at):
            match = _ANCHOR.match(text, at - len(before))
            if match is not None:
                return match
    return _ANCHOR.match(text, at)
