"""Arithmetic: values against Python's own evaluation, what counts as stating an answer, and what does not."""

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowrl_envs.errors import UnknownOptionError
from flowrl_envs.tasks.arithmetic import LEVELS, Arithmetic
from flowrl_envs.types import Problem, Reason

SUM = Problem("p", "What is 1200 + 34?", 1234)


@pytest.mark.parametrize("level", range(len(LEVELS)))
def test_reference_is_the_value_of_the_prompt_and_never_a_popular_guess(level: int) -> None:
    plain, short = Arithmetic(level), Arithmetic(level, style="short")
    for split in ("train", "test"):
        for index in range(min(plain.size(split) or 3000, 3000)):
            problem = plain.problem(split, index)
            text = problem.prompt.removeprefix("What is ").removesuffix("?")
            assert eval(text) == problem.reference
            assert problem.reference not in (-1, 0, 1)
            assert short.problem(split, index).prompt == text.replace(" ", "") + "="
            assert plain.score(problem, plain.gold(problem)).reward == 1.0


@pytest.mark.parametrize("level", range(len(LEVELS)))
def test_every_shape_comes_up_and_no_corner_of_it_is_a_popular_guess(level: int) -> None:
    task = Arithmetic(level)
    seen = {"".join(c for c in task.problem("train", i).prompt if not c.isdigit()) for i in range(300 if level else 60)}
    assert seen == {f"What is {shape.text.replace('{}', '')}?" for shape in LEVELS[level]}
    for shape in LEVELS[level]:  # values are linear in each operand, so the extremes are at corners
        corners = [shape.value(*c) for c in itertools.product(*((r[0], r[-1]) for r in shape.ranges))]
        assert min(corners) > 1 or max(corners) < -1


@pytest.mark.parametrize(
    "response",
    ["1234", " 1234\n", "1,234", "1{,}234", "+1234", "1234.", "1234.0", "$1234$", r"\(1234\)", "**1234**", "`1234`",
     "1200 + 34 = 1234", "1200 + 34 is 1234.", "So it's 1234.", "The total equals **1234**.", "Answer: 1234",
     "The answer is 1234.", "the final answer is: $1234$", "**Answer:** 1234", "Answer:\n1234", r"\boxed{1234}",
     r"First \boxed{7}, no: $\boxed{1,234}$.", "<think>maybe 1235</think>1234", "Add them.\n\n1200 + 34 = 1234\n",
     "Answer: 9\nCheck again.\nAnswer: 1234", "working\n#### 1234", "Answer: 1200 + 34 = 1234"],
)  # fmt: skip
def test_a_plainly_stated_number_is_right(response: str) -> None:
    verdict = Arithmetic().score(SUM, response)
    assert (verdict.reward, verdict.reason, verdict.answer) == (1.0, Reason.CORRECT, "1234")


@pytest.mark.parametrize(
    ("response", "reason"),
    [("", Reason.NO_ANSWER), ("  \n", Reason.NO_ANSWER), ("<think>1234", Reason.NO_ANSWER),
     (r"\boxed{}", Reason.NO_ANSWER), (r"\boxed{1234", Reason.NO_ANSWER), (r"\boxed{" + "{" * 10**6, Reason.NO_ANSWER),
     ("answer:" * 10**5, Reason.NO_ANSWER), (r"\boxed{1233} 1234", Reason.WRONG), ("Answer: 1235\n1234", Reason.WRONG),
     ("-1234", Reason.WRONG), ("9" * 39, Reason.WRONG), ("9" * 5000, Reason.MALFORMED),
     *((junk, Reason.MALFORMED) for junk in (
        "banana", "nan", SUM.prompt, "not 1234", "1233 or 1234", "1233, 1234", " ".join(map(str, range(1235))), "12 34",
        "1234?", "1234!", "1234.5", "1.234e3", "١٢٣٤", "0x4d2", "1200 + 34", "1,2,3,4", "The answer is not 1234",
        "1234" + " " * 10**6 + "x", "\ud800", "{" * 10**6))],
)  # fmt: skip
def test_anything_else_is_worth_nothing_and_says_why(response: str, reason: Reason) -> None:
    verdict = Arithmetic().score(SUM, response)
    assert (verdict.reward, verdict.reason) == (0.0, reason)


@given(st.text() | st.text(alphabet="0123456789+-=., \n*$\\boxed{}answer:is/<>think"))
def test_scoring_never_raises_and_pays_only_a_response_that_holds_the_number(response: str) -> None:
    verdict = Arithmetic().score(SUM, response)
    assert verdict.reward == 0.0 or "234" in response


@given(st.integers(-(10**30), 10**30), st.sampled_from(["{}", "{:,}", "x = {}", "Answer: {}", r"\boxed{{{:,}}}"]))
def test_any_integer_is_read_exactly(value: int, form: str) -> None:
    task, text = Arithmetic(), form.format(value)
    assert task.score(Problem("p", "?", value), text).correct
    assert not task.score(Problem("p", "?", value + 1), text).correct


@pytest.mark.parametrize("level", range(len(LEVELS)))
def test_splits_share_no_prompt_and_small_levels_never_repeat(level: int) -> None:
    task = Arithmetic(level)
    prompts = {s: [task.problem(s, i).prompt for i in range(min(task.size(s) or 2000, 2000))] for s in task.splits}
    assert not set(prompts["train"]) & set(prompts["test"])
    if task.size("train") is not None:
        assert all(len(set(items)) == len(items) for items in prompts.values())
    else:
        far = random.Random(0).randrange(2**80)
        assert task.problem("train", far) == task.problem("train", far)


def test_level_zero_is_exactly_the_81_one_digit_sums() -> None:
    task = Arithmetic(0)
    prompts = {task.problem(s, i).prompt for s in task.splits for i in range(task.size(s) or 0)}
    assert prompts == {f"What is {a} + {b}?" for a in range(1, 10) for b in range(1, 10)}
    with pytest.raises(IndexError, match="below"):
        task.problem("test", 10**6)


@pytest.mark.parametrize("options", [{"level": 9}, {"level": -1}, {"level": True}, {"style": "loud"}])
def test_an_unknown_option_is_named(options: dict[str, object]) -> None:
    with pytest.raises(UnknownOptionError, match="allowed are"):
        Arithmetic(**options)  # type: ignore[arg-type]
