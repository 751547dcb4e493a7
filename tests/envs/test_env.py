"""One environment: seeds, options, turns, errors, and what `info` says and never says."""

import copy
import json
import pickle
import warnings

import gymnasium
import pytest
import specimens
from gymnasium.utils.env_checker import check_env

import flowrl_envs
from flowrl_envs.env import TextEnv, load_task, make_env
from flowrl_envs.episode import INFO_KEYS
from flowrl_envs.errors import ActionError, TaskContractError, UnknownOptionError, UserError
from flowrl_envs.types import Problem, Reason, Verdict, right, ungraded

TYPES = {
    "problem_id": str, "split": str, "index": int, "turn": int, "graded": bool, "correct": bool, "reason": str,
    "answer": str, "solutions": int, "details": str,
}  # fmt: skip


@pytest.mark.parametrize("task", [specimens.Large(), specimens.Small(), specimens.TwoTurns()])
def test_gymnasium_checks_pass_with_warnings_as_errors(task):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(TextEnv(task, render_mode="ansi"), skip_render_check=True)


def test_info_has_the_documented_keys_and_types_at_every_moment():
    env = TextEnv(specimens.TwoTurns())
    infos = [env.reset(seed=0)[1], env.step("hint")[4], env.step("?")[4], env.step("12")[4], env.reset()[1]]
    assert tuple(TYPES) == INFO_KEYS
    for info in infos:
        assert {key: type(value) for key, value in info.items()} == TYPES


def test_an_episode_of_one_turn():
    env = TextEnv(specimens.Small())
    observation, info = env.reset(options={"index": 1})
    assert observation == "Spell 'river' backwards."
    assert (info["reason"], info["turn"], info["graded"]) == ("pending", 0, False)
    observation, reward, terminated, truncated, info = env.step(" revir\n")
    assert (observation, reward, terminated, truncated) == ("", 1.0, True, False)
    assert info == {
        "problem_id": "river", "split": "train", "index": 1, "turn": 1, "graded": True, "correct": True,
        "reason": "correct", "answer": "revir", "solutions": 1, "details": "{}",
    }  # fmt: skip


def test_details_are_one_json_string():
    env = TextEnv(specimens.Small())
    env.reset(options={"index": 1})
    _, reward, _, _, info = env.step("rrvie")
    assert (reward, info["reason"], json.loads(info["details"])) == (0.7, "partial", {"letters": 5})


def test_a_conversation_ends_when_the_task_has_no_reply():
    env = TextEnv(specimens.TwoTurns())
    env.reset(options={"index": 1})
    assert env.step("hint")[:4] == ("Message 2: not hint.", 0.1, False, False)
    observation, reward, terminated, truncated, info = env.step("12")
    assert (observation, reward, terminated, truncated) == ("", 1.0, True, False)
    assert (info["turn"], info["correct"]) == (2, True)


def test_a_conversation_is_truncated_at_max_turns_and_judged_all_the_same():
    env = TextEnv(specimens.TwoTurns())
    env.reset(options={"index": 1})
    assert [env.step("no")[2:4] for _ in range(3)] == [(False, False), (False, False), (False, True)]
    env.reset(options={"index": 1})
    env.step("no")
    env.step("no")
    _, reward, terminated, truncated, info = env.step("12")
    assert (reward, terminated, truncated, info["reason"]) == (1.0, True, False, "correct")


def test_the_transcript_holds_both_sides_in_order():
    seen = []

    class Listener(specimens.TwoTurns):
        def reply(self, problem, transcript):
            seen.append([(message.role, message.content) for message in transcript])
            return super().reply(problem, transcript)

    env = TextEnv(Listener())
    first, _ = env.reset(options={"index": 0})
    second = env.step("a")[0]
    env.step("b")
    assert seen[0] == [("user", first), ("assistant", "a")]
    assert seen[1] == [*seen[0], ("user", second), ("assistant", "b")]


