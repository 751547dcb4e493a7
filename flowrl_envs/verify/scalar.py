"""Whether two scalar expressions are equal: equal trees, exact rationals, then balls of growing precision at points.

Disjoint balls prove a difference. Equality of irrational values is accepted when the balls agree to hundreds of bits
at every point: evidence far beyond any epsilon, though not a proof. Variables are real, and two expressions must agree
wherever both are real and have a value, including where: one real and one not real is a difference.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from flint import acb, arb, fmpq

from flowrl_envs.verify.arithmetic import HUGE, UndefinedError, UnsupportedError, precision
from flowrl_envs.verify.balls import evaluate
from flowrl_envs.verify.exact import rational
from flowrl_envs.verify.limits import Options
from flowrl_envs.verify.literals import Literal, same_literal
from flowrl_envs.verify.nodes import Node, kinds, names, postorder, preorder, same_tree
from flowrl_envs.verify.result import Stage
from flowrl_envs.verify.vocabulary import word_set

POINTS = 5
_PRECISIONS = (320, 1280)
_NEGATIVE = ((False, False), (False, False), (True, True), (True, False), (False, True))
"""The signs of the names, by round and by position: all positive, all negative, and both mixtures."""
_OPAQUE = word_set("apply mark dots seq list set text prime rel ratio unit union minus inter builder cases")
_NO_NUMBER = frozenset({"R", "Z", "N", "Q", "C"})
Compared = tuple[bool | None, Stage]
_INTEGERS = frozenset({"n", "k", "m", "j", "N", "K"})


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
    verdict = _by_balls(left, right, options, present)
    if verdict is not True and "deg" in present and _one_sided_degree(left, right):
        verdict = _by_balls(left, right, options, present, one_degree=True) or verdict
    if verdict is not True and "fn" in present and (swapped := _swap_logarithm(left, right)) is not None:
        verdict = _by_balls(*swapped, options, present) or verdict
    if verdict is False and not (present & {"var", "apply"}):
        verdict = decimal_stands(left, right, options)
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
        written_left or Literal(int(first.p), int(first.q)),
        written_right or Literal(int(second.p), int(second.q)),
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
    stack: list[Node] = []
    for part in postorder(node):
        count = len(part.args)
        args = tuple(stack[len(stack) - count :])
        del stack[len(stack) - count :]
        value = "log10" if part.kind == "fn" and part.value == "log?" else part.value
        stack.append(Node(part.kind, args, value))
    return stack[-1]


def _opaque(node: Node, table: dict[Node, Node]) -> Node:
    """The tree with everything that has no number (f(x), a vector, dots) replaced by a variable of its own."""
    present = kinds(node)
    if not present & _OPAQUE and not ("const" in present and any(_is_set(part) for part in preorder(node))):
        return node
    stack: list[Node] = []
    for part in postorder(node):
        count = len(part.args)
        args = tuple(stack[len(stack) - count :])
        del stack[len(stack) - count :]
        made = Node(part.kind, args, part.value)
        if part.kind in _OPAQUE or _is_set(part):
            made = table.setdefault(made, Node("var", (), f"?{len(table)}"))
        stack.append(made)
    return stack[-1]


def _is_set(node: Node) -> bool:
    return node.kind == "const" and node.value in _NO_NUMBER


@lru_cache(maxsize=1024)
def points(variables: frozenset[str], integers: bool = False) -> tuple[dict[str, fmpq], ...]:
    """The points at which expressions are compared: a fixed function of the names."""
    listed = sorted(variables)
    if not listed:
        return ({},)
    chosen = []
    for round_number in range(POINTS):
        point: dict[str, fmpq] = {}
        for name in listed:
            digest = hashlib.blake2b(f"{name}/{round_number}".encode("utf-8", "surrogatepass"), digest_size=6).digest()
            numerator = 1 + int.from_bytes(digest[:3], "big") % 99_991
            value = fmpq(numerator, 9_973 + digest[3] * 16)
            if integers and name in _INTEGERS:
                value = fmpq(2 + digest[4] % 11)
            elif _NEGATIVE[round_number][len(point) % 2]:
                value = -value
            point[name] = value
        chosen.append(point)
    return tuple(chosen)


def _wants_integers(*orders: list[Node]) -> bool:
    """Whether a name of an integer stands where only integers make sense: (-1)^n, cos(n pi), n!."""
    for order in orders:
        for part in order:
            if part.kind in ("fact", "binom", "mod", "floor") and names(part) & _INTEGERS:
                return True
            if part.kind == "pow" and part.args[0].kind == "neg" and names(part.args[1]) & _INTEGERS:
                return True
            if part.kind == "fn" and part.value in ("sin", "cos", "tan") and names(part) & _INTEGERS:
                return True
    return False


def _by_balls(left: Node, right: Node, options: Options, present: set[str], one_degree: bool = False) -> bool | None:
    if not present.isdisjoint(_OPAQUE) or "const" in present:
        table: dict[Node, Node] = {}
        left, right = _opaque(left, table), _opaque(right, table)
    first, second = postorder(left), postorder(right)
    variables = frozenset(part.value for part in (*first, *second) if part.kind == "var")
    complex_allowed = any(part.kind == "const" and part.value == "i" for part in (*first, *second))
    integers = not variables.isdisjoint(_INTEGERS) and _wants_integers(first, second)
    agreed = 0
    with precision(_PRECISIONS[0]):
        for point in points(variables, integers):
            outcome = _at_point(first, second, point, complex_allowed, one_degree, options.limits.precision)
            if outcome is False:
                return False
            agreed += outcome is True
    needed = 2 if variables else 1
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
) -> bool | None:
    """Compares two values at one point; None where that says nothing (no value, not real, too large).

    The caller holds the coarsest precision.
    """
    bits = _PRECISIONS[0]
    outcome = _both_values(first, second, point, complex_allowed, one_degree, bits)
    for bits in (_PRECISIONS[1], finest):
        if outcome != "finer":
            break
        with precision(bits):
            outcome = _both_values(first, second, point, complex_allowed, one_degree, bits)
    return outcome if isinstance(outcome, bool) else None


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
        if "unsupported" in (a, b) or "huge?" in (a, b):
            return None
        if "undefined" in (a, b):
            return None if at_point else False
        return None if a == b else (False if _is_finite(a) or _is_finite(b) else "finer")
    if not (a.is_finite() and b.is_finite()):
        return "finer"
    if not complex_allowed and at_point:
        real_a, real_b = a.imag.contains(0), b.imag.contains(0)
        if not real_a and not real_b:
            return None
        if real_a != real_b:
            return False
    difference = a - b
    if not difference.contains(0):
        return False
    small = _small(bits)
    radius = max(difference.real.rad(), difference.imag.rad())
    if radius == 0 or radius <= max(abs(a).upper(), abs(b).upper()) * small:
        return True
    return True if bits > _PRECISIONS[1] and radius <= small else "finer"


@lru_cache(maxsize=8)
def _small(bits: int) -> Any:
    """How narrow a difference must be, relative to the values, to count as none: half of the precision."""
    return arb(2) ** (-bits // 2)


def _is_finite(value: Any) -> bool:
    return isinstance(value, acb) and bool(value.is_finite())
