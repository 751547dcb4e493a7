"""The batch environment equals single environments, and Gymnasium's own vector environment, item for item."""

import pickle
import random

import gymnasium
import numpy as np
import pytest
import specimens
from gymnasium.vector import AutoresetMode, SyncVectorEnv

import flowrl_envs
from flowrl_envs.env import TextEnv
from flowrl_envs.errors import ActionError, UnknownOptionError, UserError
from flowrl_envs.vector import TextVectorEnv, make_vector_env

TASKS = [specimens.Large(), specimens.Small(), specimens.TwoTurns()]
N = 5


def assert_same_info(ours, theirs):
    """Equal keys, masks and values; our strings are plain objects as theirs, our numbers have the key's type."""
    assert set(ours) == set(theirs)
    for key, value in theirs.items():
        if isinstance(value, dict):
            assert_same_info(ours[key], value)
        else:
            assert ours[key].dtype == value.dtype, key
            assert ours[key].tolist() == value.tolist(), key


def responses(env, rng):
    """A mix of gold, junk and over-long text for the problems in play."""
    kinds = [lambda p: env.task.gold(p), lambda p: "hint", lambda p: p.id, lambda p: "x" * 200]
    return [rng.choice(kinds)(episode.problem) for episode in env._episodes]


@pytest.mark.parametrize("mode", list(AutoresetMode))
@pytest.mark.parametrize("task", TASKS, ids=lambda task: type(task).__name__)
def test_every_mode_equals_gymnasiums_own_vector_environment(task, mode):
    ours = TextVectorEnv(task, N, max_chars=150, autoreset_mode=mode)
    theirs = SyncVectorEnv([lambda: TextEnv(task, max_chars=150)] * N, autoreset_mode=mode)
    rng = random.Random(0)
    (text, info), (their_text, their_info) = ours.reset(seed=3), theirs.reset(seed=3)
    for _ in range(40):
        assert text == their_text
        assert_same_info(info, their_info)
        actions = responses(ours, rng)
        text, *arrays, info = ours.step(actions)
        their_text, *their_arrays, their_info = theirs.step(actions)
        for array, other in zip(arrays, their_arrays, strict=True):
            assert array.dtype == other.dtype
            assert array.tolist() == other.tolist()
        done = arrays[1] | arrays[2]
        if mode is AutoresetMode.DISABLED and done.any():
            assert text == their_text
            assert_same_info(info, their_info)
            text, info = ours.reset(options={"reset_mask": done})
            their_text, their_info = theirs.reset(options={"reset_mask": done.copy()})
    assert ours.observation_space == theirs.observation_space
    assert ours.action_space == theirs.action_space
    assert ours.metadata["autoreset_mode"] is mode


@pytest.mark.parametrize("task", TASKS, ids=lambda task: type(task).__name__)
def test_each_sub_environment_equals_a_single_one(task):
    batch, rng = TextVectorEnv(task, N), random.Random(1)
    singles = [TextEnv(task) for _ in range(N)]
    texts, _ = batch.reset(seed=9)
    assert list(texts) == [env.reset(seed=9 + i)[0] for i, env in enumerate(singles)]
    for _ in range(30):
        actions = responses(batch, rng)
        texts, rewards, terminations, truncations, info = batch.step(actions)
        for i, env in enumerate(singles):
            text, reward, terminated, truncated, one = env.step(actions[i])
            assert (rewards[i], terminations[i], truncations[i]) == (reward, terminated, truncated)
            if terminated or truncated:
                assert {key: info["final_info"][key][i] for key in one} == one
                text, one = env.reset()
            assert {key: info[key][i] for key in one} == one
            assert texts[i] == text


def test_a_reward_of_nothing_first_does_not_round_the_next():
    env = TextVectorEnv(specimens.Small(), 2)
    env.reset(options={"index": [0, 1]})
    _, rewards, *_ = env.step(["junk", "rrvie"])
    assert rewards.tolist() == [0.0, 0.7]


def test_a_group_is_one_seed_repeated():
    env = TextVectorEnv(specimens.Large(), 8)
    texts, _ = env.reset(seed=[7] * 8)
    assert len(set(texts)) == 1
    following = env.step(["a"] * 8)[0]
    assert len(set(following)) == 1
    assert following[0] != texts[0]
    assert TextEnv(specimens.Large()).reset(seed=7)[0] == texts[0]


def test_equal_problems_are_built_once():
    built = []

    class Counting(specimens.Large):
        def problem(self, split, index):
            built.append(index)
            return super().problem(split, index)

    TextVectorEnv(Counting(), 64).reset(seed=[1] * 32 + [2] * 32)
    assert len(built) == 2


