"""Rules for lists, sets, tuples and matrices: what is matched in order, and what in any order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowrl_envs.verify.matrices import cells, matrix_value, shape
from flowrl_envs.verify.nodes import Node
from flowrl_envs.verify.outcome import PASS, Pass
from flowrl_envs.verify.relations import lookup_name, value_side
from flowrl_envs.verify.result import Flag

if TYPE_CHECKING:
    from flowrl_envs.verify.compare import Comparison


def lists(comparison: Comparison, reference: Node, answer: Node, depth: int) -> bool | Pass | None:
    """Containers, by what they are: matrices, tuples, lists and sets."""
    kinds = (reference.kind, answer.kind)
    if "list" not in kinds and "set" not in kinds and "seq" not in kinds and "matrix" not in kinds:
        return PASS
    if kinds == ("matrix", "matrix"):
        return shape(reference) == shape(answer) and comparison.all(
            zip(cells(reference), cells(answer), strict=True), depth
        )
    if "matrix" in kinds:
        return _matrix_and_other(comparison, reference, answer, depth)
    if kinds == ("seq", "seq"):
        return _two_tuples(comparison, reference, answer, depth)
    if set(kinds) <= {"list", "set"}:
        return _two_lists(comparison, reference, answer, depth)
    if set(kinds) == {"list", "seq"}:
        return _list_and_tuple(comparison, reference, answer, depth)
    if answer.kind == "set" and len(answer.args) == 1 and reference.kind not in ("list", "seq", "matrix"):
        return comparison.equal(reference, answer.args[0], depth)
    if answer.kind == "list" and reference.kind not in ("set", "seq") and "or" in (answer.value or ()):
        comparison.flags.add(Flag.HEDGED)
    return False


def _matrix_and_other(comparison: Comparison, reference: Node, answer: Node, depth: int) -> bool | None:
    matrix, other = (reference, answer) if reference.kind == "matrix" else (answer, reference)
    if (other.kind == "list" or (other.kind == "seq" and other.value == "()")) and all(
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
    """A tuple may be given without its brackets, in order; a list of values is no tuple."""
    bare, ordered = (reference, answer) if reference.kind == "list" else (answer, reference)
    if ordered.value not in ("()", "[]") or len(bare.args) != len(ordered.args):
        return False
    if bare is reference and not _distinct_names(bare) and ordered.value == "()":
        return False
    values = [value_side(part) if lookup_name(part) is not None else part for part in bare.args]
    if any(value is None for value in values):
        return False
    plain = [value for value in values if value is not None]
    pairs = zip(plain, ordered.args, strict=True) if bare is reference else zip(ordered.args, plain, strict=True)
    return comparison.all(pairs, depth)


def _two_lists(comparison: Comparison, reference: Node, answer: Node, depth: int) -> bool | None:
    first, second = list(reference.args), list(answer.args)
    if "set" in (reference.kind, answer.kind):
        first, second = _deduplicated(comparison, first, depth), _deduplicated(comparison, second, depth)
    if len(first) != len(second):
        return False
    if _distinct_names(reference) and _distinct_names(answer):
        return comparison.matching(first, second, depth)
    if (_distinct_names(reference) or _distinct_names(answer)) and "set" not in (reference.kind, answer.kind):
        return comparison.all(zip(_values(first), _values(second), strict=True), depth)
    if any(lookup_name(part) is not None for part in (*first, *second)):
        first, second = _values(first), _values(second)
    return comparison.matching(first, second, depth)


def _deduplicated(comparison: Comparison, items: list[Node], depth: int) -> list[Node]:
    if len(items) > 60 or all(part.kind == "num" for part in items):
        return list(dict.fromkeys(items))
    kept: list[Node] = []
    for item in items:
        if not any(comparison.equal(item, other, depth) for other in kept):
            kept.append(item)
    return kept


def _distinct_names(node: Node) -> bool:
    """Whether every element defines a name and no name comes twice."""
    defined = [lookup_name(part) for part in node.args]
    return len(defined) > 1 and None not in defined and len(set(defined)) == len(defined)


def _values(items: list[Node]) -> list[Node]:
    return [
        value if lookup_name(part) is not None and (value := value_side(part)) is not None else part for part in items
    ]
