"""Geometry: triangles, circles, solids, polygons and the coordinate plane."""

from __future__ import annotations

import random
from fractions import Fraction

from flowrl_envs.tasks.math.family import Drawn, Family, family, fraction, radical, signed, times

GEOMETRY: list[Family] = []


@family("geometry", GEOMETRY)
def right_triangle(rng: random.Random, level: int) -> Drawn:
    """The hypotenuse of a scaled Pythagorean triple, of any legs, and a leg."""
    if level == 1:
        m, n, scale = *sorted(rng.sample(range(1, 12), 2)), rng.randint(1, 600)
        legs = [scale * (n * n - m * m), scale * 2 * m * n]
        rng.shuffle(legs)
        answer = str(scale * (m * m + n * n))
    else:
        legs = [rng.randint(2, 400), rng.randint(2, 400)]
        answer = radical(legs[0] ** 2 + legs[1] ** 2)
    if level < 3:
        sides = f"legs of length ${legs[0]}$ and ${legs[1]}$"
        return rng.choice(
            (
                f"A right triangle has {sides}. How long is its hypotenuse?",
                f"Find the hypotenuse of a right triangle with {sides}.",
            )
        ), answer
    short, long = min(legs), max(legs) + 1
    question = f"A right triangle has one leg of length ${short}$ and a hypotenuse of length ${long}$."
    return f"{question} Find the length of the other leg.", radical(long**2 - short**2)


@family("geometry", GEOMETRY)
def distance(rng: random.Random, level: int) -> Drawn:
    """Between two points in the plane, in space, and from a point to a line."""
    points = [tuple(signed(rng, 40) for _ in range(2 if level == 1 else 3)) for _ in range(2)]
    if level < 3:
        square = sum((p - q) ** 2 for p, q in zip(*points, strict=True)) or 1
        if points[0] == points[1]:
            points[1] = (points[1][0] + 1, *points[1][1:])
        return f"What is the distance between the points ${points[0]}$ and ${points[1]}$?", radical(square)
    (x, y, c), (a, b, _) = points
    value, norm = abs(a * x + b * y + c), a * a + b * b
    top, bottom = Fraction(value, norm), radical(norm)
    line = f"{_term(a, 'x')} {'-' if b < 0 else '+'} {_term(abs(b), 'y')} {'-' if c < 0 else '+'} {abs(c)} = 0"
    answer = fraction(Fraction(value, int(bottom))) if bottom.isdigit() else _surd(top, norm)
    return f"What is the distance from the point $({x}, {y})$ to the line ${line}$?", answer


