r"""Countdown: write an expression that reaches a target from given numbers.

Many answers are right, and all of them can be enumerated (`solutions`), so distinct right answers and coverage are
exact; when two expressions are one solution is defined in `form`. Every target can be reached. A target is at least
10 and never one of the numbers, so no answer is a single number.

With few and small numbers (the default) all problems are listed, each comes up once, and the splits have a size.
Otherwise numbers and an expression are drawn and its value is the target; a hash of the content decides the split.
"""

from __future__ import annotations

import random
from collections.abc import Container
from dataclasses import dataclass
from itertools import combinations_with_replacement
from math import comb
from typing import Literal

from flowrl_envs.answers import final_answer
from flowrl_envs.errors import TaskContractError, UnknownOptionError
from flowrl_envs.sources.numbered import Numbered
from flowrl_envs.sources.splits import content_split
from flowrl_envs.task import Task, check_index
from flowrl_envs.tasks.countdown.form import Form, Value, add, divide, multiply, negative, number
from flowrl_envs.tasks.countdown.parse import Expression, NotAnExpressionError, parse
from flowrl_envs.tasks.countdown.solve import MOST_NUMBERS, solution_counts, solutions, targets
from flowrl_envs.types import Problem, Reason, Verdict, right, wrong

LOWEST_TARGET = 10
_LISTED = {2: 50_000, 3: 20_000, 4: 1_000}  # how many sets of so many numbers are listed (within about a second)
_READ_AS = {
    **{r"\times": "*", r"\cdot": "*", r"\div": "/", "×": "*", "·": "*", "÷": "/", "−": "-", "–": "-", " x ": "*"},
    **dict.fromkeys((r"\left", r"\right", r"\(", r"\)", "$"), ""),
    "\u00a0": " ",
}
_WRITTEN_WITH = "0123456789+-*/()= \t"


@dataclass(frozen=True, slots=True)
class Puzzle:
    """The reference of a problem: the sorted numbers, the target, and a solution where it was drawn."""

    numbers: tuple[int, ...]
    target: int
    example: str = ""


