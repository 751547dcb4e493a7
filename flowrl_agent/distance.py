"""Exact distances between distributions over a list of responses, and the target that flow matching aims at.

The target is pi*(y) = pi_ref(y) exp(beta r(y)) / Z, or, where an objective divides log-ratios by the length |y|, the
distribution at which that objective is 0: pi_ref(y) exp(tilt r(y) - c |y|), c the root that normalises it (`target`
gives it as `log_z`). Everything is a finite sum in float64; nothing is sampled. Which responses there are and how
likely a policy writes them is `exact`'s part.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from flowrl_agent.ops.flow import Balance

Array: TypeAlias = NDArray[np.float64]
RESOLUTION = 2.0**-24
"""Least mass given to what is not listed: probabilities come from float32, so a smaller remainder is rounding."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a policy should become: `logp` [n], and the log Z (or c) that normalises it."""

    logp: Array
    log_z: float


@dataclass(frozen=True, slots=True)
class Distance:
    """From a policy to a target over the same n responses.

    Attributes:
        tv: total variation, half the sum of absolute differences, 0 to 1.
        kl: KL(policy || target) in nats: large where the policy writes what the target does not.
        kl_reverse: KL(target || policy): large where the policy has lost what the target keeps.
    """

    tv: float
    kl: float
    kl_reverse: float


def target(log_ref: ArrayLike, reward: ArrayLike, length: ArrayLike, balance: Balance) -> Target:
    """The distribution at which the residual of `ops.flow` is 0 for every response.

    Args:
        log_ref: [n] log-probabilities of the reference, which together make all of it.
        reward: [n].
        length: [n] tokens, above 0; used where beta is per token or log-ratios are divided by the length.
        balance: beta and the two choices on length.

    Raises:
        ValueError: the shapes differ, nothing is listed, or a length is not positive.
    """
    ref, r, n = _same(log_ref, reward, length)
    if not (n > 0).all():
        raise ValueError("target: every response needs a length above 0.")
    tilted = ref + balance.beta * (n if balance.per == "token" else 1.0) * r
    pace = n if balance.length == "mean" else np.ones_like(n)
    log_z = _root(tilted, pace)
    return Target(tilted - pace * log_z, log_z)


def distance(logp: ArrayLike, log_target: ArrayLike) -> Distance:
    """Distances between two distributions [n] given as log-probabilities; -inf is probability 0."""
    p, q = _same(logp, log_target)
    tv = float(np.abs(np.exp(p) - np.exp(q)).sum() / 2)
    return Distance(tv, kl(p, q), kl(q, p))


def kl(logp: ArrayLike, logq: ArrayLike) -> float:
    """KL(p || q) in nats; inf where p holds what q excludes. Rounding below 0 is cut off."""
    p, q = _same(logp, logq)
    held = np.isfinite(p)
    if not np.isfinite(q[held]).all():
        return math.inf
    return max(0.0, float((np.exp(p[held]) * (p[held] - q[held])).sum()))


def with_rest(logp: ArrayLike) -> Array:
    """[n + 1]: the listed log-probabilities and that of everything else; the sum is 1 unless float32 rounded up."""
    (p,) = _same(logp)
    return np.append(p, math.log(max(1.0 - float(np.exp(p).sum()), RESOLUTION)))


def among(logp: ArrayLike, chosen: ArrayLike) -> Array:
    """[m]: the distribution given that the response is one of the chosen (bool [n]); empty where that is impossible."""
    (p,) = _same(logp)
    kept = p[np.asarray(chosen, dtype=np.bool_)]
    total = _logsumexp(kept)
    return kept - total if math.isfinite(total) else kept[:0]


def expected_coverage(logp: ArrayLike, k: int) -> float:
    """The expected share of these [n] responses that turn up among k independent samples: mean of 1 - (1 - p)^k."""
    (p,) = _same(logp)
    return float(-np.expm1(k * np.log1p(-np.minimum(np.exp(p), 1 - 1e-16))).mean())


def _root(x: Array, pace: Array) -> float:
    """The c at which sum exp(x - pace c) = 1: in closed form for one pace, else by bisection (the sum falls in c)."""
    total = _logsumexp(x)
    if (pace == pace[0]).all():
        return total / float(pace[0])
    low, high = sorted((0.0, total / float(pace.min())))
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if _logsumexp(x - pace * middle) > 0 else (low, middle)
    return (low + high) / 2


def _logsumexp(x: Array) -> float:
    top = float(x.max(initial=-math.inf))
    return top + math.log(float(np.exp(x - top).sum())) if math.isfinite(top) else top


def _same(*columns: ArrayLike) -> list[Array]:
    arrays = [np.asarray(column, dtype=np.float64) for column in columns]
    if len({a.shape for a in arrays}) > 1 or arrays[0].ndim != 1 or not arrays[0].size:
        raise ValueError(f"Give columns of one length, at least 1; got the shapes {[a.shape for a in arrays]}.")
    return arrays
