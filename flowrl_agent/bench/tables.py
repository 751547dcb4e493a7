"""What the rows of a benchmark amount to: tables with intervals, and comparisons that a reader can trust.

Scores of a run are its means over test problems. Intervals over runs are stratified bootstraps (rliable's); a
comparison of two algorithms is paired by problem and seed. One seed has no interval, and none is invented.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from flowrl_agent.aggregate import iqm, mean, paired_difference, probability_of_improvement, stratified
from flowrl_agent.bench.searched import search_table
from flowrl_agent.report.tables import EXACT, EXACT_NOTE, Table
from flowrl_agent.stats import Interval

Row = Mapping[str, Any]
NOTHING = ""


def tables(rows: Sequence[Row], draws: int = 2000, trials: Sequence[Row] = ()) -> list[Table]:
    """Every table of a benchmark; `trials` are the rows of its search."""
    out = [scores(rows, env, draws) for env in _names(rows, "env")]
    out += [table for env in _names(rows, "env") if (table := exact(rows, env, draws)).rows]
    if len(_names(rows, "env")) > 1:
        out.append(overall(rows, draws))
    out += [table for env in _names(rows, "env") if (table := differences(rows, env, draws)).rows]
    for step in sorted({int(step) for row in rows for step in row.get("at", {})}):
        then = early(rows, step)
        out += [scores(then, env, draws) for env in _names(then, "env")]
    out.append(chosen(rows))
    return [*out, search_table(rows, trials)] if trials else out


def early(rows: Sequence[Row], step: int) -> list[Row]:
    """Rows as they were after `step` iterations, where that was measured."""
    return [
        {**row, **row["at"][str(step)], "env": f"{row['env']} after {step} iterations"}
        for row in rows
        if str(step) in row.get("at", {})
    ]


def scores(rows: Sequence[Row], env: str, draws: int = 2000) -> Table:
    """Mean measures of each algorithm on one environment."""
    mine = [row for row in rows if row["env"] == env]
    samples = mine[0]["test"]["samples"]
    measures = {
        "avg": f"avg@{samples}",
        f"pass@{samples}": f"pass@{samples}",
        "maj": f"maj@{samples}",
        "distinct": f"distinct right of {samples}",
        "coverage": "coverage",
        "modes": "effective number",
        "answer_difference": "answers differ",
        "ngram_distance": "n-gram distance",
        "skeletons": "skeletons",
        "kl": "KL to start",
        "ungraded": "ungraded",
    }
    shown = {name: label for name, label in measures.items() if any(name in row["measures"] for row in mine)}
    body = []
    for algorithm in _names(mine, "algorithm"):
        runs = [row for row in mine if row["algorithm"] == algorithm]
        cells = [_cell(runs, name, draws) for name in shown]
        cost = np.mean([row["cost"]["step_seconds"] or row["cost"]["wall_seconds"] for row in runs])
        body.append((algorithm, str(len(runs)), *cells, f"{cost:.2f}"))
    split, problems = mine[0]["test"]["split"], max(len(row["problems"]["avg"]) for row in mine)
    note = (
        f"Means over {problems} {split} problems, {samples} responses each; brackets are 95 % "
        "stratified bootstrap intervals over runs. The diversity measures are of right responses only. "
        "Seconds are of one iteration (of the whole run for agents that have none)."
    )
    return Table(env, note, ("algorithm", "runs", *shown.values(), "seconds"), tuple(body))


def exact(rows: Sequence[Row], env: str, draws: int = 2000) -> Table:
    """How far each algorithm's policy is from the target, where the environment's answers can be listed."""
    mine = [row for row in rows if row["env"] == env and EXACT.keys() & row["measures"].keys()]
    shown = {name: text for name, text in EXACT.items() if any(name in row["measures"] for row in mine)}
    body = []
    for algorithm in _names(mine, "algorithm"):
        runs = [row for row in mine if row["algorithm"] == algorithm]
        body.append((algorithm, str(len(runs)), *(_cell(runs, name, draws) for name in shown)))
    beta = mine[0]["test"].get("beta", 1.0) if mine else 1.0
    note = f"{EXACT_NOTE} Here beta = {beta:g} for all; the log Z error is against each algorithm's own target."
    return Table(f"Exact distances: {env}", note, ("algorithm", "runs", *shown.values()), tuple(body))


def overall(rows: Sequence[Row], draws: int = 2000) -> Table:
    """Interquartile means over environments, and how likely each algorithm beats the first one."""
    envs, algorithms = _names(rows, "env"), _names(rows, "algorithm")
    known = {a: matrix for a in algorithms if (matrix := _matrix(rows, a, envs, "avg"))}
    body = []
    for algorithm, matrix in known.items():
        rng = np.random.default_rng(0)
        better = NOTHING
        if algorithm != algorithms[0] and algorithms[0] in known:
            better = str(probability_of_improvement(matrix, known[algorithms[0]], rng, draws))
        body.append(
            (algorithm, str(stratified(matrix, iqm, rng, draws)), str(stratified(matrix, mean, rng, draws)), better)
        )
    note = "Over runs and environments together; algorithms that lack an environment are left out."
    header = ("algorithm", "avg: interquartile mean", "avg: mean", f"probability of improvement over {algorithms[0]}")
    return Table("All environments", note, header, tuple(body))


def differences(rows: Sequence[Row], env: str, draws: int = 2000) -> Table:
    """Every other algorithm minus the first, paired by problem and seed."""
    mine = [row for row in rows if row["env"] == env]
    first, *others = _names(mine, "algorithm")
    samples = mine[0]["test"]["samples"]
    measures = ["avg", f"pass@{samples}", "distinct", "coverage"]
    body = []
    for other in others:
        gaps = [difference(mine, other, first, name, draws) for name in measures]
        body.append((f"{other} - {first}", *("" if gap is None else _verdict(gap) for gap in gaps)))
    note = "Same problems, same seeds; 95 % intervals over both. An interval that holds 0 shows no difference."
    return Table(f"Differences on {env}", note, ("difference", *measures), tuple(body))


def difference(rows: Sequence[Row], a: str, b: str, measure: str, draws: int = 2000) -> Interval | None:
    """Mean of a - b over the seeds and problems that both have, None where there are none."""
    mine = {(row["algorithm"], row["seed"]): row["problems"].get(measure) for row in rows}
    seeds = sorted(seed for name, seed in mine if name == a and mine[name, seed] and mine.get((b, seed)))
    columns = [(mine[a, seed], mine[b, seed]) for seed in seeds]
    length = min((min(len(x), len(y)) for x, y in columns), default=0)
    kept = [i for i in range(length) if all(x[i] is not None and y[i] is not None for x, y in columns)]
    if not kept:
        return None
    x, y = ([[pair[side][i] for i in kept] for pair in columns] for side in (0, 1))
    return paired_difference(x, y, np.random.default_rng(0), draws)


def chosen(rows: Sequence[Row]) -> Table:
    """The settings that the search chose."""
    body = [
        (
            row["algorithm"],
            row["env"],
            ", ".join(f"{k} = {v:.3g}" if isinstance(v, float) else f"{k} = {v}" for k, v in row["chosen"].items())
            or "defaults",
        )
        for row in rows
    ]
    note = "By the search on training problems, with the same number of trials for each; defaults where none was made."
    return Table("Settings", note, ("algorithm", "environment", "chosen"), tuple(dict.fromkeys(body)))


def pass_at(rows: Sequence[Row], env: str, algorithm: str) -> list[tuple[int, float]]:
    """The pass@k curve, mean over runs."""
    return _curve(rows, env, algorithm, "pass@")


def distinct_at(rows: Sequence[Row], env: str, algorithm: str) -> list[tuple[int, float]]:
    """Expected distinct right answers among k responses, mean over runs."""
    return _curve(rows, env, algorithm, "distinct@")


def _curve(rows: Sequence[Row], env: str, algorithm: str, prefix: str) -> list[tuple[int, float]]:
    runs = [row["measures"] for row in rows if (row["env"], row["algorithm"]) == (env, algorithm)]
    ks = sorted({int(name.removeprefix(prefix)) for m in runs for name in m if name.startswith(prefix)})
    return [(k, float(np.mean([m[f"{prefix}{k}"] for m in runs if f"{prefix}{k}" in m]))) for k in ks]


def _cell(runs: Sequence[Row], name: str, draws: int) -> str:
    values = [row["measures"][name] for row in runs if name in row["measures"]]
    if not values:
        return NOTHING
    interval = stratified([[value] for value in values], mean, np.random.default_rng(0), draws)
    return str(interval) if len(values) > 1 else f"{interval.value:.3f}"


def _verdict(gap: Interval) -> str:
    if gap.low != gap.low:
        return f"{gap.value:+.3f}"
    word = "no difference shown" if gap.low <= 0 <= gap.high else ("higher" if gap.value > 0 else "lower")
    return f"{gap.value:+.3f} [{gap.low:+.3f}, {gap.high:+.3f}] {word}"


def _matrix(rows: Sequence[Row], algorithm: str, envs: Sequence[str], measure: str) -> list[list[float]]:
    """[S, E] over the seeds that every environment has; empty without any."""
    found = {
        (row["seed"], row["env"]): float(row["measures"][measure])
        for row in rows
        if row["algorithm"] == algorithm and measure in row["measures"]
    }
    seeds = sorted({seed for seed, _ in found if all((seed, env) in found for env in envs)})
    return [[found[seed, env] for env in envs] for seed in seeds]


def _names(rows: Sequence[Row], key: str) -> list[str]:
    return list(dict.fromkeys(row[key] for row in rows))
