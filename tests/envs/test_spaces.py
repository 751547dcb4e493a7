"""FreeText holds any string, and shared memory carries it."""

import copy
import multiprocessing
import pickle

import gymnasium
import numpy as np
import pytest
from gymnasium.vector.utils import (
    batch_space,
    concatenate,
    create_empty_array,
    create_shared_memory,
    iterate,
    read_from_shared_memory,
    write_to_shared_memory,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from flowrl_envs.errors import UserError
from flowrl_envs.spaces import FreeText

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=40)
HOSTILE = ["", "\x00", "a\x00b", "\ud800", "x\udfff\ud800y", "é数🙂", "\U0010ffff" * 40, "\r\n\u2028", "a" * 40]


def test_a_member_is_a_string_of_an_allowed_length():
    space = FreeText(3, min_length=1)
    assert [x in space for x in ["", "a", "abc", "abcd", "🙂🙂🙂", b"ab", 1, None, ["a"]]] == [
        False, True, True, False, True, False, False, False, False,
    ]  # fmt: skip


@pytest.mark.parametrize(("longest", "shortest"), [(0, 0), (1, 1), (5, 5), (200, 0), (200, 150)])
def test_samples_are_members_and_follow_the_seed(longest, shortest):
    space = FreeText(longest, min_length=shortest, seed=1)
    twin = FreeText(longest, min_length=shortest, seed=1)
    samples = [space.sample() for _ in range(200)]
    assert all(sample in space and type(sample) is str for sample in samples)
    assert samples == [twin.sample() for _ in range(200)]
    assert longest < 5 or len(set(samples)) > 20


def test_equality_is_by_bounds_and_survives_pickle():
    space = FreeText(10)
    for twin in (FreeText(10), pickle.loads(pickle.dumps(space)), copy.deepcopy(space)):
        assert twin == space
        assert hash(twin) == hash(space)
    assert space != FreeText(11)
    assert space != FreeText(10, min_length=1)
    assert space != gymnasium.spaces.Text(10)
    assert repr(space) == "FreeText(10)"


def test_a_pickled_space_goes_on_sampling_where_it_was():
    space = FreeText(50, seed=3)
    space.sample()
    assert pickle.loads(pickle.dumps(space)).sample() == space.sample()


@pytest.mark.parametrize("bounds", [(-1, 0), (3, 4), (2.5, 0), ("3", 0)])
def test_impossible_bounds_are_refused_with_the_bounds(bounds):
    with pytest.raises(UserError, match="0 <= min_length <= max_length"):
        FreeText(bounds[0], min_length=bounds[1])


def test_masks_are_refused():
    with pytest.raises(UserError, match="no mask"):
        FreeText(3).sample(mask=(1, None))


def test_batches_of_text_are_tuples_of_strings():
    space, texts = FreeText(40), ("a", "", "é")
    batched = batch_space(space, 3)
    assert texts in batched
    assert batched.sample() in batched
    assert concatenate(space, texts, create_empty_array(space, 3)) == texts
    assert tuple(iterate(batched, texts)) == texts


@settings(max_examples=200, deadline=None)
@given(st.lists(ANY_TEXT, min_size=1, max_size=5), st.data())
def test_shared_memory_returns_what_was_written(texts, data):
    space, n = FreeText(40), len(texts)
    memory = create_shared_memory(space, n, multiprocessing.get_context("fork"))
    view = read_from_shared_memory(space, memory, n)
    assert copy.deepcopy(view) == ("",) * n
    for index in data.draw(st.permutations(range(n))):
        write_to_shared_memory(space, index, texts[index], memory)
    assert copy.deepcopy(view) == tuple(texts)
    assert copy.copy(view) == view
    assert view[-1] == texts[-1]
    assert view[0:n] == tuple(texts)


def test_a_shorter_string_overwrites_a_longer_one():
    space = FreeText(40)
    memory = create_shared_memory(space, 2)
    for text in HOSTILE:
        write_to_shared_memory(space, 1, text, memory)
        assert tuple(read_from_shared_memory(space, memory, 2)) == ("", text)


def test_a_string_beyond_the_space_is_refused_not_cut():
    space = FreeText(3)
    with pytest.raises(UserError, match="4 characters"):
        write_to_shared_memory(space, 0, "abcd", create_shared_memory(space, 1))


class Parrot(gymnasium.Env):
    """Says what it was told last."""

    observation_space = action_space = FreeText(40)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return "", {}

    def step(self, action):
        return action, 0.0, False, False, {}


@pytest.mark.parametrize("copied", [True, False])
@pytest.mark.parametrize("shared", [True, False])
def test_async_vector_environments_carry_any_text(shared, copied):
    envs = gymnasium.vector.AsyncVectorEnv([Parrot] * 2, shared_memory=shared, copy=copied, context="fork")
    try:
        assert tuple(envs.reset(seed=0)[0]) == ("", "")
        for text in HOSTILE:
            observation = envs.step((text, "fixed"))[0]
            assert tuple(observation) == (text, "fixed")
            assert observation in envs.observation_space or not copied
    finally:
        envs.close()


def test_nested_text_stays_right_in_shared_memory():
    space = gymnasium.spaces.Dict(text=FreeText(20), number=gymnasium.spaces.Discrete(9))
    memory = create_shared_memory(space, 2)
    view = read_from_shared_memory(space, memory, 2)
    write_to_shared_memory(space, 1, {"text": "é", "number": np.int64(4)}, memory)
    snapshot = copy.deepcopy(view)
    write_to_shared_memory(space, 1, {"text": "later", "number": np.int64(5)}, memory)
    assert snapshot["text"] == ("", "é")
    assert view["text"][1] == "later"