def test_the_batch_is_scored_by_one_call():
    calls = []

    class Batching(specimens.Small):
        def score_many(self, pairs):
            calls.append(len(pairs))
            return super().score_many(pairs)

    env = TextVectorEnv(Batching(), 6)
    env.reset(seed=0)
    env.step(["a"] * 6)
    assert calls == [6]


def test_a_seed_of_none_leaves_a_sub_environment_as_it_is():
    env, twin = TextVectorEnv(specimens.Large(), 2), TextVectorEnv(specimens.Large(), 2)
    env.reset(seed=0)
    twin.reset(seed=0)
    texts = env.reset(seed=[None, 5])[0]
    assert texts[0] == twin.reset()[0][0]
    assert texts[1] == TextEnv(specimens.Large()).reset(seed=5)[0]


def test_unseeded_sub_environments_differ():
    assert len(set(TextVectorEnv(specimens.Large(), 8).reset()[0])) == 8


def test_options_name_one_item_for_all_or_one_for_each():
    env = TextVectorEnv(specimens.Small(), 3)
    assert set(env.reset(options={"index": 2})[0]) == {"Spell 'cloud' backwards."}
    _, info = env.reset(options={"index": np.array([0, 5, 1])})
    assert info["problem_id"].tolist() == ["stone", "night", "river"]
    _, info = env.reset(options={"index": [0, 1, 0], "split": "test"})
    assert info["problem_id"].tolist() == ["ocean", "plant", "ocean"]
    assert set(env.reset(options={"split": "test"})[1]["split"]) == {"test"}
    assert set(env.step(["a"] * 3)[4]["split"]) == {"train"}


def test_a_mask_resets_some_and_leaves_the_callers_options_alone():
    env = TextVectorEnv(specimens.Small(), 3, autoreset_mode="Disabled")
    before = env.reset(seed=0)[0]
    options = {"reset_mask": np.array([False, True, False]), "index": [9, 4, 9]}
    after, info = env.reset(options=options)
    assert (after[0], after[2]) == (before[0], before[2])
    assert info["_problem_id"].tolist() == [False, True, False]
    assert info["problem_id"].tolist() == [None, "grass", None]
    assert list(options) == ["reset_mask", "index"]


def test_stepping_a_finished_episode_is_an_error_where_autoreset_is_disabled():
    env = TextVectorEnv(specimens.Small(), 2, autoreset_mode=AutoresetMode.DISABLED)
    env.reset(seed=0)
    env.step(["a", "b"])
    with pytest.raises(UserError, match="reset_mask"):
        env.step(["a", "b"])


@pytest.mark.parametrize(
    ("actions", "message"),
    [
        ("ab", "single str"),
        (b"ab", "single bytes"),
        ({"a": 1, "b": 2}, "single dict"),
        (None, "single NoneType"),
        (["a"], "1 strings for 2"),
        (["a", "b", "c"], "3 strings for 2"),
        (["a", 1], "got int"),
        (["a", None], "got NoneType"),
    ],
)
def test_a_batch_that_is_not_one_string_each_is_refused_before_anything_happens(actions, message):
    env = TextVectorEnv(specimens.Small(), 2)
    texts, _ = env.reset(seed=0)
    with pytest.raises(ActionError, match=message):
        env.step(actions)
    assert [episode.problem.prompt for episode in env._episodes] == list(texts)


@pytest.mark.parametrize("kind", [list, tuple, np.array, lambda x: np.array(x, dtype=object), iter])
def test_any_sequence_of_strings_is_a_batch(kind):
    env = TextVectorEnv(specimens.Small(), 2)
    env.reset(options={"index": [0, 1]})
    assert env.step(kind(["enots", "revir"]))[1].tolist() == [1.0, 1.0]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        ({"seed": [1]}, UserError, "1 entries for 2"),
        ({"options": {"index": [1]}}, UserError, "1 entries for 2"),
        ({"options": {"rest_mask": None}}, UnknownOptionError, "Did you mean 'reset_mask'"),
        ({"options": {"reset_mask": [True, False]}}, UserError, "numpy bool array"),
        ({"options": {"reset_mask": np.array([1, 0])}}, UserError, "numpy bool array"),
        ({"options": {"reset_mask": np.array([True])}}, UserError, "shape"),
        ({"options": {"reset_mask": np.array([False, False])}}, UserError, "with a True"),
        ({"options": {"split": "tset"}}, UnknownOptionError, "Did you mean 'test'"),
        ({"options": {"index": [0, 77]}}, IndexError, "below 6"),
    ],
)
def test_a_reset_that_cannot_be_done_says_what_is_allowed(call, error, message):
    with pytest.raises(error, match=message):
        TextVectorEnv(specimens.Small(), 2).reset(**call)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"num_envs": 0}, "positive integer"),
        ({"num_envs": 2, "autoreset_mode": "SameStpe"}, "Did you mean 'SameStep'"),
        ({"num_envs": 2, "split": "x"}, "no split"),
    ],
)
def test_bad_arguments_say_what_is_allowed(arguments, message):
    with pytest.raises(UserError, match=message):
        make_vector_env(specimens.Small(), **arguments)


