"""Shape checks with a message that names the tensor, what it is and what it should be."""

from __future__ import annotations

import torch
from torch import Tensor

from flowrl_envs.errors import UserError


class ShapeError(UserError):
    """A tensor has the wrong shape or type, or is missing."""


def check_tokens(mask: Tensor, **tensors: Tensor | None) -> None:
    """Every tensor is [B, T] like the bool `mask`.

    Raises:
        ShapeError: naming the first that is not, with both shapes.
    """
    if mask.ndim != 2 or mask.dtype != torch.bool:
        raise ShapeError(f"mask is {_describe(mask)}; it must be [B, T] of torch.bool")
    for name, x in tensors.items():
        if x is None or x.shape != mask.shape:
            raise ShapeError(
                f"{name} is {_describe(x)} and mask is {list(mask.shape)}; both must be [B, T], one entry a predicted "
                "token (T = tokens - 1)"
            )


def check_rows(size: int, **tensors: Tensor | None) -> None:
    """Every tensor is [B] with B = `size`.

    Raises:
        ShapeError: naming the first that is not.
    """
    for name, x in tensors.items():
        if x is None or x.shape != (size,):
            raise ShapeError(f"{name} is {_describe(x)}; it must be [B] = [{size}], one entry a sequence")


def check_scalars(**tensors: Tensor | None) -> None:
    """Every tensor has no dimension.

    Raises:
        ShapeError: naming the first that has one.
    """
    for name, x in tensors.items():
        if x is None or x.ndim != 0:
            raise ShapeError(f"{name} is {_describe(x)}; it must be a scalar tensor")


def need(name: str, x: Tensor | None, why: str) -> Tensor:
    """`x`, or an error that says what was to provide it.

    Raises:
        ShapeError: `x` is None.
    """
    if x is None:
        raise ShapeError(f"{name} is None; {why}")
    return x


def _describe(x: Tensor | None) -> str:
    return "None" if x is None else f"{list(x.shape)} of {x.dtype}"
