"""Which stable-baselines3 agents learn on the token-level view of toy vocabularies, and what chance gives.

python benchmarks/sb3_token_level.py [--seeds 3] [--steps 100000]. Appends one row a run to
benchmarks/results/sb3_token_level.jsonl and prints the table of all rows there. The share right is that of sampled
messages: on the problems trained on (last tenth of training) and on held-out ones.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

from flowrl_agent.aggregate import mean, stratified
from flowrl_agent.baselines.policies import RandomPolicy, UniformValidPolicy
from flowrl_agent.baselines.sb3 import SB3Config
from flowrl_agent.baselines.sb3_run import SB3Run, train_sb3
from flowrl_agent.baselines.views import view_of
from flowrl_agent.build.parts import make_envs, task_of
from flowrl_agent.build.trial import Examiner, Trial
from flowrl_agent.config.schema import EnvConfig, EvalConfig
from flowrl_agent.evaluate import summarise
from flowrl_agent.metrics.sinks import read_rows
from flowrl_agent.rollout.base import SamplingParams
from flowrl_agent.rollout.text import TextEngine

RESULTS = Path(__file__).parent / "results" / "sb3_token_level.jsonl"
TASKS = {
    "sums of two digits": (EnvConfig("FlowRL/Arithmetic-v0", kwargs={"level": 0, "style": "short"}), "", 0),
    "countdown, 3 digits up to 5": (
        EnvConfig("FlowRL/Countdown-v0", kwargs={"largest": 5, "highest": 30, "style": "short"}),
        "12345+-*",
        5,
    ),
}
AGENTS = ("sb3:maskable_ppo", "sb3:ppo", "sb3:a2c", "sb3:dqn")


def chance(env: EnvConfig, vocabulary: str, max_tokens: int, seed: int) -> dict[str, dict[str, float]]:
    task = task_of(make_envs(env, 1))
    view = view_of(task, "train", max_tokens, vocabulary)
    out = {}
    for name, policy in (("random", RandomPolicy(view)), ("uniform over legal", UniformValidPolicy(view))):
        engine, shares = TextEngine(policy), {}
        for split in ("train", "test"):
            trial = Trial(env, split, 64, 16, SamplingParams(view.max_tokens), seed)
            shares[split] = summarise(list(Examiner(trial).play(engine, engine.codec).values())).means()["eval/avg"]
        out[name] = shares
    return out


def trained(agent: str, task: str, seed: int, steps: int) -> dict[str, float]:
    env, vocabulary, max_tokens = TASKS[task]
    with tempfile.TemporaryDirectory() as folder:
        run = SB3Run(
            algo=SB3Config(steps=steps),
            seed=seed,
            env=env,
            vocabulary=vocabulary,
            max_tokens=max_tokens,
            eval=EvalConfig(problems=64, samples=16),
            out=f"{folder}/run",
        )
        started = time.process_time()
        rows = read_rows(train_sb3(agent, run) / "metrics.jsonl")
    curve = [row.values["reward/correct"] for row in rows if "reward/correct" in row.values]
    share = float(np.mean(curve[-max(1, len(curve) // 10) :]))
    return {"train": share, "test": rows[-1].values["eval/avg"], "cpu_seconds": time.process_time() - started}


def table() -> str:
    rows = [json.loads(line) for line in RESULTS.read_text().splitlines()]
    lines = ["| task | agent | seeds | training problems | held out | CPU-s |", "|---|---|---|---|---|---|"]
    for task in TASKS:
        for agent in ("random", "uniform over legal", *AGENTS):
            mine = [r for r in rows if (r["task"], r["agent"]) == (task, agent)]
            if mine:
                shares = [
                    stratified([[r[split]] for r in mine], mean, np.random.default_rng(0))
                    for split in ("train", "test")
                ]
                cost = np.mean([r.get("cpu_seconds", 0.0) for r in mine])
                lines.append(f"| {task} | {agent} | {len(mine)} | {shares[0]} | {shares[1]} | {cost:.0f} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=100_000)
    args = parser.parse_args()
    torch.set_num_threads(1)
    RESULTS.parent.mkdir(exist_ok=True)
    for seed in range(args.seeds):
        for task, view in TASKS.items():
            found = {**chance(*view, seed), **{a: trained(a, task, seed, args.steps) for a in AGENTS}}
            with RESULTS.open("a") as file:
                for agent, shares in found.items():
                    row = {"task": task, "agent": agent, "seed": seed, "steps": args.steps, **shares}
                    file.write(json.dumps(row) + "\n")
    print(table())


if __name__ == "__main__":
    main()
