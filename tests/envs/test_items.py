"""Which item comes next."""

from collections import Counter

import numpy as np
import pytest
import specimens

from flowrl_envs.errors import UnknownOptionError, UserError
from flowrl_envs.items import ItemWalk, read_options
from flowrl_envs.task import Task


class Sized(specimens.Small):
    """Sizes alone; its items are never asked for."""

    def __init__(self, size):
        self._size = size

    def size(self, split):
        return self._size


def walk(task: Task, seed: int, count: int, split: str = "train") -> list[int]:
    rng, items = np.random.default_rng(seed), ItemWalk(task)
    return [items.next(split, rng) for _ in range(count)]


@pytest.mark.parametrize("size", [1, 2, 6, 101, 5000])
def test_a_finite_split_is_covered_before_anything_repeats_and_in_another_order_each_time(size):
    order = walk(Sized(size), 3, 3 * size)
    rounds = [order[i * size : (i + 1) * size] for i in range(3)]
    assert all(sorted(one) == list(range(size)) for one in rounds)
    assert size < 5 or len({tuple(one) for one in rounds}) == 3


def test_every_order_of_three_items_is_equally_likely():
    counts = Counter(tuple(walk(Sized(3), seed, 3)) for seed in range(6000))
    expected = 1000
    chi_square = sum((n - expected) ** 2 / expected for n in counts.values())
    assert len(counts) == 6
    assert chi_square < 20.5  # 99.9 % of 5 degrees of freedom


def test_a_walk_costs_memory_for_what_it_visited_not_for_the_split():
    assert len(set(walk(Sized(2**60), 0, 1000))) == 1000


def test_neighbouring_seeds_share_no_index_of_a_large_space():
    assert not set(walk(specimens.Large(), 0, 500)) & set(walk(specimens.Large(), 1, 500))


def test_a_large_space_uses_sixty_two_bits():
    indices = walk(specimens.Large(), 0, 2000)
    assert 0 <= min(indices) < 2**54
    assert 2**61 < max(indices) < 2**62


def test_splits_are_walked_apart():
    rng, items = np.random.default_rng(0), ItemWalk(specimens.Small())
    mixed = [(items.next("train", rng), items.next("test", rng)) for _ in range(6)]
    assert sorted(train for train, _ in mixed) == list(range(6))
    assert sorted(test for _, test in mixed[:2]) == [0, 1]


def test_options_name_an_item():
    task = specimens.Small()
    assert read_options(None, task, "train") == ("train", None)
    assert read_options({}, task, "train") == ("train", None)
    assert read_options({"split": "test"}, task, "train") == ("test", None)
    assert read_options({"index": np.int64(5)}, task, "train") == ("train", 5)
    assert read_options({"index": 1, "split": "test"}, task, "train") == ("test", 1)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"indx": 1}, UnknownOptionError, "Did you mean 'index'"),
        ({"split": "tset"}, UnknownOptionError, "Did you mean 'test'"),
        ({"split": None}, UnknownOptionError, "no split None"),
        ({"index": "1"}, UserError, "give an integer"),
        ({"index": True}, UserError, "give an integer"),
        ({"index": 1.0}, UserError, "give an integer"),
        ({"index": 6}, IndexError, "below 6"),
        ({"index": -1}, IndexError, "0 or more"),
    ],
)
def test_options_that_name_nothing_say_what_there_is(options, error, message):
    with pytest.raises(error, match=message):
        read_options(options, specimens.Small(), "train")


def test_an_empty_split_is_an_error_not_an_endless_walk():
    with pytest.raises(UserError, match="no items"):
        walk(Sized(0), 0, 1)
