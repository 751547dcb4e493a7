"""The published training grader of DAPO and FlowRL, for comparisons: a string match after the last "Answer:".

As in verl's `math_dapo` scorer before it fell back on boxes, of which the FlowRL paper's training used the same rule:
only the last 300 characters are read, what follows the last "Answer:" on its line is the answer, it and the reference
are written uniformly, and equal strings are right. Deviations: a wrong answer earns 0 and not -1 (the same once
rewards are standardised in their group), and no list of English unit words is removed from answers. It knows no
mathematics: 1/2 and 0.5 differ. Every other environment uses `flowrl_envs.verify`.
"""

from __future__ import annotations

import re

from flowrl_envs.types import Reason, Verdict, right, wrong

READ = 300
"""Characters at the end of a response that are looked at."""
_ANSWER = re.compile(r"answer[ \t]*:[ \t]*([^\n]+)", re.IGNORECASE)
_BOX = re.compile(r"\\boxed\{(.*)\}")
_INSIDE = re.compile(r"\\(?:text|textbf|mbox|overline|mathrm)\{([^{}]*)\}")
_DOLLARS = re.compile(r"\$([^$]*)\$")
_GONE = (r"\left", r"\right", r"\,", r"\;", r"\!", r"\ ", r"^\circ", r"^{\circ}", "{,}", "$", '"', " ")
_THOUSANDS = re.compile(r"-?\d{1,3}(?:,\d{3})+")


def grade(response: str, reference: str) -> Verdict:
    """Right if the answer line, written uniformly, is the reference."""
    found = _ANSWER.findall(response[-READ:])
    if not found:
        return wrong(Reason.NO_ANSWER)
    answer = uniform(found[-1])
    if not answer:
        return wrong(Reason.NO_ANSWER)
    return right(answer=answer) if answer == uniform(reference) else wrong(answer=answer)


def uniform(answer: str) -> str:
    """An answer without dollar signs, boxes, spaces, thousands separators, a final full stop and a leading "x ="."""
    text = answer.strip().removesuffix(".").split("=")[-1]
    if inner := _DOLLARS.search(text):
        text = inner.group(1)
    for _ in range(text.count("{")):
        text, boxes = _BOX.subn(r"\1", text)
        text, words = _INSIDE.subn(r"\1", text)
        if not boxes + words:
            break
    for piece in _GONE:
        text = text.replace(piece, "")
    text = text.replace("dfrac", "frac").replace("tfrac", "frac").removesuffix(".")
    return text.replace(",", "") if _THOUSANDS.fullmatch(text) else text
