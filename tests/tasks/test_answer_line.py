"""The published grader: what it reads, what it calls equal, and where the verifier knows better."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowrl_envs.errors import UnknownOptionError
from flowrl_envs.tasks.math import Math
from flowrl_envs.tasks.math.answer_line import grade, uniform
from flowrl_envs.types import Reason


@pytest.mark.parametrize(
    ("response", "reference"),
    [
        ("So it is 34.\nAnswer: 34", "34"),
        ("answer : $34$", "34"),
        (r"Answer: \boxed{34}.", "34"),
        (r"Answer: $\boxed{\frac{1}{2}}$", r"\frac{1}{2}"),
        (r"Answer: \dfrac{1}{2}", r"\frac{1}{2}"),
        ("Answer: x = 34", "34"),
        ("Answer: 1,234", "1234"),
        ("Answer: 3\nno, Answer: 34", "34"),
        ("x" * 10_000 + "\nAnswer: 34", "34"),
    ],
)
def test_what_follows_the_last_answer_is_compared_as_a_string(response, reference):
    assert grade(response, reference).reason is Reason.CORRECT


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        ("34", Reason.NO_ANSWER),
        (r"\boxed{34}", Reason.NO_ANSWER),
        ("Answer:\n34", Reason.NO_ANSWER),
        ("Answer: $$", Reason.NO_ANSWER),
        ("", Reason.NO_ANSWER),
        ("Answer: 34\n" + "x" * 400, Reason.NO_ANSWER),
        ("Answer: 34 or 35", Reason.WRONG),
        ("Answer: 34.0", Reason.WRONG),
        ("Answer: 34\nAnswer: 35", Reason.WRONG),
    ],
)
def test_anything_else_earns_nothing(response, reason):
    verdict = grade(response, "34")
    assert (verdict.reason, verdict.reward) == (reason, 0.0)


@given(st.text(), st.text())
def test_grading_never_raises_and_writing_uniformly_settles(response, reference):
    grade(response, reference)
    grade("Answer:" + response, reference)


def test_hostile_braces_take_no_time():
    text = "Answer: " + r"\boxed{" * 40 + "1" + "}" * 40
    assert grade(text, "1").reward in (0.0, 1.0)
    assert uniform(r"\text{" * 2000) is not None


def test_the_task_grades_by_line_where_it_is_asked_to(tmp_path):
    path = tmp_path / "set.jsonl"
    path.write_text(
        "".join(json.dumps({"problem": f"What is {i} / 2?", "answer": rf"\frac{{{i}}}{{2}}"}) + "\n" for i in (3, 5))
    )
    ours, theirs = (Math(dataset=str(path), test_share=1.0, grader=g) for g in ("verifier", "answer line"))
    problem = theirs.problem("test", 0)
    value = problem.reference[6]
    half = f"Answer: {int(value) / 2}"
    assert ours.score(problem, half).correct
    assert not theirs.score(problem, half).correct
    assert theirs.score(problem, theirs.gold(problem)).correct
    assert [v.reward for v in theirs.score_many([(problem, theirs.gold(problem)), (problem, half)])] == [1.0, 0.0]
    with pytest.raises(UnknownOptionError, match="allowed are"):
        Math(grader="both")
