"""How fast the local engine samples, against `transformers.generate` on the same work.

Same model, same prompts, same number of samples, same token budget, both with a KV cache and one thread; repeats
alternate, the median ratio of CPU time counts. The work: a fresh tiny model never ends its turn, so all rows run to
the budget ("fixed"); with a taught one rows end at different times ("ragged"), where `generate` keeps computing.

    python benchmarks/rollout_speed.py [--model FOLDER] [--repeats N]
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch

from flowrl_agent.models.chat import Codec
from flowrl_agent.models.policy import Policy
from flowrl_agent.models.tiny import tiny_model, tiny_tokenizer
from flowrl_agent.models.warmstart import WarmStartConfig, warm_start
from flowrl_agent.rollout.base import SamplingParams
from flowrl_agent.rollout.local import LocalEngine


@dataclass(frozen=True)
class Work:
    """What both engines are given."""

    name: str
    policy: Policy
    codec: Codec
    prompts: list[str]
    samples: int
    tokens: int


def sums() -> Iterator[tuple[str, str]]:
    rng = random.Random(0)
    while True:
        terms = [str(rng.randrange(100)) for _ in range(rng.randrange(2, 6))]
        yield "+".join(terms) + "=", "".join(terms) + "." * rng.randrange(20)


def ours(work: Work) -> Callable[[int], int]:
    engine = LocalEngine.of(work.policy, work.codec, share=True)
    prompts = [work.codec.prompt(p) for p in work.prompts]

    def run(seed: int) -> int:
        answers = engine.generate(prompts, work.samples, SamplingParams(work.tokens, seed=seed))
        return sum(len(c.token_ids) for row in answers for c in row)

    return run


def theirs(work: Work) -> Callable[[int], int]:
    prompts = [work.codec.prompt(p) for p in work.prompts]
    width = max(map(len, prompts))
    ids = torch.tensor([[work.codec.pad_id] * (width - len(p)) + list(p) for p in prompts])
    mask = torch.tensor([[0] * (width - len(p)) + [1] * len(p) for p in prompts])
    end = sorted(work.codec.end_ids)

    def run(seed: int) -> int:
        torch.manual_seed(seed)
        with torch.inference_mode():
            out = work.policy.model.generate(
                ids,
                attention_mask=mask,
                do_sample=True,
                top_k=0,
                max_new_tokens=work.tokens,
                num_return_sequences=work.samples,
                eos_token_id=end,
                pad_token_id=work.codec.pad_id,
                output_logits=True,
                return_dict_in_generate=True,
            )
            # Both are asked for the log-probabilities that training needs.
            new = out.sequences[:, width:]
            torch.stack(out.logits, 1).log_softmax(-1).gather(-1, new[..., None])
        over = torch.isin(new, torch.tensor(end)).cumsum(1).cumsum(1) > 1
        return int((~over).sum())

    return run


def compare(work: Work, repeats: int) -> dict[str, object]:
    runs = {"flowrl": ours(work), "transformers": theirs(work)}
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    tokens = dict.fromkeys(runs, 0)
    for run in runs.values():
        run(0)
    for seed in range(repeats):
        for name, run in runs.items():
            start = time.process_time()
            tokens[name] += run(seed)
            seconds[name].append(time.process_time() - start)
    ratio = [b / a for a, b in zip(seconds["flowrl"], seconds["transformers"], strict=True)]
    return {
        "work": work.name,
        "rows": len(work.prompts) * work.samples,
        "tokens_per_run": {name: tokens[name] / repeats for name in runs},
        "cpu_s": {name: round(statistics.median(values), 4) for name, values in seconds.items()},
        "tokens_per_cpu_s": {name: round(tokens[name] / sum(seconds[name])) for name in runs},
        "speedup_median": round(statistics.median(ratio), 2),
        "speedup_range": [round(min(ratio), 2), round(max(ratio), 2)],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="also compare on this Hugging Face folder (SmolLM2, say)")
    parser.add_argument("--repeats", type=int, default=9)
    args = parser.parse_args()
    torch.set_num_threads(1)
    codec = Codec(tiny_tokenizer())
    fresh = Policy(tiny_model(codec.tokenizer, 0))
    taught = Policy(tiny_model(codec.tokenizer, 0))
    warm_start(taught, codec, sums(), WarmStartConfig(steps=60, batch=16))
    prompts = [next(it)[0] for it in [sums()] for _ in range(8)]
    works = [
        Work("tiny, fixed", fresh, codec, prompts, 8, 24),
        Work("tiny, ragged", taught, codec, prompts, 8, 48),
        Work("tiny, long prompt", taught, codec, ["12+34+" * 40 + f"{i}=" for i in range(8)], 8, 24),
    ]
    if args.model:
        real, real_codec = Policy.load(args.model), Codec.load(args.model)
        works.append(Work(args.model, real, real_codec, [f"Write about {i}." for i in range(2)], 8, 16))
    for work in works:
        print(json.dumps(compare(work, args.repeats if work.codec is codec else 3)), flush=True)


if __name__ == "__main__":
    main()
