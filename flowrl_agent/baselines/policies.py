"""Policies that learn nothing: what any agent must beat, and what sampling more can buy.

`RandomPolicy` is the floor, `UniformValidPolicy` what the grammar alone is worth, `BestOf` what one gets by picking
among n responses. They are `Responder`s: `TextEngine(RandomPolicy(view))` goes wherever an engine goes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from flowrl_agent.baselines.views import View
from flowrl_agent.baselines.writer import Actions, Masks, Seen, respond_by, seeded
from flowrl_agent.models.chat import Codec
from flowrl_agent.rollout.base import RolloutEngine, SamplingParams
from flowrl_agent.rollout.text import Conversation, Reply, Responder
from flowrl_agent.types import Stop
from flowrl_envs.answers import final_answer
from flowrl_envs.task import Task

Judge = Callable[[str, Sequence[str]], Sequence[float]]
"""(the first user message, responses) to one score a response; the highest wins, the earliest of equals."""


class RandomPolicy:
    """Every token of the vocabulary, and the end, with equal probability; the grammar is ignored."""

    def __init__(self, view: View) -> None:
        self._view = view

    def respond(self, conversations: Sequence[Conversation], n: int, params: SamplingParams) -> list[list[Reply]]:
        """`n` random messages for each conversation; the temperature is ignored."""
        rng = seeded(params)

        def choose(_: Seen, masks: Masks) -> Actions:
            return rng.integers(0, masks.shape[1], size=(masks.shape[0],))

        return respond_by(self._view, conversations, n, choose)


class UniformValidPolicy:
    """Every legal token with equal probability."""

    def __init__(self, view: View) -> None:
        self._view = view

    def respond(self, conversations: Sequence[Conversation], n: int, params: SamplingParams) -> list[list[Reply]]:
        """`n` legal messages for each conversation; the temperature is ignored."""
        rng = seeded(params)

        def choose(_: Seen, masks: Masks) -> Actions:
            return np.asarray(np.argmax(np.where(masks, rng.random(masks.shape), -1.0), axis=1))

        return respond_by(self._view, conversations, n, choose)


class EngineResponder:
    """A language model's engine as a responder, so that `BestOf` can choose among its responses.

    Args:
        engine: generates.
        codec: of its model.
    """

    def __init__(self, engine: RolloutEngine, codec: Codec) -> None:
        self._engine, self._codec = engine, codec

    def respond(self, conversations: Sequence[Conversation], n: int, params: SamplingParams) -> list[list[Reply]]:
        """`n` messages for each conversation; earlier messages of its own are tokenised again."""
        drawn = self._engine.generate([self._tokens(talk) for talk in conversations], n, params)
        return [[Reply(c.text, c.stop is Stop.LENGTH) for c in row] for row in drawn]

    def _tokens(self, talk: Conversation) -> tuple[int, ...]:
        tokens = self._codec.prompt(talk[0][1])
        for role, text in talk[1:]:
            tokens += self._codec.answer(text) if role == "assistant" else self._codec.extend(text, closed=True)
        return tokens


class BestOf:
    """Samples several responses of another responder and keeps the one that a judge likes best.

    Args:
        inner: samples.
        count: responses to choose from.
        judge: `majority`, `verifier(task, ...)`, or your own.
    """

    def __init__(self, inner: Responder, count: int, judge: Judge) -> None:
        if count < 1:
            raise ValueError(f"BestOf(count={count}): choose from at least one response.")
        self._inner, self._count, self._judge = inner, count, judge

    def respond(self, conversations: Sequence[Conversation], n: int, params: SamplingParams) -> list[list[Reply]]:
        """The best of `count`, `n` times over."""
        drawn = self._inner.respond(conversations, n * self._count, params)
        chosen: list[list[Reply]] = []
        for talk, replies in zip(conversations, drawn, strict=True):
            parts = [replies[i * self._count : (i + 1) * self._count] for i in range(n)]
            chosen.append([self._best(talk[0][1], part) for part in parts])
        return chosen

    def _best(self, prompt: str, replies: Sequence[Reply]) -> Reply:
        scores = self._judge(prompt, [reply.text for reply in replies])
        return replies[int(np.argmax(scores))]


def majority(prompt: str, responses: Sequence[str]) -> list[float]:
    """How many responses end in the same answer: self-consistency, which needs no verifier."""
    answers = [final_answer(text) or "" for text in responses]
    votes = Counter(answer for answer in answers if answer)
    return [float(votes[answer]) for answer in answers]


def verifier(task: Task, split: str, indices: Sequence[int]) -> Judge:
    """The task's own score: an oracle, so that `BestOf` shows pass@n and no ability of the agent's.

    Args:
        task: scores.
        split: of the problems that will be asked.
        indices: of those problems.
    """
    problems = {p.prompt: p for p in (task.problem(split, index) for index in indices)}

    def judge(prompt: str, responses: Sequence[str]) -> list[float]:
        if prompt not in problems:
            raise ValueError(f"The judge knows {len(problems)} problems of split {split!r}, and not: {prompt[:80]!r}.")
        return [v.reward for v in task.score_many([(problems[prompt], text) for text in responses])]

    return judge
