"""How different right responses are, without a judge: by answer, by n-grams, by the shape of the text.

Everything is about *correct* responses to one problem: variety among wrong ones is noise. Sizes of samples differ
between algorithms of different accuracy, so each measure says whether it depends on the number of right responses;
the ones that do not are U-statistics (averages over draws without replacement), unbiased for any number.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Sequence

from flowrl_agent.stats import effective_modes, pass_at_k

_PIECE = re.compile(r"[^\W\d_]+|\d+(?:\.\d+)?|[^\w\s]|_")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_MOST_TEXTS = 64
"""Pairs grow with the square; beyond this many texts evenly spaced ones stand for all."""


def distinct_in(answers: Sequence[str], n: int, k: int) -> float:
    """Expected number of distinct right answers among k responses drawn without replacement from n.

    The analogue of pass@k for variety (a rarefaction curve): comparable between samples of different size.

    Args:
        answers: the canonical answers of the right responses, repeats included; the other n - len(answers) are wrong.
        n: responses in all.
        k: how many are drawn.

    Raises:
        ValueError: k does not lie within 1 and n, or there are more answers than responses.
    """
    if len(answers) > n or not 1 <= k <= n:
        raise ValueError(f"distinct_in({len(answers)} right, n={n}, k={k}): needs right <= n and 1 <= k <= n.")
    return sum(pass_at_k(n, count, k) for count in Counter(answers).values())


def coverage(answers: Sequence[str], solutions: int) -> float:
    """The share of all `solutions` found among right answers; nan where they cannot be enumerated (0).

    It grows with the number of right responses.
    """
    return len(set(answers)) / solutions if solutions else float("nan")


def chance_of_difference(values: Sequence[str]) -> float:
    """Chance that two right responses, drawn without replacement, differ in `values`; nan for fewer than two.

    One minus Simpson's index, unbiased. On canonical answers it is answer-level diversity.
    """
    n = len(values)
    if n < 2:
        return float("nan")
    same = sum(c * (c - 1) for c in Counter(values).values())
    return 1.0 - same / (n * (n - 1))


def ngram_distance(texts: Sequence[str], n: int = 3) -> float:
    """Mean Jaccard distance between the n-gram sets of two right responses, over all pairs; nan for fewer than two.

    Pieces are words, numbers and single symbols. A text shorter than n is one n-gram of its own length, two empty
    texts are equal. Between 0 (the same text) and 1 (nothing in common); it does not depend on the number of texts.
    """
    chosen = _spread(texts)
    if len(chosen) < 2:
        return float("nan")
    grams = [_ngrams(text, n) for text in chosen]
    return sum(_jaccard_distance(a, b) for a, b in itertools.combinations(grams, 2)) / (
        len(grams) * (len(grams) - 1) / 2
    )


def distinct_ngrams(texts: Sequence[str], n: int = 3) -> float:
    """Different n-grams over all n-grams of the texts (distinct-n, arXiv 1510.03055); nan without any.

    It falls as texts are added, so compare equal numbers only.
    """
    grams = [gram for text in texts for gram in _grams(text, n)]
    return len(set(grams)) / len(grams) if grams else float("nan")


def skeleton(text: str) -> str:
    """The text with every number replaced by # and white space made uniform: how it argues, not about what.

    "12 + 3 = 15" and "4 + 8 = 12" have the same skeleton "# + # = #".
    """
    return " ".join(_NUMBER.sub("#", text).split())


def effective_skeletons(texts: Sequence[str]) -> float:
    """exp(entropy) of the skeletons of right responses: how many ways of putting it are in use; 0 for none."""
    return effective_modes([skeleton(text) for text in texts])


def _spread(texts: Sequence[str]) -> Sequence[str]:
    if len(texts) <= _MOST_TEXTS:
        return texts
    return [texts[i * len(texts) // _MOST_TEXTS] for i in range(_MOST_TEXTS)]


def _grams(text: str, n: int) -> list[tuple[str, ...]]:
    pieces = _PIECE.findall(text)
    if len(pieces) < n:
        return [tuple(pieces)] if pieces else []
    return [tuple(pieces[i : i + n]) for i in range(len(pieces) - n + 1)]


def _ngrams(text: str, n: int) -> frozenset[tuple[str, ...]]:
    return frozenset(_grams(text, n))


def _jaccard_distance(a: frozenset[tuple[str, ...]], b: frozenset[tuple[str, ...]]) -> float:
    union = len(a | b)
    return 1.0 - len(a & b) / union if union else 0.0
