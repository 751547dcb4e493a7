"""Training-step tokens per second beside TRL's GRPOTrainer: same model folder, same prompts, same batch, same machine.

    python benchmarks/trl_step.py --model FOLDER [--peer PYTHON] [--steps 20] [--rounds 3]

Both sides run in turn (ours, TRL, ours, TRL, ...), each in a process of its own with one thread: 8 prompts x 8 samples,
at most 32 new tokens, one optimiser step a rollout, temperature 1, float32. GRPO without KL on both sides, and FlowRL
on ours (which reads the reference as well). Counted are the tokens the model wrote; the first three steps are left out.
"update" is forward, backward and optimiser; "step" is everything from one rollout to the next, in which ours also
recomputes the behaviour's log-probabilities (TRL does not where a rollout is one optimiser step).
`--peer` is an interpreter with trl; without it a throw-away environment is made with the versions of `PEER`.
"""

from __future__ import annotations

import argparse
import itertools
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

PEER = ("torch==2.13.0", "trl==1.16.0")
SKIP = 3
PROMPTS, SAMPLES, TOKENS = 8, 8, 32
RESULTS = Path(__file__).parent / "results"


def ours(model: str, algo: str, steps: int, out: Path) -> list[dict[str, float]]:
    """Trains with this project; a row a step: tokens, rollout and update seconds."""
    import torch

    from flowrl_agent.algorithms import load_algorithm
    from flowrl_agent.build.run import train
    from flowrl_agent.config.schema import EnvConfig, LogConfig, ModelConfig, OptimConfig, RolloutConfig, TrainConfig

    torch.set_num_threads(1)
    algorithm = load_algorithm(algo)
    config = TrainConfig(
        algorithm=algo,
        algo=algorithm.config,
        steps=steps,
        env=EnvConfig("FlowRL/Countdown-v0", kwargs={"style": "short"}),
        model=ModelConfig(path=model),
        rollout=RolloutConfig(PROMPTS, SAMPLES, 1.0, TOKENS),
        optim=OptimConfig(mini_batches=1, micro_batch=PROMPTS * SAMPLES),
        log=LogConfig(dir=str(out / "run"), console=False, checkpoint_every=0, transcripts_every=0),
    )
    folder = train(config, algorithm)
    lines = (folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    found = [json.loads(line) for line in lines]
    return [
        {"tokens": r["rollout/tokens"], "rollout": r["time/rollout"], "update": r["time/update"]}
        for r in found
        if "time/update" in r
    ]


def peer(model: str, prompts: list[str], steps: int, out: Path) -> list[dict[str, float]]:
    """Trains with TRL; the same row a step. Runs in the peer's interpreter."""
    import time

    import torch
    from datasets import Dataset
    from trl import GRPOConfig, GRPOTrainer

    torch.set_num_threads(1)
    rows: list[dict[str, float]] = []

    class Timed(GRPOTrainer):
        def _generate_and_score_completions(self, inputs):  # type: ignore[no-untyped-def]
            start = time.perf_counter()
            batch = super()._generate_and_score_completions(inputs)
            tokens = float(batch["completion_mask"].sum())
            rows.append({"tokens": tokens, "rollout": time.perf_counter() - start, "start": start})
            return batch

        def training_step(self, *args, **kwargs):  # type: ignore[no-untyped-def]
            loss = super().training_step(*args, **kwargs)
            rows[-1]["backward"] = time.perf_counter()
            return loss

    def reward(completions, **_):  # type: ignore[no-untyped-def]
        return [float(sum(c.isdigit() for c in turn[0]["content"])) for turn in completions]

    config = GRPOConfig(
        output_dir=str(out),
        per_device_train_batch_size=PROMPTS * SAMPLES,
        num_generations=SAMPLES,
        max_completion_length=TOKENS,
        max_steps=steps + 1,
        learning_rate=3e-5,
        beta=0.0,
        temperature=1.0,
        logging_steps=10_000,
        save_strategy="no",
        report_to=[],
        bf16=False,
        use_cpu=True,
        gradient_checkpointing=False,
        disable_tqdm=True,
    )
    data = Dataset.from_list([{"prompt": [{"role": "user", "content": p}]} for p in prompts])
    Timed(model=model, reward_funcs=reward, args=config, train_dataset=data).train()
    # The optimiser's step lies between the end of backward and the next generation.
    return [
        {
            "tokens": row["tokens"],
            "rollout": row["rollout"],
            "update": after["start"] - row["start"] - row["rollout"],
        }
        for row, after in itertools.pairwise(rows)
    ]


def make_prompts(count: int) -> list[str]:
    """Short Countdown prompts."""
    from flowrl_envs.tasks.countdown import Countdown

    task = Countdown(style="short")
    return [task.problem("train", i).prompt for i in range(count)]


def run(python: str, side: str, model: str, prompts: list[str], steps: int) -> list[dict[str, float]]:
    """One measured process."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        (out / "job.json").write_text(json.dumps([side, model, prompts, steps]), encoding="utf-8")
        env = {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "PATH": "/usr/bin:/bin", "HOME": folder}
        if side != "trl":
            env["PYTHONPATH"] = str(Path(__file__).parent.parent)
        command = [python, __file__, "--job", str(out)]
        subprocess.run(command, check=True, env=env, stdout=subprocess.DEVNULL)
        rows: list[dict[str, float]] = json.loads((out / "rows.json").read_text(encoding="utf-8"))
        return rows[SKIP:]


def job(out: Path) -> None:
    """The inside of a measured process."""
    side, model, prompts, steps = json.loads((out / "job.json").read_text(encoding="utf-8"))
    rows = peer(model, prompts, steps, out) if side == "trl" else ours(model, side, steps, out)
    (out / "rows.json").write_text(json.dumps(rows), encoding="utf-8")


def rates(rows: list[dict[str, float]]) -> dict[str, float]:
    """Tokens per second of the update alone and of the whole step."""
    tokens = sum(r["tokens"] for r in rows)
    update, rollout = sum(r["update"] for r in rows), sum(r["rollout"] for r in rows)
    return {"update": tokens / update, "step": tokens / (update + rollout), "tokens": tokens / len(rows)}


def main() -> None:
    """Runs the rounds and prints medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model")
    parser.add_argument("--peer")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--job", type=Path)
    args = parser.parse_args()
    if args.job:
        job(args.job)
        return
    with tempfile.TemporaryDirectory() as folder:
        python = args.peer
        if not python:
            subprocess.run([sys.executable, "-m", "venv", folder], check=True)
            python = f"{folder}/bin/python"
            subprocess.run([python, "-m", "pip", "install", "-q", *PEER], check=True)
        prompts = make_prompts(256)
        sides = ("grpo", "flowrl", "trl")
        measured: dict[str, list[dict[str, float]]] = {side: [] for side in sides}
        for _ in range(args.rounds):
            for side in sides:
                interpreter = python if side == "trl" else sys.executable
                measured[side].append(rates(run(interpreter, side, args.model, prompts, args.steps)))
    table = {s: {k: statistics.median(r[k] for r in rows) for k in rows[0]} for s, rows in measured.items()}
    for side, row in table.items():
        print(
            f"{side:8} update {row['update']:9.0f} tok/s   step {row['step']:9.0f} tok/s   {row['tokens']:.0f} tok/step"
        )
    ratios = {
        f"{side}/trl {part}": [
            mine[part] / theirs[part] for mine, theirs in zip(measured[side], measured["trl"], strict=True)
        ]
        for side in ("grpo", "flowrl")
        for part in ("update", "step")
    }
    for name, values in ratios.items():
        print(f"{name:18} {statistics.median(values):.2f}  [{min(values):.2f}, {max(values):.2f}]")
    RESULTS.mkdir(exist_ok=True)
    result = {"model": Path(args.model).name, "steps": args.steps, "peer": PEER, "median": table, "ratios": ratios}
    (RESULTS / f"trl_step_{Path(args.model).name}.json").write_text(json.dumps(result, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
