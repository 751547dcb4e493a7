"""The tolerance that a row states is honoured, in that row alone."""

import json
from pathlib import Path
from typing import Any

import gymnasium
import pytest

import flowrl_envs  # noqa: F401 - registers the ids
from flowrl_envs.errors import DataError
from flowrl_envs.tasks.math import Math
from flowrl_envs.tasks.math.tolerance import tolerance_of

SHARED = Path(__file__).parents[3] / "shared" / "data" / "math" / "qwen_olympiadbench.jsonl"


def olympiad(folder: Path, *rows: dict[str, Any]) -> Math:
    file = folder / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    env = gymnasium.make("FlowRL/OlympiadBench-v0", dataset=str(file), split="test")
    task = env.unwrapped.task  # type: ignore[attr-defined]
    assert isinstance(task, Math)
    return task


@pytest.mark.parametrize(
    ("error", "answer", "right"),
    [
        ("1e-1", "4.2", True), ("1e-1", "4.25", True), ("1e-1", "4.1", True), ("1e-1", "4.31", False),
        ("1e-1", r"\frac{17}{4}", True), ("1e-1", r"3+\sqrt{1.5}", True), ("1e-1", r"3+\sqrt{2}", False),
        (0.1, "4.25", True), (None, "4.25", False), ("", "4.25", False), ("0.1,0.01", "4.25", False),
    ],
)  # fmt: skip
def test_a_row_is_judged_within_its_tolerance(tmp_path: Path, error: Any, answer: str, right: bool) -> None:
    task = olympiad(tmp_path, {"question": "How much?", "final_answer": ["4.2"], "error": error})
    problem = task.problem("test", 0)
    assert task.score(problem, rf"\boxed{{{answer}}}").correct is right
    assert [verdict.correct for verdict in task.score_many([(problem, rf"\boxed{{{answer}}}")])] == [right]


def test_a_batch_judges_each_row_by_its_own_tolerance(tmp_path: Path) -> None:
    rows = [{"question": f"{e}?", "final_answer": ["4.2"], "error": e} for e in ("1e-1", None, "1e-2")]
    task = olympiad(tmp_path, *rows)
    pairs = [(task.problem("test", index), r"\boxed{4.25}") for index in range(3)]
    assert [verdict.correct for verdict in task.score_many(pairs)] == [p.prompt.startswith("1e-1") for p, _ in pairs]


@pytest.mark.parametrize("error", ["-1", "nan", "inf", "small", [0.1, 0.2, "x"]])
def test_a_tolerance_that_is_none_is_refused(error: Any) -> None:
    with pytest.raises(DataError, match="zero or more"):
        tolerance_of(error)


def test_a_set_with_such_a_row_is_refused_when_it_is_loaded(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="'error' of the question 'How much"):
        olympiad(tmp_path, {"question": "How much?", "final_answer": ["4.2"], "error": "about a tenth"})


def test_the_real_row_with_a_tolerance_accepts_what_lies_within() -> None:
    if not SHARED.exists():
        pytest.skip("qwen_olympiadbench.jsonl is not in shared/data/math beside the checkout")
    env = gymnasium.make("FlowRL/OlympiadBench-v0", dataset=str(SHARED), split="test")
    task = env.unwrapped.task  # type: ignore[attr-defined]
    size = task.size("test")
    stated = [p for p in (task.problem("test", index) for index in range(size)) if p.metadata.get("error")]
    assert [p.reference for p in stated] == ["4.2"]
    assert task.score(stated[0], r"\boxed{4.25}").correct is True
    assert task.score(stated[0], r"\boxed{4.5}").correct is False
