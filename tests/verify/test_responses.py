"""Whole responses in the manner of language models: what they say counts, and what they take back does not."""

import pytest

from flowrl_envs.verify import verify

ACCEPTED = [
    (r"AB = 3+2 = 5\text{ cm}", "5", "bare"),
    (r"1\text{ m} = 100\text{ cm}", r"100\text{ cm}", "bare"),
    (r"S=\{\pm 1\}", r"\{-1,1\}", "bare"),
    (r"2x \equiv 3 \pmod 7", r"2x \equiv 3 \pmod 7", "bare"),
    (r"-4 \equiv 3 \pmod 7", "3", "bare"),
    ("The answer is **0.5**.", r"\frac{1}{2}", "auto"),
    ("The final answer is **12 kg**.", "12", "auto"),
    ("**1,250**.", "1250", "auto"),
    ("The answer is `0.5`.", "1/2", "auto"),
    ("**x = 5**.", "5", "auto"),
    ("The answer is **45°**.", "45", "auto"),
    (r"The probability that it does not rain is \boxed{0.7}.", "0.7", "auto"),
    (r"The largest number of McNuggets that can not be purchased is $\boxed{43}$.", "43", "auto"),
    (r"The number of people who like neither is \boxed{10}.", "10", "auto"),
    (r"The smallest integer not in the set is $\boxed{7}$.", "7", "auto"),
    (r"The smallest $n$ for which this is false is $\boxed{6}$.", "6", "auto"),
    ("The number of students who do not play is 7.", "7", "auto"),
    (r"The maximum is \boxed{3}. It is impossible to have more.", "3", "auto"),
    ("The answer is 3, since otherwise the sum would be negative, which is impossible.", "3", "auto"),
    ("Answer: False. This is not true in general.", "False", "auto"),
    ("\\boxed{\\text{False}}\n\nThis is false because", "False", "auto"),
    (r"So $x=\boxed{3}$. The first solution is invalid because", "3", "auto"),
    ("\\boxed{1000}\n\nThe answer should be 1,000.", "1000", "auto"),
    ("\\boxed{(3,4)}\n\nThe answer should be $(3, 4)$.", "(3,4)", "auto"),
    (r"\boxed{x=5}. The answer should be 5.", "5", "auto"),
    (r"\boxed{\frac{1}{2}}. That is actually $0.5$.", "1/2", "auto"),
    ("\\boxed{10}\n\nActually 5*2=10.", "10", "auto"),
    ("\\boxed{10}\n\nWait, A, B, and C are all fine.", "10", "auto"),
    ("\\boxed{10}\n\nNo. 3 has been solved.", "10", "auto"),
    ("\\boxed{10}\n\nNo. of students = 10", "10", "auto"),
    (r"\boxed{10}. Never mind the units.", "10", "auto"),
    (r"\boxed{10} (ignore the above scratch work)", "10", "auto"),
    ("\\boxed{5}\n\nNo, wait — 2+3 is 5, so that's right.", "5", "auto"),
    (r"\gcd(12,180)", "12", "bare"),
    ("f(1,200)", "f(1, 200)", "bare"),
    (r"\sqrt{1,024}", "32", "bare"),
    (r"\sin(1,000)", r"\sin(1000)", "bare"),
    ("The statement that is not true is B.", "B", "choice"),
    ("The only incorrect option is **B**.", "B", "choice"),
    ("All of the following are true except (B).", "B", "choice"),
    ("The one that does not belong is B.", "B", "choice"),
    ("The answer is 0.333...", "1/3", "auto"),
    ("The answer is $5$!", "5", "auto"),
    ("The answer is 5!", "120", "auto"),
    ("So we obtain 12 cm^2.", "12", "auto"),
    ("Answer: 12 ft^2", "12", "auto"),
    ("**12 units^2**", "12", "auto"),
    ("5 m/s", r"5\text{ m/s}", "bare"),
    (r"\boxed{12 m/s}", r"12\text{ m/s}", "auto"),
    ("So we obtain 12 m/s.", "12", "auto"),
    ("The answer is **(B) 12**", "12", "auto"),
    ("The answer is 12 m/s, as shown.", r"12\text{ m/s}", "auto"),
]
REFUSED = [
    (r"1 = 18 \text{ min}", r"18\text{ min}", "bare"),
    ("17 cm = 18 cm", "18 cm", "bare"),
    ("1 = (2,3)", "(2,3)", "bare"),
    (r"x e^x \ne 2", r"x \ne 2", "bare"),
    (r"2x \equiv 3 \pmod 7", r"x \equiv 3 \pmod 7", "bare"),
    (r"2x \equiv 3 \pmod 7", "3", "bare"),
    (r"x\equiv 3 \pmod 7", r"2x \equiv 3 \pmod 7", "bare"),
    (r"10^{100}x \equiv 3 \pmod 7", r"x \equiv 3 \pmod 7", "bare"),
    (r"The answer is not \boxed{42}.", "42", "auto"),
    ("It is not the case that the answer is 42.", "42", "auto"),
    (r"I don't think the answer is \boxed{42}.", "42", "auto"),
    (r"The answer isn't \boxed{42}.", "42", "auto"),
    (r"The answer cannot be \boxed{42}.", "42", "auto"),
    (r"It is unlikely that the answer is \boxed{42}", "42", "auto"),
    ("The answer is definitely not $42$.", "42", "auto"),
    ("Anything but 42", "42", "auto"),
    ("It is wrong that the answer is 42", "42", "auto"),
    (r"\boxed{42}. Wait, that's wrong. It should be 43.", "42", "auto"),
    (r"\boxed{42} (this is wrong)", "42", "auto"),
    (r"\boxed{42} isn't right.", "42", "auto"),
    (r"\boxed{42}? No.", "42", "auto"),
    ("The answer is 42. No wait, it's 43.", "42", "auto"),
    (r"\boxed{4}. It should be 43", "4", "auto"),
    (r"\max(1,200)", "1200", "bare"),
    (r"\gcd(12,180)", "12180", "bare"),
    ("It's not B", "B", "choice"),
    ("B. No wait, it's A.", "B", "choice"),
]


@pytest.mark.parametrize(("response", "reference", "mode"), ACCEPTED)
def test_a_response_that_settles_on_the_reference_is_right(response: str, reference: str, mode: str) -> None:
    assert verify(response, reference, mode=mode).correct is True


@pytest.mark.parametrize(("response", "reference", "mode"), REFUSED)
def test_a_response_that_does_not_is_wrong(response: str, reference: str, mode: str) -> None:
    assert verify(response, reference, mode=mode).correct is False
