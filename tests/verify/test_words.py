"""Words, letters and brackets around an answer: rows as in test_texts.py."""

import pytest

from flowrl_envs.verify import verify

LETTERS = [
    ("The final answer is:\n\n$$4ab$$", "4", False),
    ("The final answer is:\n\n$$4ab$$", "4ab", True),
    ("<answer>2xyz</answer>", "2", False),
    ("The answer is:\n$$\\frac{1}{2}mv^2$$", "\\frac12", False),
    ("The answer is:\n$$2^{ab}$$", "2", False),
    ("The answer is:\n$$kT \\ln 2$$", "\\ln 2", False),
    ("Answer: kT \\ln 2", "\\ln 2", False),
    ("Answer: mn - 1", "1", False),
    ("Answer: mn - 1", "mn-1", True),
    ("Answer: x = 2ab", "x=2", False),
    ("4ab", "4", False),
    ("So the area is 4ab.", "4", False),
    ("So the area is 4ab.", "4ab", True),
    ("The answer is **4ab**.", "4", False),
    ("The answer is **4ab**.", "4ab", True),
    ("So the total is 4.5ab.", "4.5", False),
    ("So the area is 1/2bh.", "1/2", False),
    ("So we get \\frac{1}{2}mv^2.", "\\frac12", False),
    ("So the area is 2πrh.", "2\\pi", False),
    ("The perimeter is 2(lw)", "2", False),
    ("3qr + 6q - 15r -30", "3qr + 6q - 15r -30", True),
    ("<answer>2RC+R+C</answer>", "2RC+R+C", True),
    ("Answer: ax^2+bx+c", "ax^2+bx+c", True),
    ("Answer: a^2bc", "a^2bc", True),
    ("The answer is \\[ax+by=c\\]", "ax+by=c", True),
    ("The final answer is:\n\n$$\\frac{GMm}{r^2}$$", "\\frac{GMm}{r^2}", True),
    ("The final answer is:\n\n$$864 \\mbox{ inches}^2$$", "864 \\mbox{ inches}^2", True),
    ("42 apples", "42", True),
    ("The answer is 42apples.", "42", True),
    ("The answer is 42dollars", "42", True),
    ("12cm", "12", True),
    ("3pm", "3 pm", True),
    ("The answer is the 4th.", "4", True),
    ("He needs 20min.", "20", True),
    ("Answer: 160GB", "160", True),
    ("It weighs 5oz.", "5", True),
    ("The area is 12ft^2.", "12", True),
    ("Ans - 42", "42", True),
    ("So F = ma = 2 * 5 = 10 N", "10", True),
    ("So ab = 12.", "12", True),
]
"""Letters side by side are a product beside a number or a sign, unless they are a unit or a word."""


DENIALS = [
    ("The answer is neither.", "neither", True),
    ("The final answer is:\n\n$$\\text{neither}$$", "\\text{neither}", True),
    ("<answer>neither</answer>", "neither", True),
    ("The function is\n\n**neither**", "neither", True),
    ("Answer: not possible", "not possible", True),
    ("The answer is never.", "never", True),
    ("Answer: cannot be determined", "cannot be determined", True),
    ("The answer is not 42.", "42", False),
    ("<answer>not 42</answer>", "42", False),
    ("The answer is never 42.", "42", False),
    ("The answer is not Alice.", "Alice", False),
    ("The answer is neither even nor odd.", "odd", False),
    ("It cannot be Alice.", "Alice", False),
    ("Answer: not \\pi", "\\pi", False),
    ("The answer is not neither.", "neither", False),
]
"""Words that deny are an answer, whole; what they deny is none."""


BRACKETS = [
    ("So the answer is 42 (6*7).", "42", True),
    ("So the answer is 42 (6*7).", "1764", False),
    ("**Answer:** 90 (9 × 10)", "90", True),
    ("The answer is **12** (5 + 7).", "12", True),
    ("The answer is $12$ (5+7).", "144", False),
    ("The answer is $12$ (5+7).", "12", True),
    ("The answer is 12 (= 5 + 7).", "12", True),
    ("42 (6 \\times 7 = 42)", "42", True),
    ("The answer is 42 apples (6*7).", "42", True),
    ("The answer is 17/6 (2 5/6).", "17/6", True),
    ("So the answer is 42 - 6 rows of 7 seats.", "36", False),
    ("The answer is 2 (3+4).", "2", False),
    ("The answer is 2 (3+4).", "14", True),
    ("The answer is 42 (43).", "42", False),
    ("The answer is 2 (x+1).", "2(x+1)", True),
    ("The answer is 3(4).", "12", True),
    ("The answer is f(3).", "f(3)", True),
    ("Thus, we have $\\cos (t)$.", "\\cos t", True),
    ("So the solution is given by $y = 3 \\ln (x)$.", "y=3\\ln x", True),
    ("Thus we have $2P (A)$.", "2P", False),
    ("So we have $3x (y)$.", "3x", False),
    ("The length is $5$ metres (m).", "5", True),
]
"""What stands in brackets after a value is a remark where it is the value again, and outside formulas only."""


