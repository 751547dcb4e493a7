"""Whether two typed answers are the same answer: dispatch by what they are, elements by elements.

Numbers and expressions go to `scalar.py`, sets of reals to `realset.py`, equations to `relations.py`. Trees that none of these can
settle go to a symbolic worker through `Comparison.resolve`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum

from flowrl_envs.types import Reason
from flowrl_envs.verify.limits import Options
from flowrl_envs.verify.nodes import Node, base_digits, integer, kinds, names, postorder, preorder, same_tree
from flowrl_envs.verify.realset import real_set, same_set
from flowrl_envs.verify.relations import is_name, lookup_name, same_names, same_statement, value_side
from flowrl_envs.verify.result import Flag
from flowrl_envs.verify.scalar import equal_scalars
from flowrl_envs.verify.symbolic import Outcome
from flowrl_envs.verify.units import same_nouns, unit_factor
from flowrl_envs.verify.vocabulary import word_set

_CALCULUS = frozenset({"sum", "prod", "int", "int2", "oint", "lim"})
_SETS = frozenset({"union", "minus", "inter", "builder"})
_SOLVABLE = word_set("rel num var const add mul neg div pow root abs seq set union inter minus builder list")
_ORDERS = frozenset({"<", ">", "<=", ">=", "!=", "notin"})
_DEEPEST = 24
_MOST_PAIRS = 40_000


class _Pass(Enum):
    """What a rule returns where it does not apply."""

    PASS = 0


PASS = _Pass.PASS


@dataclass
class Comparison:
    """One comparison in progress: its options, and what it notes on the way.

    Attributes:
        options: tolerance and limits.
        percent_asked: whether the question asks for a percentage, so that 28% may answer 28.
        flags: remarks so far.
        resolve: asks a symbolic worker, or None where that is left to a second pass.
        asked: whether a worker was needed.
        reason: why some part could not be settled.
    """

    options: Options
    percent_asked: bool = False
    flags: set[Flag] = field(default_factory=set)
    resolve: Callable[[str, Node, Node, float], Outcome] | None = None
    asked: bool = False
    reason: Reason = Reason.RESOURCE
    pairs: int = 0

    def equal(self, reference: Node, answer: Node, depth: int = 0) -> bool | None:
        """True, False, or None where it could not be settled."""
        self.pairs += 1
        if depth > _DEEPEST or self.pairs > _MOST_PAIRS:
            return False
        if same_tree(reference, answer):
            return True
        if reference.kind == answer.kind == "num":
            return self._scalars(reference, answer)
        present = kinds(reference) | kinds(answer)
        if "pm" in present or "mp" in present:
            return self.equal(spread(reference), spread(answer), depth + 1)
        for decide in (self._relations, self._sets, self._lists, self._units, self._special):
            decided = decide(reference, answer, depth + 1)
            if not isinstance(decided, _Pass):
                return decided
        return self._scalars(reference, answer)

    # relations

    def _relations(self, reference: Node, answer: Node, depth: int) -> bool | _Pass | None:
        if reference.kind != "rel" and answer.kind != "rel":
            return PASS
        if reference.kind == "rel" and answer.kind == "rel":
            return self._two_relations(reference, answer, depth)
        relation, other = (reference, answer) if reference.kind == "rel" else (answer, reference)
        if set(relation.value) & _ORDERS:
            return PASS if other.kind in ("seq", "set", "const", "list", *_SETS) else False
        value = value_side(relation)
        if value is None:
            return False
        if is_name(relation.args[0]) and same_tree(relation.args[0], other):
            return False
        return self.equal(value, answer, depth) if relation is reference else self.equal(reference, value, depth)

    def _two_relations(self, reference: Node, answer: Node, depth: int) -> bool | None:
        if (set(reference.value) | set(answer.value)) & _ORDERS:
            first, second = real_set(reference), real_set(answer)
            if first is not None and second is not None:
                return names(reference) == names(answer) and same_set(first, second)
            if len(reference.value) != 1 or len(answer.value) != 1:
                return self._same_chain(reference, answer, depth)
            same = same_statement(reference, answer)
            return True if same else self._by_solving(reference, answer)
        left, right = lookup_name(reference), lookup_name(answer)
        if left is not None and right is not None and same_names(left, right):
            return self.equal(reference.args[1], _renamed(answer.args[1], right, left), depth)
        if reference.value == answer.value == ("=",):
            statement = same_statement(reference, answer)
            if statement is not None:
                return statement
            return self._same_chain(reference, answer, depth)
        first_value, second_value = value_side(reference), value_side(answer)
        if first_value is not None and second_value is not None and _names_meet(reference, answer):
            return self.equal(first_value, second_value, depth)
        return self._same_chain(reference, answer, depth)

    def _same_chain(self, reference: Node, answer: Node, depth: int) -> bool | None:
        """Chains are the same where their signs and sides are, one by one."""
        if reference.value != answer.value:
            return False
        return self._all(zip(reference.args, answer.args, strict=True), depth)

    # sets of reals

    def _sets(self, reference: Node, answer: Node, depth: int) -> bool | _Pass | None:
        kinds = {reference.kind, answer.kind}
        conditions = any(_is_condition(node) for node in (reference, answer))
        if not (kinds & _SETS or conditions or _is_line(reference) or _is_line(answer)):
            return PASS
        first, second = real_set(_bare_set(reference)), real_set(_bare_set(answer))
        if first is not None and second is not None:
            return same_set(first, second)
        if (first is None) != (second is None):
            return self._by_solving(reference, answer)
        if reference.kind == answer.kind and reference.kind in ("union", "inter"):
            return self._matching(list(reference.args), list(answer.args), depth)
        if reference.kind == answer.kind == "list" and len(reference.args) == len(answer.args):
            return self._matching(list(reference.args), list(answer.args), depth)
        if (
            reference.kind == answer.kind
            and len(reference.args) == len(answer.args)
            and reference.value == answer.value
        ):
            return self._all(zip(reference.args, answer.args, strict=True), depth)
        return False

    def _by_solving(self, reference: Node, answer: Node) -> bool | None:
        """Lets a worker solve conditions in one unknown; anything else is a difference."""
        conditions = [node for node in (reference, answer) if _is_condition(node) or node.kind == "builder"]
        unknowns = names(reference) | names(answer)
        plain = all(part.kind in _SOLVABLE for node in (reference, answer) for part in preorder(node))
        if not conditions or len(unknowns) != 1 or not plain:
            return False
        return self._ask("set", reference, answer)

    # lists, tuples, matrices

    def _lists(self, reference: Node, answer: Node, depth: int) -> bool | _Pass | None:
        kinds = (reference.kind, answer.kind)
        if "list" not in kinds and "set" not in kinds and "seq" not in kinds and "matrix" not in kinds:
            return PASS
        if kinds == ("matrix", "matrix"):
            return _shape(reference) == _shape(answer) and self._all(
                zip(_cells(reference), _cells(answer), strict=True), depth
            )
        if "matrix" in kinds:
            return self._matrix_and_other(reference, answer, depth)
        if kinds == ("seq", "seq"):
            return self._two_tuples(reference, answer, depth)
        if set(kinds) <= {"list", "set"}:
            return self._two_lists(reference, answer, depth)
        if set(kinds) == {"list", "seq"}:
            return self._list_and_tuple(reference, answer, depth)
        if answer.kind in ("list", "set") and reference.kind not in ("list", "set", "seq"):
            if "or" in (answer.value or ()):
                self.flags.add(Flag.HEDGED)
        return False

    def _matrix_and_other(self, reference: Node, answer: Node, depth: int) -> bool | None:
        matrix, other = (reference, answer) if reference.kind == "matrix" else (answer, reference)
        if (other.kind == "list" or (other.kind == "seq" and other.value == "()")) and all(
            len(row.args) == 1 for row in matrix.args
        ):
            flat = Node("seq", tuple(_cells(matrix)), "()")
            bare = Node("seq", other.args, "()")
            return self._two_tuples(*((flat, bare) if matrix is reference else (bare, flat)), depth)
        computed = matrix_value(other)
        if computed is None or computed.kind != "matrix":
            return False
        first, second = (reference, computed) if matrix is reference else (computed, answer)
        return _shape(first) == _shape(second) and self._all(zip(_cells(first), _cells(second), strict=True), depth)

    def _two_tuples(self, reference: Node, answer: Node, depth: int) -> bool | None:
        if len(reference.args) != len(answer.args):
            return False
        if reference.value != answer.value and (
            len(reference.args) < 3 or {reference.value, answer.value} - {"()", "[]"}
        ):
            return False
        return self._all(zip(reference.args, answer.args, strict=True), depth)

    def _list_and_tuple(self, reference: Node, answer: Node, depth: int) -> bool | None:
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
        return self._all(pairs, depth)

    def _two_lists(self, reference: Node, answer: Node, depth: int) -> bool | None:
        first, second = list(reference.args), list(answer.args)
        if "set" in (reference.kind, answer.kind):
            first, second = self._deduplicated(first, depth), self._deduplicated(second, depth)
        if len(first) != len(second):
            return False
        if _distinct_names(reference) and _distinct_names(answer):
            return self._matching(first, second, depth)
        if (_distinct_names(reference) or _distinct_names(answer)) and "set" not in (reference.kind, answer.kind):
            return self._all(zip(_values(first), _values(second), strict=True), depth)
        if any(lookup_name(part) is not None for part in (*first, *second)):
            first, second = _values(first), _values(second)
        return self._matching(first, second, depth)

    def _deduplicated(self, items: list[Node], depth: int) -> list[Node]:
        if len(items) > 60 or all(part.kind == "num" for part in items):
            return list(dict.fromkeys(items))
        kept: list[Node] = []
        for item in items:
            if not any(self.equal(item, other, depth) for other in kept):
                kept.append(item)
        return kept

    def _matching(self, first: list[Node], second: list[Node], depth: int) -> bool | None:
        """Whether elements pair up in some order. Equality is transitive, so the first match will do."""
        if len(first) != len(second):
            return False
        if all(part.kind == "num" for part in (*first, *second)):
            count = Counter(part.value[:2] for part in first)
            if count == Counter(part.value[:2] for part in second):
                return True
        if len(first) > 60:
            return self._all(zip(first, second, strict=True), depth)
        rest = list(second)
        unsure = False
        for item in first:
            for index, other in enumerate(rest):
                same = self.equal(item, other, depth)
                if same:
                    del rest[index]
                    break
                unsure = unsure or same is None
            else:
                return None if unsure else False
        return True

    def _all(self, pairs: Iterable[tuple[Node, Node]], depth: int) -> bool | None:
        unsure = False
        for left, right in pairs:
            same = self.equal(left, right, depth)
            if same is False:
                return False
            unsure = unsure or same is None
        return None if unsure else True

    # units, percents, degrees

    def _units(self, reference: Node, answer: Node, depth: int) -> bool | _Pass | None:
        if "pct" in (reference.kind, answer.kind) and reference.kind != answer.kind:
            return self._percent(reference, answer, depth)
        if "deg" in (reference.kind, answer.kind) and reference.kind != answer.kind:
            degree, other = (reference, answer) if reference.kind == "deg" else (answer, reference)
            if not any(part.kind == "deg" for part in preorder(other)):
                if self._scalars(degree, other):
                    return True
                self.flags.add(Flag.UNIT_MISSING)
            return PASS
        if "unit" not in (reference.kind, answer.kind):
            return PASS
        if reference.kind != answer.kind:
            if reference.kind == "unit":
                self.flags.add(Flag.UNIT_MISSING)
                return self.equal(reference.args[0], answer, depth)
            return self.equal(reference, answer.args[0], depth)
        left, right = unit_factor(reference.value), unit_factor(answer.value)
        if left is None or right is None:
            return same_nouns(reference.value, answer.value) and self.equal(reference.args[0], answer.args[0], depth)
        if left[0] != right[0]:
            return False
        if left[1] == right[1]:
            return self.equal(reference.args[0], answer.args[0], depth)
        scale = right[1] / left[1]
        factor = Node("div", (integer(scale.numerator), integer(scale.denominator)))
        return self.equal(reference.args[0], Node("mul", (factor, answer.args[0])), depth)

    def _percent(self, reference: Node, answer: Node, depth: int) -> bool | _Pass | None:
        percent = reference if reference.kind == "pct" else answer
        other = answer if percent is reference else reference
        if other.kind in ("unit", "list", "seq", "set"):
            return PASS
        if self._scalars(reference, answer):
            return True
        if percent is reference or self.percent_asked:
            self.flags.add(Flag.UNIT_MISSING)
            inner = (percent.args[0], answer) if percent is reference else (reference, percent.args[0])
            return self.equal(*inner, depth)
        return False

    # the rest

    def _special(self, reference: Node, answer: Node, depth: int) -> bool | _Pass | None:
        kinds = (reference.kind, answer.kind)
        if "base" in kinds:
            if kinds == ("base", "base") and reference.value[1] == answer.value[1]:
                return bool(reference.value[0] == answer.value[0])
            first, second = base_value(reference), base_value(answer)
            return first is not None and second is not None and self._scalars(first, second)
        if "ratio" in kinds:
            return self._ratio(reference, answer, depth)
        if {"text", "cases", "row", "dots", "empty", "prime", "rel"} & set(kinds):
            if kinds == ("cases", "cases") and len(reference.args) == len(answer.args):
                return (
                    self._all(zip(_cells(reference), _cells(answer), strict=True), depth)
                    if _shape(reference) == _shape(answer)
                    else False
                )
            return False
        return PASS

    def _ratio(self, reference: Node, answer: Node, depth: int) -> bool | None:
        if reference.kind == answer.kind:
            if len(reference.args) != len(answer.args):
                return False
            if self._all(zip(reference.args, answer.args, strict=True), depth):
                return True
            crossed = (
                (Node("mul", (reference.args[0], b)), Node("mul", (a, answer.args[0])))
                for a, b in zip(reference.args[1:], answer.args[1:], strict=True)
            )
            zero = any(part.kind == "num" and not part.value.numerator for part in (*reference.args, *answer.args))
            return not zero and self._all(crossed, depth)
        ratio, other = (reference, answer) if reference.kind == "ratio" else (answer, reference)
        if len(ratio.args) != 2 or other.kind in ("seq", "list", "set", "matrix"):
            return False
        return self._scalars(Node("div", ratio.args), other)

    def _scalars(self, reference: Node, answer: Node) -> bool | None:
        present = kinds(reference), kinds(answer)
        calculus = [not part.isdisjoint(_CALCULUS) for part in present]
        if calculus[1] and not calculus[0] and not self.options.unevaluated:
            self.flags.add(Flag.UNEVALUATED)
            return False
        if "matrix" in present[0] or "matrix" in present[1]:
            return self._matrix_expressions(reference, answer)
        if any(calculus):
            return True if same_tree(reference, answer) else self._ask("scalar", reference, answer)
        same = equal_scalars(reference, answer, self.options)
        if same is None:
            self.reason = Reason.RESOURCE
        return same

    def _ask(self, op: str, reference: Node, answer: Node) -> bool | None:
        """Asks the symbolic worker; its failure makes the whole comparison undecided."""
        self.asked = True
        if self.resolve is None:
            return None
        outcome = self.resolve(op, reference, answer, self.options.deadline)
        if outcome.equal is None:
            self.reason = outcome.reason
        return outcome.equal

    def _matrix_expressions(self, reference: Node, answer: Node) -> bool | None:
        first, second = matrix_value(reference), matrix_value(answer)
        if first is None or second is None or (same_tree(first, reference) and same_tree(second, answer)):
            return self._same_shape(reference, answer)
        return self.equal(first, second, 1)

    def _same_shape(self, reference: Node, answer: Node) -> bool | None:
        """Expressions over matrices or sets are compared part by part."""
        if (reference.kind, reference.value, len(reference.args)) != (answer.kind, answer.value, len(answer.args)):
            return False
        if not reference.args:
            return False
        return self._all(zip(reference.args, answer.args, strict=True), 1)


def has_plus_minus(node: Node) -> bool:
    """Whether a plus-minus sign stands in the tree."""
    return not kinds(node).isdisjoint(("pm", "mp"))


def spread(node: Node) -> Node:
    """The tree with each plus-minus answer written as the list of its two values."""
    if not has_plus_minus(node):
        return node
    if node.kind in ("list", "set"):
        items: list[Node] = []
        for part in node.args:
            both = spread(part)
            items.extend(both.args if both.kind == "list" and has_plus_minus(part) else (both,))
        return Node(node.kind, tuple(items), node.value)
    if node.kind == "rel" and node.value == ("=",) and is_name(node.args[0]):
        return spread(node.args[1])
    return Node("list", (_signed(node, True), _signed(node, False)), (",",))


def _signed(node: Node, plus: bool) -> Node:
    stack: list[Node] = []
    for part in postorder(node):
        count = len(part.args)
        args = tuple(stack[len(stack) - count :])
        del stack[len(stack) - count :]
        if part.kind in ("pm", "mp"):
            stack.append(args[0] if (part.kind == "pm") == plus else Node("neg", args))
        else:
            stack.append(Node(part.kind, args, part.value))
    return stack[-1]


def _renamed(node: Node, name: Node, new: Node) -> Node:
    """The tree with the argument of f(y) written as the argument of f(x)."""
    if name.kind != "apply" or new.kind != "apply" or same_tree(name, new):
        return node
    if len(name.args) != 1 or len(new.args) != 1 or name.args[0].kind != "var":
        return node
    stack: list[Node] = []
    for part in postorder(node):
        count = len(part.args)
        args = tuple(stack[len(stack) - count :])
        del stack[len(stack) - count :]
        stack.append(new.args[0] if part == name.args[0] else Node(part.kind, args, part.value))
    return stack[-1]


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


def _distinct_names(node: Node) -> bool:
    """Whether every element defines a name and no name comes twice."""
    defined = [lookup_name(part) for part in node.args]
    return len(defined) > 1 and None not in defined and len(set(defined)) == len(defined)


def _values(items: list[Node]) -> list[Node]:
    return [
        value if lookup_name(part) is not None and (value := value_side(part)) is not None else part for part in items
    ]


def _cells(node: Node) -> list[Node]:
    return [cell for row in node.args for cell in row.args]


def _shape(node: Node) -> tuple[int, ...]:
    return tuple(len(row.args) for row in node.args)


def base_value(node: Node) -> Node | None:
    """The integer that digits in a base denote; other nodes as they are; None for a digit the base lacks."""
    if node.kind != "base":
        return node
    value = base_digits(node)
    return None if value is None else integer(value)


def matrix_value(node: Node) -> Node | None:
    """A sum or scalar multiple of matrices, cell by cell; None if the shapes do not fit."""
    if node.kind == "matrix":
        return node
    if node.kind == "neg":
        return _scaled(matrix_value(node.args[0]), integer(-1))
    if node.kind == "add":
        parts = [matrix_value(part) for part in node.args]
        if any(part is None or _shape(part) != _shape(parts[0] or part) for part in parts):
            return None
        cells = zip(*(_cells(part) for part in parts if part is not None), strict=True)
        return _reshaped([Node("add", column) for column in cells], _shape(parts[0] or node))
    if node.kind == "mul":
        matrices = [part for part in node.args if part.kind == "matrix"]
        if len(matrices) != 1:
            return None
        rest = tuple(part for part in node.args if part.kind != "matrix")
        return _scaled(matrices[0], rest[0] if len(rest) == 1 else Node("mul", rest))
    return None


def _scaled(matrix: Node | None, factor: Node) -> Node | None:
    if matrix is None:
        return None
    return _reshaped([Node("mul", (factor, cell)) for cell in _cells(matrix)], _shape(matrix))


def _reshaped(cells: list[Node], shape: tuple[int, ...]) -> Node:
    rows, start = [], 0
    for width in shape:
        rows.append(Node("row", tuple(cells[start : start + width])))
        start += width
    return Node("matrix", tuple(rows))
