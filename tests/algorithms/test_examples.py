"""The examples about algorithms do what they say, and `flowrl check-algo` says so of any algorithm."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
import torch

from flowrl_agent.algorithms import UnknownAlgorithmError, load_algorithm, load_algorithm_class
from flowrl_agent.algorithms.flowrl import FlowRL, FlowRLConfig
from flowrl_agent.cli import main as flowrl

from .tabular import batch_of, output_of

EXAMPLES = Path(__file__).parents[2] / "examples"
NEW_ALGORITHM = EXAMPLES / "04_new_algorithm.py"


@pytest.fixture(scope="module")
def one_file() -> ModuleType:
    spec = importlib.util.spec_from_file_location("one_file_flowrl", EXAMPLES / "one_file_flowrl.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["one_file_flowrl"] = module
    spec.loader.exec_module(module)
    return module


def library_loss(logp, logp_old, logp_ref, mask, reward, log_z, beta, epsilon):
    """The library's FlowRL behind the signature of the one file."""
    config = FlowRLConfig(beta=beta, reward="raw", clip_low=epsilon, clip_high=epsilon)
    algorithm = FlowRL(config)
    batch = algorithm.prepare(batch_of(mask, reward, logp_old, logp_ref))
    return algorithm.loss(batch, output_of(logp, log_z)).loss


def test_the_one_file_reaches_the_exact_target_on_modes(one_file):
    rewards, distances = one_file.train(one_file.Config())
    assert distances[-1] < 0.03
    assert distances[-1] < distances[0] / 5
    assert rewards[-1] > 5 * rewards[0]


def test_the_one_file_and_the_library_are_the_same_objective(one_file, monkeypatch):
    """The same run with the library's loss in the place of the file's ends at the same distance from the target."""
    config = one_file.Config(iterations=50)
    own = one_file.train(config)
    monkeypatch.setattr(one_file, "flowrl_loss", library_loss)
    assert one_file.train(config)[1] == pytest.approx(own[1], abs=1e-3)


def test_the_one_file_standardises_as_the_library_does(one_file):
    reward = torch.tensor([1.0, 0.0, 0.0, 1.0, 0.5, 0.5, 0.5, 0.5])
    zero = torch.zeros(8, 1)
    batch = batch_of(torch.ones(8, 1, dtype=torch.bool), reward, zero, zero, torch.arange(8) // 4)
    torch.testing.assert_close(one_file.standardised(reward, 4), FlowRL().prepare(batch).score)


def test_the_one_file_is_at_most_250_lines_and_imports_gymnasium_torch_and_the_environments_alone():
    lines = (EXAMPLES / "one_file_flowrl.py").read_text().splitlines()
    assert len(lines) <= 250
    imported = {line.split()[1].split(".")[0] for line in lines if line.startswith(("import ", "from "))}
    assert imported - set(sys.stdlib_module_names) == {"gymnasium", "torch", "flowrl_envs"}


def test_the_new_algorithm_passes_its_checks_from_the_command_line(capsys):
    assert flowrl(["check-algo", f"{NEW_ALGORITHM}:MedianBaseline"]) == 0
    assert "20 of 20 passed" in capsys.readouterr().out


def test_the_new_algorithm_loads_by_path_and_by_module_as_one_class(monkeypatch):
    by_path = load_algorithm_class(f"{NEW_ALGORITHM}:MedianBaseline")
    assert load_algorithm_class(f"{NEW_ALGORITHM}:MedianBaseline") is by_path
    monkeypatch.chdir(EXAMPLES)
    monkeypatch.setattr(sys, "path", list(sys.path))
    assert load_algorithm("04_new_algorithm:MedianBaseline").config.scale == 1.0


def test_the_new_algorithm_runs_as_a_script_and_shows_that_the_median_is_the_baseline():
    done = subprocess.run([sys.executable, str(NEW_ALGORITHM)], capture_output=True, text=True, check=True)
    assert "20 of 20 passed" in done.stdout
    pushes = [line.split() for line in done.stdout.splitlines() if line.startswith("  ")]
    assert all((float(push) > 0) == (reward == "1.00") for reward, push in pushes)


def test_a_missing_file_and_a_missing_class_in_a_file_are_named(tmp_path):
    with pytest.raises(UnknownAlgorithmError, match="no file"):
        load_algorithm_class(f"{tmp_path}/absent.py:Mine")
    with pytest.raises(UnknownAlgorithmError, match="Did you mean 'MedianBaseline'"):
        load_algorithm_class(f"{NEW_ALGORITHM}:MedianBaselin")


def test_check_algo_covers_every_preset_and_fails_with_status_1(tmp_path, capsys):
    assert flowrl(["check-algo", "grpo"]) == 0
    assert capsys.readouterr().out.count("20 of 20 passed") == 2
    assert flowrl(["check-algo", "grpo/kl"]) == 0
    assert capsys.readouterr().out.count("20 of 20 passed") == 1
    broken = NEW_ALGORITHM.read_text().replace("token_mean(tokens, batch.mask, batch.agent_tokens)", "tokens.mean()")
    (tmp_path / "broken.py").write_text(broken)
    assert flowrl(["check-algo", f"{tmp_path / 'broken.py'}:MedianBaseline"]) == 1
    assert "FAIL denominators" in capsys.readouterr().out


def test_check_algo_explains_a_wrong_name(capsys):
    assert flowrl(["check-algo", "grop"]) == 2
    assert "Did you mean 'grpo'" in capsys.readouterr().err
