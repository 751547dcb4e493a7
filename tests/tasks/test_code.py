"""Programming tasks: every built-in problem is solvable and its slip fails; nothing hidden is shown; repair works."""

import json

import gymnasium
import pytest

import flowrl_envs  # noqa: F401  (registers the ids)
from flowrl_envs.errors import UserError
from flowrl_envs.sandbox import Outcome, Suite, grade_many
from flowrl_envs.sandbox.shared import shared_sandbox
from flowrl_envs.tasks.code import Code, CodeRepair, MathPython
from flowrl_envs.tasks.code.bank import ITEMS
from flowrl_envs.tasks.code.bank import tests_of as suite_tests
from flowrl_envs.tasks.code.blocks import closed_blocks, last_block
from flowrl_envs.types import Message, Reason


def block(code: str) -> str:
    return f"Here it is.\n```python\n{code}\n```\n"


def suite_of(item) -> Suite:
    return Suite(suite_tests(item), item.mode, item.name if item.mode == "function" else "", item.compare)


@pytest.fixture(scope="module")
def grades():
    """Name -> (grade of the right solution, grade of the wrong one)."""
    sandbox = shared_sandbox()
    jobs = [(code, suite_of(item)) for item in ITEMS for code in (item.solution, item.mistake)]
    found = grade_many(sandbox, jobs)
    return {item.name: (found[2 * i], found[2 * i + 1]) for i, item in enumerate(ITEMS)}


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.name)
def test_the_right_solution_passes_and_the_slip_fails(grades, item):
    right, slip = grades[item.name]
    assert item.mistake != item.solution
    assert right.outcome is Outcome.PASS, right
    assert slip.outcome is Outcome.FAIL
    assert len(suite_tests(item)) >= 8


def test_there_are_sixty_problems_of_four_levels_and_both_modes():
    assert len({item.name for item in ITEMS}) == len(ITEMS) >= 60
    assert {item.level for item in ITEMS} == {1, 2, 3, 4}
    assert sum(item.mode == "stdin" for item in ITEMS) >= 12


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.name)
def test_no_prompt_shows_a_hidden_test_or_the_solution(item):
    task = Code()
    problem = next(
        p
        for split in task.splits
        for p in (task.problem(split, i) for i in range(task.size(split)))
        if p.id == item.name
    )
    tests = suite_tests(item)
    shown = {repr(test.given) for test in tests[:2]}
    for test in tests[2:]:
        text = test.given if item.mode == "stdin" else repr(test.given)[1:-1].rstrip(",")
        assert repr(test.given) in shown or len(text) < 6 or f"({text})" not in problem.prompt
        assert item.mode == "function" or len(text) < 6 or f"input:\n{text}\n" not in problem.prompt
    assert item.right.strip() not in problem.prompt


@pytest.mark.parametrize(
    ("response", "code"),
    [
        ("```python\na\n```", "a"),
        ("```\na\n```\ntext\n```py\nb\nc\n```", "b\nc"),
        ("```python\na\n```\n```python\nunclosed", "a"),
        ("````\n```\ninner\n```\n````", "```\ninner\n```"),
        ("~~~python\na\n~~~", "a"),
        ("  ```python\n  a\n  ```", "  a"),
        ("```python\na\n``", None),
        ("```python\n\n```", None),
        ("a ```inline``` b", None),
        ("```python a```", None),
        ("", None),
    ],
)
def test_the_last_closed_block_is_the_program(response, code):
    assert last_block(response) == code


def test_a_million_fences_are_read_at_once():
    assert len(closed_blocks("```\n" * 200_000)) == 100_000
    assert last_block("`" * 2_000_000) is None


def test_verdicts_say_why_and_which():
    task = Code(mode="function")
    problem = task.problem("train", 0)
    name = problem.reference.suite.entry
    cases = {
        "no code here": (Reason.NO_ANSWER, None),
        block("def x(:"): (Reason.MALFORMED, "SyntaxError"),
        block(f"def {name}(*a):\n    return object()"): (Reason.WRONG, "ended with an error"),
        block(f"def {name}(*a):\n    return None"): (Reason.WRONG, "wrong answer"),
        block("x = 1"): (Reason.WRONG, "NameError"),
        block("import os\nos._exit(0)"): (Reason.WRONG, "not one answer for each input"),
    }
    for (response, (reason, cause)), verdict in zip(
        cases.items(), task.score_many([(problem, text) for text in cases]), strict=True
    ):
        assert verdict.reward == 0, response
        assert verdict.reason is reason, (response, verdict)
        assert verdict.details.get("cause") == cause, (response, verdict)
    assert task.score(problem, task.gold(problem)).reward == 1


def test_a_program_cannot_carry_a_hidden_input_into_the_verdict():
    task = Code(mode="function")
    problem = task.problem("train", 1)
    name = problem.reference.suite.entry
    last = problem.reference.suite.tests[-1].given
    spy = f"def {name}(*a):\n    raise type('X' + repr(a), (Exception,), {{}})('leak ' + repr(a))"
    verdict = task.score(problem, block(spy))
    assert "leak" not in str(verdict.details)
    assert repr(last)[1:-1] not in str(verdict.details)
    assert verdict.details["cause"] == "ended with an error"


