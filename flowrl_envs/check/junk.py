"""Responses that are worth nothing, whatever the problem.

Each was seen to be paid by some scorer of the field, or breaks one: text that a lenient parser reads as an answer,
hedges that name many answers, and strings that are hard to read at all.
"""

from __future__ import annotations

SHORT: tuple[str, ...] = (
    "",
    " \n\t ",
    "banana",
    "nan",
    "NaN",
    "inf",
    "-inf",
    "None",
    "null",
    "True",
    "False",
    "0",
    "1",
    "-1",
    "0.0",
    "[]",
    "{}",
    "?",
    ".",
    "*",
    "\\boxed{}",
    "\\boxed{",
    "\\boxed{?}",
    "I do not know.",
    "The answer is",
    "The correct answer is correct.",
    "answer",
    "<answer></answer>",
    "any of them",
    "\x00",
    "\ud800",
    "\\boxed{\udfff}",
    "\u202e\u200b\ufeff",
    "'; import os; os._exit(0) #",
    "__import__('os')._exit(1)",
    "lambda: 1",
    "x",
)
"""Scored on every sampled problem."""

_HARD: tuple[str, ...] = (
    " ".join(map(str, range(1000))),
    " ".join(f"\\boxed{{{number}}}" for number in range(200)) + " \\boxed{banana}",
    "a " * 524_288,
    "7" * 1_048_576,
    "(" * 100_000,
    "\\boxed{" * 20_000,
    "\\frac{" * 5_000,
    "-" * 50_000 + "x",
    "9" * 5_000,
    "1e999999999",
    "10**10**10",
    "\\boxed{9^{9^{9^{9^9}}}}",
    "\\boxed{1000000!!!}",
    "\ud800" * 10_000,
    "🙂" * 10_000,
    "\n" * 100_000,
)


def hard(long: bool = True) -> tuple[str, ...]:
    """Strings that cost a careless scorer time or memory: up to 1 MB, deep nesting, towers of powers."""
    return _HARD if long else tuple(text for text in _HARD if len(text) < 10_000)
