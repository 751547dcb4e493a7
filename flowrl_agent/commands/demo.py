"""`flowrl demo`: the main job in minutes on two cores. A tiny model learns to answer, then FlowRL and GRPO improve it.

Both start from the same warm-started model, see the same problems and have the same number of episodes; each runs with
several seeds, two processes at a time, through `flowrl train` itself. Measures are taken on held-out problems, with
intervals, and the summary says no more than the intervals do.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import tyro
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from flowrl_agent.build.contest import Outcome

ENV = "FlowRL/Countdown-v0"
OPTIONS = {"count": 4, "largest": 6, "highest": 20, "style": "short"}
MEASURES = {
    "pass@1": "pass@1",
    "pass@16": "pass@16",
    "distinct": "distinct right of 16",
    "coverage": "coverage of all solutions",
    "kl": "KL to the start (nats)",
}
# Answers have about ten tokens: beta is per token, so the paper's 15 would tilt by 150 nats. The preset has 1.
ALGORITHMS = {"flowrl": ("--algo", "flowrl/moderate"), "grpo": ("--algo", "grpo")}
PAIRS = (("flowrl", "start"), ("grpo", "start"), ("flowrl", "grpo"))


@dataclass(frozen=True)
class DemoArgs:
    """Warm-starts a tiny model on Countdown, trains it with FlowRL and GRPO, prints a table, writes a report page."""

    out: Path = Path("runs/demo")
    """Folder of the demo; a number is added where it exists."""
    seeds: int = 3
    """Runs of each algorithm."""
    steps: int = 80
    """Iterations of each run: 8 problems x 8 samples."""
    warm_start: int = 900
    """Supervised steps before."""
    problems: int = 96
    """Held-out problems, 16 responses each."""
    jobs: int = 2
    """Runs at a time."""


def main(argv: list[str]) -> int:
    """Runs the demo."""
    args = tyro.cli(DemoArgs, args=argv, prog="flowrl demo")
    from flowrl_agent.build.contest import Contest, examine, teach_tiny, train_all
    from flowrl_agent.build.parts import quiet
    from flowrl_agent.config.schema import EnvConfig

    quiet()
    started, out = time.perf_counter(), _free(args.out)
    say = Console(highlight=False, soft_wrap=True).print
    env = EnvConfig(ENV, kwargs=OPTIONS)
    flags = ("--eval.every", str(max(1, args.steps // 4)), "--eval.problems", "64", "--eval.samples", "8")
    contest = Contest(env, ALGORITHMS, args.seeds, args.steps, args.problems, flags=flags, jobs=args.jobs)
    say(f"1. A tiny model learns to answer Countdown from right answers ({args.warm_start} supervised steps) ...")
    start, losses = teach_tiny(env, args.warm_start, out / "warm")
    say(f"   loss {losses[0]:.2f} -> {losses[-1]:.2f} nats a token  ({time.perf_counter() - started:.0f} s)")
    say(f"2. {args.seeds} x FlowRL and {args.seeds} x GRPO from that model, {args.steps} x 64 episodes each ...")
    runs = train_all(contest, start, out)
    say(f"   done  ({time.perf_counter() - started:.0f} s)")
    say(f"3. {args.problems} held-out problems x 16 responses ...")
    outcomes = examine(contest, start, runs)
    rows, notes = summary(outcomes), conclusions(outcomes, args)
    _show(rows)
    for note in notes:
        say(note)
    page = _report(out, rows, notes)
    say(f"report page: {page}   ({time.perf_counter() - started:.0f} s in all)")
    return 0


def summary(outcomes: Mapping[str, Sequence[Outcome]]) -> list[list[str]]:
    """Header and one row a measure: means over runs and problems with 95 % intervals over problems."""
    from flowrl_agent.build.contest import interval

    rows = [["", *(f"{name} ({len(runs)} runs)" if len(runs) > 1 else name for name, runs in outcomes.items())]]
    for measure, text in MEASURES.items():
        rows.append([text, *(str(interval(runs, measure)) for runs in outcomes.values())])
    times = [sum(run.seconds for run in runs) / len(runs) for runs in outcomes.values()]
    rows.append(["training a run", *(f"{t:.0f} s" if t else "" for t in times)])
    return rows


def conclusions(outcomes: Mapping[str, Sequence[Outcome]], args: DemoArgs) -> list[str]:
    """Paired differences over the same problems, each with what its interval allows to say."""
    from flowrl_agent.build.contest import gap

    notes = [
        f"Differences on the same {args.problems} held-out problems, {args.seeds} runs averaged, 95 % intervals over "
        "problems. An interval that holds 0 shows no difference; seeds and settings may change all of them."
    ]
    for a, b in PAIRS:
        for measure in ("pass@1", "pass@16", "distinct"):
            found = gap(outcomes[a], outcomes[b], measure)
            verdict = "higher" if found.low > 0 else "lower" if found.high < 0 else "no difference shown"
            numbers = f"{found.value:+.3f} [{found.low:+.3f}, {found.high:+.3f}]"
            notes.append(f"  {a} - {b}, {MEASURES[measure]}: {numbers}  {verdict}")
    return notes


def _show(rows: Sequence[Sequence[str]]) -> None:
    table = Table(*rows[0])
    for row in rows[1:]:
        table.add_row(*row)
    Console().print(table)


def _report(out: Path, rows: Sequence[Sequence[str]], notes: Sequence[str]) -> Path:
    from flowrl_agent.report.load import load_runs
    from flowrl_agent.report.page import Report, page
    from flowrl_agent.report.tables import Table

    path = out / "report.html"
    title = "FlowRL and GRPO on Countdown, from the same warm-started tiny model"
    measured = Table(
        "Held-out problems", "Means with 95 % intervals over problems.", tuple(rows[0]), tuple(map(tuple, rows[1:]))
    )
    path.write_text(page(Report(load_runs([out]), title, notes, [measured])), encoding="utf-8")
    return path


def _free(folder: Path) -> Path:
    """`folder`, or with the first free number."""
    number, path = 1, folder
    while path.exists():
        number += 1
        path = folder.with_name(f"{folder.name}-{number}")
    return path
