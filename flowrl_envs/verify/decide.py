"""The typed decision: trees, then exact values, then balls, then a symbolic worker for what is left.

Imported at the first answer that is not a plain literal, because it loads flint.
"""

from __future__ import annotations

from flowrl_envs.verify.compare import SCALARS, Comparison
from flowrl_envs.verify.limits import Options
from flowrl_envs.verify.nodes import Node, same_tree
from flowrl_envs.verify.quantities import priced
from flowrl_envs.verify.reference import read
from flowrl_envs.verify.result import Decision, Flag, Stage
from flowrl_envs.verify.scalar import equal_rationals
from flowrl_envs.verify.symbolic import ask
from flowrl_envs.verify.words import same_words

_STRUCTURE, _EXACT = Stage.STRUCTURE, Stage.EXACT
_NO_FLAGS: frozenset[Flag] = frozenset()


def decide(
    texts: tuple[str, str], wanted: Node, given: Node, question: str | None, options: Options, workers: bool
) -> Decision:
    """Compares two trees.

    Args:
        texts: reference and answer as written, for a second reading of "100,200" as a list.
        wanted: the tree of the reference.
        given: the tree of the answer.
        question: the problem, if known; one that asks for a percentage lets 28% answer 28.
        options: strictness and limits.
        workers: whether a symbolic worker may be asked now; without one the decision says stage `SYMBOLIC`.
    """
    percent_asked = question is not None and ("%" in question or "percent" in question.lower())
    if same_tree(wanted, given):
        return True, _STRUCTURE, None, _NO_FLAGS
    left, right = wanted.kind, given.kind
    if left == right == "mul" and all(map(_is_spelt, texts)):
        return same_words(*texts), _STRUCTURE, None, _NO_FLAGS
    resolve = ask if workers else None
    if left in SCALARS and right in SCALARS and not percent_asked:
        decided = equal_rationals(wanted, given, options)
        if decided is not None:
            return decided, _EXACT, None, _NO_FLAGS
        comparison = Comparison(options, resolve=resolve)
        correct = comparison.expressions(wanted, given)
    else:
        if left == "unit" or right == "unit":
            wanted, given = priced(texts, wanted, given)
        comparison = Comparison(options, percent_asked, resolve=resolve, signed=_may_sign(*texts))
        correct = comparison.equal(wanted, given)
        if correct is False and (left == "list" or right == "list" or percent_asked):
            correct = _ungrouped(*texts, wanted, given, options)
    return correct, comparison.stage, comparison.reason if correct is None else None, comparison.flags


def _may_sign(first: str, second: str) -> bool:
    """Whether a plus-minus sign may stand in one of two texts: as a command, or as some other character."""
    named = "pm" in first or "pm" in second or "mp" in first or "mp" in second
    return named or not (first.isascii() and second.isascii())


def _is_spelt(text: str) -> bool:
    """Whether a text is one run of letters whose order says something: CAB is not ABC, as an order or a word."""
    run = text.strip("$ .")
    return run.isalpha() and (len(run) > 3 or (len(run) > 2 and run.isupper()))


def _ungrouped(reference_text: str, answer_text: str, wanted: Node, given: Node, options: Options) -> bool:
    """Reads "100,200" as the list 100, 200 where the other side is a list."""
    if wanted.kind == given.kind:
        return False
    text = reference_text if given.kind == "list" else answer_text
    if "," not in text or len(text) > 2000:
        return False
    tree = read(text.replace(",", ", "), options.limits).tree()
    if tree is None or tree.kind != "list":
        return False
    pair = (tree, given) if given.kind == "list" else (wanted, tree)
    return bool(Comparison(options).equal(*pair))
