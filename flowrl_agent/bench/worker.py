"""One run of a benchmark in a process of its own: train, evaluate, leave a row. Also makes starting models.

`python -m flowrl_agent.bench.worker` is a lane (`lanes`): it forks for every folder named on its standard input and
does the job in FOLDER/job.json. A run that was killed continues from its newest checkpoint. A process ends when its
standard input does, so none outlives the benchmark.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flowrl_agent.baselines.sb3 import PREFIX, SB3Agent
from flowrl_agent.baselines.sb3_run import load_agent, train_sb3
from flowrl_agent.bench import record
from flowrl_agent.bench.cells import Job, sb3_config, train_config
from flowrl_agent.bench.lanes import serve
from flowrl_agent.bench.measure import Values, means, measure
from flowrl_agent.bench.plan import Test
from flowrl_agent.config.mapping import override, to_mapping
from flowrl_agent.metrics.sinks import read_rows
from flowrl_agent.trainer.record import write_transcripts
from flowrl_agent.types import Rollout

if TYPE_CHECKING:
    from flowrl_agent.build.trial import Examiner
    from flowrl_agent.config.schema import TrainConfig
    from flowrl_agent.models.chat import Codec

JOB, ROW, TRANSCRIPTS = "job.json", "row.json", "transcripts.jsonl"
LISTED = 16_384
"""Answers whose exact probability is computed in a final evaluation at most."""
SHOWN = (16, 4)
"""Problems of the final evaluation, and responses to each, whose text is kept: the same problems for every run."""


def write_job(folder: Path, job: Job, start: Path, name: str) -> None:
    """Leaves the order for a worker."""
    folder.mkdir(parents=True, exist_ok=True)
    order = {"job": to_mapping(job), "start": str(start), "bench": name}
    (folder / JOB).write_text(json.dumps(record.plain(order), indent=1), encoding="utf-8")


def read_job(folder: Path) -> tuple[Job, Path, str]:
    """(job, folder of the starting model, name of the benchmark)."""
    order = json.loads((folder / JOB).read_text(encoding="utf-8"))
    job = override(Job("", "", 0, {}, "", Test()), record.restore(order["job"]))
    return job, Path(order["start"]), order["bench"]


def work(folder: Path) -> None:
    """Does a job: what it finds is in row.json."""
    job, start, name = read_job(folder)
    began, cpu = time.perf_counter(), time.process_time()
    problems, steps, values = _sb3(job, folder) if job.base.startswith(PREFIX) else _train(job, folder, start)
    _write_shown(folder / TRANSCRIPTS, problems, steps, job.test.split)
    rows = read_rows(folder / "run" / "metrics.jsonl")
    spent = sum(row.values.get("time/iteration", 0.0) for row in rows)
    tokens = sum(row.values.get("rollout/tokens", 0.0) for row in rows)
    row = {
        "bench": name,
        "fingerprint": job.fingerprint,
        **record.plain(to_mapping(job)),
        "measures": means(values),
        "problems": values,
        "at": {str(step): json.loads(_early(folder, step).read_text(encoding="utf-8")) for step in job.test.at},
        "curves": record.thin([(r.step, r.values) for r in rows]),
        "cost": {
            "wall_seconds": time.perf_counter() - began,
            "cpu_seconds": time.process_time() - cpu,
            "step_seconds": spent / steps if steps else 0.0,
            "tokens": tokens,
            "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        },
        **record.provenance(),
        "finished": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }
    rest = folder / f".{ROW}"
    rest.write_text(json.dumps(row, allow_nan=False), encoding="utf-8")
    rest.replace(folder / ROW)


def _train(job: Job, folder: Path, start: Path) -> tuple[Sequence[Sequence[Rollout]], int, Values]:
    """Trains a language model; (episodes of the final evaluation, iterations, measures of each problem)."""
    from flowrl_agent.build.parts import make_codec, make_envs, quiet
    from flowrl_agent.build.run import train

    quiet()
    config = train_config(job, folder / "run", start)
    algorithm = _algorithm(job, config.algo)
    codec = make_codec(config.model, make_envs(config.env, 1), config.env.split)
    for step in job.test.at:
        if not (kept := _early(folder, step)).exists():
            part = replace(config, steps=step)
            train(part, algorithm, resume=(folder / "run" / "config.toml").exists())
            _, values = _measured(job, folder, part, codec)
            rest = kept.with_suffix(".part")
            rest.write_text(json.dumps({"measures": means(values), "problems": values}), encoding="utf-8")
            rest.replace(kept)
    train(config, algorithm, resume=(folder / "run" / "config.toml").exists())
    problems, values = _measured(job, folder, config, codec)
    return problems, config.steps, values


def _measured(job: Job, folder: Path, config: TrainConfig[Any], codec: Codec) -> tuple[list[list[Rollout]], Values]:
    """The evaluation of a run's newest model: episodes and measures."""
    from flowrl_agent.build.finished import exact_measures, load_finished
    from flowrl_agent.evaluate import divergence
    from flowrl_agent.ops.flow import Balance
    from flowrl_agent.rollout.local import LocalEngine

    run, tokens, test = load_finished(folder / "run"), config.rollout.max_new_tokens, job.test
    if run is None or run.reference is None:
        raise RuntimeError(f"{str(folder)!r} holds no finished run")
    examiner = _examiner(job, tokens)
    problems = list(examiner.play(LocalEngine.of(run.policy, codec, share=True), codec).values())
    exact = exact_measures(run, examiner, codec, tokens, test.samples, Balance(test.beta), LISTED)
    values = measure(problems, exact)
    if test.temperature == config.rollout.temperature:
        kl = divergence(run.policy, run.reference, problems, codec.pad_id, test.temperature)
        if len(kl) == len(problems):
            values["kl"] = [*kl]
    return problems, values


