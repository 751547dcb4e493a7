"""Verdicts where expressions change their rule: at corners, at integers, and where balls leave a value open."""

import pytest

from flowrl_envs.verify import Mode, verify

ACCEPTED = {
    "corners in statements": [("|x-20|<3", "17<x<23"), ("(17,23)", "|x-20|<3"), ("|x-20|=3", "3=|20-x|"),
                              ("|x-20|+|y-30|=5", "|30-y|+|20-x|=5"), ("|x-20|<y", "y>|20-x|"),
                              (r"\sqrt{4}x<6", "x<3"), (r"\frac{x}{\sqrt 2}<1", r"x<\sqrt 2"),
                              ("(x+1)^2-x^2>3", "x>1"),
                              ("n!+|n-20|=5", "n!+|20-n|=5"), (r"\cos(n\pi)x=3", "(-1)^n x=3")],
    "corners": [("|x-20||x-30|", "|x^2-50x+600|"), (r"\max(a,b)", r"\frac{a+b+|a-b|}{2}"), ("|a-b|", "|b-a|"),
                (r"\max(a,b,c)", r"\max(\max(a,b),c)")],
    "floors": [(r"\lceil n/8\rceil", r"\lfloor (n+7)/8\rfloor"), (r"\lceil n/k\rceil", r"\lfloor (n-1)/k\rfloor+1"),
               (r"\lceil\log_2(n+1)\rceil", r"\lfloor\log_2 n\rfloor+1"), (r"n \bmod 12", r"n-12\lfloor n/12\rfloor"),
               (r"\lfloor\log_4 n\rfloor", r"\lfloor\frac{\log_2 n}{2}\rfloor"),
               (r"\lfloor n/1000\rfloor", r"\lceil (n-999)/1000\rceil"), (r"x-\lfloor x\rfloor", r"x \bmod 1"),
               (r"\lfloor n^2/4\rfloor", r"\lfloor n/2\rfloor\lceil n/2\rceil"),
               (r"\lfloor 2x\rfloor", r"\lfloor x\rfloor+\lfloor x+1/2\rfloor"),
               (r"\lfloor\frac{n^2+6}{12}\rfloor", r"\lfloor\frac{n^2}{12}+\frac12\rfloor"),
               (r"\lfloor\sqrt[3]{n}\rfloor", r"\lfloor n^{1/3}\rfloor")],
    "floors of irrational forms of integers": [("2", r"\lfloor\sqrt2^2\rfloor"), ("9", r"\lfloor\sqrt3^4\rfloor"),
                                               ("2", r"\lceil\sqrt8/\sqrt2\rceil"),
                                               (r"\lfloor\log_{10}1000\rfloor", "3"),
                                               ("2", r"\lfloor\sqrt[3]{2}^3\rfloor"),
                                               (r"\lfloor 10\sqrt2\rfloor", "14"),
                                               ("2", r"\lfloor 3-10^{-300}\rfloor")],
    "values that need more bits": [(r"\sin(10^{200})", r"-\sin(-10^{200})"), (r"x+y<\sqrt6", r"\sqrt2\sqrt3>x+y"),
                                   (r"2x+3y=6+\sin(10^{200})", r"4x+6y=12+2\sin(10^{200})"),
                                   ("x>2", r"x>\sqrt2^2")],
}  # fmt: skip
REFUSED = {
    "corners in statements": [("|x-20|<3", "x>17"), ("x>17", "|x-20|<3"), ("|x+20|<25", r"(-\infty,5)"),
                              ("|x-20|+|y-30|=5", "50-x-y=5"), ("|x-20|=3", "x=17"), ("|x|+|y|=1", "|x+y|=1"),
                              (r"\sqrt{(x-100)^2}+y=1", "100-x+y=1"), ("|x-20|+|y-30|=5", "|50-x-y|=5"),
                              ("n!+|n-20|=5", "n!+20-n=5"), ("|x-20|<y", "x-20<y"), (r"\sqrt{x}<2", "x<4"),
                              (r"\lfloor n/8\rfloor=k", r"\lfloor (n+1)/8\rfloor=k")],
    "corners": [("|x-20|+|y-30|", "|50-x-y|"), ("|x-20|+|x-1000|", "|2x-1020|"), ("|x-20|+|x-30|", "|2x-50|"),
                ("|x-1|+|x-5|", "|2x-6|"), ("|a|+|b|", "|a+b|"), (r"\max(a,b)", r"\frac{a+b-|a-b|}{2}")],
    "floors": [(r"\lceil\log_2 n\rceil", r"\lfloor\log_2 n\rfloor+1"), (r"\lfloor n/k\rfloor+1", r"\lceil n/k\rceil"),
               (r"\lceil n/8\rceil", r"\lfloor n/8\rfloor+1"),
               (r"\lfloor\sqrt[3]{n}\rfloor", r"\lfloor\sqrt[3]{n-1}\rfloor"),
               (r"\lfloor (n+1)/10\rfloor", r"\lfloor n/10\rfloor"), (r"n \bmod 12", r"n \bmod 24"),
               (r"\lceil\log_{10} n\rceil", r"\lfloor\log_{10} n\rfloor+1"), (r"\lceil x\rceil", r"\lfloor x\rfloor+1"),
               (r"\lfloor n/1000\rfloor", r"\lceil (n-998)/1000\rceil"), (r"\lfloor 2x\rfloor", r"2\lfloor x\rfloor"),
               (r"\lfloor\frac{n+m}{7}\rfloor", r"\lfloor\frac{n+m+1}{7}\rfloor"),
               (r"\lfloor n/10^6\rfloor", r"\lfloor (n+1)/10^6\rfloor"), (r"n \bmod 10^{12}", "n"),
               (r"\lfloor\frac{n^2}{12}\rfloor", r"\lfloor\frac{n^2+3}{12}\rfloor")],
    "floors of irrational forms of integers": [("1", r"\lfloor\sqrt2^2\rfloor"), ("3", r"\lfloor\log_{10}999\rfloor"),
                                               ("3", r"\lfloor 3-10^{-300}\rfloor")],
    "values that need more bits": [("2x+3y=6", r"2x+3y=6+\sin(10^{200})"), ("x+y<5", r"x+y<5+\sin(10^{200})/1000"),
                                   ("x>3", r"x>3+\sin(10^{400})/1000"), (r"x\ne 3", r"x\ne 3+\sin(10^{400})"),
                                   ("(3,5)", r"(3,5+10^{-5}\sin(10^{400}))"), ("42", r"42+\sin(10^{400})=42")],
    "values that no balls hold": [("42", r"100\sin(10^{5000})"), (r"\sqrt2", r"100\sin(10^{5000})"),
                                  ("(1,2)", r"(1,100\sin(10^{5000}))"), ("x>3", r"x>3+\sin(10^{5000})"),
                                  ("2x+3y=6", r"2x+3y=6+\sin(10^{5000})"), ("42", r"42+\sin(10^{5000})=42"),
                                  ("1", r"\sin^2(10^{5000})+\cos^2(10^{5000})"), ("x+y", r"x+y+\sin(10^{5000})")],
}  # fmt: skip


@pytest.mark.parametrize(("reference", "answer"), [pair for pairs in ACCEPTED.values() for pair in pairs])
def test_the_same_on_every_side_is_accepted(reference: str, answer: str) -> None:
    assert verify(answer, reference, mode=Mode.BARE).correct is True


@pytest.mark.parametrize(("reference", "answer"), [pair for pairs in REFUSED.values() for pair in pairs])
def test_the_same_on_one_side_alone_is_refused(reference: str, answer: str) -> None:
    assert verify(answer, reference, mode=Mode.BARE).correct is False
