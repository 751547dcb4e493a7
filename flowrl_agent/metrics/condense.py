"""Raw values of many micro-batches and ranks, condensed into one row of floats.

Every value of an iteration is kept until the row is made, so a mean is the mean of all tokens (not a mean of
micro-batch means) and a quantile is exact. What the names mean is explained on docs/metrics.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from flowrl_agent.types import Show, Stat

Gather = Callable[[list[Stat]], list[list[Stat]]]
"""Brings the lists of all ranks to every rank; with one rank it returns a list of its argument."""

QUANTILES = {"p05": 0.05, "p50": 0.5, "p95": 0.95}


def from_one(stats: list[Stat]) -> list[list[Stat]]:
    """`Gather` for a single process."""
    return [stats]


class Accumulator:
    """Collects `Stat`s and condenses them once. Adding the same values in other portions changes no number."""

    def __init__(self) -> None:
        self._stats: list[Stat] = []

    def add(self, *stats: Stat) -> None:
        """Takes values over; they are moved off the accelerator."""
        self._stats += [Stat(s.name, s.values.detach().reshape(-1).float().cpu(), s.show) for s in stats]

    def number(self, name: str, value: float) -> None:
        """Takes one number over, as a mean of one."""
        self.add(Stat(name, torch.tensor([value])))

    def row(self, gather: Gather = from_one) -> dict[str, float]:
        """All numbers by name. A name without any value is left out."""
        return condense(stat for stats in gather(self._stats) for stat in stats)


def condense(stats: Iterable[Stat]) -> dict[str, float]:
    """One float a name, or several where `Show` says so, in the order of first appearance."""
    values: dict[str, list[Tensor]] = {}
    shows: dict[str, Show] = {}
    for stat in stats:
        if shows.setdefault(stat.name, stat.show) is not stat.show:
            raise ValueError(f"Stat {stat.name!r} is shown as {stat.show!r} and as {shows[stat.name]!r}. Choose one.")
        values.setdefault(stat.name, []).append(stat.values)
    row: dict[str, float] = {}
    for name, parts in values.items():
        whole = torch.cat([part.reshape(-1) for part in parts]).double().cpu().numpy()
        if whole.size:
            row |= _numbers(name, np.sort(whole), shows[name])
    return row


def _numbers(name: str, x: NDArray[np.float64], show: Show) -> dict[str, float]:
    """`x` is sorted, so sums do not depend on the order in which micro-batches or ranks came in."""
    if show is Show.MEAN:
        return {name: float(x.mean())}
    out = {f"{name}/mean": float(x.mean()), f"{name}/std": float(x.std())}
    out |= {f"{name}/{key}": float(np.quantile(x, q)) for key, q in QUANTILES.items()}
    out[f"{name}/max"] = float(x[-1])
    if show is Show.WEIGHTS:
        out[f"{name}/ess"] = effective_sample_size(x)
    return out


def effective_sample_size(weights: NDArray[np.float64]) -> float:
    """(sum w)^2 / sum w^2 as a share of the count: 1 for equal weights, 1/n where one weight is all."""
    largest = np.abs(weights).max()
    if not np.isfinite(largest) or largest == 0:
        return float("nan")
    w = weights / largest
    return float(w.sum() ** 2 / (w**2).sum() / w.size)
