"""Many episodes of one task at once: what `gymnasium.make_vec` returns for a registered id.

Sub-environment i behaves as a `TextEnv` of its own, item for item, but the batch is scored by one call of
`Task.score_many`, and equal problems are built once. Autoreset, masks and the packing of `info` follow Gymnasium 1.4's
`SyncVectorEnv`, except that no array takes its type from whichever environment came first.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias, cast

import numpy as np
import numpy.typing as npt
from gymnasium.utils import seeding
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from flowrl_envs.env import TextEnv, check_arguments, load_task
from flowrl_envs.episode import (
    MAX_CHARS,
    Columns,
    Episode,
    check_action,
    check_message,
    judge,
    next_message,
    pending_columns,
    turn_reward,
    verdict_columns,
)
from flowrl_envs.errors import ActionError, UserError, did_you_mean
from flowrl_envs.items import ItemWalk, check_option_names, default_split, read_options
from flowrl_envs.packing import merge, pack, pack_final, pack_pending
from flowrl_envs.spaces import FreeText
from flowrl_envs.task import Task
from flowrl_envs.types import Problem

Floats: TypeAlias = npt.NDArray[np.float64]
Bools: TypeAlias = npt.NDArray[np.bool_]
Seeds: TypeAlias = int | Sequence[int | None] | None
StepResult: TypeAlias = tuple[tuple[str, ...], Floats, Bools, Bools, dict[str, Any]]


class TextVectorEnv(VectorEnv[tuple[str, ...], Sequence[str], Any]):
    """`num_envs` conversations about problems of one task.

    Sub-environment i is seeded with seed + i; a list of seeds (None to leave one as it is) seeds each, so
    `reset(seed=[7] * 8)` is one group of eight attempts at the same problems.

    Args:
        task: what to play.
        num_envs: sub-environments.
        split: as in `TextEnv`.
        max_chars: as in `TextEnv`.
        autoreset_mode: SAME_STEP (default) starts the next episode in the step that ends one and reports the end in
            `final_obs` and `final_info`; NEXT_STEP starts it in the step after, whose action is not read; DISABLED
            leaves it to `reset(options={"reset_mask": ...})`.
        render_mode: None; a batch is not rendered.

    Raises:
        UserError: an argument is out of range.
    """

    def __init__(
        self,
        task: Task,
        num_envs: int,
        *,
        split: str | None = None,
        max_chars: int = MAX_CHARS,
        autoreset_mode: AutoresetMode | str = AutoresetMode.SAME_STEP,
        render_mode: str | None = None,
    ) -> None:
        check_arguments(task, split, max_chars, render_mode)
        if not isinstance(num_envs, int) or num_envs < 1:
            raise UserError(f"num_envs is {num_envs!r}; give a positive integer.")
        self.task = task
        self.num_envs = num_envs
        self.split = default_split(task) if split is None else split
        self.max_chars = max_chars
        self.render_mode = render_mode
        self.autoreset_mode = _read_mode(autoreset_mode)
        self.metadata = {**TextEnv.metadata, "autoreset_mode": self.autoreset_mode}
        self.single_observation_space = FreeText(max_chars)
        self.single_action_space = FreeText(max_chars)
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self._rngs: list[np.random.Generator | None] = [None] * num_envs
        self._rng_seeds: list[int] = [-1] * num_envs
        self._walks = [ItemWalk(task) for _ in range(num_envs)]
        self._episodes: list[Episode | None] = [None] * num_envs
        self._texts = [""] * num_envs
        self._ready = False

    def reset(
        self, *, seed: Seeds = None, options: dict[str, Any] | None = None
    ) -> tuple[tuple[str, ...], dict[str, Any]]:
        """Starts an episode in every sub-environment, or in those of a mask.

        Args:
            seed: one int (sub-environment i takes seed + i) or one entry a sub-environment, None leaving it as it is.
            options: {"index": int or one int a sub-environment}, {"split": str}, {"reset_mask": bool array [num_envs]}.

        Returns:
            One message a sub-environment, and packed `info`; entries off the mask keep their last message.

        Raises:
            UnknownOptionError: an unknown key or split.
            UserError: seeds, indices or mask have the wrong length or type.
            IndexError: no such item.
        """
        chosen, places = self._read_options(options)
        seeds = self._read_seeds(seed)
        for i in chosen:
            one = seeds[i]
            if one is not None:
                self._rngs[i], self._rng_seeds[i] = seeding.np_random(one)
                self._walks[i].restart()
        self._begin(chosen, places)
        begun = [episode for i in chosen if (episode := self._episodes[i]) is not None]
        self._ready = all(episode is not None for episode in self._episodes)
        return tuple(self._texts), pack(self.num_envs, chosen, pending_columns(begun))

    def step(self, actions: Sequence[str]) -> StepResult:
        """Takes one message for each sub-environment.

        Returns:
            (messages, rewards [num_envs] float64, terminations, truncations [num_envs] bool, packed info).

        Raises:
            ActionError: not exactly one str a sub-environment.
            UserError: a sub-environment was not reset, or (DISABLED) its episode has ended.
        """
        responses = self._read_actions(actions)
        episodes, asleep = self._running()
        rewards = np.zeros(self.num_envs)
        truncations = np.zeros(self.num_envs, dtype=np.bool_)
        ending: list[int] = []
        task, texts, max_chars = self.task, self._texts, self.max_chars
        for i, episode in enumerate(episodes):
            if episode.over:
                continue
            message, truncated = next_message(task, episode, responses[i], max_chars)
            if message is None:
                ending.append(i)
                texts[i] = ""
                if truncated:
                    truncations[i] = True
            else:
                texts[i] = message
                rewards[i] = turn_reward(task, episode)
        ended = np.zeros(self.num_envs, dtype=np.bool_)
        ended[ending] = True
        last = [episodes[i] for i in ending]
        verdicts = judge(task, [(e.problem, responses[i]) for i, e in zip(ending, last, strict=True)], max_chars)
        rewards[ended] = [verdict.reward for verdict in verdicts]
        columns = verdict_columns(task, last, verdicts)
        info = self._step_info(episodes, ending, columns, asleep)
        return tuple(self._texts), rewards, ended & ~truncations, truncations, info

    def _step_info(
        self, episodes: Sequence[Episode], ending: list[int], columns: Columns, asleep: list[int]
    ) -> dict[str, Any]:
        """Starts in `episodes` what autoreset starts, and packs `info`."""
        if self.autoreset_mode is AutoresetMode.SAME_STEP:
            self._begin(ending, {})
            info = pack_final(self.num_envs, ending, columns)
            info.update(pack_pending(episodes))
            return info
        self._begin(asleep, {})
        going = [i for i, episode in enumerate(episodes) if not episode.over]
        pending = pending_columns([episodes[i] for i in going])
        return pack(self.num_envs, going + ending, merge(pending, columns))

    @property  # type: ignore[misc]
    def np_random(self) -> tuple[np.random.Generator, ...]:  # type: ignore[override]
        """The random generator of each sub-environment."""
        return tuple(self._rng(i) for i in range(self.num_envs))

    @property
    def np_random_seed(self) -> tuple[int, ...]:  # type: ignore[override]
        """The seed of each sub-environment's generator."""
        return tuple(self._rng_seeds[i] for i in range(self.num_envs) if self._rng(i))

    def _rng(self, i: int) -> np.random.Generator:
        rng = self._rngs[i]
        if rng is None:
            rng, self._rng_seeds[i] = seeding.np_random()
            self._rngs[i] = rng
        return rng

    def _begin(self, chosen: Sequence[int], places: Mapping[int, tuple[str, int | None]]) -> None:
        """Starts an episode in each chosen sub-environment, at its place or at the next item of its walk."""
        walks, rngs, split, episodes, texts = self._walks, self._rngs, self.split, self._episodes, self._texts
        wanted: dict[str, list[tuple[int, int]]] = {}
        if not places:
            wanted[split] = [(i, walks[i].next(split, rngs[i] or self._rng(i))) for i in chosen]
        for i in chosen if places else ():
            split, index = places[i]
            place = walks[i].next(split, self._rng(i)) if index is None else index
            wanted.setdefault(split, []).append((i, place))
        for split, members in wanted.items():
            problems = self._problems(split, [index for _, index in members])
            for i, index in members:
                problem = problems[index]
                episodes[i] = Episode(problem, split, index)
                texts[i] = problem.prompt

    def _problems(self, split: str, indices: list[int]) -> dict[int, Problem]:
        """The items at `indices`, each built once."""
        unique = list(dict.fromkeys(indices))
        problems = self.task.problem_many(split, unique)
        for problem in problems:
            if type(problem.prompt) is not str or len(problem.prompt) > self.max_chars:
                check_message(problem.prompt, self.task, self.max_chars)
        return dict(zip(unique, problems, strict=True))

    def _running(self) -> tuple[list[Episode], list[int]]:
        """(the episode of every sub-environment, where it has ended before this step).

        Raises:
            UserError: a sub-environment was not reset since its start, or since its end with autoreset DISABLED.
        """
        if not self._ready:
            raise UserError("step() before reset(): call reset() without a mask first.")
        episodes = cast("list[Episode]", self._episodes)
        if self.autoreset_mode is AutoresetMode.SAME_STEP:
            return episodes, []
        over = [i for i, episode in enumerate(episodes) if episode.over]
        if over and self.autoreset_mode is AutoresetMode.DISABLED:
            raise UserError(
                f"The episodes of sub-environments {over} have ended and autoreset_mode is DISABLED: reset them with "
                "reset(options={'reset_mask': terminations | truncations})."
            )
        return episodes, over

    def _read_actions(self, actions: Sequence[str]) -> list[str]:
        if isinstance(actions, str | bytes | Mapping) or not isinstance(actions, Iterable):
            raise ActionError(
                f"actions is a single {type(actions).__name__}; give a list of {self.num_envs} strings, one for each "
                "sub-environment."
            )
        texts = [check_action(action) for action in actions]
        if len(texts) != self.num_envs:
            raise ActionError(f"actions has {len(texts)} strings for {self.num_envs} sub-environments.")
        return texts

    def _read_seeds(self, seed: Seeds) -> list[int | None]:
        if seed is None:
            return [None] * self.num_envs
        if isinstance(seed, int | np.integer):
            return [int(seed) + i for i in range(self.num_envs)]
        seeds = [None if one is None else operator.index(one) for one in seed]
        if len(seeds) != self.num_envs:
            raise UserError(
                f"seed has {len(seeds)} entries for {self.num_envs} sub-environments; give one for each, or one int."
            )
        return seeds

    def _read_options(self, options: Mapping[str, Any] | None) -> tuple[list[int], dict[int, tuple[str, int | None]]]:
        """(sub-environments to reset, place of each)."""
        given = dict(options or {})
        check_option_names(given, ("index", "split", "reset_mask"))
        chosen = list(range(self.num_envs))
        if "reset_mask" in given:
            chosen = _read_mask(given.pop("reset_mask"), self.num_envs)
        if not given:
            return chosen, {}
        index = given.get("index")
        indices = list(index) if isinstance(index, list | tuple | np.ndarray) else [index] * self.num_envs
        if len(indices) != self.num_envs:
            raise UserError(f"reset(options=): index has {len(indices)} entries for {self.num_envs} sub-environments.")
        split = given.get("split", self.split)
        return chosen, {i: read_options({"index": indices[i], "split": split}, self.task, self.split) for i in chosen}


