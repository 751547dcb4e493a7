"""What the family finds: accuracy and diversity of every algorithm, stability of FlowRL's parts, and the trade-off.

    python benchmarks/findings.py [--run] [--jobs 2] [--out runs/findings]

`--run` trains what is missing (some six hours of two cores; it goes on where it was stopped) by the seven plans in
benchmarks/findings/. With or without it, the rows kept in benchmarks/results/findings/ are read, and what is made of
them is written again: tables.md, report.html and the trade-off's curves beside them, and the results on the pages of
docs/algorithms/. The kept rows have four significant digits and courses of thirty points.

The trade-off compares curves, not points: for each FlowRL setting, the number of different right answers that GRPO
with some KL coefficient has *at the same accuracy*, read off the straight lines between its settings. Intervals
resample seeds and problems together. Nothing is read off beyond the ends of GRPO's curve.
"""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import tyro
from findings_drawing import draw_tradeoff, write_pages

from flowrl_agent.bench import record
from flowrl_agent.bench.plan import load
from flowrl_agent.bench.report import load_report, trials_of
from flowrl_agent.bench.run import RESULTS, TRIALS, bench
from flowrl_agent.bench.tables import early, tables
from flowrl_agent.report.page import Report, page
from flowrl_agent.report.tables import Table
from flowrl_agent.stats import Interval

HERE = Path(__file__).parent
KEPT = HERE / "results" / "findings"
PLANS = ("algorithms", "family", "sums", "stability", "reuse", "tradeoff", "tradeoff-fast")
SEARCHED = PLANS[:3]
TRADEOFFS = {"tradeoff": "trade-off", "tradeoff-fast": "trade-off at twice the rate"}
DRAWS = 4000
MEASURES = {
    "distinct": "distinct right of 64",
    "coverage": "coverage",
    "modes": "effective number",
    "exact_coverage": "coverage, exact",
    "exact_kl_right": "KL among right answers, exact (less is more diverse)",
}
"""What is read at equal accuracy; exact measures at equal exact accuracy."""

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Args:
    """Makes the tables of the findings."""

    run: bool = False
    """Train what is missing first."""
    jobs: int = 2
    """Runs at a time."""
    out: Path = Path("runs/findings")
    """Where runs lie."""


def run_all(out: Path, jobs: int) -> None:
    """Runs the plans one after another from the same starting models, and keeps their rows."""
    for name in PLANS:
        folder = out / name
        if name != PLANS[0] and not (folder / "starts").exists():
            shutil.copytree(out / PLANS[0] / "starts", folder / "starts")
        bench(load(HERE / "findings" / f"{name}.toml"), folder, jobs, lambda text: print(text, flush=True))
        keep(folder, name)


def keep(folder: Path, name: str) -> None:
    """Writes the rows of a benchmark's folder, slimmed, among the results."""
    for source, target in ((RESULTS, f"{name}.jsonl"), (TRIALS, trials_of(Path(f"{name}.jsonl")))):
        runs = record.done(record.read(folder / source)).values()
        rows = {(r["algorithm"], r["env"], r["seed"], r["trial"]): r for r in runs}.values()  # the latest of each
        if rows:
            slim = [{**_rounded(row), "curves": _thinned(row["curves"])} for row in rows]
            if source == TRIALS:
                slim = [{k: v for k, v in row.items() if k not in ("curves", "problems")} for row in slim]
            KEPT.mkdir(parents=True, exist_ok=True)
            (KEPT / target).write_text("".join(json.dumps(row, sort_keys=True) + "\n" for row in slim))


def stability(rows: Sequence[Row], when: str) -> Table:
    """Gradient norms, divergence and scores of FlowRL's parts."""
    body = []
    for label in dict.fromkeys(row["algorithm"] for row in rows):
        runs = [row for row in rows if row["algorithm"] == label]
        norms = np.array([[v for _, v in row["curves"]["optim/grad_norm"]] for row in runs])
        weights = max(v for row in runs for _, v in row["curves"]["flow/weight/p95"])
        skipped = sum(v for row in runs for _, v in row["curves"].get("optim/skipped", ()))
        half = norms.shape[1] // 2
        body.append(
            (
                label,
                f"{np.median(norms[:, half:]):.3g}",
                f"{np.quantile(norms[:, half:], 0.95):.3g}",
                f"{norms.max():.3g}",
                f"{skipped:.0f}",
                f"{weights:.3g}",
                str(_over_runs([row["measures"]["avg"] for row in runs])),
                str(_over_runs([row["measures"]["distinct"] for row in runs])),
                str(_over_runs([row["measures"].get("kl", math.nan) for row in runs])),
            )
        )
    note = (
        "Gradient norm before its clip at 1, over the second half of the iterations of all runs; steps skipped for a "
        "gradient that is not finite; the largest 95 % quantile that an iteration's weights had; held-out measures "
        "at the end with 95 % intervals over runs (Student's t)."
    )
    head = (
        "variant",
        "norm, median",
        "95 %",
        "largest",
        "skipped",
        "weight",
        "avg@16",
        "distinct right of 16",
        "KL to start",
    )
    return Table(f"Stability of FlowRL's parts, {when}", note, head, tuple(body))


