"""Whether two scalar expressions are equal: exact rationals, then agreement at points, then the rules for decimals.

Two rationals are settled by `equal_rationals`; everything else comes to `equal_scalars`, which asks `agreement.py` and
knows the conventions: a degree sign that one side left out, a logarithm of base ten, a decimal for an irrational value.
"""

from __future__ import annotations

from flint import arb, fmpq

from flowrl_envs.verify.agreement import agree
from flowrl_envs.verify.arithmetic import HUGE, UndefinedError, UnsupportedError, precision
from flowrl_envs.verify.balls import evaluate
from flowrl_envs.verify.exact import numerator_denominator, rational
from flowrl_envs.verify.limits import Options
from flowrl_envs.verify.literals import Literal, same_literal
from flowrl_envs.verify.nodes import Node, names, postorder, preorder, rebuilt, same_tree
from flowrl_envs.verify.result import Stage

Compared = tuple[bool | None, Stage]


def equal_scalars(left: Node, right: Node, options: Options, present: set[str]) -> Compared:
    """True, False, or None where nothing could be decided within the limits, and the stage that said so.

    Args:
        left: a scalar tree that is not a rational constant, or one that `right` is not.
        right: another tree.
        options: the decimal rule, tolerance and limits.
        present: the kinds of node in both trees.
    """
    if same_tree(left, right):
        return True, Stage.STRUCTURE
    verdict = agree(left, right, options, present)
    if verdict is not True and "deg" in present and _one_sided_degree(left, right):
        verdict = agree(left, right, options, present, one_degree=True) or verdict
    if verdict is not True and "fn" in present and (swapped := _swap_logarithm(left, right)) is not None:
        verdict = agree(*swapped, options, present) or verdict
    if verdict is False and not (present & {"var", "apply"}):
        verdict = decimal_stands(left, right, options)
    if verdict is None and names(left) != names(right):
        verdict = False  # nothing shows that a name that only one side has says nothing
    return verdict, Stage.BALLS


def equal_rationals(left: Node, right: Node, options: Options) -> bool | None:
    """Decides by exact rationals; None if one side is not one."""
    if left.kind == right.kind == "num":
        return same_literal(left.value, right.value, options)
    bits = options.limits.bits
    first = rational(left, bits)
    if first is None:
        return None
    second = rational(right, bits)
    if second is None:
        return None
    if first == second:
        return True
    written_left, written_right = _written(left), _written(right)
    return same_literal(
        written_left or Literal(*numerator_denominator(first)),
        written_right or Literal(*numerator_denominator(second)),
        options,
    )


def _written(node: Node) -> Literal | None:
    """The literal that a decimal, possibly with a sign, was written as."""
    if node.kind == "num":
        value: Literal = node.value
        return value
    if node.kind == "neg" and node.args[0].kind == "num":
        value = node.args[0].value
        return value._replace(numerator=-value.numerator)
    return None


def decimal_stands(left: Node, right: Node, options: Options) -> bool:
    """Whether one side is a decimal that may stand for the other, irrational side."""
    for decimal_side, other in ((left, right), (right, left)):
        written = _written(decimal_side)
        if written is None or not (written.digits or options.tolerance is not None):
            continue
        with precision(512):
            try:
                value = evaluate(postorder(other), {})
            except (UndefinedError, UnsupportedError):
                return False
            if value is HUGE or not value.is_finite() or not value.imag.contains(0):
                return False
            exact = arb(fmpq(written.numerator, written.denominator))
            error = abs(value.real - exact)
            if options.tolerance is not None and error <= arb(options.tolerance):
                return True
            if 16 <= written.digits <= 17:
                return bool(error <= abs(value.real) * arb(2) ** -52)
            if written.digits >= options.decimal_digits:
                return bool(2 * error <= arb(10) ** -written.places)
    return False


def _one_sided_degree(left: Node, right: Node) -> bool:
    """Whether one side only has degree signs, so that the other left the unit out."""
    return any(part.kind == "deg" for part in preorder(left)) != any(part.kind == "deg" for part in preorder(right))


def _swap_logarithm(left: Node, right: Node) -> tuple[Node, Node] | None:
    """The trees with "log" read to base 10 where they hold one without a base, else None."""
    if not any(part.value == "log?" for side in (left, right) for part in preorder(side) if part.kind == "fn"):
        return None
    return _rename(left), _rename(right)


def _rename(node: Node) -> Node:
    return rebuilt(
        node, lambda part: Node("fn", part.args, "log10") if part.kind == "fn" and part.value == "log?" else part
    )
