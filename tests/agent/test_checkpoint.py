"""A checkpoint is whole or absent, a damaged one is refused by name, and the last k and the best stay."""

import random
import warnings

import numpy as np
import pytest
import torch

from flowrl_agent.checkpoint import CheckpointError, Checkpoints, random_state, set_random_state, verify


def write(folder):
    (folder / "deep").mkdir()
    (folder / "deep" / "a.bin").write_bytes(b"x" * 1000)
    (folder / "b.txt").write_text(folder.name)


def names(folder):
    return sorted(p.name for p in folder.glob("step-*"))


def test_the_last_k_and_the_best_are_kept(tmp_path):
    store = Checkpoints(tmp_path, keep=2)
    for step, score in enumerate([0.1, 0.9, 0.3, None, 0.2], start=1):
        store.save(step, write, score)
    assert names(tmp_path) == ["step-000002", "step-000004", "step-000005"]
    assert store.best().name == "step-000002"
    assert store.latest().name == "step-000005"
    assert (tmp_path / "latest").read_text() == "step-000005\n"


@pytest.mark.parametrize(
    ("damage", "word"),
    [
        (lambda p: (p / "deep/a.bin").write_bytes(b"x" * 10), "10 bytes instead of 1000"),
        (lambda p: (p / "deep/a.bin").write_bytes(b"y" * 1000), "content of deep/a.bin has changed"),
        (lambda p: (p / "b.txt").unlink(), "b.txt is missing"),
        (lambda p: (p / "manifest.json").write_text('{"step": 2'), "no readable manifest"),
        (lambda p: (p / "manifest.json").unlink(), "no readable manifest"),
    ],
)
def test_a_damaged_checkpoint_is_named_and_the_one_before_is_used(tmp_path, damage, word):
    store = Checkpoints(tmp_path)
    first, second = store.save(1, write), store.save(2, write)
    damage(second)
    with pytest.raises(CheckpointError, match=word):
        verify(second)
    with pytest.warns(UserWarning, match=word):
        assert store.latest() == first


def test_no_intact_checkpoint_is_an_error_that_says_where(tmp_path):
    with pytest.raises(CheckpointError, match="no intact checkpoint"):
        Checkpoints(tmp_path / "none").latest()


def test_dying_while_writing_leaves_the_earlier_checkpoint_and_no_half_one(tmp_path):
    store = Checkpoints(tmp_path)
    store.save(1, write)

    def die(folder):
        write(folder)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.save(2, die)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert store.latest().name == "step-000001"
    store.save(3, write)
    assert not list(tmp_path.glob(".new-*"))


def test_the_same_step_can_be_saved_again(tmp_path):
    store = Checkpoints(tmp_path)
    store.save(1, write, 0.5)
    store.save(1, lambda folder: (folder / "c").write_text("new"), 0.6)
    assert (store.latest() / "c").read_text() == "new"
    assert verify(store.latest()) == 1


def test_random_generators_continue_where_they_were(tmp_path):
    random.gauss(0, 1)  # leaves half a pair inside the generator
    np.random.standard_normal()
    torch.save(random_state(), tmp_path / "rng.pt")

    def draw():
        return random.gauss(0, 1), random.random(), np.random.standard_normal(3).tolist(), torch.rand(3).tolist()

    first = draw()
    set_random_state(torch.load(tmp_path / "rng.pt", weights_only=True))
    assert draw() == first
