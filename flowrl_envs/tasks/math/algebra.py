"""Algebra: equations, systems, sequences, functions and logarithms."""

from __future__ import annotations

import random
from fractions import Fraction

from flowrl_envs.tasks.math.family import Drawn, Family, family, fraction, letter, polynomial, radical, signed

ALGEBRA: list[Family] = []


@family("algebra", ALGEBRA)
def linear_equation(rng: random.Random, level: int) -> Drawn:
    """One unknown: an integer solution, then the unknown on both sides, then a fraction."""
    x, a, b = letter(rng), signed(rng, 12) * 2, signed(rng, 40)
    c = 0 if level == 1 else signed(rng, 11) * 2 + 1
    if level < 3:
        root = Fraction(signed(rng, 20 * level))
        d = int(a * root + b - c * root)
    else:
        d = signed(rng, 40)
        root = Fraction(d - b, a - c)
    equation = f"${polynomial([b, a], x)} = {polynomial([d, c], x)}$"
    return rng.choice((f"Solve {equation} for ${x}$.", f"What value of ${x}$ satisfies {equation}?")), fraction(root)


@family("algebra", ALGEBRA)
def quadratic_root(rng: random.Random, level: int) -> Drawn:
    """The larger root: of a monic factorable quadratic, of a factorable one, of one with irrational roots."""
    x = letter(rng)
    if level == 3:
        p, q = signed(rng, 40), rng.randint(2, 300)
        coefficients = [p * p - q, -2 * p, 1]
        root = radical(q)
        answer = str(p + int(root)) if root.isdigit() else f"{p} + {root}"
    else:
        low, high, a = signed(rng, 60), signed(rng, 60), 1 if level == 1 else rng.randint(2, 7)
        first, second = Fraction(low, a), Fraction(high)
        coefficients = [low * high, -(low + a * high), a]
        answer = fraction(max(first, second))
    equation = f"${polynomial(coefficients, x)} = 0$"
    return rng.choice(
        (f"What is the largest solution of {equation}?", f"Find the greatest real number ${x}$ for which {equation}.")
    ), answer


@family("algebra", ALGEBRA)
def linear_system(rng: random.Random, level: int) -> Drawn:
    """Two equations in two unknowns, the answer an ordered pair."""
    x, y = rng.choice(("xy", "ab", "uv", "pq"))
    size = 6 * level
    first, second = signed(rng, 5 * level), signed(rng, 5 * level)
    a, b, c = (signed(rng, size) for _ in range(3))
    d = signed(rng, size)
    while a * d == b * c:
        d += 1
    lines = [f"{_pair(m, x, n, y)} = {m * first + n * second}" for m, n in ((a, b), (c, d))]
    question = f"Solve the system ${lines[0]}$ and ${lines[1]}$. Give the answer as an ordered pair $({x}, {y})$."
    return question, f"({first}, {second})"


@family("algebra", ALGEBRA)
def arithmetic_series(rng: random.Random, level: int) -> Drawn:
    """A term of an arithmetic sequence, the sum of its first terms, and the sum between two values."""
    first, step, count = signed(rng, 60), rng.randint(2, 40), rng.randint(10, 60)
    last = first + (count - 1) * step
    start = f"An arithmetic sequence begins ${first}, {first + step}, {first + 2 * step}, \\ldots$."
    if level == 1:
        return f"{start} What is its term number ${count}$?", str(last)
    total = str((first + last) * count // 2)
    if level == 2:
        return f"{start} Find the sum of its first ${count}$ terms.", total
    return f"Find the sum ${first} + {first + step} + {first + 2 * step} + \\cdots + {last}$.", total


@family("algebra", ALGEBRA)
def geometric_series(rng: random.Random, level: int) -> Drawn:
    """A term, a finite sum, and an infinite sum with a rational ratio."""
    if level < 3:
        first, ratio, count = signed(rng, 2000), rng.choice((-4, -3, -2, 2, 3, 4, 5)), rng.randint(5, 8)
        start = f"A geometric sequence begins ${first}, {first * ratio}, {first * ratio**2}, \\ldots$."
        if level == 1:
            return f"{start} What is its term number ${count}$?", str(first * ratio ** (count - 1))
        total = first * (ratio**count - 1) // (ratio - 1)
        return f"{start} Find the sum of its first ${count}$ terms.", str(total)
    first, below = rng.randint(2, 1500), rng.randint(3, 19)
    q = Fraction(signed(rng, below - 1), below)
    question = (
        f"An infinite geometric series has first term ${first}$ and common ratio ${fraction(q)}$. What is its sum?"
    )
    return question, fraction(first / (1 - q))


@family("algebra", ALGEBRA)
def composition(rng: random.Random, level: int) -> Drawn:
    """The value of f(g(n)), then f(g(x)) itself for linear f, then for a quadratic f."""
    a, b, c, d = signed(rng, 9), signed(rng, 20), signed(rng, 9), signed(rng, 20)
    f, g = [b, a], [d, c]
    if level == 3:
        f = [b, signed(rng, 9), a]
        composed = [f[0] + f[1] * d + a * d * d, f[1] * c + 2 * a * c * d, a * c * c]
    else:
        composed = [b + a * d, a * c]
    functions = f"Let $f(x) = {polynomial(f, 'x')}$ and $g(x) = {polynomial(g, 'x')}$."
    if level == 1:
        n = signed(rng, 12)
        return f"{functions} What is $f(g({n}))$?", str(composed[0] + composed[1] * n)
    return f"{functions} Write $f(g(x))$ as a polynomial in $x$, expanded.", polynomial(composed, "x")


@family("algebra", ALGEBRA)
def logarithm(rng: random.Random, level: int) -> Drawn:
    """Exponential equations in one base, with the unknown in a sum, and in two bases with a rational solution."""
    x, base = letter(rng), rng.randint(2, 7)
    if level < 3:
        exponent, a, b = rng.randint(2, 9), 1 if level == 1 else rng.randint(2, 12), signed(rng, 90)
        equation = f"{base}^{{{polynomial([b, a], x)}}} = {base**exponent}"
        answer = fraction(Fraction(exponent - b, a))
    else:
        low, high = rng.sample(range(2, 6), 2)
        shift = signed(rng, 99)
        equation = f"{base**low}^{{{polynomial([shift, 1], x)}}} = {base**high}"
        answer = fraction(Fraction(high, low) - shift)
    return rng.choice((f"Solve ${equation}$ for ${x}$.", f"Find the real number ${x}$ such that ${equation}$.")), answer


def _pair(m: int, x: str, n: int, y: str) -> str:
    left, right = polynomial([0, m], x), polynomial([0, abs(n)], y)
    if n == 0:
        return left
    return f"{left} {'-' if n < 0 else '+'} {right}"
