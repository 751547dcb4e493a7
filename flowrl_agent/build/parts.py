"""Environments, codecs and policies from settings."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import gymnasium
import torch
import transformers
from gymnasium.vector import VectorEnv

import flowrl_envs  # noqa: F401  registers the ids
from envs_registry import VECTOR_ENV
from flowrl_agent.algorithms.base import Needs
from flowrl_agent.checkpoint import Checkpoints
from flowrl_agent.config.schema import ConfigError, EnvConfig, ModelConfig
from flowrl_agent.models.chat import Codec
from flowrl_agent.models.heads import LogZConfig, ValueConfig
from flowrl_agent.models.policy import Policy
from flowrl_agent.models.tiny import TinyConfig, tiny_model, tiny_tokenizer
from flowrl_agent.models.warmstart import Pair, WarmStartConfig, warm_start
from flowrl_envs.errors import UnknownIdError, UserError, did_you_mean
from flowrl_envs.task import Task
from flowrl_envs.vector import TextVectorEnv

Envs = VectorEnv[Any, Any, Any]
TINY = "tiny"
LARGE = 1_000_000
"""Problems that demonstrations are drawn from where a split has no size."""


def make_envs(config: EnvConfig, count: int) -> Envs:
    """A vector environment of `count` sub-environments.

    Raises:
        UnknownIdError: no such id.
        UserError: of the environment, on its options.
    """
    missing = (gymnasium.error.NameNotFound, gymnasium.error.NamespaceNotFound, gymnasium.error.VersionNotFound)
    try:
        ours = gymnasium.spec(config.id).vector_entry_point == VECTOR_ENV
        split = {"split": config.split} if ours else {}  # a data set may have one split alone
        envs: Envs = gymnasium.make_vec(config.id, num_envs=count, **{**split, **config.kwargs})
    except missing:
        known = [name for name in gymnasium.registry if name.startswith("FlowRL/")]
        raise UnknownIdError(f"There is no environment {config.id!r}.{did_you_mean(config.id, known)}") from None
    return envs


def quiet() -> None:
    """Keeps transformers from drawing progress bars of its own; commands call it, a library user may not want it."""
    transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]


def is_ours(envs: Envs) -> bool:
    """Whether the environment has named problems and splits."""
    return isinstance(envs.unwrapped, TextVectorEnv)


def task_of(envs: Envs) -> Task:
    """The task behind a vector environment of this project.

    Raises:
        UserError: it is another project's, whose right answers are not known.
    """
    inner = envs.unwrapped
    if not isinstance(inner, TextVectorEnv):
        raise UserError(
            f"{envs} is not a FlowRL environment, so its right answers are not known: a warm start and worked "
            "examples need them. Set model.warm_start = 0 and model.shots = 0."
        )
    return inner.task


def reset_options(envs: Envs, split: str) -> Mapping[str, Any] | None:
    """What every reset of a training environment is given."""
    return {"split": split} if is_ours(envs) else None


def demonstrations(task: Task, split: str, seed: int) -> Iterator[Pair]:
    """Endless (prompt, right answer) pairs; where several answers are known, each is as likely."""
    rng = random.Random(seed)
    size = task.size(split) or LARGE
    seen: dict[int, tuple[str, list[str]]] = {}
    while True:
        index = rng.randrange(size)
        if index not in seen:
            seen[index] = _answered(task, split, index)
        prompt, answers = seen[index]
        yield prompt, rng.choice(answers)


def make_codec(config: ModelConfig, envs: Envs, split: str = "train") -> Codec:
    """The model's tokenizer with system prompt and worked examples; `tiny` is this project's own small vocabulary."""
    shots: list[Pair] = []
    if config.shots:
        task = task_of(envs)
        problems = [task.problem(split, index) for index in range(config.shots)]
        shots = [(problem.prompt, task.gold(problem)) for problem in problems]
    if config.path == TINY:
        return Codec(tiny_tokenizer(), config.system, shots)
    try:
        return Codec.load(model_folder(config.path), config.system, shots)
    except OSError as error:
        raise _unreadable(config.path, error) from None


def make_policy(config: ModelConfig, codec: Codec, seed: int, envs: Envs | None = None, split: str = "train") -> Policy:
    """The policy without heads, after its warm start if it has one.

    Args:
        config: which model.
        codec: of the model.
        seed: of initial weights and of the warm start's problems.
        envs: where the warm start's problems come from.
        split: of those problems.
    """
    if config.path == TINY:
        size = TinyConfig(config.hidden, config.layers, mlp=3 * config.hidden)
        policy = Policy(tiny_model(codec.tokenizer, seed, size))  # type: ignore[arg-type]
    else:
        try:
            policy = Policy.load(model_folder(config.path))
        except OSError as error:
            raise _unreadable(config.path, error) from None
    if config.warm_start and envs is not None:
        settings = WarmStartConfig(steps=config.warm_start, batch=config.warm_batch, lr=config.warm_lr)
        warm_start(policy, codec, demonstrations(task_of(envs), split, seed), settings)
    return policy


def with_heads(policy: Policy, config: ModelConfig, needs: Needs, seed: int) -> Policy:
    """The same language model with the heads that an algorithm needs; a critic starts as a copy of the model."""
    log_z = LogZConfig(config.log_z, config.log_z_pool) if needs.log_z else None
    value = ValueConfig(config.critic) if needs.value else None
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Policy(policy.model, log_z, value)


def model_folder(path: str) -> str:
    """The Hugging Face folder meant by `path`: itself, the model of a checkpoint, or of a run's newest checkpoint."""
    folder = Path(path)
    if (folder / "model" / "config.json").is_file():
        return str(folder / "model")
    if (folder / "checkpoints").is_dir():
        return str(Checkpoints(folder / "checkpoints").latest() / "model")
    local = folder.is_absolute() or folder.is_dir() or path.startswith(".") or path.count("/") > 1
    if local and not (folder / "config.json").is_file():
        raise ConfigError(
            f"{path!r} holds no model: no config.json in it. Pass a Hugging Face folder or hub id, a checkpoint or "
            f"run folder of `flowrl train`, or {TINY!r}."
        )
    return path


def _answered(task: Task, split: str, index: int) -> tuple[str, list[str]]:
    """A prompt and its right answers: the enumerated solutions if they are right as they stand, else the gold."""
    problem = task.problem(split, index)
    known = sorted(task.solutions(problem))
    good = bool(known) and all(verdict.correct for verdict in task.score_many([(problem, a) for a in known]))
    return problem.prompt, known if good else [task.gold(problem)]


def _unreadable(path: str, error: OSError) -> ConfigError:
    return ConfigError(f"The model {path!r} cannot be read: {str(error).splitlines()[0]}")
