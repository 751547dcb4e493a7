"""Evaluation: k responses to every problem of a split, each problem exactly once, and what they amount to.

It speaks Gymnasium: where the environment takes `reset(options={"index", "split"})` problems are named and covered
exactly; any other environment is walked by seeds. It changes no policy and draws no conclusion beyond its intervals.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from gymnasium.vector import VectorEnv

from flowrl_agent.batching import make_batch, to
from flowrl_agent.diversity import chance_of_difference, distinct_in, effective_skeletons, ngram_distance
from flowrl_agent.models.policy import Policy
from flowrl_agent.rollout.collect import Collector
from flowrl_agent.stats import Interval, bootstrap, effective_modes, majority, majority_at_k, pass_at_k
from flowrl_agent.types import Rollout


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The outcome.

    Attributes:
        problems: the k episodes of each problem, in order.
        values: for every measure, one number a problem that it applies to (a problem without any graded response,
            say, is in none but `ungraded`).
    """

    problems: Sequence[Sequence[Rollout]]
    values: Mapping[str, Sequence[float]] = field(default_factory=dict)

    def means(self) -> dict[str, float]:
        """Measures as `eval/NAME`, means over problems."""
        return {f"eval/{name}": float(np.mean(v)) for name, v in self.values.items() if len(v)}

    def intervals(self, rng: np.random.Generator) -> dict[str, Interval]:
        """Means over problems with bootstrap intervals."""
        return {f"eval/{name}": bootstrap(v, rng) for name, v in self.values.items() if len(v)}


def play_problems(
    envs: VectorEnv[Any, Any, Any],
    collector: Collector,
    indices: Sequence[int],
    samples: int,
    split: str,
    seed: int,
    named: bool = True,
) -> list[list[Rollout]]:
    """`samples` episodes of each problem, whatever the number of sub-environments.

    Args:
        envs: the collector's vector environment.
        collector: plays.
        indices: which problems.
        samples: k.
        split: of the problems.
        seed: of the sampling.
        named: the environment takes a list of indices in `reset(options=)`; if not, problem i is that of seed i.
    """
    if not named:
        flat = collector.play(list(indices), samples, (seed, 2))
        return [flat[i * samples : (i + 1) * samples] for i in range(len(indices))]
    plan = [(group, index) for group, index in enumerate(indices) for _ in range(samples)]
    rollouts: list[Rollout] = []
    for wave, start in enumerate(range(0, len(plan), envs.num_envs)):
        part = plan[start : start + envs.num_envs]
        full = [index for _, index in part] + [part[-1][1]] * (envs.num_envs - len(part))
        observations, infos = envs.reset(seed=0, options={"index": full, "split": split})
        rollouts += collector.finish(observations, infos, [group for group, _ in part], (seed, 2, wave))
    return [rollouts[i * samples : (i + 1) * samples] for i in range(len(indices))]


def summarise(problems: Sequence[Sequence[Rollout]], more: Sequence[Mapping[str, float]] | None = None) -> Evaluation:
    """Measures of every problem; the names are explained on docs/metrics.md.

    Args:
        problems: the episodes of each.
        more: further measures of each, such as those of `exact`.
    """
    values: dict[str, list[float]] = {}
    for episodes, others in zip(problems, more or [{}] * len(problems), strict=True):
        for name, value in (measures(episodes) | dict(others)).items():
            values.setdefault(name, []).append(value)
    return Evaluation(problems, values)


def measures(episodes: Sequence[Rollout]) -> dict[str, float]:
    """Measures of one problem; those that do not apply (how two right answers differ, of one) are left out."""
    return {name: value for name, value in (*_scores(episodes), *_diversity(episodes)) if math.isfinite(value)}


@torch.no_grad()
def divergence(
    policy: Policy,
    other: Policy,
    problems: Sequence[Sequence[Rollout]],
    pad_id: int,
    temperature: float,
    rows: int = 64,
) -> list[float]:
    """KL(policy || other) over whole responses, estimated on the policy's own: mean of log pi - log pi_other a problem.

    Only for responses sampled from `policy` at `temperature` with neither top-p nor top-k.
    """
    means: list[float] = []
    for episodes in problems:
        batches = [
            to(make_batch(episodes[i : i + rows], pad_id), policy.model.device) for i in range(0, len(episodes), rows)
        ]
        gaps = [(policy.logp(b, temperature) - other.logp(b, temperature)).sum(1)[b.graded] for b in batches]
        gap = torch.cat(gaps)
        if len(gap):
            means.append(float(gap.mean()))
    return means


def powers_of_two(limit: int) -> Iterator[int]:
    """1, 2, 4, ... up to `limit`, and `limit` itself."""
    k = 1
    while k < limit:
        yield k
        k *= 2
    if limit >= 1:
        yield limit


def _scores(episodes: Sequence[Rollout]) -> Iterator[tuple[str, float]]:
    """How often it was right, and what it wrote."""
    graded = [e for e in episodes if e.outcome.graded]
    yield "ungraded", 1 - len(graded) / len(episodes)
    if not graded:
        return
    right = [e.outcome.correct for e in graded]
    answers = [e.outcome.answer for e in graded]
    found = [a for a, r in zip(answers, right, strict=True) if r]
    yield "avg", _mean(graded, lambda e: e.outcome.correct)
    yield "reward", _mean(graded, lambda e: e.outcome.reward)
    for k in powers_of_two(len(episodes)):
        if k <= len(graded):  # a problem with ungraded responses has no say in the largest k
            yield f"pass@{k}", pass_at_k(len(graded), sum(right), k)
        if 1 < k <= len(graded):
            yield f"maj@{k}", majority_at_k(answers, right, k)
    yield "maj", majority(answers, right)
    yield "distinct", float(len(set(found)))
    yield "modes", effective_modes(found)
    solutions = max(e.outcome.solutions for e in graded)
    if solutions:
        yield "coverage", len(set(found)) / solutions
    yield "length", _mean(graded, lambda e: sum(e.agent_mask))
    yield "truncated", _mean(graded, lambda e: e.truncated)


def _diversity(episodes: Sequence[Rollout]) -> Iterator[tuple[str, float]]:
    """How different the right responses are, by answer and by their full text."""
    graded = [e for e in episodes if e.outcome.graded]
    right = [e for e in graded if e.outcome.correct]
    answers, texts = [e.outcome.answer for e in right], [said(e) for e in right]
    for k in powers_of_two(len(graded)):
        yield f"distinct@{k}", distinct_in(answers, len(graded), k)
    if graded:
        yield "answer_difference", chance_of_difference(answers)
        yield "ngram_distance", ngram_distance(texts)
        yield "skeletons", effective_skeletons(texts)


def said(episode: Rollout) -> str:
    """All that the agent wrote, without the user's turns."""
    return "\n".join(content for role, content in episode.messages if role == "assistant")


def _mean(episodes: Sequence[Rollout], value: Callable[[Rollout], float]) -> float:
    return float(np.mean([value(e) for e in episodes]))
