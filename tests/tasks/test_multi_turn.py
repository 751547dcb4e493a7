"""Several turns: a two-turn task with `reply` and `turn_reward`, played through the environments."""

import random

import numpy as np

from flowrl_envs import GeneratedTask, Problem, TextEnv, TextVectorEnv, Verdict, exact
from flowrl_envs.types import Transcript


class ShowYourWork(GeneratedTask):
    """First the two tens of a sum, rewarded with 1/4 if right, then the sum."""

    max_turns = 2

    def generate(self, rng: random.Random) -> Problem:
        a, b = rng.randint(10, 9999), rng.randint(10, 9999)
        return Problem(f"{a}+{b}", f"We add {a} and {b}. First: what is {a} rounded down to tens?", str(a + b))

    def score(self, problem: Problem, response: str) -> Verdict:
        return exact(problem, response)

    def gold(self, problem: Problem) -> str:
        return str(problem.reference)

    def reply(self, problem: Problem, transcript: Transcript) -> str | None:
        return "Now the sum." if len(transcript) == 2 else None

    def turn_reward(self, problem: Problem, transcript: Transcript) -> float:
        return 0.25 if transcript[1].content == tens(problem.id) else 0.0


def tens(problem_id: str) -> str:
    return str(int(problem_id.partition("+")[0]) // 10 * 10)


def test_the_episode_asks_twice_and_rewards_each_turn() -> None:
    env = TextEnv(ShowYourWork())
    prompt, info = env.reset(seed=3)
    assert "First" in prompt
    total = str(sum(map(int, info["problem_id"].split("+"))))
    observation, reward, terminated, truncated, now = env.step(tens(info["problem_id"]))
    assert (observation, reward, terminated, truncated, now["reason"]) == (
        "Now the sum.",
        0.25,
        False,
        False,
        "pending",
    )
    _, reward, terminated, _, end = env.step(total)
    assert (reward, terminated, end["correct"], end["turn"]) == (1.0, True, True, 2)


def test_a_batch_of_episodes_gives_what_single_ones_give() -> None:
    batch = TextVectorEnv(ShowYourWork(), num_envs=3)
    _, info = batch.reset(seed=[1, 2, 3])
    ids = list(info["problem_id"])
    prompts, rewards, ended, _, _ = batch.step([tens(ids[0]), "7", tens(ids[2])])
    assert list(prompts) == ["Now the sum."] * 3
    assert rewards.tolist() == [0.25, 0.0, 0.25]
    assert not ended.any()
    _, rewards, ended, _, _ = batch.step([str(sum(map(int, i.split("+")))) for i in ids[:2]] + ["banana"])
    assert rewards.tolist() == [1.0, 1.0, 0.0]
    assert np.all(ended)
