"""A choice is the one letter that a text settles on: an offer of several is none, wherever the letters stand."""

import pytest

from flowrl_envs.verify import Mode, verify
from flowrl_envs.verify.choices import SEVERAL, choice_letter

OFFERS = [
    *("The answer is A or B.", "The answer is A, B, or C.", "The answer is A/B", "The answer is A|B|C|D"),
    *("A. B. C. D.", "A. or B.", "A) B) C) D)", "(A) (B)", "A\nB\nC\nD", "A\n\nor\n\nB", "A? B? C? D?"),
    *("\\boxed{A.B.C.D.}", "\\boxed{\\text{A. 12 or B. 13}}", "\\boxed{A, B}"),
    *("The answer is A. Or B.", "The answer is A or maybe B.", "The answer is A, possibly B.", "A (or B)"),
    *("Both A and B are correct.", "A is correct. B is correct.", "The answer is A. B is also correct."),
    *("A. 12\nB. 13\nC. 14", "A: 12, B: 13", "(A) 12 (B) 13 (C) 14", "Answer: A. 12 or B. 13"),
    *("I choose A/B because both fit.", "So A or B.", "It could be A or it could be B.", "The answer is a or b."),
    *("The answer is (a) or (b).", "(a) 12 (b) 13", "The answer is A, but B could also be right."),
]
SETTLED = [
    *("(A) is false. (B) is true. Therefore (B).", "A is false, C is false, B is true.", "Only B works."),
    *("I believe B is correct since A and C contradict the premise.", "B is right, and A is too large."),
    *("B is the correct answer. A and C are too small.", "The correct answer is option (b) 12.", "(b) 12"),
    *("The answer is B. A and C are too small.", "B, because A is too small.", "The answer is not A but B."),
    *("So the answer is B; C is too large.", "Option A gives 12, option B gives 13. So B.", "option b, since x = 2"),
    *("Let A be the area. Then A = 12, so the answer is B.", "The answer is B.\n\nA) 12 is too small\nB) 13 fits"),
    *("The answer is B since A or C would give a contradiction.", "I pick B over A.", "The correct choice is b."),
    *("Statement A is true. So the answer is B.", "B\n\nExplanation: A and C are too small.", "B) 12 or 13"),
    *("A) 12: no\nB) 13: yes\nC) 14: no\nHence B.", "The answer is (b) because (a) is too small.", "(B) A and C"),
    *("Among A, B and C, the largest is B.", "B. Both A and C are true.", "\\boxed{13}\nThe answer is B."),
    "The answer is B (A and C are both true)",
]


@pytest.mark.parametrize("text", OFFERS)
def test_an_offer_of_several_letters_is_no_answer(text: str) -> None:
    assert [verify(text, letter, mode=Mode.CHOICE).correct for letter in "ABCD"] == [False] * 4


@pytest.mark.parametrize("text", SETTLED)
def test_a_text_that_settles_on_a_letter_answers_it_alone(text: str) -> None:
    assert [verify(text, letter, mode=Mode.CHOICE).correct for letter in "ABCD"] == [False, True, False, False]


@pytest.mark.parametrize(
    "text", ["(A) is false.", "Option A is false.", "<think>The answer is A.</think> I am not sure.", "All of A, B, C."]
)
def test_a_letter_that_is_denied_or_thought_of_is_no_answer(text: str) -> None:
    assert verify(text, "A", mode=Mode.CHOICE).correct is False


def test_no_letter_is_told_from_several() -> None:
    assert (choice_letter("none"), choice_letter("A or B"), choice_letter("So B.")) == ("", SEVERAL, "B")


@pytest.mark.parametrize(
    ("text", "letter"),
    [
        ("(E) I, II, and III", "E"),
        ("I, II and III hold. So (E).", "E"),
        ("The answer is (E) I and II only.", "E"),
        ("The answer is I.", "I"),
        ("H or I? The answer is I.", "I"),
    ],
)
def test_roman_numerals_are_no_letters(text: str, letter: str) -> None:
    assert verify(text, letter, mode=Mode.CHOICE).correct is True
