"""Comparing the results of an algorithm on a probe and on a changed probe."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from flowrl_agent.algorithms.conformance.probe import Result


class BrokenError(Exception):
    """A property does not hold."""


def close(expected: Tensor, got: Tensor | None, what: str) -> None:
    """The tensors are equal to 1e-5 of the largest entry (and 2e-7); `what` names the change that was made."""
    if got is None or got.shape != expected.shape:
        raise BrokenError(f"{what}: shape {None if got is None else list(got.shape)} instead of {list(expected.shape)}")
    bound = 1e-5 * float(expected.abs().max()) + 2e-7
    error = float((expected - got).abs().max())
    if not error <= bound:
        raise BrokenError(f"{what} changes the result by {error:.3g}")


def same(a: Result, b: Result, what: str) -> None:
    """Loss and gradients are equal."""
    close(a.loss, b.loss, f"loss: {what}")
    close(a.logp, b.logp, f"gradient of logp: {what}")
    close(a.log_z, b.log_z, f"gradient of log_z: {what}")
    close(a.value, b.value, f"gradient of value: {what}")


def finite(result: Result, what: str, limit: float = float("inf")) -> None:
    """Loss and gradients are finite, and nowhere above `limit`."""
    for name in ("loss", "logp", "log_z", "value"):
        x: Tensor = getattr(result, name)
        if not bool(x.isfinite().all()) or float(x.abs().max()) > limit:
            raise BrokenError(f"{what}: {name if name == 'loss' else 'gradient of ' + name} reaches {x.abs().max()}")


def take(result: Result, index: Tensor) -> Result:
    """The result on the rows at `index`."""
    return replace(result, logp=result.logp[index], log_z=result.log_z[index], value=result.value[index])


def cut(result: Result, left: int, right: int) -> Result:
    """The result without that many columns on either side."""
    keep = slice(left, result.logp.shape[1] - right)
    return replace(result, logp=result.logp[:, keep], value=result.value[:, keep])


def scaled(result: Result, factor: float) -> Result:
    """Loss and gradients times a factor."""
    output = replace(result.output, loss=result.output.loss * factor)
    return Result(output, result.logp * factor, result.log_z * factor, result.value * factor)


def joined(parts: list[Result]) -> Result:
    """The result of micro-batches together."""
    loss = torch.stack([part.loss for part in parts]).sum()
    logp, log_z, value = (torch.cat([getattr(p, n) for p in parts]) for n in ("logp", "log_z", "value"))
    return Result(replace(parts[0].output, loss=loss), logp, log_z, value)
