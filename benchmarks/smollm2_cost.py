"""What one training step of SmolLM2-135M costs on this machine: sampling speed, a forward and backward pass, memory.

    python benchmarks/smollm2_cost.py [--rows 64] [--micro 16] [--tokens 32] [--threads N]

The step is `rows` episodes of at most `tokens` agent tokens, in micro-batches of `micro` rows. Peak memory is the whole
process's, so compare micro-batch sizes in separate runs.
"""

from __future__ import annotations

import argparse
import json
import resource
import time

import torch

from flowrl_agent.batching import make_batch, micro_batches
from flowrl_agent.models.chat import Codec
from flowrl_agent.models.heads import LogZConfig
from flowrl_agent.models.policy import Policy
from flowrl_agent.rollout.base import SamplingParams
from flowrl_agent.rollout.episode import Episode
from flowrl_agent.rollout.local import LocalEngine
from flowrl_agent.types import Outcome, Rollout


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="models/smollm2")
    parser.add_argument("--rows", type=int, default=64)
    parser.add_argument("--micro", type=int, default=16)
    parser.add_argument("--tokens", type=int, default=32)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    codec, policy = Codec.load(args.model), Policy.load(args.model, LogZConfig())
    engine = LocalEngine.of(policy, codec, share=True)
    prompts = [f"Tell me a story about the number {i}." for i in range(max(1, args.rows // 8))]
    engine.generate([codec.prompt("warm up")], 2, SamplingParams(2))

    wall, cpu = time.perf_counter(), time.process_time()
    answers = engine.generate([codec.prompt(p) for p in prompts], 8, SamplingParams(args.tokens, seed=1))
    generated = sum(len(c.token_ids) for row in answers for c in row)
    row: dict[str, object] = {
        "rows": args.rows,
        "micro": args.micro,
        "threads": args.threads,
        "agent_tokens": generated,
    }
    row["sampled_tokens_per_s"] = round(generated / (time.perf_counter() - wall), 1)
    row["sampled_tokens_per_cpu_s"] = round(generated / (time.process_time() - cpu), 1)

    rollouts: list[Rollout] = []
    for group, (prompt, completions) in enumerate(zip(prompts, answers, strict=True)):
        for completion in completions:
            episode = Episode(group, codec, prompt, Outcome(0.0))
            episode.say(completion)
            rollouts.append(episode.rollout())
    batch = make_batch(rollouts, codec.pad_id)
    wall, cpu = time.perf_counter(), time.process_time()
    worst = 0.0
    for micro in micro_batches(batch, args.micro):
        out = policy(micro, 1.0)
        assert out.log_z is not None
        (out.logp.sum() / micro.agent_tokens + out.log_z.sum() / micro.sequences).backward()
        worst = max(worst, float((out.logp.detach() - micro.sampler_logp).abs().max()))
    row["forward_backward_s"] = round(time.perf_counter() - wall, 1)
    row["forward_backward_cpu_s"] = round(time.process_time() - cpu, 1)
    row["peak_gib"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2)
    row["largest_logp_gap_to_engine"] = worst
    print(json.dumps(row))


if __name__ == "__main__":
    main()
