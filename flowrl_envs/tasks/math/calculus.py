"""Calculus: derivatives, integrals, limits and extrema."""

from __future__ import annotations

import math
import random
from fractions import Fraction

from flowrl_envs.tasks.math.family import Drawn, Family, family, fraction, polynomial, signed, times

CALCULUS: list[Family] = []


@family("calculus", CALCULUS)
def derivative(rng: random.Random, level: int) -> Drawn:
    """Of a polynomial, of a power of a linear function, of a polynomial times an exponential."""
    if level == 1:
        p = [signed(rng, 30) for _ in range(4)]
        return _derivative_of(rng, polynomial(p, "x")), polynomial([k * p[k] for k in range(1, 4)], "x")
    a, b, n = rng.randint(2, 60), signed(rng, 60), rng.randint(4, 9)
    if level == 2:
        inner = polynomial([b, a], "x")
        return _derivative_of(rng, f"({inner})^{n}"), f"{n * a}({inner})^{n - 1}"
    c, k = rng.randint(2, 40), rng.randint(2, 20)
    answer = f"({polynomial([c + k * b, k * c], 'x')})e^{{{k}x}}"
    return _derivative_of(rng, f"({polynomial([b, c], 'x')})e^{{{k}x}}"), answer


@family("calculus", CALCULUS)
def slope_at(rng: random.Random, level: int) -> Drawn:
    """The value of the first, second or third derivative of a polynomial at a point."""
    p, at = [signed(rng, 12) for _ in range(3 + level)], signed(rng, 6)
    q = p
    for _ in range(level):
        q = [k * q[k] for k in range(1, len(q))]
    value = sum(c * at**k for k, c in enumerate(q))
    named = "f" + "'" * level + f"({at})"
    return f"Let $f(x) = {polynomial(p, 'x')}$. Find ${named}$.", str(value)


@family("calculus", CALCULUS)
def definite_integral(rng: random.Random, level: int) -> Drawn:
    """Of a polynomial between integers, between larger ones, and of x e^x."""
    low = rng.randint(-4, 3)
    high = low + rng.randint(1, 4)
    if level < 3:
        p = [signed(rng, 60) for _ in range(1 + level)]
        value = sum(Fraction(c, k + 1) * (high ** (k + 1) - low ** (k + 1)) for k, c in enumerate(p))
        return f"Evaluate $\\int_{{{low}}}^{{{high}}} ({polynomial(p, 'x')})\\,dx$.", fraction(value)
    a, b, top = rng.randint(2, 40), signed(rng, 90), rng.randint(2, 15)
    constant, factor = a - b, a * top + b - a  # the antiderivative of (ax+b)e^x is (ax+b-a)e^x
    question = f"Evaluate $\\int_0^{{{top}}} ({polynomial([b, a], 'x')})e^x\\,dx$."
    return question, _with_constant(factor, f"e^{{{top}}}", constant)


@family("calculus", CALCULUS)
def limit(rng: random.Random, level: int) -> Drawn:
    """Of a quotient with a removable zero, at infinity, and of sines."""
    if level == 1:
        root, other, a = signed(rng, 60), signed(rng, 60), rng.randint(2, 9)
        other = other if other != root else root + 1
        top = polynomial([a * root * other, -a * (root + other), a], "x")
        bottom = polynomial([-root, 1], "x")
        return f"Find $\\lim_{{x \\to {root}}} \\frac{{{top}}}{{{bottom}}}$.", str(a * (root - other))
    if level == 2:
        p, q = ([signed(rng, 40) for _ in range(3)] for _ in range(2))
        question = f"Find $\\lim_{{x \\to \\infty}} \\frac{{{polynomial(p, 'x')}}}{{{polynomial(q, 'x')}}}$."
        return question, fraction(Fraction(p[2], q[2]))
    a, b, c = rng.randint(2, 60), rng.randint(2, 60), rng.randint(2, 60)
    question = f"Find $\\lim_{{x \\to 0}} \\frac{{{c}\\sin({a}x)}}{{\\tan({b}x)}}$."
    return question, fraction(Fraction(a * c, b))


