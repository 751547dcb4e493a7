"""`flowrl sandbox` and the probe behind it."""

import io
import sys

import pytest

from flowrl_agent.cli import main
from flowrl_envs.sandbox import SandboxUnavailableError
from flowrl_envs.sandbox import probe as module
from flowrl_envs.sandbox.local import check_readable


def run(capsys, monkeypatch, *arguments, stdin=""):
    monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
    status = main(["sandbox", *arguments])
    out = capsys.readouterr()
    return status, out.out, out.err


def test_run_gives_output_and_status(capsys, monkeypatch, tmp_path):
    file = tmp_path / "p.py"
    file.write_text("print(input()[::-1])")
    status, out, err = run(capsys, monkeypatch, "run", str(file), stdin="abc\n")
    assert (status, out) == (0, "cba\n")
    assert err.startswith("[ok]")
    file.write_text("1 / 0")
    status, _, err = run(capsys, monkeypatch, "run", str(file))
    assert status == 1
    assert "ZeroDivisionError: division by zero (line 1)" in err


def test_a_missing_file_is_explained(capsys, monkeypatch):
    status, _, err = run(capsys, monkeypatch, "run", "no/such/file.py")
    assert status == 2
    assert "Give a file of Python source" in err


def test_probe_runs_a_program_in_each_tier(capsys, monkeypatch):
    status, out, _ = run(capsys, monkeypatch, "probe")
    assert status == 0
    assert out.startswith("local     works: a run took")
    assert len([line for line in out.splitlines() if line.startswith(("local", "landlock", "docker"))]) == 3


def test_probe_names_the_setting_that_is_off(monkeypatch, tmp_path):
    setting = tmp_path / "max_user_namespaces"
    setting.write_text("0\n")
    monkeypatch.setattr(module, "_SETTINGS", ((str(setting), "0", "sysctl -w user.max_user_namespaces=15000"),))
    monkeypatch.setattr(module, "_can_make_user_namespace", lambda: False)
    monkeypatch.setattr(module.os, "geteuid", lambda: 1000)
    assert "sysctl -w user.max_user_namespaces=15000" in module._namespace_fix()
    setting.write_text("9\n")
    assert "seccomp=unconfined" in module._namespace_fix()


def test_as_root_landlock_says_which_folder_bars_its_user_from_the_interpreter(tmp_path):
    (tmp_path / "closed" / "bin").mkdir(parents=True)
    (tmp_path / "closed").chmod(0o700)
    with pytest.raises(SandboxUnavailableError, match=f"may not enter {tmp_path}/closed, .* every user can reach"):
        check_readable(str(tmp_path / "closed" / "bin" / "python"))
