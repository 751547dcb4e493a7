"""Settings: what is written reads back equal, and a mistake is answered with the setting, the types and a near name."""

import math
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal

import pytest

from flowrl_agent.config import toml
from flowrl_agent.config.mapping import override, to_mapping
from flowrl_agent.config.schema import (
    ConfigError,
    EnvConfig,
    ModelConfig,
    OptimConfig,
    RolloutConfig,
    TrainConfig,
)


class Kind(StrEnum):
    ONE = "one"
    TWO = "two"


@dataclass(frozen=True)
class Algo:
    beta: float = 15.0
    clip: float | None = 0.2
    kind: Kind = Kind.ONE
    mode: Literal["a", "b"] = "a"
    steps: tuple[int, ...] = (1, 2)


START = TrainConfig("mine", Algo())


def roundtrip(config, tmp_path):
    path = tmp_path / "config.toml"
    path.write_text(toml.dump(config), encoding="utf-8")
    data = toml.read(path)
    return toml.train_config(data, TrainConfig(toml.algorithm_name(data), Algo()))


@pytest.mark.parametrize(
    "config",
    [
        START,
        replace(START, algo=Algo(beta=math.inf, clip=None, kind=Kind.TWO, mode="b", steps=())),
        replace(
            START, env=EnvConfig("mod:Ns/A-v0", "test", {"level": 2, "x y": "é\"\\\n'", "deep": {"a": [1, 2.5, True]}})
        ),
        replace(START, optim=OptimConfig(lr=1e-12, log_z_lr=3e300, critic_lr=None)),
        replace(START, model=ModelConfig(system='"""\\ [algo] \x7f\t# not a comment')),
    ],
)
def test_a_written_config_reads_back_equal(config, tmp_path):
    assert roundtrip(config, tmp_path) == config


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"optm": {"lr": 1.0}}, ["'optm'", "Did you mean 'optim'"]),
        ({"optim": {"learning_rte": 1.0}}, ["'optim.learning_rte'", "lr"]),
        ({"algo": {"betta": 1}}, ["'algo.betta'", "Did you mean 'beta'"]),
        ({"optim": {"lr": "fast"}}, ["optim.lr", "'fast'", "a number"]),
        ({"optim": {"lr": True}}, ["optim.lr", "a number"]),
        ({"steps": 2.5}, ["steps", "type int"]),
        ({"optim": 3}, ["optim", "a table"]),
        ({"algo": {"kind": "three"}}, ["algo.kind", "'one', 'two'"]),
        ({"algo": {"mode": "c"}}, ["algo.mode", "'a', 'b'"]),
        ({"algo": {"steps": [1, "x"]}}, ["algo.steps[1]"]),
        ({"rollout": {"top_p": 0.9}}, ["rollout.top_p", "nucleus", "flowrl eval"]),
        ({"rollout": {"temperature": 0}}, ["rollout.temperature", "above 0"]),
        ({"rollout": {"prompts": 9}}, ["mini_batches", "divisor", "9"]),
    ],
)
def test_a_mistake_names_the_setting_and_what_is_allowed(data, words):
    with pytest.raises(ConfigError) as caught:
        toml.train_config(data, START)
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_a_later_layer_changes_only_what_it_names():
    once = toml.train_config({"optim": {"lr": 1e-3}, "algo": {"beta": 1}}, START)
    twice = override(once, {"optim": {"warmup": 3}})
    assert twice == replace(START, algo=Algo(beta=1.0), optim=OptimConfig(lr=1e-3, warmup=3))


def test_every_default_survives_the_plain_form():
    assert override(TrainConfig("other", Algo(beta=2.0)), to_mapping(START)) == START


@pytest.mark.parametrize(("text", "words"), [("a = [", "TOML"), (None, "no configuration file")])
def test_an_unreadable_file_is_a_config_error(tmp_path, text, words):
    path = tmp_path / "c.toml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ConfigError, match=words):
        toml.read(path)


def test_sampling_that_changes_the_distribution_has_no_training_setting():
    assert not {"top_p", "top_k", "min_p"} & set(RolloutConfig.__dataclass_fields__)