def make_vector_env(
    task: Task | str,
    num_envs: int = 1,
    *,
    split: str | None = None,
    max_chars: int = MAX_CHARS,
    autoreset_mode: AutoresetMode | str = AutoresetMode.SAME_STEP,
    render_mode: str | None = None,
    **options: Any,
) -> TextVectorEnv:
    """Entry point of `gymnasium.make_vec`: as `flowrl_envs.env.make_env`, for a batch."""
    return TextVectorEnv(
        load_task(task, options),
        num_envs,
        split=split,
        max_chars=max_chars,
        autoreset_mode=autoreset_mode,
        render_mode=render_mode,
    )


def _read_mode(mode: AutoresetMode | str) -> AutoresetMode:
    names = [known.value for known in AutoresetMode]
    if isinstance(mode, AutoresetMode):
        return mode
    if mode not in names:
        raise UserError(f"autoreset_mode is {mode!r}." + did_you_mean(str(mode), names))
    return AutoresetMode(mode)


def _read_mask(mask: object, num_envs: int) -> list[int]:
    if not isinstance(mask, np.ndarray) or mask.shape != (num_envs,) or mask.dtype != np.bool_ or not mask.any():
        raise UserError(
            f"reset(options=): reset_mask is {mask!r}; give a numpy bool array of shape ({num_envs},) with a True."
        )
    return [int(i) for i in np.flatnonzero(mask)]
