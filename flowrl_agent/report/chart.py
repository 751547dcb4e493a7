"""What a chart is, as numbers; `charts` and `profile` make them, `page` and `plots` paint them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """One series; values that are not finite are gaps.

    Attributes:
        label: whose it is; it decides the colour.
        x: n positions, in rising order for lines.
        y: n values.
        low, high: n bounds of an interval, or none.
        least, most: n bounds of the range over runs, or none.
        runs: how many runs are in it.
        dashed: a second line of the same label.
        note: added to the label in the legend.
    """

    label: str
    x: Sequence[float]
    y: Sequence[float]
    low: Sequence[float] = ()
    high: Sequence[float] = ()
    least: Sequence[float] = ()
    most: Sequence[float] = ()
    runs: int = 1
    dashed: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """One picture.

    Attributes:
        section: profile, learning, pass, trade, cost, or a topic of `charts.TOPICS`.
        title: a metric's name, or words.
        env: the environment, "" for all of them together.
        x_label, y_label: of the axes.
        lines: the series.
        kind: "lines", "points" (one a run, and the mean with its interval) or "bars" (one a label).
        log_x: a logarithmic axis of base two.
    """

    section: str
    title: str
    env: str
    x_label: str
    y_label: str
    lines: Sequence[Line]
    kind: str = "lines"
    log_x: bool = False
