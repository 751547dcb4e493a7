"""Rows of public code data sets become exercises that judge right and wrong programs; HumanEval is the real one."""

import base64
import json
import pickle
import zlib

import pytest

from flowrl_envs.errors import DataError, UserError
from flowrl_envs.tasks.code import CodeData, HumanEval
from flowrl_envs.tasks.code.formats import FORMATS


def block(code: str) -> str:
    return f"```python\n{code}\n```"


@pytest.fixture(scope="module")
def human_eval():
    return HumanEval()


@pytest.mark.slow
def test_every_humaneval_solution_passes_and_none_returned_first_fails(human_eval):
    problems = [human_eval.problem("test", index) for index in range(164)]
    verdicts = human_eval.score_many([(problem, human_eval.gold(problem)) for problem in problems])
    assert [p.id for p, v in zip(problems, verdicts, strict=True) if v.correct is not True] == []
    broken = []
    for problem in problems:
        code = human_eval.gold(problem)
        stub = f"def {problem.reference.suite.entry}(*args, **kwargs):\n    return None\n"
        broken.append((problem, block(code.removeprefix("```python\n").removesuffix("\n```") + "\n\n\n" + stub)))
    verdicts = human_eval.score_many(broken)
    assert [p.id for p, v in zip(problems, verdicts, strict=True) if v.correct is not False] == []


def test_humaneval_helpers_of_the_prompt_are_there(human_eval):
    problem = next(p for p in (human_eval.problem("test", i) for i in range(164)) if p.id == "HumanEval/32")
    solution = human_eval.gold(problem)
    only = solution[solution.index("def find_zero") :]
    assert human_eval.score(problem, "```python\n" + only).correct is True


PLUS = {
    "task_id": "HumanEval/x",
    "prompt": 'def near(a: float) -> float:\n    """Half of a."""\n',
    "entry_point": "near",
    "canonical_solution": "    return a / 2\n",
    "test": (
        "import numpy as np\n\ndef assertion(out, exp, atol):\n    assert np.allclose(out, exp, atol=1e-6)\n\n"
        "def check(candidate):\n    inputs = [[1.0], [3.0]]\n    results = [0.5, 1.5]\n"
        "    for inp, exp in zip(inputs, results):\n        assertion(candidate(*inp), exp, 0)\n"
    ),
}
MBPP = {
    "task_id": 2,
    "text": "Write a function to find the shared elements of two tuples.",
    "code": "def shared(a, b):\r\n  return tuple(sorted(set(a) & set(b)))",
    "test_list": ["assert shared((3, 4), (4, 5)) == (4,)", "assert set(shared((1, 2), (2, 1))) == set((1, 2))"],
    "test_setup_code": "",
}
MBPP_PLUS = {
    "task_id": 2,
    "prompt": MBPP["text"],
    "code": MBPP["code"],
    "test_imports": ["import math"],
    "test_list": MBPP["test_list"],
    "test": (
        "inputs = [[(1, 2), (2, 3)]]\nresults = [(2,)]\n"
        "for inp, exp in zip(inputs, results):\n    assert shared(*inp) == exp\n"
    ),
}
STDIN = [
    {"input": "2\n", "output": "4\n", "testtype": "stdin"},
    {"input": "5\n", "output": "25\n", "testtype": "stdin"},
]
CALLS = [{"input": "[1, 2]\n3", "output": "6", "testtype": "functional"}]
PACKED = base64.b64encode(zlib.compress(pickle.dumps(json.dumps(STDIN[1:])))).decode()
LCB = {
    "question_id": "q1",
    "question_content": "Print the square.",
    "public_test_cases": json.dumps(STDIN[:1]),
    "private_test_cases": PACKED,
    "starter_code": "",
    "metadata": "{}",
}
LCB_CALL = {
    **LCB,
    "public_test_cases": json.dumps(CALLS),
    "private_test_cases": json.dumps(CALLS),
    "starter_code": "class Solution:\n    def total(self, xs: List[int], y: int) -> int:\n        ",
    "metadata": json.dumps({"func_name": "total"}),
}
APPS = {
    "problem_id": 7,
    "question": "Print the square.",
    "solutions": json.dumps(["print(int(input()) ** 2)"]),
    "input_output": json.dumps({"inputs": ["2\n", "5\n"], "outputs": ["4\n", "25\n"]}),
    "starter_code": "",
}
APPS_CALL = {
    **APPS,
    "solutions": "[]",
    "input_output": json.dumps({"fn_name": "sq", "inputs": [[2], [5]], "outputs": [[4], [25]]}),
}
DEEP = {
    "problem": "Print the square.",
    "tests": json.dumps([{"type": "stdin_stdout", "input": "2\n", "output": "4\n"}]),
}
DEEP_TACO = {
    "problem": "Print the square.",
    "tests": APPS["input_output"],
    "solutions": ["```python\nprint(int(input()) ** 2)\n```"],
}
DEEP_LCB = {
    "problem": "Sum.",
    "tests": json.dumps(
        [{"input": "[1, 2]\n3", "output": "6", "testtype": "functional", "metadata": {"func_name": "total"}}]
    ),
    "metadata": {"func_name": "total"},
    "starter_code": LCB_CALL["starter_code"],
}
FORCES = {
    "id": "1/A",
    "title": "Any divisor",
    "description": "Print a divisor of n other than 1.",
    "input_format": "n",
    "output_format": "d",
    "examples": [{"input": "6\n", "output": "2\n"}],
    "official_tests": [{"input": "15\n", "output": "3\n"}],
    "generated_checker": (
        "import sys\nn = int(open(sys.argv[1]).read())\nd = int(open(sys.argv[3]).read())\n"
        "print(1 if d != 1 and n % d == 0 else 0)\n"
    ),
    "time_limit": 1.0,
    "memory_limit": 256.0,
    "input_mode": "stdio",
    "interaction_format": None,
}
SQUARE, CUBE = "print(int(input()) ** 2)", "print(int(input()) ** 3)"
TOTAL = "class Solution:\n    def total(self, xs, y):\n        return sum(xs) + y"


