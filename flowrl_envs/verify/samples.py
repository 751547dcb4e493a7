r"""Answers of every common form, right and wrong: what `warm_up` judges.

CPython specialises the instructions of a function from its eighth call on, so what has no sample here is slower at
first. Nothing else reads these rows.
"""

from __future__ import annotations

from flowrl_envs.verify.limits import Mode

_BARE = (
    ("41", "42"), ("1,234", "1234"), ("0.25", r"\frac{1}{4}"), ("-7/3", "-2.5"), (r"2\frac{1}{2}", "2 1/2"),
    ("3 1/2", "7/2"), ("12.50", "12.5"), (r"45\%", "45"), ("7", "7."), (r"\$18.90", "18.90"),
    ("3e8", r"3 \times 10^8"), ("1e-5", "0.00001"), (r"\frac{1}{3}", "0.333333333333"), (r"\frac34", "3/4"),
    (r"-\frac{5}{6}", "5/6"), ("1/7", ".142857"), ("6 - 9", "-3"), (r"\gcd(12, 1.5)", "6"), (r"\max(3, 7/2)", "3.5"),
    (r"17 \mod 5 + 2^3", "2 + 8"), (r"\lcm(4, 6)", "12"), ("7!", "5040"), (r"\lfloor 7/2 \rfloor", "3"),
    ("(2 + 3) * 4", "20"), (r"\binom{6}{2}", "15"), (r"|-4|", "4"), (r"2\sqrt{3}", r"\sqrt{12}"),
    (r"\frac{\pi}{6}", r"\pi/6"), (r"\sqrt[3]{16}", r"2\sqrt[3]{2}"), (r"2 + 3i", "3i+2"),
    (r"\frac{\sqrt{2}}{2}", r"\frac{1}{\sqrt2}"), (r"e^{2x}", r"\left(e^x\right)^2"), (r"\ln 8", r"3\ln{2}"),
    ("10^{-3}", "0.001"), (r"x^2 + 2x + 1", "(x+1)^2"), ("x^2 - 1", "x^2 + 1"), (r"\frac{a}{b}", "a/b"),
    ("x_1 + x_2", "x_2 + x_1"), ("2ab", r"2 \cdot a \cdot b"), (r"\sin(x)", r"\sin x"),
    (r"\tan^{-1}(x)", r"\arctan x"), (r"\log_2 8", "3"),
    (r"\left|x-1\right|", "|1-x|"), ("abs(y)", "|y|"), (r"\lceil x \rceil", "ceiling(x)"), (r"\alpha_1", r"\alpha_2"),
    ("f(x)", "f(y)"), (r"\sum_{k=1}^{3} k", "6"), (r"\int x\,dx", r"\frac{x^2}{2}"), (r"\lim_{x \to 0} x", "0"),
    (r"\overline{AB}", "AB"), ("x = 2", "2"), ("y = 3x - 1", "f(x) = 3x - 1"), ("2x + y = 4", "y = 4 - 2x"),
    ("x > 3", r"(3, \infty)"), (r"x \ne 5", "x != 5"), (r"1 < x \le 2", "(1,2]"),
    (r"(-\infty, 0) \cup [1, 2]", r"[1,2]\cup(-\infty,0)"), ("[0, 1)", "(0,1)"), (r"x \in \{1, 2\}", "1, 2"),
    ("(1, 2)", r"\left(1,2\right)"), ("(1, 2)", "12"), (r"(0, \frac{1}{2}, -3)", "(0, .5, 3)"),
    (r"\{1,2,3\}", "1, 2, 3"), ("1, 2", "2,1"), (r"\pm 2", "2, -2"), (r"x = 1 \text{ or } x = 2", "1 and 2"),
    (r"k = 4, n = 2", r"n=2, \quad k=4"), ("1:2", "2:4"), ("45", "4,56"),
    (r"\begin{pmatrix} 1 & 2 \end{pmatrix}", r"\begin{bmatrix}1&2\end{bmatrix}"),
    (r"n \equiv 3 \pmod{8}", r"3 \mod 8"), ("101_2", "5"), (r"5 \text{ cm}", "5"), ("25", "25cm"), (r"60^\circ", "60"),
    (r"3\text{ m/s}", "3 m/s"), ("12:30", "0:30"), (r"\emptyset", "no solution"), ("yes", "no"),
    (r"\text{Evelyn}", "Evelyn"), (r"\text{odd}", "even"), ("Hello", "hello"), ("ABCD", "BADC"), ("42", ")"),
    ("7", "word"),
)  # fmt: skip
_RESPONSES = (
    ("41", r"Not $40$. The answer is \boxed{42}."), ("7", "So $x$ is 3. Hence the answer is 7."),
    ("-2", "$-2$ because"), ("1/2", r"Adding up, we get $\frac{1}{4}+\frac14=\boxed{\frac{1}{2}}$."),
    ("15", r"\(\boxed{15}\)."), ("15", r"\[ \boxed{1{,}500} \]"),
    (r"$\frac{\pi}{3}$", r"Thus the angle is $\theta = \boxed{\frac{\pi}{3}}.$"),
    ("2, 3", r"The roots are $\boxed{2}$ and $\boxed{3}$."), ("9", r"First I had \boxed{8}, but then \boxed{9}"),
    ("6", r"\boxed{6} meters"), ("20%", r"\boxed{20}\%"), ("5", r"$\boxed{5} < 6$"), ("3.5", "Final answer: 3.5"),
    ("10", "The final answer is $10$. I hope it is correct."), ("1/3", "Final Answer: $0.333$"),
    ("12", "<think>maybe 13</think> The answer is **12**."), ("12", "<answer>12</answer>"),
    ("12", "**Answer:** $12$ dollars."), ("18", "She has 20 - 2 = 18 eggs left.\n\nSo she sells 18 eggs."),
    ("$x^2$", "\\[\ny = x^2\n\\]"), ("(3,4)", "So the point is\n$$(3,4).$$"),
    ("8", "Therefore, we have $x=8$, so there are 8 ways.\n\nLet me know if you have questions!"), ("8", "8"),
    ("1000", "$1,\\!000$"), ("8", "The answer is not 8."), ("8", r"\boxed{8} is wrong. Wait, it should be 9."),
    ("8", "It is either 8 or 9."), ("8", r"\boxed{"), ('7', '{"answer": 7}'), ("0.125", "$0.125$"),
    ("$-5$", "$x = -5$"), ("red", "The color is red."), ("42", "I do not know."),
)  # fmt: skip
_CHOICES = (
    ("B", "B"), ("C", "The answer is (C)."), ("A", r"\boxed{A}"), ("D", "Option D is right, since A is too small."),
    ("B", "(B) 12"), ("C", "It is A or C."), ("E", "The answer is E because of x."), ("A", "Final answer is A"),
)  # fmt: skip
SAMPLES = (
    *((Mode.BARE, *row) for row in _BARE),
    *((Mode.AUTO, *row) for row in _RESPONSES),
    *((Mode.CHOICE, *row) for row in _CHOICES),
)
"""Mode, reference and response."""
