"""Trains with every algorithm over a scripted engine, on the ranks it is started with; saves weights and rows."""

import sys
import tempfile
from pathlib import Path

import torch
from accelerate import Accelerator

from flowrl_agent.algorithms import ALGORITHMS, load_algorithm
from flowrl_agent.build.parts import make_envs, reset_options, with_heads
from flowrl_agent.checkpoint import Checkpoints
from flowrl_agent.config.schema import EnvConfig, LogConfig, ModelConfig, OptimConfig, RolloutConfig, TrainConfig
from flowrl_agent.metrics.sinks import MemorySink
from flowrl_agent.models.chat import Codec
from flowrl_agent.models.policy import Policy
from flowrl_agent.models.tiny import TinyConfig, tiny_model, tiny_tokenizer
from flowrl_agent.rollout.base import SamplingParams
from flowrl_agent.rollout.collect import Collector
from flowrl_agent.rollout.scripted import ScriptedEngine
from flowrl_agent.trainer.learner import Learner
from flowrl_agent.trainer.loop import Parts, Trainer


def answer(prompt: str, sample: int) -> str:
    a, b = prompt.rstrip("=").split("+")
    return str(int(a) + int(b) + (sample + int(a)) % 3)


def run(name: str, accelerator: Accelerator) -> tuple[dict[str, torch.Tensor], list[dict[str, float]]]:
    algorithm = load_algorithm(name)
    codec = Codec(tiny_tokenizer())
    start = Policy(tiny_model(codec.tokenizer, 0, TinyConfig(hidden=32, layers=1, heads=2, mlp=64)))
    policy = with_heads(start, ModelConfig(), algorithm.needs, seed=0)
    config = TrainConfig(
        name,
        algorithm.config,
        steps=2,
        env=EnvConfig("FlowRL/Arithmetic-v0", kwargs={"level": 0, "style": "short"}),
        rollout=RolloutConfig(prompts=8, samples=4, max_new_tokens=4),
        optim=OptimConfig(lr=0.3, critic_lr=0.3, eps=1.0, mini_batches=2, micro_batch=3, warmup=0),
        log=LogConfig(transcripts_every=0),
    )
    learner = Learner(policy, start.reference(), algorithm, config.optim, 1.0, accelerator)
    engine = ScriptedEngine(answer, codec)
    envs = make_envs(config.env, 32 // accelerator.num_processes)
    sink = MemorySink()
    with tempfile.TemporaryDirectory() as folder:
        parts = Parts(
            config,
            learner,
            engine,
            Collector(envs, engine, codec, SamplingParams(4)),
            codec,
            [sink],
            Checkpoints(Path(folder)),
            Path(folder),
            options=reset_options(envs, "train"),
        )
        Trainer(parts).run()
    rows = [{k: v for k, v in r.values.items() if not k.startswith("time/") and "second" not in k} for r in sink.rows]
    return {k: v.clone() for k, v in policy.state_dict().items()}, rows


if __name__ == "__main__":
    torch.set_num_threads(1)
    accelerator = Accelerator(cpu=True)
    runs = {name: run(name, accelerator) for name in sorted(ALGORITHMS)}
    if accelerator.is_main_process:
        torch.save({"world": accelerator.num_processes, "runs": runs}, sys.argv[1])
    accelerator.end_training()
