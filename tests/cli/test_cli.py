"""The command's own part: its table, its errors, its pipes."""

import subprocess
import sys

import pytest

from flowrl_agent import cli
from flowrl_agent.cli import COMMANDS, main


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_leads_somewhere_and_explains_itself(name, capsys):
    with pytest.raises(SystemExit) as caught:
        raise SystemExit(main([name, "--help"]))
    assert caught.value.code in (0, None)
    assert name in capsys.readouterr().out


def test_an_unknown_command_is_answered_with_the_nearest(capsys):
    assert main(["trian"]) == 2
    assert "Did you mean 'train'" in capsys.readouterr().err


@pytest.mark.parametrize(("module", "extra"), [("tyro", "agent"), ("optuna", "bench"), ("sb3_contrib", "sb3")])
def test_a_command_without_its_extra_names_it(module, extra, monkeypatch, capsys):
    monkeypatch.setitem(cli.COMMANDS, "train", ("tests_missing:main", ""))

    def missing(name):
        raise ModuleNotFoundError(f"No module named {module!r}", name=module)

    monkeypatch.setattr(cli.importlib, "import_module", missing)
    assert main(["train"]) == 2
    assert f"pip install 'flowrl[{extra}]'" in capsys.readouterr().err


def test_a_reader_that_leaves_early_is_no_error():
    command = f"{sys.executable} -m flowrl_agent.cli list | head -1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=120)
    assert done.stdout.startswith("ID")
    assert done.stderr == ""
