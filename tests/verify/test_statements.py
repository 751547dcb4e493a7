"""Verdicts on names, equations, lists of assignments and sets of reals: the right answer, and a near miss beside it."""

import pytest

from flowrl_envs.verify import Mode, verify

ACCEPTED = {
    "an approximation of a name": [("3.14", r"x \approx 3.14"), (r"x \approx 3.14", "3.14"),
                                   (r"\pi", r"x \approx 3.14159265"), ("3.14", r"\approx 3.14"),
                                   ("3", r"f(x) \approx 3"), ("x = 2.5", r"x \approx 2.5"),
                                   ("1/3", r"x = \frac13 \approx 0.333"), (r"\sqrt{2}", r"AB = \sqrt{2} \approx 1.41"),
                                   ("x = 1.5, y = 2.5", r"y \approx 2.5, x \approx 1.5")],
}  # fmt: skip
REFUSED = {
    "an approximation of a name": [("3.15", r"x \approx 3.14"), (r"\pi", r"x \approx 3.14"), ("x", r"x \approx 3.14"),
                                   ("y = 2.5", r"x \approx 2.5"), ("0.333", r"\frac13 \approx 0.333")],
}  # fmt: skip


@pytest.mark.parametrize(("reference", "answer"), [pair for pairs in ACCEPTED.values() for pair in pairs])
def test_one_statement_in_two_ways_is_accepted(reference: str, answer: str) -> None:
    assert verify(answer, reference, mode=Mode.BARE).correct is True


@pytest.mark.parametrize(("reference", "answer"), [pair for pairs in REFUSED.values() for pair in pairs])
def test_another_statement_is_refused(reference: str, answer: str) -> None:
    assert verify(answer, reference, mode=Mode.BARE).correct is False
