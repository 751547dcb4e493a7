"""Every registered id keeps the contract; a new card is covered by being there."""

import subprocess
import sys

import gymnasium
import numpy as np
import pytest

import flowrl_envs
from envs_registry import cards
from flowrl_envs.check.run import check
from flowrl_envs.env import TextEnv
from flowrl_envs.vector import TextVectorEnv

ON_THE_HUB = {env_id for env_id, card in cards().items() if card.data and not card.data.sha256}
"""Ids whose data must be downloaded: their own tests play them on rows of the same form from a local file."""
IDS = sorted(set(cards()) - ON_THE_HUB)


def test_there_are_environments_and_each_card_is_registered():
    assert IDS
    assert set(cards()) <= set(gymnasium.registry)


@pytest.mark.parametrize("env_id", IDS)
def test_the_checker_passes(env_id):
    report = check(env_id)
    assert report.ok, str(report)


@pytest.mark.parametrize("env_id", IDS)
def test_make_and_make_vec_agree(env_id):
    env, batch = gymnasium.make(env_id), gymnasium.make_vec(env_id, num_envs=2)
    assert isinstance(env.unwrapped, TextEnv)
    assert isinstance(batch, TextVectorEnv)
    assert env.spec.max_episode_steps is None
    prompt, _ = env.reset(seed=4)
    prompts, _ = batch.reset(seed=[4, 4])
    assert prompts == (prompt, prompt)


@pytest.mark.parametrize("env_id", IDS)
def test_every_split_is_played_by_name(env_id):
    for split in cards()[env_id].splits:
        env = gymnasium.make_vec(env_id, num_envs=2, split=split)
        assert set(env.reset(seed=0)[1]["split"]) == {split}
        assert env.step(["", ""])[1].tolist() == [cards()[env_id].floor] * 2


@pytest.mark.parametrize("env_id", IDS)
def test_gold_played_through_make_vec_earns_the_ceiling(env_id):
    env = gymnasium.make_vec(env_id, num_envs=8)
    env.reset(seed=1)
    golds = [env.task.gold(episode.problem) for episode in env._episodes]
    _, rewards, terminations, _, info = env.step(golds)
    assert rewards.tolist() == [cards()[env_id].ceiling] * 8
    assert terminations.all()
    assert np.all(info["final_info"]["correct"])


@pytest.mark.parametrize("env_id", IDS)
def test_an_unknown_option_is_answered_with_the_options_of_the_card(env_id):
    with pytest.raises(flowrl_envs.errors.UnknownOptionError) as caught:
        gymnasium.make(env_id, no_such_option=1)
    assert all(option in str(caught.value) for option in cards()[env_id].options)


@pytest.mark.parametrize(
    "code",
    [
        "import gymnasium; gymnasium.make('flowrl_envs:FlowRL/Arithmetic-v0').reset(seed=0)",
        "import gymnasium, flowrl_envs; gymnasium.make('FlowRL/Arithmetic-v0').reset(seed=0)",
        "import sys, flowrl_envs; assert not {'torch', 'sympy', 'datasets', 'pyarrow'} & set(sys.modules)",
        "import importlib, flowrl_envs; importlib.reload(flowrl_envs)",
    ],
    ids=["make by module", "make after import", "imports nothing heavy", "registers twice without a warning"],
)
def test_in_a_fresh_process(code):
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


def test_gymnasium_suggests_the_nearest_id():
    with pytest.raises(gymnasium.error.NameNotFound, match="Did you mean: `Arithmetic`"):
        gymnasium.make("FlowRL/Arithmetics-v0")


@pytest.mark.parametrize("env_id", IDS)
def test_the_batched_and_the_counted_agree_with_one_by_one(env_id):
    task = gymnasium.make(env_id).unwrapped.task
    split = task.splits[-1]
    places = [3, 0, 3, 1]
    problems = [task.problem(split, index) for index in places]
    assert task.problem_many(split, places) == problems
    assert [task.solution_count(p) for p in problems] == [len(task.solutions(p)) for p in problems]
    assert task.problem_many(split, []) == []
    with pytest.raises(IndexError):
        task.problem_many(split, [0, -1])
