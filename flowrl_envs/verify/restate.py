"""Whether an answer merely repeats an expression of the question ("12 * 13" for "What is 12 * 13?").

Equal in value, but nothing was computed. Decided on the characters, so it is linear; answers that are as short as the
reference are never refused.
"""

from __future__ import annotations

from flowrl_envs.verify.nodes import Node, preorder
from flowrl_envs.verify.vocabulary import word_set

_DRESSING = ("\\left", "\\right", "\\displaystyle", "\\,", "\\!", "\\;", " ", "\n", "$", "\\dfrac", "\\tfrac")
_STEPS = word_set("add mul div pow root fn fact fact2 binom mod sum prod int lim abs floor ceil apply pct neg ratio")


def restates(answer: str, tree: Node, reference: Node | None, question: str) -> bool:
    """Whether `answer` stands in the question and has more left to compute than the reference."""
    if reference is not None and steps(tree) <= steps(reference):
        return False
    if not steps(tree):
        return False
    squashed = _squash(answer)
    return len(squashed) > 1 and squashed in _squash(question)


def steps(tree: Node) -> int:
    """How many operations are left to compute; signs do not count."""
    return sum(part.kind in _STEPS and part.kind != "neg" for part in preorder(tree))


def _squash(text: str) -> str:
    for dressing in _DRESSING[:-2]:
        text = text.replace(dressing, "")
    return text.replace("\\dfrac", "\\frac").replace("\\tfrac", "\\frac")
