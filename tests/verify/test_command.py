"""`flowrl verify` explains what was read, what was found and what decided, and says so in its exit status."""

import subprocess
import sys

import pytest

from flowrl_agent.commands.verify import main


@pytest.mark.parametrize(
    ("arguments", "status", "lines"),
    [
        (["--gold", "1/3", "--response", r"\boxed{0.333333333}"], 0, ["[a number]", "[rule last_box]",
        "verdict     correct"]),
        (["--gold", "42", "--response", r"The answer is not \boxed{42}"], 1, ["extracted   nothing",
        "the text denies it", "no_answer"]),
        (["--gold", r"(-\infty,3)\cup(3,\infty)", "--response", r"x \neq 3", "--mode",
        "bare"], 0, ["mathematics (union)", "verdict     correct"]),
        (["--gold", "156", "--response", r"\boxed{12\cdot 13}",
        "--question", r"What is $12\cdot 13$?"], 1, ["repeats an expression"]),
        (["--gold", "Evelyn", "--response", "Answer: evelyn"], 0, ["[words]", "comparison of words"]),
    ],
)  # fmt: skip
def test_it_explains_the_verdict(
    arguments: list[str], status: int, lines: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == status
    printed = capsys.readouterr().out
    for line in lines:
        assert line in printed


def test_a_mistake_in_the_call_is_status_2_and_the_response_may_come_from_standard_input() -> None:
    command = [sys.executable, "-m", "flowrl_agent.cli", "verify", "--gold"]
    done = subprocess.run([*command, "", "--response", "5"], capture_output=True, text=True)
    assert done.returncode == 2
    assert "holds no answer" in done.stderr
    done = subprocess.run([*command, "5", "--response", "-"], input=r"so \boxed{5}", capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
