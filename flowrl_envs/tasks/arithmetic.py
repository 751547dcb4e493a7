r"""Sums: integer arithmetic from one-digit sums to products of negative numbers in parentheses.

The answer is an integer, stated plainly, at the end of a short sentence, after "Answer:" or in a box; anything else
is worth nothing. All operations stay within the integers, so there is no division. Item number n of a level is
decoded from n by mixed radix: no random generator runs, and a problem costs a few microseconds.

No level has a problem whose answer is -1, 0 or 1, so those popular guesses never pay.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod
from typing import Literal

from flowrl_envs.answers import final_answer
from flowrl_envs.errors import UnknownOptionError
from flowrl_envs.sources.numbered import Numbered
from flowrl_envs.task import Task, check_index
from flowrl_envs.types import Problem, Reason, Verdict, right, wrong

Style = Literal["plain", "short"]


@dataclass(frozen=True, slots=True)
class Shape:
    """Sums of one form: how they are written, what they are worth, and the range of each operand."""

    text: str
    value: Callable[..., int]
    ranges: tuple[range, ...]


_DIGIT, _TENS, _LOW, _HIGH = range(1, 10), range(10, 100), range(10, 51), range(52, 100)
_HUNDREDS, _THOUSANDS, _UPPER, _LOWER = range(100, 1000), range(1000, 10_000), range(500, 1000), range(100, 450)

LEVELS: tuple[tuple[Shape, ...], ...] = (
    (Shape("{} + {}", lambda a, b: a + b, (_DIGIT, _DIGIT)),),
    (
        Shape("{} + {}", lambda a, b: a + b, (_TENS, _TENS)),
        Shape("{} - {}", lambda a, b: a - b, (_HIGH, _LOW)),
        Shape("{} - {}", lambda a, b: a - b, (_LOW, _HIGH)),
    ),
    (
        Shape("{} + {} * {}", lambda a, b, c: a + b * c, (_HUNDREDS, _TENS, _TENS)),
        Shape("{} * {} - {}", lambda a, b, c: a * b - c, (_TENS, _HUNDREDS, range(10, 999))),
        Shape("{} - {} + {}", lambda a, b, c: a - b + c, (_HUNDREDS, range(10, 198), _HUNDREDS)),
        Shape("{} - {} - {}", lambda a, b, c: a - b - c, (range(10, 198), _HUNDREDS, _HUNDREDS)),
    ),
    (
        Shape("({} + {}) * {}", lambda a, b, c: (a + b) * c, (_HUNDREDS, _HUNDREDS, _TENS)),
        Shape("{} * ({} - {})", lambda a, b, c: a * (b - c), (_TENS, _UPPER, _LOWER)),
        Shape("{} * ({} - {})", lambda a, b, c: a * (b - c), (_TENS, _LOWER, _UPPER)),
        Shape("{} * {} - {} * {}", lambda a, b, c, d: a * b - c * d, (_HIGH, _UPPER, _LOW, _LOWER)),
        Shape("{} - ({} + {} * {})", lambda a, b, c, d: a - (b + c * d), (_TENS, _HUNDREDS, _TENS, _TENS)),
    ),
    (
        Shape("(-{} + {}) * {} - {}", lambda a, b, c, d: (b - a) * c - d, (_HUNDREDS, _TENS, _TENS, _THOUSANDS)),
        Shape("-{} * (-{} - {}) + {}", lambda a, b, c, d: a * (b + c) + d, (_TENS, _HUNDREDS, _TENS, _THOUSANDS)),
        Shape("{} * (-{}) - {} * {}", lambda a, b, c, d: -a * b - c * d, (_THOUSANDS, _TENS, _HUNDREDS, _TENS)),
        Shape("({} - {} * {}) * {}", lambda a, b, c, d: (a - b * c) * d, (_TENS, _HUNDREDS, _TENS, _TENS)),
    ),
)

_NUMBER = r"[+-]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,40})(?:\.0{1,20})?"
_WHOLE = re.compile(_NUMBER)
_CLOSING = re.compile(
    rf"(?:=|:|→|\bis|\bare|\bequals|\bget|\bgives|\bmakes|\bto|'s)\s*[*_`$]*({_NUMBER})\Z", re.IGNORECASE
)
_FOLD = str.maketrans({"−": "-", "–": "-", "\u00a0": " "})


class Arithmetic(Task):
    """Evaluate an integer sum.

    Args:
        level: 0 (one-digit sums), 1 (two digits, + and -), 2 (three operands, one product), 3 (parentheses) or 4
            (negative numbers and up to four digits).
        style: "plain" asks in words ("What is 3 + 4?"); "short" writes "3+4=", for models with a small vocabulary.
    """

    def __init__(self, level: int = 1, style: Style = "plain") -> None:
        if level not in range(len(LEVELS)) or isinstance(level, bool):
            raise UnknownOptionError(f"Arithmetic: level={level!r}; allowed are 0 to {len(LEVELS) - 1}.")
        if style not in ("plain", "short"):
            raise UnknownOptionError(f"Arithmetic: style={style!r}; allowed are 'plain' and 'short'.")
        self._totals = tuple(prod(map(len, shape.ranges)) for shape in LEVELS[level])
        self._level = level
        self._metadata = {"level": level}
        self._short = style == "short"
        self._items = Numbered(self._totals, f"arithmetic/{level}")

    def size(self, split: str) -> int | None:
        """The exact number of sums in the split at levels 0 and 1; None above."""
        return self._items.size(split)

    def problem(self, split: str, index: int) -> Problem:
        """Decodes the item's number into a shape and its operands."""
        check_index(self, split, index)
        return self._item(self._items.number(split, index))

    def problem_many(self, split: str, indices: Sequence[int]) -> list[Problem]:
        """As `problem`; the bounds are checked once."""
        for index in (min(indices), max(indices)) if indices else ():
            check_index(self, split, index)
        return [self._item(number) for number in self._items.numbers(split, indices)]

    def _item(self, number: int) -> Problem:
        rest, kind = number, 0
        while rest >= self._totals[kind]:
            rest -= self._totals[kind]
            kind += 1
        shape, operands = LEVELS[self._level][kind], []
        for choices in shape.ranges:
            rest, place = divmod(rest, len(choices))
            operands.append(choices[place])
        text = shape.text.format(*operands)
        prompt = text.replace(" ", "") + "=" if self._short else f"What is {text}?"
        return Problem(f"arithmetic-{self._level}-{number}", prompt, shape.value(*operands), self._metadata)

    def score(self, problem: Problem, response: str) -> Verdict:
        """Right exactly if the one stated answer is the integer."""
        if response.isdecimal() and response.isascii() and len(response) < 40:
            value: int | None = int(response)
        else:
            text = final_answer(response)
            if text is None:
                return wrong(Reason.NO_ANSWER)
            value = read_integer(text)
            if value is None:
                return wrong(Reason.MALFORMED)
        return right(answer=str(value)) if value == problem.reference else wrong(answer=str(value))

    def solution_count(self, problem: Problem) -> int:
        """One."""
        return 1

    def gold(self, problem: Problem) -> str:
        """The number itself."""
        return str(problem.reference)

    def solutions(self, problem: Problem) -> frozenset[str]:
        """The one right number."""
        return frozenset((str(problem.reference),))


def read_integer(text: str) -> int | None:
    """The integer that a final answer states, or None.

    It is the whole text ("-1,234", "$12$", "**12**", "12.0"), or ends it after "=", ":", "is" and the like
    ("3 + 4 = 7", "so the total is 7."). A number after any other word ("not 7", "or 7") states nothing.
    """
    tail = text[-200:].translate(_FOLD).replace("{,}", ",").replace("\\,", "").strip(" \t*_`$").removesuffix(".")
    tail = tail.rstrip(" *_`$").removeprefix("\\(").removesuffix("\\)").strip()
    match = _WHOLE.fullmatch(tail) if len(text) <= 200 else None
    digits = match.group() if match else (found.group(1) if (found := _CLOSING.search(tail)) else None)
    return None if digits is None else int(digits.replace(",", "").partition(".")[0])
