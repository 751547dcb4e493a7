"""Rules for lists, sets, tuples and matrices: what is matched in order, and what in any order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowrl_envs.verify.assignments import (
    has_distinct_names,
    has_names,
    has_numbered_names,
    joined_alike,
    under_names,
    without_names,
)
from flowrl_envs.verify.exact import rational
from flowrl_envs.verify.matrices import cells, matrix_value, shape
from flowrl_envs.verify.nodes import Node
from flowrl_envs.verify.outcome import PASS, Pass
from flowrl_envs.verify.result import Flag

if TYPE_CHECKING:
    from flowrl_envs.verify.compare import Comparison

_INFINITY = Node("const", (), "inf")
_BITS = 256
_MOST_FORMS = 4
"""The most forms of one value that an answer may give, joined by "or"."""


def lists(comparison: Comparison, reference: Node, answer: Node, depth: int) -> bool | Pass | None:
    """Containers, by what they are: matrices, tuples, lists and sets."""
    kinds = (reference.kind, answer.kind)
    if "list" not in kinds and "set" not in kinds and "seq" not in kinds and "matrix" not in kinds:
        return PASS
    if kinds == ("matrix", "matrix"):
        return shape(reference) == shape(answer) and comparison.all(
            zip(cells(reference), cells(answer), strict=True), depth
        )
    if "set" in kinds and kinds != ("set", "set"):
        one, other = _only_tuple(reference), _only_tuple(answer)
        if one is not reference or other is not answer:
            return comparison.equal(one, other, depth)
    if "matrix" in kinds:
        return _matrix_and_other(comparison, reference, answer, depth)
    if kinds == ("seq", "seq"):
        return _two_tuples(comparison, reference, answer, depth)
    if set(kinds) <= {"list", "set"}:
        return _two_lists(comparison, reference, answer, depth)
    if set(kinds) == {"list", "seq"}:
        return _list_and_tuple(comparison, reference, answer, depth)
    if "set" in kinds and "seq" not in kinds:
        one, other = _only_value(reference), _only_value(answer)
        return (one is not reference or other is not answer) and comparison.equal(one, other, depth)
    if answer.kind == "list" and reference.kind not in ("set", "seq") and "or" in (answer.value or ()):
        if len(answer.args) <= _MOST_FORMS and all(comparison.equal(reference, part, depth) for part in answer.args):
            return True
        comparison.flags.add(Flag.HEDGED)
    return False


def _only_tuple(node: Node) -> Node:
    """The tuple or matrix that is all of a set, as in {(1, 2)}; other trees as they are."""
    if node.kind != "set" or len(node.args) != 1:
        return node
    (only,) = node.args
    return only if only.kind == "matrix" or (only.kind == "seq" and only.args and not _is_interval(only)) else node


def _only_value(node: Node) -> Node:
    """What is all of a set, unless that is a set; other trees as they are."""
    return node.args[0] if node.kind == "set" and len(node.args) == 1 and node.args[0].kind != "set" else node


def _matrix_and_other(comparison: Comparison, reference: Node, answer: Node, depth: int) -> bool | None:
    matrix, other = (reference, answer) if reference.kind == "matrix" else (answer, reference)
    if ((other.kind == "list" and "or" not in other.value) or (other.kind == "seq" and other.value == "()")) and all(
        len(row.args) == 1 for row in matrix.args
    ):
        flat = Node("seq", tuple(cells(matrix)), "()")
        bare = Node("seq", other.args, "()")
        return _two_tuples(comparison, *((flat, bare) if matrix is reference else (bare, flat)), depth)
    computed = matrix_value(other)
    if computed is None or computed.kind != "matrix":
        return False
    first, second = (reference, computed) if matrix is reference else (computed, answer)
    return shape(first) == shape(second) and comparison.all(zip(cells(first), cells(second), strict=True), depth)


def _two_tuples(comparison: Comparison, reference: Node, answer: Node, depth: int) -> bool | None:
    if len(reference.args) != len(answer.args):
        return False
    if reference.value != answer.value and (len(reference.args) < 3 or {reference.value, answer.value} - {"()", "[]"}):
        return False
    return comparison.all(zip(reference.args, answer.args, strict=True), depth)


def _list_and_tuple(comparison: Comparison, reference: Node, answer: Node, depth: int) -> bool | None:
    """A tuple may be given without its brackets, in order; a list of values is no tuple, and an interval none."""
    bare, ordered = (reference, answer) if reference.kind == "list" else (answer, reference)
    if ordered.value not in ("()", "[]") or len(bare.args) != len(ordered.args) or _is_interval(ordered):
        return False
    if bare is reference and not has_distinct_names(bare.args) and ordered.value == "()":
        return False
    if "or" in (bare.value or ()) or (has_names(bare.args) and not has_distinct_names(bare.args)):
        return False  # alternatives
    plain = without_names(bare.args)
    pairs = zip(plain, ordered.args, strict=True) if bare is reference else zip(ordered.args, plain, strict=True)
    return comparison.all(pairs, depth)


def _is_interval(node: Node) -> bool:
    """Whether a pair in brackets is an interval: with an infinite end, or square unless its numbers fall, as [4, 2]."""
    if len(node.args) != 2:
        return False
    if any(_INFINITY in (part, *part.args) for part in node.args):
        return True
    low, high = (rational(part, _BITS) for part in node.args)
    return bool(node.value == "[]" and (low is None or high is None or low < high))


def _two_lists(comparison: Comparison, reference: Node, answer: Node, depth: int) -> bool | None:
    if not joined_alike(reference, answer):
        return False
    first, second = list(reference.args), list(answer.args)
    if "set" in (reference.kind, answer.kind):
        first, second = _deduplicated(comparison, first, depth), _deduplicated(comparison, second, depth)
    if len(first) != len(second):
        return False
    named = has_names(first), has_names(second)
    if all(named):
        first, second = under_names(first, second)
    elif any(named):
        in_order = has_distinct_names(first if named[0] else second) and "set" not in (reference.kind, answer.kind)
        in_order = in_order and not (named[1] and has_numbered_names(second))
        first, second = without_names(first), without_names(second)
        if in_order:
            return "or" not in (answer.value or ()) and comparison.all(zip(first, second, strict=True), depth)
    if reference.kind == answer.kind == "set" and any(part.kind == "set" for part in (*first, *second)):
        return comparison.all(zip(_inner_first(first), _inner_first(second), strict=True), depth)
    return comparison.matching(first, second, depth)


def _inner_first(items: list[Node]) -> tuple[Node, Node]:
    """The sets in a set and what is none, as two lists: {1} is not 1 among the elements of a set."""
    inner = tuple(part for part in items if part.kind == "set")
    others = tuple(part for part in items if part.kind != "set")
    return Node("list", inner, (",",)), Node("list", others, (",",))


def _deduplicated(comparison: Comparison, items: list[Node], depth: int) -> list[Node]:
    if len(items) > 60 or all(part.kind == "num" for part in items):
        return list(dict.fromkeys(items))
    kept: list[Node] = []
    for item in items:
        if not any(comparison.equal(item, other, depth) for other in kept):
            kept.append(item)
    return kept
