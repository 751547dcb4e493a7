"""`flowrl report RUN...`: one self-contained HTML page that shows runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro


@dataclass(frozen=True)
class ReportArgs:
    """Writes one page that shows finished runs; it opens without a network."""

    runs: Annotated[tuple[Path, ...], tyro.conf.Positional]
    """Run folders, or folders of run folders."""
    out: Path = Path("report.html")
    """The page to write."""
    title: str = "FlowRL runs"
    """Its title."""


def main(argv: list[str]) -> int:
    """Writes the page and says where."""
    from flowrl_agent.report.load import ReportError, load_runs
    from flowrl_agent.report.page import page

    args = tyro.cli(ReportArgs, args=argv, prog="flowrl report")
    if not args.runs:
        raise ReportError("No run was given. Pass one or more folders that `flowrl train` wrote, such as runs/*.")
    text = page(load_runs(args.runs), args.title)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(text, encoding="utf-8")
    print(f"wrote {args.out} ({len(text) / 1e6:.1f} MB)")
    return 0
