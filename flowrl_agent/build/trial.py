"""An evaluation from settings: which problems, on which environment, with which engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flowrl_agent.build.parts import Envs, is_ours, make_envs, task_of
from flowrl_agent.config.schema import EnvConfig
from flowrl_agent.evaluate import play_problems
from flowrl_agent.exact import Listing
from flowrl_agent.models.chat import Codec
from flowrl_agent.rollout.base import RolloutEngine, SamplingParams
from flowrl_agent.rollout.collect import Collector
from flowrl_agent.types import Rollout
from flowrl_envs.errors import UserError
from flowrl_envs.task import Task

ROWS = 256
"""Sub-environments at most; more episodes are played in turn."""


@dataclass(frozen=True)
class Trial:
    """What is evaluated.

    Attributes:
        env: the environment.
        split: whose problems.
        problems: how many from index 0 on; 0 for all of them.
        samples: k, responses to each.
        params: how to sample.
        seed: of the sampling.
    """

    env: EnvConfig
    split: str
    problems: int
    samples: int
    params: SamplingParams
    seed: int


class Examiner:
    """Plays a trial as often as it is asked; environments are made once.

    Attributes:
        envs: what is played.
        indices: of the problems.
        task: behind the environment, None where it is not one of this project.
    """

    def __init__(self, trial: Trial, rank: int = 0, world: int = 1) -> None:
        self._trial, self._rank = trial, rank
        env = replace(trial.env, split=trial.split)
        envs = make_envs(env, 1)
        self.indices = problem_indices(envs, trial.split, trial.problems)[rank::world]
        self.task = task_of(envs) if is_ours(envs) else None
        self.envs = make_envs(env, max(1, min(ROWS, len(self.indices) * trial.samples)))

    def play(self, engine: RolloutEngine, codec: Codec) -> dict[int, list[Rollout]]:
        """The k episodes of each problem of this rank's share, by the problem's index."""
        trial = self._trial
        collector = Collector(self.envs, engine, codec, trial.params)
        seed, named = trial.seed + self._rank, is_ours(self.envs)
        played = play_problems(self.envs, collector, self.indices, trial.samples, trial.split, seed, named)
        return dict(zip(self.indices, played, strict=True))

    def listings(self, most: int) -> list[Listing | None]:
        """What can be answered to each of this rank's problems, None where the task cannot list it.

        Args:
            most: responses in all; a problem that does not fit into what is left has None.
        """
        found: list[Listing | None] = []
        task = self.task
        if task is None or task.max_turns > 1:
            return [None] * len(self.indices)
        for index in self.indices:
            if most < 1:
                break
            known = listing(task, self._trial.split, index, most)
            found.append(known)
            most -= len(known.responses) if known is not None else 0
        return found + [None] * (len(self.indices) - len(found))


def listing(task: Task, split: str, index: int, most: int) -> Listing | None:
    """All responses to a problem, or all right ones.

    None where the task lists neither, lists more than `most`, or lists right answers that are not
    right as they stand.
    """
    problem = task.problem(split, index)
    every = task.responses(problem)
    texts = list(every) if every else sorted(task.solutions(problem))
    if not 0 < len(texts) <= most:
        return None
    verdicts = task.score_many([(problem, text) for text in texts])
    right = tuple(verdict.correct is True for verdict in verdicts)
    if any(verdict.correct is None for verdict in verdicts) or not (every or all(right)):
        return None
    rewards = tuple(float(verdict.reward) for verdict in verdicts)
    return Listing(problem.prompt, tuple(texts), rewards, right, bool(every), float(task.reward_range[0]))


def problem_indices(envs: Envs, split: str, limit: int) -> Sequence[int]:
    """Every index of a split once, or the first `limit`.

    Raises:
        UserError: the split has no end and no limit was given.
    """
    size = task_of(envs).size(split) if is_ours(envs) else None
    if size is None and not limit:
        raise UserError(
            f"Split {split!r} has no end, so it cannot be covered. Pass --limit N for its first N problems."
        )
    return range(min(size, limit) if size is not None and limit else size or limit)
