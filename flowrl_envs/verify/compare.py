"""Whether two typed answers are the same answer: dispatch by what they are, elements by elements.

The rules are in `statements.py` (equations, inequalities, sets of reals), `elements.py` (lists, tuples, matrices) and
`quantities.py` (units, percents, bases, ratios); numbers and expressions go to `scalar.py`. What none of these can
settle goes to a symbolic worker through `Comparison.resolve`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache

from flowrl_envs.types import Reason
from flowrl_envs.verify.congruences import congruences
from flowrl_envs.verify.elements import lists
from flowrl_envs.verify.indices import canonical, is_beyond_worker
from flowrl_envs.verify.limits import Options
from flowrl_envs.verify.matrices import matrix_value
from flowrl_envs.verify.nodes import CALCULUS, Node, kinds, same_tree
from flowrl_envs.verify.outcome import PASS, Pass
from flowrl_envs.verify.plusminus import SIGNS, has_plus_minus, spread
from flowrl_envs.verify.quantities import special, units
from flowrl_envs.verify.remarks import remarks
from flowrl_envs.verify.result import Flag, Stage
from flowrl_envs.verify.scalar import equal_rationals, equal_scalars
from flowrl_envs.verify.statements import relations, sets
from flowrl_envs.verify.symbolic import Outcome
from flowrl_envs.verify.vocabulary import word_set

SCALARS = word_set("num var add mul neg div pow root fn fact fact2 binom abs floor ceil mod apply")
"""Kinds of node that are one number, whatever is inside."""
_STRUCTURE, _EXACT = Stage.STRUCTURE, Stage.EXACT
Rule = Callable[["Comparison", Node, Node, int], "bool | Pass | None"]
_DEPTHS = (_STRUCTURE, _EXACT, Stage.BALLS, Stage.SYMBOLIC)
_DEEPEST = 24
_MOST_PAIRS = 40_000
_RULES: tuple[tuple[frozenset[str], Rule], ...] = (
    (frozenset({"congruence"}), congruences),
    (frozenset({"list"}), remarks),
    (frozenset({"rel"}), relations),
    (word_set("union minus inter builder rel list const"), sets),
    (word_set("list set seq matrix"), lists),
    (word_set("pct deg unit"), units),
    (word_set("base ratio text cases row dots empty prime rel"), special),
)
"""The rules in order, each with the kinds of node that it is about; the first that applies decides, and what none takes
is a scalar."""


@cache
def _rules(left: str, right: str) -> tuple[Rule, ...]:
    """The rules that are about one of two kinds of node."""
    return tuple(rule for about, rule in _RULES if left in about or right in about)


@dataclass(slots=True)
class Comparison:
    """One comparison in progress: its options, and what it notes on the way.

    Attributes:
        options: tolerance and limits.
        percent_asked: whether the question asks for a percentage, so that 28% may answer 28.
        flags: remarks so far.
        resolve: asks a symbolic worker, or None where that is left to a second pass.
        signed: whether a plus-minus sign may stand in a tree that is no scalar.
        stage: the deepest stage that was needed.
        reason: why some part could not be settled.
    """

    options: Options
    percent_asked: bool = False
    flags: set[Flag] = field(default_factory=set)
    resolve: Callable[[str, Node, Node, float], Outcome] | None = None
    signed: bool = True
    stage: Stage = _STRUCTURE
    reason: Reason = Reason.RESOURCE
    pairs: int = 0

    def equal(self, reference: Node, answer: Node, depth: int = 0) -> bool | None:
        """True, False, or None where it could not be settled."""
        self.pairs += 1
        if depth > _DEEPEST or self.pairs > _MOST_PAIRS:
            return False
        if same_tree(reference, answer):
            return True
        left, right = reference.kind, answer.kind
        if left in SCALARS and right in SCALARS:
            decided = self._rationals(reference, answer)
            return self.expressions(reference, answer, depth) if decided is None else decided
        if self.signed and (has_plus_minus(reference) or has_plus_minus(answer)):
            return self.equal(spread(reference), spread(answer), depth + 1)
        for rule in _rules(left, right):
            verdict = rule(self, reference, answer, depth + 1)
            if verdict is not PASS:
                return verdict
        return self.scalars(reference, answer)

    def expressions(self, reference: Node, answer: Node, depth: int = 0) -> bool | None:
        """Compares two scalar trees that are different and not both rational."""
        present = kinds(reference), kinds(answer)
        if SIGNS.isdisjoint(present[0]) and SIGNS.isdisjoint(present[1]):
            return self._expressions(reference, answer, present)
        return self.equal(spread(reference), spread(answer), depth + 1)

    def matching(self, first: list[Node], second: list[Node], depth: int) -> bool | None:
        """Whether elements pair up in some order. Equality is transitive, so the first match will do."""
        if len(first) != len(second):
            return False
        if all(part.kind == "num" for part in (*first, *second)):
            count = Counter(part.value[:2] for part in first)
            if count == Counter(part.value[:2] for part in second):
                return True
        if len(first) > 60:
            return self.all(zip(first, second, strict=True), depth)
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

    def all(self, pairs: Iterable[tuple[Node, Node]], depth: int) -> bool | None:
        """Whether every pair is equal, in order."""
        unsure = False
        for left, right in pairs:
            same = self.equal(left, right, depth)
            if same is False:
                return False
            unsure = unsure or same is None
        return None if unsure else True

    def scalars(self, reference: Node, answer: Node) -> bool | None:
        """Compares two expressions."""
        if reference.kind != "num" and same_tree(reference, answer):
            return True
        decided = self._rationals(reference, answer)
        if decided is not None:
            return decided
        return self._expressions(reference, answer, (kinds(reference), kinds(answer)))

    def _rationals(self, reference: Node, answer: Node) -> bool | None:
        """Compares two different trees as exact rationals; None if one is none."""
        decided = equal_rationals(reference, answer, self.options)
        if decided is not None:
            self.reached(_EXACT)
        return decided

    def _expressions(self, reference: Node, answer: Node, present: tuple[set[str], set[str]]) -> bool | None:
        """Compares two expressions that are no rationals; sums, integrals and limits go to a worker."""
        asked, given = not present[0].isdisjoint(CALCULUS), not present[1].isdisjoint(CALCULUS)
        if given and not asked and not self.options.unevaluated:
            self.flags.add(Flag.UNEVALUATED)
            return False
        if "matrix" in present[0] or "matrix" in present[1]:
            return self._matrix_expressions(reference, answer)
        if asked or given:
            return self._series(canonical(reference), canonical(answer))
        same, stage = equal_scalars(reference, answer, self.options, present[0] | present[1])
        self.reached(stage)
        if same is None:
            self.reason = Reason.RESOURCE
        return same

    def _series(self, reference: Node, answer: Node) -> bool | None:
        """Compares sums, integrals and limits whose indices are named alike: by parts, or in a worker."""
        if same_tree(reference, answer):
            return True
        if is_beyond_worker(reference) or is_beyond_worker(answer):
            return self._same_shape(reference, answer) or self._sums_as_names(reference, answer)
        return self.ask("scalar", reference, answer)

    def _sums_as_names(self, reference: Node, answer: Node) -> bool:
        """Whether two expressions are equal whatever their sums are worth."""
        return equal_scalars(reference, answer, self.options, kinds(reference) | kinds(answer))[0] is True

    def reached(self, stage: Stage) -> None:
        """Notes a stage that was needed; the deepest one is reported."""
        if stage is not self.stage and _DEPTHS.index(stage) > _DEPTHS.index(self.stage):
            self.stage = stage

    def ask(self, op: str, reference: Node, answer: Node) -> bool | None:
        """Asks the symbolic worker; its failure makes the whole comparison undecided."""
        self.reached(Stage.SYMBOLIC)
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
        return self.all(zip(reference.args, answer.args, strict=True), 1)
