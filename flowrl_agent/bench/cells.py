"""The settings of every run of a plan: which algorithm, environment and seed, and from which start.

A `Job` holds all that a run depends on, so its fingerprint says whether a recorded result is of this very run.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from flowrl_agent.algorithms import load_algorithm
from flowrl_agent.baselines.sb3 import PREFIX
from flowrl_agent.baselines.sb3_run import SB3Run, algorithm_of
from flowrl_agent.bench.plan import EnvEntry, Plan, Test, flat, nested
from flowrl_agent.config import toml
from flowrl_agent.config.mapping import override, to_mapping
from flowrl_agent.config.schema import TrainConfig, require


@dataclass(frozen=True)
class Job:
    """One run.

    Attributes:
        algorithm: its name, or the label of a variant.
        env: the environment's name in the plan.
        seed: of the run.
        config: every setting, as tables; paths of folders are left out.
        start: hash of the starting model's weights, "" for an algorithm that starts from nothing.
        test: the final evaluation.
        chosen: settings that a search chose, dotted.
        trial: number of a search's trial, -1 for a run of the benchmark itself.
        variant_of: the algorithm's name where `algorithm` is the label of a variant.
    """

    algorithm: str
    env: str
    seed: int
    config: Mapping[str, Any]
    start: str
    test: Test
    chosen: Mapping[str, Any] = field(default_factory=dict)
    trial: int = -1
    variant_of: str = ""

    @property
    def base(self) -> str:
        """The name that an algorithm is loaded by."""
        return self.variant_of or self.algorithm

    @property
    def fingerprint(self) -> str:
        """Equal for runs that are the same in all that matters."""
        text = json.dumps(to_mapping(self), sort_keys=True)
        return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()

    @property
    def folder(self) -> str:
        """The run folder's name: readable, and unlike that of any other run."""
        parts = [self.algorithm, self.env, f"s{self.seed}"] + ([f"trial{self.trial}"] if self.trial >= 0 else [])
        name = "-".join(parts)
        readable = "".join(c if c.isalnum() or c in "-_.=" else "-" for c in name)
        return f"{readable[:120]}-{self.fingerprint[:6]}"


def runs(plan: Plan, starts: Mapping[str, str], chosen: Mapping[tuple[str, str], Mapping[str, Any]]) -> Iterator[Job]:
    """Every run, seed by seed, so that a benchmark that is cut short is balanced.

    Args:
        plan: the benchmark.
        starts: hash of the starting model of each environment, by the environment's name.
        chosen: (algorithm, environment) to the settings that a search chose.
    """
    for seed in range(plan.first_seed, plan.first_seed + plan.seeds):
        for env in plan.envs:
            for algorithm in plan.algorithms:
                picked = chosen.get((algorithm, env.name), {})
                yield make_job(plan, algorithm, env, seed, starts.get(env.name, ""), picked)


def make_job(
    plan: Plan, algorithm: str, env: EnvEntry, seed: int, start: str, chosen: Mapping[str, Any], trial: int = -1
) -> Job:
    """One run's settings, checked.

    Raises:
        UserError: an unknown algorithm or setting, or a value that is not possible.
    """
    variant_of = plan.variants.get(algorithm, "")
    base = variant_of or algorithm
    if base.startswith(PREFIX):
        own = to_mapping(_sb3(plan, algorithm, base, env, seed))
        return Job(algorithm, env.name, seed, own, "", replace(_test(plan, trial), at=()), chosen, trial, variant_of)
    default = TrainConfig(base, load_algorithm(base).config)
    config = default
    layers = [plan.train, env.train, nested(plan.settings.get(algorithm, {})), nested(chosen)]
    if trial >= 0:
        layers.append({"steps": plan.search.steps, "eval": {"every": 0}})
    fixed = {
        "seed": seed,
        "env": {"id": env.id, "kwargs": dict(env.kwargs)},
        "rollout": {"max_new_tokens": env.max_new_tokens},
        "log": {"dir": "", "console": False},
    }
    for layer in (*layers, fixed):
        config = toml.train_config(layer, config)
    test = _test(plan, trial)
    require(all(step < config.steps for step in test.at), "test.at", test.at, f"below train.steps = {config.steps}")
    return Job(algorithm, env.name, seed, to_mapping(config), start, test, chosen, trial, variant_of)


def train_config(job: Job, folder: Path, start: Path) -> TrainConfig[Any]:
    """The settings with the paths of this machine."""
    base = TrainConfig(job.base, load_algorithm(job.base).config)
    tables = {key: value for key, value in job.config.items() if key != "algorithm"}
    config = toml.train_config(tables, base)
    model = replace(config.model, path=str(start), warm_start=0) if job.start else config.model
    return replace(config, model=model, log=replace(config.log, dir=str(folder)))


def sb3_config(job: Job, folder: Path) -> SB3Run:
    """The settings of a stable-baselines3 run with the paths of this machine."""
    run: SB3Run = override(SB3Run(), job.config)
    return replace(run, out=str(folder))


def warm_start_config(plan: Plan, env: EnvEntry) -> TrainConfig[Any]:
    """The settings that the starting model of an environment depends on: those all algorithms share."""
    base = TrainConfig("grpo", load_algorithm("grpo").config)
    fixed = {"env": {"id": env.id, "kwargs": dict(env.kwargs)}, "rollout": {"max_new_tokens": env.max_new_tokens}}
    config: TrainConfig[Any] = base
    for layer in (plan.train, env.train, fixed):
        config = toml.train_config({key: value for key, value in layer.items() if key != "algo"}, config)
    return config


def _test(plan: Plan, trial: int) -> Test:
    """A trial of a search is judged on problems that were trained on: the test split stays unseen until the end."""
    if trial < 0:
        return plan.test
    return Test("train", plan.search.problems, plan.search.samples, plan.test.temperature)


def _sb3(plan: Plan, algorithm: str, base: str, env: EnvEntry, seed: int) -> SB3Run:
    """As many episodes as the others have, counted as if every message were of full length."""
    algorithm_of(base)
    shared = warm_start_config(plan, env)
    episodes = shared.steps * shared.rollout.prompts * shared.rollout.samples
    run: SB3Run = override(SB3Run(), nested(plan.settings.get(algorithm, {})))
    given = flat(nested(plan.settings.get(algorithm, {})))
    if "algo.steps" not in given:
        run = replace(run, algo=replace(run.algo, steps=episodes * env.max_new_tokens))
    return replace(run, seed=seed, env=shared.env, eval=replace(run.eval, problems=8, samples=4))
