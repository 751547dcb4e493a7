"""Steps: the lists are complete, verdicts agree with plain addition, and right answers differ in length."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowrl_envs.errors import UnknownOptionError
from flowrl_envs.tasks.steps import Steps
from flowrl_envs.types import Reason

OPTIONS: list[dict[str, Any]] = [
    {},
    {"style": "short", "sizes": 2, "longest": 5},
    {"sizes": 4, "largest": 5, "longest": 5, "least": 10},
]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_lists_are_what_brute_force_over_all_digits_finds(options: dict[str, Any]) -> None:
    task = Steps(**options)
    longest = options.get("longest", 4)
    for split, index in [("train", 0), ("train", 7), ("test", 0), ("test", 3)]:
        problem = task.problem(split, index)
        every = ["".join(row) for n in range(1, longest + 1) for row in product("0123456789", repeat=n)]
        legal = [row for row in every if set(map(int, row)) <= set(problem.reference.sizes)]
        found = {row for row in legal if sum(map(int, row)) == problem.reference.stairs}
        assert task.solutions(problem) == found
        assert set(legal) == set(task.responses(problem))
        assert {row for row in task.responses(problem) if task.score(problem, row).correct} == found
        assert len(found) >= options.get("least", 3)
        assert len({len(row) for row in found}) > 1
        assert task.gold(problem) in found


def test_every_problem_comes_once_and_the_splits_share_none() -> None:
    task = Steps()
    names = {split: [task.problem(split, i).prompt for i in range(task.size(split) or 0)] for split in task.splits}
    assert len(set(names["train"])) == len(names["train"]) == 440
    assert len(set(names["test"])) == len(names["test"]) == 110
    assert not set(names["train"]) & set(names["test"])


@pytest.mark.parametrize(
    ("response", "reason"),
    [("688", Reason.CORRECT), (" 2668\n", Reason.CORRECT), ("68", Reason.WRONG), ("22222", Reason.MALFORMED),
     ("787", Reason.ILLEGAL), ("", Reason.NO_ANSWER), ("6 8 8", Reason.MALFORMED), ("6+8+8", Reason.MALFORMED),
     ("²²", Reason.MALFORMED), ("٨٨٦", Reason.MALFORMED), ("the answer is 688", Reason.MALFORMED)],
)  # fmt: skip
def test_only_a_row_of_allowed_steps_that_adds_up_is_paid(response: str, reason: Reason) -> None:
    task = Steps()
    problem = task.problem("train", 0)
    assert problem.reference == ((2, 6, 8), 22)
    verdict = task.score(problem, response)
    assert (verdict.reason, verdict.reward) == (reason, float(reason is Reason.CORRECT))


@given(st.text())
def test_scoring_never_raises(response: str) -> None:
    task = Steps()
    problem = task.problem("train", 0)
    assert task.score(problem, response).reward == float(response.strip() in task.solutions(problem))


@pytest.mark.parametrize(
    "options",
    [{"sizes": 1}, {"largest": 10}, {"sizes": 5, "largest": 4}, {"longest": 1}, {"sizes": 9, "longest": 5},
     {"least": 1}, {"least": 10_000}, {"style": "x"}],
)  # fmt: skip
def test_an_impossible_option_is_explained(options: dict[str, Any]) -> None:
    with pytest.raises(UnknownOptionError, match=r"allowed|lower least"):
        Steps(**options)
