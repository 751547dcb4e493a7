"""Does every algorithm learn? Reward and held-out pass@1 on Countdown, from one warm-started tiny model.

    python benchmarks/learning.py [--start FOLDER] [--seeds 3] [--steps 80]

Writes benchmarks/results/learning.md. One setting for all (learning rate, clip, mini-batches), not tuned for any, so
the table shows that each learns and not which is best. Intervals are bootstraps over held-out problems, runs averaged.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tyro

from flowrl_agent.build.contest import Contest, examine, gap, interval, teach_tiny, train_all
from flowrl_agent.build.parts import quiet
from flowrl_agent.commands.demo import ENV, OPTIONS
from flowrl_agent.config.schema import EnvConfig
from flowrl_agent.stats import bootstrap

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
    tenth = max(1, args.steps // 10)
    lines = [
        "# Does every algorithm learn?",
        "",
        f"Countdown {OPTIONS}, {args.seeds} runs each of {args.steps} iterations x 64 episodes from one model, "
        f"{args.problems} held-out problems x 16 responses, 95 % intervals over problems (of the rise in reward: over "
        "runs, last tenth of the iterations less the first). Made by `python benchmarks/learning.py`.",
        "",
        "| | rise in training reward | held-out pass@1 | less the start's | distinct right of 16 | KL to the start |",
        "|---|---|---|---|---|---|",
    ]
    for name, found in outcomes.items():
        rises = [np.mean(o.rewards[-tenth:]) - np.mean(o.rewards[:tenth]) for o in found if o.rewards]
        rise = str(bootstrap(rises, np.random.default_rng(0))) if rises else ""
        more = str(gap(found, outcomes["start"], "pass@1")) if rises else ""
        cells = [
            rise,
            str(interval(found, "pass@1")),
            more,
            str(interval(found, "distinct")),
            str(interval(found, "kl")),
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    text = "\n".join(lines) + "\n"
    (Path(__file__).parent / "results" / "learning.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