def test_the_same_seed_draws_the_same_problems_and_reset_without_one_goes_on():
    env, twin = TextEnv(specimens.Large()), TextEnv(specimens.Large())
    prompts = [env.reset(seed=5)[0]] + [env.reset()[0] for _ in range(4)]
    assert prompts == [twin.reset(seed=5)[0]] + [twin.reset()[0] for _ in range(4)]
    assert len(set(prompts)) == 5
    assert env.reset(seed=6)[0] not in prompts


def test_naming_an_item_leaves_the_sequence_as_it_is():
    env, twin = TextEnv(specimens.Small()), TextEnv(specimens.Small())
    assert env.reset(seed=1)[0] == twin.reset(seed=1)[0]
    assert env.reset(options={"index": 0, "split": "test"})[1]["split"] == "test"
    assert [env.reset()[0] for _ in range(5)] == [twin.reset()[0] for _ in range(5)]


@pytest.mark.parametrize("action", [1, None, b"bytes", ["text"], ("text",), {"text": 1}])
def test_an_action_that_is_not_text_is_a_type_error_that_says_so(action):
    env = TextEnv(specimens.Small())
    env.reset(seed=0)
    with pytest.raises(ActionError, match="a str; got") as caught:
        env.step(action)
    assert isinstance(caught.value, TypeError)
    assert env.step("still running")[2]


def test_step_needs_a_running_episode():
    env = TextEnv(specimens.Small())
    with pytest.raises(UserError, match="before reset"):
        env.step("a")
    env.reset(seed=0)
    env.step("a")
    with pytest.raises(UserError, match="after the episode ended"):
        env.step("a")


class Unread(specimens.TwoTurns):
    def score(self, problem, response):
        raise AssertionError("this response must not be read")

    reply = score


def test_a_response_over_the_limit_ends_the_episode_unread():
    env = TextEnv(Unread(), max_chars=100)
    env.reset(seed=0)
    _, reward, terminated, truncated, info = env.step("x" * 101)
    assert (reward, terminated, truncated, info["reason"]) == (0.0, True, False, "too_long")
    assert json.loads(info["details"]) == {"characters": 101, "limit": 100}


@pytest.mark.parametrize("text", ["", "\x00", "\ud800", "é" * 500, "\\boxed{", "nan", "1e999"])
def test_any_text_can_be_played_and_leaves_a_picklable_env(text):
    env = TextEnv(specimens.Small(), render_mode="ansi")
    env.reset(seed=0)
    info = env.step(text)[4]
    assert (info["correct"], info["graded"]) == (False, True)
    json.dumps(info)
    assert pickle.loads(pickle.dumps(env)).reset()[0] == copy.deepcopy(env).reset()[0] == env.reset()[0]


def test_a_verifier_failure_is_not_a_wrong_answer():
    class Broken(specimens.Small):
        def score(self, problem, response):
            return ungraded(Reason.TIMEOUT, seconds=3)

    env = TextEnv(Broken())
    env.reset(seed=0)
    _, reward, terminated, _, info = env.step("a")
    assert (reward, terminated, info["graded"], info["correct"], info["reason"]) == (0.0, True, False, False, "timeout")


@pytest.mark.parametrize("reward", [float("nan"), float("inf"), -0.1, 1.5])
def test_a_reward_out_of_range_is_the_tasks_error(reward):
    class Generous(specimens.Small):
        def score(self, problem, response):
            return right(reward)

    env = TextEnv(Generous())
    env.reset(seed=0)
    with pytest.raises(TaskContractError, match="reward_range"):
        env.step("a")


def test_score_many_must_answer_for_each_response():
    class Forgetful(specimens.Small):
        def score_many(self, pairs):
            return []

    env = TextEnv(Forgetful())
    env.reset(seed=0)
    with pytest.raises(TaskContractError, match="0 verdicts for 1"):
        env.step("a")