def test_a_fraction_is_paid_where_it_is_asked_for():
    task = Code(reward="fraction", mode="function")
    problem = task.problem("train", 0)
    exercise = problem.reference
    first = exercise.suite.tests[0]
    code = (
        f"def {exercise.suite.entry}(*a):\n    if a == {first.given!r}:\n        return {first.expected!r}\n"
        "    return object()"
    )
    verdict = task.score(problem, block(code))
    assert (verdict.reason, verdict.correct) == (Reason.PARTIAL, False)
    assert verdict.reward == pytest.approx(1 / len(exercise.suite.tests))
    assert Code(mode="function").score(problem, block(code)).reward == 0


def test_repair_tells_all_of_an_example_and_nothing_of_a_hidden_test():
    env = gymnasium.make("FlowRL/CodeRepair-v0", mode="function")
    env.reset(options={"split": "train", "index": 0})
    task = env.unwrapped.task
    problem = task.problem("train", 0)
    suite = problem.reference.suite
    table = {repr(test.given): test.expected for test in suite.tests[:2]}
    cheat = f"def {suite.entry}(*a):\n    return {table!r}.get(repr(a), 'nothing')"
    text, reward, terminated, truncated, info = env.step(block(f"def {suite.entry}(*a):\n    return 'x'"))
    assert "Example 1 fails" in text
    assert repr(suite.tests[0].expected) in text
    assert (reward, terminated, truncated, info["reason"]) == (0, False, False, "pending")
    text, *_ = env.step(block(cheat))
    assert text.startswith("The examples pass. Hidden test 3 of")
    assert repr(suite.tests[2].given)[1:-1] not in text
    assert "nothing" not in text
    text, reward, terminated, truncated, info = env.step(task.gold(problem))
    assert (text, reward, terminated, truncated, info["correct"]) == ("", 1, True, False, True)


def test_repair_ends_at_the_last_turn_and_pays_progress():
    task = CodeRepair(turns=2, progress=0.5, mode="function")
    problem = task.problem("train", 0)
    suite = problem.reference.suite
    good = task.gold(problem)
    half = block(f"def {suite.entry}(*a):\n    return {suite.tests[0].expected!r}")
    start = (Message("user", problem.prompt),)
    one = (*start, Message("assistant", half))
    assert task.reply(problem, one) is not None
    passed = task.score(problem, half).details["passed"]
    assert task.turn_reward(problem, one) == pytest.approx(0.5 * passed)
    two = (*one, Message("user", "..."), Message("assistant", half))
    assert task.reply(problem, two) is None
    assert task.turn_reward(problem, two) == 0
    assert task.reply(problem, (*start, Message("assistant", good))) is None
    assert "no closed fenced" in task.reply(problem, (*start, Message("assistant", "hm")))


def test_a_tool_runs_blocks_and_the_answer_comes_without_one():
    task = MathPython(turns=3)
    problem = task.problem("train", 0)
    start = (Message("user", problem.prompt),)
    assert task.reply(problem, (*start, Message("assistant", block("print(6 * 7)")))) == "Output:\n42"
    error = task.reply(problem, (*start, Message("assistant", block("1 / 0"))))
    assert "ZeroDivisionError: division by zero (line 1)" in error
    flood = task.reply(problem, (*start, Message("assistant", block("print('x' * 100000)"))))
    assert len(flood) < 5000
    assert task.reply(problem, (*start, Message("assistant", "\\boxed{3}"))) is None
    assert task.score(problem, f"So it is \\boxed{{{problem.reference}}}.").correct is True
    assert (
        task.score(problem, block(f"print({problem.reference})") + f"\\boxed{{{problem.reference}}}").correct is False
    )
    assert task.score(problem, "\\boxed{about 7}").reason is Reason.MALFORMED


@pytest.mark.parametrize("level", [1, 2, 3])
def test_tool_questions_have_the_answers_that_brute_force_gives(level):
    """The sum and the remainder are recomputed from the words of the question."""
    import re

    task = MathPython(level=level)
    seen = set()
    for index in range(60):
        problem = task.problem("train", index)
        numbers = [int(n) for n in re.findall(r"\d+", problem.id)]
        if "remainder" in problem.id:
            value = 1
            for _ in range(numbers[1]):
                value = value * numbers[0] % numbers[2]
        elif "exactly one" in problem.id:
            _, top, a, b = numbers
            value = sum(n for n in range(1, top + 1) if [n % a, n % b].count(0) == 1)
        elif "prime" in problem.id:
            low, high = numbers
            sieve = [True] * (high + 1)
            for p in range(2, high + 1):
                if sieve[p]:
                    sieve[p * p :: p] = [False] * len(sieve[p * p :: p])
            value = sum(sieve[max(low, 2) :])
        else:
            continue
        seen.add(next(word for word in ("remainder", "exactly", "prime") if word in problem.id))
        assert value == problem.reference, problem.id
    assert len(seen) == 3


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Code(level=7), "1 to 4"),
        (lambda: Code(mode="shell"), "'function'"),
        (lambda: Code(reward="half"), "fraction"),
        (lambda: Code(backend="none"), "docker"),
        (lambda: CodeRepair(turns=0), "1 to 20"),
        (lambda: CodeRepair(progress=2), "0 to 1"),
        (lambda: MathPython(level=9), "1 to 3"),
    ],
)
def test_wrong_options_are_explained(make, said):
    with pytest.raises(UserError, match=said):
        make()


def test_details_are_plain_json():
    env = gymnasium.make("FlowRL/Code-v0")
    env.reset(seed=0)
    *_, info = env.step(block("x = 1"))
    assert set(json.loads(info["details"])) == {"cause", "passed", "failed_test"}
