"""Finds exactly one answer in a response: the first rule that applies decides, and there is no second chance.

Each rule is a function from the text (after the thinking part) to an `Extraction`, or None where it does not apply. A
rule that applies and finds a negated, empty or unclosed answer ends the search with no answer. Nothing here
knows mathematics beyond brackets and dollars; `prose.py` cuts sentences.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from flowrl_envs.verify.anchors import announced, announcement
from flowrl_envs.verify.denial import LEAST, is_negated, is_retracted
from flowrl_envs.verify.formulas import is_prose
from flowrl_envs.verify.framed import CLOSED, FORMULA_ENDS, FORMULA_STARTS, answer_of
from flowrl_envs.verify.limits import Mode
from flowrl_envs.verify.lines import before_check, is_courtesy, is_rule, said
from flowrl_envs.verify.prose import SPACE, last_match, settle, undressed
from flowrl_envs.verify.result import Flag
from flowrl_envs.verify.scan import Span, boxes, displays, last_row
from flowrl_envs.verify.sentence import unmarked

_NO_FLAGS: frozenset[Flag] = frozenset()
_DENIED = frozenset({Flag.NEGATED})

Extraction = tuple[str, str, frozenset[Flag], tuple[str, ...]]
"""The one answer of a response: the answer as it stands in the text, "" for none; the name of the rule that decided;
remarks; and the contents of the last group of neighbouring boxes, for a reference that is a list."""
Rule = Callable[[str], Extraction | None]
_AUTO, _BARE, _BOXED, _PUBLISHED = Mode.AUTO, Mode.BARE, Mode.BOXED, Mode.FLOWRL

_CONNECTIVE = re.compile(r"[,;&、，]|\b(?:and|or|und|et|y)\b|\\(?:quad|qquad|text)")
_OR = re.compile(r"\b(?:or|oder|ou)\b")
_PERCENT = re.compile(r"[$ ]{0,3}(?:\\?%|pct|percent)(?![a-z])")
_ANSWER_TAG = re.compile(r"<answer>", re.I)
_END_TAG = re.compile(r"</answer>", re.I)
_SPECIAL = re.compile(r"<\|[a-z_]{1,20}\|>|</s>|<(?:eos|bos|(?:start|end)_of_turn)>|<｜[^｜<>\s]{1,30}｜>")
_TURN_MARKS = ("<|", "</s>", "<eos>", "<bos>", "_of_turn>", "<｜")
"""One of them stands in every chat marker."""
_TURN_END = re.compile(r"(?:<\|[a-z_]{1,20}\|>|</s>|<eos>|<end_of_turn>|<｜[^｜<>\s]{1,30}｜>|\s)++$")
_ROLE = re.compile(r"\s*(?:assistant|model)\b(?:\s*\n|(?=<\|))")
_THOUGHT_ENDS = ("</think>", "</thinking>", "<|end_of_thought|>", "<|channel|>final<|message|>")
_THOUGHTS = ("<think>", "<thinking>")
_BEGINS = frozenset({"<|begin_of_solution|>", "<|begin_of_thought|>", "<|message|>"})
"""Markers that may stand after some text without ending the answer."""
_FORMULA_STARTS = frozenset("$\\([0123456789-.")
_OTHER_MARKS = ("\n", '"', "<", "\\[", "$$", "\\end{", "*", "`", "nswer", "olution", "esult")
"""What the rules after that of boxes, and the marks of emphasis, need."""
_SHORT = 100
_FLOWRL = re.compile(r"answer\s*:\s*([^\n]+)", re.I)


def extract(text: str, mode: Mode) -> Extraction:
    """The answer of `text` under `mode`; an `Extraction` with an empty answer if there is none."""
    if mode is _BARE:
        return ("box" in text and last_box(text)) or (text.strip(), "bare", _NO_FLAGS, ())
    if mode is _PUBLISHED:
        return flowrl_line(text)
    visible = after_thinking(text) if "<" in text else text
    rules = RULES[:1] if mode is _BOXED else RULES
    if mode is _AUTO and "box" not in visible:
        if visible[:1] in _FORMULA_STARTS and (formula := _lone_formula(visible)) is not None:
            return formula
        rules = _BOXLESS
    for mark, rule in rules:
        if mark in visible and (found := rule(visible)) is not None:
            return found
    return "", "none", _NO_FLAGS, ()


def _lone_formula(text: str) -> Extraction | None:
    """A text that is one short formula, which only the rule of the last line could read."""
    if len(text) > _SHORT or any(map(text.__contains__, _OTHER_MARKS)) or is_prose(text):
        return None
    return undressed(said(text, alone=True).strip(SPACE)), "last_line", _NO_FLAGS, ()


def after_thinking(text: str) -> str:
    """What follows the last end of a thinking part, up to the end of the turn; an unclosed `<think>` hides the rest."""
    visible = text
    if "think" in text or "|>" in text:
        for mark in _THOUGHT_ENDS:
            visible = visible[visible.rfind(mark) + len(mark) :] if mark in visible else visible
        for opening in _THOUGHTS:
            visible = visible.partition(opening)[0]
    return _one_turn(visible) if any(map(visible.__contains__, _TURN_MARKS)) else visible


def _one_turn(text: str) -> str:
    """A text without chat markers, cut at the first marker after some text that ends a turn or begins another."""
    pieces: list[str] = []
    position, begun = 0, False
    for marker in _SPECIAL.finditer(text):
        pieces.append(text[position : marker.start()])
        position, begun = marker.end(), begun or pieces[-1].strip() != ""
        if begun and marker.group() not in _BEGINS and not _is_struck(pieces, marker.group()):
            return "".join(pieces)
        if role := _ROLE.match(text, position):
            position = role.end()
    return "".join([*pieces, text[position:]])


def _is_struck(pieces: list[str], marker: str) -> bool:
    """Whether "</s>" ends words that are struck out rather than the text."""
    return marker == "</s>" and "<s>" in pieces[-1].lstrip().removeprefix("<s>")


def flowrl_line(text: str) -> Extraction:
    """The last "Answer: ..." line within the last 300 characters: the format FlowRL was trained with.

    Markers that end the turn are no part of the line.
    """
    found = _FLOWRL.findall(text[-300:])
    line = found[-1].strip() if found else ""
    return _TURN_END.sub("", line) if line.endswith(">") else line, "flowrl_line", _NO_FLAGS, ()


def last_box(text: str) -> Extraction | None:
    r"""The last closed `\boxed` or `\fbox`; no answer where it is unclosed, empty or negated."""
    found, unclosed = boxes(text)
    if unclosed:
        return "", "last_box", frozenset({Flag.UNCLOSED}), ()
    if not found:
        return None
    start, end, inner = last = found[-1]
    after = text[end:]
    struck = "~~" in after and after.startswith("~~") and text.endswith("~~", 0, start)
    if struck or (start and is_negated(text[max(0, start - 200) : start])) or is_retracted(after, inner):
        return "", "last_box", _DENIED, ()
    is_closed = after[:1] in FORMULA_ENDS or after.startswith(CLOSED)
    if is_closed and (not start or text.endswith(FORMULA_STARTS, 0, start)):
        content = inner.strip()
    else:
        content = answer_of(text, last)
    if ("%" in after or "p" in after) and content and _PERCENT.match(after):
        content += "\\%"
    if len(found) == 1:
        return content, "last_box", _NO_FLAGS, ()
    group = _group(text, found)
    if group and _OR.search(text, found[-2].end, start):
        content = " or ".join(group)  # two guesses are none
    return content, "last_box", frozenset({Flag.SEVERAL_BOXES}), group


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
    after = text[end.end() :]
    if "\n" not in content:
        return _settled(content, "answer_tag", after)
    return ("", "answer_tag", _DENIED, ()) if is_retracted(after, content) else (content, "answer_tag", _NO_FLAGS, ())


def json_object(text: str) -> Extraction | None:
    """The "answer" field where the whole text, or a fenced block at its end, is one small JSON object."""
    body = text.strip()
    if body.endswith("```"):
        body = body[:-3].rpartition("```")[2].removeprefix("json").strip()
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
    """What follows the last "final answer", "answer is" or "answer:" that announces the answer."""
    last = announcement(text)
    if last is None:
        return None
    start, end = last.span()
    line_start = text.rfind("\n", 0, start) + 1
    if line_start < start and is_negated(text[max(line_start, start - 200) : start]):
        return "", "anchor", _DENIED, ()
    after = text[end:]
    return _settled(announced(after), "anchor", after)


def last_display(text: str) -> Extraction | None:
    r"""The last display `\[...\]` or `$$...$$`, if only a little prose follows it."""
    if "\\[" not in text and "$$" not in text and "\\end{" not in text:
        return None
    found = displays(text)
    if not found or len(text) - found[-1].end > 200 or not found[-1].content.strip():
        return None
    after = text[found[-1].end :]
    if any(character.isdigit() or character == "$" for character in after):
        return None
    content = last_row(found[-1].content).rstrip(".,")
    if is_retracted(after, content):
        return "", "last_display", _DENIED, ()
    return content, "last_display", _NO_FLAGS, ()


def last_line(text: str) -> Extraction | None:
    """The last line that is neither empty, a rule, a courtesy nor part of a check."""
    body = before_check(text).rstrip().rstrip("`").rstrip()
    end = len(body)
    start = body.rfind("\n") + 1
    while start > 0 and (is_rule(body[start:end]) or is_courtesy(body[start:end])):
        end = start - 1
        start = body.rfind("\n", 0, end) + 1
    line = said(body[start:end], alone=start == 0)
    return _settled(line, "last_line", line, last=True) if line else None


def _settled(fragment: str, rule: str, after: str, *, last: bool = False) -> Extraction:
    """The answer within a fragment, unless it is denied there or taken back in the text from the answer on."""
    answer, negated = settle(fragment, last=last)
    if answer and not negated and (len(after) >= len(answer) + LEAST or answer not in after):
        after = unmarked(after)
        at = after.rfind(answer) if last else after.find(answer)
        negated = is_retracted(after[at + len(answer) :] if at >= 0 else after, answer)
    return ("", rule, _DENIED, ()) if negated else (answer, rule, _NO_FLAGS, ())


RULES: tuple[tuple[str, Rule], ...] = (
    ("box", last_box),
    ('"', json_object),
    ("<", answer_tag),
    ("", anchor),
    ("", last_display),
    ("", last_line),
)
"""The rules in order, each with a mark that a text must hold for it; the first that returns an `Extraction` decides."""
_BOXLESS = RULES[1:]
