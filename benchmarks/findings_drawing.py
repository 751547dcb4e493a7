"""Where the findings go beside tables.md: the results of each algorithm's page, and the trade-off as a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from flowrl_agent.aggregate import mean, stratified
from flowrl_agent.bench.tables import early, scores
from flowrl_agent.report.tables import Table
from flowrl_agent.stats import Interval

Row = Mapping[str, Any]
PAGES = Path(__file__).parents[1] / "docs" / "algorithms"
BEGIN, END = "<!-- results: written by benchmarks/findings.py -->", "<!-- end of results -->"
COLUMNS = ("algorithm", "avg@64", "pass@64", "distinct right of 64", "coverage", "KL to start")
BESIDE = ("start", "grpo")
COLOURS = {"flowrl": "#0072b2", "grpo": "#d55e00"}


def write_pages(rows: Sequence[Row]) -> None:
    """Puts each algorithm's results, beside the start and GRPO, at the end of its page.

    Args:
        rows: runs of the family on one environment.
    """
    table = scores(rows, rows[0]["env"])
    rates = {row["algorithm"]: f"{row['chosen']['optim.lr']:g}" for row in rows if row["chosen"]}
    for path in sorted(PAGES.glob("*.md")):
        labels = [row[0] for row in table.rows if row[0].split("/")[0] == path.stem]
        if labels:
            _replace(path, _block(table, [*(name for name in BESIDE if name not in labels), *labels], rates, rows))


def _block(table: Table, labels: Sequence[str], rates: Mapping[str, str], rows: Sequence[Row]) -> str:
    columns = [table.header.index(name) for name in COLUMNS]
    cells = {row[0]: [row[column] for column in columns] for row in table.rows}
    body = tuple((*cells[label], rates.get(label, "")) for label in labels)
    run = next(row for row in rows if row["algorithm"] in labels and row["chosen"])
    seeds = len({row["seed"] for row in rows})
    note = (
        f"A tiny model on {rows[0]['env']}: {run['config']['steps']} iterations of "
        f"{run['config']['rollout']['prompts']} x {run['config']['rollout']['samples']} responses, {seeds} seeds, each "
        "algorithm at the best of seven learning rates; held-out problems, 95 % intervals over runs.\n"
        "[All of them side by side](../../benchmarks/results/findings/tables.md), made by\n"
        "`python benchmarks/findings.py --run`:"
    )
    lines = Table("", "", (*COLUMNS, "learning rate"), body).markdown().split("\n\n")[-1]
    return f"## Results\n\n{note}\n\n{lines}"


def _replace(path: Path, block: str) -> None:
    text = path.read_text(encoding="utf-8")
    kept = text[: text.index(BEGIN)] if BEGIN in text else text
    after = text[text.index(END) + len(END) :] if END in text else "\n"
    path.write_text(f"{kept.rstrip()}\n\n{BEGIN}\n\n{block.strip()}\n\n{END}{after}", encoding="utf-8")


def draw_tradeoff(rows: Sequence[Row], target: Path) -> None:
    """Distinct right answers against accuracy at each horizon, one curve over beta and one over the KL coefficient."""
    steps = [*sorted({int(step) for row in rows for step in row["at"]}), int(rows[0]["config"]["steps"])]
    figure = Figure(figsize=(10, 4.2), layout="constrained")
    axes = figure.subplots(1, len(steps), sharey=True)
    for axis, step in zip(np.atleast_1d(axes), steps, strict=True):
        at = rows if step == steps[-1] else early(rows, step)
        for name, setting, label in (("flowrl", "beta", "FlowRL, over beta"), ("grpo", "kl_coef", "GRPO, over its KL")):
            _curve(axis, at, name, setting, label)
        axis.set_title(f"after {step} iterations")
        axis.set_xlabel("accuracy (avg@64)")
        axis.legend()
    np.atleast_1d(axes)[0].set_ylabel("distinct right answers of 64")
    with matplotlib.rc_context({"svg.hashsalt": "findings"}):  # the same file from the same rows
        figure.savefig(target, metadata={"Date": None})


def _curve(axis: Axes, rows: Sequence[Row], name: str, setting: str, label: str) -> None:
    """The variants of one algorithm in the order of a setting; a preset beside them is a point of its own."""
    labels = sorted({row["algorithm"] for row in rows if row["algorithm"].startswith(name)})
    found = {text: [row for row in rows if row["algorithm"] == text] for text in labels}
    value = {text: runs[0]["config"]["algo"][setting] for text, runs in found.items()}
    line = sorted((text for text in labels if "=" in text), key=value.__getitem__)
    for part in (line, *([text] for text in labels if "=" not in text)):
        if not part:
            continue
        ends = [[_interval(found[text], measure) for text in part] for measure in ("avg", "distinct")]
        x, y = ([end.value for end in side] for side in ends)
        across, up = ([[end.value - end.low for end in side], [end.high - end.value for end in side]] for side in ends)
        form, name_of_part = ("o-", label) if part is line else ("s", part[0])
        looks = {"fmt": form, "color": COLOURS[name], "capsize": 2, "label": name_of_part}
        axis.errorbar(x, y, yerr=up, xerr=across, **looks)
        for text, right, height in zip(part, x, y, strict=True):
            note = f"{value[text]:g}"
            axis.annotate(note, (right, height), xytext=(4, 4), textcoords="offset points", color=COLOURS[name])


def _interval(runs: Sequence[Row], measure: str) -> Interval:
    return stratified([[row["measures"][measure]] for row in runs], mean, np.random.default_rng(0), 2000)