def parts(rows: Sequence[Row], when: str) -> Table:
    """Means over all other parts, for each choice of one part."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        config = row["config"]["algo"]
        scalar = row["config"]["model"]["log_z"] == "scalar"
        groups.setdefault(f"clip {config['clip']}", []).append(row)
        groups.setdefault(f"log Z {'scalar' if scalar else config['log_z']}", []).append(row)
        groups.setdefault(f"length {'in' if config['length'] == 'mean' else 'out'}", []).append(row)
    body = []
    for label, runs in sorted(groups.items()):
        norms = [
            v for row in runs for step, v in row["curves"]["optim/grad_norm"] if step >= row["config"]["steps"] / 2
        ]
        scores = {name: [row["measures"][name] for row in runs] for name in ("avg", "distinct", "kl")}
        cells = [f"{np.median(norms):.3g}", *(f"{np.mean(v):.3f} (sd {np.std(v):.3f})" for v in scores.values())]
        body.append((label, str(len(runs)), *cells))
    note = "Means and standard deviations over all runs that share the choice; main effects only."
    return Table(
        f"One part at a time, {when}",
        note,
        ("choice", "runs", "norm", "avg@16", "distinct", "KL to start"),
        tuple(body),
    )


def training(rows: Sequence[Row]) -> Table:
    """The share of right responses while training: what was learnt, whether or not held-out problems show it."""
    body = []
    for env, label in dict.fromkeys((row["env"], row["algorithm"]) for row in rows):
        runs = [row for row in rows if (row["env"], row["algorithm"]) == (env, label)]
        courses = [[value for _, value in row["curves"].get("reward/mean", ())] for row in runs]
        if all(courses):
            parts = [(course[: len(course) // 5], course[-(len(course) // 5) :]) for course in courses]
            first, last = ([float(np.mean(part[side])) for part in parts] for side in (0, 1))
            body.append((env, label, str(_over_runs(first)), str(_over_runs(last))))
    note = "Mean reward of the first and the last fifth of the iterations, with 95 % intervals over runs (Student's t)."
    return Table("While training, sums", note, ("environment", "algorithm", "first fifth", "last fifth"), tuple(body))


def price(rows: Sequence[Row], title: str) -> Table:
    """Each FlowRL setting against the curve of GRPO's at the same accuracy."""
    labels = list(dict.fromkeys(row["algorithm"] for row in rows))
    curve = [label for label in labels if label.startswith("grpo")]
    body = []
    for label in (label for label in labels if label not in curve):
        cells = []
        for measure in MEASURES:
            gap = at_equal_accuracy(rows, label, curve, measure)
            cells.append("outside the curve" if gap is None else f"{gap.value:+.3f} [{gap.low:+.3f}, {gap.high:+.3f}]")
        body.append((label, *cells))
    note = (
        "What the setting has more than GRPO with a KL term of the same accuracy, by linear interpolation between "
        "GRPO's settings; 95 % intervals over seeds and problems."
    )
    return Table(title, note, ("setting", *MEASURES.values()), tuple(body))


def prices(rows: Sequence[Row], what: str) -> list[Table]:
    """What FlowRL has more than GRPO at equal accuracy, at each horizon, and the tables of the rows."""
    steps = rows[0]["config"]["steps"]
    early_steps = sorted({int(step) for row in rows for step in row["at"]})
    out = [price(early(rows, step), f"At equal accuracy, {what}, after {step} iterations") for step in early_steps]
    return [*out, price(rows, f"At equal accuracy, {what}, after {steps} iterations"), *tables(rows)]


