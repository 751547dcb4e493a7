"""Transcripts as the page's browser takes them: prompts once each, one short record an episode."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flowrl_agent.report.load import Run

WRONG, RIGHT, UNGRADED = 0, 1, 2


def pack(runs: Sequence[Run], most: int) -> dict[str, Any]:
    """Runs, distinct prompts and episodes, the latest of each run first.

    Args:
        runs: whose transcripts.
        most: episodes in all; every run keeps about the same number of its latest.
    """
    prompts: dict[tuple[str, str], int] = {}
    items = []
    share = _share([len(run.transcripts) for run in runs], most)
    for index, run in enumerate(runs):
        chosen = list(reversed(run.transcripts[max(0, len(run.transcripts) - share) :]))
        items += [item for said in chosen if (item := _item(said, index, run.env, prompts))]
    return {
        "runs": [{"name": run.name, "label": run.label, "env": run.env, "seed": run.seed} for run in runs],
        "prompts": [prompt for _, prompt in prompts],
        "items": items,
        "recorded": sum(len(run.transcripts) for run in runs),
    }


def _item(said: Mapping[str, Any], run: int, env: str, prompts: dict[tuple[str, str], int]) -> dict[str, Any] | None:
    messages = [(str(m[0]), str(m[1])) for m in said.get("messages", ()) if isinstance(m, list) and len(m) == 2]
    first = next((i for i, (role, _) in enumerate(messages) if role == "assistant"), len(messages))
    asked = "\n\n".join(text if role == "user" else f"[{role}] {text}" for role, text in messages[:first])
    key = (env, asked)
    state = RIGHT if said.get("correct") else WRONG
    return {
        "r": run,
        "p": prompts.setdefault(key, len(prompts)),
        "v": state if said.get("graded", True) else UNGRADED,
        "step": _text(said.get("step")),
        "split": _text(said.get("split")),
        "id": _text(said.get("problem_id")),
        "reward": _text(said.get("reward")),
        "reason": _text(said.get("reason")),
        "stage": _text(said.get("stage")),
        "answer": _text(said.get("answer")),
        "tokens": _text(said.get("tokens")),
        "cut": bool(said.get("truncated")),
        "turns": messages[first:],
    }


def _text(value: Any) -> str:
    return "" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)


def _share(counts: Sequence[int], most: int) -> int:
    """The largest number a run that keeps all runs together within `most`."""
    low, high = 0, max([0, *counts])
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if sum(min(c, middle) for c in counts) <= most else (low, middle - 1)
    return low
