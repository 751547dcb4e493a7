"""A killed run that is resumed is the run that was never killed: weights, optimiser, rows and transcripts."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from flowrl_agent.build.run import make_trainer, train
from flowrl_agent.checkpoint import CheckpointError
from flowrl_agent.commands.train import parse
from flowrl_agent.config.schema import ConfigError
from flowrl_agent.metrics.sinks import read_rows
from flowrl_envs.errors import UserError

STEPS = 8
FLAGS = [
    *("--env", "FlowRL/Arithmetic-v0", "--env.kwargs.level", "0", "--env.kwargs.style", "short"),
    *("--model.warm-start", "20", "--rollout.max-new-tokens", "6", "--rollout.prompts", "4", "--rollout.samples", "4"),
    *("--optim.epochs", "2", "--eval.every", "2", "--eval.problems", "6", "--eval.samples", "2", "--steps", str(STEPS)),
    *("--log.checkpoint-every", "3", "--log.transcripts-every", "2", "--device", "cpu", "--log.no-console"),
]


def run(folder, *flags):
    train(*parse([*FLAGS, "--out", str(folder), *flags]))


def numbers(folder):
    """Rows without the clock."""
    rows = read_rows(folder / "metrics.jsonl")
    return [(r.step, {k: v for k, v in r.values.items() if "time/" not in k and "second" not in k}) for r in rows]


def assert_same_run(one, two):
    assert repr(numbers(one)) == repr(numbers(two))  # repr: nan equals nan, and every bit of a float shows
    assert (one / "transcripts.jsonl").read_text() == (two / "transcripts.jsonl").read_text()
    last = f"checkpoints/step-{STEPS:06d}"
    for name in ("model/model.safetensors", "heads.safetensors"):
        if (one / last / name).exists():
            a, b = load_file(one / last / name), load_file(two / last / name)
            assert a.keys() == b.keys()
            assert all(torch.equal(a[k], b[k]) for k in a), name
    a, b = (torch.load(f / last / "state.pt", weights_only=True) for f in (one, two))
    assert a["updates"] == b["updates"]
    assert same(a["optimizer"], b["optimizer"])
    assert same(a["random"], b["random"])


def same(a, b):
    if isinstance(a, torch.Tensor):
        return torch.equal(a, b)
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole") / "run"
    run(folder, "--algo", "ppo")
    return folder


def test_a_killed_run_resumed_equals_an_uninterrupted_one(whole, tmp_path):
    folder = tmp_path / "run"
    command = [sys.executable, "-m", "flowrl_agent.cli", "train", *FLAGS, "--algo", "ppo", "--out", str(folder)]
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "OMP_NUM_THREADS": "1"}
    job = subprocess.Popen(command, env=env, stderr=subprocess.PIPE)
    metrics, limit = folder / "metrics.jsonl", time.monotonic() + 200
    # Steps 4 and 5 lie past the checkpoint of step 3, so rows are there that the resumed run will write again.
    while not (metrics.exists() and len(metrics.read_text().splitlines()) >= 6):
        assert job.poll() is None, job.stderr.read().decode()
        assert time.monotonic() < limit
        time.sleep(0.01)
    job.send_signal(signal.SIGKILL)
    job.wait()
    job.stderr.close()
    assert len(numbers(folder)) < STEPS + 1, "the run ended before it was killed"
    train(*parse(["--resume", str(folder)]))
    assert_same_run(whole, folder)


@pytest.mark.parametrize("algorithm", ["flowrl", "reinforce_pp"])
def test_a_run_stopped_at_a_checkpoint_and_resumed_is_the_same_run(algorithm, tmp_path):
    run(tmp_path / "whole", "--algo", algorithm)
    run(tmp_path / "parts", "--algo", algorithm, "--steps", "3")
    train(*parse(["--resume", str(tmp_path / "parts"), "--steps", str(STEPS)]))
    # The stopped run took its evaluation at step 3, its own end, which the other one did not.
    extra = {k: v for k, v in numbers(tmp_path / "parts")[3][1].items() if k.startswith("eval/")}
    assert extra
    path = tmp_path / "parts" / "metrics.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    for line in lines:
        if line["step"] == 3:
            for name in [k for k in line if k.startswith("eval/") or k == "time/eval"]:
                del line[name]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert numbers(tmp_path / "parts") == numbers(tmp_path / "whole")
    a, b = (
        load_file(tmp_path / n / f"checkpoints/step-{STEPS:06d}/model/model.safetensors") for n in ("whole", "parts")
    )
    assert all(torch.equal(a[k], b[k]) for k in a)


def test_a_truncated_checkpoint_is_named_and_the_one_before_gives_the_same_run(whole, tmp_path):
    folder = tmp_path / "run"
    run(folder, "--algo", "ppo")
    state = folder / f"checkpoints/step-{STEPS:06d}/state.pt"
    state.write_bytes(state.read_bytes()[:1000])
    with pytest.warns(UserWarning, match="state.pt has 1000 bytes"):
        train(*parse(["--resume", str(folder)]))
    assert_same_run(whole, folder)


def test_a_run_without_a_checkpoint_yet_starts_again(whole, tmp_path):
    folder = tmp_path / "run"
    make_trainer(*parse([*FLAGS, "--algo", "ppo", "--out", str(folder)])[:2]).close()
    train(*parse(["--resume", str(folder)]))
    assert numbers(folder) == numbers(whole)


def test_a_folder_that_holds_a_run_is_not_overwritten(whole):
    with pytest.raises(ConfigError, match="--resume"):
        run(whole, "--algo", "ppo")


def test_settings_of_a_run_do_not_change_on_the_way(whole):
    with pytest.raises(ConfigError, match="optim"):
        train(*parse(["--resume", str(whole), "--optim.lr", "1"]))


def test_resuming_nothing_says_so(tmp_path):
    with pytest.raises(UserError, match="no configuration file"):
        parse(["--resume", str(tmp_path)])
    config, algorithm, _ = parse(["--out", str(tmp_path / "none")])
    with pytest.raises(CheckpointError, match="holds no run to resume"):
        make_trainer(config, algorithm, resume=True)


def test_heads_of_another_algorithm_are_refused(whole, tmp_path):
    from flowrl_agent.trainer.state import load_heads

    config, algorithm, _ = parse([*FLAGS, "--algo", "flowrl", "--out", str(tmp_path / "run")])
    trainer = make_trainer(config, algorithm)
    trainer.close()
    with pytest.raises(CheckpointError, match="heads"):
        load_heads(trainer.parts.learner.policy, whole / f"checkpoints/step-{STEPS:06d}")


EMA = ("--algo", "flowrl", "--algo.reference", "ema", "--algo.reference-decay", "0.5", "--optim.lr", "1e-3")


def weights(folder):
    return load_file(folder / "model.safetensors")


def test_a_reference_that_follows_the_policy_is_its_moving_average(tmp_path):
    run(tmp_path / "run", *EMA, "--steps", "2", "--log.checkpoint-every", "1", "--log.keep", "5", "--eval.every", "0")
    start = weights(tmp_path / "run" / "start" / "model")
    one, two = (tmp_path / "run" / "checkpoints" / f"step-00000{i}" for i in (1, 2))
    for name, first in start.items():
        expected = 0.25 * first + 0.25 * weights(one / "model")[name] + 0.5 * weights(two / "model")[name]
        assert torch.allclose(weights(two / "reference")[name], expected, atol=1e-6), name
    assert any(not torch.equal(weights(two / "reference")[name], first) for name, first in start.items())


def test_a_run_with_a_moving_reference_resumes_to_the_same_numbers(tmp_path):
    run(tmp_path / "whole", *EMA)
    run(tmp_path / "cut", *EMA, "--steps", "4")
    train(*parse(["--resume", str(tmp_path / "cut"), "--steps", str(STEPS)]))
    assert_same_run(tmp_path / "whole", tmp_path / "cut")


def test_a_run_of_no_steps_leaves_its_start_and_can_go_on(tmp_path):
    run(tmp_path / "whole", "--algo", "flowrl")
    run(tmp_path / "cut", "--algo", "flowrl", "--steps", "0")
    first = weights(tmp_path / "cut" / "checkpoints" / "step-000000" / "model")
    assert same(first, weights(tmp_path / "cut" / "start" / "model"))
    train(*parse(["--resume", str(tmp_path / "cut"), "--steps", str(STEPS)]))
    assert_same_run(tmp_path / "whole", tmp_path / "cut")
