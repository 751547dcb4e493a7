"""`flowrl bench`: algorithms x environments x seeds from one file, with equal budgets, and what comes of it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from flowrl_agent.config.schema import ConfigError, require

if TYPE_CHECKING:
    from flowrl_agent.bench.plan import Plan


@dataclass(frozen=True)
class BenchArgs:
    """Compares algorithms fairly. Run it again to go on where it was stopped; finished runs are not repeated."""

    plan: Annotated[str, tyro.conf.Positional] = ""
    """A TOML file (see --preset and the docs for its form)."""
    preset: str = ""
    """A plan that is shipped: quick."""
    algos: str = ""
    """Other algorithms, separated by commas; `module:Class` for one of your own."""
    envs: str = ""
    """Other environments, separated by commas; settings of those in the plan are kept."""
    seeds: int = 0
    """Another number of seeds; 0 keeps the plan's."""
    steps: int = -1
    """Another number of iterations; -1 keeps the plan's."""
    jobs: int = 2
    """Runs at a time, each with one thread."""
    out: Path | None = None
    """Folder of results, starting models and runs; none means runs/bench-NAME."""
    dry: bool = field(default=False)
    """Check the plan and print its runs; start nothing."""


def main(argv: list[str]) -> int:
    """Runs a benchmark, prints its tables, writes tables.md and report.html."""
    args = tyro.cli(BenchArgs, args=argv, prog="flowrl bench")
    if bool(args.plan) == bool(args.preset):
        from flowrl_agent.bench.plan import presets

        raise ConfigError(f"Pass a plan's TOML file or --preset NAME. Presets: {', '.join(sorted(presets()))}.")
    require(args.jobs >= 1, "--jobs", args.jobs, "1 or more")
    from flowrl_agent.bench.cells import runs
    from flowrl_agent.bench.plan import load, narrow

    plan = narrow(load(args.preset or Path(args.plan)), _names(args.algos), _names(args.envs), args.seeds, args.steps)
    if args.dry:
        planned = list(runs(plan, {}, {}))
        print("\n".join(f"{job.algorithm} on {job.env}, seed {job.seed}" for job in planned))
        print(f"{len(planned)} runs, {plan.search.trials} search trials for each pair of algorithm and environment")
        return 0
    out = args.out or Path("runs") / f"bench-{plan.name}"
    return _run(args, plan, out)


def _run(args: BenchArgs, plan: Plan, out: Path) -> int:
    from flowrl_agent.bench.report import write_report
    from flowrl_agent.bench.run import RESULTS, bench

    started = time.perf_counter()
    rows = bench(plan, out, args.jobs, lambda text: print(text, flush=True))
    planned = plan.seeds * len(plan.envs) * len(plan.algorithms)
    if not rows:
        print(f"No run succeeded; {out / RESULTS} says why.")
        return 1
    print(f"\n{write_report(rows, out)}")
    print(
        f"{len(rows)} of {planned} runs in {out / RESULTS}; tables in {out / 'tables.md'}, page {out / 'report.html'}"
    )
    print(f"{time.perf_counter() - started:.0f} s")
    return 0 if len(rows) == planned else 1


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())
