"""Runs a plan: starting models, hyper-parameter search, then every run that has no row yet, some at a time.

Each run is a process of its own (`lanes`) with one thread. Killing the benchmark loses at most what lies between two
checkpoints; starting it again goes on. Results are in OUT/results.jsonl, search trials in OUT/trials.jsonl.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flowrl_agent.baselines.sb3 import PREFIX
from flowrl_agent.bench import record
from flowrl_agent.bench.cells import Job, runs, warm_start_config
from flowrl_agent.bench.lanes import Lanes, lanes
from flowrl_agent.bench.plan import EnvEntry, Plan, canonical
from flowrl_agent.bench.worker import ROW, write_job
from flowrl_agent.config.mapping import to_mapping
from flowrl_agent.config.schema import ConfigError

RESULTS, TRIALS = "results.jsonl", "trials.jsonl"
Say = Callable[[str], None]
Chosen = Mapping[tuple[str, str], Mapping[str, Any]]


@dataclass(frozen=True)
class Bench:
    """Where a benchmark runs.

    Attributes:
        plan: what is compared.
        out: folder of everything it writes.
        lanes: do the runs.
        jobs: how many lanes there are.
        say: told of progress.
    """

    plan: Plan
    out: Path
    lanes: Lanes
    jobs: int
    say: Say

    def start_folder(self, env: EnvEntry | str) -> Path:
        """Where the starting model of an environment lies."""
        name = env if isinstance(env, str) else env.name
        readable = "".join(c if c.isalnum() or c in "-_.=" else "-" for c in name)
        return self.out / "starts" / f"{readable[:80]}-{hashlib.blake2b(name.encode(), digest_size=3).hexdigest()}"


def bench(plan: Plan, out: Path, jobs: int, say: Say) -> list[dict[str, Any]]:
    """Everything of the plan that is not done yet; returns the rows of the plan.

    Raises:
        ConfigError: another benchmark runs in the folder.
        UserError: a setting is not possible; found before anything runs.
    """
    from flowrl_agent.bench.tune import search

    list(runs(plan, {}, {}))  # a mistake in any run's settings shows now
    with _only_one(out), lanes(jobs) as opened:
        here = Bench(plan, out, opened, jobs, say)
        (out / "plan.json").write_text(canonical(plan), encoding="utf-8")
        starts = make_starts(here)
        chosen: Chosen = search(here, starts) if plan.search.trials else {}
        planned = list(runs(plan, starts, chosen))
        finished = record.done(record.read(out / RESULTS))
        pending = [job for job in planned if job.fingerprint not in finished]
        say(f"{len(planned)} runs, {len(planned) - len(pending)} already done, {jobs} at a time")
        do_jobs(here, pending, out / RESULTS)
    finished = record.done(record.read(out / RESULTS))
    return [dict(finished[job.fingerprint]) for job in planned if job.fingerprint in finished]


def make_starts(here: Bench) -> dict[str, str]:
    """Trains the starting model of each environment where it is missing; environment's name to hash of its weights."""
    bases = [here.plan.variants.get(name, name) for name in here.plan.algorithms]
    needed = [env for env in here.plan.envs if not all(name.startswith(PREFIX) for name in bases)]

    def make(env: EnvEntry) -> None:
        folder, config = here.start_folder(env), warm_start_config(here.plan, env)
        tables = {key: value for key, value in to_mapping(config).items() if key in ("env", "model")}
        text = json.dumps(tables, sort_keys=True)
        order = folder / "start.json"
        if (folder / "done").exists() and order.read_text(encoding="utf-8") == text:
            return
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "done").unlink(missing_ok=True)
        order.write_text(text, encoding="utf-8")
        here.say(f"starting model of {env.name}: {config.model.path}, {config.model.warm_start} supervised steps")
        if (status := here.lanes.run(folder)) != 0:
            raise ConfigError(f"The starting model of {env.name} could not be made (status {status}): {_tail(folder)}")

    with ThreadPoolExecutor(here.jobs) as pool:
        list(pool.map(make, needed))
    return {env.name: _hash(here.start_folder(env)) for env in needed}


def do_jobs(here: Bench, jobs: Sequence[Job], path: Path) -> None:
    """Runs jobs, `here.jobs` at a time; a row each is added to `path`, for a failed run one with `error`."""
    lock, count = threading.Lock(), iter(range(1, len(jobs) + 1))

    def do(job: Job) -> None:
        row = do_job(here, job)
        with lock:
            record.append(path, row)
            score = row.get("measures", {}).get("avg")
            what = "failed: " + str(row["error"])[-300:] if "error" in row else f"avg {score:.3f}"
            here.say(f"[{next(count)}/{len(jobs)}] {job.algorithm} on {job.env}, seed {job.seed}: {what}")

    with ThreadPoolExecutor(here.jobs) as pool:
        list(pool.map(do, jobs))


def do_job(here: Bench, job: Job) -> dict[str, Any]:
    """Runs one job in a process of its own; its row, or one with `error`."""
    folder = here.out / "runs" / job.folder
    if not (folder / ROW).exists():
        write_job(folder, job, here.start_folder(job.env) / "model", here.plan.name)
        if (status := here.lanes.run(folder)) != 0:
            said = _tail(folder)
            what = {"bench": here.plan.name, "fingerprint": job.fingerprint, **record.plain(to_mapping(job))}
            return {**what, **record.provenance(), "error": f"status {status}: {said}"}
    row: dict[str, Any] = json.loads((folder / ROW).read_text(encoding="utf-8"))
    return row


@contextmanager
def _only_one(out: Path) -> Iterator[None]:
    out.mkdir(parents=True, exist_ok=True)
    with (out / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ConfigError(
                f"Another benchmark is running in {str(out)!r}. Wait for it, or pass another --out."
            ) from None
        yield


def _hash(folder: Path) -> str:
    """Of the weights of a model folder."""
    digest = hashlib.blake2b(digest_size=8)
    for path in sorted((folder / "model").glob("*.safetensors")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _tail(folder: Path) -> str:
    return (folder / "log").read_text(encoding="utf-8", errors="replace")[-1500:].strip()
