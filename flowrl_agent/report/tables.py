"""Tables of a report: text cells under a title, as Markdown or for the page, and the two that any runs have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from flowrl_agent.report.load import Run
from flowrl_agent.stats import bootstrap

SCORES = {
    "avg": "right",
    "maj": "majority right",
    "distinct": "distinct right",
    "coverage": "coverage",
    "modes": "effective number",
    "answer_difference": "answers differ",
    "ngram_distance": "n-gram distance",
    "skeletons": "skeletons",
    "kl": "KL to start",
    "ungraded": "ungraded",
}

EXACT = {
    "exact_right": "right",
    "exact_coverage": "coverage",
    "exact_listed": "listed",
    "exact_tv": "TV to target",
    "exact_kl": "KL(policy, target)",
    "exact_kl_reverse": "KL(target, policy)",
    "exact_kl_right": "KL among right answers",
    "exact_log_z_error": "log Z error",
}
"""Measures of a policy whose answers can be listed; they have no sampling noise."""
EXACT_NOTE = (
    "From probabilities, not samples: mean over problems and runs, brackets are 95 % bootstrap intervals over runs. "
    "The target is the reference tilted by the reward; docs/metrics.md defines every column."
)


@dataclass(frozen=True)
class Table:
    """A titled table of text cells, with a sentence on how to read it."""

    title: str
    note: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def markdown(self) -> str:
        """As Markdown; what would break a table or make a tag of a cell is escaped."""
        lines = [f"### {plain(self.title)}", "", plain(self.note), ""]
        lines += [_line(self.header), "|" + "---|" * len(self.header), *(_line(row) for row in self.rows)]
        return "\n".join(lines)


def scores(runs: Sequence[Run]) -> list[Table]:
    """A table for each environment: the last evaluation of each algorithm, means over runs with intervals."""
    note = (
        "The last evaluation of each run, mean over runs; brackets are 95 % bootstrap intervals over runs. "
        "One run has no interval, and none is invented."
    )
    out = []
    for env in dict.fromkeys(run.env for run in runs):
        mine = [run for run in runs if run.env == env and run.measures]
        passes = sorted(
            {name for run in mine for name in run.measures if name.startswith("pass@")},
            key=lambda name: int(name.removeprefix("pass@")),
        )
        shown = {name: SCORES.get(name, name) for name in ("avg", *passes[-1:], *list(SCORES)[1:])}
        out += _table(env or "Scores", note, mine, shown)
    return out


def distances(runs: Sequence[Run]) -> list[Table]:
    """A table for each environment whose answers can be listed: how far each algorithm's policy is from its target."""
    out = []
    for env in dict.fromkeys(run.env for run in runs):
        mine = [run for run in runs if run.env == env and EXACT.keys() & run.measures.keys()]
        out += _table(f"Exact distances: {env}", EXACT_NOTE, mine, EXACT)
    return out


def _table(title: str, note: str, runs: Sequence[Run], columns: Mapping[str, str]) -> list[Table]:
    """One line an algorithm, with the columns that any run has; no table where there are no runs."""
    shown = {name: text for name, text in columns.items() if any(name in run.measures for run in runs)}
    body = []
    for label in dict.fromkeys(run.label for run in runs):
        group = [run for run in runs if run.label == label]
        body.append((label, str(len(group)), *(_cell(group, name) for name in shown)))
    return [Table(title, note, ("algorithm", "runs", *shown.values()), tuple(body))] if body else []


def listing(runs: Sequence[Run]) -> Table:
    """One line a run: means over the first and the last tenth of its iterations, first and last evaluation."""
    header = ("run", "algorithm", "environment", "seed", "steps", "reward: first", "last", "held-out: first", "last")
    rows = []
    for run in runs:
        steps = str(run.rows[-1].step) if run.rows else "0"
        ends = (*_ends(run, "reward/mean", 10), *_ends(run, "eval/avg", 10**9))
        rows.append((run.name, run.label, run.env, run.seed, steps, *ends))
    return Table(
        "Runs", "Reward over the first and the last tenth of training; held-out accuracy.", header, tuple(rows)
    )


def plain(text: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    text = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join("\\" + c if c in "\\`*|" else c for c in text).replace("](", "]\\(")


def _cell(runs: Sequence[Run], name: str) -> str:
    values = [run.measures[name] for run in runs if name in run.measures]
    if not values:
        return ""
    return str(bootstrap(values, np.random.default_rng(0))) if len(values) > 1 else f"{values[0]:.3f}"


def _ends(run: Run, name: str, parts: int) -> list[str]:
    values = [row.values[name] for row in run.rows if name in row.values]
    if not values:
        return ["", ""]
    n = max(1, len(values) // parts)
    return [f"{np.mean(values[:n]):.3f}", f"{np.mean(values[-n:]):.3f}"]


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(plain(cell) for cell in cells) + " |"
