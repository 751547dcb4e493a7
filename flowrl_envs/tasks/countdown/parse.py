"""Reading an expression that a model wrote: numbers, + - * /, brackets and signs, nothing else.

An explicit stack reads it from left to right (no recursion, no eval); a text of more than `LONGEST` characters is
not an expression. The result is the canonical form and the numbers that were used, so the caller can check both.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from flowrl_envs.tasks.countdown.form import Form, add, divide, multiply, negative, number

LONGEST = 200
_TOKEN = re.compile(r"[ \t]*([0-9]+|[-+*/()])")
_STRENGTH = {"+": 1, "-": 1, "*": 2, "/": 2, "neg": 3}


class NotAnExpressionError(Exception):
    """The text is not an expression. Never leaves the task: it becomes a verdict."""


@dataclass(frozen=True, slots=True)
class Expression:
    """What was read: the canonical form, the numbers in order of use, and the operators that occur."""

    form: Form
    numbers: tuple[int, ...]
    operators: frozenset[str]


def parse(text: str) -> Expression:
    """Reads `text`, with the usual precedence, * and / and - from the left.

    Raises:
        NotAnExpressionError: something else than an expression.
        ZeroDivisionError: a divisor is worth zero.
    """
    text = text.strip()
    if not 0 < len(text) <= LONGEST:
        raise NotAnExpressionError(f"{len(text)} characters; allowed are 1 to {LONGEST}")
    values: list[Form] = []
    waiting: list[str] = []
    numbers: list[int] = []
    operators: set[str] = set()
    operand_next, position = True, 0
    while position < len(text):
        symbol, position = _next(text, position)
        if operand_next != (symbol.isdigit() or symbol == "(" or (symbol == "-" and operand_next)):
            raise NotAnExpressionError(f"{symbol!r} does not belong at {position}")
        if symbol.isdigit():
            numbers.append(int(symbol))
            values.append(number(numbers[-1]))
            operand_next = False
        elif symbol == "(":
            waiting.append(symbol)
        elif symbol == ")":
            _reduce(values, waiting, 0)
            if not waiting:
                raise NotAnExpressionError("a bracket closes that was not opened")
            waiting.pop()
        elif operand_next:
            operators.add("-")
            waiting.append("neg")
        else:
            _reduce(values, waiting, _STRENGTH[symbol])
            operators.add(symbol)
            waiting.append(symbol)
            operand_next = True
    if operand_next:
        raise NotAnExpressionError("it ends before it is complete")
    _reduce(values, waiting, 0)
    if waiting:
        raise NotAnExpressionError("a bracket is not closed")
    return Expression(values[0], tuple(numbers), frozenset(operators))


def _next(text: str, position: int) -> tuple[str, int]:
    match = _TOKEN.match(text, position)
    if match is None:
        raise NotAnExpressionError(f"{text[position]!r} is not part of an expression")
    return match.group(1), match.end()


def _reduce(values: list[Form], waiting: list[str], strength: int) -> None:
    """Applies the waiting operators, down to the last open bracket, that bind at least as strongly."""
    while waiting and waiting[-1] != "(" and _STRENGTH[waiting[-1]] >= strength:
        operator, b = waiting.pop(), values.pop()
        if operator == "neg":
            values.append(negative(b))
            continue
        a = values.pop()
        if operator in "+-":
            values.append(add(a, b if operator == "+" else negative(b)))
        else:
            values.append(multiply(a, b) if operator == "*" else divide(a, b))
