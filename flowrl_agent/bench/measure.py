"""Measures of the final evaluation, one number a problem: those of `evaluate`, laid out so that runs can be paired.

A measure that does not apply to a problem is None there, so that two runs can be paired problem by problem.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from flowrl_agent.evaluate import measures
from flowrl_agent.types import Rollout

Values = dict[str, list[float | None]]


def measure(problems: Sequence[Sequence[Rollout]], more: Sequence[Mapping[str, float]] | None = None) -> Values:
    """Name to one value a problem.

    Args:
        problems: the episodes of each.
        more: further measures of each, such as those of `exact`.
    """
    extra = more or [{}] * len(problems)
    columns = [{**measures(episodes), **others} for episodes, others in zip(problems, extra, strict=True)]
    names = list(dict.fromkeys(name for column in columns for name in column))
    return {name: [column.get(name) for column in columns] for name in names}


def means(values: Mapping[str, Sequence[float | None]]) -> dict[str, float]:
    """Means over the problems that a measure applies to."""
    known = {name: [v for v in column if v is not None] for name, column in values.items()}
    return {name: float(np.mean(column)) for name, column in known.items() if column}
