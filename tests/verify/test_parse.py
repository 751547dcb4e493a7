"""The parser builds the tree that mathematical convention gives, and refuses what has none."""

import pytest

from flowrl_envs.verify.limits import Limits
from flowrl_envs.verify.nodes import Node, NotMathError
from flowrl_envs.verify.parse import parse

LIMITS = Limits()


def lisp(node: Node) -> str:
    """A tree as one line, for comparing by eye."""
    if node.kind == "num":
        value = node.value
        return str(value.numerator) if value.denominator == 1 else f"{value.numerator}/{value.denominator}"
    if node.kind in ("var", "const"):
        return str(node.value)
    head = node.kind if node.value is None else f"{node.kind}:{node.value}"
    return f"({' '.join([head, *map(lisp, node.args)])})"


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        (r"2\sqrt{3}+1", "(add (mul 2 (root 3 2)) 1)"),
        (r"\frac12", "1/2"),
        (r"\frac123", "(mul 1/2 3)"),
        ("1 1/4", "5/4"),
        (r"-4\frac{1}{2}", "(neg 9/2)"),
        (r"2\frac{x}{3}", "(mul 2 (div x 3))"),
        ("2^3^2", "(pow 2 (pow 3 2))"),
        ("-x^2", "(neg (pow x 2))"),
        ("x^{-1}", "(pow x (neg 1))"),
        ("2x^-1", "(mul 2 (pow x (neg 1)))"),
        ("1/2x", "(div (mul 1 x) 2)"),
        ("a-b-c", "(add a (neg b) (neg c))"),
        (r"\sin^2 x", "(pow (fn:sin x) 2)"),
        (r"\sin^{-1} x", "(fn:asin x)"),
        (r"2 \sin b \cos a", "(mul 2 (fn:sin b) (fn:cos a))"),
        (r"\sin 2x + 1", "(add (fn:sin (mul 2 x)) 1)"),
        (r"\ln(x) y", "(mul (fn:ln x) y)"),
        (r"\log_2 8", "(div (fn:ln 8) (fn:ln 2))"),
        (r"|x||y|", "(mul (abs x) (abs y))"),
        (r"\left|x-|y|\right|", "(abs (add x (neg (abs y))))"),
        (r"n!", "(fact n)"),
        (r"x_{10}", "x_10"),
        (r"443_5", "(base:('443', 5))"),
        (r"50\%", "(pct 50)"),
        (r"90^\circ", "(deg 90)"),
        (r"10 \text{ cm}^2", "(unit:cm2 10)"),
        (r"5 \text{ million}", "(mul 5 1000000)"),
        (r"0.\overline{3}", "1/3"),
        ("12{,}345.5", "24691/2"),
        ("(1,234)", "(seq:() 1 234)"),
        ("[1,2)", "(seq:[) 1 2)"),
        (r"\{1,2\}", "(set 1 2)"),
        (r"\{x \mid x>1\}", "(builder x (rel:('>',) x 1))"),
        ("1<x<2", "(rel:('<', '<') 1 x 2)"),
        ("x=1,y=2;x=3,y=4",
        "(list:(',', ';') (list:, (rel:('=',) x 1) (rel:('=',) y 2)) (list:, (rel:('=',) x 3) (rel:('=',) y 4)))"),
        (r"1\text{ or }2", "(list:('or',) 1 2)"),
        ("7:32", "(ratio 7 32)"),
        (r"\frac{1}{2} \approx 0.5", "1/2"),
        (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", "(matrix (row 1 2) (row 3 4))"),
        (r"\sum_{k=1}^{n} k^2", "(sum (pow k 2) (rel:('=',) k 1) n)"),
        ("x²", "(pow x 2)"),
        ("2π", "(mul 2 pi)"),
        ("sqrt(3)", "(root 3 2)"),
        ("2**(1/4)", "(pow 2 (div 1 4))"),
        ("f(x)", "(apply:f x)"),
        (r"\begin{pmatrix}1\\[4pt]2\end{pmatrix}", "(matrix (row 1) (row 2))"),
        (r"3\hspace{1mm}+\kern 2pt 4", "(add 3 4)"),
        (r"\begin{aligned}x&=3\end{aligned}", "(rel:('=',) x 3)"),
        (r"\begin{aligned}x&=3y\\&=42\\\end{aligned}", "(rel:('=', '=') x (mul 3 y) 42)"),
        (r"\begin{align*}&x=1 & y&=2\\z&=3\end{align*}",
        "(list:(',',) (rel:('=',) x 1) (rel:('=',) y 2) (rel:('=',) z 3))"),
        (r"\begin{aligned}&-1\\&-2\end{aligned}", "(list:(',',) (neg 1) (neg 2))"),
        (r"\begin{aligned}1 & -1\end{aligned}", "(list:(',',) 1 (neg 1))"),
        (r"\begin{eqnarray}x&=&5\end{eqnarray}", "(rel:('=',) x 5)"),
        (r"\left\{\begin{array}{l}x\\y\end{array}\right.", "(list:(',',) x y)"),
        (r"\left\{\begin{aligned}x&=1\\y&=2\end{aligned}\right.", "(list:(',',) (rel:('=',) x 1) (rel:('=',) y 2))"),
        (r"\{\begin{aligned}1\\2\end{aligned}\}", "(set 1 2)"),
        ("e^{it}", "(pow e (mul i t))"),
        ("at^2", "(mul a (pow t 2))"),
        ("ax+by", "(add (mul a x) (mul b y))"),
        ("ax-by", "(add (mul a x) (neg (mul b y)))"),
        ("an + b", "(add (mul a n) b)"),
        (r"\frac{at}{2}", "(div (mul a t) 2)"),
        ("(at, bt)", "(seq:() (mul a t) (mul b t))"),
        (r"\sin(at)", "(fn:sin (mul a t))"),
        ("x = at", "(rel:('=',) x (mul a t))"),
    ],
)  # fmt: skip
def test_text_becomes_the_conventional_tree(text: str, tree: str) -> None:
    assert lisp(parse(text, LIMITS)) == tree


