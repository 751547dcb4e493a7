"""Equations as answers: chains with words in them, what was computed, and names in words before a box."""

import pytest

from flowrl_envs.verify import verify

CHAINS = [
    (r"$$P = \frac{\text{favorable}}{\text{total}} = \frac{6}{36} = \frac{1}{6}$$", r"\frac{1}{6}", True),
    (r"$$P = \frac{\text{favorable}}{\text{total}} = \frac{6}{36} = \frac{1}{6}$$", r"\frac{6}{35}", False),
    (r"$$P = \frac{\text{favorable}}{\text{total}} = \frac{6}{36} = \frac{1}{5}$$", r"\frac{1}{5}", False),
    (r"\[\text{Average speed} = \frac{\text{Total distance}}{\text{Total time}} = \frac{120}{2} = 60\]", "60", True),
    (r"\[\text{Average speed} = \frac{\text{Total distance}}{\text{Total time}} = \frac{120}{2} = 60\]", "120", False),
    (r"$$\text{Area} = \frac12 \times \text{base} \times \text{height} = \frac12 \times 6 \times 4 = 12$$", "12", True),
    (r"$$\text{Area} = \text{base} \times \text{height}$$", "12", False),
    (r"$$12 = \frac{\text{a}}{\text{b}} = \text{many}$$", "12", False),
]
COMPUTED = [
    ("Therefore, $a^2+b^2 = 17$.", "17", True),
    (r"\boxed{m-n=17}", "17", True),
    (r"\boxed{17=m-n}", "17", True),
    (r"\boxed{100m+n=17}", "17", True),
    (r"\boxed{f(1)+f(2)=17}", "17", True),
    (r"\boxed{AB^2=17}", "17", True),
    (r"\boxed{ab+bc+ca=17}", "17", True),
    (r"\boxed{ab+bc+ca=17}", "18", False),
    (r"\boxed{2x+3=17}", "17", False),
    (r"\boxed{x^2+y^2=17}", "17", False),
    (r"\boxed{a^2+b^2=c^2}", "c^2", False),
    (r"\boxed{a^2+b^2=0}", "0", False),
    (r"\boxed{17}", "a^2+b^2=17", False),
]
NAMED = [
    (r"$\text{not attending} = \boxed{42}$", "42", True),
    (r"$N_{\text{neither}} = \boxed{42}$", "42", True),
    (r"$\text{the answer is not} = \boxed{42}$", "42", False),
    (r"It is not true that $\text{total} = \boxed{42}$", "42", False),
    (r"$x=2, y=3, \boxed{5}$", "5", True),
    (r"$2^3=8, \boxed{13}$", "13", True),
    (r"$n = 3: \boxed{13}$", "13", True),
    (r"$2, \boxed{5}$", "5", False),
    (r"$2, \boxed{5}$", "2, 5", True),
]


@pytest.mark.parametrize(("response", "reference", "correct"), CHAINS + COMPUTED + NAMED)
def test_an_equation_answers_with_what_it_ends_in(response, reference, correct):
    assert verify(response, reference).correct is correct
