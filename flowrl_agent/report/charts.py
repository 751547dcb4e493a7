"""What a report draws, as numbers: lines with bands and clouds of points. `page` and `plots` only paint them.

Runs that share a label differ in their seed alone: a line is their mean at the steps that all of them have, with the
95 % bootstrap interval of that mean and the range over runs. Environments never share a chart.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from flowrl_agent.report.chart import Chart, Line
from flowrl_agent.report.load import Run
from flowrl_agent.report.profile import profile
from flowrl_agent.stats import bootstrap

FIRST = ("reward/mean", "eval/avg", "eval/distinct", "policy/entropy", "policy/kl_ref", "length/mean")
"""Metrics that are shown as learning curves; the others are diagnostics."""
TOPICS = {
    "Flow residual": ("flow/delta", "flow/unmatched", "flow/beta"),
    "log Z against the group's estimate": ("flow/log_z",),
    "Importance weights and ratios": ("flow/weight", "policy/ratio", "policy/sequence_ratio"),
    "Clipping": ("policy/clip", "value/clip", "optim/clipped"),
    "Entropy and KL": ("policy/entropy", "policy/kl"),
    "Gradient and loss": ("optim/", "loss/"),
    "Critic": ("value/",),
    "Reward and length": ("reward/", "length/"),
    "Evaluation": ("eval/",),
    "Engine against trainer": ("mismatch/",),
    "Time and tokens": ("time/", "rollout/"),
}
"""Topic to the beginnings of metric names; the first that fits takes a metric."""
OTHER = "Other"
DIVERSITY = {
    "distinct": "distinct right answers",
    "coverage": "coverage of all right answers",
    "modes": "effective number of right answers",
    "answer_difference": "chance that two right answers differ",
    "ngram_distance": "3-gram distance of right responses",
    "skeletons": "effective number of skeletons",
}
POINTS = 240
"""Most points of a line; longer ones are thinned evenly, the last point stays."""
_DRAWS = 500


def charts(runs: Sequence[Run]) -> list[Chart]:
    """Every chart of these runs, in the order in which a report shows them."""
    out: list[Chart] = []
    for env in dict.fromkeys(run.env for run in runs):
        mine = [run for run in runs if run.env == env]
        metrics = [chart for group in _clocks(mine) for chart in metric_charts(group, env)]
        out += [chart for chart in metrics if chart.section == "learning"]
        out += [*at_k(mine, env), *trade_offs(mine, env), *costs(mine, env)]
        out += [chart for chart in metrics if chart.section != "learning"]
    return out + profile(runs)


def metric_charts(runs: Sequence[Run], env: str) -> Iterator[Chart]:
    """Courses of all metrics of runs on one environment with one clock; quantiles of one spread share a chart."""
    names = list(dict.fromkeys(name for run in runs for row in run.rows for name in row.values))
    known, unit = set(names), f"{runs[0].clock}"
    for name in [*(n for n in FIRST if n in known), *(n for n in names if n not in FIRST)]:
        head, _, tail = name.rpartition("/")
        if (tail in ("p05", "p95") and f"{head}/p50" in known) or name == "flow/log_z_gap":
            continue
        section, title = topic(name), name
        if tail == "p50" and {f"{head}/p05", f"{head}/p95"} <= known:
            title, lines = f"{head}: median, 5 % to 95 %", _spread(runs, head)
        else:
            lines = _means(runs, name)
        if name == "flow/log_z" and "flow/log_z_gap" in known:
            title = "flow/log_z, dashed: the group's estimate"
            lines += _means(runs, "log Z of the group", lambda v: v["flow/log_z"] - v["flow/log_z_gap"], dashed=True)
        if any(math.isfinite(y) for line in lines for y in line.y):
            yield Chart(section, title, env, unit, "", lines)


def topic(name: str) -> str:
    """The section of a metric."""
    if name in FIRST:
        return "learning"
    return next((topic for topic, heads in TOPICS.items() if name.startswith(heads)), OTHER)


def at_k(runs: Sequence[Run], env: str) -> Iterator[Chart]:
    """pass@k and distinct right answers among k, of the last evaluation."""
    for prefix, title in (("pass@", "pass@k"), ("distinct@", "distinct right answers among k")):
        lines = []
        for label, group in _groups(runs):
            ks = sorted({int(n.removeprefix(prefix)) for run in group for n in run.measures if n.startswith(prefix)})
            columns = [[run.measures[f"{prefix}{k}"] for run in group if f"{prefix}{k}" in run.measures] for k in ks]
            if ks:
                lines.append(_line(label, ks, columns))
        if any(len(line.x) > 1 for line in lines):
            yield Chart("pass", title, env, "k", "", lines, log_x=True)


def trade_offs(runs: Sequence[Run], env: str) -> Iterator[Chart]:
    """Each diversity measure of right responses against accuracy: one point a run."""
    for name, title in DIVERSITY.items():
        lines = []
        for label, group in _groups(runs):
            pairs = [(r.measures["avg"], r.measures[name]) for r in group if {"avg", name} <= r.measures.keys()]
            if pairs:
                x, y = zip(*pairs, strict=True)
                lines.append(Line(label, x, y, runs=len(pairs)))
        if lines:
            yield Chart("trade", title, env, "share of responses that are right", title, lines, kind="points")


def costs(runs: Sequence[Run], env: str) -> Iterator[Chart]:
    """Seconds of an iteration, and accuracy against the seconds spent on training."""
    timed = [run for run in runs if run.step_seconds > 0]
    bars = [_line(label, [0], [[run.step_seconds for run in group]]) for label, group in _groups(timed)]
    if bars:
        yield Chart("cost", "seconds of an iteration", env, "", "seconds", bars, kind="bars")
    for name, title in (("eval/avg", "held-out accuracy"), ("reward/mean", "reward")):
        lines = []
        for label, group in _groups(timed):
            seconds = float(np.mean([run.step_seconds for run in group]))
            lines += [
                Line(label, [x * seconds for x in m.x], m.y, m.low, m.high, m.least, m.most, m.runs)
                for m in _means(group, name)
            ]
        if any(len(line.x) > 1 for line in lines):
            yield Chart("cost", f"{title} against training time", env, "mean seconds of training", "", lines)
            return


def _means(
    runs: Sequence[Run], name: str, value: Callable[[dict[str, float]], float] | None = None, dashed: bool = False
) -> list[Line]:
    """A line a label: the mean over its runs at the steps that all of them have."""
    lines = []
    for label, group in _groups(runs):
        members = [m for m in (_course(run, name, value) for run in group) if m]
        if members:
            steps = _thin(sorted(set.intersection(*(set(m) for m in members))))
            columns = [[m[step] for m in members] for step in steps]
            note = name if dashed else ""
            lines.append(_line(label, steps, columns, dashed, note))
    return [line for line in lines if line.x]


def _course(run: Run, name: str, value: Callable[[dict[str, float]], float] | None) -> dict[int, float]:
    if value is None:
        return {row.step: row.values[name] for row in run.rows if name in row.values}
    out = {}
    for row in run.rows:
        try:
            out[row.step] = value(dict(row.values))
        except KeyError:
            continue
    return out


def _spread(runs: Sequence[Run], head: str) -> list[Line]:
    """Median with a band from the 5 % to the 95 % quantile of the iteration's values, means over runs."""
    p05, p50, p95 = ({line.label: line for line in _means(runs, f"{head}/{p}")} for p in ("p05", "p50", "p95"))
    out = []
    for label, line in p50.items():
        if label in p05 and label in p95 and p05[label].x == line.x == p95[label].x:
            low, high = p05[label].y, p95[label].y
            out.append(Line(label, line.x, line.y, low, high, low, high, line.runs))
    return out


