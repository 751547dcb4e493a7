"""The interface: verdicts that fit `info`, references that are checked at load, modes, batches, threads, asyncio."""

import asyncio
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from flowrl_envs.errors import DataError
from flowrl_envs.types import Reason, Verdict
from flowrl_envs.verify import Mode, Options, Stage, check_references, parse_reference, verify, verify_many
from flowrl_envs.verify.samples import SAMPLES

CASES = [
    (r"\boxed{42}", "42", True),
    (r"\boxed{41}", "42", False),
    (r"\boxed{\sqrt{8}}", r"2\sqrt{2}", True),
    (r"\boxed{x^2+2x+1}", "(x+1)^2", True),
    (r"\boxed{x>3}", r"(3,\infty)", True),
    (r"\boxed{\frac{1}{7}}", "0.142857142857", True),
    ("no idea", "42", False),
    (r"\boxed{2, 1}", "1, 2", True),
    (r"\boxed{\sin^2 x+\cos^2 x}", "1", True),
    (r"\boxed{10^{10^{10}}}", "1", False),
]


def test_a_verdict_is_a_verdict_with_plain_details_and_no_clock() -> None:
    verdict = verify(r"\boxed{42}", "42")
    assert isinstance(verdict, Verdict)
    assert (verdict.reward, verdict.correct, verdict.reason, verdict.answer) == (1.0, True, Reason.CORRECT, "42")
    assert dict(verdict.details) == {"stage": "literal", "rule": "last_box", "flags": ""}
    assert verdict.elapsed > 0
    assert verdict == verify(r"\boxed{42}", "42")
    assert pickle.loads(pickle.dumps(verdict)) == verdict
    assert (verdict.stage, verdict.rule, verdict.extracted) == (Stage.LITERAL, "last_box", "42")


@pytest.mark.parametrize("text", ["", "  ", r"\boxed{}", "$$", "\n"])
def test_a_reference_without_an_answer_is_an_error_when_it_is_read(text: str) -> None:
    with pytest.raises(DataError, match="holds no answer"):
        verify("5", text)


def test_loading_a_data_set_lists_the_rows_that_cannot_be_used() -> None:
    check_references(["1", r"\frac12", "Evelyn"])
    with pytest.raises(DataError, match=r"2 references(.|\n)*row 1(.|\n)*row 3"):
        check_references(["1", "", "2", r"\boxed{}"])


def test_a_reference_is_read_out_of_its_box_and_says_what_it_is() -> None:
    assert parse_reference(r"So it is $\boxed{7}$.").literal is not None
    assert parse_reference("Evelyn").is_words
    assert parse_reference("1, 2").is_list


def test_all_right_answers_to_a_problem_are_one_solution() -> None:
    assert {verify(text, "1/2").answer for text in (r"\boxed{0.5}", r"\boxed{\frac24}", "Answer: 1/2")} == {"1/2"}


def test_an_unknown_mode_is_an_error() -> None:
    with pytest.raises(ValueError, match="is not a valid Mode"):
        verify("5", "5", mode="loose")


def test_choices_are_judged_by_the_letter_asserted() -> None:
    for text in (
        "B",
        "(B)",
        "The answer is (B).",
        r"\boxed{\text{B}}",
        "B. Because A is wrong",
        "It can't be A, so I think it's B",
    ):
        assert verify(text, "B", mode=Mode.CHOICE).correct is True, text
    for text in ("A", "A or B", "none", "", "ABC"):
        assert verify(text, "B", mode=Mode.CHOICE).correct is False, text


@pytest.mark.parametrize("answer", ["(B) 12", r"\textbf{(B)}\ 12", r"\text{(B) }12", r"(B)\ 12"])
def test_a_labelled_answer_is_its_letter_or_its_value(answer: str) -> None:
    text = f"\\boxed{{{answer}}}"
    for reference in ("12", "B", r"\textbf{(B)}\ 12"):
        assert verify(text, reference).correct is True, reference
    for reference in ("13", "A", r"\textbf{(C)}\ 12"):
        assert verify(text, reference).correct is False, reference


@pytest.mark.parametrize("answer", ["(B) or (C)", "(B) - 12", "(B) 12 or (C) 13", "(B)(12)", "(B), 12"])
def test_a_letter_among_mathematics_or_a_choice_of_letters_is_no_label(answer: str) -> None:
    assert verify(f"\\boxed{{{answer}}}", "B").correct is False
    assert verify(f"\\boxed{{{answer}}}", "12").correct is False


def test_a_batch_says_what_single_calls_say() -> None:
    pairs = [(response, reference) for response, reference, _ in CASES]
    assert verify_many(pairs) == [verify(*pair) for pair in pairs]
    assert [verdict.correct for verdict in verify_many(pairs)] == [expected for _, _, expected in CASES]


def test_eight_threads_reach_the_same_verdicts() -> None:
    work = CASES * 40
    with ThreadPoolExecutor(8) as threads:
        verdicts = list(threads.map(lambda case: verify(case[0], case[1]).correct, work))
    assert verdicts == [expected for _, _, expected in work]


def test_it_runs_in_asyncio_and_beside_a_running_loop() -> None:
    async def judge() -> list[bool | None]:
        direct = verify(CASES[2][0], CASES[2][1]).correct
        others = await asyncio.gather(*(asyncio.to_thread(lambda c=case: verify(c[0], c[1]).correct) for case in CASES))
        return [direct, *others]

    assert asyncio.run(judge()) == [True, *(expected for _, _, expected in CASES)]


def test_importing_loads_neither_sympy_nor_flint_nor_the_pool() -> None:
    code = (
        "import sys, flowrl_envs.verify as v; v.verify('Answer: 5', '5');"
        "print(sorted({'sympy', 'flint', 'flowrl_envs.verify.pool'} & set(sys.modules)))"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_a_batch_takes_options_for_each_pair() -> None:
    loose, strict = Options(tolerance=0.1), Options()
    pairs = [("4.25", "4.2")] * 2
    assert [v.correct for v in verify_many(pairs, mode=Mode.BARE, options=[loose, strict])] == [True, False]
    with pytest.raises(ValueError, match="shorter"):
        verify_many(pairs, options=[loose])


@pytest.mark.parametrize(("mode", "reference", "response"), SAMPLES)
def test_every_sample_that_warming_up_judges_has_a_verdict(mode: Mode, reference: str, response: str) -> None:
    assert verify(response, reference, mode=mode).correct is not None
