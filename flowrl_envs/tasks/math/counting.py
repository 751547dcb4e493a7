"""Counting and probability: arrangements, choices, paths, dice and draws."""

from __future__ import annotations

import math
import random
from collections import Counter
from fractions import Fraction

from flowrl_envs.tasks.math.family import Drawn, Family, family, fraction

COUNTING: list[Family] = []
_GROUPS = (("girls", "boys"), ("teachers", "students"), ("singers", "dancers"), ("cats", "dogs"), ("poets", "painters"))
_COLOURS = ("red", "blue", "green", "white", "black", "yellow")


@family("counting", COUNTING)
def arrangements(rng: random.Random, level: int) -> Drawn:
    """Orders of letters, some of which repeat."""
    alphabet = rng.sample("ABCDEFGHKLMNOPRSTU", 3 + level)
    repeats = [rng.randint(1, 3) for _ in alphabet]
    repeats[0] += 1
    letters = [c for c, n in zip(alphabet, repeats, strict=True) for _ in range(n)]
    rng.shuffle(letters)
    count = math.factorial(len(letters))
    for n in repeats:
        count //= math.factorial(n)
    word = "".join(letters)
    return rng.choice(
        (f"In how many distinct ways can the letters of {word} be arranged?", f"How many anagrams does {word} have?")
    ), str(count)


@family("counting", COUNTING)
def committees(rng: random.Random, level: int) -> Drawn:
    """Choices from one group, from two, and with a bound on one of them."""
    (first, second), m, n = rng.choice(_GROUPS), rng.randint(5, 60), rng.randint(5, 60)
    j, k = rng.randint(2, 4), rng.randint(2, 4)
    if level == 1:
        people = rng.randint(10, 5000)
        return f"In how many ways can ${k}$ of ${people}$ {first} be chosen for a team?", str(math.comb(people, k))
    club = f"A club has ${m}$ {first} and ${n}$ {second}."
    if level == 2:
        ways = math.comb(m, j) * math.comb(n, k)
        return f"{club} In how many ways can ${j}$ {first} and ${k}$ {second} be chosen?", str(ways)
    size = j + k
    ways = sum(math.comb(m, i) * math.comb(n, size - i) for i in range(j, size + 1))
    return f"{club} How many teams of ${size}$ have at least ${j}$ {first}?", str(ways)


@family("counting", COUNTING)
def lattice_paths(rng: random.Random, level: int) -> Drawn:
    """Shortest ways on a grid, through a point, and around one."""
    x, y = rng.randint(3, 14), rng.randint(3, 14)
    a, b = rng.randint(1, x - 1), rng.randint(1, y - 1)
    p, q = rng.randint(0, 99), rng.randint(0, 99)
    paths = f"paths made of steps of length one to the right or up lead from $({p}, {q})$ to $({p + x}, {q + y})$"
    total, through = math.comb(x + y, x), math.comb(a + b, a) * math.comb(x + y - a - b, x - a)
    if level == 1:
        return f"How many {paths}?", str(total)
    where, count = ("pass", through) if level == 2 else ("do not pass", total - through)
    return f"How many {paths} and {where} through $({p + a}, {q + b})$?", str(count)


@family("counting", COUNTING)
def dice_sum(rng: random.Random, level: int) -> Drawn:
    """The probability of a sum of fair dice with any number of faces."""
    faces = [rng.randint(4, 50) for _ in range(2 if level < 3 else 3)]
    sums = Counter({0: 1})
    for f in faces:
        sums = Counter({s: sum(sums[s - face] for face in range(1, f + 1)) for s in range(1, sum(faces) + 1)})
    target = rng.randint(len(faces) + 1, sum(faces) - 1)
    named = f"{', '.join(f'${f}$' for f in faces[:-1])} and ${faces[-1]}$ faces, each numbered from $1$"
    if level == 1:
        what, ways = f"exactly ${target}$", sums[target]
    else:
        what, ways = f"at least ${target}$", sum(n for s, n in sums.items() if s >= target)
    return f"You roll fair dice with {named}. What is the probability that the sum is {what}?", fraction(
        Fraction(ways, math.prod(faces))
    )


@family("counting", COUNTING)
def draws(rng: random.Random, level: int) -> Drawn:
    """The probability of colours drawn from a bag, with and without putting back."""
    first, second = rng.sample(_COLOURS, 2)
    m, n = rng.randint(3, 60), rng.randint(3, 60)
    bag = f"A bag holds ${m}$ {first} and ${n}$ {second} marbles."
    if level == 1:
        k = rng.randint(2, 3)
        chance = Fraction(m, m + n) ** k
        how = f"You draw a marble ${k}$ times and put it back each time."
        return f"{bag} {how} What is the probability that all of them are {first}?", fraction(chance)
    k = rng.randint(2, level)
    if level == 2:
        chance = Fraction(math.comb(m, k), math.comb(m + n, k))
        what = f"all of them are {first}"
    else:
        chance = 1 - Fraction(math.comb(n, k), math.comb(m + n, k))
        what = f"at least one of them is {first}"
    return f"{bag} You draw ${k}$ without putting any back. What is the probability that {what}?", fraction(chance)


@family("counting", COUNTING)
def multiples(rng: random.Random, level: int) -> Drawn:
    """Integers in a range that are divisible by a number, by one of two, by neither."""
    low = rng.randint(2, 400)
    high = low + rng.randint(100, 500 * level)
    a, b = rng.sample(range(3, 20), 2)
    numbers = f"How many integers from ${low}$ to ${high}$, both included, are divisible by"
    if level == 1:
        return f"{numbers} ${a}$?", str(_multiples(low, high, a))
    either = _multiples(low, high, a) + _multiples(low, high, b) - _multiples(low, high, math.lcm(a, b))
    if level == 2:
        return f"{numbers} ${a}$ or ${b}$?", str(either)
    return f"{numbers} neither ${a}$ nor ${b}$?", str(high - low + 1 - either)


def _multiples(low: int, high: int, n: int) -> int:
    return high // n - (low - 1) // n
