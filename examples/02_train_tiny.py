"""Train a tiny model with FlowRL, from Python: what `flowrl train` does, in twenty lines.

    python examples/02_train_tiny.py [FOLDER]

A model of a million parameters is taught sums for some steps, then improves by reward alone; under two minutes on one
core. Afterwards: `flowrl report FOLDER`, `flowrl eval --model FOLDER --env FlowRL/Arithmetic-v0 ...`.
"""

import sys
from pathlib import Path

from flowrl_agent.algorithms.flowrl import FlowRL, FlowRLConfig
from flowrl_agent.build.run import train
from flowrl_agent.config.schema import (
    EnvConfig,
    EvalConfig,
    LogConfig,
    ModelConfig,
    OptimConfig,
    RolloutConfig,
    TrainConfig,
)
from flowrl_agent.metrics.sinks import read_rows


def main(folder: str = "runs/tiny", steps: int = 40, warm_start: int = 60) -> None:
    algorithm = FlowRL(FlowRLConfig(beta=1.0))  # answers have three tokens: the paper's 15 a token is for thousands
    config = TrainConfig(
        "flowrl",
        algorithm.config,
        steps=steps,
        device="cpu",
        env=EnvConfig("FlowRL/Arithmetic-v0", kwargs={"level": 0, "style": "short"}),
        model=ModelConfig("tiny", warm_start=warm_start),
        rollout=RolloutConfig(prompts=16, samples=8, max_new_tokens=4),
        optim=OptimConfig(lr=1e-4, log_z_lr=1e-3, mini_batches=4, epochs=2),
        eval=EvalConfig(every=steps, problems=16, samples=8),
        log=LogConfig(dir=folder),
    )
    rows = read_rows(train(config, algorithm) / "metrics.jsonl")
    rewards = [row.values["reward/mean"] for row in rows if "reward/mean" in row.values]
    tenth = max(1, len(rewards) // 10)
    print(f"training reward: {sum(rewards[:tenth]) / tenth:.3f} -> {sum(rewards[-tenth:]) / tenth:.3f}")
    print(f"held-out sums:   {rows[0].values['eval/avg']:.3f} -> {rows[-1].values['eval/avg']:.3f}  (16 problems only)")
    print(f"run folder:      {Path(folder)}")


if __name__ == "__main__":
    main(*sys.argv[1:2])
