"""`flowrl new`: what it writes is short, well-formed, and passes the checker and its own test as generated."""

import subprocess
import sys
from pathlib import Path

import pytest

from flowrl_agent.commands.new import render, write
from flowrl_envs.errors import UserError

FLOWRL = (sys.executable, "-m", "flowrl_agent.cli")


def run(*command: str, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=250, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_generated_environment_passes_the_checker_and_its_own_test(tmp_path: Path) -> None:
    out = run(*FLOWRL, "new", "word_mirror", "--dir", "envs", cwd=tmp_path)
    folder = tmp_path / "envs"
    assert sorted(p.name for p in folder.iterdir()) == ["test_word_mirror.py", "word_mirror.py", "word_mirror.toml"]
    assert "flowrl check word_mirror:Mine/WordMirror-v0" in out
    run(*FLOWRL, "check", "word_mirror:Mine/WordMirror-v0", cwd=folder)
    run(sys.executable, "-m", "pytest", "-q", "-W", "error", "test_word_mirror.py", cwd=folder)


def test_the_task_is_one_file_of_at_most_25_lines_and_passes_the_house_lint(tmp_path: Path) -> None:
    files = render("my_task")
    assert len(files["my_task.py"].splitlines()) <= 25
    write(files, tmp_path)
    run(sys.executable, "-m", "ruff", "format", "--check", "--line-length", "120", *files_of(tmp_path), cwd=tmp_path)
    run(
        sys.executable,
        "-m",
        "ruff",
        "check",
        "--line-length",
        "120",
        "--select",
        "E,F,I,B,UP",
        *files_of(tmp_path),
        cwd=tmp_path,
    )


def files_of(folder: Path) -> list[str]:
    return [str(path) for path in sorted(folder.glob("*.py"))]


@pytest.mark.parametrize("name", ["", "My", "1st", "a-b", "class", "a b", "../x", "é", "a\n"])
def test_a_name_that_is_no_module_is_refused(name: str) -> None:
    with pytest.raises(UserError, match="my_task"):
        render(name)


def test_nothing_is_overwritten_and_nothing_half_written(tmp_path: Path) -> None:
    (tmp_path / "my_task.toml").write_text("mine")
    with pytest.raises(UserError, match=r"my_task\.toml exist"):
        write(render("my_task"), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["my_task.toml"]
    assert (tmp_path / "my_task.toml").read_text() == "mine"


def test_a_directory_that_cannot_be_made_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="--dir"):
        write(render("my_task"), tmp_path / "file" / "inside")
