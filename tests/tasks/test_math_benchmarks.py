"""The maths benchmarks as environments: each card's field mapping reads rows of its set's form, from a local file.

The hub itself is never asked. Real answer sets are read where they lie beside the checkout.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import gymnasium
import pytest

import flowrl_envs  # noqa: F401 - registers the ids
from envs_registry import cards
from flowrl_envs.errors import DataError
from flowrl_envs.sources.pins import commit_of, content_sha256, hold, pins_path

SHARED = Path(__file__).parents[3] / "shared" / "data" / "math"
ROWS: dict[str, dict[str, Any]] = {
    "GSM8K": {"question": "Two and two?", "answer": "2 + 2 = <<2+2=4>>4\n#### 4"},
    "MATH": {"problem": "Two and two?", "answer": "4"},
    "MATH500": {"problem": "Half?", "solution": "so", "answer": r"\frac{1}{2}", "subject": "Algebra", "level": 2},
    "AIME24": {"ID": "2024-I-1", "Problem": "Two and two?", "Solution": "so", "Answer": 204},
    "AIME25": {"id": "0", "problem": "Two and two?", "answer": "70", "solution": "so"},
    "AMC23": {"id": 0, "question": "Two and two?", "answer": 27.0},
    "Minerva": {"question": "How wide?", "answer": "4.4e-5"},
    "OlympiadBench": {"question": "Two and two?", "final_answer": ["$2$"], "unit": None},
    "DAPOMath": {"prompt": "Two and two?", "solution": "34", "data_source": "math_dapo"},
    "DeepScaleR": {"problem": "Two and two?", "answer": r"-\frac{2}{3}", "solution": ""},
}
REAL = {
    "GSM8K": ("gsm8k_test_openai.jsonl", 1319, {}),
    "MATH500": ("math500.jsonl", 500, {}),
    "AIME24": ("qwen_aime24.jsonl", 30, {"prompt_field": "problem", "answer_field": "answer"}),
    "AMC23": ("qwen_amc23.jsonl", 40, {"prompt_field": "problem"}),
    "OlympiadBench": ("qwen_olympiadbench.jsonl", 600, {}),
    "Minerva": ("ocwcourses.jsonl", 250, {"prompt_field": "problem"}),
}


def test_every_benchmark_has_a_row_here() -> None:
    assert {f"FlowRL/{name}-v0" for name in ROWS} == {
        id_ for id_, card in cards().items() if card.family == "math_data"
    }


@pytest.mark.parametrize("name", ROWS)
def test_a_row_of_the_sets_form_becomes_a_problem_whose_gold_is_right(name: str, tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text(json.dumps(ROWS[name]) + "\n")
    card = cards()[f"FlowRL/{name}-v0"]
    share = 1.0 if card.splits[-1] == "test" else 0.0
    env = gymnasium.make(card.id, dataset=str(file), split=card.splits[-1], test_share=share)
    prompt, info = env.reset(options={"index": 0, "split": card.splits[-1]})
    assert prompt.startswith(("Two and two?", "Half?", "How wide?"))
    task = env.unwrapped.task  # type: ignore[attr-defined]
    problem = task.problem(card.splits[-1], 0)
    assert task.score(problem, task.gold(problem)).correct is True
    assert task.score(problem, r"\boxed{12345}").correct is False
    assert info["answer"] == ""


@pytest.mark.parametrize("name", REAL)
def test_the_real_answers_are_read_and_each_is_right_against_itself(name: str) -> None:
    file, least, mapping = REAL[name]
    if not (SHARED / file).exists():
        pytest.skip(f"{file} is not in shared/data/math beside the checkout")
    env = gymnasium.make(f"FlowRL/{name}-v0", dataset=str(SHARED / file), split="test", test_share=1.0, **mapping)
    task = env.unwrapped.task  # type: ignore[attr-defined]
    size = task.size("test")
    assert size >= least * 0.98
    problems = [task.problem("test", index) for index in range(size)]
    verdicts = task.score_many([(problem, task.gold(problem)) for problem in problems])
    wrong = [problem.reference for problem, verdict in zip(problems, verdicts, strict=True) if not verdict.correct]
    assert not wrong


def test_the_first_load_is_recorded_and_a_later_difference_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLOWRL_CACHE", str(tmp_path / "cache"))
    first, changed = {"test": [{"problem": "p", "answer": "4"}]}, {"test": [{"problem": "p", "answer": "5"}]}
    commit = commit_of([f"hf://datasets/owner/name@{'a' * 40}/test.parquet"])
    hold("owner/name", "", "", content_sha256(first), commit)
    hold("owner/name", "", "", content_sha256(first), commit)
    hold("owner/other", "", "", content_sha256(changed), "")
    with pytest.raises(DataError, match=f"revision='{'a' * 40}'"):
        hold("owner/name", "", "", content_sha256(changed), "")
    pins_path().write_text("damaged")
    hold("owner/name", "", "", content_sha256(changed), "")
    assert content_sha256(changed) in pins_path().read_text()


def test_without_a_network_the_error_says_what_to_do() -> None:
    with pytest.raises(DataError, match=r"dataset='rows\.jsonl'"):
        gymnasium.make("FlowRL/AIME25-v0")
