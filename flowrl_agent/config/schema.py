"""Every setting of a training run: one frozen dataclass a topic, with its default and what it means.

Docstrings under the fields are the help texts of `flowrl train --help`. This module checks values, it does not read
files (`config.toml`) and knows no algorithm: `TrainConfig` is generic in the algorithm's own configuration.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Generic, Literal, TypeVar

import tyro

from flowrl_envs.errors import UserError

A = TypeVar("A")


class ConfigError(UserError):
    """A setting is unknown, has the wrong type, or contradicts another one."""


def require(good: bool, setting: str, value: object, allowed: str) -> None:
    """Raises the error of this module unless `good`."""
    if not good:
        raise ConfigError(f"{setting} = {value!r} is not possible. It must be {allowed}.")


@dataclass(frozen=True)
class EnvConfig:
    """What is trained on."""

    id: Annotated[str, tyro.conf.arg(aliases=("--env",))] = "FlowRL/Arithmetic-v0"
    """A Gymnasium id whose observations and actions are text; `module:Namespace/Name-v0` imports the module first."""
    split: str = "train"
    """The split that training prompts are drawn from (environments without splits ignore it)."""
    kwargs: Annotated[Mapping[str, Any], tyro.conf.Suppress] = field(default_factory=dict)
    """Options of the environment; on the command line `--env.kwargs.NAME VALUE`."""


@dataclass(frozen=True)
class ModelConfig:
    """The policy that training starts from."""

    path: Annotated[str, tyro.conf.arg(aliases=("--model",))] = "tiny"
    """A Hugging Face folder or hub id, or `tiny`: a small random model with its own vocabulary, for CPUs."""
    hidden: int = 128
    """Width of the tiny model, in steps of 8; its feed-forward layers are three times as wide."""
    layers: int = 4
    """Layers of the tiny model."""
    warm_start: int = 0
    """Supervised steps on the environment's own right answers before the first rollout; 0 for none."""
    warm_lr: float = 2e-3
    """Peak learning rate of the warm start."""
    warm_batch: int = 64
    """Problems a supervised step."""
    system: str = ""
    """System prompt put before every problem; empty for none."""
    shots: int = 0
    """Worked examples (problem and right answer of the training split) put before every problem."""
    log_z: Literal["paper", "released", "scalar"] = "paper"
    """Shape of the log Z head, for algorithms that learn log Z: the paper's MLP, the released code's, or one number."""
    log_z_pool: Literal["all", "all_but_last"] = "all"
    """Which prompt tokens log Z averages (released code: all but the last)."""
    critic: Literal["separate", "shared"] = "separate"
    """What a critic sees, for algorithms that have one: a trained copy of the model, or the policy's own states."""
    keep_start: bool = False
    """Keep the starting policy in memory even where the algorithm needs no reference, to log how far the policy has
    moved (`policy/kl_ref`, `eval/kl`); costs its memory and a forward pass."""

    def __post_init__(self) -> None:
        require(self.hidden >= 8 and self.hidden % 8 == 0, "model.hidden", self.hidden, "a multiple of 8")
        require(self.layers >= 1, "model.layers", self.layers, "1 or more")
        require(self.warm_start >= 0, "model.warm_start", self.warm_start, "0 or more")
        require(self.warm_lr > 0, "model.warm_lr", self.warm_lr, "above 0")
        require(self.warm_batch >= 1, "model.warm_batch", self.warm_batch, "1 or more")
        require(self.shots >= 0, "model.shots", self.shots, "0 or more")


@dataclass(frozen=True)
class RolloutConfig:
    """How one iteration's episodes are made.

    There is no top-p or top-k here: they would train another distribution than the one that is sampled from.
    """

    prompts: int = 8
    """P, different problems an iteration."""
    samples: int = 8
    """G, episodes of each problem (a group)."""
    temperature: float = 1.0
    """Sampling temperature; log-probabilities of policy and reference are taken at the same one."""
    max_new_tokens: int = 64
    """Token budget of one agent message; a longer one is cut and flagged as truncated."""

    def __post_init__(self) -> None:
        require(self.prompts >= 1, "rollout.prompts", self.prompts, "1 or more")
        require(self.samples >= 1, "rollout.samples", self.samples, "1 or more")
        require(self.temperature > 0, "rollout.temperature", self.temperature, "above 0 (0 is greedy: no exploration)")
        require(self.max_new_tokens >= 1, "rollout.max_new_tokens", self.max_new_tokens, "1 or more")