@family("calculus", CALCULUS)
def extremum(rng: random.Random, level: int) -> Drawn:
    """The least value of a parabola, where a cubic has its minimum, and its value there."""
    if level == 1:
        a, h, k = rng.randint(1, 9), signed(rng, 30), signed(rng, 90)
        parabola = polynomial([a * h * h + k, -2 * a * h, a], "x")
        return rng.choice(
            (
                f"What is the minimum value of $f(x) = {parabola}$?",
                f"Find the smallest value that ${parabola}$ takes for real $x$.",
            )
        ), str(k)
    left, gap, c, a = signed(rng, 15), 2 * rng.randint(1, 8), signed(rng, 90), rng.randint(1, 5)
    right = left + gap  # f' = 6a (x - left)(x - right), so the minimum is at `right`
    p = [c, 6 * a * left * right, -3 * a * (left + right), 2 * a]
    if level == 2:
        return f"At which $x$ does $f(x) = {polynomial(p, 'x')}$ have a local minimum?", str(right)
    value = sum(coefficient * right**power for power, coefficient in enumerate(p))
    return f"What is the value of $f(x) = {polynomial(p, 'x')}$ at its local minimum?", str(value)


@family("calculus", CALCULUS)
def taylor_coefficient(rng: random.Random, level: int) -> Drawn:
    """The coefficient of a power of x in the expansion of (ax+b)^n, of e^(ax), of 1/(1-ax)^2."""
    n, a, b = rng.randint(5, 9), signed(rng, 20), signed(rng, 20)
    k = rng.randint(2, n - 1)
    if level == 1:
        question = f"What is the coefficient of $x^{k}$ in the expansion of $({polynomial([b, a], 'x')})^{n}$?"
        return question, str(math.comb(n, k) * a**k * b ** (n - k))
    c = rng.randint(2, 999)
    if level == 2:
        function, value = f"{c}e^{{{a}x}}", Fraction(c * a**k, math.factorial(k))
    else:
        function, value = f"\\frac{{{c}}}{{({polynomial([1, -a], 'x')})^2}}", Fraction(c * (k + 1) * a**k)
    return f"What is the coefficient of $x^{k}$ in the Maclaurin series of ${function}$?", fraction(value)


@family("calculus", CALCULUS)
def area_between(rng: random.Random, level: int) -> Drawn:
    """Under a parabola's arch, between a parabola and a line, and the volume of a solid of revolution."""
    low, width, a = signed(rng, 40), rng.randint(1, 40), rng.randint(1, 30)
    high = low + width
    if level == 1:
        p = polynomial([-a * low * high, a * (low + high), -a], "x")
        return f"What is the area enclosed by the $x$-axis and the graph of $y = {p}$?", fraction(
            Fraction(a * width**3, 6)
        )
    if level == 2:
        m, c = signed(rng, 15), signed(rng, 30)
        p = polynomial([c + a * low * high, m - a * (low + high), a], "x")
        line = polynomial([c, m], "x")
        return f"What is the area enclosed by the graphs of $y = {p}$ and $y = {line}$?", fraction(
            Fraction(a * width**3, 6)
        )
    b, low = rng.randint(1, 30), abs(low)
    cube = (a * (low + width) + b) ** 3 - (a * low + b) ** 3
    question = (
        f"The region under the graph of $y = {polynomial([b, a], 'x')}$ from $x = {low}$ to $x = {low + width}$ "
        "is rotated about the $x$-axis. What is the volume of the solid?"
    )
    return question, times(Fraction(cube, 3 * a), r"\pi")


def _derivative_of(rng: random.Random, f: str) -> str:
    return rng.choice((f"Find the derivative of $f(x) = {f}$.", f"Differentiate ${f}$ with respect to $x$."))


def _with_constant(factor: int, symbol: str, constant: int) -> str:
    left = "0" if factor == 0 else {1: symbol, -1: f"-{symbol}"}.get(factor, f"{factor}{symbol}")
    if factor == 0 or constant == 0:
        return left if constant == 0 else str(constant)
    return f"{left} {'-' if constant < 0 else '+'} {abs(constant)}"
