"""Every solution of a Countdown problem, and every target a set of numbers can reach.

`forms` builds all canonical forms that use each given number once, from the forms of the two halves of every way to
divide the numbers. `solutions` divides once more and looks the second half up by the value it must have, so its cost
grows with the forms of n - 1 numbers: about 0.1 ms for 3 numbers, 2 ms for 4, 25 ms for 5; twice to six times that
with division.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import combinations

from flowrl_envs.tasks.countdown.form import Form, Value, add, divide, multiply, negative, number, ratio

MOST_NUMBERS = 5
"""Solutions are enumerated up to this many numbers."""

Numbers = tuple[int, ...]


@lru_cache(maxsize=65536)
def solutions(numbers: Numbers, target: int, operators: str, exactly: bool) -> frozenset[str]:
    """The texts of all canonical forms worth `target`, using each number at most (or exactly) once."""
    found: set[str] = set()
    for chosen in [numbers] if exactly else _subsets(numbers):
        if len(chosen) == 1:
            found.update(map(str, (n for n in chosen if n == target)))
        for first, second in _halves(chosen):
            partners: dict[Value, list[Form]] = {}
            for b in forms(second, operators):
                partners.setdefault(b.value, []).append(b)
            for a in forms(first, operators):
                for wanted in _partners(a.value, target, operators):
                    for b in partners.get(wanted, ()):
                        found.update(form.text for form in _combined(a, b, operators) if form.value == target)
    return frozenset(found)


def solution_counts(numbers: Numbers, operators: str, exactly: bool) -> dict[Value, int]:
    """Every value the (sorted) numbers can reach, and how many canonical forms reach it."""
    found: dict[Value, set[str]] = {}
    for chosen in [numbers] if exactly else _subsets(numbers):
        for form in forms(chosen, operators):
            found.setdefault(form.value, set()).add(form.text)
    return {value: len(texts) for value, texts in found.items()}


@lru_cache(maxsize=2048)
def forms(numbers: Numbers, operators: str) -> tuple[Form, ...]:
    """All canonical forms that use each of the (sorted) numbers exactly once."""
    if len(numbers) == 1:
        return (number(numbers[0]),)
    found: dict[str, Form] = {}
    for first, second in _halves(numbers):
        for a in forms(first, operators):
            for b in forms(second, operators):
                found.update((form.text, form) for form in _combined(a, b, operators))
    return tuple(found.values())


@lru_cache(maxsize=65536)
def values(numbers: Numbers, operators: str) -> frozenset[Value]:
    """What the (sorted) numbers can be worth when each is used exactly once."""
    if len(numbers) == 1:
        return frozenset(numbers)
    found: set[Value] = set()
    for first, second in _halves(numbers):
        for a in values(first, operators):
            for b in values(second, operators):
                if "+" in operators:
                    found.add(a + b)
                if "-" in operators:
                    found.update((a - b, b - a))
                if "*" in operators:
                    found.add(a * b)
                if "/" in operators:
                    found.update(ratio(x, y) for x, y in ((a, b), (b, a)) if y != 0)
    return frozenset(found)


def targets(numbers: Numbers, operators: str, exactly: bool) -> frozenset[Value]:
    """Every value the (sorted) numbers can reach, each used at most (or exactly) once."""
    chosen = [numbers] if exactly else _subsets(numbers)
    return frozenset().union(*(values(subset, operators) for subset in chosen))


def _combined(a: Form, b: Form, operators: str) -> Iterator[Form]:
    if "+" in operators:
        yield add(a, b)
    if "-" in operators:
        yield add(a, negative(b))
        yield add(b, negative(a))
    if "*" in operators:
        yield multiply(a, b)
    if "/" in operators:
        if b.value != 0:
            yield divide(a, b)
        if a.value != 0:
            yield divide(b, a)


def _partners(a: Value, target: int, operators: str) -> set[Value]:
    """What b must be worth for some a+b, a-b, b-a, a*b, a/b or b/a to be worth `target` (not zero)."""
    wanted: set[Value] = {target - a, a - target, a + target}
    if a != 0:
        wanted.update((ratio(target, a), ratio(a, target), a * target))
    return wanted


def _subsets(numbers: Numbers) -> Iterable[Numbers]:
    return {subset for size in range(1, len(numbers) + 1) for subset in combinations(numbers, size)}


def _halves(numbers: Numbers) -> set[tuple[Numbers, Numbers]]:
    """The ways to divide the numbers in two; each way once, equal numbers being interchangeable."""
    places = range(1, len(numbers))
    halves = set()
    for size in range(len(numbers) - 1):
        for chosen in combinations(places, size):
            first = (numbers[0], *(numbers[i] for i in chosen))
            second = tuple(numbers[i] for i in places if i not in chosen)
            halves.add((first, second))
    return halves
