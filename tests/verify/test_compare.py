"""Verdicts on pairs chosen by principle, one principle a table: what mathematics allows, and what it does not."""

import pytest

from flowrl_envs.types import Reason
from flowrl_envs.verify import Flag, Mode, Options, verify


def same(reference: str, answer: str, **options: float | bool) -> bool | None:
    return verify(answer, reference, mode=Mode.BARE, options=Options(**options)).correct  # type: ignore[arg-type]


EQUAL = {
    "written numbers": [("1,234", "1234"), ("0.5", ".5"), ("3", "3.0"), ("1/2", "0.5"), (r"\frac{2}{4}", "1/2"),
                        ("-7", "−7"),
                        ("1500", "1.5e3"), ("0.25", r"25\%"), (r"\$5", "5"), ("7", r"\text{7}"),
                        ("7", r"\( 7 \)"), ("7", r"\[7\]"), ("1000000", r"1{,}000{,}000")],
    "expressions": [("(x+1)^2", "x^2+2x+1"), (r"\sqrt{8}", r"2\sqrt{2}"),
                    (r"\frac{1}{\sqrt{2}}", r"\frac{\sqrt{2}}{2}"),
                    (r"\ln 8", r"3\ln 2"), (r"\sin 2x", r"2\sin x\cos x"), ("2^{10}", "1024"),
                    (r"\binom{5}{2}", "10"),
                    (r"\sqrt[3]{-8}", "-2"), ("e^{i\\pi}", "-1"), ("(-1)^n", r"\cos(n\pi)"),
                    ("x^{2/3}", r"\sqrt[3]{x}^2"), ("3/2", r"\lcm(1/2, 3/2)"),
                    ("1/6", r"\gcd(1/2, -1/3)"), ("2.5", r"\max(5/2, \min(9, 2))")],
    "decimals of long values": [("1/3", "0.333333333"), (r"\pi", "3.14159265"), (r"\sqrt{2}", "1.41421356"),
                                ("2/3", "0.6666666666666666")],
    "lists in any order": [("1, 2", "2, 1"), ("1, 2", r"2 \text{ and } 1"), ("1, 2", r"\{2, 1\}"),
                           (r"\pm 3", "-3, 3"), ("x=1, x=2", "2, 1")],
    "names": [("5", "x = 5"), ("x = 5", "5"), ("f(x) = x^2", "x^2"), ("y = 2x", "f(x) = 2x"),
              ("a=1, b=2", "b=2, a=1"), ("(x, y) = (1, 2)", "(1, 2)")],
    "equations": [("y = 2x", "2y = 4x"), ("x - 1 = 0", "1 - x = 0"), ("x^2 + y^2 = 1", "1 - x^2 = y^2")],
    "sets of reals": [("x > 5", r"(5, \infty)"), ("1 < x < 2", "(1, 2)"),
                      (r"x \neq 3", r"(-\infty, 3) \cup (3, \infty)"), ("-x < -1", "x > 1"),
                      (r"[0, 1] \cup [1, 2]", "[0, 2]"), (r"\mathbb{R} \setminus \{0\}", r"x \ne 0"),
                      (r"\{x \mid x \ge 2\}", r"[2, \infty)"),
                      ("x < 1 or x > 2", r"(-\infty, 1) \cup (2, \infty)"), (r"\emptyset", r"\{\}")],
    "units": [("5", r"5 \text{ apples}"), (r"5 \text{ m}", r"500 \text{ cm}"), (r"90^\circ", "90"),
              (r"90^\circ", r"\frac{\pi}{2}"), (r"10 \text{ cm}^2", r"10 \text{ square cm}")],
    "matrices": [(r"\begin{pmatrix}1\\2\end{pmatrix}", r"\begin{bmatrix}1\\2\end{bmatrix}"),
                 (r"\begin{pmatrix}2&4\end{pmatrix}", r"2\begin{pmatrix}1&2\end{pmatrix}"),
                 (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", "[[1, 2], [3, 4]]")],
    "degrees": [(r"e^{30^\circ i}", r"e^{\pi i/6}"), ("40", r"2^3\cdot 5^\circ"), ("120", r"30^\circ\cdot 2^2"),
                (r"\sqrt 2", r"2^{\sin 30^\circ}"), ("x^2+30", r"x^2+30^\circ"), ("120", r"180^\circ-2\cdot 30^\circ")],
    "steps of names": [("0", r"\lfloor 2y-y-y \rfloor"), ("0", r"\text{lcm}(n, 0)"), (r"\gcd(a,b)", r"\gcd(b,a)")],
    "functions of equal arguments": [("f(x+1)", "f(1+x)"), ("2f(x+1)", "f(1+x)+f(x+1)"), ("f(g(x+1))", "f(g(1+x))"),
                                     (r"\frac{f(x+h)-f(x)}{h}", r"\frac{f(h+x)-f(x)}{h}"), ("f(2)", "f(4/2)")],
    "words": [(r"\text{Evelyn}", "evelyn"), (r"\text{(B)}", "B"), ("even", r"\text{Even}"), ("even", "Even"),
              ("a circle", "A circle")],
    "the rest": [("7:32", "14:64"), ("10_2", "2"), ("08:34 P.M.", "20:34"), (r"\frac{1}{2} \approx 0.5", "0.5"),
                 (r"5 \text{ million}", "5000000")],
    "corners and integers": [("|x-20|", "|20-x|"), (r"\max(x,100)", r"\max(100,x)"), (r"\sqrt{(x-20)^2}", "|x-20|"),
                             (r"\binom{n}{k}", r"\frac{n!}{k!(n-k)!}"), (r"\frac{(2n)!}{2^n n!}", "(2n-1)!!"),
                             ("(-1)^{2n}", "1"), (r"\sqrt[3]{x^3}", "x")],
    "endless decimals": [("1/3", "0.(3)"), ("1/3", r"0.\dot{3}"), ("1/3", r"0.\bar3"), ("1/3", "0.333..."),
                         ("1/6", "0.1666…"), ("1/7", r"0.\dot{1}4285\dot{7}"), ("27/11", "2.(45)"),
                         (r"\pi", "3.14159..."), ("0.6", "0.1(6)")],
    "thousands": [("10000", "10 000"), ("1000000", r"1\;000\;000"), ("10000", "10\u202f000"), ("32", r"\sqrt{1,024}"),
                  (r"\frac{1000}{3}", r"\frac{1,000}{3}"), ("1234", "(1,000 + 234)"), ("4500", "3(1,500)"),
                  ("[-1, 100]", "[-1,100]"), (r"\{1,200\}", r"\{1, 200\}")],
    "scripts": [("10^{12}", "10¹²"), ("0.001", "10⁻³"), ("x_{12}", "x₁₂"), ("x^{n+1}", "xⁿ⁺¹"), ("1/2", "¹⁄₂"),
                ("3.375", "3⅜")],
    "signs side by side": [("120", "5!=120"), ("x != 3", r"x \ne 3"), ("2/3", r"\frac42\frac13"), ("7/3", r"2\frac13"),
                           ("2x", r"\frac{dy}{dx} = 2x"), ("3", r"\log_2 8")],
    "times": [("3:00 PM", "3 PM"), ("3 PM", "15:00"), ("12 AM", "0:00"), ("7:32", "14:64"),
              (r"3:30 \text{ p.m.}", "3:30pm")],
    "dress": [("5", r"\color{red}{5}"), ("5", r"{\color{blue} 5}"), ("5", r"\underline{5}"), ("5", r"\therefore 5")],
    "shapes": [("x=1, y=2", r"\begin{cases} x=1, \\ y=2. \end{cases}"), ("11", "(1011)_2"),
               ("1011_2", r"1011_{\text{two}}"), ("1011_2", "1011_{(2)}"), ("1/2", r"\sfrac{1}{2}"),
               (r"(0,1] \cup [2,3)", "(0,1] U [2,3)"), ("2U", "U+U"), ("2", r"\max\{1,2\}"),
               (r"\begin{pmatrix}1\\2\end{pmatrix}", "(1,2)^T"),
               (r"\begin{pmatrix}1&3\\2&4\end{pmatrix}", r"\begin{pmatrix}1&2\\3&4\end{pmatrix}^{T}"), ("xyz", "zyx")],
    "congruences": [(r"n\equiv 1\pmod{4}", r"n \equiv -3 \pmod 4"), (r"7 \pmod{10}", "7"), ("7", "7 (mod 10)"),
                    (r"x\equiv 3 \pmod 7", "x ≡ 10 (mod 7)"), (r"x\equiv 3 \pmod 7", r"x\equiv 3 \bmod 7"),
                    (r"x\equiv 3 \pmod 7", "x = 3"), (r"x\equiv 3 \pmod 7", r"x \equiv 3 \ (\mathrm{mod}\ 7)"),
                    (r"x\equiv 3 \pmod 7", r"x \equiv 3 \ (\text{mod } 7)"),
                    ("4", r"2^{10} \equiv 1024 \equiv 4 \pmod{5}"),
                    (r"x\equiv 1 \pmod 2, x \equiv 2 \pmod 3", r"x \equiv 2 \pmod 3, x\equiv 3\pmod 2"),
                    ("2", r"7 \bmod 5"), ("6", "2(8 mod 5)"), ("4", "(9 mod 5)")],
}  # fmt: skip
DIFFERENT = {
    "mixed numbers": [("25/4", "2 1/2^2"), ("5/2", "2 1/2^2")],
    "times": [("2:15 pm", "1:75 pm"), ("3 PM", "4 PM"), ("3:00 PM", "3")],
    "shapes": [("CAT", "ACT"), ("ABCD", "BACD"), ("left", "felt"), ("1011_2", "(1011)_3"),
               ("x=1, y=2", r"\begin{cases} x=1 \\ y=3 \end{cases}"), (r"(0,1) \cup (2,3)", "(0,1)(2,3)"),
               (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", r"\begin{pmatrix}1&2\\3&4\end{pmatrix}^{T}")],
    "dress": [("5", r"\color{red}{6}"), ("5", r"\color{5}")],
    "endless decimals": [(r"\pi", "3.14..."), ("1/3", "0.33..."), ("0.333", "0.333..."), ("1, 2, 3", "1, 2, ..., 3")],
    "thousands": [("10", "10 000"), ("1, 234", "1 234"), ("1000", r"\{1,000\}")],
    "scripts": [("10", "10¹²"), ("7", "⁷"), ("x_1x_2", "x₁₂")],
    "signs side by side": [("7/3", r"\frac42\frac13"), ("x", r"\frac{d}{dx} x^2"), ("y/x", r"\frac{dy}{dx}"),
                           (r"f/x", r"\frac{\partial f}{\partial x}"), (r"\ln 8", r"\ln_2 8"), ("e^3", r"\exp_2(3)")],
    "corners and integers": [("|x-20|", "20-x"), (r"2\ln(20-x)", r"\ln((x-20)^2)"),
                             ("((x-20)^2)^{1/2}", "20-x"), (r"\max(x,100)", "100"), (r"\sqrt{(x-20)^2}", "20-x"),
                             ("|x-10000|", "10000-x"),
                             ("(-1)^N", "1"), (r"N \bmod 2", "0"),
                             (r"\frac{n!}{k!(n-k)!}", r"\frac{n!}{k!(n\bmod -k)!}"),
                             (r"n \bmod 20", "n"), (r"\lfloor n/13 \rfloor", "0"),
                             (r"\frac{(-1)^n+1}{2}", "0")],
    "congruences": [(r"n\equiv 1\pmod{4}", r"n \equiv 1 \pmod 8"), (r"1 \pmod 4", r"1 \pmod 8"), (r"7 \pmod{10}", "17"),
                    (r"x\equiv 3 \pmod 7", r"y \equiv 3 \pmod 7"), (r"a\equiv b \pmod n", r"a\equiv c \pmod n"),
                    (r"x\equiv 1, 3 \pmod 4", r"x \equiv 1 \pmod{4}"), ("4", r"7 \equiv 4 \pmod 5"), ("5", r"5\pmod"),
                    (r"x\equiv 3 \pmod 7", "x ≡ 3 (mod 7"), ("3", "f(mod 5)"), ("3", "(mod 7)")],
    "near misses": [("42", "42.0001"), ("2.5", "2.49999999"), ("1000000", "1000001"), ("6.626e-34", "6.63e-34"),
                    ("0", "10^{-20}"), (r"\pi", "22/7"),
                    ("1/3", "0.33"), ("10^{16}+1", "10^{16}"), (r"\sqrt{10^{16}+1}", "10^8"),
                    (r"(x+1)^{50}", r"(x+1)^{50}+10^{-12}")],
    "case and names": [("x", "X"), ("R^2-r^2", "0"), ("3t", "3"), ("x_1", "x_2"), ("x+y", "x+z"),
                       ("443_5", "443_6"), ("x = 5", "y = 5")],
    "degrees": [("32", r"2^{5^\circ}"), (r"e^{30^\circ i}", "e^{30i}"), ("a^{30}", r"a^{30^\circ}"),
                ("2^{60}", r"(2^{30^\circ})^2"), (r"\sin(2^{30})", r"\sin(2^{30^\circ})")],
    "domains": [("x", r"\sqrt{x^2}"), (r"\ln x^2", r"2\ln x"), ("1", r"\frac{0}{0}"), (r"\infty", "1/0")],
    "structure": [("(1, 2)", "(2, 1)"), ("(1, 2)", "[1, 2]"), ("(1, 2)", r"\{1, 2\}"), ("12", "1, 2"),
                  ("1, 2", "1"), ("1, 2", "1, 2, 3"), (r"\pm 3", "3"), ("3", r"\pm 3")],
    "statements": [("x^2 = x", "x = 1"), ("x = 1", "x^2 = x"), ("x > 1", r"x \ge 1"), ("x^2+y^2=1", "0=0"),
                   ("42", "42 = 43"), ("42", "x > 41"), ("x > 3", "2 < -1"), ("x > 3", "2 > -1"),
                   ("a+3z=0", "0"), ("n=3k", "3"), ("x > 3", r"\lfloor x \rfloor > 3"),
                   ("x > 3", r"x + \sin(\pi x) > 3")],
    "several candidates": [("42", "41, 42"), ("42", r"42 \text{ or } 41"), ("B", "B/C"), ("even", "even or odd")],
    "units": [(r"5 \text{ m}", r"5 \text{ cm}"), ("42", r"42\text{ million}"), ("42", r"42\text{ if correct}"),
              ("28", r"\frac{28}{100}"), (r"50\%", "5")],
    "matrices": [(r"\begin{pmatrix}1\\2\end{pmatrix}", r"\begin{pmatrix}1&2\end{pmatrix}"),
                 (r"\begin{pmatrix}1&2\end{pmatrix}", r"\begin{pmatrix}1&3\end{pmatrix}"),
                 (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", "[[1, 3], [2, 4]]"), ("[[1,2],[3,4]]", "[1,2,3,4]"),
                 (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", "[[1, 2], [3]]")],
    "steps of names": [("ab", r"\text{lcm}(a,b)"), ("1", r"\gcd(a,b)"), ("48", r"\text{lcm}(48, 3a)"),
                       (r"\lfloor x\rfloor", "x"), ("42", r"\gcd(\sin x, y)")],
    "functions of equal arguments": [("f(x+1)", "f(x+2)"), ("f(x+1)", "g(1+x)"), ("f(x,y)", "f(y,x)"),
                                     ("f(x)", r"f(\sqrt{x^2})"), ("f(g(x+1))", "f(g(2+x))"), ("f(1/0)", "f(2/0)"),
                                     ("f(2)", r"f(\sin(10^{400}))")],
    "words": [("X+Y", "x+y {"), (r"\text{even if }x>X", r"\text{even if }X>x"),
              (r"a \text{ when } b", r"A \text{ when } B"),
              ("even", "not even"), (r"\text{Evelyn}", "Eve"), ("odd", "oddd"), ("4 2", "42")],
}  # fmt: skip


@pytest.mark.parametrize(("reference", "answer"), [pair for pairs in EQUAL.values() for pair in pairs])
def test_what_mathematics_allows_is_accepted(reference: str, answer: str) -> None:
    assert same(reference, answer) is True


@pytest.mark.parametrize(("reference", "answer"), [pair for pairs in DIFFERENT.values() for pair in pairs])
def test_what_differs_is_refused(reference: str, answer: str) -> None:
    assert same(reference, answer) is False


@pytest.mark.parametrize(
    ("reference", "answer"),
    [("10^{10^{10}}", "(10^{10^5})^{10^5}"), ("2^{2025}+1", "1+2^{2025}"), ("1000000!", "1000000!")],
)
def test_numbers_too_large_to_write_are_compared(reference: str, answer: str) -> None:
    assert same(reference, answer) is True
    assert same(reference, "1") is False


def test_the_decimal_rule_is_an_option() -> None:
    assert same("1/3", "0.333") is False
    assert same("1/3", "0.333", decimal_digits=3) is True
    assert same("1/3", "0.334", decimal_digits=3) is False
    assert same("5.2", "5.25", tolerance=0.1) is True
    assert same("5.2", "5.35", tolerance=0.1) is False
    assert same(r"\pi", "3.1", tolerance=0.1) is True


def test_restating_the_question_is_refused_and_flagged() -> None:
    verdict = verify(r"\boxed{12 \cdot 13}", "156", question=r"What is $12\cdot 13$?")
    assert verdict.correct is False
    assert Flag.RESTATES in verdict.flags
    assert verify(r"\boxed{156}", "156", question=r"What is $12\cdot 13$?").correct is True
    assert verify(r"\boxed{\frac12}", "1/2", question=r"Is \frac12 the answer?").correct is True


def test_a_percent_sign_answers_a_number_only_if_a_percentage_is_asked() -> None:
    assert verify(r"\boxed{28\%}", "28").correct is False
    assert verify(r"\boxed{28\%}", "28", question="What percent is left?").correct is True


def test_an_unevaluated_operator_is_no_answer_unless_allowed() -> None:
    verdict = verify(r"\boxed{\sum_{k=1}^{9} k}", "45")
    assert verdict.correct is False
    assert Flag.UNEVALUATED in verdict.flags


def test_several_boxes_answer_a_list_and_only_a_list() -> None:
    assert verify(r"\boxed{1} and \boxed{2}", "1, 2").correct is True
    assert verify(r"\boxed{1} and \boxed{2}", "2").correct is True
    assert verify(r"\boxed{1} and \boxed{2}", "1").correct is False


def test_an_answer_beyond_a_limit_is_malformed_and_a_response_beyond_it_too_long() -> None:
    assert verify(r"\boxed{" + "1+" * 20_000 + "1}", "5").reason is Reason.MALFORMED
    assert verify("x" * 1_000_001, "5").reason is Reason.TOO_LONG


@pytest.mark.parametrize(
    ("answer", "reference", "right"),
    [
        ("I(0)", r"I(0) e^{-\frac{t}{RC}}", False),
        ("0", r"I(0) e^{-\frac{t}{RC}}", False),
        (r"e^{-t/(CR)} I(0)", r"I(0) e^{-\frac{t}{RC}}", True),
        ("x(0)", "y(0)", False),
        ("0", r"2 \cdot 0", True),
    ],
)
def test_a_name_with_zero_in_brackets_is_a_value_not_a_product(answer: str, reference: str, right: bool) -> None:
    assert verify(answer, reference, mode="bare").correct is right
