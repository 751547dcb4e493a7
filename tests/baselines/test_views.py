"""Views read off a task: every legal message is well formed, and the gold answer is always legal."""

import random

import pytest

from flowrl_agent.baselines.views import view_of
from flowrl_envs.env import TextEnv
from flowrl_envs.tasks.arithmetic import Arithmetic
from flowrl_envs.tasks.countdown import Countdown
from flowrl_envs.types import Reason

TASKS = {
    "sums": Arithmetic(0, style="short"),
    "signs": Arithmetic(3),
    "countdown": Countdown(style="short"),
    "prose": Countdown(largest=25, operators="+-*/"),
    "exactly": Countdown(count=4, largest=100, exactly=False, style="short"),
}


@pytest.mark.parametrize("name", TASKS)
def test_whatever_the_grammar_allows_is_well_formed_and_within_the_rules(name):
    env, rng = view_of(TASKS[name]).wrap(TextEnv(TASKS[name])), random.Random(0)
    reasons = set()
    for seed in range(150):
        env.reset(seed=seed)
        over = False
        while not over:
            allowed = [i for i, flag in enumerate(env.action_masks()) if flag]
            written = env.message
            _, _, over, _, info = env.step(rng.choice(allowed))
        reasons.add(info["reason"])
        by_zero = "divides by zero" in info["details"]
        assert info["reason"] in (Reason.CORRECT, Reason.WRONG) or by_zero, (written, info)
    assert reasons >= {Reason.WRONG}


@pytest.mark.parametrize("name", ["sums", "signs", "countdown", "prose"])
def test_the_gold_answer_is_always_legal(name):
    task = TASKS[name]
    view = view_of(task, max_tokens=20)
    env = view.wrap(TextEnv(task))
    for index in range(16):
        env.reset(options={"index": index, "split": "test"})
        for character in task.gold(task.problem("test", index)):
            action = view.vocabulary.index(character)
            assert env.action_masks()[action], (env.message, character)
            env.step(action)
        assert env.action_masks()[env.end]
        assert env.step(env.end)[1] == 1.0


def test_a_number_is_not_used_more_often_than_it_is_given():
    task = Countdown(style="short")
    env = view_of(task).wrap(TextEnv(task))
    env.reset(options={"index": 0})
    given = task.problem("train", 0)
    number = given.metadata["numbers"].split()[0]
    for _ in range(given.metadata["numbers"].split().count(number)):
        assert env.action_masks()[env.vocabulary.index(number)]
        env.step(env.vocabulary.index(number))
        if env.action_masks()[env.vocabulary.index("+")]:
            env.step(env.vocabulary.index("+"))
    assert not env.action_masks()[env.vocabulary.index(number)]
