"""`flowrl eval` with every kind of agent, end to end: a run, an endpoint, baselines, the best of n."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from flowrl_agent.cli import main

SERVER = Path(__file__).parents[1] / "baselines" / "openai_server.py"
MODES = ("--env", "FlowRL/Modes-v0", "--env.kwargs.style", "short", "--max-new-tokens", "4")


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A FlowRL run on raw rewards that has a log Z head and a start to compare with."""
    folder = tmp_path_factory.mktemp("eval") / "run"
    flags = ["--algo", "flowrl/moderate", "--env", "FlowRL/Modes-v0", "--env.kwargs.style", "short", "--steps", "2"]
    flags += ["--model.warm-start", "100", "--rollout.max-new-tokens", "4", "--device", "cpu", "--log.no-console"]
    flags += ["--rollout.prompts", "2", "--rollout.samples", "4", "--eval.every", "2", "--eval.problems", "4"]
    assert main(["train", *flags, "--out", str(folder)]) == 0
    return folder


def measured(folder, *flags):
    """name to mean of one evaluation."""
    assert main(["eval", *flags, "--out", str(folder)]) == 0
    found = json.loads((folder / "result.json").read_text())
    return {name: value["value"] for name, value in found.items() if name.startswith("eval/")}


def test_a_finished_run_is_measured_as_its_last_training_evaluation_was(run, tmp_path):
    last = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()][-1]
    found = measured(tmp_path, "--model", str(run), *MODES, "--k", "8", "--limit", "4")
    exact = {name: value for name, value in last.items() if name.startswith("eval/exact_")}
    assert len(exact) == 8
    assert {name: found[name] for name in exact} == pytest.approx(exact, abs=1e-6)


def test_another_beta_is_another_target_and_a_plain_model_needs_a_reference(run, tmp_path):
    model, start = str(run / "checkpoints" / "step-000002" / "model"), str(run / "start" / "model")
    plain = measured(tmp_path / "a", "--model", model, *MODES)
    assert {"eval/exact_right", "eval/exact_listed"} <= plain.keys()
    assert "eval/exact_tv" not in plain
    near, far = (
        measured(tmp_path / beta, "--model", model, "--reference", start, "--beta", beta, *MODES)["eval/exact_tv"]
        for beta in ("0.01", "5")
    )
    assert near < far
    assert not any("exact" in name for name in measured(tmp_path / "b", "--model", model, "--exact", "0", *MODES))


def test_the_best_of_n_by_the_verifier_is_pass_at_n_and_no_agent_by_itself_knows_the_answers(run, tmp_path):
    shared = [*MODES, "--split", "train", "--k", "8"]
    alone = measured(tmp_path / "alone", "--model", str(run), *shared)
    best = measured(tmp_path / "best", "--model", str(run), "--best-of", "8", "--judge", "verifier", *shared)
    assert best["eval/avg"] == pytest.approx(alone["eval/pass@8"], abs=0.15)
    assert best["eval/avg"] > alone["eval/avg"]
    assert "eval/exact_right" not in best
    voted = measured(tmp_path / "voted", "--model", str(run), "--best-of", "3", *shared)
    assert 0 <= voted["eval/avg"] <= 1


@pytest.mark.parametrize("agent", ["random", "uniform"])
def test_policies_that_know_nothing_score_what_chance_gives(agent, tmp_path, capsys):
    found = measured(tmp_path, "--agent", agent, *MODES, "--k", "400")
    assert found["eval/ungraded"] == 0
    # uniform: 3 right letters of 8; random may also end at once with nothing said
    assert found["eval/avg"] == pytest.approx({"uniform": 3 / 8, "random": 3 / 9}[agent], abs=0.05)
    assert agent in capsys.readouterr().out


@pytest.fixture(scope="module")
def endpoint():
    process = subprocess.Popen([sys.executable, str(SERVER), "tiny"], stdout=subprocess.PIPE, text=True)
    with process:
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}/v1"
        process.kill()


def test_an_endpoint_is_evaluated_from_the_command_line(endpoint, tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    found = measured(tmp_path, "--endpoint", endpoint, "--model", "tiny", *MODES, "--k", "2", "--best-of", "2")
    assert found["eval/ungraded"] == 0
    said = [json.loads(line) for line in (tmp_path / "transcripts.jsonl").read_text().splitlines()]
    assert len(said) == 8


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--endpoint", "HERE", "--model", "down", "--retries", "0"], ["failed 1 times", "always down", "--retries"]),
        (["--endpoint", "HERE", "--model", "slow", "--retries", "0", "--timeout", "0.3"], ["timed out", "--timeout"]),
        (["--endpoint", "HERE", "--model", "tiny", "--timeout", "0"], ["timeout must be above 0"]),
        (["--endpoint", "HERE", "--model", "tiny", "--shots", "2"], ["--shots", "--endpoint"]),
        (["--agent", "random", "--model", "tiny"], ["--model", "left out"]),
        ([], ["Nobody answers", "--model FOLDER"]),
        (["--model", "tiny", "--best-of", "0"], ["--best-of", "1 or more"]),
        (["--model", "tiny", "--beta", "-1"], ["--beta", "above 0"]),
        (["--model", "tiny", "--reference", "./no/such"], ["no/such"]),
    ],
)
def test_mistakes_and_failures_are_answered(flags, words, endpoint, capsys, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    assert main(["eval", *(endpoint if word == "HERE" else word for word in flags), *MODES]) == 2
    said = capsys.readouterr().err
    assert all(word in said for word in words), said
    assert "Traceback" not in said
