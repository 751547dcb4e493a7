"""The command line, end to end: settings in layers, mistakes answered, a run evaluated and shown, the demo in small."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from flowrl_agent.algorithms.flowrl import FlowRL
from flowrl_agent.algorithms.grpo import GRPO
from flowrl_agent.cli import main
from flowrl_agent.commands.train import parse
from flowrl_agent.config import toml
from flowrl_agent.config.schema import ConfigError
from flowrl_agent.metrics.sinks import read_rows
from flowrl_envs.errors import UserError

ROOT = Path(__file__).parents[2]
ENV = ("--env", "FlowRL/Arithmetic-v0", "--env.kwargs.level", "0", "--env.kwargs.style", "short")
TINY = (*ENV, "--rollout.max-new-tokens", "5", "--rollout.prompts", "2", "--rollout.samples", "4", "--device", "cpu")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli") / "run"
    flags = [*TINY, "--algo", "grpo", "--model.warm-start", "60", "--steps", "2", "--log.transcripts-every", "1"]
    assert main(["train", *flags, "--out", str(folder), "--log.tensorboard"]) == 0
    return folder


def test_flags_override_the_file_and_the_file_the_defaults(tmp_path):
    path = tmp_path / "c.toml"
    path.write_text('steps = 7\n[algo]\nname = "flowrl"\nbeta = 3\n[env]\nid = "Ns/A-v0"\nkwargs = {level = 2}\n')
    config, algorithm, _ = parse(["--config", str(path), "--steps", "9", "--env.kwargs.style", "short"])
    assert (config.steps, config.algo.beta, config.env.id) == (9, 3.0, "Ns/A-v0")
    assert config.env.kwargs == {"level": 2, "style": "short"}
    assert isinstance(algorithm, FlowRL)
    assert algorithm.config is config.algo


def test_presets_and_flags_of_the_chosen_algorithm():
    config, algorithm, _ = parse(["--algo", "flowrl/released", "--algo.beta", "2"])
    assert algorithm.config == type(algorithm.config)(clip="off", beta=2.0)
    assert config.algorithm == "flowrl/released"
    assert isinstance(parse(["--algo=grpo/kl"])[1], GRPO)


def test_another_algorithm_than_the_files_takes_none_of_its_settings(tmp_path):
    path = tmp_path / "c.toml"
    path.write_text('[algo]\nname = "flowrl"\nbeta = 3\n')
    assert isinstance(parse(["--config", str(path), "--algo", "grpo"])[1], GRPO)


def test_an_algorithm_of_ones_own_brings_its_own_flags(tmp_path, monkeypatch):
    (tmp_path / "mine_for_cli.py").write_text(
        "from dataclasses import dataclass\n"
        "from flowrl_agent.algorithms.base import Algorithm, Needs\n"
        "from flowrl_agent.types import LossOutput\n"
        "@dataclass(frozen=True)\n"
        "class Config:\n    push: float = 1.0\n"
        "class Mine(Algorithm):\n"
        "    Config = Config\n    needs = Needs()\n"
        "    def loss(self, batch, out):\n"
        "        return LossOutput(-(out.logp.sum(1) * batch.reward * self.config.push).sum() / batch.sequences)\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    flags = ["--algo", "mine_for_cli:Mine", "--algo.push", "0.5", *TINY, "--steps", "1", "--out", str(tmp_path / "run")]
    assert main(["train", *flags]) == 0
    written = toml.read(tmp_path / "run" / "config.toml")
    assert written["algo"] == {"name": "mine_for_cli:Mine", "push": 0.5}


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--algo", "flowlr"], ["flowlr", "flowrl"]),
        (["--algo", "flowrl/papr"], ["papr", "paper"]),
        (["--config", "/does/not/exist.toml"], ["no configuration file"]),
        (["--config"], ["--config needs a value"]),
        (["--env", "FlowRL/Arithmetik-v0", "--steps", "1"], ["FlowRL/Arithmetik-v0", "FlowRL/Arithmetic-v0"]),
        (["--env.kwargs.levle", "0", "--steps", "1"], ["levle", "level"]),
        (["--model", "./no/such/folder", "--steps", "1"], ["no/such/folder", "config.json"]),
    ],
)
def test_a_mistake_is_answered_and_nothing_is_trained(flags, words, tmp_path, capsys):
    assert main(["train", *flags, "--out", str(tmp_path / "run"), "--device", "cpu"]) == 2
    said = capsys.readouterr().err
    assert all(word in said for word in words), said
    assert "Traceback" not in said
    assert not (tmp_path / "run" / "metrics.jsonl").exists()


@pytest.mark.parametrize("flag", ["--optim.leraning-rate", "--rollout.top-p", "--algo.betta", "--rollout.temperature"])
def test_an_unknown_flag_or_value_is_refused(flag, capsys):
    with pytest.raises(SystemExit) as left:
        parse([flag, "0"])
    assert left.value.code == 2
    assert flag.strip("-") in capsys.readouterr().err


def test_a_run_folder_holds_settings_rows_transcripts_and_a_model(run):
    assert parse(["--config", str(run / "config.toml")])[0].model.warm_start == 60
    assert [row.step for row in read_rows(run / "metrics.jsonl")] == [1, 2]
    assert len((run / "transcripts.jsonl").read_text().splitlines()) == 16
    assert list((run / "tensorboard").glob("events*"))
    assert (run / "checkpoints" / "step-000002" / "model" / "config.json").exists()


def test_eval_covers_the_split_once_and_writes_what_it_found(run, tmp_path, capsys):
    out = tmp_path / "out"
    flags = ["--model", str(run), *ENV, "--k", "3", "--max-new-tokens", "5", "--top-p", "0.9", "--top-k", "20"]
    assert main(["eval", *flags, "--out", str(out)]) == 0
    result = json.loads((out / "result.json").read_text())
    said = [json.loads(line) for line in (out / "transcripts.jsonl").read_text().splitlines()]
    counts = {}
    for line in said:
        counts[line["problem_id"]] = counts.get(line["problem_id"], 0) + 1
    assert len(counts) == result["problems"] == 16
    assert set(counts.values()) == {3}
    assert result["eval/avg"]["value"] == pytest.approx(sum(line["correct"] for line in said) / len(said))
    assert "eval/pass@2" in capsys.readouterr().out


def test_eval_of_a_data_set_that_has_a_test_split_alone(run, tmp_path, capsys):
    rows = [{"problem": f"What is {i} + 1?", "answer": str(i + 1)} for i in range(3)]
    path = tmp_path / "set.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    flags = ["--env", "FlowRL/Math-v0", "--env.kwargs.dataset", str(path), "--env.kwargs.test-share", "1.0"]
    assert main(["eval", "--model", str(run), *flags, "--max-new-tokens", "4"]) == 0
    assert "3 problems" in " ".join(capsys.readouterr().out.split())


def test_eval_of_an_endless_split_needs_a_limit(run, capsys):
    flags = ["--model", str(run), "--env", "FlowRL/Arithmetic-v0", "--env.kwargs.level", "3"]
    assert main(["eval", *flags]) == 2
    assert "--limit" in capsys.readouterr().err


def test_few_shot_and_system_prompts_reach_the_model(run, capsys):
    flags = ["--model", str(run), *ENV, "--limit", "2", "--max-new-tokens", "4", "--temperature", "0"]
    assert main(["eval", *flags, "--shots", "2", "--system", "Add."]) == 0


def test_the_report_of_a_run_shows_its_transcripts(run, tmp_path):
    assert main(["report", str(run), "--out", str(tmp_path / "r.html")]) == 0
    assert "grpo" in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_the_demo_runs_from_start_to_page(tmp_path, capsys):
    small = ["--seeds", "1", "--steps", "2", "--warm-start", "20", "--problems", "4", "--jobs", "1"]
    assert main(["demo", *small, "--out", str(tmp_path / "demo")]) == 0
    said = capsys.readouterr().out
    assert "flowrl - grpo, pass@1" in said
    assert "KL to the start" in said
    assert (tmp_path / "demo" / "report.html").stat().st_size > 10**6


def test_the_example_trains(tmp_path):
    example, folder = str(ROOT / "examples" / "02_train_tiny.py"), str(tmp_path / "run")
    code = f"import runpy; runpy.run_path({example!r})['main']({folder!r}, 2, 5)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "training reward" in done.stdout


def test_settings_errors_are_user_errors():
    assert issubclass(ConfigError, UserError)
    assert issubclass(ConfigError, ValueError)