def _line(
    label: str, x: Sequence[int], columns: Sequence[Sequence[float]], dashed: bool = False, note: str = ""
) -> Line:
    """Mean, interval and range of the runs' values at each x; a column may have fewer runs than another."""
    n = max((len(column) for column in columns), default=0)
    y = [float(np.mean(column)) for column in columns]
    if n < 2:
        return Line(label, x, y, runs=n, dashed=dashed, note=note)
    low, high = _interval(columns)
    least, most = [min(column) for column in columns], [max(column) for column in columns]
    return Line(label, x, y, low, high, least, most, n, dashed, note)


def _interval(columns: Sequence[Sequence[float]]) -> tuple[list[float], list[float]]:
    rng = np.random.default_rng(0)
    if len({len(column) for column in columns}) > 1:
        found = [bootstrap(column, rng, _DRAWS) for column in columns]
        return [i.low for i in found], [i.high for i in found]
    x = np.asarray(columns, dtype=np.float64)  # [T, S]; runs are resampled whole
    drawn = x[:, rng.integers(0, x.shape[1], (_DRAWS, x.shape[1]))].mean(-1)  # [T, draws]
    low, high = np.quantile(drawn, [0.025, 0.975], axis=1)
    return low.tolist(), high.tolist()


def _thin(steps: list[int]) -> list[int]:
    return steps[::-1][:: -(-len(steps) // POINTS)][::-1] if steps else steps


def _groups(runs: Iterable[Run]) -> list[tuple[str, list[Run]]]:
    out: dict[str, list[Run]] = {}
    for run in runs:
        out.setdefault(run.label, []).append(run)
    return list(out.items())


def _clocks(runs: Sequence[Run]) -> list[list[Run]]:
    clocks = dict.fromkeys(run.clock for run in runs)
    return [[run for run in runs if run.clock == clock] for clock in clocks]
