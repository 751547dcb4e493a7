"""What happens between `reset` and the end of an episode, and what `info` says of it.

`TextEnv` and `TextVectorEnv` are two faces of these functions, which is why they agree item for item. Nothing here
knows Gymnasium. The reference of a problem stays in the `Episode`; nothing in `info` is made from it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from flowrl_envs.errors import ActionError, TaskContractError, UserError
from flowrl_envs.task import Task
from flowrl_envs.types import Message, Problem, Reason, Transcript, Verdict, wrong

MAX_CHARS = 131_072
"""Default limit on one message, in characters: above any completion of 32k tokens."""

Columns: TypeAlias = tuple[
    list[str], list[str], list[int], list[int], list[bool], list[bool], list[str], list[str], list[int], list[str]
]
"""The values of `info` for some episodes, one list a key, in the order of `INFO_KEYS`."""

INFO_KEYS = (
    "problem_id",
    "split",
    "index",
    "turn",
    "graded",
    "correct",
    "reason",
    "answer",
    "solutions",
    "details",
)

PENDING = (False, False, Reason.PENDING.value, "", 0, "{}")
"""The values of the keys from `graded` on while an episode goes on."""


@dataclass(slots=True)
class Episode:
    """One item being played.

    Attributes:
        problem: the item; its reference never leaves this object.
        split: where it is from.
        index: its index there.
        turn: messages of the agent so far.
        transcript: the conversation; kept only where the task has several turns.
        over: the episode has ended.
    """

    problem: Problem
    split: str
    index: int
    turn: int = 0
    transcript: Transcript = ()
    over: bool = False


def begin(task: Task, split: str, index: int, max_chars: int) -> Episode:
    """Starts an episode on the item (split, index).

    Raises:
        TaskContractError: the prompt is not a string of at most `max_chars` characters.
    """
    problem = task.problem(split, index)
    if type(problem.prompt) is not str or len(problem.prompt) > max_chars:
        check_message(problem.prompt, task, max_chars)
    return Episode(problem, split, index)


def check_message(text: object, task: Task, max_chars: int) -> None:
    """Raises `TaskContractError` unless `text` can be shown to the agent."""
    if not isinstance(text, str):
        raise TaskContractError(f"{type(task).__name__} wrote a {type(text).__name__} as user message; write a str.")
    if len(text) > max_chars:
        raise TaskContractError(
            f"{type(task).__name__} wrote a user message of {len(text)} characters; the limit is "
            f"max_chars={max_chars}. Raise it: gymnasium.make(id, max_chars=...)."
        )


def check_action(action: object) -> str:
    """Returns the action if it is a string, else raises `ActionError`."""
    if not isinstance(action, str):
        raise ActionError(f"An action is the agent's text, a str; got {type(action).__name__}: {action!r:.80}.")
    return action


def check_running(episode: Episode | None) -> Episode:
    """Returns the episode if it can take an action.

    Raises:
        UserError: there is none, or it has ended.
    """
    if episode is None:
        raise UserError("step() before reset(): call reset() to start an episode.")
    if episode.over:
        raise UserError("step() after the episode ended: call reset() to start the next one.")
    return episode


def next_message(task: Task, episode: Episode, response: str, max_chars: int) -> tuple[str | None, bool]:
    """Takes the agent's turn: (the user's next message or None if the episode ends here, whether it is truncated).

    An episode ends when the task has no reply, when the response is too long to be read, or at the task's
    `max_turns`. In the last case it is truncated if the task would have gone on.
    """
    episode.turn += 1
    if task.max_turns == 1 or len(response) > max_chars:
        episode.over = True
        return None, False
    if not episode.transcript:
        episode.transcript = (Message("user", episode.problem.prompt),)
    episode.transcript += (Message("assistant", response),)
    text = task.reply(episode.problem, episode.transcript)
    if text is None or episode.turn >= task.max_turns:
        episode.over = True
        return None, text is not None
    check_message(text, task, max_chars)
    episode.transcript += (Message("user", text),)
    return text, False


def judge(task: Task, pairs: Sequence[tuple[Problem, str]], max_chars: int) -> list[Verdict]:
    """Verdicts on a batch. A response over `max_chars` scores the floor and is not read.

    Raises:
        TaskContractError: the task returned another number of verdicts, or a reward out of its range.
    """
    floor, ceiling = task.reward_range
    readable = [pair for pair in pairs if len(pair[1]) <= max_chars]
    verdicts = list(task.score_many(readable))
    if len(verdicts) != len(readable):
        raise TaskContractError(
            f"{type(task).__name__}.score_many returned {len(verdicts)} verdicts for {len(readable)} responses."
        )
    for verdict in verdicts:
        if not floor <= verdict.reward <= ceiling:
            raise TaskContractError(
                f"{type(task).__name__} gave the reward {verdict.reward}, outside its reward_range {(floor, ceiling)}."
            )
    if len(readable) == len(pairs):
        return verdicts
    rest = iter(verdicts)
    return [
        next(rest)
        if len(response) <= max_chars
        else wrong(Reason.TOO_LONG, reward=floor, characters=len(response), limit=max_chars)
        for _, response in pairs
    ]


def turn_reward(task: Task, episode: Episode) -> float:
    """The reward of a turn after which the episode goes on."""
    return float(task.turn_reward(episode.problem, episode.transcript))


def pending_columns(episodes: Sequence[Episode]) -> Columns:
    """`info` of episodes that go on, one list a key."""
    count = len(episodes)
    graded, correct, reason, answer, solutions, details = PENDING
    return (
        *item_columns(episodes),
        [graded] * count,
        [correct] * count,
        [reason] * count,
        [answer] * count,
        [solutions] * count,
        [details] * count,
    )


def verdict_columns(task: Task, episodes: Sequence[Episode], verdicts: Sequence[Verdict]) -> Columns:
    """`info` of episodes that have ended, one list a key."""
    return (
        *item_columns(episodes),
        [verdict.correct is not None for verdict in verdicts],
        [verdict.correct is True for verdict in verdicts],
        [verdict.reason._value_ for verdict in verdicts],
        [verdict.answer for verdict in verdicts],
        _count_solutions(task, episodes),
        [_json(verdict.details) if verdict.details else "{}" for verdict in verdicts],
    )


def item_columns(episodes: Sequence[Episode]) -> tuple[list[str], list[str], list[int], list[int]]:
    """The first four keys of `info`: which item, and how far along."""
    return (
        [episode.problem.id for episode in episodes],
        [episode.split for episode in episodes],
        [episode.index for episode in episodes],
        [episode.turn for episode in episodes],
    )


def _count_solutions(task: Task, episodes: Sequence[Episode]) -> list[int]:
    """How many right answers each problem has; equal problems are counted once."""
    counts: dict[str, int] = {}
    for problem in [episode.problem for episode in episodes]:
        if problem.id not in counts:
            counts[problem.id] = task.solution_count(problem)
    return [counts[episode.problem.id] for episode in episodes]


def _json(details: Mapping[str, str | int | float | bool]) -> str:
    """Details as one string, so that vector environments need not know their keys."""
    return json.dumps(dict(details), sort_keys=True)
