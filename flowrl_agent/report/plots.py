"""The charts of a report as PNG or SVG files, by matplotlib (the `bench` extra)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from flowrl_agent.report.chart import Chart, Line
from flowrl_agent.report.charts import charts
from flowrl_agent.report.load import Run
from flowrl_envs.errors import MissingDependencyError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLORS = (
    *("#1f6feb", "#d1652b", "#1a7f4b", "#8957e5", "#bf3989", "#57606a"),
    *("#9a6700", "#0f7b8a", "#a40e26", "#3d5a80", "#6a994e", "#5e3c99"),
)
"""Of the labels in order, as on the page."""


def write_plots(runs: Sequence[Run], folder: Path, form: str) -> list[Path]:
    """One file a chart; returns what it wrote.

    Args:
        runs: what is shown.
        folder: made where it is missing.
        form: "png" or "svg".

    Raises:
        MissingDependencyError: matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingDependencyError("matplotlib", "bench") from None
    folder.mkdir(parents=True, exist_ok=True)
    labels = list(dict.fromkeys(run.label for run in runs))
    written = []
    for number, chart in enumerate(charts(runs), start=1):
        figure = Figure(figsize=(5.2, 3.6), dpi=150, layout="constrained")
        axes = figure.subplots()
        paint(axes, chart, labels)
        path = folder / f"{number:03d}-{_file_name(chart)}.{form}"
        figure.savefig(path)
        written.append(path)
    return written


def paint(axes: Axes, chart: Chart, labels: Sequence[str]) -> None:
    """One chart on one pair of axes."""
    for line in chart.lines:
        color = COLORS[labels.index(line.label) % len(COLORS)]
        {"lines": _line, "points": _points, "bars": _bar}[chart.kind](axes, line, color)
    if chart.log_x:
        axes.set_xscale("log", base=2)
    title = f"{chart.title}\n{chart.env}" if chart.env else chart.title
    axes.set_title(_literal(title), fontsize=9)
    axes.set_xlabel("seconds" if chart.kind == "bars" else chart.x_label, fontsize=8)
    axes.tick_params(labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25, linewidth=0.6)
    if chart.kind == "bars":
        axes.invert_yaxis()
    else:
        axes.legend(fontsize=7, frameon=False)


def _line(axes: Axes, line: Line, color: str) -> None:
    name = _literal(", ".join(filter(None, (line.label, line.note))))
    style: dict[str, Any] = {"linestyle": ":" if line.dashed else "-", "marker": "." if len(line.x) <= 24 else ""}
    axes.plot(list(line.x), list(line.y), color=color, label=name, linewidth=1.5, **style)
    if line.low:
        axes.fill_between(list(line.x), list(line.low), list(line.high), color=color, alpha=0.16, linewidth=0)


def _points(axes: Axes, line: Line, color: str) -> None:
    axes.scatter(list(line.x), list(line.y), color=color, alpha=0.45, s=14)
    axes.scatter([np.mean(line.x)], [np.mean(line.y)], color=color, s=60, label=_literal(line.label))


def _bar(axes: Axes, line: Line, color: str) -> None:
    reach = [[line.y[0] - line.low[0]], [line.high[0] - line.y[0]]] if line.low else None
    axes.barh([_literal(line.label)], [line.y[0]], xerr=reach, color=color, height=0.6)


def _literal(text: str) -> str:
    """Text that matplotlib does not read as mathematics, and that a file can hold."""
    shown = "".join(c if c.isprintable() or c == "\n" else "?" for c in text)
    return shown.encode("utf-8", "replace").decode("utf-8").replace("$", r"\$")


def _file_name(chart: Chart) -> str:
    text = "-".join(filter(None, (chart.env, chart.title)))
    return "".join(c if c.isascii() and (c.isalnum() or c in "-_.=") else "-" for c in text)[:90].strip("-.") or "chart"
