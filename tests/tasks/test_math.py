"""Math: every family against an independent oracle, the scoring of its answers, and data sets as problems."""

from __future__ import annotations

import importlib.util
import json
import random
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from flowrl_envs.errors import DataError, UnknownOptionError
from flowrl_envs.tasks.math import Math
from flowrl_envs.tasks.math.family import polynomial, radical
from flowrl_envs.tasks.math.task import BY_SUBJECT, FAMILIES, LEVELS, TRIVIAL
from flowrl_envs.types import Problem, Reason

SHARED = Path(__file__).parents[3] / "shared" / "data" / "math"


def beside(name: str) -> ModuleType:
    """A module next to this test: tests are imported by path, not as packages."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


oracles = beside("math_oracles")


def equal(a: Any, b: Any) -> bool:
    if isinstance(a, tuple) or isinstance(b, tuple):
        return len(a) == len(b) and all(map(equal, a, b))
    difference = sympy.sympify(a) - sympy.sympify(b)
    return sympy.simplify(difference) == 0


def test_there_are_at_least_twenty_families_of_five_subjects_and_each_has_an_oracle() -> None:
    names = [family.name for family in FAMILIES]
    assert len(names) == len(set(names)) >= 20
    assert set(names) == set(oracles.ORACLES)
    assert set(BY_SUBJECT) == {"algebra", "number theory", "counting", "geometry", "calculus"}


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
@pytest.mark.parametrize("level", LEVELS)
def test_the_answer_is_what_an_oracle_finds_from_the_words_of_the_question(family: Any, level: int) -> None:
    for seed in range(8):
        question, answer = family.draw(random.Random(seed), level)
        assert equal(oracles.read(answer), oracles.ORACLES[family.name](question)), (question, answer)


@pytest.mark.parametrize("subject", [*BY_SUBJECT, "all"])
@pytest.mark.parametrize("level", [0, *LEVELS])
def test_gold_is_right_and_neighbours_and_the_question_are_not(subject: str, level: int) -> None:
    task = Math(subject, level)
    for index in range(20):
        problem = task.problem("train", index)
        other = task.problem("test", index)
        assert problem.reference not in TRIVIAL
        assert subject in ("all", problem.metadata["subject"])
        assert level in (0, problem.metadata["level"])
        golds = [(problem, task.gold(problem)), (problem, f"So the answer is ${problem.reference}$.")]
        junk = [(problem, text) for text in ("", "banana", "0", "1", problem.prompt, problem.prompt.split("\n")[0])]
        assert [v.reward for v in task.score_many(golds + junk)] == [1.0, 1.0, *[0.0] * len(junk)], problem
        assert task.score(other, task.gold(problem)).correct is (other.reference == problem.reference)


@pytest.mark.parametrize(
    ("reference", "response"),
    [
        (r"\frac{3}{4}", "The probability is 0.75."),
        (r"5\sqrt{2}", r"\boxed{\sqrt{50}}"),
        (r"\frac{4\pi}{3}", r"Answer: $\frac{4}{3}\pi$"),
        ("(2, -3)", r"\boxed{(x, y) = (2, -3)}"),
        ("18x^2 - 50x - 2", r"$f'(x) = 18x^2 - 50x - 2$"),
        ("126(21x + 45)^5", r"\boxed{6 \cdot 21 (21x+45)^5}"),
        ("(162x + 711)e^{18x}", r"\boxed{9e^{18x} + 18(9x+39)e^{18x}}"),
        ("136e^{10} - 6", r"\boxed{-6 + 136 e^{10}}"),
        ("1234567", r"\boxed{1,234,567}"),
    ],
)
def test_an_equal_answer_in_another_form_is_right(reference: str, response: str) -> None:
    assert Math().score(Problem("p", "?", reference), response).reason == Reason.CORRECT


def test_problems_are_the_same_in_another_process_and_import_no_algebra_system() -> None:
    code = (
        "import sys; from flowrl_envs.tasks.math import Math; t = Math()\n"
        "print([t.problem(s, i).id for s in t.splits for i in range(30)])\n"
        "assert not {'sympy', 'datasets', 'pyarrow', 'torch'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    task = Math()
    assert done.stdout.strip() == str([task.problem(s, i).id for s in task.splits for i in range(30)])


def test_splits_share_no_question_whatever_the_instruction() -> None:
    plain, asked = Math(instruction=""), Math()
    train = {plain.problem("train", i).prompt for i in range(1500)}
    test = {asked.problem("test", i).prompt.split("\n")[0] for i in range(1500)}
    assert not train & test


@given(st.text() | st.text(alphabet="0123456789+-*/^{}()\\ boxedfracsqrtpi$=,."))
@settings(max_examples=150, deadline=None)
def test_scoring_never_raises(response: str) -> None:
    task = Math()
    problem = task.problem("train", 0)
    assert task.score(problem, response).reward in (0.0, 1.0)


@given(st.lists(st.integers(-30, 30), min_size=1, max_size=12), st.integers(-5, 5))
def test_a_polynomial_is_written_as_it_is(coefficients: list[int], at: int) -> None:
    value = sum(c * at**k for k, c in enumerate(coefficients))
    assert sympy.sympify(oracles.read(polynomial(coefficients, "x"))).subs(oracles.x, at) == value


@given(st.integers(1, 10**6))
def test_a_radical_is_in_lowest_terms(square: int) -> None:
    outside, _, inside = radical(square).partition(r"\sqrt")
    a, b = int(outside or 1), int(inside.strip("{}") or 1)
    assert a * a * b == square
    assert all(b % (d * d) for d in range(2, int(b**0.5) + 1))


def write(path: Path, rows: list[dict[str, Any]]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def test_a_file_becomes_an_environment_by_naming_its_fields(tmp_path: Path) -> None:
    rows = [{"question": f"How many legs have {n} dogs?", "answer": f"4 each.\n#### {4 * n}"} for n in range(3, 40)]
    path = write(tmp_path / "legs.jsonl", rows)
    task = Math(dataset=path, prompt_field="question", answer_rule="after ####", instruction="")
    assert task.splits == ("train", "test")
    assert sum(task.size(split) or 0 for split in task.splits) == len(rows)
    for split in task.splits:
        for index in range(task.size(split) or 0):
            problem = task.problem(split, index)
            assert task.score(problem, f"That makes {problem.reference} legs in all.").correct
            assert task.score(problem, task.gold(problem)).correct
    with pytest.raises(IndexError):
        task.problem("train", task.size("train") or 0)


def test_a_reference_that_cannot_be_read_is_refused_when_the_set_is_loaded(tmp_path: Path) -> None:
    path = write(tmp_path / "bad.jsonl", [{"problem": "Q1", "answer": "3"}, {"problem": "Q2", "answer": r"\boxed{}"}])
    with pytest.raises(DataError, match=r"1 rows cannot be used.*\n.*row 2"):
        Math(dataset=path)
    assert Math(dataset=path, skip_unusable=True, test_share=1.0).size("test") == 1


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared answer sets are not beside this repository")
@pytest.mark.parametrize(
    ("name", "options", "rows"),
    [
        ("gsm8k_test_openai.jsonl", {"prompt_field": "question", "answer_rule": "after ####"}, 1319),
        ("math500.jsonl", {}, 500),
    ],
)
def test_gold_of_real_sets_scores_the_ceiling(name: str, options: dict[str, Any], rows: int) -> None:
    task = Math(dataset=str(SHARED / name), test_share=1.0, **options)
    assert task.splits == ("test",)
    assert task.size("test") == rows
    problems = [task.problem("test", index) for index in range(rows)]
    assert all(verdict.correct for verdict in task.score_many([(p, task.gold(p)) for p in problems]))


@pytest.mark.parametrize("options", [{"subject": "algebre"}, {"level": 4}, {"level": True}])
def test_an_unknown_option_is_answered_with_what_is_allowed(options: dict[str, Any]) -> None:
    with pytest.raises(UnknownOptionError, match=r"(?i)allowed"):
        Math(**options)
