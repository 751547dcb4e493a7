"""`flowrl eval`: k responses to every problem of a split, measures with intervals, transcripts."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro
from rich.console import Console
from rich.table import Table

from flowrl_agent.commands.train import env_kwargs
from flowrl_agent.stats import Interval
from flowrl_agent.types import Rollout


@dataclass(frozen=True)
class EvalArgs:
    """Evaluates a model on a split. Also: --env.kwargs.NAME VALUE sets an option of the environment."""

    env: str
    """A Gymnasium id."""
    model: str = ""
    """A Hugging Face folder or hub id, a run or checkpoint folder of `flowrl train`, or the name at --endpoint."""
    agent: Literal["model", "random", "uniform"] = "model"
    """Who answers: the model, random characters of the task's answers, or random ones of those that are legal."""
    endpoint: str = ""
    """Ask an OpenAI-compatible server instead, such as http://localhost:8000/v1; its key is in OPENAI_API_KEY."""
    timeout: float = 120.0
    """Seconds for one request to the endpoint."""
    retries: int = 4
    """Further attempts after a request that failed and may not fail again."""
    best_of: int = 1
    """Each response is the best of so many."""
    judge: Literal["majority", "verifier"] = "majority"
    """Which of them is best: the most frequent answer, or what the verifier pays most (an oracle)."""
    split: str = "test"
    """Whose problems."""
    k: int = 1
    """Responses to each problem."""
    limit: int = 0
    """Only the first so many problems; 0 for the whole split."""
    temperature: float = 1.0
    """Sampling temperature; 0 is greedy."""
    top_p: float = 1.0
    """Nucleus mass that is sampled from."""
    top_k: int = 0
    """How many of the likeliest tokens are sampled from; 0 for all."""
    max_new_tokens: int = 256
    """Token budget of one response."""
    stop: tuple[str, ...] = ()
    """Strings that end a response."""
    system: str = ""
    """System prompt."""
    shots: int = 0
    """Worked examples of the training split put before every problem."""
    exact: int = 65536
    """Listed answers whose exact probability is computed at most, where the environment can list them; 0 for none."""
    beta: float | None = None
    """Nats by which a unit of reward lifts a response in the target of exact distances; none takes what the run's own
    algorithm matches, or 1."""
    reference: str = ""
    """The target's reference policy, a model folder; empty for the start of the run that --model names."""
    seed: int = 0
    """Of the sampling and of the bootstrap."""
    out: Annotated[Path | None, tyro.conf.arg(metavar="FOLDER")] = None
    """Where result.json and transcripts.jsonl go; nothing is written without it."""


def main(argv: list[str]) -> int:
    """Evaluates and prints a table."""
    argv, kwargs = env_kwargs(argv)
    args = tyro.cli(EvalArgs, args=argv, prog="flowrl eval")
    started = time.perf_counter()
    problems, result = evaluate(args, kwargs)
    title = f"{_name(args)} on {args.env} ({args.split}): {len(problems)} problems x {args.k}"
    show(title, result, time.perf_counter() - started)
    if args.out is not None:
        write(args.out, args, kwargs, problems, result)
        print(f"wrote {args.out / 'result.json'} and {args.out / 'transcripts.jsonl'}")
    return 0


def evaluate(args: EvalArgs, kwargs: Mapping[str, Any]) -> tuple[list[list[Rollout]], dict[str, Interval]]:
    """(the k episodes of each problem, measures with intervals)."""
    import numpy as np

    from flowrl_agent.build.parts import quiet
    from flowrl_agent.build.trial import Examiner, Trial
    from flowrl_agent.commands.agents import exact, make_agent
    from flowrl_agent.config.schema import EnvConfig, require
    from flowrl_agent.evaluate import summarise
    from flowrl_agent.rollout.base import SamplingParams

    quiet()
    require(args.k >= 1, "--k", args.k, "1 or more")
    require(args.limit >= 0, "--limit", args.limit, "0 or more")
    require(args.best_of >= 1, "--best-of", args.best_of, "1 or more")
    require(args.exact >= 0, "--exact", args.exact, "0 or more")
    require(args.beta is None or args.beta > 0, "--beta", args.beta, "above 0")
    env = EnvConfig(args.env, args.split, kwargs)
    params = SamplingParams(args.max_new_tokens, args.temperature, args.top_p, args.top_k, args.stop)
    examiner = Examiner(Trial(env, args.split, args.limit, args.k, params, args.seed))
    agent = make_agent(args, examiner)
    problems = list(examiner.play(agent.engine, agent.codec).values())
    measured = summarise(problems, exact(args, agent, examiner))
    return problems, measured.intervals(np.random.default_rng(args.seed))


def _name(args: EvalArgs) -> str:
    """Who answered."""
    who = args.model if args.agent == "model" else args.agent
    return f"{who}, best of {args.best_of} by {args.judge}" if args.best_of > 1 else who


def show(title: str, result: Mapping[str, Interval], seconds: float) -> None:
    """The measures as a table."""
    table = Table("measure", "mean", "95 % interval over problems", title=title, title_justify="left")
    for name, interval in result.items():
        table.add_row(name, f"{interval.value:.4f}", f"[{interval.low:.4f}, {interval.high:.4f}]")
    console = Console()
    console.print(table)
    console.print(f"{seconds:.1f} s", highlight=False)


def write(
    folder: Path,
    args: EvalArgs,
    kwargs: Mapping[str, Any],
    problems: Sequence[Sequence[Rollout]],
    result: Mapping[str, Interval],
) -> None:
    """result.json, and one JSON object an episode in transcripts.jsonl."""
    from flowrl_agent.trainer.record import write_transcripts

    folder.mkdir(parents=True, exist_ok=True)
    call = {key: str(value) if isinstance(value, Path) else value for key, value in vars(args).items()}
    measures = {name: {"value": i.value, "low": i.low, "high": i.high} for name, i in result.items()}
    text = json.dumps({"call": {**call, "env_kwargs": dict(kwargs)}, "problems": len(problems), **measures}, indent=1)
    (folder / "result.json").write_text(text + "\n", encoding="utf-8")
    (folder / "transcripts.jsonl").unlink(missing_ok=True)
    write_transcripts(folder / "transcripts.jsonl", [r for episodes in problems for r in episodes], 0, args.split)
