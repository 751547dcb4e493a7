"""`flowrl report RUN...`: one self-contained HTML page that shows runs; Markdown tables and plots beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from flowrl_agent.config.schema import require

FORMATS = ("html", "md", "png", "svg")


@dataclass(frozen=True)
class ReportArgs:
    """Writes one page that shows runs and benchmarks; it opens without a network."""

    runs: Annotated[tuple[Path, ...], tyro.conf.Positional]
    """Folders of `flowrl train` or `flowrl bench`, folders of run folders, or a benchmark's results.jsonl."""
    out: Path = Path("report.html")
    """The page to write; tables go beside it as NAME.md, plots into a folder NAME-plots."""
    format: str = "html"
    """What to write, separated by commas: html, md, png, svg."""
    title: str = "FlowRL runs"
    """Its title."""
    transcripts: int = 5000
    """Most transcripts in the page; the latest of each run stay."""


def main(argv: list[str]) -> int:
    """Writes what was asked for and says where."""
    from flowrl_agent.bench.report import load_report
    from flowrl_agent.report.load import ReportError

    args = tyro.cli(ReportArgs, args=argv, prog="flowrl report")
    if not args.runs:
        raise ReportError("No run was given. Pass one or more folders that `flowrl train` wrote, such as runs/*.")
    formats = [name.strip() for name in args.format.split(",") if name.strip()]
    wrong = [name for name in formats if name not in FORMATS]
    require(bool(formats) and not wrong, "--format", args.format, ", ".join(FORMATS))
    require(args.transcripts >= 0, "--transcripts", args.transcripts, "0 or more")
    report = load_report(args.runs, args.title)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    if "html" in formats:
        from flowrl_agent.report.page import page

        _write(args.out, page(report, args.transcripts))
    if "md" in formats:
        _write(args.out.with_suffix(".md"), report.markdown())
    for form in (name for name in formats if name in ("png", "svg")):
        from flowrl_agent.report.plots import write_plots

        folder = args.out.with_name(f"{args.out.stem}-plots")
        print(f"wrote {len(write_plots(report.runs, folder, form))} {form} files to {folder}")
    return 0


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    print(f"wrote {path} ({len(text) / 1e6:.1f} MB)")
