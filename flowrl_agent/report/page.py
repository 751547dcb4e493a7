"""One HTML page that shows runs: a table, learning curves, transcripts, settings. It needs no network to open.

Everything that a model, an environment or a folder name wrote is hostile until escaped: text goes through `escape`,
data through a JSON block in which no `<` is left, and the page's own policy lets only its own scripts run.
"""

from __future__ import annotations

import html
import json
import secrets
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any

import numpy as np

from flowrl_agent.report.load import Run

FIRST = ("reward/mean", "eval/avg", "eval/distinct", "policy/entropy", "length/mean", "loss/total")
"""Metrics whose curves are open when the page opens; the others unfold by name."""
EXAMPLES = 4
"""Transcripts shown a run."""


def page(runs: Sequence[Run], title: str, notes: Sequence[str] = (), tables: Sequence[str] = ()) -> str:
    """The page as text.

    Args:
        runs: what to show.
        title: of the page.
        notes: sentences above everything else, plain text.
        tables: HTML made by `table`, put first.
    """
    from plotly.offline import get_plotlyjs

    nonce = secrets.token_urlsafe(16)
    policy = f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'unsafe-inline'; img-src data: blob:"
    read = resources.files("flowrl_agent.report").joinpath
    parts = [
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>",
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        "<meta name='viewport' content='width=device-width, initial-scale=1'>",
        f"<title>{escape(title)}</title><style>{read('page.css').read_text()}</style></head><body><main>",
        f"<h1>{escape(title)}</h1>",
        *(f"<p>{escape(note)}</p>" for note in notes),
        *tables,
        "<h2>Runs</h2>",
        summary(runs),
        "<h2>Learning curves</h2><p class='quiet'>Thin lines are runs, thick ones the mean over runs that differ in "
        "the seed alone.</p><div id='first'></div><details id='others'><summary>All other metrics</summary></details>",
        "<h2>Transcripts</h2>",
        *(_transcripts(run) for run in runs),
        "<h2>Settings</h2>",
        *(f"<details><summary>{escape(r.name)}</summary><pre>{escape(r.config_text)}</pre></details>" for r in runs),
        "</main>",
        f"<script type='application/json' id='curves'>{_json(curves(runs))}</script>",
        f"<script nonce='{nonce}'>{get_plotlyjs()}</script>",
        f"<script nonce='{nonce}'>{read('page.js').read_text()}</script></body></html>",
    ]
    return "".join(parts)


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """An HTML table of plain text cells."""
    head = "".join(f"<th>{escape(cell)}</th>" for cell in header)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<div class='wide'><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"


def summary(runs: Sequence[Run]) -> str:
    """First and last numbers of each run: means over its first and last tenth."""
    header = [
        "run",
        "algorithm",
        "environment",
        "seed",
        "iterations",
        "reward: first",
        "last",
        "held-out: first",
        "last",
    ]
    rows = []
    for run in runs:
        env = run.config.get("env", {})
        cells = [run.name, run.label, str(env.get("id", "")), str(run.config.get("seed", "")), _steps(run)]
        rows.append([*cells, *_ends(run, "reward/mean", 10), *_ends(run, "eval/avg", 10**9)])
    return table(header, rows)


def curves(runs: Sequence[Run]) -> dict[str, Any]:
    """Series for the page's script: for every metric, (label, steps, values) of runs and of their means."""
    metrics: dict[str, list[dict[str, Any]]] = {}
    labels = list(dict.fromkeys(run.label for run in runs))
    for name in dict.fromkeys(name for run in runs for row in run.rows for name in row.values):
        series = []
        for index, label in enumerate(labels):
            members = [_series(run, name) for run in runs if run.label == label]
            members = [m for m in members if m]
            if len(members) > 1:
                series += [_line(label, index, m, mean=False) for m in members]
            if members:
                series.append(_line(label, index, _mean(members), mean=True))
        metrics[name] = series
    return {"first": [name for name in FIRST if name in metrics], "metrics": metrics}


def escape(text: str) -> str:
    """Text that is only text in HTML, in an attribute too; what UTF-8 cannot hold is shown as an escape."""
    return html.escape(text.encode("utf-8", "backslashreplace").decode("utf-8"), quote=True)


def _json(data: Any) -> str:
    """JSON that cannot end the script block it stands in."""
    text = json.dumps(data, allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _line(label: str, color: int, points: Mapping[int, float], mean: bool) -> dict[str, Any]:
    # Plotly renders a little HTML in names, so it gets escaped text.
    values = [v if np.isfinite(v) else None for v in points.values()]
    return {"name": escape(label), "color": color, "mean": mean, "x": list(points), "y": values}


def _series(run: Run, name: str) -> dict[int, float]:
    return {row.step: row.values[name] for row in run.rows if name in row.values}


def _mean(members: Sequence[Mapping[int, float]]) -> dict[int, float]:
    """Mean over runs at the steps that all of them have."""
    steps = sorted(set.intersection(*(set(m) for m in members)))
    return {step: float(np.mean([m[step] for m in members])) for step in steps}


def _steps(run: Run) -> str:
    return str(run.rows[-1].step) if run.rows else "0"


def _ends(run: Run, name: str, parts: int) -> list[str]:
    values = list(_series(run, name).values())
    if not values:
        return ["", ""]
    n = max(1, len(values) // parts)
    return [f"{np.mean(values[:n]):.3f}", f"{np.mean(values[-n:]):.3f}"]


def _transcripts(run: Run) -> str:
    """A few of the latest: right ones and wrong ones."""
    latest = list(reversed(run.transcripts))
    right = [t for t in latest if t.get("correct")][: EXAMPLES // 2]
    rest = [t for t in latest if not t.get("correct")][: EXAMPLES - len(right)]
    shown = "".join(_transcript(t) for t in [*right, *rest])
    return f"<details><summary>{escape(run.name)}</summary>{shown or '<p>none recorded</p>'}</details>"


def _transcript(t: Mapping[str, Any]) -> str:
    verdict = f"step {t.get('step')}: reward {t.get('reward')}, {t.get('reason') or ''}"
    turns = "".join(
        f"<div class='turn'><b>{escape(str(role))}</b><pre>{escape(str(content))}</pre></div>"
        for role, content in t.get("messages", ())
    )
    return f"<div class='transcript {'right' if t.get('correct') else 'wrong'}'><p>{escape(verdict)}</p>{turns}</div>"
