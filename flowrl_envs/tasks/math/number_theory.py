"""Number theory: divisors, remainders, congruences and bases."""

from __future__ import annotations

import math
import random

from flowrl_envs.tasks.math.family import Drawn, Family, family, letter

NUMBER_THEORY: list[Family] = []
_PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97)


@family("number theory", NUMBER_THEORY)
def greatest_common_divisor(rng: random.Random, level: int) -> Drawn:
    """Of two numbers with a planted common factor, and of three."""
    shared = rng.randint(2, 60 + 30 * level)
    numbers = sorted(shared * n for n in rng.sample(range(2, 40 + 40 * level), 2 if level < 3 else 3))
    named = _listed(numbers)
    question = rng.choice(
        (f"What is the greatest common divisor of {named}?", f"Find the largest integer that divides {named}.")
    )
    return question, str(math.gcd(*numbers))


@family("number theory", NUMBER_THEORY)
def least_common_multiple(rng: random.Random, level: int) -> Drawn:
    """Of two numbers, and of three."""
    shared = rng.randint(1, 12)
    numbers = sorted(shared * n for n in rng.sample(range(2, 30 * level + 60), 2 if level < 3 else 3))
    named = _listed(numbers)
    question = rng.choice(
        (
            f"What is the least common multiple of {named}?",
            f"Find the smallest positive integer divisible by {named}.",
        )
    )
    return question, str(math.lcm(*numbers))


@family("number theory", NUMBER_THEORY)
def remainder(rng: random.Random, level: int) -> Drawn:
    """Of a product, and of a power."""
    modulus = rng.randint(6, 40 * level)
    if level == 1:
        a, b = rng.randint(50, 999), rng.randint(50, 999)
        return f"What is the remainder when ${a} \\cdot {b}$ is divided by ${modulus}$?", str(a * b % modulus)
    base, exponent = rng.randint(2, 60), rng.randint(20, 200 * level)
    question = f"What is the remainder when ${base}^{{{exponent}}}$ is divided by ${modulus}$?"
    return question, str(pow(base, exponent, modulus))


@family("number theory", NUMBER_THEORY)
def divisors(rng: random.Random, level: int) -> Drawn:
    """How many positive divisors a number has, and what they sum to."""
    powers = dict.fromkeys(rng.sample(_PRIMES[3:], 1 + level), 1)
    for prime in (2, 3, 5):
        powers[prime] = powers.get(prime, 0) + rng.randint(0, 6 - prime // 2)
    number = math.prod(prime**power for prime, power in powers.items())
    if level < 3:
        count = math.prod(power + 1 for power in powers.values())
        return f"How many positive divisors does ${number}$ have?", str(count)
    total = math.prod((prime ** (power + 1) - 1) // (prime - 1) for prime, power in powers.items())
    return f"What is the sum of the positive divisors of ${number}$?", str(total)


@family("number theory", NUMBER_THEORY)
def base_conversion(rng: random.Random, level: int) -> Drawn:
    """A number in another base against one in base ten, and sums of two numbers of different bases."""
    base = rng.randint(3, 9)
    number = rng.randint(base**6, base**7 * 2 ** (level - 1))
    if level < 3:
        less = rng.randint(2, number // 2)
        question = f"By how much does ${_digits(number, base)}_{{{base}}}$ exceed ${less}$? Answer in base ten."
        return question, str(number - less)
    other_base = rng.choice([b for b in range(3, 10) if b != base])
    other = rng.randint(other_base**3, other_base**5)
    numbers = f"${_digits(number, base)}_{{{base}}}$ and ${_digits(other, other_base)}_{{{other_base}}}$"
    return f"What is the sum of {numbers}, written in base ten?", str(number + other)


@family("number theory", NUMBER_THEORY)
def congruence(rng: random.Random, level: int) -> Drawn:
    """The least solution of one linear congruence, and of two remainders at once."""
    x = letter(rng)
    if level < 3:
        modulus = rng.randint(20, 99) * level + 1
        a = rng.choice([a for a in range(2, modulus) if math.gcd(a, modulus) == 1])
        b = rng.randint(2, modulus - 1)
        equation = f"{a}{x} \\equiv {b} \\pmod{{{modulus}}}"
        return f"Find the smallest non-negative integer ${x}$ with ${equation}$.", str(
            pow(a, -1, modulus) * b % modulus
        )
    m, n = rng.sample([p for p in _PRIMES if p > 5], 2)
    solution = rng.randint(max(m, n) + 1, m * n - 1)
    question = (
        f"Find the smallest positive integer that leaves remainder ${solution % m}$ when divided by ${m}$ "
        f"and remainder ${solution % n}$ when divided by ${n}$."
    )
    return question, str(solution)


@family("number theory", NUMBER_THEORY)
def prime_factor(rng: random.Random, level: int) -> Drawn:
    """The largest prime factor, and the sum of the distinct ones."""
    primes = rng.choices(_PRIMES, k=3 + level)
    number = math.prod(primes)
    if level < 3:
        return f"What is the largest prime factor of ${number}$?", str(max(primes))
    return f"What is the sum of the distinct prime factors of ${number}$?", str(sum(set(primes)))


def _listed(numbers: list[int]) -> str:
    *first, last = (f"${number}$" for number in numbers)
    return f"{', '.join(first)} and {last}"


def _digits(number: int, base: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, base)
        digits = str(digit) + digits
    return digits
