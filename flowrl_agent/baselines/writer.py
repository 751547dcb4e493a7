"""Writes messages token by token in a `View`, for policies that choose actions: many at once, no environment needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import gymnasium
import numpy as np
import numpy.typing as npt

from flowrl_agent.baselines.views import View
from flowrl_agent.rollout.base import SamplingParams
from flowrl_agent.rollout.text import Conversation, Reply
from flowrl_envs.spaces import FreeText

Seen: TypeAlias = npt.NDArray[np.float32]
"""Observations [B, D]."""
Masks: TypeAlias = npt.NDArray[np.bool_]
"""Legal actions [B, A]."""
Actions: TypeAlias = npt.NDArray[np.int64]
"""[B]."""
Choose: TypeAlias = Callable[[Seen, Masks], Actions]

_ROWS = 256


class Page(gymnasium.Env[str, str]):
    """Shows a given text and keeps what is written on it; no reward."""

    def __init__(self) -> None:
        self.observation_space = self.action_space = FreeText(1 << 20)
        self.written = ""

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        """Shows `options["text"]`."""
        super().reset(seed=seed)
        return (options or {}).get("text", ""), {}

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        """Keeps the message and ends."""
        self.written = action
        return "", 0.0, True, False, {}


def write(view: View, prompts: Sequence[str], choose: Choose) -> list[Reply]:
    """One message for each prompt, by actions that `choose` takes until each has ended or is full."""
    replies: list[Reply] = []
    for start in range(0, len(prompts), _ROWS):
        replies += _write(view, prompts[start : start + _ROWS], choose)
    return replies


def _write(view: View, prompts: Sequence[str], choose: Choose) -> list[Reply]:
    pages = [Page() for _ in prompts]
    envs = [view.wrap(page) for page in pages]
    shown = [env.reset(options={"text": text})[0] for env, text in zip(envs, prompts, strict=True)]
    live, cut = list(range(len(envs))), [False] * len(envs)
    while live:
        masks = np.stack([envs[i].action_masks() for i in live])
        actions = choose(np.stack([shown[i] for i in live]), masks)
        still = []
        for i, action in zip(live, actions, strict=True):
            shown[i], _, over, _, _ = envs[i].step(int(action))
            cut[i] = over and int(action) != envs[i].end
            if not over:
                still.append(i)
        live = still
    return [Reply(page.written, was_cut) for page, was_cut in zip(pages, cut, strict=True)]


def respond_by(view: View, conversations: Sequence[Conversation], n: int, choose: Choose) -> list[list[Reply]]:
    """`Responder.respond` by choosing actions: only the latest message of a conversation is seen."""
    flat = write(view, [talk[-1][1] for talk in conversations for _ in range(n)], choose)
    return [flat[i * n : (i + 1) * n] for i in range(len(conversations))]


def seeded(params: SamplingParams) -> np.random.Generator:
    """The generator of a call."""
    return np.random.default_rng(params.seed)
