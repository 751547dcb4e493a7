"""An independent answer for each family of the Math task, computed from the words of the question alone.

Nothing of `flowrl_envs.tasks.math` is used: each oracle reads the numbers and formulas out of the rendered question and
solves it by sympy or by brute force, the long way round.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import sympy
from sympy.parsing.sympy_parser import implicit_multiplication_application, parse_expr, standard_transformations

x = sympy.Symbol("x", real=True)
_RULES = (*standard_transformations, implicit_multiplication_application)


def read(latex: str) -> Any:
    """The value of the small LaTeX that questions and answers are written in."""
    text = latex.replace(r"\left", "").replace(r"\right", "").replace(r"\cdot", "*").replace(r"\,", " ")
    while (
        new := re.sub(r"\\frac\{((?:[^{}]|\{[^{}]*\})*)\}\{((?:[^{}]|\{[^{}]*\})*)\}", r"((\1)/(\2))", text)
    ) != text:
        text = new
    text = re.sub(r"\\sqrt\{([^{}]*)\}", r"*sqrt(\1)", text).replace(r"\pi", "*pi").replace(r"\sin", "*sin")
    text = re.sub(r"\^\{([^{}]*)\}", r"**(\1)", text.replace(r"\tan", "*tan")).replace("^", "**")
    text = re.sub(r"(^|[(+\-/,]\s*)\*(?!\*)", r"\1", text)
    names = {"pi": sympy.pi, "e": sympy.E, "x": x, "sqrt": sympy.sqrt, "sin": sympy.sin, "tan": sympy.tan}
    if text.startswith("(") and _outer_comma(text):
        return tuple(parse_expr(part, names, transformations=_RULES) for part in text[1:-1].split(","))
    return parse_expr(text, names, transformations=_RULES)


def _outer_comma(text: str) -> bool:
    return "," in text and text.endswith(")")


def mathematics(question: str) -> list[str]:
    """What stands between dollar signs."""
    return re.findall(r"\$([^$]*)\$", question)


def numbers(question: str) -> list[int]:
    """The integers of the question, in order."""
    return [int(n) for n in re.findall(r"-?\d+", question)]


def equation(text: str) -> Any:
    left, right = text.split("=")
    return read(left) - read(right)


def unknown(text: str) -> Any:
    (symbol,) = equation(text).free_symbols
    return symbol


def formulas(question: str) -> dict[str, Any]:
    """f(x) = ... and the like, by name."""
    return {m.split("(")[0]: read(m.split("=")[1]) for m in mathematics(question) if "(x) =" in m}


def linear_equation(q: str) -> Any:
    (text,) = [m for m in mathematics(q) if "=" in m]
    (root,) = sympy.solve(equation(text), unknown(text))
    return root


def quadratic_root(q: str) -> Any:
    (text,) = [m for m in mathematics(q) if "=" in m]
    return max(sympy.solve(equation(text), unknown(text)))


def linear_system(q: str) -> Any:
    *equations, pair = mathematics(q)
    names = [read(name) for name in pair.strip("()").split(",")]
    (solution,) = sympy.linsolve([equation(e) for e in equations], names)
    return tuple(solution)


def arithmetic_series(q: str) -> Any:
    first, second, third, *rest = numbers(q)
    assert third - second == second - first
    if "\\cdots" in q:
        return sum(range(first, rest[-1] + 1, second - first))
    terms = [first + k * (second - first) for k in range(rest[-1])]
    return sum(terms) if "sum" in q else terms[-1]


def geometric_series(q: str) -> Any:
    if "infinite" in q:
        first, ratio = (read(m) for m in mathematics(q))
        k = sympy.Symbol("k", integer=True)
        return sympy.summation(first * ratio**k, (k, 0, sympy.oo))
    first, second, _, count = numbers(q)
    terms = [Fraction(first) * Fraction(second, first) ** k for k in range(count)]
    return sum(terms) if "sum" in q else terms[-1]


def composition(q: str) -> Any:
    f = formulas(q)
    composed = sympy.expand(f["f"].subs(x, f["g"]))
    return composed.subs(x, numbers(mathematics(q)[-1])[0]) if "What is" in q else composed


def logarithm(q: str) -> Any:
    (text,) = [m for m in mathematics(q) if "=" in m]
    (root,) = sympy.solveset(equation(text), unknown(text), sympy.S.Reals)
    return root


def greatest_common_divisor(q: str) -> Any:
    n = numbers(q)
    return max(d for d in range(1, min(n) + 1) if all(m % d == 0 for m in n))


def least_common_multiple(q: str) -> Any:
    n = numbers(q)
    return next(m for m in itertools.count(max(n), max(n)) if all(m % k == 0 for k in n))


def remainder(q: str) -> Any:
    if "cdot" in q:
        a, b, m = numbers(q)
        return (a * b) % m
    base, exponent, m = numbers(q)
    return base**exponent % m


def divisors(q: str) -> Any:
    found = sympy.divisors(numbers(q)[0])
    return len(found) if "How many" in q else sum(found)


def base_conversion(q: str) -> Any:
    values = [int(digits, int(base)) for digits, base in re.findall(r"(\d+)_\{(\d+)\}", q)]
    return sum(values) if "sum" in q else values[0] - numbers(mathematics(q)[1])[0]


def congruence(q: str) -> Any:
    if "equiv" in q:
        a, b, m = numbers(q)
        return next(n for n in range(m) if (a * n - b) % m == 0)
    r, m, s, n = numbers(q)
    return next(k for k in itertools.count(1) if k % m == r and k % n == s)


def prime_factor(q: str) -> Any:
    primes = sympy.primefactors(numbers(q)[0])
    return max(primes) if "largest" in q else sum(primes)


def arrangements(q: str) -> Any:
    (word,) = re.findall(r"\b[A-Z]{4,}\b", q)
    ways, left = 1, len(word)
    for c in set(word):
        ways, left = ways * math.comb(left, word.count(c)), left - word.count(c)
    return ways


def committees(q: str) -> Any:
    n = numbers(q)
    if "team?" in q:
        return sympy.ff(n[1], n[0]) / sympy.factorial(n[0])
    if "at least" in q:
        m, w, size, least = n
        return sum(math.comb(m, k) * math.comb(w, size - k) for k in range(size + 1) if k >= least)
    m, w, j, k = n
    return math.comb(m, j) * math.comb(w, k)


def lattice_paths(q: str) -> Any:
    a, b, c, d, *point = numbers(q)
    ways = {(a, b): 1}
    for i, j in itertools.product(range(a, c + 1), range(b, d + 1)):
        if (i, j) != (a, b):
            blocked = "do not pass" in q and [i, j] == point
            ways[i, j] = 0 if blocked else ways.get((i - 1, j), 0) + ways.get((i, j - 1), 0)
    if point and "do not" not in q:
        return ways[tuple(point)] * lattice_paths(f"{point[0]} {point[1]} {c} {d}")
    return ways[c, d]


def dice_sum(q: str) -> Any:
    *faces, one, target = numbers(q)
    assert one == 1
    rolls = [sum(roll) for roll in itertools.product(*(range(1, f + 1) for f in faces))]
    hits = [s for s in rolls if (s == target if "exactly" in q else s >= target)]
    return Fraction(len(hits), len(rolls))


def draws(q: str) -> Any:
    m, n, k = numbers(q)
    first, second = re.search(r"\$ (\w+) and \$\d+\$ (\w+) marbles", q).groups()  # type: ignore[union-attr]
    assert f"are {first}?" in q or f"is {first}?" in q
    assert first != second
    bag = [True] * m + [False] * n
    replaced = "put it back" in q
    chance = Fraction(1)
    wanted = "at least one" not in q
    for drawn in range(k):
        gone = 0 if replaced else drawn
        chance *= Fraction(bag.count(wanted) - gone, len(bag) - gone)
    return chance if wanted else 1 - chance


def multiples(q: str) -> Any:
    low, high, *n = numbers(q)
    hits = [any(k % d == 0 for d in n) for k in range(low, high + 1)]
    return hits.count("neither" not in q)


def right_triangle(q: str) -> Any:
    a, b = numbers(q)
    return sympy.sqrt(b * b - a * a) if "other leg" in q else sympy.sqrt(a * a + b * b)


def distance(q: str) -> Any:
    if "line" in q:
        point, text = mathematics(q)
        p, line = sympy.Point(*read(point)), equation(text)
        y = sympy.Symbol("y")
        return p.distance(sympy.Line(line.subs({y: sympy.Symbol("y"), x: sympy.Symbol("x")})))
    first, second = (sympy.Point(*read(m)) for m in mathematics(q))
    return first.distance(second)


def circle(q: str) -> Any:
    size = [read(m) for m in mathematics(q)]
    if "sector" in q:
        return sympy.pi * size[0] ** 2 * size[1] / 360
    radius = size[0] / 2 if "diameter" in q else size[0] / (2 * sympy.pi)
    return sympy.pi * radius**2


def solid(q: str) -> Any:
    n = numbers(q)
    if "box" in q:
        return math.prod(n)
    (r,) = map(int, re.findall(r"radius \$(\d+)\$", q))
    (h,) = map(int, re.findall(r"height \$(\d+)\$", q))
    slope = sympy.Rational(r, h)
    return sympy.integrate(sympy.pi * ((slope * x) ** 2 if "cone" in q else r**2), (x, 0, h))


def polygon_area(q: str) -> Any:
    corners = [sympy.Point(*read(m)) for m in mathematics(q)]
    assert len(corners) == (3 if "triangle" in q else 4)
    polygon = sympy.Polygon(*corners)
    assert polygon.is_convex()
    return abs(polygon.area)


def line_through(q: str) -> Any:
    first, second = (sympy.Point(*read(m)) for m in mathematics(q) if m.startswith("("))
    if "midpoint" in q:
        return tuple(first.midpoint(second))
    line = sympy.Line(first, second)
    return line.slope if "slope" in q else line.intersection(sympy.Line((0, 0), (0, 1)))[0].y


def rectangle(q: str) -> Any:
    m, n = numbers(q)
    if "other side" in q:
        return sympy.Rational(m, n)
    if "perimeter" in q and "diagonal" not in q:
        return n * (sympy.Rational(m, 2) - n)
    sides = sympy.roots(x**2 - sympy.Rational(n, 2) * x + m, x, multiple=True)
    return sympy.sqrt(sum(side**2 for side in sides))


def derivative(q: str) -> Any:
    text = mathematics(q)[0]
    return sympy.diff(read(text.split("=")[-1]), x)


def slope_at(q: str) -> Any:
    where = mathematics(q)[-1]
    return sympy.diff(formulas(q)["f"], x, where.count("'")).subs(x, numbers(where)[0])


def definite_integral(q: str) -> Any:
    low, high, integrand = re.match(r"Evaluate \$\\int_\{?(-?\d+)\}?\^\{(-?\d+)\} (.*)\\,dx", q).groups()  # type: ignore[union-attr]
    return sympy.integrate(sympy.expand(read(integrand)), (x, int(low), int(high)))


def limit(q: str) -> Any:
    point, body = re.match(r"Find \$\\lim_\{x \\to (.*?)\} (.*)\$", q).groups()  # type: ignore[union-attr]
    return sympy.limit(read(body), x, sympy.oo if "infty" in point else int(point))


def extremum(q: str) -> Any:
    f = next(read(m.split("=")[-1]) for m in mathematics(q) if "^" in m)
    lows = [p for p in sympy.solve(sympy.diff(f, x), x) if sympy.diff(f, x, 2).subs(x, p) > 0]
    (low,) = lows
    return low if "At which" in q else f.subs(x, low)


def taylor_coefficient(q: str) -> Any:
    power, body = mathematics(q)
    k = numbers(power)[0]
    return (sympy.diff(read(body), x, k) / math.factorial(k)).subs(x, 0)


def area_between(q: str) -> Any:
    curves = [read(m.split("=")[1]) for m in mathematics(q) if m.startswith("y")]
    if "rotated" in q:
        low, high = (numbers(m)[0] for m in mathematics(q)[1:3])
        return sympy.integrate(sympy.pi * sympy.expand(curves[0] ** 2), (x, low, high))
    gap = curves[0] - (curves[1] if len(curves) > 1 else 0)
    low, high = sorted(sympy.solve(gap, x))
    return abs(sympy.integrate(gap, (x, low, high)))


ORACLES: dict[str, Callable[[str], Any]] = {
    oracle.__name__: oracle
    for oracle in (
        linear_equation, quadratic_root, linear_system, arithmetic_series, geometric_series, composition, logarithm,
        greatest_common_divisor, least_common_multiple, remainder, divisors, base_conversion, congruence, prime_factor,
        arrangements, committees, lattice_paths, dice_sum, draws, multiples, right_triangle, distance, circle, solid,
        polygon_area, line_through, rectangle, derivative, slope_at, definite_integral, limit, extremum,
        taylor_coefficient, area_between,
    )
}  # fmt: skip
