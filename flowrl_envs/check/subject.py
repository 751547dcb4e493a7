"""What the checks look at: a task, the sample of its items that all checks share, and its card where it has one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from envs_registry import EnvCard
from flowrl_envs.env import TextEnv
from flowrl_envs.items import ItemWalk
from flowrl_envs.task import Task
from flowrl_envs.types import Problem


@dataclass(slots=True)
class Subject:
    """One environment under examination.

    Attributes:
        name: how the report calls it.
        task: what it plays.
        env_id: the registered id, if it has one.
        card: its card, if it has one.
        samples: how many items of each split are looked at.
    """

    name: str
    task: Task
    env_id: str | None = None
    card: EnvCard | None = None
    samples: int = 40
    _drawn: dict[str, list[tuple[int, Problem]]] = field(default_factory=dict)

    def env(self, split: str | None = None) -> TextEnv:
        """A fresh environment over the task."""
        return TextEnv(self.task, split=split or self.task.splits[0])

    def drawn(self, split: str) -> list[tuple[int, Problem]]:
        """(index, problem) of the sampled items of a split."""
        if split not in self._drawn:
            rng, walk = np.random.default_rng(0), ItemWalk(self.task)
            size = self.task.size(split)
            count = self.samples if size is None else min(self.samples, size)
            indices = [walk.next(split, rng) for _ in range(count)]
            self._drawn[split] = [(index, self.task.problem(split, index)) for index in indices]
        return self._drawn[split]

    def content(self, problem: Problem) -> str:
        """What makes two items the same: the prompt, or the id where a conversation holds more than it says."""
        return problem.prompt if self.task.max_turns == 1 else problem.id

    def problems(self) -> Iterator[Problem]:
        """The sampled problems of all splits."""
        for split in self.task.splits:
            for _, problem in self.drawn(split):
                yield problem

    def answers(self, problem: Problem) -> set[str]:
        """The right answers in canonical form, as far as gold and `solutions` tell: what junk is excused by."""
        known = {self.task.score(problem, self.task.gold(problem)).answer, *self.task.solutions(problem)}
        return {answer.strip() for answer in known} - {""}


def play(env: TextEnv, response: str) -> tuple[float, str, dict[str, object]]:
    """Says `response` until the episode ends: (reward of the last step, last observation, last info)."""
    while True:
        observation, reward, terminated, truncated, info = env.step(response)
        if terminated or truncated:
            return float(reward), observation, info