def test_step_needs_a_reset_of_every_sub_environment():
    env = TextVectorEnv(specimens.Small(), 2)
    with pytest.raises(UserError, match="before reset"):
        env.step(["a", "b"])
    env.reset(options={"reset_mask": np.array([True, False])})
    with pytest.raises(UserError, match="before reset"):
        env.step(["a", "b"])


def test_infos_of_two_steps_share_no_array():
    env = TextVectorEnv(specimens.Small(), 2)
    env.reset(seed=0)
    first, second = env.step(["a", "b"]), env.step(["a", "b"])
    arrays, later = (
        [a for a in (*result[1:4], *result[4].values()) if isinstance(a, np.ndarray)] for result in (first, second)
    )
    assert not any(np.shares_memory(a, b) for a in arrays for b in later if object not in (a.dtype, b.dtype))


def test_what_keys_of_one_info_share_cannot_be_written():
    env = TextVectorEnv(specimens.Small(), 2)
    info = env.reset(seed=0)[1]
    arrays = list(info.values())
    shared = [a for k, a in enumerate(arrays) for b in arrays[:k] if a.dtype != object and np.shares_memory(a, b)]
    assert shared
    assert not any(a.flags.writeable for a in shared)


def test_a_pickled_batch_goes_on_as_it_was():
    env = TextVectorEnv(specimens.Large(), 3)
    env.reset(seed=0)
    env.step(["a"] * 3)
    twin = pickle.loads(pickle.dumps(env))
    assert twin.step(["b"] * 3)[0] == env.step(["b"] * 3)[0]


def test_make_vec_takes_settings_and_task_options_as_plain_arguments():
    flowrl_envs.register("Specimen/Large-v0", "specimens:Large")
    env = gymnasium.make_vec("Specimen/Large-v0", num_envs=3, word="Say", split="test", autoreset_mode="NextStep")
    assert isinstance(env, TextVectorEnv)
    texts, info = env.reset(seed=0)
    assert all(text.startswith("Say") for text in texts)
    assert set(info["split"]) == {"test"}
    assert env.autoreset_mode is AutoresetMode.NEXT_STEP
    assert env.spec.id == "Specimen/Large-v0"
    again = gymnasium.make_vec(env.spec)
    assert again.reset(seed=0)[0] == texts
    with pytest.raises(UnknownOptionError, match="Did you mean 'word'"):
        gymnasium.make_vec("Specimen/Large-v0", num_envs=3, wrod="Say")


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_gymnasiums_own_vectorisers_agree_with_ours(mode):
    flowrl_envs.register("Specimen/Two-v0", "specimens:TwoTurns")
    settings = {"autoreset_mode": AutoresetMode.SAME_STEP} | ({"context": "fork"} if mode == "async" else {})
    ours = gymnasium.make_vec("Specimen/Two-v0", num_envs=3)
    theirs = gymnasium.make_vec("Specimen/Two-v0", num_envs=3, vectorization_mode=mode, vector_kwargs=settings)
    try:
        assert ours.reset(seed=2)[0] == theirs.reset(seed=2)[0]
        for text in ["hint", "\ud800 é", "12", "14", "x" * 9]:
            a, b = ours.step([text] * 3), theirs.step((text,) * 3)
            assert a[0] == b[0]
            assert [x.tolist() for x in a[1:4]] == [x.tolist() for x in b[1:4]]
            assert_same_info(a[4], b[4])
    finally:
        theirs.close()


def test_random_actions_are_in_the_action_space():
    env = TextVectorEnv(specimens.Small(), 4)
    env.reset(seed=0)
    env.action_space.seed(0)
    actions = env.action_space.sample()
    assert actions in env.action_space
    texts, *_ = env.step(actions)
    assert texts in env.observation_space
    assert len(env.np_random) == len(env.np_random_seed) == 4
    assert env.np_random_seed == (0, 1, 2, 3)