def _early(folder: Path, step: int) -> Path:
    """Where the measures after `step` iterations are kept until the run has ended."""
    return folder / f"at-{step}.json"


def _sb3(job: Job, folder: Path) -> tuple[Sequence[Sequence[Rollout]], int, Values]:
    """Trains a stable-baselines3 agent; as `_train`, with no iterations and no KL."""
    from flowrl_agent.rollout.text import TextEngine

    run = sb3_config(job, folder / "run")
    if not (folder / "run" / "agent.zip").exists():
        (folder / "run" / "config.toml").unlink(missing_ok=True)
        train_sb3(job.base, run)
    agent, view = load_agent(job.base, run, folder / "run")
    engine = TextEngine(SB3Agent(agent, view))
    problems = list(_examiner(job, view.max_tokens).play(engine, engine.codec).values())
    return problems, 0, measure(problems)


def _examiner(job: Job, max_new_tokens: int) -> Examiner:
    """The final evaluation: the same problems and sampling seeds for every algorithm."""
    from flowrl_agent.build.trial import Examiner, Trial
    from flowrl_agent.config.schema import EnvConfig
    from flowrl_agent.rollout.base import SamplingParams

    env = EnvConfig(job.config["env"]["id"], job.test.split, job.config["env"]["kwargs"])
    params = SamplingParams(max_new_tokens, job.test.temperature)
    trial = Trial(env, job.test.split, job.test.problems, job.test.samples, params, 10_000 + job.seed)
    return Examiner(trial)


def _write_shown(path: Path, problems: Sequence[Sequence[Rollout]], step: int, split: str) -> None:
    path.unlink(missing_ok=True)  # of a worker that was killed here
    write_transcripts(path, [e for episodes in problems[: SHOWN[0]] for e in episodes[: SHOWN[1]]], step, split)


def _algorithm(job: Job, config: Any) -> Any:
    from flowrl_agent.algorithms import load_algorithm

    return type(load_algorithm(job.base))(config)


def make_start(folder: Path) -> None:
    """Makes the starting model that FOLDER/start.json describes, once."""
    from flowrl_agent.algorithms import load_algorithm
    from flowrl_agent.build.parts import make_codec, make_envs, make_policy, quiet
    from flowrl_agent.config import toml
    from flowrl_agent.config.schema import TrainConfig
    from flowrl_agent.trainer.state import save_policy

    quiet()
    tables = json.loads((folder / "start.json").read_text(encoding="utf-8"))
    config = toml.train_config(tables, TrainConfig("grpo", load_algorithm("grpo").config))
    envs = make_envs(config.env, 1)
    codec = make_codec(config.model, envs, config.env.split)
    save_policy(make_policy(config.model, codec, 0, envs, config.env.split), codec, folder)
    (folder / "done").touch()


def _end_with_parent() -> None:
    """Ends this process when its standard input is closed."""

    def wait() -> None:
        while os.read(0, 4096):  # the descriptor itself: a lock of sys.stdin would be held at shutdown
            pass
        os._exit(3)

    threading.Thread(target=wait, daemon=True).start()


def do(folder: Path) -> int:
    """Does the job or makes the start in a folder; an exit status."""
    import torch

    _end_with_parent()
    torch.set_num_threads(1)
    if (folder / "start.json").exists():
        make_start(folder)
    else:
        work(folder)
    return 0


if __name__ == "__main__":
    importlib.import_module("flowrl_agent.build.run")  # once, for all forks
    serve(do)
