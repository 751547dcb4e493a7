"""Measures of the final evaluation, one number a problem: those of `evaluate`, and the diversity of right answers.

A measure that does not apply to a problem is None there, so that two runs can be paired problem by problem.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from flowrl_agent.diversity import chance_of_difference, distinct_in, effective_skeletons, ngram_distance
from flowrl_agent.evaluate import powers_of_two, summarise
from flowrl_agent.types import Rollout

Values = dict[str, list[float | None]]


def measure(problems: Sequence[Sequence[Rollout]]) -> Values:
    """Name to one value a problem."""
    columns = [{**_basic(episodes), **diversity(episodes)} for episodes in problems]
    names = list(dict.fromkeys(name for column in columns for name in column))
    return {name: [_or_none(column.get(name)) for column in columns] for name in names}


def means(values: Mapping[str, Sequence[float | None]]) -> dict[str, float]:
    """Means over the problems that a measure applies to."""
    known = {name: [v for v in column if v is not None] for name, column in values.items()}
    return {name: float(np.mean(column)) for name, column in known.items() if column}


def diversity(episodes: Sequence[Rollout]) -> dict[str, float]:
    """How different the right responses to one problem are; nothing where none was graded."""
    graded = [e for e in episodes if e.outcome.graded]
    right = [e for e in graded if e.outcome.correct]
    if not graded:
        return {}
    answers = [e.outcome.answer for e in right]
    texts = [_said(e) for e in right]
    out = {f"distinct@{k}": distinct_in(answers, len(graded), k) for k in powers_of_two(len(graded))}
    return out | {
        "answer_difference": chance_of_difference(answers),
        "ngram_distance": ngram_distance(texts),
        "skeletons": effective_skeletons(texts),
    }


def _basic(episodes: Sequence[Rollout]) -> dict[str, float]:
    return {name: values[0] for name, values in summarise([episodes]).values.items() if values}


def _said(episode: Rollout) -> str:
    return "\n".join(content for role, content in episode.messages if role == "assistant")


def _or_none(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)
