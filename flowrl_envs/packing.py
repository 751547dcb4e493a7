"""How the `info` of many sub-environments becomes one dict of arrays, as Gymnasium's vector environments pack it.

Every key has an array and, under `_key`, a mask of who has it. Strings are object arrays; an absent entry is None, 0
or False. Unlike Gymnasium's own packing, an array's type is the key's type, not that of the first value that came.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from flowrl_envs.episode import INFO_KEYS, PENDING, Columns, Episode, item_columns

_DTYPES = (object, object, np.int64, np.int64, np.bool_, np.bool_, object, object, np.int64, object)
_FIELDS = tuple((key, f"_{key}", dtype) for key, dtype in zip(INFO_KEYS, _DTYPES, strict=True))


def pack(num_envs: int, places: Sequence[int], columns: Columns) -> dict[str, Any]:
    """Packs the columns of the sub-environments at `places`.

    Returns:
        Arrays and masks of shape [num_envs], or nothing where `places` is empty. All keys have the same owners, so they
        share one mask, which is read-only.
    """
    if not places:
        return {}
    everyone = len(places) == num_envs and list(places) == list(range(num_envs))
    where = slice(None) if everyone else np.array(places)
    mask = np.zeros(num_envs, dtype=np.bool_)
    mask[where] = True
    mask.flags.writeable = False
    info: dict[str, Any] = {}
    for (key, mask_key, dtype), column in zip(_FIELDS, columns, strict=True):
        if everyone:
            info[key] = np.array(column, dtype=dtype)
        else:
            info[key] = _filled(num_envs, None if dtype is object else 0, dtype)
            info[key][where] = column
        info[mask_key] = mask
    return info


def pack_pending(episodes: Sequence[Episode]) -> dict[str, Any]:
    """What `pack` makes of `pending_columns` of every sub-environment, without a list for what is the same in all."""
    count = len(episodes)
    mask = np.ones(count, dtype=np.bool_)
    mask.flags.writeable = False
    columns = item_columns(episodes)
    info: dict[str, Any] = {}
    for (key, mask_key, dtype), column in zip(_FIELDS, columns, strict=False):
        info[key], info[mask_key] = np.array(column, dtype=dtype), mask
    for (key, mask_key, dtype), value in zip(_FIELDS[len(columns) :], PENDING, strict=True):
        info[key], info[mask_key] = _filled(count, value, dtype), mask
    return info


def _filled(count: int, value: object, dtype: Any) -> npt.NDArray[Any]:
    if not value and dtype is not object:
        return np.zeros(count, dtype=dtype)
    array: npt.NDArray[Any] = np.empty(count, dtype=dtype)
    array.fill(value)
    return array


def merge(first: Columns, second: Columns) -> Columns:
    """The columns of two sets of sub-environments, one after the other."""
    return tuple(a + b for a, b in zip(first, second, strict=True))  # type: ignore[operator]


def pack_final(num_envs: int, places: Sequence[int], columns: Columns) -> dict[str, Any]:
    """`final_obs` ("" for a conversation that has ended) and `final_info`, as in autoreset mode SAME_STEP."""
    if not places:
        return {}
    ended = np.zeros(num_envs, dtype=np.bool_)
    ended[list(places)] = True
    last = np.full(num_envs, None, dtype=object)
    last[ended] = ""
    final = pack(num_envs, places, columns)
    return {"final_obs": last, "_final_obs": ended, "final_info": final, "_final_info": ended.copy()}
