"""The probe batch as plain Python lists, and the few formulas that the published losses share, over floats.

Nothing here calls the library's maths: these are the other side of a comparison.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from flowrl_agent.algorithms.base import Algorithm
from flowrl_agent.algorithms.conformance.probe import make_probe

Row = dict[str, Any]


def f64(*rows: list[float]) -> Tensor:
    return torch.tensor(rows, dtype=torch.float64)


def lines(algorithm: Algorithm) -> list[Row]:
    """The probe as plain Python lists of agent tokens, row by row: what the references below are computed from."""
    probe = make_probe(algorithm.needs)
    names = ("logp_old", "logp_ref", "value_old", "token_reward")
    found = []
    for i in range(probe.batch.size):
        keep = probe.batch.mask[i]
        row = {
            n: getattr(probe.batch, n)[i][keep].double().tolist() for n in names if getattr(probe.batch, n) is not None
        }
        row["logp"] = probe.out.logp[i][keep].double().tolist()
        row["value"] = [] if probe.out.value is None else probe.out.value[i][keep].double().tolist()
        row["reward"] = float(probe.batch.reward[i])
        row["group"] = int(probe.batch.group[i])
        if bool(probe.batch.graded[i]):
            found.append(row)
    return found


def ours(algorithm: Algorithm) -> float:
    probe = make_probe(algorithm.needs)
    out = replace(probe.out, logp=probe.out.logp.clone().requires_grad_())
    return float(algorithm.loss(algorithm.prepare(probe.batch), out).loss.detach())


def surrogate(new: float, old: float, a: float, low: float, high: float) -> float:
    rho = math.exp(new - old)
    return -min(rho * a, min(max(rho, 1 - low), 1 + high) * a)


def whitened(values: list[float]) -> list[float]:
    mean = sum(values) / len(values)
    variance = sum((v - mean) ** 2 for v in values) / (len(values) - 1)
    return [(v - mean) / math.sqrt(variance + 1e-8) for v in values]


def peers(row: Row, rows: list[Row]) -> list[float]:
    """The rewards of the row's group."""
    return [r["reward"] for r in rows if r["group"] == row["group"]]


def standardised(row: Row, rows: list[Row]) -> float:
    """GRPO's advantage."""
    rewards = peers(row, rows)
    mean = sum(rewards) / len(rewards)
    std = math.sqrt(sum((r - mean) ** 2 for r in rewards) / (len(rewards) - 1))
    return (row["reward"] - mean) / (std + 1e-6)


def pairs(row: Row) -> list[tuple[float, float]]:
    """(new, old) log-probability of each agent token."""
    return list(zip(row["logp"], row["logp_old"], strict=True))
