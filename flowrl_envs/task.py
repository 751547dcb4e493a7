"""What a contributor writes: where problems come from and how a response is scored.

A `Task` is deterministic and has no state that scoring changes: `problem` is a pure function of (split, index),
`score` a pure function of (problem, response). It knows nothing of Gymnasium; `TextEnv` and `TextVectorEnv` play
it. `GeneratedTask` is the short way to a procedural one: write `generate`, and train and test never share an item.
"""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from flowrl_envs.errors import TaskContractError, UnknownOptionError, did_you_mean
from flowrl_envs.sources.splits import content_split
from flowrl_envs.types import Problem, Reason, Transcript, Verdict, right, wrong


class Task(ABC):
    """Problems with a verifiable reward.

    Attributes:
        splits: the names that `problem` takes.
        reward_range: (floor, ceiling): what junk scores and what `gold` scores.
        max_turns: how many messages the agent may write in one episode.
    """

    splits: tuple[str, ...] = ("train", "test")
    reward_range: tuple[float, float] = (0.0, 1.0)
    max_turns: int = 1

    @abstractmethod
    def problem(self, split: str, index: int) -> Problem:
        """The item at `index` (>= 0) of `split`; the same arguments give an equal item, in any process.

        Raises:
            UnknownOptionError: `split` is not one of `splits`.
            IndexError: `index` is negative or not below `size(split)`.
        """

    @abstractmethod
    def score(self, problem: Problem, response: str) -> Verdict:
        """Judges any string whatever. Never raises on a response; a verifier's own failure is `ungraded(...)`."""

    @abstractmethod
    def gold(self, problem: Problem) -> str:
        """A response that scores the ceiling. The checker proves it, and warm starts learn from it."""

    def size(self, split: str) -> int | None:
        """How many distinct items the split has, or None where there are more than an agent can exhaust."""
        return None

    def problem_many(self, split: str, indices: Sequence[int]) -> list[Problem]:
        """The items at `indices`, in order; overridden where a batch is cheaper than a loop. Raises as `problem`."""
        return [self.problem(split, index) for index in indices]

    def score_many(self, pairs: Sequence[tuple[Problem, str]]) -> list[Verdict]:
        """Judges a batch; overridden where a batch is cheaper than a loop (a pool of workers)."""
        return [self.score(problem, response) for problem, response in pairs]

    def reply(self, problem: Problem, transcript: Transcript) -> str | None:
        """The next user message after the agent's latest, or None to end the episode (the default)."""
        return None

    def turn_reward(self, problem: Problem, transcript: Transcript) -> float:
        """The reward of a turn that does not end the episode."""
        return 0.0

    def solutions(self, problem: Problem) -> frozenset[str]:
        """Every right `Verdict.answer` where they can be enumerated, else the empty set."""
        return frozenset()

    def responses(self, problem: Problem) -> Sequence[str]:
        """Every response of the right form, each once, where they can be listed; all other text earns the floor.

        Exact evaluations then measure how far a policy is from its target. None, the default, where they cannot.
        """
        return ()

    def solution_count(self, problem: Problem) -> int:
        """The size of `solutions`; overridden where it is known without listing them."""
        return len(self.solutions(problem))


class GeneratedTask(Task):
    """A task whose items are drawn by `generate` from a random generator.

    The split of an item is decided by a hash of its prompt, so no item can be in two splits, whatever the index.
    """

    test_share: ClassVar[float] = 0.2
    max_draws: ClassVar[int] = 10_000

    @abstractmethod
    def generate(self, rng: random.Random) -> Problem:
        """Draws one item. All its randomness comes from `rng`."""

    def problem(self, split: str, index: int) -> Problem:
        """The first draw of the stream (task, index) whose content belongs to `split`."""
        check_index(self, split, index)
        rng = random.Random(f"{type(self).__qualname__}/{split}/{index}")
        for _ in range(self.max_draws):
            problem = self.generate(rng)
            if content_split(problem.prompt, self.test_share) == split:
                return problem
        raise TaskContractError(
            f"{type(self).__name__}.generate drew {self.max_draws} items and none belongs to split {split!r}: it has "
            "too few distinct prompts. Generate from a larger space, or derive from Task and list the items."
        )


def check_index(task: Task, split: str, index: int) -> None:
    """Raises the error that `Task.problem` documents when an item cannot exist."""
    if split not in task.splits:
        raise UnknownOptionError(f"{type(task).__name__} has no split {split!r}." + did_you_mean(split, task.splits))
    size = task.size(split)
    if index < 0 or (size is not None and index >= size):
        bound = "" if size is None else f" and below {size}"
        raise IndexError(f"{type(task).__name__}: index {index} of split {split!r}; allowed are 0 or more{bound}.")


def exact(problem: Problem, response: str) -> Verdict:
    """Scores by equality with the reference after trimming white space: the simplest honest scorer."""
    answer = response.strip()
    if not answer:
        return wrong(Reason.NO_ANSWER)
    return right(answer=answer) if answer == problem.reference else wrong(answer=answer)
