"""Modes: the reward table is exact, its modes are far apart, and an exactly computed target can be reached."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowrl_envs.errors import UnknownOptionError
from flowrl_envs.tasks.modes import Modes
from flowrl_envs.types import Reason

OPTIONS: list[dict[str, Any]] = [
    {},
    {"style": "short", "prompts": 2},
    {"length": 3, "alphabet": "xyz", "right": 3, "half": 5},
    {"length": 2, "alphabet": "abcd", "variable": True, "half": 0},
]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_rewards_are_those_declared_and_right_words_differ_everywhere(options: dict[str, Any]) -> None:
    task = Modes(**options)
    names = set()
    for split in task.splits:
        for index in range(task.size(split)):
            problem = task.problem(split, index)
            words = task.responses(problem)
            rewards = [task.reward_of(problem, word) for word in words]
            modes = sorted(task.solutions(problem))
            assert len(set(words)) == len(words)
            assert (rewards.count(1.0), rewards.count(0.5)) == (options.get("right", 3), options.get("half", 1))
            assert rewards.count(0.0) == len(words) - rewards.count(1.0) - rewards.count(0.5)
            assert modes == sorted(w for w, r in zip(words, rewards, strict=True) if r == 1.0)
            assert all(x != y for i, a in enumerate(modes) for b in modes[:i] for x, y in zip(a, b, strict=True))
            assert task.score(problem, task.gold(problem)).reward == 1.0
            assert task.score(problem, problem.prompt).reward == 0.0
            names.add(problem.prompt)
    assert len(names) == task.size("train") + task.size("test")


def test_problems_differ_in_what_pays_and_are_the_same_in_every_process() -> None:
    task = Modes()
    tables = [tuple(sorted(task.problem("train", i).reference.items())) for i in range(task.size("train"))]
    assert len(set(tables)) > 10
    assert task.problem("train", 0).reference == {"c": 1.0, "d": 1.0, "e": 1.0, "f": 0.5}


@pytest.mark.parametrize(
    ("response", "reason", "reward"),
    [("c", Reason.CORRECT, 1.0), (" d\n", Reason.CORRECT, 1.0), ("f", Reason.PARTIAL, 0.5), ("a", Reason.WRONG, 0.0),
     ("", Reason.NO_ANSWER, 0.0), ("B", Reason.MALFORMED, 0.0), ("be", Reason.MALFORMED, 0.0),
     ("b e", Reason.MALFORMED, 0.0), ("b" * 10**6, Reason.MALFORMED, 0.0), ("z", Reason.MALFORMED, 0.0)],
)  # fmt: skip
def test_only_a_word_of_the_set_is_judged(response: str, reason: Reason, reward: float) -> None:
    verdict = Modes().score(Modes().problem("train", 0), response)
    assert (verdict.reason, verdict.reward) == (reason, reward)
    assert verdict.answer == (response.strip() if reason in (Reason.CORRECT, Reason.PARTIAL, Reason.WRONG) else "")


def test_flow_matching_on_the_enumerated_rewards_reaches_the_tilted_target() -> None:
    """The residual delta = log Z + log pi - beta r - log pi_ref vanishes iff pi = pi* and Z = Z*."""
    task, beta = Modes(), 3.0
    problem = task.problem("train", 0)
    reward = np.array([task.reward_of(problem, word) for word in task.responses(problem)])
    reference = np.full(len(reward), 1 / len(reward))
    total = (reference * np.exp(beta * reward)).sum()
    logits, log_z = np.zeros(len(reward)), 0.0
    for _ in range(20_000):
        policy = np.exp(logits - logits.max())
        policy /= policy.sum()
        delta = log_z + np.log(policy) - beta * reward - np.log(reference)
        logits -= 0.2 * policy * (delta - policy @ delta)
        log_z -= 0.2 * (policy @ delta)
    target = reference * np.exp(beta * reward) / total
    assert 0.5 * np.abs(policy - target).sum() < 1e-6
    assert log_z == pytest.approx(np.log(total), abs=1e-6)


@given(st.text())
def test_scoring_never_raises(response: str) -> None:
    task = Modes()
    problem = task.problem("train", 0)
    assert task.score(problem, response).reward == problem.reference.get(response.strip(), 0.0)


@pytest.mark.parametrize(
    "options",
    [{"prompts": 1}, {"alphabet": "aab"}, {"alphabet": "A"}, {"alphabet": "a"}, {"length": 0}, {"length": 30},
     {"right": 9}, {"right": 0}, {"half": 5}, {"half": -1}, {"style": "x"}],
)  # fmt: skip
def test_an_impossible_option_is_explained(options: dict[str, Any]) -> None:
    with pytest.raises(UnknownOptionError, match=r"allowed|give"):
        Modes(**options)