@dataclass(frozen=True)
class OptimConfig:
    """AdamW and how a rollout is cut into optimiser steps."""

    lr: float = 3e-5
    """Learning rate of the model. Small models want about 3e-5, a 7B model about 1e-6."""
    log_z_lr: float | None = None
    """Learning rate of the log Z head; none means `lr`."""
    critic_lr: float | None = 1e-4
    """Learning rate of the value head; none means `lr`."""
    weight_decay: float = 0.1
    """AdamW weight decay."""
    betas: tuple[float, float] = (0.9, 0.999)
    """AdamW moment decays."""
    eps: float = 1e-8
    """AdamW's epsilon."""
    warmup: int = 10
    """Optimiser steps over which the learning rate rises linearly to its value."""
    clip_norm: float = 1.0
    """Joint gradient norm above which gradients are scaled down."""
    mini_batches: int = 2
    """Optimiser steps an epoch: the groups of a rollout are cut into this many parts."""
    epochs: int = 1
    """Passes over a rollout."""
    micro_batch: int = 32
    """Sequences a forward pass and rank; bounds memory, changes no result."""

    def __post_init__(self) -> None:
        require(self.lr > 0, "optim.lr", self.lr, "above 0")
        require(self.warmup >= 0, "optim.warmup", self.warmup, "0 or more")
        require(self.clip_norm > 0, "optim.clip_norm", self.clip_norm, "above 0 (use inf for no clipping)")
        for name in ("mini_batches", "epochs", "micro_batch"):
            require(getattr(self, name) >= 1, f"optim.{name}", getattr(self, name), "1 or more")


@dataclass(frozen=True)
class EvalConfig:
    """Evaluation during training, on a split that training does not see."""

    every: int = 0
    """Iterations between evaluations; 0 for none."""
    split: str = "test"
    """The split that is evaluated, from its index 0 on."""
    problems: int = 64
    """How many problems."""
    samples: int = 8
    """k, responses to each problem."""
    temperature: float = 1.0
    """Sampling temperature; 0 is greedy."""
    exact: int = 1024
    """Responses whose exact probability is computed in an evaluation at most, where the environment can list all
    responses or all right ones; 0 for none. Taken at the temperature of the rollout."""
    beta: float | None = None
    """Nats by which a unit of reward lifts a response in the target that exact distances are measured to; none takes
    what the algorithm itself matches, or 1 where it matches nothing."""

    def __post_init__(self) -> None:
        require(self.exact >= 0, "eval.exact", self.exact, "0 or more")
        require(self.beta is None or self.beta > 0, "eval.beta", self.beta, "above 0, or none")
        require(self.every >= 0, "eval.every", self.every, "0 or more")
        require(self.problems >= 1, "eval.problems", self.problems, "1 or more")
        require(self.samples >= 1, "eval.samples", self.samples, "1 or more")
        require(self.temperature >= 0, "eval.temperature", self.temperature, "0 or more")


@dataclass(frozen=True)
class LogConfig:
    """What a run leaves behind."""

    dir: Annotated[str, tyro.conf.arg(aliases=("--out",))] = ""
    """The run folder; empty for runs/ALGO-ENV-sSEED."""
    console: bool = True
    """Show progress in the terminal."""
    tensorboard: bool = False
    """Also write TensorBoard events."""
    checkpoint_every: int = 50
    """Iterations between checkpoints; 0 for the last one only."""
    keep: int = 2
    """Latest checkpoints that are kept, beside the best one."""
    best: str = "eval/avg"
    """The metric whose highest value marks the best checkpoint."""
    transcripts_every: int = 10
    """Iterations between recorded transcripts; 0 for none."""

    def __post_init__(self) -> None:
        require(self.checkpoint_every >= 0, "log.checkpoint_every", self.checkpoint_every, "0 or more")
        require(self.keep >= 1, "log.keep", self.keep, "1 or more")
        require(self.transcripts_every >= 0, "log.transcripts_every", self.transcripts_every, "0 or more")


@dataclass(frozen=True)
class TrainConfig(Generic[A]):
    """A training run."""

    algorithm: Annotated[str, tyro.conf.arg(name="algo")]
    """The algorithm: a name, `name:preset`, or `module:Class` of your own."""
    algo: A
    """Settings of the algorithm."""
    steps: int = 100
    """Iterations: rollout, then updates."""
    seed: int = 0
    """Seeds everything: initial heads, problems, sampling."""
    device: Literal["auto", "cpu"] = "auto"
    """Where to train; `auto` takes an accelerator if there is one."""
    env: EnvConfig = EnvConfig()
    model: ModelConfig = ModelConfig()
    rollout: RolloutConfig = RolloutConfig()
    optim: OptimConfig = OptimConfig()
    eval: EvalConfig = EvalConfig()
    log: LogConfig = LogConfig()

    def __post_init__(self) -> None:
        require(self.steps >= 0, "steps", self.steps, "0 or more")
        require(0 <= self.seed < 2**31, "seed", self.seed, "between 0 and 2**31 - 1")
        parts, groups = self.optim.mini_batches, self.rollout.prompts
        require(
            groups % parts == 0,
            "optim.mini_batches",
            parts,
            f"a divisor of rollout.prompts = {groups}, so that optimiser steps are equal and groups stay whole",
        )