class Countdown(Task):
    """Reach a target from numbers with arithmetic operations.

    Args:
        count: how many numbers, 2 to 6. Solutions are enumerated up to 5.
        largest: numbers are drawn from 1 to this, at most 100.
        highest: targets are drawn from 10 to this.
        operators: which of + - * / an answer may use; division is exact and may leave the integers.
        exactly: whether every number must be used, or may be left out (the default).
        least: only problems with at least this many distinct solutions (more than 1 takes seconds to list).
        style: "plain" asks in words; "short" writes "3 5 7 -> 22:", for models with a small vocabulary.
    """

    def __init__(
        self,
        count: int = 4,
        largest: int = 9,
        highest: int = 100,
        operators: str = "+-*",
        exactly: bool = False,
        least: int = 1,
        style: Literal["plain", "short"] = "plain",
    ) -> None:
        _require(count in range(2, 7), f"count={count!r}; allowed are 2 to 6")
        _require(largest in range(2, 101), f"largest={largest!r}; allowed are 2 to 100")
        _require(highest in range(20, 10_001), f"highest={highest!r}; allowed are 20 to 10000")
        known = len(operators) > 1 and operators == "".join(o for o in "+-*/" if o in operators)
        _require(known, f"operators={operators!r}; allowed are two or more of '+-*/', in that order")
        _require(style in ("plain", "short"), f"style={style!r}; allowed are 'plain' and 'short'")
        most = 1 if count > MOST_NUMBERS else 100
        _require(least in range(1, most + 1), f"least={least!r}; allowed are 1 to {most} with {count} numbers")
        self._count, self._largest, self._highest = count, largest, highest
        self._operators, self._exactly, self._short = operators, exactly, style == "short"
        self._least = least
        self._name = f"countdown/{count}/{largest}/{highest}/{operators}/{exactly}/{least}"
        self._listed: list[Puzzle] = []
        self._items: Numbered | None = None
        if comb(largest + count - 1, count) <= _LISTED.get(count, 0):
            self._listed = self._all()
            self._items = Numbered((len(self._listed),), self._name)

    def size(self, split: str) -> int | None:
        """The exact number of problems in the split where they are listed."""
        return self._items.size(split) if self._items else None

    def problem(self, split: str, index: int) -> Problem:
        """A listed puzzle, or the first draw of this split and index whose content belongs to the split."""
        check_index(self, split, index)
        puzzle = self._listed[self._items.number(split, index)] if self._items else self._draw(split, index)
        numbers, target = puzzle.numbers, puzzle.target
        if self._short:
            prompt = f"{' '.join(map(str, numbers))} -> {target}:"
        else:
            named = f"{', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"
            use = "exactly" if self._exactly else "at most"
            prompt = (
                f"Write an expression that equals {target}. Use the numbers {named}, each {use} once, "
                f"and no operations other than {' '.join(self._operators)} and brackets."
            )
        return Problem(_id(puzzle), prompt, puzzle, {"numbers": " ".join(map(str, numbers)), "target": target})

    def score(self, problem: Problem, response: str) -> Verdict:
        """Right exactly if the one expression given is legal and equals the target; `answer` is its canonical form."""
        text = final_answer(response)
        claim = None if text is None else _expression(text)
        if claim is None:
            return wrong(Reason.NO_ANSWER)
        puzzle: Puzzle = problem.reference
        sides = [side.strip() for side in claim.split("=") if side.strip()]
        if len(sides) == 2 and sides[0].isdigit() and not sides[1].isdigit():
            sides.reverse()
        if not sides or len(sides) > 2 or (len(sides) == 2 and not sides[1].isdigit()):
            return wrong(Reason.MALFORMED)
        try:
            expression = parse(sides[0])
        except NotAnExpressionError as error:
            return wrong(Reason.MALFORMED, why=str(error))
        except ZeroDivisionError:
            return wrong(Reason.ILLEGAL, why="it divides by zero")
        if fault := self._fault(puzzle, expression):
            return wrong(Reason.ILLEGAL, expression.form.text, why=fault)
        if len(sides) == 2 and sides[1].lstrip("0") != str(puzzle.target):
            return wrong(answer=expression.form.text, why="it claims another value than the target")
        if expression.form.value != puzzle.target:
            return wrong(answer=expression.form.text, value=str(expression.form.value))
        return right(answer=expression.form.text)

    def gold(self, problem: Problem) -> str:
        """One solution in canonical form, the same one each time."""
        puzzle: Puzzle = problem.reference
        if puzzle.example:
            return puzzle.example
        return random.Random(problem.id).choice(sorted(self.solutions(problem)))

    def solutions(self, problem: Problem) -> frozenset[str]:
        """All canonical solutions; the empty set with more than 5 numbers."""
        puzzle: Puzzle = problem.reference
        if len(puzzle.numbers) > MOST_NUMBERS:
            return frozenset()
        return solutions(puzzle.numbers, puzzle.target, self._operators, self._exactly)

    def _fault(self, puzzle: Puzzle, expression: Expression) -> str:
        """Which rule a well-formed expression breaks, "" for none."""
        if not expression.operators <= set(self._operators):
            return f"it uses {' '.join(sorted(expression.operators - set(self._operators)))}"
        left = list(puzzle.numbers)
        for used in expression.numbers:
            if used not in left:
                return "it uses a number that is not given, or too often"
            left.remove(used)
        return "it leaves a number out" if left and self._exactly else ""

    def _all(self) -> list[Puzzle]:
        puzzles = []
        for numbers in combinations_with_replacement(range(1, self._largest + 1), self._count):
            reached: Container[Value] = targets(numbers, self._operators, self._exactly)
            if self._least > 1:
                counts = solution_counts(numbers, self._operators, self._exactly)
                reached = {target for target, count in counts.items() if count >= self._least}
            wanted = (target for target in range(LOWEST_TARGET, self._highest + 1) if target not in numbers)
            puzzles += [Puzzle(numbers, target) for target in wanted if target in reached]
        _require(
            len(puzzles) > 1,
            "fewer than two problems exist; allow larger numbers, targets, more operators, or a smaller least=",
        )
        return puzzles

    def _draw(self, split: str, index: int) -> Puzzle:
        rng = random.Random(f"{self._name}/{split}/{index}")
        for _ in range(100_000):
            numbers = tuple(sorted(rng.randint(1, self._largest) for _ in range(self._count)))
            form = self._random_form(rng, numbers)
            target = form.value
            if isinstance(target, int) and LOWEST_TARGET <= target <= self._highest and target not in numbers:
                puzzle = Puzzle(numbers, target, form.text)
                if content_split(_id(puzzle), test_share=0.2) == split and self._enough(puzzle):
                    return puzzle
        raise TaskContractError(
            f"Countdown({self._name}): no draw reaches a target from {LOWEST_TARGET} to {self._highest} "
            f"in {self._least} or more ways; allow larger numbers, targets, more operators, or a smaller least="
        )

    def _enough(self, puzzle: Puzzle) -> bool:
        if self._least == 1:
            return True
        return len(solutions(puzzle.numbers, puzzle.target, self._operators, self._exactly)) >= self._least

    def _random_form(self, rng: random.Random, numbers: tuple[int, ...]) -> Form:
        """An expression over all the numbers, or over a random part of at least two where they may be left out."""
        used = len(numbers) if self._exactly else rng.randint(min(3, len(numbers)), len(numbers))
        forms = [number(n) for n in rng.sample(numbers, used)]
        while len(forms) > 1:
            a, b = forms.pop(rng.randrange(len(forms))), forms.pop(rng.randrange(len(forms)))
            operator = rng.choice(self._operators)
            if operator == "/" and (b.value == 0 or a.value % b.value != 0):
                operator = rng.choice(self._operators.replace("/", ""))
            forms.append(_apply(operator, a, b))
        return forms[0]


def _apply(operator: str, a: Form, b: Form) -> Form:
    if operator in "+-":
        return add(a, b if operator == "+" else negative(b))
    return multiply(a, b) if operator == "*" else divide(a, b)


def _expression(text: str) -> str | None:
    """The expression at the end of a final answer, with ASCII operators, or None where there is none."""
    for written, meant in _READ_AS.items():
        text = text.replace(written, meant)
    text = text.strip(" \t*_`").removesuffix(".").rstrip(" \t*_`")
    start = len(text.rstrip(_WRITTEN_WITH))
    if start and text[start:] == text[start:].lstrip() and (text[start - 1].isalnum() or text[start - 1] in "._^}%"):
        start -= 1  # part of something else ("sqrt(9)", "1.5"), which the parser shall see and refuse
    found = text[start:]
    return found if any(character.isdigit() for character in found) else None


def _id(puzzle: Puzzle) -> str:
    return f"countdown-{'-'.join(map(str, puzzle.numbers))}-to-{puzzle.target}"


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise UnknownOptionError(f"Countdown: {message}.")