QUOTIENTS = [
    ("At this rate, it will take 12 days for 5 workers.", "12", True),
    ("At this speed, she will travel 12 miles in 4 hours.", "12", True),
    ("At a speed of 3 mph, he walks **12 miles** in 4 hours.", "12", True),
    ("With this ratio there are 12 boys for 20 girls.", "12", True),
    ("At this rate Tom reads 120 pages in 5 hours.", "120", True),
    ("The ratio is 12 miles in 4 hours.", "12", False),
    ("This ratio is 3 for every 5.", "3", False),
    ("He walks at a speed of 12 miles in 4 hours.", "12", False),
    ("The probability that he wins is 1 out of 6.", "1", False),
    ("The probability that Tom wins = 1 out of 6", "1", False),
    ("The ratio of boys to girls, in this class, is 3 for every 5.", "3", False),
    ("The probability that it rains is $3$ out of $5$.", "3", False),
    ("Thus, there is a probability of 3 out of 7.", "3", False),
    ("There is a 1 in 6 probability.", "1", False),
]
"""Two numbers are one quotient where that is what the clause of the value is about."""

PARTS = [
    ("There are 17 more apples than the 5 pears.", "17", True),
    ("Sally has 17 more stickers than Tom's 5.", "5", False),
    ("Tom has 17 more apples than Ann, who has 5.", "5", False),
    ("Tom has 3 more apples than Ann, so he has 8 apples.", "8", True),
    ("The number is 17 more than 5.", "17", False),
    ("He sold 12 apples: 5 on Monday and 7 on Tuesday.", "12", True),
    ("He sold 12 apples: 5 on Monday and 7 on Tuesday.", "7", False),
    ("He sold 12 apples, 5 on Monday and 7 on Tuesday.", "12", True),
    ("There are 12 marbles (5 red, 7 blue).", "12", True),
    ("So there are 12 animals, including 5 cats.", "12", True),
    ("He had 12 apples, gave away 5 and has 7 left.", "7", True),
    ("He had 12 apples, so 5 on Monday and 8 on Tuesday.", "12", False),
    ("Tom (17) is older than Ann (12) by 5 years.", "5", True),
    ("There are 5 boys and 7 girls, so 12 children.", "12", True),
    ("So x = 42 as well as 43", "43", False),
    ("So x = 42, also 43", "43", False),
    ("The answer is 42, unless it is 43", "43", False),
    ("The answer is 42, unless it is 43", "42", False),
    ("The answer is $42$ plus 43", "43", False),
]
"""What a value is compared with, its parts, and values offered beside it are not the value."""


STEPS = [
    ("2x = 34 => x = 17", "17", True),
    ("2x = 34 ⇒ x = 17", "17", True),
    ("2x = 34 → **x = 17**", "17", True),
    ("2x = 34 -> x = 17", "17", True),
    ("$3x = 51 \\to x = 17$", "17", True),
    ("3x = 51, x = 17", "17", True),
    ("3x = 51, x = 17", "51", False),
    ("x = 1 => x = 2", "1", False),
    ("x = 1, y = 2", "x=1,y=2", True),
    ("x = 1, y = 2", "2", False),
    ("x = 1, x = 2", "2", False),
    ("x^2-5x+6 = 0, x = 2, x = 3", "3", False),
    ("x + y = 3, x - y = 1", "x+y=3,x-y=1", True),
    ("L = \\lim_{x \\to 0} x = 0", "0", True),
    ("x >= 3", "x>=3", True),
]
"""What follows from equations in one line is the answer, not equations that stand side by side."""

FORMS = [
    ("The probability is $\\frac{1}{2}$ (or 50%).", "\\frac12", True),
    ("The probability is $\\frac{1}{2}$, or 50%.", "\\frac12", True),
    ("The probability is $\\frac{1}{2}$ (or 60%).", "\\frac12", False),
    ("The probability is $\\frac{1}{3}$, or approximately 33.3%.", "\\frac13", True),
    ("The probability is 12 out of 20, or 3/5.", "3/5", True),
    ("The chance is 1 in 6, or 1/5.", "1/5", False),
    ("The answer is 1/2 or 0.6.", "1/2", False),
    ("The answer is 1/3 or 0.33.", "1/3", False),
    ("The answer is 3 + 1/2 or 0.5.", "1/2", False),
    ("The answer is 5 apples or 5 pears.", "5", False),
    ("The answer is 12, or about 13.", "12", False),
    ("The answer is 42 (or 43).", "42", False),
]
"""A second form of the value is no second value."""

SUBJECTS = [
    ("17 of the 22 apples are good.", "17", True),
    ("17 of the 22 apples are good.", "22", False),
    ("17 of the 22 apples are good.", "good", False),
    ("Of the 22 apples, 17 are good.", "17", True),
    ("All 5 points are collinear.", "collinear", True),
    ("3 and 5 are coprime.", "coprime", True),
    ("The correct answer is option C.", "C", True),
    ("The correct answer is option C.", "B", False),
    ("The correct answer is option C or D.", "C", False),
    ("Therefore, **option C** is correct.", "C", True),
    ("Hence, (C) is the correct option.", "C", True),
    ("A or B is correct.", "B", False),
    ("Neither A nor B is correct.", "B", False),
    ("Option C is not correct.", "C", False),
    ("The statement P is true.", "true", True),
    ("The answer is $\\textbf{(C)}\\ 204$", "204", True),
    ("The answer is $\\textbf{(C)}\\ 204$", "205", False),
]
"""A number that is said something of, and an option that is said to be right, are the answer."""


@pytest.mark.parametrize(
    ("response", "reference", "expected"),
    [*LETTERS, *DENIALS, *BRACKETS, *QUOTIENTS, *PARTS, *STEPS, *FORMS, *SUBJECTS],
)
def test_is_judged_as_read_by_hand(response: str, reference: str, expected: bool) -> None:
    assert verify(response, reference).correct is expected, verify(response, reference).extracted
