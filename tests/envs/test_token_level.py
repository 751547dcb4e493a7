"""The token-level view: the checkers of Gymnasium and stable-baselines3, and agreement with the text environment."""

import warnings

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from flowrl_envs.env import TextEnv
from flowrl_envs.errors import ActionError, UserError
from flowrl_envs.task import GeneratedTask, Task, exact
from flowrl_envs.tasks.arithmetic import Arithmetic
from flowrl_envs.token_level import TokenLevel
from flowrl_envs.types import Problem

DIGITS = list("0123456789-")


def arithmetic(max_tokens=4, **kwargs):
    return TokenLevel(TextEnv(Arithmetic(0, style="short")), DIGITS, max_tokens, prompt_chars=6, **kwargs)


def test_gymnasium_finds_no_fault():
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*is different from the unwrapped version.*")
        check_env(arithmetic(), skip_render_check=True)


def test_stable_baselines3_finds_no_fault():
    checker = pytest.importorskip("stable_baselines3.common.env_checker", reason="needs flowrl[sb3]")
    checker.check_env(arithmetic(), warn=True, skip_render_check=True)


@pytest.mark.parametrize("index", range(40))
def test_writing_the_gold_answer_token_by_token_earns_what_it_earns_as_text(index):
    task = Arithmetic(0, style="short")
    env, text_env = arithmetic(), TextEnv(task)
    options = {"split": "test" if index < task.size("test") else "train", "index": index % task.size("test")}
    env.reset(options=options)
    text_env.reset(options=options)
    gold = task.gold(task.problem(options["split"], options["index"]))
    for character in gold:
        _, reward, terminated, _, info = env.step(DIGITS.index(character))
        assert (reward, terminated, info["reason"]) == (0.0, False, "pending")
    _, reward, terminated, truncated, info = env.step(env.end)
    _, text_reward, text_terminated, _, text_info = text_env.step(gold)
    assert (reward, terminated, info) == (text_reward, text_terminated, text_info)
    assert reward == 1.0
    assert not truncated


def test_a_full_message_is_sent_without_an_end_action():
    env = arithmetic(max_tokens=2)
    env.reset(seed=0)
    assert not env.step(1)[2]
    assert env.step(2)[2]


def test_the_observation_is_the_prompt_then_the_message_and_shows_each_exactly():
    env = TokenLevel(TextEnv(Arithmetic(0, style="short")), DIGITS, 3, prompt_chars=6, alphabet="0123456789+=")
    observation, _ = env.reset(options={"index": 3})
    prompt = Arithmetic(0, style="short").problem("train", 3).prompt
    grid = observation[: 6 * 13].reshape(6, 13)
    shown = "".join("0123456789+=?"[row.argmax()] for row in grid if row.any())
    assert shown == prompt
    assert not grid[: 6 - len(prompt)].any()
    assert not observation[6 * 13 :].any()
    observation = env.step(7)[0]
    message = observation[6 * 13 :].reshape(3, 11)
    assert message[0].argmax() == 7
    assert message.sum() == 1


def test_no_two_different_states_look_the_same():
    env, seen = arithmetic(max_tokens=3), {}
    for index in range(20):
        for first in range(10):
            env.reset(options={"index": index})
            state = (index, first)
            key = env.step(first)[0].tobytes()
            assert seen.setdefault(key, state) == state


class Shout(GeneratedTask):
    """Prompts with characters that no alphabet names, and capital letters."""

    def generate(self, rng):
        word = rng.choice(["ÅB", "ÅC", "数A", "数B", "é", "ab", "AB", "\ud800"]) + str(rng.randrange(9))
        return Problem(word, word, word)

    score = staticmethod(exact)

    def gold(self, problem):
        return problem.reference


def test_unknown_characters_and_capitals_are_seen_as_something():
    env = TokenLevel(TextEnv(Shout()), ["a", "b"], 2, prompt_chars=3)
    for seed in range(30):
        observation, info = env.reset(seed=seed)
        prompt = env.unwrapped.task.problem("train", info["index"]).prompt
        assert observation in env.observation_space
        assert observation.sum() == len(prompt)


def test_of_a_long_prompt_its_end_is_seen():
    env = TokenLevel(TextEnv(Arithmetic(4)), DIGITS, 2, prompt_chars=1, alphabet="?")
    assert env.reset(seed=0)[0].tolist()[0] == 1.0


class Echo(Task):
    """Two turns: say a, then b."""

    max_turns = 2

    def problem(self, split, index):
        return Problem(str(index), "say a", "b")

    score = staticmethod(exact)

    def gold(self, problem):
        return "b"

    def reply(self, problem, transcript):
        return "say b" if len(transcript) == 2 else None


def test_a_conversation_goes_on_with_an_empty_message():
    env = TokenLevel(TextEnv(Echo()), ["a", "b"], 1)
    before, _ = env.reset(seed=0)
    after, reward, terminated, _, info = env.step(0)
    assert (reward, terminated, info["turn"]) == (0.0, False, 1)
    assert not np.array_equal(before, after)
    assert env.step(1)[1:3] == (1.0, True)


def test_without_a_grammar_every_message_of_a_token_or_more_is_legal():
    env = arithmetic()
    env.reset(seed=0)
    assert env.action_masks().tolist() == [True] * 11 + [False]
    env.step(0)
    assert env.action_masks().all()


def test_a_grammar_that_allows_nothing_leaves_the_end():
    env = arithmetic(legal=lambda prefix: [False] * 12)
    env.reset(seed=0)
    assert env.action_masks().tolist() == [False] * 11 + [True]


def test_a_grammar_of_the_wrong_length_is_explained():
    env = arithmetic(legal=lambda prefix: [True])
    env.reset(seed=0)
    with pytest.raises(UserError, match="one a token, and one for the end"):
        env.action_masks()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"vocabulary": "abc"}, "list"),
        ({"vocabulary": []}, "at least one"),
        ({"vocabulary": ["a", "a"]}, "none twice"),
        ({"vocabulary": ["a", ""]}, "none empty"),
        ({"max_tokens": 0}, "max_tokens is 0"),
        ({"prompt_chars": 0}, "prompt_chars is 0"),
        ({"alphabet": ""}, "alphabet"),
        ({"alphabet": "aa"}, "twice"),
    ],
)
def test_arguments_that_make_no_sense_are_explained(arguments, message):
    with pytest.raises(UserError, match=message):
        TokenLevel(TextEnv(Arithmetic(0)), **{"vocabulary": ["a"], "max_tokens": 2, **arguments})


def test_only_text_environments_have_a_token_level():
    with pytest.raises(UserError, match="needs text"):
        TokenLevel(gymnasium.make("CartPole-v1"), ["a"], 2)


def test_actions_outside_the_space_and_out_of_time_are_explained():
    env = arithmetic()
    with pytest.raises(UserError, match="call reset"):
        env.step(0)
    env.reset(seed=0)
    with pytest.raises(ActionError, match="not in Discrete"):
        env.step(12)
    env.step(0)
    env.step(env.end)
    with pytest.raises(UserError, match="call reset"):
        env.step(0)


def test_the_reference_is_nowhere_to_be_seen():
    env = arithmetic()
    observations = [env.reset(options={"index": i})[0] for i in range(30)]
    prompts = [Arithmetic(0, style="short").problem("train", i).prompt for i in range(30)]
    assert len({o.tobytes() for o in observations}) == len(set(prompts))
