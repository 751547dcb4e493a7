"""Steps: climb a number of stairs exactly, with steps of given sizes: short answers of many lengths, all enumerable.

A response is a row of digits, one a step, so its length varies from one token to `longest`, and right answers of one
problem differ in length and order. Every response can be listed, so a policy's distance to the reward-tilted target
pi_ref(y) exp(beta r(y)) / Z is a finite sum, and what dividing by the length does to it can be seen. Unlike `modes`
there is a rule to learn, and it holds for the problems of the other split.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations, product
from typing import Literal, NamedTuple

from flowrl_envs.errors import UnknownOptionError
from flowrl_envs.sources.numbered import Numbered
from flowrl_envs.task import Task, check_index
from flowrl_envs.types import Problem, Reason, Verdict, right, wrong

MOST_RESPONSES = 4096


class Climb(NamedTuple):
    """The reference of a problem: the sizes of steps, in rising order, and the stairs to climb."""

    sizes: tuple[int, ...]
    stairs: int


class Steps(Task):
    """Steps that add up to a number.

    Args:
        sizes: how many step sizes a problem allows, at least 2.
        largest: sizes are from 1 to this, at most 9.
        longest: most steps of an answer; there are sizes + sizes^2 + ... + sizes^longest responses, at most 4096.
        least: only problems with at least this many right answers (always of two lengths or more).
        style: "plain" asks in words; "short" writes "134 -> 8:", for models with a small vocabulary.
    """

    def __init__(
        self,
        sizes: int = 3,
        largest: int = 9,
        longest: int = 4,
        least: int = 3,
        style: Literal["plain", "short"] = "plain",
    ) -> None:
        _require(largest in range(2, 10), f"largest={largest!r}; allowed are 2 to 9")
        _require(sizes in range(2, largest + 1), f"sizes={sizes!r}; allowed are 2 to largest={largest}")
        fits = longest in range(2, 13) and sum(sizes**n for n in range(1, longest + 1)) <= MOST_RESPONSES
        _require(fits, f"longest={longest!r}; allowed are 2 or more with at most {MOST_RESPONSES} responses in all")
        _require(type(least) is int and least >= 2, f"least={least!r}; allowed are 2 or more")
        _require(style in ("plain", "short"), f"style={style!r}; allowed are 'plain' and 'short'")
        self._longest, self._short = longest, style == "short"
        self._problems = _problems(sizes, largest, longest, least)
        _require(len(self._problems) > 1, "fewer than two problems exist; lower least=, or raise longest= or largest=")
        self._items = Numbered((len(self._problems),), f"steps/{sizes}/{largest}/{longest}/{least}")

    def size(self, split: str) -> int | None:
        """The exact number of problems."""
        return self._items.size(split)

    def problem(self, split: str, index: int) -> Problem:
        """A set of step sizes and a number of stairs."""
        check_index(self, split, index)
        climb = self._problems[self._items.number(split, index)]
        *first, last = map(str, climb.sizes)
        if self._short:
            prompt = f"{''.join(map(str, climb.sizes))} -> {climb.stairs}:"
        else:
            prompt = (
                f"Climb exactly {climb.stairs} stairs in at most {self._longest} steps, each of {', '.join(first)} or "
                f"{last} stairs. Reply with the sizes of your steps as digits in a row, and nothing else."
            )
        name = f"steps-{'-'.join(map(str, climb.sizes))}-to-{climb.stairs}"
        return Problem(name, prompt, climb, {"stairs": climb.stairs})

    def score(self, problem: Problem, response: str) -> Verdict:
        """Right exactly if the digits are allowed, not too many, and add up; `answer` is the row of digits."""
        said, climb = response.strip(), problem.reference
        if not said:
            return wrong(Reason.NO_ANSWER)
        if len(said) > self._longest or not (said.isascii() and said.isdigit()):
            return wrong(Reason.MALFORMED)
        taken = [int(digit) for digit in said]
        if not set(taken) <= set(climb.sizes):
            return wrong(Reason.ILLEGAL, said, why="a step of another size")
        return right(answer=said) if sum(taken) == climb.stairs else wrong(answer=said, climbed=sum(taken))

    def gold(self, problem: Problem) -> str:
        """The first of the shortest right answers."""
        return min(self.solutions(problem), key=lambda row: (len(row), row))

    def solutions(self, problem: Problem) -> frozenset[str]:
        """Every row that adds up."""
        climb: Climb = problem.reference
        return frozenset(row for row in _rows(climb.sizes, self._longest) if _sum(row) == climb.stairs)

    def responses(self, problem: Problem) -> tuple[str, ...]:
        """Every row of allowed steps, shorter ones first."""
        climb: Climb = problem.reference
        return _rows(climb.sizes, self._longest)


@lru_cache(maxsize=256)
def _rows(sizes: tuple[int, ...], longest: int) -> tuple[str, ...]:
    digits = [str(size) for size in sizes]
    return tuple("".join(row) for n in range(1, longest + 1) for row in product(digits, repeat=n))


def _problems(sizes: int, largest: int, longest: int, least: int) -> list[Climb]:
    """Every set of sizes with every number that enough rows of different lengths reach."""
    found = []
    for chosen in combinations(range(1, largest + 1), sizes):
        reached: dict[int, list[int]] = {}
        for row in _rows(chosen, longest):
            reached.setdefault(_sum(row), []).append(len(row))
        found += [
            Climb(chosen, stairs)
            for stairs, lengths in sorted(reached.items())
            if len(lengths) >= least and len(set(lengths)) > 1
        ]
    return found


def _sum(row: str) -> int:
    return sum(map(int, row))


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise UnknownOptionError(f"Steps: {message}.")
