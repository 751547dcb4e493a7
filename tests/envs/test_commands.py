"""list, show, play and check, run as a person runs them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import flowrl_envs  # noqa: F401  (registers the ids)
from envs_registry import cards

RIDDLE = '''"""A contributor's file."""
import random
import flowrl_envs
from flowrl_envs import GeneratedTask, Problem

class Riddle(GeneratedTask):
    def generate(self, rng: random.Random) -> Problem:
        number = str(rng.randrange(10**9))
        return Problem(number, f"Write {number} backwards \\N{GREEK SMALL LETTER ALPHA}.", number[::-1])
    def score(self, problem, response):
        return SCORE
    def gold(self, problem):
        return problem.reference

flowrl_envs.register("Mine/Riddle-v0", "riddle:Riddle")
'''


def flowrl(*args: str, cwd: Path, stdin: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "flowrl_agent.cli", *args]
    return subprocess.run(
        command, cwd=cwd, input=stdin, capture_output=True, text=True, timeout=300, env={**os.environ, **env}
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "riddle.py").write_text(RIDDLE.replace("SCORE", "flowrl_envs.exact(problem, response)"))
    return tmp_path


def test_list_names_every_environment_without_torch(tmp_path: Path):
    done = flowrl("list", cwd=tmp_path)
    assert done.returncode == 0
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["ID", *sorted(cards())]
    code = "import sys; from flowrl_agent.cli import main; main(['list']); assert 'torch' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=100).returncode == 0


def test_show_prints_the_card_and_the_same_prompts_for_a_seed(tmp_path: Path):
    first = flowrl("show", "FlowRL/Arithmetic-v0", "--n", "2", "--seed", "5", cwd=tmp_path)
    assert first.returncode == 0
    assert cards()["FlowRL/Arithmetic-v0"].summary in first.stdout
    assert first.stdout.count("--- train item") == 2
    assert flowrl("show", "FlowRL/Arithmetic-v0", "--n", "2", "--seed", "5", cwd=tmp_path).stdout == first.stdout


def test_mistakes_are_answered_with_the_nearest(tmp_path: Path):
    for command in ("show", "play", "check"):
        done = flowrl(command, "FlowRL/Arithmetix-v0", cwd=tmp_path)
        assert done.returncode == 2
        assert "Did you mean 'FlowRL/Arithmetic-v0'" in done.stderr
        assert "Traceback" not in done.stderr


def test_play_takes_piped_answers_and_ends_with_the_input(tmp_path: Path):
    done = flowrl("play", "FlowRL/Arithmetic-v0", "--seed", "1", cwd=tmp_path, stdin="banana\n0\n")
    assert done.returncode == 0
    assert done.stdout.count("] reward 0") == 2
    assert done.stdout.rstrip().endswith("2 played, mean reward 0.000")
    assert flowrl("play", "FlowRL/Arithmetic-v0", cwd=tmp_path).returncode == 0
    assert "1 played" in flowrl("play", "FlowRL/Arithmetic-v0", "--n", "1", cwd=tmp_path, stdin="1\n2\n").stdout


def test_a_file_in_the_current_folder_is_shown_played_and_checked(folder: Path):
    shown = flowrl("show", "riddle:Mine/Riddle-v0", cwd=folder, PYTHONIOENCODING="ascii")
    assert shown.returncode == 0, shown.stderr
    assert "\\u03b1" in shown.stdout
    assert "0 played" not in flowrl("play", "riddle:Mine/Riddle-v0", cwd=folder, stdin="12\n").stdout
    done = flowrl("check", "riddle:Mine/Riddle-v0", "--json", cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    (report,) = json.loads(done.stdout)
    assert report["ok"]
    assert len(report["findings"]) == 29


def test_check_exits_with_one_where_the_contract_is_broken(folder: Path):
    (folder / "riddle.py").write_text(RIDDLE.replace("SCORE", "flowrl_envs.right()"))
    done = flowrl("check", "riddle:Mine/Riddle-v0", cwd=folder)
    assert done.returncode == 1
    assert "fail  junk_scores_the_floor" in done.stdout


def test_a_module_that_is_not_there_is_a_mistake_in_the_call(tmp_path: Path):
    done = flowrl("check", "riddle:Mine/Riddle-v0", cwd=tmp_path)
    assert (done.returncode, "no module 'riddle'" in done.stderr) == (2, True)
    assert flowrl("check", cwd=tmp_path).returncode == 2
