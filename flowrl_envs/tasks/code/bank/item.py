"""One built-in problem: words, a generator of inputs, a right solution, and the slip that makes it wrong.

The expected outputs are not stored: the right solution, which is ours and trusted, makes them on the host. Inputs come
from a generator seeded with the problem's name, after the edge cases; they are equal in every process.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from flowrl_envs.sandbox import Compare, Test
from flowrl_envs.sandbox.types import Mode

TESTS = 16
"""How many tests a problem has at most, edge cases included."""

MAIN = "\n\nimport sys\nsys.stdout.write(solve(sys.stdin.read()) + '\\n')\n"
Words = list[str]


@dataclass(frozen=True, eq=False)
class Item:
    """A problem.

    Attributes:
        name: of the problem, and in function mode of the function.
        level: 1 (a line or two) to 4 (an algorithm).
        text: what to compute.
        given: draws the arguments (a tuple), or in stdin mode the input text.
        right: the right solution; in stdin mode it defines `solve(text)`.
        slip: (what, by what): the replacement that makes the right solution wrong.
        edges: inputs that every solution meets first.
        mode: "function" or "stdin".
        compare: how answers are judged.
    """

    name: str
    level: int
    text: str
    given: Callable[[random.Random], Any]
    right: str
    slip: tuple[str, str]
    edges: tuple[Any, ...] = ()
    mode: Mode = "function"
    compare: Compare = field(default_factory=lambda: Compare("equal"))

    def __reduce__(self) -> tuple[Callable[[str], Item], tuple[str]]:
        """Pickles as its name: a generator of inputs is code, not data."""
        return named, (self.name,)

    @property
    def solution(self) -> str:
        """The right program."""
        code = self.right.strip("\n")
        return code + MAIN if self.mode == "stdin" else code + "\n"

    @property
    def mistake(self) -> str:
        """A program that is wrong by one slip."""
        return self.solution.replace(*self.slip, 1)

    @property
    def signature(self) -> str:
        """The function as it is to be written, "name(arguments)"."""
        start = self.right.index(f"def {self.name}(") + 4
        return self.right[start : self.right.index(")", start) + 1]


def named(name: str) -> Item:
    """The built-in problem of that name."""
    from flowrl_envs.tasks.code.bank import ITEMS

    return next(item for item in ITEMS if item.name == name)


@cache
def tests_of(item: Item) -> tuple[Test, ...]:
    """The tests: edge cases first, then drawn inputs without repeats."""
    rng = random.Random(item.name)
    inputs = list(item.edges)
    for _ in range(20 * TESTS):
        drawn = item.given(rng)
        if drawn not in inputs:
            inputs.append(drawn)
        if len(inputs) >= TESTS:
            break
    scope: dict[str, Any] = {"__name__": "reference"}
    exec(compile(item.right, f"<{item.name}>", "exec"), scope)  # noqa: S102 - our own solution
    if item.mode == "stdin":
        return tuple(Test(text, scope["solve"](text) + "\n") for text in inputs)
    return tuple(Test(arguments, scope[item.name](*arguments)) for arguments in inputs)


def ints(rng: random.Random, low: int, high: int, least: int = -20, most: int = 20) -> list[int]:
    """Between `low` and `high` integers, each from `least` to `most`."""
    return [rng.randint(least, most) for _ in range(rng.randint(low, high))]


def word(rng: random.Random, low: int, high: int, letters: str = "abcdefghij") -> str:
    """Between `low` and `high` letters."""
    return "".join(rng.choice(letters) for _ in range(rng.randint(low, high)))


def words(rng: random.Random, low: int, high: int, letters: str = "abcde") -> Words:
    """Between `low` and `high` short words."""
    return [word(rng, 1, 4, letters) for _ in range(rng.randint(low, high))]


def grid(rng: random.Random, cells: str, most: int = 6) -> Words:
    """A rectangle of up to `most` by `most` characters."""
    width = rng.randint(1, most)
    return [word(rng, width, width, cells) for _ in range(rng.randint(1, most))]


def edges(rng: random.Random, nodes: int, count: int) -> list[tuple[int, int]]:
    """Up to `count` different pairs of different nodes."""
    found = {tuple(rng.sample(range(nodes), 2)) for _ in range(count)} if nodes > 1 else set()
    return [(a, b) for a, b in sorted(found)]


TOKENS = Compare("tokens")
LINES = Compare("lines")
