"""The tolerance that a row of a data set states around its numeric answer, as OlympiadBench does in `error`.

It is absolute. Several, one for each value of the answer ("1e-2,1e-1"), count as the strictest of them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from flowrl_envs.errors import DataError
from flowrl_envs.sources.listed import Item
from flowrl_envs.types import Problem
from flowrl_envs.verify import DEFAULT, Options


def tolerance_of(value: object) -> float | None:
    """The tolerance that a field says, None for none.

    Raises:
        DataError: the field says no number of zero or more.
    """
    parts = [part.strip() for part in str("" if value is None else value).split(",")]
    if not any(parts):
        return None
    try:
        found = [float(part) for part in parts if part]
    except ValueError:
        found = [math.nan]
    if not all(0 <= number < math.inf for number in found):
        raise DataError(f"tolerance {value!r}; it must be a number of zero or more, such as '1e-1', or empty.")
    return min(found)


def check_tolerances(items: Iterable[Item], field: str) -> None:
    """Raises `DataError` at the first item whose tolerance cannot be read, when the set is loaded."""
    for item in items if field else ():
        try:
            tolerance_of(item.metadata.get(field))
        except DataError as error:
            raise DataError(f"field {field!r} of the question {item.prompt[:60]!r}: {error}") from error


def options_for(problem: Problem, field: str) -> Options:
    """How strictly a problem's answers are judged."""
    tolerance = tolerance_of(problem.metadata.get(field)) if field else None
    return DEFAULT if tolerance is None else Options(tolerance=tolerance)
