"""One conversation while it is played: its tokens, who wrote them, and what the environment said.

`Episode` grows by `say` (the agent) and `hear` (the environment) and ends as a `Rollout`. It never asks an engine or an
environment for anything; `collect.py` does.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flowrl_agent.models.chat import Codec
from flowrl_agent.types import Completion, Outcome, Rollout, Stop


class Episode:
    """An episode of one sub-environment.

    Args:
        group: the prompt's index in the iteration.
        codec: of the engine's model.
        text: the first observation.
        outcome: what is known before the first turn.

    Attributes:
        tokens: of the whole conversation so far.
        messages: (role, content) of the user's and the agent's turns; the codec's preamble is left out.
    """

    def __init__(self, group: int, codec: Codec, text: str, outcome: Outcome) -> None:
        self.group = group
        self.tokens = list(codec.prompt(text))
        self.messages: list[tuple[str, str]] = [("user", text)]
        self._codec = codec
        self._prompt_length = len(self.tokens)
        self._mask = [False] * len(self.tokens)
        self._logprobs = [0.0] * len(self.tokens)
        self._rewards = [0.0] * len(self.tokens)
        self._turns = 0
        self._stop = Stop.EOS
        self._cut = False
        self._outcome = replace(outcome, graded=True)
        self._healthy = True

    def say(self, completion: Completion) -> None:
        """The agent's message."""
        count = len(completion.token_ids)
        self.tokens += completion.token_ids
        self._mask += [True] * count
        self._logprobs += completion.logprobs
        self._rewards += [0.0] * count
        self.messages.append(("assistant", completion.text))
        self._stop = completion.stop
        self._turns += 1

    def judged(self, reward: float, outcome: Outcome, over: bool) -> None:
        """What the environment thinks of the latest message; a reward that is no number leaves it ungraded."""
        if not math.isfinite(reward):
            reward, self._healthy = 0.0, False
        self._rewards[-1] += reward
        # While an episode goes on nothing has been graded; only the last word counts.
        self._outcome = outcome if over else replace(outcome, graded=True)

    def hear(self, text: str) -> None:
        """The environment's next message."""
        ids = self._codec.extend(text, closed=self._stop is Stop.EOS)
        self.tokens += ids
        self._logprobs += [0.0] * len(ids)
        self._rewards += [0.0] * len(ids)
        self._mask += [False] * len(ids)
        self.messages.append(("user", text))

    def cut(self) -> None:
        """Ends the episode before the environment did."""
        self._cut = True

    def rollout(self) -> Rollout:
        """The finished episode. User tokens after the agent's last are dropped: nothing was learned from them."""
        end = len(self._mask) - self._mask[::-1].index(True) if self._turns else len(self._mask)
        outcome = replace(
            self._outcome,
            reward=math.fsum(self._rewards),
            graded=self._outcome.graded and self._healthy,
            turns=self._turns,
        )
        return Rollout(
            group=self.group,
            tokens=tuple(self.tokens[:end]),
            agent_mask=tuple(self._mask[:end]),
            sampler_logprobs=tuple(self._logprobs[:end]),
            prompt_length=self._prompt_length,
            token_rewards=tuple(self._rewards[:end]),
            truncated=self._cut or self._stop is Stop.LENGTH,
            outcome=outcome,
            messages=tuple(self.messages),
        )


def outcome_from(infos: Mapping[str, Any], index: int) -> Outcome:
    """What a vector environment's `infos` say of one sub-environment; keys it lacks take `Outcome`'s defaults."""
    found: dict[str, Any] = {}
    kinds = {"graded": bool, "correct": bool, "reason": str, "answer": str, "problem_id": str, "solutions": int}
    for name, kind in kinds.items():
        present = infos.get("_" + name)
        if name in infos and (present is None or present[index]):
            found[name] = kind(infos[name][index])
    return Outcome(reward=0.0, stage=_stage(infos, index), **found)


def _stage(infos: Mapping[str, Any], index: int) -> str:
    """What decided the verdict, from the JSON object in `info["details"]`; "" where nothing says so."""
    present = infos.get("_details")
    if "details" not in infos or not (present is None or present[index]):
        return ""
    try:
        details = json.loads(infos["details"][index])
    except (TypeError, ValueError, RecursionError):
        return ""
    return str(details.get("stage", "")) if isinstance(details, dict) else ""
