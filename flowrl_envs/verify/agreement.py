"""Whether two expressions agree at every point, by balls of growing precision.

Disjoint balls prove a difference. Agreement to half of the bits at every point is taken for equality: evidence far
beyond any epsilon, though not a proof. One value real and the other not is a difference; a point where the reference
has no value says nothing, and an answer without a value at most of the others is a difference: nothing that a model
writes may turn a reference that can be evaluated into no verdict. What is no number (f(x), a vector, dots) stands for
itself, as a name of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flint import acb, fmpq

from flowrl_envs.verify.arithmetic import HUGE, UndefinedError, UnsupportedError, half, precision
from flowrl_envs.verify.balls import evaluate, is_narrow
from flowrl_envs.verify.corners import STEPS
from flowrl_envs.verify.exact import rational
from flowrl_envs.verify.limits import DEFAULT, Options
from flowrl_envs.verify.literals import Literal
from flowrl_envs.verify.nodes import CALCULUS, ZERO, Node, kinds, postorder, preorder, rebuilt
from flowrl_envs.verify.points import integer_points, points, points_of
from flowrl_envs.verify.vocabulary import word_set

_PRECISIONS = (320, 1280)
_EXACT_BITS = 4096
OPAQUE = word_set("apply mark dots seq list set text prime rel ratio unit union minus inter builder cases") | CALCULUS
_FINER, _LOST, _ENDLESS = "finer", "lost", "endless"
"""What a comparison at a point says besides True, False and None: that more bits may tell, that the answer has no value
there but the reference has, and the same, unless more bits give it one."""
_MOST_APPLIED = 12
_NO_NUMBER = frozenset({"R", "Z", "N", "N+", "Q", "C"})


def agree(left: Node, right: Node, options: Options, present: set[str], one_degree: bool = False) -> bool | None:
    """True, False, or None where nothing could be decided within the limits.

    Args:
        left: a scalar tree.
        right: another.
        options: the limits.
        present: the kinds of node in both trees.
        one_degree: whether a degree sign outside functions stands for 1.
    """
    if "mul" in present and (_has_zero_factor(left) or _has_zero_factor(right)):
        left, right, present = _at_zero(left), _at_zero(right), present | {"apply"}
    if not present.isdisjoint(OPAQUE) or "const" in present:
        table: dict[Node, Node] = {}
        left, right = opaque(left, table, options), opaque(right, table, options)
    first, second = postorder(left), postorder(right)
    variables = frozenset(part.value for part in (*first, *second) if part.kind == "var")
    complex_allowed = any(part.kind == "const" and part.value == "i" for part in (*first, *second))
    agreed = lost = 0
    with precision(_PRECISIONS[0]):
        for point in points_of(variables, first, second):
            outcome = _at_point(first, second, point, complex_allowed, one_degree, options.limits.precision)
            if outcome is False:
                return False
            agreed += outcome is True
            lost += outcome == _LOST
        for point in () if present.isdisjoint(STEPS) else integer_points(variables, first, second):
            if _at_point(first, second, point, complex_allowed, one_degree, options.limits.precision) is False:
                return False
    needed = 2 if variables else 1
    if lost > agreed:
        return False
    if agreed >= needed:
        return True
    if complex_allowed or not variables:
        return None
    return _off_the_reals(first, second, variables, one_degree, options.limits.precision)


def _off_the_reals(
    first: list[Node], second: list[Node], variables: frozenset[str], one_degree: bool, finest: int
) -> bool | None:
    """Two expressions without real values at the points agree if their complex values do."""
    with precision(_PRECISIONS[0]):
        outcomes = [_at_point(first, second, point, True, one_degree, finest) for point in points(variables)]
    if False in outcomes:
        return False
    return True if outcomes.count(True) >= 2 else None


def _at_point(
    first: list[Node],
    second: list[Node],
    point: Mapping[str, fmpq],
    complex_allowed: bool,
    one_degree: bool,
    finest: int,
) -> bool | str | None:
    """Compares two values at one point; None where that says nothing (no value, not real, too large), or `_LOST`.

    The caller holds the coarsest precision.
    """
    bits = _PRECISIONS[0]
    outcome = _both_values(first, second, point, complex_allowed, one_degree, bits)
    for bits in (_PRECISIONS[1], finest):
        if outcome not in (_FINER, _ENDLESS):
            break
        with precision(bits):
            outcome = _both_values(first, second, point, complex_allowed, one_degree, bits)
    if isinstance(outcome, bool):
        return outcome
    exact = _exactly(first[-1], second[-1], point)
    return _LOST if exact is None and outcome in (_LOST, _ENDLESS) else exact


def _exactly(left: Node, right: Node, point: Mapping[str, fmpq]) -> bool | None:
    """Compares two values that balls cannot tell, such as a floor or a gcd, where both are rationals."""
    first, second = (rational(_at(side, point), _EXACT_BITS) for side in (left, right))
    return None if first is None or second is None else bool(first == second)


def _at(node: Node, point: Mapping[str, fmpq]) -> Node:
    """The tree with numbers for its variables."""
    values = {name: Node("num", (), Literal(int(value.p), int(value.q))) for name, value in point.items()}
    return rebuilt(node, lambda part: values.get(part.value, part) if part.kind == "var" else part)


def _both_values(
    first: list[Node],
    second: list[Node],
    point: Mapping[str, fmpq],
    complex_allowed: bool,
    one_degree: bool,
    bits: int,
) -> bool | str | None:
    a, b = _value(first, point, one_degree), _value(second, point, one_degree)
    return _compare_values(a, b, bits, bool(point), complex_allowed)


def _value(order: list[Node], point: Mapping[str, fmpq], one_degree: bool) -> Any:
    try:
        return evaluate(order, point, one_degree)
    except UndefinedError:
        return "undefined"
    except UnsupportedError as error:
        return "huge?" if error.args == ("huge",) or error.args == ("tiny",) else "unsupported"


def _compare_values(a: Any, b: Any, bits: int, at_point: bool, complex_allowed: bool) -> bool | str | None:
    if isinstance(a, str) or isinstance(b, str):
        if _is_finite(a) and b is not HUGE:
            return _LOST
        if "unsupported" in (a, b) or "huge?" in (a, b):
            return None
        if "undefined" in (a, b):
            return None if at_point else False
        return None if a == b else (False if _is_finite(a) or _is_finite(b) else _FINER)
    if not (a.is_finite() and b.is_finite()):
        return _ENDLESS if a.is_finite() else _FINER
    if not complex_allowed and at_point:
        real_a, real_b = a.imag.contains(0), b.imag.contains(0)
        if not real_a and not real_b:
            return None
        if real_a != real_b:
            return False
    difference = a - b
    if not difference.contains(0):
        return False
    small = half(bits)
    radius = max(difference.real.rad(), difference.imag.rad())
    if radius == 0 or radius <= max(abs(a).upper(), abs(b).upper()) * small:
        return True
    if bits <= _PRECISIONS[1]:
        return _FINER
    return True if radius <= small else (_LOST if is_narrow(a) else _FINER)


def _is_finite(value: Any) -> bool:
    return isinstance(value, acb) and bool(value.is_finite())


def _has_zero_factor(node: Node) -> bool:
    return any(part.kind == "mul" and ZERO in part.args for part in preorder(node))


def _at_zero(node: Node) -> Node:
    """The tree with I(0), which the grammar reads as I times 0, as the value of I at 0."""

    def applied(part: Node) -> Node:
        if part.kind != "mul" or ZERO not in part.args:
            return part
        args: list[Node] = []
        for factor in part.args:
            if factor == ZERO and args and args[-1].kind == "var":
                args[-1] = Node("apply", (ZERO,), args[-1].value)
            else:
                args.append(factor)
        return Node("mul", tuple(args)) if len(args) > 1 else args[0]

    return rebuilt(node, applied)


def opaque(node: Node, table: dict[Node, Node], options: Options = DEFAULT) -> Node:
    """The tree with everything that has no number (f(x), a vector, dots) replaced by a variable of its own.

    A function of equal arguments, f(x + 1) and f(1 + x), is one variable.
    """
    present = kinds(node)
    if not present & OPAQUE and not ("const" in present and any(_is_set(part) for part in preorder(node))):
        return node

    def named(part: Node) -> Node:
        if part.kind not in OPAQUE and not _is_set(part):
            return part
        if part not in table:
            few = part.kind == "apply" and len(table) < _MOST_APPLIED
            same = next((other for other in table if _same_application(part, other, options)), part) if few else part
            table[part] = table.get(same) or Node("var", (), f"?{len(table)}")
        return table[part]

    return rebuilt(node, named)


def _same_application(left: Node, right: Node, options: Options) -> bool:
    """Whether one function is applied to equal arguments."""
    if right.kind != "apply" or left.value != right.value or len(left.args) != len(right.args):
        return False
    return all(agree(a, b, options, kinds(a) | kinds(b)) is True for a, b in zip(left.args, right.args, strict=True))


def _is_set(node: Node) -> bool:
    return node.kind == "const" and node.value in _NO_NUMBER
