"""The value that a sentence gives is whole: no fragment of an expression, and with the words that change it."""

import pytest

from flowrl_envs.verify import verify
from flowrl_envs.verify.sentence import value_of

GIVEN = [
    ("The answer is 3 × 10^8 meters per second.", r"3\times 10^8", "8"),
    ("The answer is 2^10 ways.", "1024", "10"),
    (r"The answer is \sqrt{5} meters.", r"\sqrt{5}", "5"),
    (r"The answer is 2\pi meters.", r"2\pi", "2"),
    ("The answer is 5x dollars.", "5x", "5"),
    ("The answer is 2 1/2 cups.", "5/2", "1/2"),
    ("The answer is 12 - 5 dollars.", "7", "5"),
    ("The answer is $5 million.", "5000000", "5"),
    ("The answer is $5$ million.", "5000000", "5"),
    ("There are 5! ways.", "120", "5"),
    ("Hence f(3) = 4 apples.", "4", "3"),
    ("So the line is x^2 + y^2 = 25 here.", "x^2+y^2=25", "25"),
    ("In 2020, 15 people came.", "15", "2020"),
    ("The total is **3** + **4** = **7** apples.", "7", "4"),
    ("She has 48/2 = <<48/2=24>>24 clips.", "24", "2"),
    ("So 18 apples + 5 apples = 23 apples.", "23", "18"),
    ("So 2x = 6, x = 3.", "3", "6"),
    ("Thus 3 x 4 = 12 tiles", "12", "4"),
    ("The minimum value is -3, attained at x = 2.", "-3", "2"),
    ("The 3-digit numbers are 12 in all.", "12", "3"),
    ("The answer is negative 5.", "-5", "5"),
    ("The answer is minus $5$.", "-5", "5"),
    ("The answer is 5 percent of all.", r"5\%", "5000"),
    ("The answer is 7:30 PM.", "7:30 PM", "7:30 AM"),
    ("The answer is (2, 5) on the plane.", "(2,5)", "5"),
    ("The lines meet at (3, 4).", "(3,4)", "4"),
    ("So x = 3 or x = 4.", "3,4", "4"),
    ("The solutions are x = 3 and x = 4.", "3,4", "4"),
    ("The area is $5$ cm$^2$.", "5", "2"),
    ("The volume is 25 cubic meters (m^3)", "25", "3"),
    ("The answer is 42 (6 times 7).", "42", "7"),
    ("The remainder is 5 when divided by 7.", "5", "7"),
    ("There are 3 ways when x = 1 and 5 when x = 2, so 8 in all", "8", "3"),
    ("The answer is 5, not 6.", "5", "6"),
    ("So it is $5$, not $6$.", "5", "6"),
    ("So it is **5** (not 6).", "5", "6"),
    ("There are 5 rather than 6.", "5", "6"),
    ("The answer is not 5 but 6.", "6", "5"),
    ("7 is the answer.", "7", "8"),
    ("So the sum is 3 + 4 = 7 (mod 10).", "7", "10"),
    ("The solutions are x = 1, 2, 3.", "1, 2, 3", "3"),
]


@pytest.mark.parametrize(("text", "value", "fragment"), GIVEN)
def test_a_sentence_gives_its_whole_value_and_no_part_of_it(text: str, value: str, fragment: str) -> None:
    assert verify(text, value).correct is True
    assert verify(text, fragment).correct is False


@pytest.mark.parametrize(
    "text",
    [
        "The answer is greater than 5.",
        "The answer is at least $5$.",
        "That makes twice 5 apples",
        "The answer is half of 5.",
        "The answer is the square root of 5.",
        "The answer is 3 times 5 apples.",
        "The answer is 12 minus 5 dollars.",
        "The answer is 5 squared.",
        "The answer is x plus 5 dollars.",
        "The answer is x squared minus 5 dollars.",
        "The answer is 4 to 5 dollars.",
        "The answer is pi over 5 meters.",
        "The answer is 10 to the 5 ways.",
        "The answer is 5, or not.",
        "The answer is $5$ factorial.",
        "The answer is 5 hundredths.",
        "The answer is 3 + 5x dollars.",
        "The answer is 3 apples + 5 dollars.",
        "The answer is < 5 dollars.",
        "The answer is 4, or maybe 5",
        "The answer is 5, or maybe 4",
        "The answer is $5$, possibly $4$",
        "The answer is 4, 5 in some order.",
        "We see 4 or 5 people.",
        "It is 4 or maybe even 5",
        "We see 4 apples or 5 apples.",
        "It is between 4 and 5",
        "There are 5 or more.",
        "The answer is 5 (or 4).",
        "It is 5 (x+1) dollars",
    ],
)
def test_a_value_that_words_change_or_that_is_one_of_several_is_not_given(text: str) -> None:
    assert verify(text, "5").correct is False


@pytest.mark.parametrize(
    "text",
    [
        "The price is 5 dollars.",
        "It takes 5 hours.",
        "He has 10 apples, and 5 pears besides.",
        "He did it 5 times a week.",
        "There are about 5 of them.",
        "The plus side: 5 apples",
    ],
)
def test_words_that_leave_a_value_as_it_is_do_not_matter(text: str) -> None:
    assert verify(text, "5").correct is True


def test_a_sentence_without_a_number_gives_none() -> None:
    assert value_of("There is none", 0) is None
