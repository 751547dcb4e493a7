"""Rules for equations, inequalities and sets of reals: one statement in two ways, or a condition and its solutions."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from flowrl_envs.verify.assignments import assignments, has_names, joined_alike
from flowrl_envs.verify.intervals import same_set
from flowrl_envs.verify.naming import is_name, renaming
from flowrl_envs.verify.nodes import CALCULUS, Node, kinds, names, rebuilt, same_tree
from flowrl_envs.verify.outcome import PASS, Pass
from flowrl_envs.verify.realset import real_set
from flowrl_envs.verify.relations import given_value, lookup_name, same_statement, value_side
from flowrl_envs.verify.solving import ORDERS, by_solving, is_condition, is_described

if TYPE_CHECKING:
    from flowrl_envs.verify.compare import Comparison

_SETS = frozenset({"union", "minus", "inter", "builder"})
_MIRROR = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "!=": "!="}
_LONGEST_CHAIN = 20


def relations(comparison: Comparison, reference: Node, answer: Node, depth: int) -> bool | Pass | None:
    """Equations and inequalities, against one another or against a value."""
    if reference.kind != "rel" and answer.kind != "rel":
        return PASS
    if reference.kind == "rel" and answer.kind == "rel":
        return _two_relations(comparison, reference, answer, depth)
    relation, other = (reference, answer) if reference.kind == "rel" else (answer, reference)
    if other.kind == "list" and has_names(other.args) and (rows := assignments(relation)) is not None:
        return comparison.equal(rows, other, depth) if relation is reference else comparison.equal(other, rows, depth)
    if set(relation.value) & ORDERS or (relation.value == ("in",) and is_condition(other)):
        return PASS if other.kind in ("seq", "set", "const", "list", *_SETS) else False
    value = value_side(relation) if relation is reference else given_value(relation)
    if value is None:
        return relation is answer and _ends_in(comparison, reference, answer, depth)
    if is_name(relation.args[0]) and same_tree(relation.args[0], other):
        return False
    return (
        comparison.equal(value, answer, depth) if relation is reference else comparison.equal(reference, value, depth)
    )


def _ends_in(comparison: Comparison, reference: Node, answer: Node, depth: int) -> bool:
    """Whether an answer is a chain of equal expressions, (x - 2)(x + 2) = x^2 - 4, that ends in the reference."""
    if set(answer.value) != {"="} or len(answer.args) > _LONGEST_CHAIN or not kinds(answer).isdisjoint(CALCULUS):
        return False
    return all(
        comparison.equal(*pair, depth) is True for pair in ((reference, answer.args[-1]), *pairwise(answer.args))
    )


def _two_relations(comparison: Comparison, reference: Node, answer: Node, depth: int) -> bool | None:
    if (set(reference.value) | set(answer.value)) & ORDERS:
        first, second = real_set(reference), real_set(answer)
        if first is not None and second is not None:
            return names(reference) == names(answer) and same_set(first, second)
        if len(reference.value) != 1 or len(answer.value) != 1:
            same = _same_chain(comparison, reference, answer, depth)
        else:
            same = same_statement(reference, answer)
        return True if same else by_solving(comparison, reference, answer)
    if lookup_name(reference) is not None and lookup_name(answer) is not None:
        renamed = renaming(reference, answer)
        if renamed is not None:
            return comparison.equal(reference.args[1], _renamed(answer.args[1], renamed), depth)
        rows, other = assignments(reference), assignments(answer)
        if rows is not None and other is not None:
            return comparison.equal(rows, other, depth)
    if reference.value == answer.value == ("=",):
        statement = same_statement(reference, answer)
        if statement is not None:
            return statement
        return _same_chain(comparison, reference, answer, depth)
    first_value, second_value = value_side(reference), value_side(answer)
    if first_value is not None and second_value is not None and _names_meet(reference, answer):
        return comparison.equal(first_value, second_value, depth)
    return _same_chain(comparison, reference, answer, depth)


def _same_chain(comparison: Comparison, reference: Node, answer: Node, depth: int) -> bool | None:
    """Chains are the same where their signs and sides are, one by one; inequalities may be read from the right."""
    same: bool | None = False
    if reference.value == answer.value:
        same = comparison.all(zip(reference.args, answer.args, strict=True), depth)
    if same is False and len(answer.value) > 1 and set(answer.value) & ORDERS:
        mirrored = tuple(_MIRROR.get(sign, "") for sign in reversed(answer.value))
        if reference.value == mirrored:
            return comparison.all(zip(reference.args, reversed(answer.args), strict=True), depth)
    return same


def sets(comparison: Comparison, reference: Node, answer: Node, depth: int) -> bool | Pass | None:
    """Sets of reals, written as intervals, conditions, complements or set-builders."""
    kinds = {reference.kind, answer.kind}
    conditions = is_condition(reference) or is_condition(answer)
    if not (kinds & _SETS or conditions or _is_line(reference) or _is_line(answer)):
        return PASS
    first, second = real_set(_bare_set(reference)), real_set(_bare_set(answer))
    if first is not None and second is not None:
        subjects = _subject(reference), _subject(answer)
        return (not all(subjects) or subjects[0] == subjects[1]) and same_set(first, second)
    if (first is None) != (second is None):
        return by_solving(comparison, reference, answer)
    if reference.kind == answer.kind and reference.kind in ("union", "inter"):
        return comparison.matching(list(reference.args), list(answer.args), depth)
    two_lists = reference.kind == answer.kind == "list" and joined_alike(reference, answer)
    if two_lists and len(reference.args) == len(answer.args):
        return comparison.matching(list(reference.args), list(answer.args), depth)
    if reference.kind == answer.kind and len(reference.args) == len(answer.args) and reference.value == answer.value:
        return comparison.all(zip(reference.args, answer.args, strict=True), depth)
    described = is_described(reference) and is_described(answer)
    return described and by_solving(comparison, reference, answer)


def _names_meet(reference: Node, answer: Node) -> bool:
    """Whether the name that the reference defines is a side of the answer's chain."""
    return any(same_tree(reference.args[0], side) for side in answer.args)


def _subject(node: Node) -> frozenset[str]:
    """The names that a condition is on; a set has none."""
    if node.kind == "rel":
        return names(node.args[0] if node.value == ("in",) else node)
    return frozenset().union(*map(_subject, node.args)) if node.kind == "list" else frozenset()


def _is_line(node: Node) -> bool:
    return node.kind == "const" and node.value in ("R", "Z", "N", "N+", "Q", "C")


def _bare_set(node: Node) -> Node:
    """The set that "x in S" names."""
    if node.kind == "rel" and node.value == ("in",):
        return node.args[1]
    return node


def _renamed(node: Node, table: dict[Node, Node]) -> Node:
    """The tree with the arguments of f(y) written as those of f(x)."""
    return rebuilt(node, lambda part: table.get(part, part) if part.kind == "var" else part) if table else node
