"""Asks a worker whether two trees are equal, and says why where it gives no answer.

The parent's side of `worker.py`: trees to plain lists, answers to outcomes. Loads neither sympy nor flint.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from flowrl_envs.types import Reason
from flowrl_envs.verify.literals import Literal
from flowrl_envs.verify.nodes import Node, postorder
from flowrl_envs.verify.pool import WorkerError, shared_pool

_DEEPEST = 80
_MOST_NODES = 1_500
_MOST_BITS = 8_192


class Outcome(NamedTuple):
    """What a worker said: equal or not, or None and the reason."""

    equal: bool | None
    reason: Reason


def ask(op: str, left: Node, right: Node, seconds: float) -> Outcome:
    """Compares a reference and an answer in a worker; `op` is "scalar" or "set".

    An answer too large to send is a different one, as it is to the worker.
    """
    first, second = plain(left), plain(right)
    if first is None:
        return Outcome(None, Reason.RESOURCE)
    if second is None:
        return Outcome(False, Reason.WRONG)
    try:
        answer = shared_pool().ask({"op": op, "left": first, "right": second}, seconds)
    except WorkerError as error:
        return Outcome(None, error.reason)
    equal = answer.get("equal")
    if isinstance(equal, bool):
        return Outcome(equal, Reason.CORRECT if equal else Reason.WRONG)
    return Outcome(None, Reason.RESOURCE if answer.get("reason") != "internal" else Reason.INTERNAL)


def _exceeds(number: Literal) -> bool:
    """Whether a number has more bits than a worker is sent."""
    return max(number.numerator.bit_length(), number.denominator.bit_length()) > _MOST_BITS


def plain(tree: Node) -> list[Any] | None:
    """The tree as nested lists, or None if it is too large to send."""
    order = postorder(tree)
    if len(order) > _MOST_NODES:
        return None
    stack: list[tuple[list[Any], int]] = []
    for node in order:
        count = len(node.args)
        parts = stack[len(stack) - count :]
        del stack[len(stack) - count :]
        depth = 1 + max((part[1] for part in parts), default=0)
        if depth > _DEEPEST or (node.kind == "num" and _exceeds(node.value)):
            return None
        value = [node.value.numerator, node.value.denominator] if node.kind == "num" else node.value
        stack.append(
            ([node.kind, [part[0] for part in parts], list(value) if isinstance(value, tuple) else value], depth)
        )
    return stack[-1][0]
