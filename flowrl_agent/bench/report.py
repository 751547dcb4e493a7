"""A benchmark's rows as a report: tables that compare, and runs that the report room draws.

Rows alone are enough, so a kept results.jsonl draws its page again; where the folders of its runs still lie beside it,
all metrics and the transcripts come from there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from flowrl_agent.bench import record
from flowrl_agent.bench.run import RESULTS, TRIALS
from flowrl_agent.bench.tables import tables
from flowrl_agent.bench.worker import JOB, TRANSCRIPTS
from flowrl_agent.metrics.sinks import read_rows
from flowrl_agent.report.load import ReportError, Run, clock, load_runs, read_transcripts
from flowrl_agent.report.page import Report, page
from flowrl_agent.types import Metrics

Row = Mapping[str, Any]


def load_report(sources: Sequence[Path], title: str) -> Report:
    """A report on run folders, benchmark folders and results files, in any mixture.

    Args:
        sources: folders that `flowrl train` or `flowrl bench` wrote, folders of the former, or files of a benchmark's
            rows.
        title: of the report.

    Raises:
        ReportError: a source holds neither runs nor rows.
    """
    files = [source if source.is_file() else source / RESULTS for source in sources]
    benches = [rows_of(file) for file in files if file.is_file()]
    plain = [source for source, file in zip(sources, files, strict=True) if not file.is_file()]
    runs = [
        run
        for file, rows in zip((f for f in files if f.is_file()), benches, strict=True)
        for run in to_runs(rows, file.parent)
    ]
    searches = [record.read(trials_of(file)) for file in files if file.is_file()]
    made = [table for rows, trials in zip(benches, searches, strict=True) for table in tables(rows, trials=trials)]
    return Report([*runs, *(load_runs(plain) if plain else ())], title, notes(benches), made)


def write_report(rows: Sequence[Row], out: Path) -> str:
    """Writes OUT/tables.md and OUT/report.html; the text of the former."""
    made = tables(rows, trials=record.read(out / TRIALS))
    text = "\n\n".join(table.markdown() for table in made) + "\n"
    (out / "tables.md").write_text(text, encoding="utf-8")
    report = Report(to_runs(rows, out), f"Benchmark {rows[0].get('bench', '')}", notes([rows]), made)
    (out / "report.html").write_text(page(report), encoding="utf-8")
    return text


def rows_of(path: Path) -> list[dict[str, Any]]:
    """The successful rows of a results file, one a run.

    Raises:
        ReportError: there is none, or the file is not one of a benchmark.
    """
    try:
        rows = [dict(row) for row in record.done(record.read(path)).values()]
        if all({"algorithm", "env", "seed", "measures"} <= row.keys() for row in rows) and rows:
            return rows
    except (ValueError, KeyError, TypeError):
        pass
    raise ReportError(
        f"{str(path)!r} holds no results of a benchmark. Pass a folder that `flowrl bench` wrote, or its {RESULTS}; "
        "lines with `error` in it say why runs failed."
    )


def trials_of(results: Path) -> Path:
    """Where the trials of the search lie: trials.jsonl beside results.jsonl, NAME-trials.jsonl beside NAME.jsonl."""
    return results.with_name(TRIALS if results.name == RESULTS else f"{results.stem}-trials{results.suffix}")


def to_runs(rows: Sequence[Row], out: Path) -> list[Run]:
    """Rows as runs; what the folders below `out` keep is read from there."""
    folders = _folders(out)
    return [_run(row, folders.get(row["fingerprint"])) for row in rows]


def notes(benches: Sequence[Sequence[Row]]) -> list[str]:
    """What a reader must know of how the rows came about."""
    out = []
    for rows in benches:
        commits = sorted(
            {f"{r.get('commit', 'unknown')[:12]}{' with changes' if r.get('dirty') else ''}" for r in rows}
        )
        versions = sorted({f"torch {r['versions']['torch']}" for r in rows if "torch" in r.get("versions", {})})
        made = ", ".join([f"commit {', '.join(commits)}", *versions])
        out.append(f"Benchmark {rows[0].get('bench', '')}: {len(rows)} runs; {made}.")
    return out


def _folders(out: Path) -> dict[str, Path]:
    """Fingerprint to folder of the runs below `out`."""
    found = {}
    for order in sorted((out / "runs").glob(f"*/{JOB}")):
        row = order.with_name("row.json")
        if row.exists():
            found[json.loads(row.read_text(encoding="utf-8"))["fingerprint"]] = order.parent
    return found


def _run(row: Row, folder: Path | None) -> Run:
    kept = folder / "run" / "metrics.jsonl" if folder else None
    rows = read_rows(kept) if kept and kept.exists() else _course(row.get("curves", {}))
    said = [t for path in _transcript_files(folder) for t in read_transcripts(path)]
    settings = {key: row[key] for key in ("config", "chosen", "test", "versions", "commit", "machine") if key in row}
    return Run(
        name=folder.name if folder else f"{row['algorithm']}-{row['env']}-s{row['seed']}",
        label=row["algorithm"],
        rows=rows,
        env=row["env"],
        seed=str(row["seed"]),
        clock=clock(row["algorithm"]),
        config_text=json.dumps(settings, indent=1),
        transcripts=said,
        measures=row["measures"],
        step_seconds=float(row.get("cost", {}).get("step_seconds", 0.0)),
    )


def _transcript_files(folder: Path | None) -> list[Path]:
    """Those of training first: the newest are kept where a page cannot hold all."""
    return [folder / "run" / TRANSCRIPTS, folder / TRANSCRIPTS] if folder else []


def _course(curves: Mapping[str, Sequence[Sequence[float]]]) -> list[Metrics]:
    """The rows that a row's thinned curves stand for."""
    steps: dict[int, dict[str, float]] = {}
    for name, points in curves.items():
        for step, value in points:
            steps.setdefault(int(step), {})[name] = float(value)
    return [Metrics(step, values) for step, values in sorted(steps.items())]
