"""Does every algorithm learn? Reward and held-out pass@1 on Countdown, from one warm-started tiny model.

    python benchmarks/learning.py [--start FOLDER] [--seeds 3] [--steps 80]

Writes benchmarks/results/learning.md. Rewards of single iterations are no measure here, since each draws other
problems. One setting for all (learning rate, clip, mini-batches), not tuned for any: the table shows that each learns,
not which is best. Intervals are bootstraps over problems, runs averaged.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import tyro

from flowrl_agent.build.contest import Contest, examine, gap, interval, teach_tiny, train_all
from flowrl_agent.build.parts import quiet
from flowrl_agent.commands.demo import ENV, OPTIONS
from flowrl_agent.config.schema import EnvConfig

ALGORITHMS = {
    "flowrl (beta 1, raw)": ("--algo", "flowrl/moderate"),
    "grpo": ("--algo", "grpo"),
    "ppo": ("--algo", "ppo"),
    "reinforce_pp": ("--algo", "reinforce_pp"),
}


@dataclass(frozen=True)
class Args:
    """Compares algorithms."""

    start: Path | None = None
    """A model folder to start from; without it one is taught first."""
    seeds: int = 3
    steps: int = 80
    warm_start: int = 900
    problems: int = 96
    jobs: int = 2


def main() -> None:
    args = tyro.cli(Args)
    quiet()
    env = EnvConfig(ENV, kwargs=OPTIONS)
    contest = Contest(env, ALGORITHMS, args.seeds, args.steps, args.problems, jobs=args.jobs)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        start = args.start or teach_tiny(env, args.warm_start, out / "warm")[0]
        runs = train_all(contest, start, out)
        outcomes = examine(contest, start, runs)
        trained_on = examine(contest, start, runs, split="train")
    lines = [
        "# Does every algorithm learn?",
        "",
        f"Countdown {OPTIONS}, {args.seeds} runs each of {args.steps} iterations x 64 episodes from one model, 16 "
        f"responses to each of {args.problems} problems: held-out ones, and ones of the training split. Means over "
        "runs, 95 % intervals over problems. Made by `python benchmarks/learning.py`.",
        "",
        "| | reward in training | less the start's | held-out pass@1 | less the start's | distinct of 16 | KL |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, found in outcomes.items():
        cells = [str(interval(trained_on[name], "reward")), str(gap(trained_on[name], trained_on["start"], "reward"))]
        cells += [str(interval(found, "pass@1")), str(gap(found, outcomes["start"], "pass@1"))]
        cells += [str(interval(found, "distinct")), str(interval(found, "kl"))]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    text = "\n".join(lines) + "\n"
    (Path(__file__).parent / "results" / "learning.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
