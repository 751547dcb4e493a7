"""Verdicts on names, equations, lists of assignments and sets of reals: the right answer, and a near miss beside it."""

import pytest

from flowrl_envs.verify import Mode, verify

ACCEPTED = {
    "conjunctions and alternatives": [
        ("a>1, b>1", r"b>1 \text{ and } a>1"), (r"a>1 \text{ or } b>1", "b>1 or a>1"), ("x=1, x=2", "x=2 or x=1"),
        ("x_1=1, x_2=2", "x_1=1 or x_2=2"), ("x=2, 3x-4y+10=0", "x=2 or 3x-4y+10=0"), ("1, 2", "1 or 2"),
        ("y=2x, x=3", "y=2x or x=3"), ("f(x)=x, f(x)=2x", "f(x)=2x or f(x)=x"), ("x=1, y=2", "x=1 and y=2"),
    ],
    "sets without others": [
        (r"(-\infty,2)\cup(2,\infty)", r"\mathbb{R}-\{2\}"), (r"(-\infty,3]\cup[5,\infty)", r"\mathbb{R} - (3,5)"),
        (r"[0,3)\cup(3,5]", r"[0,5]-\{3\}"), (r"x \ne 2", r"x\in\mathbb{R}-\{2\}"),
        (r"\mathbb{R}\setminus\{2,3\}", r"\mathbb{R}-\{2\}-\{3\}"),
        (r"\mathbb{Z}\setminus\{0\}", r"\mathbb{Z}-\{0\}"),
        (r"(0,1/2)\cup(1/2,1)\cup(2,3)", r"(0,1)\cup(2,3)-\{1/2\}"),
    ],
    "sets of one tuple": [
        ("(1,2)", r"\{(1,2)\}"), (r"\{(1,2)\}", "(1,2)"), (r"\{(1,2)\}", r"(x,y)\in\{(1,2)\}"),
        (r"\{(1,2)\}", "x=1, y=2"), (r"\{(1,2,3)\}", "(1,2,3)"), (r"\{(1,2)\}", "1, 2"),
        (r"\begin{pmatrix}1\\2\end{pmatrix}", r"\left\{\begin{pmatrix}1\\2\end{pmatrix}\right\}"),
    ],
    "sets of one number": [(r"\{5\}", "5"), ("5", r"\{5\}"), (r"\{5\}", "x=5"), (r"\{\{1\},3\}", r"\{3,\{1\}\}")],
    "remarks on names": [
        ("f(x)=x", r"f(x) = x \text{ for all } x"),
        (r"x=\frac{\pi}{4}+n \pi", r"x = \frac{\pi}{4}+n\pi, n\in\mathbb{Z}"),
        ("f(x)=cx", r"f(x)=cx, c\in\mathbb{R}"), ("2^{n-1}", r"2^{n-1}, n\ge1"),
        ("a_n=2^n", r"a_n=2^n, n\in\mathbb{N}"),
        (r"x=n\pi, n\in\mathbb{Z}", r"x = n\pi"), (r"x=n\pi, n\in\mathbb{Z}", r"x=n\pi\ (n \in \mathbb Z)"),
        ("f(x)=x", r"f(x)=x, \forall x\in\mathbb{R}"), ("f(n)=n", r"f(n)=n \text{ for all positive integers } n"),
        ("f(x)=cx", r"f(x)=cx\text{, where } c \text{ is an arbitrary constant}"), ("f(x)=x", "f(x)=x for all real x"),
        ("(t,2t)", r"(x,y)=(t,2t), t\in\mathbb{R}"), (r"5\text{ for each person}", "5"),
    ],
    "numbered values": [(r"\frac{5}{2},-3", r"x_1=-3, x_2=\frac52"), ("1,2", "x_1=1, x_2=2"), ("x_1=1, x_2=2", "1,2")],
    "chains from the right": [("a<b<c", "c>b>a"), (r"a \le b<c", r"c>b \ge a"), ("a<b>c", "c<b>a"), ("1<a<b", "b>a>1")],
    "cases": [
        (r"\begin{cases}1&x>0\\0&x\le0\end{cases}", r"\begin{cases}1,&x>0,\\0,&x\le0.\end{cases}"),
        (r"\begin{cases}1&x>0\\0&x\le0\end{cases}", r"\begin{cases}1,&\text{if }x>0\\0,&\text{if }x\le0\end{cases}"),
        (r"\begin{cases}1&\text{if } x>0\\0&\text{otherwise}\end{cases}",
         r"\begin{cases}1,&x>0\\0,&\text{else}\end{cases}"),
        (r"\begin{cases}1&x>0\\0&x\le0\end{cases}", r"\left\{\begin{array}{ll}1,&x>0\\0,&x\le0\end{array}\right."),
    ],
    "big signs of sets": [(r"(0,1)\cup(2,3)", r"(0,1)\bigcup(2,3)")],
    "tuples without brackets": [("[4,2]", "4, 2"), ("[2,2]", "2,2"), ("[1,2,3]", "1,2,3"), ("(1,9)", "1,9")],
    "an approximation of a name": [("3.14", r"x \approx 3.14"), (r"x \approx 3.14", "3.14"),
                                   (r"\pi", r"x \approx 3.14159265"), ("3.14", r"\approx 3.14"),
                                   ("3", r"f(x) \approx 3"), ("x = 2.5", r"x \approx 2.5"),
                                   ("1/3", r"x = \frac13 \approx 0.333"), (r"\sqrt{2}", r"AB = \sqrt{2} \approx 1.41"),
                                   ("x = 1.5, y = 2.5", r"y \approx 2.5, x \approx 1.5")],
    "what an answer has computed": [("17", "m+n=17"), ("17", "m+n=14+3=17"), ("10", "C(5,2)=10"),
                                    ("1/2", r"P(A\mid B)=\frac12"), ("1/2", "P(A|B) = 0.5"),
                                    ("1/2", r"\mathbb{P}(X=2) = \frac12"), ("5", r"\mathbb{E}[X]=5"),
                                    ("2", r"\log_{10}(x)=2"),
                                    (r"\mathbb{E}[X]+\mathbb{E}[Y]", r"\mathbb{E}[Y]+\mathbb{E}[X]"),
                                    ("1/3", r"P(|X|>1 | Y) = 1/3"), ("1/3", r"\Pr(A, B | C) = 1/3"),
                                    (r"P(A|B)=\frac12", "P(A|B) = 0.5")],
    "functions": [("f(x)=2x", "f(t)=2t"), ("f(x)=3", "f(t)=3"), ("f(3)=4", "f(3)=4"), ("f(3)=4", "4"),
                  ("y=2x", "f(x)=2x"), ("f(x,y)=x+y^2", "f(u,v)=u+v^2"), ("P(x)=x^2+1", "P(X)=X^2+1")],
    "rates and unknown functions": [(r"\frac{dx}{dt}=kx-a", r"\frac{d x}{d t}+a=k x"), (r"\dot{x}=-2x", r"\dot x+2x=0"),
                                    (r"\frac{\partial u}{\partial t}=u_0", r"0=u_0-\frac{\partial u}{\partial t}"),
                                    (r"\frac{d^2x}{dt^2}=-9x", r"\frac{d^2x}{dt^2}+9x=0"), ("f(x)=f(y)", "f(y)=f(x)"),
                                    ("f(x+y)=f(x)+f(y)", "f(x+y)-f(x)=f(y)"), ("f(x)=3x", "2f(x)=6x"),
                                    ("P(A)+P(B)=1", "P(B)=1-P(A)"), ("f(x)>2", "-f(x)<-2"),
                                    (r"\frac{dx}{dt}\le 5", r"5\ge\frac{dx}{dt}")],
    "what was worked out": [("1/2", r"\int_0^1 x\,dx = \frac12"),
                            (r"\frac{\pi^2}{6}", r"\sum_{n=1}^\infty \frac{1}{n^2} = \frac{\pi^2}{6}"),
                            ("1", r"\lim_{x\to 0} \frac{\sin x}{x} = 1"),
                            ("1", r"2\int_0^1 x\,dx = 2\cdot\frac12 = 1"),
                            ("55", r"\sum_{k=1}^{10} k = \frac{10\cdot 11}{2} = 55"),
                            ("x^2/2+C", r"\int x\,dx = \frac{x^2}{2}+C"), ("x^2-4", "(x-2)(x+2) = x^2-4"),
                            ("(x+1)^2", "x^2+2x+1 = (x+1)(x+1) = (x+1)^2"), (r"\int_0^1 x\,dx = \frac12", "1/2")],
    "tuples of names": [("(x,y)=(1,2)", "y=2, x=1"), ("x=1, y=2", "(y,x)=(2,1)"), ("(x,y)=(1,2)", "(y,x)=(2,1)"),
                        ("(x,y)=(1,2)", "x=1, y=2"), ("(x,y)=(1,2)", "1, 2"), ("(1,2)", "(x,y)=(1,2)"),
                        ("(1,2)", "x=1, y=2"), ("(x,y)=(1,2)", r"x=1 \text{ and } y=2")],
    "names of lists": [("x=1, y=2", "y=2, x=1"), ("x=1, y=2", "1, 2"), ("x=1, x=2", "x=2, 1"), ("x=1, 2", "x=2, x=1"),
                       ("x=1, x=2", "2, 1"), ("x=1 or x=2", "x_1=2, x_2=1"), (r"x=\pm 2", "x=-2, x=2"),
                       ("2, -2", r"y=\pm 2"), (r"x=\pm 2", r"\pm 2"), ("x=0, x=2, x=-2", r"x=0, \pm 2"),
                       ("x=0, 2", r"x=1 \pm 1"), (r"x=1, x=2", r"\{1, 2\}")],
    "unknowns of sets": [("1<x<2", "x>1 and x<2"), ("x>1, y<2", "y<2, x>1"), ("(1,2)", "1<y<2"),
                         ("x>1", r"\{y \mid y>1\}"), (r"y\ne 2, x \ne 1", r"x \ne 1, y \ne 2"),
                         (r"x \in (1,2)", "x>1 and x<2")],
    "set-builders": [("(1,3)", r"\{x \in \mathbb{R} : 1<x<3\}"),
                     (r"(-\infty,1) \cup (2,\infty)", r"\{x \mid x<1 \text{ or } x>2\}")],
    "inverses": [("x-3", "f^{-1}(x)=x-3"), ("f^{-1}(x)=x-3", "x-3"), ("5", "f^{-1}(3)=5"),
                 (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", r"A^{-1}=\begin{pmatrix}1&2\\3&4\end{pmatrix}"),
                 ("x^{-1}=5", "x^{-1}=5.0")],
}  # fmt: skip
REFUSED = {
    "conjunctions and alternatives": [
        (r"a>1 \text{ and } b>1", r"a>1 \text{ or } b>1"), (r"x^2>4 \text{ and } x^2<9", r"x^2>4 \text{ or } x^2<9"),
        (r"x+y<1 \text{ or } y>2", "x+y<1, y>2"), ("x=1, y=2", "x=1 or y=2"), ("a=2b, c=3d", "a=2b or c=3d"),
        (r"x=1 \text{ or } y=2", r"\{x=1, y=2\}"), (r"x \ge 1; y \ge 1", r"x \ge 1 \text{ or } y \ge 1"),
    ],
    "sets without others": [
        (r"\mathbb{R}", r"\mathbb{R}-\{0\}"), (r"\mathbb{R}\setminus\{2\}", r"\mathbb{R}-2"),
        (r"(0,1)\cup(2,3)", r"(0,1)\cup(2,3)-\{1/2\}"), (r"\pi-2", r"\pi-\{2\}"),
        (r"(1,2)\setminus(3,4)", "(1,2)-(3,4)"), (r"\mathbb{R}-\{0\}", r"\mathbb{C}-\{0\}"),
        (r"\mathbb{R}-\{2\}", r"\mathbb{R}+\{2\}"),
    ],
    "sets of one tuple": [
        ("(1,2)", r"\{(2,1)\}"), (r"\{(1,2)\}", r"\{1,2\}"), (r"\{(1,2)\}", "x=2, y=1"), ("1, 2", r"\{(1,2)\}"),
        (r"\{(1,2),(2,1)\}", "(1,2)"), ("(1,2)", r"\{(1,2),(2,1)\}"), ("[1,2]", r"\{[1,2]\}"),
        (r"(0,\infty)", r"\{(0,\infty)\}"), (r"\{(1,2)\}", "1 or 2"), (r"\{(1,2)\}", "12"),
    ],
    "sets of one number": [
        (r"\{5\}", "6"), (r"\{5,6\}", "5"), (r"\{5\}", "[5,5]"), (r"\emptyset", "0"), (r"\{\{42\}\}", r"\{42\}"),
        (r"\{\{42\}\}", "42"), (r"\{\emptyset,\{1\}\}", r"\{\emptyset,1\}"), (r"\{\{1\},2\}", r"\{1,\{2\}\}"),
    ],
    "remarks on names": [
        ("f(x)=cx", "f(x)=cx, c>0"), ("f(x)=cx", r"f(x)=cx, c\in\mathbb{Z}"), (r"x=2k\pi", r"x=2k\pi, k\in\mathbb{N}"),
        ("x>1", r"x>1, x\in\mathbb{Z}"), ("x=1", r"x=1, y\in\mathbb{R}"), ("a_n=2^n", r"a_n=2^n, n\ge 2"),
        ("5", r"5, n\ge 1"), ("f(x)=x", r"f(x)=x \text{ for all } y"), ("f(x)=x", r"f(x)=x \text{ for all } x>0"),
        ("f(x)=x", r"f(x)=x \text{ for some } x"), ("f(x)=cx", r"f(x)=cx, \text{ where } c \text{ is an integer}"),
        ("n", r"n\in\mathbb{Z}"), ("x=n, n>1", r"x=n, n\in\mathbb{Z}"),
        ("f(x)=x", r"f(x)=x \text{ for all nonzero } x"),
        (r"x=k\pi", r"x=k\pi, k\in\mathbb Z \text{ or } x=1"), ("5", r"\text{for all } x, 5"),
    ],
    "numbered values": [
        ("2,-3", r"x_1=-3, x_2=\frac52"), ("(5/2,-3)", r"x_1=-3, x_2=\frac52"), ("5/2,-3", "x_1=-3, y_2=5/2"),
    ],
    "chains from the right": [
        ("a<b<c", r"c>b \ge a"), ("a<b<c", "c<b<a"), ("a>b>c", "c>b>a"), ("a<b=c", "c=b<a"), ("1<a<b", "b<a<1"),
    ],
    "cases": [
        (r"\begin{cases}1&x>0\\0&x\le0\end{cases}", r"\begin{cases}0,&x>0\\1,&x\le0\end{cases}"),
        (r"\begin{cases}1&x>0\\0&x\le0\end{cases}", r"\begin{cases}1,&\text{if }x\ge0\\0,&x<0\end{cases}"),
        (r"\begin{cases}1&\text{if } x>0\\0&\text{otherwise}\end{cases}",
         r"\begin{cases}1,&x>1\\0,&\text{else}\end{cases}"),
        (r"\begin{cases}1&x>0\\0&x\le0\end{cases}", r"\begin{cases}1&\text{if not }x>0\\0&x\le0\end{cases}"),
    ],
    "big signs of sets": [(r"(k,k+1)", r"\bigcup_{k}(k,k+1)")],
    "intervals are no tuples": [
        ("[1,9]", "1,9"), ("1,9", "[1,9]"), ("[-3,5]", r"-3 \text{ and } 5"), (r"(-\infty,5)", r"-\infty, 5"),
        ("[a,b]", "a,b"), (r"[1,\pi]", r"1,\pi"), ("[1,2]", "x=1, y=2"), (r"(0,\infty)", r"0,\infty"),
    ],
    "an approximation of a name": [("3.15", r"x \approx 3.14"), (r"\pi", r"x \approx 3.14"), ("x", r"x \approx 3.14"),
                                   ("y = 2.5", r"x \approx 2.5"), ("0.333", r"\frac13 \approx 0.333")],
    "what an answer has computed": [("17", "m+n=18"), ("17", "m+n=14+4=17"), ("m+n=17", "17"), ("m+k=17", "m+n=17"),
                                    ("0", "x+y=0"), ("z", "x+y=z"), ("5", "2x=5"), ("P(B|A)=1/2", "P(A|B)=1/2"),
                                    ("10", "C(5,2)=11"), ("P(A)=1/2", "P(B)=1/2"),
                                    (r"\mathbb{E}[X]=5", r"\mathbb{E}[Y]=5")],
    "functions": [("f(2)=4", "f(3)=4"), ("f(x)=4x", "f(x+1)=4x"), ("f(x)=x", "g(x)=x"), ("f(x)=2x", "f(y)=2x"),
                  ("f(x,y)=x+y^2", "f(y,x)=x+y^2"), ("f(0)=0", "f(1)=0"), ("y=4", "f(3)=4"), ("g = 2x", "f(x) = 2x")],
    "rates and unknown functions": [(r"\frac{dx}{dt}=kx-a", r"\frac{dx}{dt}+a=-kx"), (r"\dot{x}=2", r"\dot{y}=2"),
                                    (r"\frac{dy}{dx}=2y", r"\frac{dx}{dy}=2y"), ("f(x)=2f(y)", "f(y)=2f(x)"),
                                    ("f(xy)=f(x)+f(y)", "f(xy)=f(x)f(y)"), ("f(2)=3", "f(3)-2=0"),
                                    ("f(x)>2", "-f(x)<2"), ("f(x)>2", "f(x)-1<1"), ("f(x)=f(y)", "f(x)^2=f(y)^2"),
                                    (r"\frac{dx}{dt}=f(x)", r"f(y)=\frac{dx}{dt}")],
    "what was worked out": [("1/2", r"\int_0^1 x\,dx = \frac13"), ("1/2", r"\int_0^1 x\,dx"),
                            ("x^2-5", "(x-2)(x+2) = x^2-5"), ("x^2-4", "x^2-4 = 0"),
                            ("55", r"\sum_{k=1}^{10} k = \frac{10\cdot 11}{2} = 56"), ("0", "x^2-4 = 0"),
                            ("x+2", "(x-2)(x+2) = x^2-4"), ("1", r"\frac{a}{2}\int_0^1 x\,dx = 1"),
                            ("x+1", "x+1 = x = x+1")],
    "tuples of names": [("(x,y)=(1,2)", "y=1, x=2"), ("x=1, y=2", "(y,x)=(1,2)"), ("(x,y)=(1,2)", "x=1, z=2"),
                        ("(x,y)=(1,2)", "(x,z)=(1,2)"), ("(x,y)=(1,2)", "(y,x)=(1,2)"), ("(x,y)=(1,2)", "2, 1"),
                        ("(1,2)", "1 or 2"), ("(1,2)", "x=1, x=2"), ("(1,2)", "x=1, 2")],
    "names of lists": [("x=1, y=2", "x=1, x=2"), ("x=1, y=2", "y=1, 2"), ("x=1, x=2", "y=1, y=2"),
                       ("x=1, y=2", "2, 1"), (r"x=\pm 2", r"y=\pm 2"), (r"x=\pm 2", "x=2"),
                       ("x=1, x=2", "y_1=1, y_2=2"), ("x_1=1, x_2=2", "x_1=2, x_2=1"), ("x=1, x=2", "a=1, x=2"),
                       ("x=0, x=2", "x=0, y=2")],
    "unknowns of sets": [("x>1, y<2", "y>1, x<2"), ("1<x<2", "x>1, y<2"), ("1<x<2", "1<y<2"),
                         (r"x>1 \text{ and } x<2", "1<y<2"), ("(1,2)", "x>1, y<2"), (r"(1,\infty)", r"\{x \mid y>1\}"),
                         ("y>1 and y<2", r"x \in (1,2)")],
    "set-builders": [("(1,3)", r"\{x \in \mathbb{Z} : 1<x<3\}"), (r"\{x \in \mathbb{Z} : 1<x<3\}", "(1,3)"),
                     (r"(1,\infty)", r"\{2x : x > 1\}"), (r"(1,\infty)", r"\{-x \mid x>1\}"),
                     ("x>1", r"\{x^2 : x > 1\}"), ("(-2,2)", r"\{x \in \mathbb{Z} : x^2<4\}"),
                     (r"(-1,1)", r"\{x : y^2<1\}"), ("x^2<4", "(-2,5), (-7,2)"), ("(1,3)", "x^2>1, x<3 or x>9"),
                     (r"x \in \mathbb{Z}, x^2<5", "(1,2)")],
    "conditions that balls tell apart": [("x^x<2", "(1,2)"), ("(1,2)", "x^x<2"), ("x>3", "x^{100}+x^3+x<1"),
                                         ("x^2>3", "x^{100}+x^3+x<1"), ("x^2>3", r"\sqrt{x+\sqrt{x}}>x^7"),
                                         ("(0,2)", "x^{31}+x<3"), ("x^2<5", "(-2.236,2.236)")],
    "inverses": [("5", "x^{-1}=5"), ("x^{-1}=5", "5"), ("5", "a_n^{-1}=5"), ("5", "R^{-1}=5"), ("5", "x^{-2}=5"),
                 ("5", "xy^{-1}=5")],
    "alternatives": [("x=1, y=2", "1 or 2"), (r"\begin{pmatrix}1\\2\end{pmatrix}", "1 or 2"), ("42", "(41, 42) = 42"),
                     ("2", r"\emptyset = 2")],
    "conditions that say nothing": [("x=1 or x=2", "x>x"), (r"\{1, 2\}", "x>x^x"), ("x^2<4", r"\infty=\pm 2"),
                                    ("x^2<-1", "x=1 or x>x"), (r"\{1, 2\}", r"\sqrt{x} \ne \sqrt{x}")],
}  # fmt: skip


@pytest.mark.parametrize(("reference", "answer"), [pair for pairs in ACCEPTED.values() for pair in pairs])
def test_one_statement_in_two_ways_is_accepted(reference: str, answer: str) -> None:
    assert verify(answer, reference, mode=Mode.BARE).correct is True


@pytest.mark.parametrize(("reference", "answer"), [pair for pairs in REFUSED.values() for pair in pairs])
def test_another_statement_is_refused(reference: str, answer: str) -> None:
    assert verify(answer, reference, mode=Mode.BARE).correct is False


@pytest.mark.parametrize(
    ("answer", "reference", "right"),
    [
        ("(u+v)(x+y) = ux+uy+vx+vy = 12+4+18+6 = 40", "40", True),
        ("f(1) + f(2) = 10 + 5 = 15", "15", True),
        ("2x+3 = 7 = 7", "7", False),
        ("x^2 = 4 = 4", "4", False),
        ("2x+3 = 7", "7", False),
        ("f(1) + f(2) = 10 + 5 = 16", "16", False),
    ],
)
def test_a_chain_that_ends_in_a_number_has_computed_it(answer: str, reference: str, right: bool) -> None:
    assert verify(answer, reference, mode="bare").correct is right
