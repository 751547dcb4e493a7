"""Statistics of an evaluation: k responses to each problem, some right, some equal, some ungraded.

Pure functions on numbers and strings. pass@k is the unbiased estimator of the Codex paper (arXiv 2107.03374);
intervals are percentile bootstraps over problems, since responses to one problem are not independent.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with the bounds of its confidence interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


def pass_at_k(n: int, right: int, k: int) -> float:
    """Chance that at least one of k responses, drawn without replacement from n of which `right` are right, is right.

    Raises:
        ValueError: k or `right` does not lie within n.
    """
    if not (0 <= right <= n and 1 <= k <= n):
        raise ValueError(f"pass_at_k(n={n}, right={right}, k={k}): needs 0 <= right <= n and 1 <= k <= n.")
    if n - right < k:
        return 1.0
    return 1.0 - math.prod(1.0 - k / i for i in range(n - right + 1, n + 1))


def majority(answers: Sequence[str], right: Sequence[bool]) -> float:
    """Whether the most frequent answer is right; among equally frequent ones, the share of them that is right.

    Responses without an answer ("") have no vote. Equal answers have equal verdicts; where they have not, the
    share of right ones counts.
    """
    votes = Counter(a for a in answers if a)
    if not votes:
        return 0.0
    top = max(votes.values())
    winners = [a for a, count in votes.items() if count == top]
    marks = {a: [r for b, r in zip(answers, right, strict=True) if b == a] for a in winners}
    return float(np.mean([np.mean(m) for m in marks.values()]))


def majority_at_k(answers: Sequence[str], right: Sequence[bool], k: int) -> float:
    """`majority` of k responses: the mean over consecutive blocks of k, each a sample of its own, so unbiased.

    Raises:
        ValueError: fewer than k responses, or k below 1.
    """
    if not 1 <= k <= len(answers):
        raise ValueError(f"majority_at_k(n={len(answers)}, k={k}): needs 1 <= k <= n.")
    starts = range(0, len(answers) - k + 1, k)
    return float(np.mean([majority(answers[i : i + k], right[i : i + k]) for i in starts]))


def effective_modes(answers: Sequence[str]) -> float:
    """exp(entropy) of the empirical distribution: n for n equally frequent answers, 1 for one, 0 for none."""
    if not answers:
        return 0.0
    p = np.array(list(Counter(answers).values())) / len(answers)
    return float(np.exp(-(p * np.log(p)).sum()))


def bootstrap(values: ArrayLike, rng: np.random.Generator, draws: int = 2000, level: float = 0.95) -> Interval:
    """Mean of `values` [n], one a problem, with a percentile interval; nan bounds for fewer than two values.

    Args:
        values: one number a problem (or a seed).
        rng: source of resampling.
        draws: resamples.
        level: coverage.
    """
    x = np.asarray(values, dtype=np.float64)
    if x.size == 0:
        return Interval(math.nan, math.nan, math.nan)
    if x.size == 1:
        return Interval(float(x[0]), math.nan, math.nan)
    tail = (1 - level) / 2
    low, high = np.quantile(_means(x, rng, draws), [tail, 1 - tail])
    return Interval(float(x.mean()), float(low), float(high))


def paired(a: ArrayLike, b: ArrayLike, rng: np.random.Generator, draws: int = 2000, level: float = 0.95) -> Interval:
    """Mean of a - b [n], the same problems in the same order, with a percentile interval."""
    left, right = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if left.shape != right.shape:
        raise ValueError(f"paired: {left.shape} and {right.shape} are not the same problems.")
    return bootstrap(left - right, rng, draws, level)


def _means(x: NDArray[np.float64], rng: np.random.Generator, draws: int) -> NDArray[np.float64]:
    """Means of resamples, made in portions so that a large x does not need draws times its memory."""
    out = np.empty(draws)
    step = max(1, 2_000_000 // x.size)
    for start in range(0, draws, step):
        n = min(step, draws - start)
        out[start : start + n] = x[rng.integers(0, x.size, (n, x.size))].mean(1)
    return out