@pytest.mark.parametrize(
    "text",
    ["", ".", ",", "-", "4 2", "4 10/3", "1+", "(1", "1)", "{", "}", "^2", "_2", "(1,2", "[1)", r"\frac{1}",
     "Yes", "none of these", "x if y", "a.b", "__import__", r"43\phantom{42}", r"\begin{pmatrix}1", "#", "@",
     "x==", "|x", "5 by 6", "side-by-side", "it is 5", "x at 2", "(by A) 5", "5 (at t=2)", "if", "(no)", "x, of",
     "5 of x", "x & y", r"3\hspace{42}", r"\begin{aligned}(x & y)\end{aligned}"],
)  # fmt: skip
def test_what_is_no_mathematics_is_refused(text: str) -> None:
    with pytest.raises(NotMathError):
        parse(text, LIMITS)


def test_a_thousand_terms_and_a_thousand_brackets_need_no_recursion() -> None:
    assert len(parse("+".join(["x"] * 1000), LIMITS).args) == 1000
    assert lisp(parse("(" * 1000 + "7" + ")" * 1000, LIMITS)) == "7"
    with pytest.raises(NotMathError):
        parse("(" * 5000 + "7" + ")" * 5000, LIMITS)


@pytest.mark.parametrize(
    "text",
    [r"\frac{12}{5}", r"\sqrt{2}x", "x^{2}", r"\sin{x}y", r"\sin^{2}x", r"\log_{2}{8}", r"\binom{5}{2}", "2{x}",
     "{e}^{i}", r"3\frac{1}{2}"],
)  # fmt: skip
def test_a_number_or_letter_in_braces_reads_as_it_does_in_two_pairs_of_braces(text: str) -> None:
    doubled = text.replace("{", "{{").replace("}", "}}")
    assert parse(text, LIMITS) == parse(doubled, LIMITS)
