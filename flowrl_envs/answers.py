r"""Where the one final answer is in a response: the shared first step of tasks with short answers.

A response states its answer in a box, after the word "answer", or on its last line. `final_answer` returns that one
piece of text and never a choice of several, so listing candidates cannot pay. It does not judge the answer, and it
is not the mathematical extractor of `flowrl_envs.verify`, which knows display maths, lists, units and hedges; this
one is small enough to cost about a microsecond. Every step is linear in the length of the response.
"""

from __future__ import annotations

import re

_ANCHOR = re.compile(r"answer\b[*_\"' ]{0,4}(?:(?:is|=)[*_ ]{0,4}:?|:)|####", re.IGNORECASE | re.ASCII)
_BOX = "\\boxed{"


def final_answer(response: str) -> str | None:
    r"""The text of the final answer, stripped of white space, or None where the response gives none.

    In this order: what follows the last `</think>` (an unclosed `<think>` gives no answer), then in it the content
    of the last `\boxed{}` (an unclosed or empty one gives no answer), the rest of the line after the last "answer:",
    "answer is" or "####" (or the next line with text, if that rest is blank), the last line with text.
    """
    text = _after_thinking(response)
    if _BOX in text:
        return _last_box(text) or None
    end = -1
    for anchor in _ANCHOR.finditer(text):
        end = anchor.end()
    if end >= 0:
        return _first_line(text[end:]) or None
    text = text.rstrip()
    return text[text.rfind("\n") + 1 :].strip() or None


def _after_thinking(text: str) -> str:
    if "think>" not in text:
        return text
    closed = text.rfind("</think>")
    rest = text[closed + len("</think>") :] if closed >= 0 else text
    return "" if "<think>" in rest else rest


def _last_box(text: str) -> str:
    start = text.rfind(_BOX) + len(_BOX)
    depth = 1
    for brace in re.finditer(r"(?<!\\)[{}]", text[start:]):
        depth += 1 if brace.group() == "{" else -1
        if depth == 0:
            return text[start : start + brace.start()].strip()
    return ""


def _first_line(text: str) -> str:
    line = text.lstrip()
    end = line.find("\n")
    return (line if end < 0 else line[:end]).strip()
