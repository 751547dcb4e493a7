"""What a rollout was: rewards, lengths, how far engine and trainer disagree; and a few transcripts.

It reads rollouts and batches and changes nothing. The names are explained on docs/metrics.md.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch

from flowrl_agent.types import Batch, Rollout, Show, Stat


def rollout_stats(rollouts: Sequence[Rollout]) -> list[Stat]:
    """Rewards and lengths; ungraded episodes count in `reward/ungraded` and nowhere else."""
    graded = [r for r in rollouts if r.outcome.graded]
    groups: dict[int, set[float]] = {}
    for r in graded:
        groups.setdefault(r.group, set()).add(r.outcome.reward)
    right = [r for r in graded if r.outcome.correct]
    wrong = [r for r in graded if not r.outcome.correct]
    return [
        _stat("reward/mean", graded, lambda r: r.outcome.reward),
        _stat("reward/correct", graded, lambda r: r.outcome.correct),
        _stat("reward/ungraded", rollouts, lambda r: not r.outcome.graded),
        Stat("reward/mixed_groups", torch.tensor([float(len(s) > 1) for s in groups.values()])),
        _stat("length/mean", graded, agent_tokens, Show.MEAN),
        _stat("length/right", right, agent_tokens),
        _stat("length/wrong", wrong, agent_tokens),
        _stat("length/truncated", graded, lambda r: r.truncated),
        _stat("rollout/turns", graded, lambda r: r.outcome.turns),
    ]


def mismatch_stats(batch: Batch) -> list[Stat]:
    """How far the engine's log-probabilities lie from the trainer's, for the same weights."""
    gap = (batch.logp_old - batch.sampler_logp)[batch.mask]
    return [
        Stat("mismatch/logp", gap.abs(), Show.SPREAD),
        Stat("mismatch/kl", torch.expm1(gap) - gap),
    ]


def agent_tokens(rollout: Rollout) -> int:
    """How many tokens the agent wrote."""
    return sum(rollout.agent_mask)


def transcript(rollout: Rollout, step: int, split: str) -> dict[str, Any]:
    """An episode as a JSON object."""
    said = rollout.outcome
    return {
        "step": step,
        "split": split,
        "group": rollout.group,
        "problem_id": said.problem_id,
        "reward": said.reward,
        "correct": said.correct,
        "graded": said.graded,
        "reason": said.reason,
        "stage": said.stage,
        "answer": said.answer,
        "tokens": agent_tokens(rollout),
        "truncated": rollout.truncated,
        "messages": [list(message) for message in rollout.messages],
    }


def write_transcripts(path: Path, rollouts: Sequence[Rollout], step: int, split: str) -> None:
    """Appends episodes to a JSONL file."""
    with path.open("a", encoding="utf-8") as file:
        for rollout in rollouts:
            file.write(json.dumps(transcript(rollout, step, split)) + "\n")


def drop_later_transcripts(path: Path, after: int) -> None:
    """Removes what a run that resumes after `after` will write again, and a line cut by a crash."""
    if not path.exists():
        return
    kept = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            if json.loads(line)["step"] <= after:
                kept.append(line + "\n")
        except (json.JSONDecodeError, KeyError, TypeError):
            continue
    rest = path.with_suffix(".part")
    rest.write_text("".join(kept), encoding="utf-8")
    rest.replace(path)


def _stat(name: str, rollouts: Sequence[Rollout], value: Callable[[Rollout], float], show: Show = Show.MEAN) -> Stat:
    return Stat(name, torch.tensor([float(value(r)) for r in rollouts]), show)