@pytest.mark.parametrize(
    ("form", "row", "right", "wrong"),
    [
        ("humaneval", PLUS, "def near(a):\n    return a * 0.5000000001", "def near(a):\n    return a * 0.51"),
        (
            "mbpp",
            MBPP,
            "def shared(a, b):\n    return tuple(x for x in a if x in b)",
            "def shared(a, b):\n    return a",
        ),
        ("mbpp", MBPP_PLUS, MBPP["code"], "def shared(a, b):\n    return list(set(a) & set(b))"),
        ("livecodebench", LCB, SQUARE, CUBE),
        ("livecodebench", LCB_CALL, TOTAL, TOTAL.replace("+", "-")),
        ("apps", APPS, SQUARE, CUBE),
        ("apps", APPS_CALL, "def sq(x):\n    return x * x", "def sq(x):\n    return [x * x]"),
        ("deepcoder", DEEP, SQUARE, CUBE),
        ("deepcoder", DEEP_TACO, SQUARE, CUBE),
        ("deepcoder", DEEP_LCB, TOTAL, TOTAL.replace("+", "-")),
        ("codeforces", FORCES, "n = int(input())\nprint(n)", "print(7)"),
        (
            "codeforces",
            {**FORCES, "generated_checker": None},
            "print({6: 2, 15: 3}[int(input())])",
            "print(int(input()))",
        ),
    ],
)
def test_a_row_of_each_form_judges_right_and_wrong(tmp_path, form, row, right, wrong):
    file = tmp_path / "rows.jsonl"
    file.write_text(json.dumps(row) + "\n")
    task = CodeData(str(file), form)
    problem = task.problem("test", 0)
    good, bad = task.score_many([(problem, block(right)), (problem, block(wrong))])
    assert good.correct is True, good
    assert bad.correct is False, bad
    assert task.gold(problem) == "" or task.score(problem, task.gold(problem)).correct is True


class Evil:
    def __reduce__(self):
        import os

        return os.system, ("touch /tmp/escape-marker-pickle",)


@pytest.mark.parametrize(
    ("form", "row", "said"),
    [
        (
            "livecodebench",
            {**LCB, "private_test_cases": base64.b64encode(zlib.compress(pickle.dumps(Evil()))).decode()},
            "only text",
        ),
        ("livecodebench", {**LCB, "private_test_cases": "%%%"}, "cannot be read"),
        ("humaneval", {**PLUS, "canonical_solution": "    return 0\n"}, "known solution"),
        ("humaneval", {"prompt": "x"}, "entry_point"),
        ("mbpp", {**MBPP, "test_list": []}, "test_list"),
        ("codeforces", {**FORCES, "interaction_format": "ask"}, "interactive"),
        ("codeforces", {**FORCES, "examples": [], "official_tests": []}, "no tests"),
        ("apps", {**APPS, "input_output": "{"}, "not JSON"),
    ],
)
def test_rows_that_cannot_be_used_are_refused_with_a_reason(form, row, said):
    with pytest.raises(DataError, match=said):
        FORMATS[form](row)


def test_unusable_rows_are_listed_or_left_out(tmp_path):
    file = tmp_path / "rows.jsonl"
    file.write_text(json.dumps(APPS) + "\n" + json.dumps({"question": "?"}) + "\n")
    with pytest.raises(DataError, match="row 2"):
        CodeData(str(file), "apps").size("test")
    assert CodeData(str(file), "apps", skip_unusable=True).size("test") == 1
    with pytest.raises(UserError, match="humaneval"):
        CodeData(str(file), "human")
    with pytest.raises(UserError, match="exactly one"):
        CodeData(str(file), "apps", splits="train test")


def test_packed_tests_are_unpacked_only_for_the_problem_that_is_asked_for(tmp_path):
    file = tmp_path / "rows.jsonl"
    rows = [LCB, {**LCB, "question_id": "q2", "question_content": "Other.", "private_test_cases": "%%%"}]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    task = CodeData(str(file), "livecodebench")
    assert task.size("test") == 2
    assert [test.given for test in task.problem("test", 0).reference.suite.tests] == ["2\n", "5\n"]
    assert [exercise.id for exercise in task.exercises("test")[:1]] == ["q1"]
    with pytest.raises(DataError, match="cannot be read"):
        task.problem("test", 1)


def test_livecodebench_as_it_is_downloaded_is_read_from_a_folder(tmp_path):
    """Its files are test.jsonl, test2.jsonl, ...: each release adds one."""
    folder = tmp_path / "code_generation_lite"
    folder.mkdir()
    for name, row in (("test.jsonl", LCB), ("test2.jsonl", {**LCB_CALL, "question_id": "q2"})):
        (folder / name).write_text(json.dumps(row) + "\n")
    task = CodeData("livecodebench/code_generation_lite", "livecodebench", data_dir=str(tmp_path))
    assert [task.problem("test", index).id for index in range(task.size("test"))] == ["q1", "q2"]
    (tmp_path / "rows.jsonl").write_text(json.dumps(APPS) + "\n")
    assert CodeData("rows.jsonl", "apps", data_dir=str(tmp_path)).size("test") == 1
    with pytest.raises(UserError, match="data_dir"):
        CodeData("owner/set", "apps", data_dir=str(tmp_path), revision="main")
