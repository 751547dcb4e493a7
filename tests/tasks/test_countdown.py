"""Countdown: which responses are read, which rules are enforced, and that every problem can be solved."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowrl_envs.errors import UnknownOptionError
from flowrl_envs.tasks.countdown import Countdown
from flowrl_envs.tasks.countdown.task import Puzzle
from flowrl_envs.types import Problem, Reason

GIVEN = Problem("p", "3 5 7 -> 22:", Puzzle((3, 5, 7), 22))
DIGITS = Countdown(count=3)
OPTIONS: list[dict[str, Any]] = [
    {},
    {"style": "short"},
    {"count": 2},
    {"count": 3},
    {"count": 4, "least": 4},
    {"count": 4, "largest": 99, "least": 3},
    {"count": 4, "operators": "+-*/"},
    {"count": 3, "largest": 99, "exactly": True},
    {"count": 4, "largest": 99},
    {"count": 5, "largest": 20, "operators": "+-*/"},
    {"count": 6, "largest": 50, "operators": "+-*/", "highest": 999},
]


@pytest.mark.parametrize(
    "response",
    ["3*5+7", "7 + 5*3", "(7+3*5)", "3*5+7=22", "22 = 3*5+7", "= 3*5+7", "Answer: 3*5+7", "The answer is 3 * 5 + 7.",
     r"\boxed{3 \times 5 + 7}", r"$3 \cdot 5 + 7 = 22$", "3 × 5 + 7", "3 x 5 + 7", "One way is 3*5+7 = 22.",
     "I try 3+5+7 = 15, too small.\nSo: 3*5+7", "<think>3+5</think>\n3*5+7", "7-(-5)*3", r"\(7 + 3 \cdot 5\)",
     "Answer:\n3*5+7\n", r"\boxed{\left(3*5\right)+7}", "`3*5+7`", "**3*5+7**", "2. 3*5+7"],
)  # fmt: skip
def test_a_solution_is_right_however_it_is_stated_and_always_the_same_one(response: str) -> None:
    verdict = Countdown().score(GIVEN, response)
    assert (verdict.reward, verdict.reason, verdict.answer) == (1.0, Reason.CORRECT, "3*5+7")


@pytest.mark.parametrize(
    ("response", "reason"),
    [("", Reason.NO_ANSWER), ("banana", Reason.NO_ANSWER), ("nan", Reason.NO_ANSWER), ("()", Reason.NO_ANSWER),
     (r"\boxed{}", Reason.NO_ANSWER), (r"\boxed{3*5+7", Reason.NO_ANSWER), ("<think>3*5+7", Reason.NO_ANSWER),
     ("3*5+7 or so", Reason.NO_ANSWER), ("3*5+7?", Reason.NO_ANSWER), ("\ud800", Reason.NO_ANSWER),
     ("22", Reason.ILLEGAL), ("0", Reason.ILLEGAL), ("11*2", Reason.ILLEGAL), ("3*5+3+3+1", Reason.ILLEGAL),
     ("5*5-3", Reason.ILLEGAL), ("3*5+7+0", Reason.ILLEGAL), ("(3*5+7)/1", Reason.ILLEGAL), ("7/(3-3)", Reason.ILLEGAL),
     ("3+5+7", Reason.WRONG), ("7", Reason.WRONG), ("3*5+7 = 23", Reason.WRONG), ("3+5+7 = 22", Reason.WRONG),
     ("3*5=15+7=22", Reason.MALFORMED), ("3*5+7=20+2", Reason.MALFORMED), ("3 5 7 22", Reason.MALFORMED),
     ("3**5", Reason.MALFORMED), ("3(5)+7", Reason.MALFORMED), ("3*5+", Reason.MALFORMED), ("22.0", Reason.MALFORMED),
     ("sqrt(3*5+7)", Reason.MALFORMED), ("1.3*5+7", Reason.MALFORMED), ("3^3*5+7", Reason.MALFORMED),
     ("1+" * 500_000 + "1", Reason.MALFORMED), ("(" * 10**6 + "3", Reason.MALFORMED), ("9" * 10**6, Reason.MALFORMED),
     ("3*5+7, 3*5+7", Reason.CORRECT)],
)  # fmt: skip
def test_each_fault_has_its_reason_and_earns_nothing(response: str, reason: Reason) -> None:
    verdict = Countdown().score(GIVEN, response)
    assert verdict.reason == reason
    assert verdict.reward == (1.0 if reason == Reason.CORRECT else 0.0)


def test_leaving_a_number_out_is_legal_unless_all_must_be_used() -> None:
    problem = Problem("p", "", Puzzle((3, 5, 7), 15))
    assert Countdown().score(problem, "3*5").correct
    assert Countdown(exactly=True).score(problem, "3*5").reason == Reason.ILLEGAL
    assert Countdown(exactly=True).score(problem, "3+5+7").correct


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_every_problem_is_solvable_and_exactly_its_solutions_are_right(options: dict[str, Any]) -> None:
    task = Countdown(**options)
    for split in task.splits:
        for index in range(8):
            problem = task.problem(split, index)
            puzzle: Puzzle = problem.reference
            assert puzzle.target >= 10
            assert len(task.solutions(problem)) >= options.get("least", options.get("count") != 6)
            assert puzzle.target not in puzzle.numbers
            assert task.score(problem, task.gold(problem)).reward == 1.0
            assert task.score(problem, problem.prompt).reward == 0.0
            for solution in sorted(task.solutions(problem))[:10]:
                assert task.score(problem, solution).answer == solution
                assert task.score(problem, solution).correct


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_splits_share_nothing_and_a_listed_space_has_no_repeats(options: dict[str, Any]) -> None:
    task = Countdown(**options)
    ids = {s: [task.problem(s, i).id for i in range(min(task.size(s) or 20, 2000))] for s in task.splits}
    assert not set(ids["train"]) & set(ids["test"])
    if task.size("train") is not None:
        assert all(len(set(items)) == len(items) for items in ids.values())
    assert Countdown(**options).problem("train", 3) == task.problem("train", 3)


def test_both_styles_ask_the_same_problem() -> None:
    plain, short = Countdown().problem("test", 0), Countdown(style="short").problem("test", 0)
    assert plain.reference == short.reference
    assert short.prompt == f"{plain.metadata['numbers']} -> {plain.metadata['target']}:"
    assert f"equals {plain.metadata['target']}." in plain.prompt


@given(st.text() | st.text(alphabet="0123456789+-*/()= .\\boxed{}answer:\n"))
def test_scoring_never_raises_and_pays_only_a_solution(response: str) -> None:
    verdict = DIGITS.score(GIVEN, response)
    assert verdict.correct == (verdict.answer in DIGITS.solutions(GIVEN))
    assert verdict.reward == float(bool(verdict.correct))


@pytest.mark.parametrize(
    "options",
    [{"count": 1}, {"count": 7}, {"largest": 1}, {"highest": 5}, {"operators": "+"}, {"operators": "*+"},
     {"operators": "+%"}, {"style": "x"}, {"least": 0}, {"count": 2, "largest": 2},
     {"count": 2, "least": 50}, {"count": 6, "least": 2}],
)  # fmt: skip
def test_an_impossible_option_is_explained(options: dict[str, Any]) -> None:
    with pytest.raises(UnknownOptionError, match="allow"):
        Countdown(**options)