def at_equal_accuracy(rows: Sequence[Row], label: str, curve: Sequence[str], measure: str) -> Interval | None:
    """`measure` of `label` less that of the curve at the same accuracy; None where it lies beyond the curve's ends.

    Resamples that fall beyond the ends take the end's value, so the interval is then of the nearer end.
    """
    seeds = sorted(set.intersection(*({r["seed"] for r in rows if r["algorithm"] == x} for x in (label, *curve))))
    if len(seeds) < 2:
        return None
    found = {(r["algorithm"], r["seed"]): r["problems"] for r in rows}

    def matrix(name: str, what: str) -> np.ndarray:
        return np.array([[math.nan if v is None else v for v in found[name, s][what]] for s in seeds])

    right = "exact_right" if measure.startswith("exact") else "avg"
    accuracy = {name: matrix(name, right) for name in (label, *curve)}
    value = {name: matrix(name, measure) for name in (label, *curve)}
    every = np.arange(accuracy[label].shape[1])
    rng = np.random.default_rng(0)

    def gap(runs: np.ndarray, problems: np.ndarray) -> tuple[float, bool]:
        pick = np.ix_(runs, problems)
        points = sorted((np.nanmean(accuracy[n][pick]), np.nanmean(value[n][pick])) for n in curve)
        x = float(np.nanmean(accuracy[label][pick]))
        inside = points[0][0] <= x <= points[-1][0]
        return float(np.nanmean(value[label][pick]) - np.interp(x, *zip(*points, strict=True))), inside

    mean, inside = gap(np.arange(len(seeds)), every)
    if not inside:
        return None
    draws = [gap(rng.integers(len(seeds), size=len(seeds)), rng.choice(every, len(every)))[0] for _ in range(DRAWS)]
    low, high = np.quantile(draws, [0.025, 0.975])
    return Interval(mean, float(low), float(high))


def main() -> None:
    args = tyro.cli(Args)
    if args.run:
        run_all(args.out, args.jobs)
    kept = {name: record.read(KEPT / f"{name}.jsonl") for name in PLANS}
    algorithms = [row for name in SEARCHED for row in kept[name]]
    searches = [trial for name in SEARCHED for trial in record.read(trials_of(KEPT / f"{name}.jsonl"))]
    made = tables(algorithms, trials=searches)
    made.append(training(kept["sums"]))
    for name, when in (("stability", "two optimiser steps a rollout"), ("reuse", "sixteen optimiser steps a rollout")):
        if rows := kept[name]:
            made += [parts(rows, when), stability(rows, when)]
    for name, what in TRADEOFFS.items():
        if rows := [{**row, "env": f"{row['env']}, {what}"} for row in kept[name]]:
            made += prices(rows, what)
            draw_tradeoff(rows, KEPT / f"{name}.svg")
    write_pages([row for row in algorithms if "Countdown" in row["env"]])
    text = "\n\n".join(["# Findings", *(table.markdown() for table in made)]) + "\n"
    (KEPT / "tables.md").write_text(text, encoding="utf-8")
    (KEPT / "report.html").write_text(page(report(made)), encoding="utf-8")
    print(text)


def report(made: Sequence[Table]) -> Report:
    """All tables, over the courses of the family's runs and of the trade-off's; those of the 200 others tell little."""
    title, files = "Findings", {name: KEPT / f"{name}.jsonl" for name in PLANS}
    runs = list(load_report([files[name] for name in SEARCHED if files[name].exists()], title).runs)
    for name, what in TRADEOFFS.items():
        if files[name].exists():
            runs += [replace(run, env=f"{run.env}, {what}") for run in load_report([files[name]], title).runs]
    notes = ["Made by `python benchmarks/findings.py`; benchmarks/LOG.md says what to conclude."]
    return Report(runs, title, notes, made)


def _over_runs(values: Sequence[float]) -> Interval:
    student = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776, 6: 2.571, 7: 2.447, 8: 2.365}
    half = (
        student[len(values)] * float(np.std(values, ddof=1)) / math.sqrt(len(values)) if len(values) > 1 else math.nan
    )
    mean = float(np.mean(values))
    return Interval(mean, mean - half, mean + half)


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, Mapping):
        return {key: _rounded(inner) for key, inner in value.items()}
    return [_rounded(inner) for inner in value] if isinstance(value, list) else value


def _thinned(curves: Mapping[str, Sequence[Sequence[float]]]) -> dict[str, list[Sequence[float]]]:
    return {
        name: list(points[::-1][:: max(1, -(-len(points) // 30))][::-1]) for name, points in _rounded(curves).items()
    }


if __name__ == "__main__":
    main()