@family("geometry", GEOMETRY)
def circle(rng: random.Random, level: int) -> Drawn:
    """The area from the diameter, the area from the circumference, a sector."""
    if level == 1:
        diameter = 2 * rng.randint(2, 50_000)
        question = rng.choice(
            (
                f"A circle has diameter ${diameter}$. What is its area?",
                f"Find the area of a circle of diameter ${diameter}$.",
            )
        )
        return question, times(diameter**2 // 4, r"\pi")
    if level == 2:
        length = rng.randint(3, 60_000)
        question = rng.choice(
            (
                f"A circle has circumference ${length}\\pi$. What is its area?",
                f"A disc has perimeter ${length}\\pi$. Find its area.",
            )
        )
        return question, times(Fraction(length**2, 4), r"\pi")
    radius, degrees = rng.randint(2, 300), rng.randint(10, 170) * 2
    question = f"A sector of a circle of radius ${radius}$ has an angle of ${degrees}$ degrees. What is its area?"
    return question, times(Fraction(radius**2 * degrees, 360), r"\pi")


@family("geometry", GEOMETRY)
def solid(rng: random.Random, level: int) -> Drawn:
    """The volume of a box, a cylinder, and a cone or a sphere."""
    a, b, c = (rng.randint(2, 99) for _ in range(3))
    if level == 1:
        return f"What is the volume of a box with edges of length ${a}$, ${b}$ and ${c}$?", str(a * b * c)
    shape = "cylinder" if level == 2 else "cone"
    r, h = 1 + a, rng.randint(2, 400)
    volume = Fraction(r * r * h, 1 if level == 2 else 3)
    question = rng.choice(
        (
            f"A {shape} has a base of radius ${r}$ and height ${h}$. What is its volume?",
            f"Find the volume of a {shape} of height ${h}$ whose base has radius ${r}$.",
        )
    )
    return question, times(volume, r"\pi")


@family("geometry", GEOMETRY)
def polygon_area(rng: random.Random, level: int) -> Drawn:
    """The area of a triangle given by its corners, and of a convex quadrilateral."""
    if level < 3:
        p, q, r, s = (signed(rng, 15 * level) for _ in range(4))
        a, b = signed(rng, 15 * level), signed(rng, 15 * level)
        corners = [(p, q), (p + a, q + b), (p + r, q + s)] if a * s != b * r else [(p, q), (p + a, q), (p, q + b)]
    else:  # one corner on each half axis makes a convex quadrilateral, then it is moved
        dx, dy = signed(rng, 9), signed(rng, 9)
        arms = [rng.randint(1, 30) for _ in range(4)]
        corners = [(dx + arms[0], dy), (dx, dy + arms[1]), (dx - arms[2], dy), (dx, dy - arms[3])]
    name = "triangle" if len(corners) == 3 else "quadrilateral"
    named = ", ".join(f"${corner}$" for corner in corners)
    return f"What is the area of the {name} with vertices {named}?", fraction(Fraction(abs(_doubled_area(corners)), 2))


@family("geometry", GEOMETRY)
def line_through(rng: random.Random, level: int) -> Drawn:
    """The midpoint of two points, the slope between them, and where their line meets an axis."""
    (p, q), (r, s) = ((signed(rng, 30), signed(rng, 30)) for _ in range(2))
    if level == 1:
        middle = f"({fraction(Fraction(p + r, 2))}, {fraction(Fraction(q + s, 2))})"
        return f"What is the midpoint of the segment from $({p}, {q})$ to $({r}, {s})$?", middle
    r = r if r != p else p + 31
    slope = Fraction(s - q, r - p)
    line = f"the line through $({p}, {q})$ and $({r}, {s})$"
    if level == 2:
        return f"What is the slope of {line}?", fraction(slope)
    return f"At which value of $y$ does {line} meet the $y$-axis?", fraction(q - slope * p)


@family("geometry", GEOMETRY)
def rectangle(rng: random.Random, level: int) -> Drawn:
    """A side from the area, the area from the perimeter, and the diagonal from both."""
    a, b = rng.randint(3, 900), rng.randint(3, 900)
    if level == 1:
        question = f"A rectangle has area ${a * b}$ and one side of length ${a}$. How long is the other side?"
        return question, str(b)
    if level == 2:
        question = f"A rectangle has perimeter ${2 * (a + b)}$ and one side of length ${a}$. What is its area?"
        return question, str(a * b)
    question = f"A rectangle has area ${a * b}$ and perimeter ${2 * (a + b)}$. How long is its diagonal?"
    return question, radical(a * a + b * b)


def _term(n: int, x: str) -> str:
    return x if n == 1 else f"-{x}" if n == -1 else f"{n}{x}"


def _surd(value: Fraction, square: int) -> str:
    """`value` times the square root of `square`, in LaTeX and in lowest terms."""
    root = radical(square)
    outside, _, inside = root.partition(r"\sqrt")
    return "0" if value == 0 else times(value * int(outside or 1), rf"\sqrt{inside}")


def _doubled_area(corners: list[tuple[int, int]]) -> int:
    pairs = zip(corners, corners[1:] + corners[:1], strict=True)
    return sum(a * d - b * c for (a, b), (c, d) in pairs)
