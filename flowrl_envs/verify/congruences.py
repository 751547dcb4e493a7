"""The rule for congruences: 9 is 1 modulo 8, a modulus belongs to its statement, and a bare residue may answer it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowrl_envs.verify.exact import numerator_denominator, rational
from flowrl_envs.verify.nodes import Node, integer, names
from flowrl_envs.verify.outcome import PASS, Pass

if TYPE_CHECKING:
    from flowrl_envs.verify.compare import Comparison

_EQUALITIES = frozenset({"==", "="})


def congruences(comparison: Comparison, reference: Node, answer: Node, depth: int) -> bool | Pass | None:
    """Two congruences are one where their moduli are equal and their residues congruent.

    Against a residue without a modulus, or a value that is one, only the residue as it is written counts.
    """
    if reference.kind == answer.kind == "congruence":
        same = comparison.equal(reference.args[1], answer.args[1], depth)
        if not same:
            return same
        return comparison.equal(_reduced(reference), _reduced(answer), depth)
    if reference.kind == "congruence":
        return comparison.equal(_settled(reference), answer, depth)
    if answer.kind == "congruence":
        return comparison.equal(reference, _settled(answer), depth)
    return PASS


def _reduced(congruence: Node) -> Node:
    """The statement with its least residue, where that is a number."""
    statement, modulus = _settled(congruence), congruence.args[1]
    if statement.kind != "rel":
        return _least(statement, modulus)
    if len(statement.args) != 2 or statement.value != ("=",):
        return statement
    return Node("rel", (statement.args[0], _least(statement.args[1], modulus)), ("=",))


def _settled(congruence: Node) -> Node:
    """What a chain of congruences says: its last side, as an equation where its first side is a name.

    A chain with two numbers that are not congruent, or that is still to be solved (2x = 3), stays as it is.
    """
    statement, modulus = congruence.args
    if statement.kind != "rel" or not _EQUALITIES.issuperset(statement.value):
        return statement
    first, last = statement.args[0], statement.args[-1]
    numbers = {least.value for side in statement.args if (least := _least(side, modulus)).kind == "num"}
    if len(numbers) > 1:
        return statement
    if first.kind in ("var", "apply"):
        return Node("rel", (first, last), ("=",))
    return statement if names(first) else last


def _least(residue: Node, modulus: Node) -> Node:
    numbers = [rational(side, 4096) for side in (residue, modulus)]
    if None in numbers:
        return residue
    (value, one), (divisor, unit) = (numerator_denominator(number) for number in numbers)
    return integer(value % divisor) if one == unit == 1 and divisor > 0 else residue
