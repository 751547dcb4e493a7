"""An answer that the text takes back is none; what only looks like a retraction takes nothing back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowrl_envs.verify import Mode, denial, verify
from flowrl_envs.verify.denial import is_retracted

TAKEN_BACK = [
    " is the wrong answer.",
    ". Wait, that's wrong. It should be 43.",
    " (this is wrong)",
    " isn't right.",
    "? No.",
    ". No.",
    ". No wait, it's 43.",
    ". Wait, that is wrong; it should be 43.",
    ", which is wrong.",
    ", but that is wrong.",
    "$ is incorrect.",
    " cannot be right.",
    ". That is not correct.",
    ". This isn't the answer.",
    ". Hmm, I made a mistake.",
    ". Actually 43.",
    ". Correction: 43",
    ". It should have been 43.",
    ". Scratch that.",
    " [incorrect]",
    " or 43",
    ". Or maybe 43.",
    ". I take that back.",
    ". Sorry, it is \\frac{1}{2}.",
    " doesn't work. The answer is 13.",
    ". This does not satisfy the equation.",
    " fails.",
    " is much too large.",
    ", I mean 41.",
    ", or rather 41.",
    ".\nEDIT: it's 41.",
    ". Make that 41.",
    "$. Multiplying by 7, the answer is $294$.",
    "\n\n**Final answer:** 41",
    "\n\nThe correct answer is \\(x = -42\\).",
    ". However, the final answer is $\\frac13$.",
    ". The answer is 1,042, not 42.",
]
KEPT = [
    "",
    "$.",
    " is correct",
    " is not wrong.",
    ". Wait for part (b)",
    ". Is it wrong? No.",
    ". Wait, is that right? Yes.",
    ". Wait, let me check: 6*7 = 42. Yes.",
    ". Actually, it's 42.",
    ". I hope it is correct.",
    ". Let me know if anything is wrong.",
    ". Let me know if this is wrong.",
    ". It should be noted that 43 is odd.",
    ". If you get 43, that is wrong.",
    ". Many get 41. This is wrong because 6*7 = 42.",
    ". Is 41 possible? No, that is wrong.",
    ", which is not prime.",
    " or 42.0",
    " or forty-two",
    ". No other value works.",
    ". Note that x=3 is not a solution.",
    ". It is not possible to do better.",
    ". The answer is 42.",
    "\n\nFinal answer: $42$ cm",
    ". So the answer is (B).",
    ". The answer is $x = 42.00$.",
    ". The answer is 6 \\cdot 7.",
    ". The answer is 41 more than 1.",
    ". The answer is 41, 42 or so it seems.",
    ". If x were odd, the answer would be 41.",
    ". For n = 1, the answer is 3.",
    ". Some think the answer is 41.",
    ". Is the answer 41? No.",
    ". The answer to part (a) is 3.",
    "\n\nProblem 2. What is 3 + 4? The answer is 7.",
    " works; 43 fails.",
    ". It does not work for 43.",
    ". Too many people get this wrong.",
    ". I mean, 40 + 2 = 42.",
    ". Make it 3 dots.",
]


@pytest.mark.parametrize("after", TAKEN_BACK)
def test_a_text_that_takes_its_answer_back_has_none(after: str) -> None:
    assert is_retracted(after, "42")
    assert verify("So it is $\\boxed{42}" + after, "42").correct is False
    assert verify("So it is $\\boxed{42}" + after, "43").correct is False


@pytest.mark.parametrize("after", KEPT)
def test_what_only_looks_like_a_retraction_takes_nothing_back(after: str) -> None:
    assert not is_retracted(after, "42")
    assert verify("So it is $\\boxed{42}" + after, "42").correct is True


@pytest.mark.parametrize(
    "text",
    [
        "The answer is 42. No wait, it's 43.",
        "Answer: 42. Wait, that is wrong; it should be 43.",
        "So x = 42. Wait, that's wrong.",
        "$$42$$ Wait, that's wrong.",
        "<answer>42</answer> Wait, that's wrong.",
        "The answer is 42. The answer is wrong.",
        "The answer is 42. The answer is undefined.",
        "I don't think it's \\boxed{42}.",
        "It wasn't \\boxed{42}.",
        "I doubt it's \\boxed{42}.",
        "It couldn't be \\boxed{42}.",
        "It's false that it is \\boxed{42}.",
        "It is false that the answer is \\boxed{42}.",
        "The answer isn't 42.",
        "$x \\neq \\boxed{42}$",
        "$P(A) \\ne$ \\boxed{42}",
        "It is not $P(A) = \\boxed{42}$",
        "not $|x| = \\boxed{42}$",
        "$x \\neq y$ is not \\boxed{42}",
        "I don't think we have \\boxed{42}.",
        "Since it does not follow that we have \\boxed{42}",
        "Since we never get \\boxed{42}",
        "As I doubt we get \\boxed{42}",
        "The sum doesn't even total \\boxed{42}",
        "It cannot be that this leaves \\boxed{42}",
        "It never amounts to \\boxed{42}.",
    ],
)
def test_every_rule_heeds_a_denial(text: str) -> None:
    assert verify(text, "42").correct is False


@pytest.mark.parametrize(
    "text",
    [
        "\\boxed{41}. Wait, that's wrong. So it is \\boxed{42}.",
        "I don't think that's right, so it is \\boxed{42}.",
        "There is no doubt that it's \\boxed{42}.",
        "The number of false statements is \\boxed{42}.",
        "We eliminate $x$ to get \\boxed{42}.",
        "Tom didn't eat \\boxed{42} apples.",
        "Since it is not 41, it's \\boxed{42}.",
        "$P(\\text{neither}) = \\boxed{42}$",
        "$P(A \\text{ but not } B) = \\boxed{42}$",
        "$|A \\text{ and not } B| = \\boxed{42}$",
        "Since $x \\neq y$ we have $x = \\boxed{42}$",
        "Since we cannot have a fraction of a bus we need **42** buses.",
        "As it cannot be negative we have $x=\\boxed{42}$",
        "Because it cannot be odd there are \\boxed{42} ways.",
        "So students who like neither total 42.",
        "The number of ways not to lose comes to \\boxed{42}.",
    ],
)
def test_a_denial_of_something_else_before_the_answer_does_not_count(text: str) -> None:
    assert verify(text, "42").correct is True


@pytest.mark.parametrize(
    ("text", "reference", "expected"),
    [
        *((r"\boxed{\frac12}. The answer is $0.5$.", "1/2", True), (r"\boxed{1/4}. The answer is 25%.", "1/4", True)),
        *((r"\boxed{0.333}. The answer is $\frac13$.", "0.333", True), (r"\boxed{x=5}. Answer: 5", "5", True)),
        *((r"\boxed{3.5}. The answer is 3.6.", "3.5", False), (r"\boxed{25\%}. The answer is 30%.", r"25\%", False)),
        *((r"\boxed{\frac12}. The answer is 3/4.", "1/2", False), (r"\boxed{x=5}. Answer: 6", "5", False)),
    ],
)
def test_another_number_as_the_answer_takes_one_back_and_the_same_in_another_form_does_not(
    text: str, reference: str, expected: bool
) -> None:
    assert verify(text, reference).correct is expected


@pytest.mark.parametrize(
    "text",
    [
        *("The answer is not \\boxed{B}", "\\boxed{B} is wrong", "\\boxed{B", "It's neither A nor B.", "Rule out B."),
        *("I don't think it's B.", "B is incorrect.", "The answer isn't B.", "B? No.", "B. No wait, it's A."),
        *("eliminate B", "None of B", "B or not B"),
    ],
)
def test_a_choice_that_is_denied_is_not_made(text: str) -> None:
    assert verify(text, "B", mode=Mode.CHOICE).correct is False


@pytest.mark.parametrize(
    "text",
    [
        *("(b)", "b", "\\boxed{b}", "B is correct.", "It's not A, so it's B.", "A is incorrect. B is correct."),
        *("The answer is B, not A.", "The answer is for sure B, it can't be A or C"),
        "We can eliminate A and C, so B",
    ],
)
def test_a_choice_that_stands_is_made(text: str) -> None:
    assert verify(text, "B", mode=Mode.CHOICE).correct is True
    assert verify(text, "A", mode=Mode.CHOICE).correct is False


@given(
    st.lists(
        st.sampled_from(
            [
                *(" ", ". ", ", ", "? ", "that", "this", "it", "the answer", " is", " isn't", "'s", " not", " wrong"),
                *(" right", "wait", "no", "actually", "sorry", "i made a mistake", "should be", "43", "or", "maybe"),
                *("scratch that", "never mind", "can't", " be", "B", "which", "but", "i take it back", "my bad"),
                *(" fails", " is too large", "doesn't", " work", "i mean", "make that", "edit", "or rather"),
            ]
        ),
        max_size=8,
    ).map("".join)
)
def test_every_text_that_takes_an_answer_back_has_a_mark_of_it(text: str) -> None:
    matches = list(denial._STATEMENT.finditer(text))
    found = (
        denial._AT_ONCE.match(text)
        or denial._OFFER.match(text)
        or any(denial._takes_back(m, "42", True) for m in matches)
    )
    assert not found or any(mark in text.lower() for mark in denial._MARKS)
