"""Comparing algorithms over seeds and environments: the robust aggregates of rliable, with stratified intervals.

Scores of one algorithm are a matrix [S, E]: S runs (seeds) on each of E environments. A statistic maps arrays
[..., S, E] to [...], so a bootstrap is one call on all resamples. Definitions follow "Deep Reinforcement Learning at
the Edge of the Statistical Precipice" (arXiv 2108.13264) and agree with its library rliable; the numbers it gives for
one data set are in the tests. Statistics of one evaluation (pass@k and the like) are in `stats`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from flowrl_agent.stats import Interval

Array: TypeAlias = NDArray[np.float64]
Statistic: TypeAlias = Callable[[Array], Array]
"""[..., S, E] to [...]."""

_PORTION = 4_000_000
"""Resampled numbers held at once."""


@dataclass(frozen=True, slots=True)
class Profile:
    """The share of runs whose score exceeds tau, at each tau, with pointwise intervals; all [K]."""

    taus: Array
    share: Array
    low: Array
    high: Array


def iqm(scores: Array) -> Array:
    """Interquartile mean over runs and environments together: a quarter of the scores is cut off at either end."""
    flat = np.sort(scores.reshape(*scores.shape[:-2], -1), axis=-1)
    cut = flat.shape[-1] // 4
    return np.asarray(flat[..., cut : flat.shape[-1] - cut].mean(-1))


def mean(scores: Array) -> Array:
    """Mean over runs and environments."""
    return np.asarray(scores.mean((-2, -1)))


def median(scores: Array) -> Array:
    """Median over environments of the mean over runs."""
    return np.asarray(np.median(scores.mean(-2), axis=-1))


def optimality_gap(scores: Array) -> Array:
    """How far runs fall short of a score of 1, on average; what exceeds 1 does not count."""
    return np.asarray(1.0 - np.minimum(scores, 1.0).mean((-2, -1)))


def stratified(
    scores: ArrayLike, statistic: Statistic, rng: np.random.Generator, draws: int = 2000, level: float = 0.95
) -> Interval:
    """A statistic with a percentile interval over resampled runs, resampled within each environment separately.

    Args:
        scores: [S, E].
        statistic: such as `iqm`.
        rng: source of resampling.
        draws: resamples.
        level: coverage.

    Returns:
        The estimate; its bounds are nan for a single run, about whose spread nothing is known.

    Raises:
        ValueError: `scores` is no matrix of finite numbers.
    """
    x = matrix(scores)
    value = float(statistic(x))
    if x.shape[0] == 1:
        return Interval(value, math.nan, math.nan)
    return _interval(value, np.concatenate([statistic(s) for s in _resamples(x, rng, draws)]), level)


def improvement(x: Array, y: Array) -> Array:
    """P(X > Y) + P(X = Y) / 2 of a run of each in the same environment, averaged over environments.

    Args:
        x: [..., S, E] of the one algorithm.
        y: [..., R, E] of the other, the same environments in the same order.
    """
    gap = x[..., :, None, :] - y[..., None, :, :]
    return np.asarray(((gap > 0) + 0.5 * (gap == 0)).mean((-3, -2, -1)))


def probability_of_improvement(
    x: ArrayLike, y: ArrayLike, rng: np.random.Generator, draws: int = 2000, level: float = 0.95
) -> Interval:
    """How likely a run of X [S, E] beats one of Y [R, E], with a stratified interval; 0.5 is no difference.

    Raises:
        ValueError: not the same number of environments.
    """
    a, b = matrix(x), matrix(y)
    if a.shape[1] != b.shape[1]:
        raise ValueError(f"probability_of_improvement: {a.shape[1]} and {b.shape[1]} environments; give the same ones.")
    value = float(improvement(a, b))
    if min(a.shape[0], b.shape[0]) == 1:
        return Interval(value, math.nan, math.nan)
    # the factors make the portions of both equally long, and bound the comparisons [n, S, R, E]
    pairs = zip(_resamples(a, rng, draws, b.size), _resamples(b, rng, draws, a.size), strict=True)
    return _interval(value, np.concatenate([improvement(s, t) for s, t in pairs]), level)


def performance_profile(
    scores: ArrayLike, taus: ArrayLike, rng: np.random.Generator, draws: int = 2000, level: float = 0.95
) -> Profile:
    """The score distribution of runs [S, E] over all environments: the share above each tau [K]."""
    x, thresholds = matrix(scores), np.asarray(taus, dtype=np.float64)

    def above(s: Array) -> Array:
        return np.stack([(s > tau).mean((-2, -1)) for tau in thresholds], axis=-1)

    share = above(x)
    if x.shape[0] == 1:
        nothing = np.full_like(share, math.nan)
        return Profile(thresholds, share, nothing, nothing)
    drawn = np.concatenate([above(s) for s in _resamples(x, rng, draws)])
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return Profile(thresholds, share, low, high)


def paired_difference(
    x: ArrayLike, y: ArrayLike, rng: np.random.Generator, draws: int = 2000, level: float = 0.95
) -> Interval:
    """Mean of x - y [S, P], paired by seed and problem, when both seeds and problems are samples.

    Seeds and problems are resampled independently of each other (the pigeonhole bootstrap, arXiv 0712.1111), so the
    interval covers another set of seeds on another set of problems; it is somewhat wide rather than too narrow. With
    one seed, problems alone are resampled.

    Raises:
        ValueError: the shapes differ: these are not the same seeds and problems.
    """
    a, b = matrix(x), matrix(y)
    if a.shape != b.shape:
        raise ValueError(f"paired_difference: {a.shape} and {b.shape} are not the same seeds and problems.")
    d = a - b
    if d.size == 1:
        return Interval(float(d[0, 0]), math.nan, math.nan)
    seeds, problems = d.shape
    # the mean of a resample is w_s D w_p with multinomial weights, so no resample is ever built
    w_seeds = rng.multinomial(seeds, np.full(seeds, 1 / seeds), size=draws) / seeds
    w_problems = rng.multinomial(problems, np.full(problems, 1 / problems), size=draws) / problems
    return _interval(float(d.mean()), np.einsum("ds,sp,dp->d", w_seeds, d, w_problems, optimize=True), level)


def matrix(scores: ArrayLike) -> Array:
    """`scores` as a float matrix.

    Raises:
        ValueError: not two-dimensional, empty, or not finite.
    """
    x = np.asarray(scores, dtype=np.float64)
    if x.ndim != 2 or x.size == 0:
        raise ValueError(f"Scores have the shape {x.shape}; give a matrix of runs by environments, none empty.")
    if not np.isfinite(x).all():
        raise ValueError("Scores are not all finite; a run without a score must be left out or given a floor.")
    return x


def _resamples(x: Array, rng: np.random.Generator, draws: int, factor: int = 1) -> Iterator[Array]:
    """Resampled matrices [n, S, E] in portions that bound memory; each column is resampled by itself."""
    step = max(1, _PORTION // (x.size * factor))
    for start in range(0, draws, step):
        index = rng.integers(0, x.shape[0], (min(step, draws - start), *x.shape))
        yield np.take_along_axis(x[None], index, axis=1)


def _interval(value: float, drawn: Array, level: float) -> Interval:
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return Interval(value, float(low), float(high))
