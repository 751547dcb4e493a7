"""One HTML page that shows a report: scores, charts, a browser of transcripts, settings. It needs no network to open.

Everything that a model, an environment or a folder name wrote is hostile. In the page's text it goes through `escape`;
as data it lies in a JSON block without any `<`, and the scripts (`charts.js`, `transcripts.js`) write it with
`textContent` alone. The page's own policy lets only these scripts run and nothing be fetched.
"""

from __future__ import annotations

import html
import json
import math
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from flowrl_agent.report.chart import Chart, Line
from flowrl_agent.report.charts import TOPICS, charts
from flowrl_agent.report.load import Run
from flowrl_agent.report.tables import Table, distances, listing, plain, scores
from flowrl_agent.report.transcripts import pack

TRANSCRIPTS = 5000
"""Most transcripts in a page."""
_SCRIPTS = ("charts.js", "transcripts.js")


@dataclass(frozen=True)
class Report:
    """What is shown.

    Attributes:
        runs: the runs.
        title: of the report.
        notes: sentences above everything else, plain text.
        tables: put first; the scores of the runs' last evaluations where there are none.
    """

    runs: Sequence[Run]
    title: str = "FlowRL runs"
    notes: Sequence[str] = ()
    tables: Sequence[Table] = ()

    @property
    def shown(self) -> list[Table]:
        """The tables, with the list of runs as the last."""
        return [*(self.tables or (*scores(self.runs), *distances(self.runs))), listing(self.runs)]

    def markdown(self) -> str:
        """Title, notes and tables as Markdown."""
        head = [f"# {plain(self.title)}", *(plain(note) for note in self.notes)]
        return "\n\n".join([*head, *(table.markdown() for table in self.shown)]) + "\n"


def page(report: Report, most: int = TRANSCRIPTS) -> str:
    """The page as text.

    Args:
        report: what is shown.
        most: transcripts in it; the latest of each run stay.
    """
    from plotly.offline import get_plotlyjs

    nonce = secrets.token_urlsafe(16)
    policy = f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'unsafe-inline'; img-src data: blob:"
    read = resources.files("flowrl_agent.report").joinpath
    body = read("page.html").read_text(encoding="utf-8")
    *tables, runs = [_table(table) for table in report.shown]
    parts = {
        "title": escape(report.title),
        "facts": escape(_facts(report.runs)),
        "notes": "".join(f"<p>{escape(note)}</p>" for note in report.notes),
        "tables": "".join(tables),
        "runs": runs,
        "settings": "".join(_settings(run) for run in report.runs),
    }
    blocks = {"charts": _charts(report.runs), "transcripts": pack(report.runs, most)}
    return "".join(
        [
            "<!doctype html><html lang='en'><head><meta charset='utf-8'>",
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            "<meta name='viewport' content='width=device-width, initial-scale=1'>",
            f"<title>{parts['title']}</title><style>{read('page.css').read_text(encoding='utf-8')}</style></head><body>",
            _fill(body, parts),
            *(f"<script type='application/json' id='data-{k}'>{_json(v)}</script>" for k, v in blocks.items()),
            f"<script nonce='{nonce}'>{get_plotlyjs()}</script>",
            *(f"<script nonce='{nonce}'>{read(name).read_text(encoding='utf-8')}</script>" for name in _SCRIPTS),
            "</body></html>",
        ]
    )


def escape(text: str) -> str:
    """Text that is only text in HTML, in an attribute too; what UTF-8 cannot hold is shown as an escape."""
    return html.escape(text.encode("utf-8", "backslashreplace").decode("utf-8"), quote=True)


def _fill(template: str, parts: Mapping[str, str]) -> str:
    """The template with every `{{name}}` replaced; what is put in is not looked at again."""
    pieces = template.split("{{")
    out = [pieces[0]]
    for piece in pieces[1:]:
        name, _, rest = piece.partition("}}")
        out += [parts[name], rest]
    return "".join(out)


def _facts(runs: Sequence[Run]) -> str:
    kinds = {"run": len(runs), "algorithm": len({r.label for r in runs}), "environment": len({r.env for r in runs})}
    return " · ".join(f"{count} {name}{'' if count == 1 else 's'}" for name, count in kinds.items())


def _table(table: Table) -> str:
    head = "".join(f"<th>{escape(cell)}</th>" for cell in table.header)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in table.rows)
    return (
        f"<h3>{escape(table.title)}</h3><p class='quiet'>{escape(table.note)}</p>"
        f"<div class='wide'><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _settings(run: Run) -> str:
    text = run.config_text or "not recorded"
    return f"<details><summary>{escape(run.name)}</summary><pre>{escape(text)}</pre></details>"


def _charts(runs: Sequence[Run]) -> dict[str, Any]:
    labels = list(dict.fromkeys(run.label for run in runs))
    drawn = [_chart(chart, labels) for chart in charts(runs)]
    return {"labels": labels, "topics": list(TOPICS), "charts": drawn}


def _chart(chart: Chart, labels: Sequence[str]) -> dict[str, Any]:
    return {
        **{"section": chart.section, "title": chart.title, "env": chart.env, "kind": chart.kind},
        **{"x": chart.x_label, "y": chart.y_label, "log": chart.log_x},
        "lines": [_line(line, labels) for line in chart.lines],
    }


def _line(line: Line, labels: Sequence[str]) -> dict[str, Any]:
    numbers = {name: [_number(v) for v in getattr(line, name)] for name in ("x", "y", "low", "high", "least", "most")}
    who = {"label": labels.index(line.label), "runs": line.runs, "dashed": line.dashed, "note": line.note}
    return who | {name: values for name, values in numbers.items() if values}


def _number(value: float) -> float | None:
    """Six digits; None for what is not finite."""
    return float(f"{value:.6g}") if math.isfinite(value) else None


def _json(data: Any) -> str:
    """JSON that cannot end the script block it stands in."""
    text = json.dumps(data, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
