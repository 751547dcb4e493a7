"""A stable-baselines3 training from settings to a run folder that `flowrl report` reads like any other.

`flowrl train --algo sb3:maskable_ppo` ends up here. The test split is evaluated as for language models, before and
after training.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import numpy as np
import tyro

from flowrl_agent.baselines.sb3 import PREFIX, Name, SB3Agent, SB3Config, learn, make_agent
from flowrl_agent.baselines.views import View, view_of
from flowrl_agent.build.parts import make_envs, task_of
from flowrl_agent.build.trial import Examiner, Trial
from flowrl_agent.config.mapping import to_mapping
from flowrl_agent.config.schema import ConfigError, EnvConfig, EvalConfig
from flowrl_agent.config.toml import dump_tables
from flowrl_agent.evaluate import Evaluation, summarise
from flowrl_agent.metrics.sinks import JsonlSink
from flowrl_agent.rollout.base import SamplingParams
from flowrl_agent.rollout.text import TextEngine
from flowrl_agent.trainer.record import write_transcripts
from flowrl_envs.env import TextEnv
from flowrl_envs.errors import did_you_mean

if TYPE_CHECKING:
    from stable_baselines3.common.base_class import BaseAlgorithm


@dataclass(frozen=True)
class SB3Run:
    """A training run of a stable-baselines3 agent."""

    algo: SB3Config = field(default_factory=SB3Config)
    seed: int = 0
    """Seeds networks, problems and exploration."""
    max_tokens: int = 0
    """Longest message in tokens; 0 for the longest gold answer of the training split."""
    vocabulary: str = ""
    """Characters that may be written; empty for those of gold answers and of the task's grammar."""
    env: EnvConfig = field(default_factory=EnvConfig)
    eval: EvalConfig = field(default_factory=EvalConfig)
    out: Annotated[str, tyro.conf.arg(aliases=("-o",))] = ""
    """The run folder; empty for runs/ALGO-ENV-sSEED."""


def algorithm_of(name: str) -> Name:
    """The stable-baselines3 name in `sb3:ppo`.

    Raises:
        ConfigError: there is none of that name.
    """
    short = name.removeprefix(PREFIX)
    for known in get_args(Name):
        if short == known:
            return known  # type: ignore[no-any-return]
    raise ConfigError(f"There is no algorithm {name!r}.{did_you_mean(name, [PREFIX + n for n in get_args(Name)])}")


def train_sb3(algorithm: str, run: SB3Run) -> Path:
    """Trains and evaluates; returns the run folder: config.toml, metrics.jsonl, result.json, transcripts, agent.zip.

    Args:
        algorithm: `sb3:ppo`, `sb3:a2c`, `sb3:dqn` or `sb3:maskable_ppo`.
        run: the settings.

    Raises:
        ConfigError: the folder holds a run already, or there is no such algorithm.
        UserError: the environment is not one of this project's, so that it has no gold answers to read a view from.
        MissingDependencyError: stable-baselines3 is not installed.
    """
    name = algorithm_of(algorithm)
    task = task_of(make_envs(run.env, 1))
    view = view_of(task, run.env.split, run.max_tokens, run.vocabulary)
    agent = make_agent(name, run.algo, view, lambda: TextEnv(task, split=run.env.split), run.seed)
    folder = _claim(algorithm, run)
    sink = JsonlSink(folder / "metrics.jsonl", -1)
    try:
        sink.log(0, evaluate_sb3(SB3Agent(agent, view), view, run).means())
        learn(agent, run.algo.steps, sink.log, max(1, run.algo.steps // 50))
        last = evaluate_sb3(SB3Agent(agent, view), view, run)
        sink.log(agent.num_timesteps, last.means())
    finally:
        sink.close()
    agent.save(folder / "agent.zip")
    shown = [episode for problem in last.problems[:8] for episode in problem[:4]]
    write_transcripts(folder / "transcripts.jsonl", shown, agent.num_timesteps, run.eval.split)
    intervals = last.intervals(np.random.default_rng(run.seed))
    result = {key: [i.value, i.low, i.high] for key, i in intervals.items()}
    (folder / "result.json").write_text(json.dumps(result, indent=1), encoding="utf-8")
    return folder


def evaluate_sb3(agent: SB3Agent, view: View, run: SB3Run) -> Evaluation:
    """`run.eval.samples` responses to each of the first `run.eval.problems` problems of the evaluation split."""
    engine = TextEngine(agent)
    params = SamplingParams(view.max_tokens, min(run.eval.temperature, 1.0))
    trial = Trial(run.env, run.eval.split, run.eval.problems, run.eval.samples, params, run.seed)
    return summarise(list(Examiner(trial).play(engine, engine.codec).values()))


def _claim(algorithm: str, run: SB3Run) -> Path:
    default = f"{algorithm}-{run.env.id.rpartition('/')[2]}-s{run.seed}".replace(":", "-")
    folder = Path(run.out or Path("runs") / default)
    if (folder / "config.toml").exists():
        raise ConfigError(f"{str(folder)!r} holds a run already. Pass another folder with --out.")
    folder.mkdir(parents=True, exist_ok=True)
    data = to_mapping(run)
    data["algo"] = {"name": algorithm, **data["algo"]}
    (folder / "config.toml").write_text(dump_tables(data), encoding="utf-8")
    return folder


def load_agent(algorithm: str, run: SB3Run, folder: Path) -> tuple[BaseAlgorithm, View]:
    """The trained agent of a run folder, and its view."""
    import sb3_contrib
    import stable_baselines3

    kinds: dict[Name, type[BaseAlgorithm]] = {
        "ppo": stable_baselines3.PPO,
        "a2c": stable_baselines3.A2C,
        "dqn": stable_baselines3.DQN,
        "maskable_ppo": sb3_contrib.MaskablePPO,
    }
    view = view_of(task_of(make_envs(run.env, 1)), run.env.split, run.max_tokens, run.vocabulary)
    return kinds[algorithm_of(algorithm)].load(folder / "agent.zip", device="cpu"), view
