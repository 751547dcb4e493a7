"""Plays episodes: a plain Gymnasium vector environment on one side, an engine on the other, rollouts out.

It speaks `reset` and `step` alone and so works on any environment with text observations and actions, single- or
multi-turn, in any autoreset mode. Problems are chosen by seeds, a group by repeating one. It computes no advantage
and no tensor. Two calls with the same arguments give the same rollouts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv

from flowrl_agent.models.chat import Codec
from flowrl_agent.rollout.base import RolloutEngine, SamplingParams
from flowrl_agent.rollout.episode import Episode, outcome_from
from flowrl_agent.types import Rollout
from flowrl_envs.errors import UserError

IDLE = ""
"""The action sent to sub-environments that have nothing to do."""


class Collector:
    """Plays episodes in waves of `envs.num_envs`.

    Args:
        envs: a vector environment with str observations and actions.
        engine: generates.
        codec: of the engine's model.
        params: how to sample; the seed is replaced in every call.
        max_tokens: bound on the tokens of a conversation, 0 for none. An episode that leaves no room for another
            answer of `params.max_new_tokens` ends there, truncated, with the reward it has.
        max_turns: bound on agent messages in one episode, so that an environment that never ends cannot hang a run.
    """

    def __init__(
        self,
        envs: VectorEnv[Any, Any, Any],
        engine: RolloutEngine,
        codec: Codec,
        params: SamplingParams,
        max_tokens: int = 0,
        max_turns: int = 64,
    ) -> None:
        self._envs, self._engine, self._codec, self._params = envs, engine, codec, params
        self._max_tokens, self._max_turns = max_tokens, max_turns
        self._mode = AutoresetMode(envs.metadata.get("autoreset_mode", AutoresetMode.NEXT_STEP))

    def collect(
        self, prompts: int, samples: int, seed: int, iteration: int = 0, options: dict[str, Any] | None = None
    ) -> list[Rollout]:
        """`prompts` groups of `samples` episodes; group g is `Rollout.group == g`, samples of a group are neighbours.

        Args:
            prompts: P.
            samples: G.
            seed: of the run.
            iteration: which rollout of the run it is; other iterations draw other problems.
            options: given to every `reset`, such as {"split": "train"}.
        """
        return self.play(prompt_seeds(seed, iteration, prompts), samples, (seed, iteration), options)

    def play(
        self,
        seeds: Sequence[int],
        samples: int,
        entropy: Sequence[int] = (0,),
        options: dict[str, Any] | None = None,
    ) -> list[Rollout]:
        """One group of `samples` episodes for each environment seed.

        Args:
            seeds: given to `reset`, one a group.
            samples: G.
            entropy: non-negative numbers that, with the position of a wave, seed the engine.
            options: given to every `reset`.
        """
        plan = [(group, seed) for group, seed in enumerate(seeds) for _ in range(samples)]
        size = self._envs.num_envs
        rollouts: list[Rollout] = []
        for wave, start in enumerate(range(0, len(plan), size)):
            part = plan[start : start + size]
            full = [seed for _, seed in part] + [part[-1][1]] * (size - len(part))
            observations, infos = self._envs.reset(seed=full, options=dict(options) if options else None)  # type: ignore[arg-type]
            groups = [group for group, _ in part]
            rollouts += self.finish(observations, infos, groups, (*entropy, wave))
        return rollouts

    def finish(
        self, observations: Any, infos: dict[str, Any], groups: Sequence[int], entropy: Sequence[int]
    ) -> list[Rollout]:
        """Plays the first `len(groups)` sub-environments, freshly reset by the caller, to the end of their episodes.

        Args:
            observations: of the reset, one text a sub-environment.
            infos: of the reset.
            groups: the group of each episode; the same group must have the same first observation.
            entropy: seeds the engine.

        Raises:
            UserError: observations are not text, or those of a group differ.
        """
        texts = self._texts(observations)
        episodes = [Episode(g, self._codec, texts[i], outcome_from(infos, i)) for i, g in enumerate(groups)]
        self._check_groups(episodes)
        live = dict(enumerate(episodes))
        done = np.zeros(self._envs.num_envs, dtype=np.bool_)
        for turn in range(self._max_turns):
            live = self._with_room(live)
            if not live:
                break
            actions = self._act(live, engine_seed((*entropy, turn)))
            self._revive(done)
            observations, rewards, terminated, truncated, infos = self._envs.step(actions)
            over = np.logical_or(terminated, truncated)
            texts = self._texts(observations)
            for i in list(live):
                said = outcome_from(
                    self._final(infos) if over[i] and self._mode is AutoresetMode.SAME_STEP else infos, i
                )
                live[i].judged(float(rewards[i]), said, bool(over[i]))
                if over[i]:
                    del live[i]
                else:
                    live[i].hear(texts[i])
            done |= over
        for episode in live.values():
            episode.cut()
        return [episode.rollout() for episode in episodes]

    def _with_room(self, live: dict[int, Episode]) -> dict[int, Episode]:
        """The episodes that have room for another answer; the others are cut."""
        if not self._max_tokens:
            return live
        room = {i: e for i, e in live.items() if len(e.tokens) + self._params.max_new_tokens <= self._max_tokens}
        for i in live.keys() - room.keys():
            if len(live[i].messages) == 1:
                raise UserError(
                    f"A first prompt has {len(live[i].tokens)} tokens, which with max_new_tokens="
                    f"{self._params.max_new_tokens} exceeds max_tokens={self._max_tokens}. Raise max_tokens (within "
                    "the model's positions), lower max_new_tokens, or choose an environment with shorter prompts."
                )
            live[i].cut()
        return room

    def _act(self, live: dict[int, Episode], seed: int) -> tuple[str, ...]:
        """Asks the engine for the next message of every live episode: equal conversations are prefilled once."""
        params = replace(self._params, seed=seed)
        rows: dict[tuple[int, tuple[int, ...]], list[int]] = {}
        for i, episode in live.items():
            rows.setdefault((episode.group, tuple(episode.tokens)), []).append(i)
        actions = [IDLE] * self._envs.num_envs
        for count in sorted({len(members) for members in rows.values()}):
            asked = [(key[1], members) for key, members in rows.items() if len(members) == count]
            answers = self._engine.generate([tokens for tokens, _ in asked], count, params)
            for (_, members), completions in zip(asked, answers, strict=True):
                for i, completion in zip(members, completions, strict=True):
                    live[i].say(completion)
                    actions[i] = completion.text
        return tuple(actions)

    def _revive(self, done: np.ndarray[Any, np.dtype[np.bool_]]) -> None:
        """Without autoreset, a finished sub-environment must be reset before the others can take another step."""
        if self._mode is AutoresetMode.DISABLED and done.any():
            self._envs.reset(options={"reset_mask": done.copy()})
            done[:] = False

    def _texts(self, observations: Any) -> list[str]:
        texts = list(observations)
        if not all(isinstance(text, str) for text in texts):
            kinds = sorted({type(t).__name__ for t in texts})
            raise UserError(f"{self._envs} gave observations of type {', '.join(kinds)}: a Collector needs str.")
        return texts

    def _final(self, infos: dict[str, Any]) -> dict[str, Any]:
        final: dict[str, Any] = infos.get("final_info", {})
        return final

    def _check_groups(self, episodes: Sequence[Episode]) -> None:
        first: dict[int, Episode] = {}
        for episode in episodes:
            other = first.setdefault(episode.group, episode)
            if other.tokens != episode.tokens:
                raise UserError(
                    f"{self._envs} gave different first observations for one seed: {other.messages[0][1][:80]!r} and "
                    f"{episode.messages[0][1][:80]!r}. Make reset(seed=s) deterministic (draw from self.np_random "
                    "after super().reset(seed=seed)): the samples of a group must answer the same prompt."
                )


def prompt_seeds(seed: int, iteration: int, count: int) -> list[int]:
    """Seeds of an iteration's problems: a function of the run's seed, the iteration and the position."""
    return [int(s) for s in np.random.SeedSequence([seed, iteration, 0]).generate_state(count, np.uint32) >> 1]


def engine_seed(entropy: Sequence[int]) -> int:
    """One sampling seed for a turn."""
    return int(np.random.SeedSequence([*entropy, 1]).generate_state(1, np.uint64)[0])
