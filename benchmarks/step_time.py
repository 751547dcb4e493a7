"""What a training step costs: FlowRL against GRPO on the same rollout, the same model, the same machine.

    python benchmarks/step_time.py [--repeats 15]

FlowRL needs the reference's log-probabilities, GRPO only with its KL penalty, so GRPO is timed without and with it.
CPU seconds of recomputing log-probabilities and of all optimiser steps, generation left out; orders alternate and the
ratio is that of medians. Writes benchmarks/results/step_time.md.
"""

from __future__ import annotations

import copy
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import tyro
from accelerate import Accelerator

from flowrl_agent.algorithms import load_algorithm
from flowrl_agent.batching import make_batch
from flowrl_agent.build.parts import make_codec, make_envs, make_policy, quiet, with_heads
from flowrl_agent.config.schema import EnvConfig, ModelConfig, OptimConfig
from flowrl_agent.metrics.condense import Accumulator
from flowrl_agent.models.policy import Policy
from flowrl_agent.rollout.base import SamplingParams
from flowrl_agent.rollout.collect import Collector
from flowrl_agent.rollout.local import LocalEngine
from flowrl_agent.trainer.learner import Learner
from flowrl_agent.types import Batch

CONTESTANTS = {"grpo": "grpo", "grpo with KL": "grpo/kl", "flowrl": "flowrl/moderate"}


@dataclass(frozen=True)
class Args:
    """Times steps."""

    repeats: int = 15
    tokens: int = 48
    """Agent tokens of an episode (a random model writes to the limit)."""


def main() -> None:
    args = tyro.cli(Args)
    quiet()
    torch.set_num_threads(1)
    policy, batch = rollout(args.tokens)
    learners = {name: learner(policy, preset) for name, preset in CONTESTANTS.items()}
    times: dict[str, list[float]] = {name: [] for name in learners}
    for repeat in range(args.repeats + 2):
        order = list(learners) if repeat % 2 else list(reversed(learners))
        for name in order:
            spent = step(learners[name], batch)
            if repeat >= 2:
                times[name].append(spent)
    base = {name: float(np.median(values)) for name, values in times.items()}
    lines = [
        "# What a training step costs",
        "",
        f"0.9 M-parameter model, 64 episodes of {args.tokens} tokens, 2 optimiser steps, one thread, CPU seconds, "
        f"medians of {args.repeats}. Made by `python benchmarks/step_time.py`.",
        "",
        "| | CPU s a step | to GRPO | to GRPO with KL |",
        "|---|---|---|---|",
    ]
    for name, value in base.items():
        lines.append(f"| {name} | {value:.3f} | {value / base['grpo']:.3f} | {value / base['grpo with KL']:.3f} |")
    text = "\n".join(lines) + "\n"
    (Path(__file__).parent / "results" / "step_time.md").write_text(text, encoding="utf-8")
    print(text)


def rollout(tokens: int) -> tuple[Policy, Batch]:
    envs, model = make_envs(EnvConfig("FlowRL/Arithmetic-v0", kwargs={"style": "short"}), 64), ModelConfig()
    codec = make_codec(model, envs)
    policy = make_policy(model, codec, 0)
    engine = LocalEngine.of(policy, codec)
    played = Collector(envs, engine, codec, SamplingParams(tokens)).collect(8, 8, seed=0)
    return policy, make_batch(played, codec.pad_id)


def learner(policy: Policy, name: str) -> Learner:
    algorithm = load_algorithm(name)
    start = Policy(copy.deepcopy(policy.model))
    whole = with_heads(start, ModelConfig(), algorithm.needs, seed=0)
    reference = start.reference() if algorithm.needs.reference else None
    return Learner(whole, reference, algorithm, OptimConfig(lr=1e-6), 1.0, Accelerator(cpu=True))


def step(learner: Learner, batch: Batch) -> float:
    log, started = Accumulator(), time.process_time()
    learner.learn(learner.recompute(batch), log)
    log.row()
    return time.process_time() - started


if __name__ == "__main__":
    main()
