"""The performance profile of each algorithm: the share of its runs that score above tau, at every tau.

The score distribution of rliable (arXiv 2108.13264, section 4.3) over runs and environments together, with pointwise
95 % bands of its stratified bootstrap. A curve that lies above another everywhere is better at every level; a mean
hides where two cross. The score is the share of right responses in a run's last evaluation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from flowrl_agent.aggregate import performance_profile
from flowrl_agent.report.chart import Chart, Line
from flowrl_agent.report.load import Run

MEASURE = "avg"
TAUS = np.linspace(0.0, 1.0, 51)
_DRAWS = 1000


def profile(runs: Sequence[Run]) -> list[Chart]:
    """The chart, or none where no algorithm has two scores; those that lack an environment are left out."""
    envs = list(dict.fromkeys(run.env for run in runs if MEASURE in run.measures))
    lines = []
    for label in dict.fromkeys(run.label for run in runs):
        scores = _matrix([run for run in runs if run.label == label and MEASURE in run.measures], envs)
        if scores:
            found = performance_profile(scores, TAUS, np.random.default_rng(0), _DRAWS)
            low, high = (found.low.tolist(), found.high.tolist()) if len(scores) > 1 else ((), ())
            lines.append(Line(label, TAUS.tolist(), found.share.tolist(), low, high, runs=len(scores)))
    if not any(line.runs * len(envs) > 1 for line in lines):
        return []
    return [Chart("profile", "performance profile", "", "tau: share of right responses", "share of runs above", lines)]


def _matrix(runs: Sequence[Run], envs: Sequence[str]) -> list[list[float]]:
    """[S, E]: runs of every environment side by side, by seed; as many as each environment has."""
    columns: Mapping[str, list[float]] = {
        env: [run.measures[MEASURE] for run in sorted(runs, key=lambda run: run.seed) if run.env == env] for env in envs
    }
    least = min((len(column) for column in columns.values()), default=0)
    return [[columns[env][seed] for env in envs] for seed in range(least)]
