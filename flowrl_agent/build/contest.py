"""Several algorithms from one warm-started model with one budget, and what became of them on held-out problems.

Every run is a process of its own that calls `flowrl train` with one thread, so it can be repeated by hand from its
log. Measures are taken on the same problems for all; comparisons are paired.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch

from flowrl_agent.build.parts import demonstrations, make_codec, make_envs, make_policy, model_folder, task_of
from flowrl_agent.build.trial import Examiner, Trial
from flowrl_agent.config.schema import EnvConfig, ModelConfig
from flowrl_agent.evaluate import divergence, summarise
from flowrl_agent.metrics.sinks import read_rows
from flowrl_agent.models.chat import Codec
from flowrl_agent.models.policy import Policy
from flowrl_agent.models.warmstart import WarmStartConfig, warm_start
from flowrl_agent.rollout.base import SamplingParams
from flowrl_agent.rollout.local import LocalEngine
from flowrl_agent.stats import Interval, bootstrap, paired
from flowrl_agent.trainer.state import save_policy

SAMPLES = 16
"""Responses to each held-out problem."""


@dataclass(frozen=True)
class Contest:
    """What is compared.

    Attributes:
        env: the environment; training takes its "train" split, measures "test".
        algorithms: name to the flags of `flowrl train` that choose and set it.
        seeds: runs of each.
        steps: iterations of each run.
        problems: held-out problems that are measured.
        max_new_tokens: token budget of a response.
        flags: of every run.
        jobs: runs at a time.
    """

    env: EnvConfig
    algorithms: Mapping[str, Sequence[str]]
    seeds: int
    steps: int
    problems: int
    max_new_tokens: int = 16
    flags: Sequence[str] = ()
    jobs: int = 2


@dataclass(frozen=True)
class Outcome:
    """What became of one policy.

    Attributes:
        values: measure to one value a problem.
        seconds: its training took.
        rewards: mean reward of each training iteration.
    """

    values: Mapping[str, Sequence[float]]
    seconds: float = 0.0
    rewards: Sequence[float] = field(default_factory=tuple)


def teach_tiny(env: EnvConfig, steps: int, folder: Path) -> tuple[Path, list[float]]:
    """A tiny model taught on right answers of the training split; returns its folder and the losses."""
    torch.set_num_threads(1)  # a second thread gains little on so small a model, and loses much on busy cores
    envs, model = make_envs(env, 1), ModelConfig()
    codec = make_codec(model, envs)
    policy = make_policy(model, codec, seed=0)
    losses = warm_start(policy, codec, demonstrations(task_of(envs), "train", 0), WarmStartConfig(steps=steps))
    save_policy(policy, codec, folder)
    return folder / "model", losses


def train_all(contest: Contest, start: Path, out: Path) -> dict[str, list[Path]]:
    """Trains every algorithm with every seed; returns run folders. The log of each lies beside its folder.

    Raises:
        RuntimeError: a run failed; the message holds the end of its log.
    """
    runs = {name: [out / f"{name}-s{seed}" for seed in range(contest.seeds)] for name in contest.algorithms}
    plan = [(name, seed) for seed in range(contest.seeds) for name in contest.algorithms]
    options = [w for k, v in contest.env.kwargs.items() for w in (f"--env.kwargs.{k}", str(v))]

    def train(job: tuple[str, int]) -> None:
        name, seed = job
        folder = runs[name][seed]
        command = [sys.executable, "-m", "flowrl_agent.cli", "train", *contest.algorithms[name], "--model", str(start)]
        command += ["--env", contest.env.id, *options, "--seed", str(seed), "--steps", str(contest.steps)]
        command += ["--rollout.max-new-tokens", str(contest.max_new_tokens), "--out", str(folder), *contest.flags]
        command += ["--log.checkpoint-every", "0", "--device", "cpu"]
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
        log = f"$ {shlex.join(command)}\n{done.stdout}{done.stderr}"
        folder.with_name(folder.name + ".log").write_text(log, encoding="utf-8")
        if done.returncode:
            raise RuntimeError(f"a training run failed:\n{log[-3000:]}")

    with ThreadPoolExecutor(contest.jobs) as pool:
        list(pool.map(train, plan))
    return runs


def examine(
    contest: Contest, start: Path, runs: Mapping[str, Sequence[Path]], split: str = "test"
) -> dict[str, list[Outcome]]:
    """Measures of "start" and of every run, on the same problems, held-out ones unless another split is named."""
    torch.set_num_threads(1)
    params = SamplingParams(contest.max_new_tokens)
    examiner = Examiner(Trial(contest.env, split, contest.problems, SAMPLES, params, seed=1))
    codec, first = Codec.load(start), Policy.load(start)

    def measure(policy: Policy) -> dict[str, Sequence[float]]:
        problems = list(examiner.play(LocalEngine.of(policy, codec, share=True), codec).values())
        kl = divergence(policy, first, problems, codec.pad_id, 1.0)
        return {**summarise(problems).values, "kl": kl}

    outcomes = {"start": [Outcome(measure(first))]}
    for name, folders in runs.items():
        outcomes[name] = []
        for folder in folders:
            rows = [row.values for row in read_rows(folder / "metrics.jsonl") if "reward/mean" in row.values]
            seconds = sum(row["time/iteration"] for row in rows)
            values = measure(Policy.load(model_folder(str(folder))))
            outcomes[name].append(Outcome(values, seconds, [row["reward/mean"] for row in rows]))
    return outcomes


def interval(runs: Sequence[Outcome], measure: str) -> Interval:
    """Mean over problems of the mean over runs."""
    return bootstrap(_means(runs, measure), np.random.default_rng(0))


def gap(a: Sequence[Outcome], b: Sequence[Outcome], measure: str) -> Interval:
    """Mean difference a - b over the same problems, runs averaged."""
    return paired(_means(a, measure), _means(b, measure), np.random.default_rng(0))


def _means(runs: Sequence[Outcome], measure: str) -> Sequence[float]:
    means: list[float] = np.mean([run.values[measure] for run in runs], axis=0).tolist()
    return means
