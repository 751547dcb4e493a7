"""The harness: plans are checked before anything runs, rows survive crashes, comparisons are paired, runs resume."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from flowrl_agent.bench import record
from flowrl_agent.bench.cells import runs
from flowrl_agent.bench.lanes import LOST, lanes
from flowrl_agent.bench.plan import load, narrow, parse, presets
from flowrl_agent.bench.report import load_report
from flowrl_agent.bench.tables import difference, tables
from flowrl_agent.config.schema import ConfigError
from flowrl_agent.report.load import ReportError

SMALL = """
name = "small"
algorithms = ["grpo"]
seeds = 2
[train]
steps = 1
[train.rollout]
prompts = 2
samples = 2
[train.optim]
mini_batches = 1
[[envs]]
id = "FlowRL/Arithmetic-v0"
kwargs = { level = 0, style = "short" }
max_new_tokens = 3
[test]
problems = 3
samples = 2
"""


def row(algorithm, seed, values, env="e"):
    measures = {"avg": sum(values) / len(values), "pass@4": 1.0}
    what = {"algorithm": algorithm, "env": env, "seed": seed, "chosen": {}, "measures": measures}
    test = {"samples": 4, "problems": len(values), "split": "test"}
    return {**what, "problems": {"avg": values}, "test": test, "cost": {"step_seconds": 1.0, "wall_seconds": 2.0}}


@pytest.mark.parametrize("name", presets())
def test_every_preset_is_a_plan_whose_runs_have_valid_settings(name):
    plan = load(name)
    jobs = list(runs(plan, {}, {}))
    assert len(jobs) == len(plan.algorithms) * len(plan.envs) * plan.seeds
    assert len({job.fingerprint for job in jobs}) == len({job.folder for job in jobs}) == len(jobs)


def test_a_change_of_any_setting_or_of_the_start_is_another_run():
    plan = load("quick")
    first = next(runs(plan, {}, {})).fingerprint
    assert first == next(runs(load("quick"), {}, {})).fingerprint
    assert first != next(runs(narrow(plan, steps=3), {}, {})).fingerprint
    assert first != next(runs(plan, {plan.envs[0].name: "other"}, {})).fingerprint
    assert first != next(runs(plan, {}, {(plan.algorithms[0], plan.envs[0].name): {"optim.lr": 1e-3}})).fingerprint


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"algos": ["grpo"]}, "no setting 'algos'"),
        ({"envs": [{"id": "x", "token": 3}]}, "envs\\[0\\].token"),
        ({"envs": [{"id": "x"}], "algorithms": ["grpo", "grpo"]}, "once each"),
        (
            {"envs": [{"id": "x"}], "search": {"space": [{"setting": "optim.lr", "low": 2.0, "high": 1.0}]}},
            "low < high",
        ),
        ({}, "at least one"),
        ({"envs": [{"id": "x"}], "variants": [{"name": "nameless"}]}, "variants.algorithm"),
        ({"envs": [{"id": "x"}], "variants": [{"algorithm": "grpo"}, {"algorithm": "grpo"}]}, "called 'grpo'"),
        ({"envs": [{"id": "x"}], "test": {"at": [20, 10]}}, "rising order"),
    ],
)
def test_mistakes_in_a_plan_are_explained(data, message):
    with pytest.raises(ConfigError, match=message):
        parse(data)


def test_a_list_in_a_variant_is_an_axis_and_every_combination_is_a_run_of_its_own():
    plan = parse(
        {
            "envs": [{"id": "FlowRL/Arithmetic-v0"}],
            "algorithms": ["grpo"],
            "seeds": 1,
            "variants": [
                {"algorithm": "flowrl", "settings": {"algo.beta": [0.5, 2.0], "algo.clip": ["cap", "off"]}},
                {"algorithm": "flowrl", "name": "slow", "settings": {"optim.lr": 1e-6, "model.log_z": "scalar"}},
            ],
        }
    )
    jobs = {job.algorithm: job for job in runs(plan, {}, {})}
    assert list(jobs) == [
        "grpo",
        "flowrl beta=0.5 clip=cap",
        "flowrl beta=0.5 clip=off",
        "flowrl beta=2.0 clip=cap",
        "flowrl beta=2.0 clip=off",
        "slow",
    ]
    assert jobs["flowrl beta=2.0 clip=off"].config["algo"]["beta"] == 2.0
    assert jobs["flowrl beta=2.0 clip=off"].config["algo"]["clip"] == "off"
    assert jobs["slow"].config["model"]["log_z"] == "scalar"
    assert {job.base for job in jobs.values()} == {"grpo", "flowrl"}
    assert len({job.fingerprint for job in jobs.values()}) == 6
    assert list(narrow(plan, algorithms=["slow"]).variants) == ["slow"]


def test_an_early_evaluation_is_that_of_a_run_of_so_many_steps(tmp_path):
    short, long = tmp_path / "short", tmp_path / "long"
    for folder, change in ((short, ("steps = 1", "steps = 1")), (long, ("steps = 1", "steps = 2"))):
        folder.mkdir()
        text = SMALL.replace(*change).replace("seeds = 2", "seeds = 1")
        (folder / "plan.toml").write_text(text + ("at = [1]\n" if folder == long else ""))
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "flowrl_agent.cli",
                "bench",
                str(folder / "plan.toml"),
                "--out",
                str(folder / "out"),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    (one,), (two,) = (record.read(folder / "out" / "results.jsonl") for folder in (short, long))
    assert two["at"]["1"] == {"measures": one["measures"], "problems": one["problems"]}
    assert "after 1 iterations" in (long / "out" / "tables.md").read_text()


def test_a_lane_that_died_loses_one_job_and_is_replaced(tmp_path):
    with lanes(1) as opened:
        assert opened.run(tmp_path / "absent") == 1  # no job.json: the fork fails, the lane lives
        os.kill(opened._all[0]._process.pid, signal.SIGKILL)
        assert opened.run(tmp_path / "absent") in (LOST, 1)
        assert opened.run(tmp_path / "absent") == 1


def test_a_line_that_a_crash_cut_short_is_neither_read_nor_joined_to_the_next(tmp_path):
    path = tmp_path / "rows.jsonl"
    record.append(path, {"fingerprint": "a"})
    with path.open("a") as file:
        file.write('{"fingerprint": "b", "meas')
    assert [r["fingerprint"] for r in record.read(path)] == ["a"]
    record.append(path, {"fingerprint": "c"})
    assert [r["fingerprint"] for r in record.read(path)] == ["a", "c"]


def test_a_failed_run_is_not_done():
    rows = [{"fingerprint": "a", "error": "boom"}, {"fingerprint": "b"}]
    assert record.done(rows).keys() == {"b"}


def test_infinite_settings_survive_json():
    value = {"a": [float("inf"), 1.0], "b": {"c": float("-inf")}, "d": "text"}
    assert record.restore(json.loads(json.dumps(record.plain(value), allow_nan=False))) == value


def test_differences_pair_seeds_and_problems_and_leave_out_what_one_lacks():
    rows = [
        {**row("a", 0, [0.5, 0.9, 0.0]), "problems": {"avg": [0.5, 0.9, None]}},
        row("b", 0, [0.4, 0.7, 0.1]),
        row("b", 1, [0.0, 0.0, 0.0]),
    ]
    assert difference(rows, "a", "b", "avg").value == pytest.approx(0.15)
    assert difference(rows, "a", "c", "avg") is None


def test_tables_show_every_algorithm_and_claim_no_interval_for_one_run():
    rows = [
        row(a, s, [0.1 * s + x, 0.5], env) for env in ("e|f", "g") for a, x in (("a", 0.0), ("b", 0.3)) for s in (0, 1)
    ]
    text = "\n".join(table.markdown() for table in tables(rows, draws=50))
    assert "probability of improvement over a" in text
    assert "b - a" in text
    assert "e|f |" not in text
    single = tables([row("a", 0, [0.5, 0.5])], draws=50)[0]
    assert single.rows[0][2] == "0.500"


def test_a_benchmark_runs_and_a_second_call_repeats_nothing(tmp_path):
    (tmp_path / "plan.toml").write_text(SMALL)
    command = [
        sys.executable,
        "-m",
        "flowrl_agent.cli",
        "bench",
        str(tmp_path / "plan.toml"),
        "--out",
        str(tmp_path / "out"),
    ]
    first = subprocess.run(command, capture_output=True, text=True, check=False)
    assert first.returncode == 0, first.stdout + first.stderr
    rows = record.read(tmp_path / "out" / "results.jsonl")
    assert [r["seed"] for r in sorted(rows, key=lambda r: r["seed"])] == [0, 1]
    assert {len(r["problems"]["avg"]) for r in rows} == {len(r["problems"]["exact_right"]) for r in rows} == {3}
    assert len({r["start"] for r in rows}) == 1
    assert rows[0]["versions"]["torch"]
    assert rows[0]["commit"]
    second = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "2 already done" in second.stdout
    assert len(record.read(tmp_path / "out" / "results.jsonl")) == 2
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "avg@2" in page
    shown = [path.read_text() for path in (tmp_path / "out" / "runs").glob("*/transcripts.jsonl")]
    assert [len(text.splitlines()) for text in shown] == [3 * 2] * 2


def test_a_benchmark_killed_in_the_middle_goes_on_without_repeating_finished_runs(tmp_path):
    (tmp_path / "plan.toml").write_text(SMALL.replace("seeds = 2", "seeds = 3"))
    out, results = tmp_path / "out", tmp_path / "out" / "results.jsonl"
    command = [sys.executable, "-m", "flowrl_agent.cli", "bench", str(tmp_path / "plan.toml")]
    command += ["--out", str(out), "--jobs", "1"]
    with (tmp_path / "log").open("wb") as log:
        victim = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        end = time.monotonic() + 200
        while not record.read(results):
            assert victim.poll() is None, (tmp_path / "log").read_text()
            assert time.monotonic() < end, "no run finished in time"
            time.sleep(0.02)
        os.kill(victim.pid, signal.SIGKILL)
        victim.wait()
    before = record.read(results)
    assert 1 <= len(before) < 3, "the benchmark was not killed in its middle"
    with results.open("a") as file:
        file.write('{"fingerprint": "cut')  # as a write that the kill cut short
    second = subprocess.run(command, capture_output=True, text=True, check=False)
    assert second.returncode == 0, second.stdout + second.stderr
    assert f"{len(before)} already done" in second.stdout
    after = record.read(results)
    assert after[: len(before)] == before
    assert len({row["fingerprint"] for row in after}) == len(after) == 3
    assert (out / "report.html").exists()


def test_kept_rows_alone_draw_a_report(tmp_path):
    kept = [
        {**row(a, s, [0.1 * s, 0.5]), "fingerprint": f"{a}{s}", "curves": {"reward/mean": [[0, 0.1], [5, 0.2 + s]]}}
        for a in ("a", "b")
        for s in (0, 1)
    ]
    for line in [*kept, {"fingerprint": "x", "error": "boom"}]:
        record.append(tmp_path / "kept.jsonl", line)
    report = load_report([tmp_path / "kept.jsonl"], "Kept")
    assert [(run.label, run.seed, run.rows[-1].values["reward/mean"]) for run in report.runs] == [
        ("a", "0", 0.2),
        ("a", "1", 1.2),
        ("b", "0", 0.2),
        ("b", "1", 1.2),
    ]
    assert "b - a" in report.markdown()
    (tmp_path / "other.jsonl").write_text('{"fingerprint": "y", "error": "boom"}\n')
    with pytest.raises(ReportError, match="no results of a benchmark"):
        load_report([tmp_path / "other.jsonl"], "None")