@pytest.mark.parametrize("prompt", ["long" * 100, None, 3])
def test_a_prompt_that_cannot_be_shown_is_the_tasks_error(prompt):
    class Mute(specimens.Small):
        def problem(self, split, index):
            return Problem("1", prompt, "")

    with pytest.raises(TaskContractError, match="user message"):
        TextEnv(Mute(), max_chars=100).reset(seed=0)


def test_render_shows_the_conversation():
    env = TextEnv(specimens.Small(), render_mode="ansi")
    env.reset(options={"index": 0})
    env.step("enots")
    assert env.render() == "user: Spell 'stone' backwards.\nassistant: enots\n[correct, reward 1]"
    assert TextEnv(specimens.Small()).render() is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"split": "tset"}, "Did you mean 'test'"),
        ({"max_chars": 0}, "positive number"),
        ({"max_chars": "9"}, "positive number"),
        ({"render_mode": "rgb_array"}, "Allowed: ansi"),
    ],
)
def test_bad_arguments_say_what_is_allowed(arguments, message):
    with pytest.raises(UserError, match=message):
        TextEnv(specimens.Small(), **arguments)


@pytest.mark.parametrize(
    ("entry", "options", "message"),
    [
        ("specimens:Large", {"wrod": "a"}, "Did you mean 'word'"),
        ("specimens:Large", {"splt": "a"}, "Did you mean 'split'"),
        ("specimens:Lagre", {}, "Did you mean 'Large'"),
        ("specimens:random", {}, "no task class"),
        ("specimenz:Large", {}, "no module 'specimenz'"),
        ("specimens", {}, "'module:Class'"),
        (3, {}, "'module:Class'"),
    ],
)
def test_a_task_that_cannot_be_built_says_why(entry, options, message):
    with pytest.raises(UserError, match=message):
        make_env(entry, **options)


def test_a_built_task_takes_no_more_options():
    task = specimens.Large("Say")
    assert load_task(task, {}) is task
    assert load_task("specimens:Large", {"word": "Say"}).word == "Say"
    with pytest.raises(UnknownOptionError, match="already built"):
        load_task(task, {"word": "x"})


def test_a_missing_option_is_named():
    class Needs(specimens.Small):
        def __init__(self, path):
            self.path = path

    specimens.Needs = Needs
    try:
        with pytest.raises(UserError, match="needs path"):
            load_task("specimens:Needs", {})
    finally:
        del specimens.Needs


def test_one_line_registers_a_contributors_task():
    flowrl_envs.register("Specimen/Large-v0", "specimens:Large")
    flowrl_envs.register("Specimen/Large-v0", "specimens:Large")
    env = gymnasium.make("Specimen/Large-v0", word="Say", split="test")
    prompt, info = env.reset(seed=0)
    assert prompt.startswith("Say")
    assert info["split"] == "test"
    assert gymnasium.make(env.spec).reset(seed=0)[0] == prompt
    assert gymnasium.make(gymnasium.envs.registration.EnvSpec.from_json(env.spec.to_json())).reset(seed=0)[0] == prompt


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("Large", "specimens:Large"), "Namespace/Name-vN"),
        (("A/B/C-v0", "specimens:Large"), "Namespace/Name-vN"),
        (("Specimen/A@1-v0", "specimens:Large"), "Namespace/Name-vN"),
        (("Specimen/A-v0", "specimens.Large"), "module:Class"),
        (("Specimen/A-v0", specimens.Large), "module:Class"),
        (("Specimen/A-v0", "specimens:Large", {"split": "x"}), "belong to the environment"),
        (("Specimen/Large-v0", "specimens:Small"), "already registered"),
    ],
)
def test_registration_mistakes_say_the_form(arguments, message):
    flowrl_envs.register("Specimen/Large-v0", "specimens:Large")
    with pytest.raises(ValueError, match=message):
        flowrl_envs.register(*arguments)


def test_a_verdict_is_consistent():
    with pytest.raises(ValueError, match="correct is None exactly"):
        Verdict(0.0, None, Reason.WRONG)
