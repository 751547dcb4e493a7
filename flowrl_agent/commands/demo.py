"""`flowrl demo`: the main job in minutes on two cores. A tiny model learns to answer, then FlowRL and GRPO improve it.

Both start from the same warm-started model, see the same problems and have the same number of episodes; each runs with
several seeds, two processes at a time, through `flowrl train` itself. Measures are taken on held-out problems, with
intervals, and the summary says no more than the intervals do.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import tyro
from rich.console import Console
from rich.table import Table

from flowrl_agent.stats import Interval

ENV = "FlowRL/Countdown-v0"
OPTIONS = {"count": 4, "largest": 6, "highest": 20, "style": "short"}
MEASURES = {
    "eval/pass@1": "pass@1",
    "eval/pass@16": "pass@16",
    "eval/distinct": "distinct right of 16",
    "eval/coverage": "coverage",
    "eval/kl": "KL to the start",
}
ALGORITHMS: dict[str, Sequence[str]] = {
    # Answers have about ten tokens: beta is per token, so the paper's 15 would tilt by 150 nats (docs/algorithms).
    "flowrl": ("--algo", "flowrl/moderate"),
    "grpo": ("--algo", "grpo"),
}


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


@dataclass(frozen=True)
class Outcome:
    """Measures of one policy: name to one value a problem, and how long its training took."""

    values: Mapping[str, Sequence[float]]
    seconds: float = 0.0


def main(argv: list[str]) -> int:
    """Runs the demo."""
    args = tyro.cli(DemoArgs, args=argv, prog="flowrl demo")
    started = time.perf_counter()
    out = _free(args.out)
    say = Console(highlight=False).print
    say(f"1. A tiny model learns to answer Countdown ({args.warm_start} supervised steps) ...")
    start, losses = _warm_start(args, out)
    say(f"   loss {losses[0]:.2f} -> {losses[-1]:.2f} nats a token  ({time.perf_counter() - started:.0f} s)")
    say(f"2. {args.seeds} x FlowRL and {args.seeds} x GRPO from that model, {args.steps} x 64 episodes each ...")
    runs = _train_all(args, out, start)
    say(f"   done  ({time.perf_counter() - started:.0f} s)")
    say(f"3. {args.problems} held-out problems x 16 responses ...")
    outcomes = _examine(args, start, runs)
    rows = summary(outcomes)
    _show(rows)
    notes = conclusions(outcomes, args)
    for note in notes:
        say(note)
    page = _report(out, rows, notes)
    say(f"report page: {page}   ({time.perf_counter() - started:.0f} s in all)")
    return 0


def summary(outcomes: Mapping[str, Sequence[Outcome]]) -> list[list[str]]:
    """Header and one row a policy: means over runs and problems with 95 % intervals over problems."""
    rows = [["", *MEASURES.values(), "training"]]
    for name, runs in outcomes.items():
        cells = [str(_interval(runs, measure)) if measure in runs[0].values else "" for measure in MEASURES]
        seconds = sum(r.seconds for r in runs) / len(runs)
        rows.append(
            [f"{name} ({len(runs)} runs)" if len(runs) > 1 else name, *cells, f"{seconds:.0f} s" if seconds else ""]
        )
    return rows


def conclusions(outcomes: Mapping[str, Sequence[Outcome]], args: DemoArgs) -> list[str]:
    """Paired differences over the same problems, each with what its interval allows to say."""
    pairs = [("flowrl", "start"), ("grpo", "start"), ("flowrl", "grpo")]
    notes = [
        f"Differences on the same {args.problems} held-out problems, 95 % intervals over problems ({args.seeds} runs "
        "averaged; an interval that holds 0 shows no difference):"
    ]
    for a, b in pairs:
        for measure in ("eval/pass@1", "eval/pass@16", "eval/distinct"):
            gap = _gap(outcomes[a], outcomes[b], measure)
            verdict = "no difference shown" if gap.low <= 0 <= gap.high else ("higher" if gap.value > 0 else "lower")
            notes.append(
                f"  {a} - {b}, {MEASURES[measure]}: {gap.value:+.3f} [{gap.low:+.3f}, {gap.high:+.3f}]  {verdict}"
            )
    return notes


def _warm_start(args: DemoArgs, out: Path) -> tuple[Path, list[float]]:
    from flowrl_agent.build.parts import demonstrations, make_codec, make_envs, make_policy, quiet, task_of
    from flowrl_agent.config.schema import EnvConfig, ModelConfig
    from flowrl_agent.models.warmstart import WarmStartConfig, warm_start
    from flowrl_agent.trainer.state import save_policy

    quiet()
    envs, model = make_envs(EnvConfig(ENV, kwargs=OPTIONS), 1), ModelConfig()
    codec = make_codec(model, envs)
    policy = make_policy(model, codec, seed=0)
    losses = warm_start(
        policy, codec, demonstrations(task_of(envs), "train", 0), WarmStartConfig(steps=args.warm_start)
    )
    save_policy(policy, codec, out / "warm")
    return out / "warm" / "model", losses


def _train_all(args: DemoArgs, out: Path, start: Path) -> dict[str, list[Path]]:
    """Every run in a process of its own with one thread; the log of each lies beside its folder."""
    runs = {name: [out / f"{name}-s{seed}" for seed in range(args.seeds)] for name in ALGORITHMS}
    plan = [(name, seed) for seed in range(args.seeds) for name in ALGORITHMS]

    def train(job: tuple[str, int]) -> None:
        name, seed = job
        folder = runs[name][seed]
        flags = [
            *ALGORITHMS[name],
            *("--env", ENV, *(w for k, v in OPTIONS.items() for w in (f"--env.kwargs.{k}", str(v)))),
            *("--model", str(start), "--seed", str(seed), "--steps", str(args.steps), "--out", str(folder)),
            *("--rollout.max-new-tokens", "16", "--eval.every", str(max(1, args.steps // 4))),
            *("--eval.problems", "64", "--eval.samples", "8", "--log.checkpoint-every", "0", "--device", "cpu"),
        ]
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
        command = [sys.executable, "-m", "flowrl_agent.cli", "train", *flags]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
        folder.with_suffix(".log").write_text(done.stdout + done.stderr)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")

    with ThreadPoolExecutor(args.jobs) as pool:
        list(pool.map(train, plan))
    return runs


def _examine(args: DemoArgs, start: Path, runs: Mapping[str, Sequence[Path]]) -> dict[str, list[Outcome]]:
    """Measures of the start and of every run on the same held-out problems."""
    from flowrl_agent.build.parts import model_folder
    from flowrl_agent.build.trial import Examiner, Trial
    from flowrl_agent.config.schema import EnvConfig
    from flowrl_agent.evaluate import divergence, summarise
    from flowrl_agent.metrics.sinks import read_rows
    from flowrl_agent.models.chat import Codec
    from flowrl_agent.models.policy import Policy
    from flowrl_agent.rollout.base import SamplingParams
    from flowrl_agent.rollout.local import LocalEngine

    env = EnvConfig(ENV, "test", OPTIONS)
    examiner = Examiner(Trial(env, "test", args.problems, 16, SamplingParams(16), seed=1))
    codec, first = Codec.load(start), Policy.load(start)

    def examine(policy: Policy, seconds: float = 0.0) -> Outcome:
        problems = list(examiner.play(LocalEngine.of(policy, codec, share=True), codec).values())
        values = dict(summarise(problems).values)
        values["kl"] = divergence(policy, first, problems, codec.pad_id, 1.0)
        return Outcome({f"eval/{name}": v for name, v in values.items()}, seconds)

    outcomes = {"start": [examine(first)]}
    for name, folders in runs.items():
        times = [sum(r.values.get("time/iteration", 0.0) for r in read_rows(f / "metrics.jsonl")) for f in folders]
        policies = (Policy.load(model_folder(str(folder))) for folder in folders)
        outcomes[name] = [examine(policy, spent) for policy, spent in zip(policies, times, strict=True)]
    return outcomes


def _interval(runs: Sequence[Outcome], measure: str) -> Interval:
    import numpy as np

    from flowrl_agent.stats import bootstrap

    return bootstrap(np.mean([run.values[measure] for run in runs], axis=0), np.random.default_rng(0))


def _gap(a: Sequence[Outcome], b: Sequence[Outcome], measure: str) -> Interval:
    import numpy as np

    from flowrl_agent.stats import paired

    means = [np.mean([run.values[measure] for run in runs], axis=0) for runs in (a, b)]
    return paired(means[0], means[1], np.random.default_rng(0))


def _show(rows: Sequence[Sequence[str]]) -> None:
    table = Table(*rows[0])
    for row in rows[1:]:
        table.add_row(*row)
    Console().print(table)


def _report(out: Path, rows: Sequence[Sequence[str]], notes: Sequence[str]) -> Path:
    from flowrl_agent.report.load import load_runs
    from flowrl_agent.report.page import page, table

    path = out / "report.html"
    title = "FlowRL and GRPO on Countdown, from the same warm-started tiny model"
    first = table(rows[0], rows[1:])
    path.write_text(page(load_runs([out]), title, [notes[0], *notes[1:]], [first]), encoding="utf-8")
    return path


def _free(folder: Path) -> Path:
    """`folder`, or with the first free number."""
    number, path = 1, folder
    while path.exists():
        number += 1
        path = folder.with_name(f"{folder.name}-{number}")
    return path
