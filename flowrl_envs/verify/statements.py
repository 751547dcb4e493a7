"""Rules for equations, inequalities and sets of reals: one statement in two ways, or a condition and its solutions."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from flowrl_envs.verify.assignments import assignments, has_names
from flowrl_envs.verify.intervals import same_set
from flowrl_envs.verify.naming import is_name, renaming
from flowrl_envs.verify.nodes import CALCULUS, Node, kinds, names, preorder, rebuilt, same_tree
from flowrl_envs.verify.outcome import PASS, Pass
from flowrl_envs.verify.realset import real_set
from flowrl_envs.verify.relations import given_value, lookup_name, same_statement, value_side
from flowrl_envs.verify.vocabulary import word_set

if TYPE_CHECKING:
    from flowrl_envs.verify.compare import Comparison

_SETS = frozenset({"union", "minus", "inter", "builder"})
_ORDERS = frozenset({"<", ">", "<=", ">=", "!=", "notin"})
_LONGEST_CHAIN = 20
_SOLVABLE = word_set("rel num var const add mul neg div pow root abs seq set union inter minus builder list")


def relations(comparison: Comparison, reference: Node, answer: Node, depth: int) -> bool | Pass | None:
    """Equations and inequalities, against one another or against a value."""
    if reference.kind != "rel" and answer.kind != "rel":
        return PASS
    if reference.kind == "rel" and answer.kind == "rel":
        return _two_relations(comparison, reference, answer, depth)
    relation, other = (reference, answer) if reference.kind == "rel" else (answer, reference)
    if other.kind == "list" and has_names(other.args) and (rows := assignments(relation)) is not None:
        return comparison.equal(rows, other, depth) if relation is reference else comparison.equal(other, rows, depth)
    if set(relation.value) & _ORDERS:
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
    if (set(reference.value) | set(answer.value)) & _ORDERS:
        first, second = real_set(reference), real_set(answer)
        if first is not None and second is not None:
            return names(reference) == names(answer) and same_set(first, second)
        if len(reference.value) != 1 or len(answer.value) != 1:
            return _same_chain(comparison, reference, answer, depth)
        same = same_statement(reference, answer)
        return True if same else _by_solving(comparison, reference, answer)
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
    """Chains are the same where their signs and sides are, one by one."""
    if reference.value != answer.value:
        return False
    return comparison.all(zip(reference.args, answer.args, strict=True), depth)


def sets(comparison: Comparison, reference: Node, answer: Node, depth: int) -> bool | Pass | None:
    """Sets of reals, written as intervals, conditions, complements or set-builders."""
    kinds = {reference.kind, answer.kind}
    conditions = _is_condition(reference) or _is_condition(answer)
    if not (kinds & _SETS or conditions or _is_line(reference) or _is_line(answer)):
        return PASS
    first, second = real_set(_bare_set(reference)), real_set(_bare_set(answer))
    if first is not None and second is not None:
        return same_set(first, second)
    if (first is None) != (second is None):
        return _by_solving(comparison, reference, answer)
    if reference.kind == answer.kind and reference.kind in ("union", "inter"):
        return comparison.matching(list(reference.args), list(answer.args), depth)
    if reference.kind == answer.kind == "list" and len(reference.args) == len(answer.args):
        return comparison.matching(list(reference.args), list(answer.args), depth)
    if reference.kind == answer.kind and len(reference.args) == len(answer.args) and reference.value == answer.value:
        return comparison.all(zip(reference.args, answer.args, strict=True), depth)
    return False


def _by_solving(comparison: Comparison, reference: Node, answer: Node) -> bool | None:
    """Lets a worker solve conditions in one unknown; anything else is a difference."""
    conditions = [node for node in (reference, answer) if _is_condition(node) or node.kind == "builder"]
    unknowns = names(reference) | names(answer)
    plain = all(_is_solvable(part) for node in (reference, answer) for part in preorder(node))
    if not conditions or len(unknowns) != 1 or not plain or _is_open(reference) or _is_open(answer):
        return False
    if not all(names(condition) for condition in conditions):
        return False  # it says something of numbers alone
    return comparison.ask("set", reference, answer)


def _is_open(node: Node) -> bool:
    """Whether numbers are listed of which one is a name: no solution of anything."""
    return node.kind in ("set", "seq", "list") and not _is_condition(node) and bool(names(node))


def _is_solvable(part: Node) -> bool:
    return part.kind in _SOLVABLE and (part.kind != "seq" or len(part.args) == 2)  # an interval


def _names_meet(reference: Node, answer: Node) -> bool:
    """Whether the name that the reference defines is a side of the answer's chain."""
    return any(same_tree(reference.args[0], side) for side in answer.args)


def _is_condition(node: Node) -> bool:
    if node.kind == "rel":
        return bool(set(node.value) & _ORDERS)
    return node.kind == "list" and any(part.kind == "rel" and set(part.value) & _ORDERS for part in node.args)


def _is_line(node: Node) -> bool:
    return node.kind == "const" and node.value in ("R", "Z", "N", "Q", "C")


def _bare_set(node: Node) -> Node:
    """The set that "x in S" names."""
    if node.kind == "rel" and node.value == ("in",):
        return node.args[1]
    return node


def _renamed(node: Node, table: dict[Node, Node]) -> Node:
    """The tree with the arguments of f(y) written as those of f(x)."""
    return rebuilt(node, lambda part: table.get(part, part) if part.kind == "var" else part) if table else node
