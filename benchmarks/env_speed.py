"""How fast the environments are, as ratios measured side by side in one run.

    python benchmarks/env_speed.py [--repeats 15] [--out benchmarks/results/env_speed.json]

Four claims, each with its target: importing flowrl_envs costs at most 1.2 times importing gymnasium (CPU time of
fresh processes); Arithmetic through make_vec(64) runs at 0.9 or more of a bare loop over the same task and at 3 or
more times SyncVectorEnv; right and wrong answers cost the same within 1.5. Responses are a short sentence, as a model
writes. The contestants take turns, so that a busy machine slows all of them; a ratio is the median over the turns, with
the 10th and 90th percentile. CPU time, not wall clock.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv

import flowrl_envs
from flowrl_envs.env import load_task

ID, TASK = "FlowRL/Arithmetic-v0", "flowrl_envs.tasks.arithmetic:Arithmetic"
BATCH, STEPS = 64, 60


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "env_speed.json")
    args = parser.parse_args()
    rows = [import_cost(args.repeats), *episode_costs(args.repeats)]
    for row in rows:
        print(
            f"{'ok  ' if row['ok'] else 'MISS'} {row['claim']:<52} {row['median']:6.3f} "
            f"[{row['p10']:.3f}, {row['p90']:.3f}]  target {row['target']}"
        )
    record = {"python": platform.python_version(), "gymnasium": gymnasium.__version__, "repeats": args.repeats}
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps({**record, "rows": rows}, indent=2) + "\n")


def import_cost(repeats: int) -> dict[str, object]:
    """CPU seconds of `import flowrl_envs` over those of `import gymnasium`, in fresh processes taking turns."""
    ratios = []
    for _ in range(repeats):
        ours, theirs = (_import_seconds(name) for name in ("flowrl_envs", "gymnasium"))
        ratios.append(ours / theirs)
    return _row("import flowrl_envs / import gymnasium", ratios, "<=", 1.2)


def episode_costs(repeats: int) -> list[dict[str, object]]:
    """The three ratios about episodes of Arithmetic."""
    ours = gymnasium.make_vec(ID, num_envs=BATCH)
    same = {"autoreset_mode": AutoresetMode.SAME_STEP}
    sync = gymnasium.make_vec(ID, num_envs=BATCH, vectorization_mode="sync", vector_kwargs=same)
    task = load_task(TASK, {})
    wrong = [say(7)] * BATCH
    jobs: dict[str, Callable[[], None]] = {
        "bare": lambda: bare_loop(task),
        "wrong": lambda: vector_loop(ours, lambda: wrong),
        "sync": lambda: vector_loop(sync, lambda: wrong),
        "right": lambda: vector_loop(ours, lambda: [say(e.problem.reference) for e in ours._episodes]),
        "length": lambda: vector_loop(ours, lambda: [say(-e.problem.reference - 1) for e in ours._episodes]),
    }
    times: dict[str, list[float]] = {name: [] for name in jobs}
    for job in jobs.values():
        job()
    for _ in range(repeats):
        for name, job in jobs.items():
            start = time.process_time()
            job()
            times[name].append(time.process_time() - start)
    seconds = {name: np.array(values) for name, values in times.items()}
    episodes = BATCH * STEPS
    for name, values in seconds.items():
        print(f"     {name:<6} {np.median(values) / episodes * 1e6:8.2f} us an episode")
    costs = np.maximum(seconds["right"] / seconds["length"], seconds["length"] / seconds["right"])
    return [
        _row("make_vec(64), episodes/s over those of a bare loop", seconds["bare"] / seconds["wrong"], ">=", 0.9),
        _row("make_vec(64), episodes/s over those of SyncVectorEnv", seconds["sync"] / seconds["wrong"], ">=", 3.0),
        _row("right over wrong answers, the dearer over the cheaper", costs, "<=", 1.5),
    ]


def say(number: object) -> str:
    """A response as a small model writes it."""
    return f"Let me work this out step by step. The answer is {number}."


def bare_loop(task: flowrl_envs.Task) -> None:
    """What one would write by hand: draw an index, build the problem, score a response, keep what a trainer needs."""
    rng = np.random.default_rng(0)
    size = task.size("train") or 2**62
    action = say(7)
    for _ in range(STEPS):
        batch = []
        for _ in range(BATCH):
            problem = task.problem("train", int(rng.integers(size)))
            verdict = task.score(problem, action)
            batch.append((problem.prompt, verdict.reward, verdict.correct, verdict.reason))


def vector_loop(env: VectorEnv, actions: Callable[[], list[str]]) -> None:
    """As a trainer drives a vector environment."""
    env.reset(seed=0)
    for _ in range(STEPS):
        env.step(actions())


def _import_seconds(module: str) -> float:
    code = f"import time; s = time.process_time(); import {module}; print(time.process_time() - s)"
    return float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)


def _row(claim: str, ratios: object, sign: str, target: float) -> dict[str, object]:
    p10, median, p90 = (float(x) for x in np.percentile(np.asarray(ratios), [10, 50, 90]))
    ok = median <= target if sign == "<=" else median >= target
    return {"claim": claim, "median": median, "p10": p10, "p90": p90, "target": f"{sign} {target:g}", "ok": bool(ok)}


if __name__ == "__main__":
    main()
