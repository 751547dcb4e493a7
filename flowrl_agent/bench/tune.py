"""Hyper-parameter search with the same budget for every algorithm and environment: a grid, or Optuna's TPE.

Where every axis has choices and the trials suffice to try them all, each combination is tried once, in order. Otherwise
trial 0 takes the defaults and TPE suggests the rest, so a search can only be as good or better on what it measures: the
training split. The settings of trial n depend on the trials before it alone, so a search that was killed goes on as if
it had not been.
"""

from __future__ import annotations

import itertools
import math
import warnings
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from flowrl_agent.baselines.sb3 import PREFIX
from flowrl_agent.bench import record
from flowrl_agent.bench.cells import Job, make_job
from flowrl_agent.bench.plan import Axis, EnvEntry
from flowrl_agent.bench.run import TRIALS, Bench, Chosen, do_job
from flowrl_agent.bench.searched import ends
from flowrl_envs.errors import MissingDependencyError

if TYPE_CHECKING:
    import optuna

SEED = 1_000
"""Of every trial: none of the benchmark's own seeds."""


def search(here: Bench, starts: Mapping[str, str]) -> Chosen:
    """(algorithm, environment) to the chosen settings, dotted.

    Raises:
        MissingDependencyError: Optuna is not installed.
    """
    try:
        import optuna
    except ImportError as error:
        raise MissingDependencyError("optuna", "bench") from error
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    cells = [
        (a, env)
        for env in here.plan.envs
        for a in here.plan.algorithms
        if not here.plan.variants.get(a, a).startswith(PREFIX)
    ]
    cells = [(a, env) for a, env in cells if axes_of(here.plan.search.space, a)]
    here.say(f"search: {here.plan.search.trials} trials for each of {len(cells)} pairs of algorithm and environment")
    with ThreadPoolExecutor(here.jobs) as pool:
        found = list(pool.map(lambda cell: _search_one(here, cell[0], cell[1], starts), cells))
    return {(a, env.name): settings for (a, env), settings in zip(cells, found, strict=True)}


def axes_of(space: Sequence[Axis], algorithm: str) -> list[Axis]:
    """The settings that are searched for an algorithm."""
    return [axis for axis in space if not axis.algorithms or algorithm in axis.algorithms]


def _search_one(here: Bench, algorithm: str, env: EnvEntry, starts: Mapping[str, str]) -> dict[str, Any]:
    axes, budget = axes_of(here.plan.search.space, algorithm), here.plan.search
    past: list[tuple[dict[str, Any], float | None]] = []
    tried: list[Mapping[str, Any]] = []
    combinations = grid(axes, budget.trials)
    for number in range(len(combinations) or budget.trials):
        settings = combinations[number] if combinations else suggest(axes, past, number)
        job = make_job(here.plan, algorithm, env, SEED, starts.get(env.name, ""), settings, number)
        past.append((settings, _score(here, job, budget.measure)))
        tried.append(job.config)
    scores = [-math.inf if score is None else score for _, score in past]
    best = scores.index(max(scores))  # the earliest of equals
    settings = past[best][0]
    here.say(f"search: {algorithm} on {env.name} takes {settings or 'its defaults'} ({budget.measure} {past[best][1]})")
    for axis in axes:
        if end := ends(axis.setting, tried[best], tried):
            here.say(f"search: {algorithm} on {env.name}: {axis.setting} is the {end}; a better one may lie beyond it")
    return settings


def grid(axes: Sequence[Axis], trials: int) -> list[dict[str, Any]]:
    """Every combination of the axes' choices, the first axis slowest; empty where they are more than `trials`."""
    if not all(axis.choices for axis in axes) or math.prod(len(axis.choices) for axis in axes) > trials:
        return []
    values = itertools.product(*(axis.choices for axis in axes))
    return [dict(zip((axis.setting for axis in axes), combination, strict=True)) for combination in values]


def suggest(
    axes: Sequence[Axis], past: Sequence[tuple[Mapping[str, Any], float | None]], number: int
) -> dict[str, Any]:
    """The settings of trial `number`, given (settings, score) of those before it; a failed trial has no score."""
    if number == 0:
        return {}
    import optuna

    study = optuna.create_study(
        direction="maximize", sampler=optuna.samplers.TPESampler(seed=number, n_startup_trials=4)
    )
    spread = {axis.setting: _distribution(axis) for axis in axes}
    for settings, score in past:
        if score is not None and settings:
            trial = optuna.trial.create_trial(params=dict(settings), distributions=spread, value=score)
            study.add_trial(trial)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return dict(study.ask(spread).params)


def _distribution(axis: Axis) -> optuna.distributions.BaseDistribution:
    import optuna

    if axis.choices:
        return optuna.distributions.CategoricalDistribution(axis.choices)
    return optuna.distributions.FloatDistribution(axis.low, axis.high, log=axis.log)


def _score(here: Bench, job: Job, measure: str) -> float | None:
    """The trial's score: recorded, or found by running it; None where the run failed."""
    path = here.out / TRIALS
    row = record.done(record.read(path)).get(job.fingerprint)
    if row is None:
        row = do_job(here, job)
        record.append(path, row)
    score: float | None = row.get("measures", {}).get(measure)
    here.say(f"search: {job.algorithm} on {job.env}, trial {job.trial} {dict(job.chosen)}: {measure} {score}")
    return score
