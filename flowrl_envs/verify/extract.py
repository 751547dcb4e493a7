"""Finds exactly one answer in a response: the first rule that applies decides, and there is no second chance.

Each rule is a function from the text (after the thinking part) to an `Extraction`, or None where it does not apply. A
rule that applies and finds a negated, empty or unclosed answer ends the search with no answer. Nothing here
knows mathematics beyond brackets and dollars; `prose.py` cuts sentences.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from operator import itemgetter

from flowrl_envs.verify.limits import Mode
from flowrl_envs.verify.prose import is_negated, is_retracted, last_match, settle
from flowrl_envs.verify.result import Flag
from flowrl_envs.verify.scan import Span, boxes, segments

_NO_FLAGS: frozenset[Flag] = frozenset()


Extraction = tuple[str, str, frozenset[Flag], tuple[str, ...]]
"""The one answer of a response: the answer as it stands in the text, "" for none; the name of the rule that decided;
remarks; and the contents of the last group of neighbouring boxes, for a reference that is a list."""
Rule = Callable[[str], Extraction | None]
_BARE = Mode.BARE

_CONNECTIVE = re.compile(r"[,;&、，]|\b(?:and|or|und|et|y)\b|\\(?:quad|qquad|text)")
_PERCENT = re.compile(r"[$ ]{0,3}(?:\\?%|pct|percent)(?![a-z])")
_ANSWER_TAG = re.compile(r"<answer>", re.I)
_END_TAG = re.compile(r"</answer>", re.I)
_SPECIAL = re.compile(r"<\|[a-z_]{1,20}\|>")
_ANCHOR = re.compile(
    r"(?:final answer|correct answer|answer|solution|result|réponse|respuesta|antwort)"
    r"(?:\s+is|\s+are|\s*[:：=]|\s*\*\*\s*[:：]?|\s*\n)|(?:答案|所以答案)\s*(?:是|为|[:：])",
    re.I,
)
_ANCHOR_WORDS = ("answer", "solution", "result", "respuesta", "antwort")
"""One of them stands in every anchor of an ASCII text: plain searches are faster than the pattern."""
_BEFORE_ANCHOR = ("final ", "correct ")
_FLOWRL = re.compile(r"answer\s*:\s*([^\n]+)", re.I)


def extract(text: str, mode: Mode) -> Extraction:
    """The answer of `text` under `mode`; an `Extraction` with an empty answer if there is none."""
    if mode is _BARE:
        return ("box" in text and last_box(text)) or (text.strip(), "bare", _NO_FLAGS, ())
    if mode is Mode.FLOWRL:
        return flowrl_line(text)
    visible = after_thinking(text) if "<" in text else text
    for mark, rule in RULES[:1] if mode is Mode.BOXED else RULES:
        if mark in visible and (found := rule(visible)) is not None:
            return found
    return "", "none", _NO_FLAGS, ()


def after_thinking(text: str) -> str:
    """What follows the last `</think>`, up to a chat marker; an unclosed `<think>` hides what follows it."""
    end = text.rfind("</think>")
    visible = text[end + 8 :] if end >= 0 else text
    start = visible.find("<think>")
    if start >= 0:
        visible = visible[:start]
    if marker := _SPECIAL.search(visible):
        visible = visible[: marker.start()]
    return visible


def flowrl_line(text: str) -> Extraction:
    """The last "Answer: ..." line within the last 300 characters: the format FlowRL was trained with."""
    found = _FLOWRL.findall(text[-300:])
    return found[-1].strip() if found else "", "flowrl_line", _NO_FLAGS, ()


def last_box(text: str) -> Extraction | None:
    r"""The last closed `\boxed` or `\fbox`; no answer where it is unclosed, empty or negated."""
    found, unclosed = boxes(text)
    if unclosed:
        return "", "last_box", frozenset({Flag.UNCLOSED}), ()
    if not found:
        return None
    last, after = found[-1], text[found[-1].end :]
    if is_negated(text[max(0, last.start - 200) : last.start]) or is_retracted(after[:80]):
        return "", "last_box", frozenset({Flag.NEGATED}), ()
    content = last.content.strip()
    if content and after and _PERCENT.match(after):
        content += "\\%"
    if len(found) == 1:
        return content, "last_box", _NO_FLAGS, ()
    return content, "last_box", frozenset({Flag.SEVERAL_BOXES}), _group(text, found)


def _group(text: str, found: list[Span]) -> tuple[str, ...]:
    """The contents of the boxes that stand next to the last one, joined by no more than a connective."""
    first = len(found) - 1
    while first > 0:
        between = text[found[first - 1].end : found[first].start]
        bare_gap = not between.strip("$ \n.")
        if not bare_gap and (len(between) > 60 or "\n\n" in between or not _CONNECTIVE.search(between)):
            break
        first -= 1
    contents = tuple(span.content.strip() for span in found[first:])
    return contents if len(set(contents)) > 1 else ()


def answer_tag(text: str) -> Extraction | None:
    """The content of the last closed `<answer>` element."""
    end = last_match(_END_TAG, text)
    if end is None:
        return None
    start = last_match(_ANSWER_TAG, text[: end.start()])
    if start is None:
        return None
    content = text[start.end() : end.start()].strip()
    return _settled(content, "answer_tag") if "\n" not in content else (content, "answer_tag", _NO_FLAGS, ())


def json_object(text: str) -> Extraction | None:
    """The "answer" field where the whole text is one small JSON object."""
    body = text.strip()
    if not (body.startswith("{") and body.endswith("}") and len(body) < 10_000):
        return None
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    for key in ("answer", "final_answer", "result"):
        if key in value and isinstance(value[key], str | int | float) and not isinstance(value[key], bool):
            return str(value[key]).strip(), "json_object", _NO_FLAGS, ()
    return "", "json_object", _NO_FLAGS, ()


def anchor(text: str) -> Extraction | None:
    """What follows the last "final answer", "answer is" or "answer:"."""
    last = _last_anchor(text) if text.isascii() else last_match(_ANCHOR, text)
    if last is None:
        return None
    line_start = text.rfind("\n", 0, last.start()) + 1
    if is_negated(text[max(line_start, last.start() - 200) : last.start()]):
        return "", "anchor", frozenset({Flag.NEGATED}), ()
    rest = text[last.end() :].lstrip(" \t\n*:：#>_")
    return _settled(_paragraph(rest), "anchor")


def _last_anchor(text: str) -> re.Match[str] | None:
    """The last anchor of an ASCII text, looked for from the right."""
    lowered = text.lower()
    places = {}
    for word in _ANCHOR_WORDS:
        if (at := lowered.rfind(word)) >= 0:
            places[word] = at
    while places:
        word, at = max(places.items(), key=itemgetter(1))
        start = at - next((len(before) for before in _BEFORE_ANCHOR if lowered.endswith(before, 0, at)), 0)
        match = _ANCHOR.match(text, start) or _ANCHOR.match(text, at)
        if match is not None:
            return match
        if (at := lowered.rfind(word, 0, at)) >= 0:
            places[word] = at
        else:
            del places[word]
    return None


def last_display(text: str) -> Extraction | None:
    r"""The last display `\[...\]` or `$$...$$`, if only a little prose follows it."""
    if "\\[" not in text and "$$" not in text:
        return None
    found = [span for span in segments(text) if text.startswith(("\\[", "$$"), span.start)]
    if not found or len(text) - found[-1].end > 200 or not found[-1].content.strip():
        return None
    if any(character.isdigit() or character == "$" for character in text[found[-1].end :]):
        return None
    return found[-1].content.strip().rstrip(".,"), "last_display", _NO_FLAGS, ()


def last_line(text: str) -> Extraction | None:
    """The last line that is not empty."""
    body = text.rstrip().rstrip("`*").rstrip()
    line = body[body.rfind("\n") + 1 :].strip().lstrip("# ")
    return _settled(line, "last_line", last=True) if line else None


def _paragraph(text: str) -> str:
    """The first line, or the whole first display if a display opens there."""
    if text.startswith(("$$", "\\[")):
        found = segments(text[:25_000])
        if found and found[0].start == 0:
            return text[: found[0].end]
    end = text.find("\n")
    return text if end < 0 or "\\begin" in text[:end] else text[:end]


def _settled(fragment: str, rule: str, *, last: bool = False) -> Extraction:
    answer, negated = settle(fragment, last=last)
    return ("", rule, frozenset({Flag.NEGATED}), ()) if negated else (answer, rule, _NO_FLAGS, ())


RULES: tuple[tuple[str, Rule], ...] = (
    ("box", last_box),
    ('"', json_object),
    ("<", answer_tag),
    ("", anchor),
    ("", last_display),
    ("", last_line),
)
"""The rules in order, each with a mark that a text must hold for it; the first that returns an `Extraction` decides."""
