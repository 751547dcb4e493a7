"""`flowrl train --algo sb3:NAME` from the command line: flags, a file, and what cannot be continued."""

import json

import pytest
import torch

pytest.importorskip("sb3_contrib", reason="needs flowrl[sb3]")

from flowrl_agent.cli import main
from flowrl_agent.config import toml

SUMS = ("--env", "FlowRL/Arithmetic-v0", "--env.kwargs.level", "0", "--env.kwargs.style", "short")
SMALL = ("--algo.steps", "300", "--algo.width", "16", "--algo.envs", "2", "--eval.problems", "4", "--eval.samples", "2")


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sb3") / "run"
    assert main(["train", "--algo", "sb3:maskable_ppo", *SUMS, *SMALL, "--seed", "3", "--out", str(folder)]) == 0
    return folder


def test_flags_become_a_run_with_a_result_and_an_agent(run):
    written = toml.read(run / "config.toml")
    assert written["algo"]["name"] == "sb3:maskable_ppo"
    assert (written["algo"]["steps"], written["seed"], written["env"]["kwargs"]["level"]) == (300, 3, 0)
    assert "eval/avg" in json.loads((run / "result.json").read_text())
    assert (run / "agent.zip").stat().st_size > 1000


def test_a_runs_own_file_makes_the_same_run_again_and_flags_override_it(run, tmp_path):
    file = str(run / "config.toml")
    assert main(["train", "--config", file, "--out", str(tmp_path / "same")]) == 0
    strip = lambda path: [  # noqa: E731
        {k: v for k, v in json.loads(line).items() if not k.startswith("time/")}
        for line in path.read_text().splitlines()
    ]
    assert strip(tmp_path / "same" / "metrics.jsonl") == strip(run / "metrics.jsonl")
    assert main(["train", "--algo", "sb3:a2c", "--config", file, "--seed", "4", "--out", str(tmp_path / "other")]) == 0
    written = toml.read(tmp_path / "other" / "config.toml")
    assert (written["algo"]["name"], written["algo"]["steps"], written["seed"]) == ("sb3:a2c", 300, 4)


def test_what_cannot_be_done_is_answered(run, tmp_path, capsys):
    (tmp_path / "lm.toml").write_text("[rollout]\nprompts = 2\n")
    cases = [
        (["--resume", str(run)], ["cannot be continued", "--config"]),
        (["--algo", "sb3:ppo", "--resume", str(run)], ["cannot be continued"]),
        (["--algo", "sb3:ppo", "--config", str(tmp_path / "lm.toml")], ["no setting 'rollout'"]),
        (["--algo", "sb3:ppo", "--config", str(tmp_path / "none.toml")], ["no configuration file"]),
        (["--algo", "sb3:pp"], ["sb3:pp", "sb3:ppo"]),
        (["--algo", "sb3:ppo", *SUMS, "--out", str(run)], ["holds a run already"]),
    ]
    for flags, words in cases:
        assert main(["train", *flags]) == 2, flags
        said = capsys.readouterr().err
        assert all(word in said for word in words), said
