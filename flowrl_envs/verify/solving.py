"""Conditions in one unknown against conditions or sets of reals: told apart by balls, else solved by a worker.

What neither can hold is a difference, so no answer provokes a question that the worker cannot take.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowrl_envs.verify.membership import told_apart
from flowrl_envs.verify.nodes import Node, names, preorder
from flowrl_envs.verify.result import Stage
from flowrl_envs.verify.vocabulary import word_set

if TYPE_CHECKING:
    from flowrl_envs.verify.compare import Comparison

ORDERS = frozenset({"<", ">", "<=", ">=", "!=", "notin"})
_SIGNS = frozenset({"<", ">", "<=", ">=", "!=", "="})
_SCALARS = word_set("num var const add mul neg div pow root abs")
_CONSTANTS = frozenset({"pi", "e"})
_REALS = Node("const", (), "R")
_DEEPEST = 30


def is_condition(node: Node) -> bool:
    """Whether a tree is an inequality, or a list with one."""
    if node.kind == "rel":
        return bool(set(node.value) & ORDERS)
    return node.kind == "list" and any(part.kind == "rel" and set(part.value) & ORDERS for part in node.args)


def is_described(node: Node) -> bool:
    """Whether a tree describes its numbers: an inequality or a set-builder."""
    return node.kind == "builder" or is_condition(node)


def by_solving(comparison: Comparison, reference: Node, answer: Node) -> bool | None:
    """Solves conditions in one unknown; anything else is a difference."""
    conditions = [node for node in (reference, answer) if is_described(node)]
    unknowns = names(reference) | names(answer)
    if not conditions or len(unknowns) != 1 or not (_is_set(reference) and _is_set(answer)):
        return False
    if not all(names(condition) for condition in conditions):
        return False  # it says something of numbers alone
    (unknown,) = unknowns
    if told_apart(reference, answer, unknown):
        comparison.reached(Stage.BALLS)
        return False
    return comparison.ask("set", reference, answer)


def _is_set(node: Node, depth: int = 0) -> bool:
    """Whether a tree is a set of reals that the worker can hold: a condition, or a set made of numbers."""
    kind, args = node.kind, node.args
    if depth > _DEEPEST:
        return False
    if kind == "rel":
        return all(
            _is_link(left, sign, right, depth) for left, sign, right in zip(args, node.value, args[1:], strict=False)
        )
    if kind == "list":
        return set(node.value) in ({"or"}, {","}, {"and"}, {",", "and"}) and all(
            part.kind == "rel" and _is_set(part, depth + 1) for part in args
        )
    if kind in ("union", "inter", "minus"):
        return all(_is_set(part, depth + 1) for part in args)
    if kind == "builder":
        return _is_whole(*args) and _is_set(args[1], depth + 1)
    if kind == "set":
        return all(_is_scalar(part) and not names(part) for part in args)
    if kind == "seq":
        return len(args) == 2 and all(_is_end(part) and not names(part) for part in args)
    return node == _REALS


def _is_link(left: Node, sign: str, right: Node, depth: int) -> bool:
    if sign == "in":
        return left.kind == "var" and _is_set(right, depth + 1)
    return sign in _SIGNS and _is_end(left) and _is_end(right)


def _is_whole(pattern: Node, condition: Node) -> bool:
    """Whether a set-builder holds the reals that meet its condition: not 2x, nor the integers among them."""
    if pattern.kind == "rel" and pattern.value == ("in",) and pattern.args[1] == _REALS:
        pattern = pattern.args[0]
    return pattern.kind == "var" and names(condition) == {pattern.value}


def _is_end(node: Node) -> bool:
    """Whether a tree is a real expression, or an infinity."""
    inner = node.args[0] if node.kind == "neg" else node
    return (inner.kind == "const" and inner.value == "inf") or _is_scalar(node)


def _is_scalar(node: Node) -> bool:
    return all(part.kind in _SCALARS and (part.kind != "const" or part.value in _CONSTANTS) for part in preorder(node))
