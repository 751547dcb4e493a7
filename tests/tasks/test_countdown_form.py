"""The canonical form: which rewritings keep it, which expressions it keeps apart, and that enumeration is complete."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from fractions import Fraction

import pytest
import sympy
from hypothesis import assume, example, given
from hypothesis import strategies as st

from flowrl_envs.tasks.countdown.parse import LONGEST, NotAnExpressionError, parse
from flowrl_envs.tasks.countdown.solve import solutions, targets, values

Tree = int | tuple[str, "Tree", "Tree"]


def trees(leaves: st.SearchStrategy[int]) -> st.SearchStrategy[Tree]:
    return st.recursive(leaves, lambda inner: st.tuples(st.sampled_from("+-*/"), inner, inner), max_leaves=6)


def written(tree: Tree) -> str:
    return str(tree) if isinstance(tree, int) else f"({written(tree[1])}{tree[0]}{written(tree[2])})"


def worth(tree: Tree) -> Fraction:
    if isinstance(tree, int):
        return Fraction(tree)
    a, b = worth(tree[1]), worth(tree[2])
    return {"+": lambda: a + b, "-": lambda: a - b, "*": lambda: a * b, "/": lambda: a / b}[tree[0]]()


def rewritten(tree: Tree, rng: random.Random) -> Tree:
    """Applies the laws at random: commute, regroup, and move signs and divisions through brackets."""
    if isinstance(tree, int):
        return tree
    op, a, b = tree[0], rewritten(tree[1], rng), rewritten(tree[2], rng)
    laws: list[Tree] = [(op, a, b)]
    if op in "+*":
        laws.append((op, b, a))
        inverse = {"+": "-", "*": "/"}[op]
        if not isinstance(b, int) and b[0] == op:
            laws.append((op, (op, a, b[1]), b[2]))  # a+(x+y) = (a+x)+y
        if not isinstance(b, int) and b[0] == inverse:
            laws.append((inverse, (op, a, b[1]), b[2]))  # a+(x-y) = (a+x)-y
    else:
        direct = {"-": "+", "/": "*"}[op]
        if not isinstance(b, int) and b[0] == direct:
            laws.append((op, (op, a, b[1]), b[2]))  # a-(x+y) = (a-x)-y
        if not isinstance(b, int) and b[0] == op and (op == "-" or worth(b[2]) != 0):
            laws.append((op, (direct, a, b[2]), b[1]))  # a-(x-y) = (a+y)-x
    if op == "*" and not isinstance(a, int) and not isinstance(b, int) and a[0] == b[0] == "-":
        laws.append(("*", ("-", a[2], a[1]), ("-", b[2], b[1])))  # (x-y)*(u-v) = (y-x)*(v-u)
    return rng.choice(laws)


def defined(tree: Tree) -> bool:
    try:
        worth(tree)
    except ZeroDivisionError:
        return False
    return True


@given(trees(st.integers(1, 30)))
@example(("*", ("-", 1, 1), ("-", 1, 2)))
@example(("-", 3, ("*", ("-", 1, 1), 5)))
@example(("*", ("*", ("-", 1, 1), 5), ("-", 1, 2)))
@example(("*", ("+", ("*", ("-", 1, 1), 5), ("-", 2, 2)), ("-", 1, 2)))
@example(("/", ("-", 1, 1), ("-", 1, 2)))
def test_value_and_numbers_are_those_of_the_expression_and_the_form_reads_back_to_itself(tree: Tree) -> None:
    assume(defined(tree))
    read = parse(written(tree))
    assert read.form.value == worth(tree)
    assert sorted(map(str, read.numbers)) == sorted("".join(c if c.isdigit() else " " for c in written(tree)).split())
    again = parse(read.form.text)
    assert (again.form.text, again.form.value) == (read.form.text, read.form.value)


@given(trees(st.integers(1, 30)), st.randoms(use_true_random=False))
def test_the_laws_keep_the_form(tree: Tree, rng: random.Random) -> None:
    assume(defined(tree))
    other = tree
    for _ in range(4):
        other = rewritten(other, rng)
    assert parse(written(other)).form.text == parse(written(tree)).form.text


@given(st.data())
def test_equal_forms_are_equal_as_rational_functions_of_their_numbers(data: st.DataObject) -> None:
    """Soundness: merging is never a coincidence of values. Brackets worth zero are left out: 4*(5-5) has no sign."""
    numbers = [2, 3, 7, 11]
    names = dict(zip(numbers, sympy.symbols("a b c d"), strict=True))

    def symbolic(tree: Tree) -> sympy.Expr:
        if isinstance(tree, int):
            return names[tree]
        a, b = symbolic(tree[1]), symbolic(tree[2])
        return {"+": a + b, "-": a - b, "*": a * b, "/": a / b}[tree[0]]

    def build(order: tuple[int, ...]) -> Tree:
        if len(order) == 1:
            return order[0]
        cut = data.draw(st.integers(1, len(order) - 1))
        return (data.draw(st.sampled_from("+-*/")), build(order[:cut]), build(order[cut:]))

    first, second = (build(tuple(data.draw(st.permutations(numbers)))) for _ in range(2))
    assume(all(defined(t) and 0 not in set(parts(t)) for t in (first, second)))
    if parse(written(first)).form.text == parse(written(second)).form.text:
        assert sympy.simplify(symbolic(first) - symbolic(second)) == 0


def parts(tree: Tree) -> Iterator[Fraction]:
    yield worth(tree)
    if not isinstance(tree, int):
        yield from parts(tree[1])
        yield from parts(tree[2])


@pytest.mark.parametrize(
    ("text", "form"),
    [("7-(3-5)", "5+7-3"), ("5+7-3", "5+7-3"), ("(3-5)*(2-7)", "(5-3)*(7-2)"), ("3+5*7", "5*7+3"), ("8/(4/2)", "2*8/4"),
     ("2*8/4", "2*8/4"), ("-3+10", "10-3"), ("7-(3-5)*2", "(5-3)*2+7"), ("2+2", "2+2"), ("3*1", "1*3"), ("3/1", "3/1"),
     ("--3", "3"), ("2*-3+10", "10-2*3"), ("9*(4-4)+12", "(4-4)*9+12"), ("((((7))))", "7"), ("2 * ( 3+4 )", "(3+4)*2"),
     ("12-9*(4-4)", "(4-4)*9+12"), ("(4-4)/(3-5)", "(4-4)/(5-3)"), ("(1-1)*(1-2)", "(1-1)*(2-1)"),
     ("((4-4)*9+3-3)*(2-7)", "((4-4)*9+3-3)*(7-2)"), ("-(5-2-3)*4", "(2+3-5)*4"), ("(5-2-3)*4", "-(2+3-5)*4")],
)  # fmt: skip
def test_forms_by_hand(text: str, form: str) -> None:
    assert parse(text).form.text == form


@pytest.mark.parametrize(
    "text",
    ["", " ", "+3", "3+", "3 5", "(3", "3)", "()", "3**2", "3(5)", "3//5", "a", "3.5", "3e2", "3^2", ")3(", "3,5", "٣",
     "1" * (LONGEST + 1), "(" * LONGEST, "-" * LONGEST, "__import__('os')", "3\n5", "\x00", "\ud800"],
)  # fmt: skip
def test_what_is_not_an_expression(text: str) -> None:
    with pytest.raises(NotAnExpressionError):
        parse(text)


@given(st.text(alphabet="0123456789+-*/() "))
def test_reading_any_text_either_gives_the_value_of_python_or_refuses(text: str) -> None:
    try:
        read = parse(text)
    except (NotAnExpressionError, ZeroDivisionError):
        return
    exact = "".join(f"Fraction({int(p)})" if p.isdigit() else p for p in __import__("re").split(r"(\d+)", text))
    assert eval(exact.strip(), {"Fraction": Fraction}) == read.form.value


def every_tree(numbers: tuple[int, ...], operators: str) -> Iterator[Tree]:
    """Every binary expression over the numbers in this order: the brute force, sharing nothing with the solver."""
    if len(numbers) == 1:
        yield numbers[0]
    for cut in range(1, len(numbers)):
        for a in every_tree(numbers[:cut], operators):
            for b in every_tree(numbers[cut:], operators):
                yield from ((op, a, b) for op in operators)


def brute_force(numbers: tuple[int, ...], operators: str, exactly: bool) -> dict[Fraction, set[str]]:
    found: dict[Fraction, set[str]] = {}
    sizes = [len(numbers)] if exactly else range(1, len(numbers) + 1)
    for order in {order for size in sizes for order in itertools.permutations(numbers, size)}:
        for tree in filter(defined, every_tree(order, operators)):
            found.setdefault(worth(tree), set()).add(parse(written(tree)).form.text)
    return found


@pytest.mark.parametrize(
    ("numbers", "operators", "exactly"),
    [((3, 5, 7), "+-*/", False), ((2, 2, 4), "+-*/", False), ((1, 1, 1), "+-*", True), ((4, 6, 25), "+-*", False),
     ((2, 3, 4, 4), "+-*", False), ((1, 5, 6, 9), "+-*", True), ((3, 3, 7, 7), "+*/", True), ((2, 3), "+-*/", False)],
)  # fmt: skip
def test_enumeration_equals_brute_force_for_every_target(
    numbers: tuple[int, ...], operators: str, exactly: bool
) -> None:
    expected = brute_force(numbers, operators, exactly)
    assert targets(numbers, operators, exactly) == set(expected)
    for target in range(1, 1 + int(max(expected))):
        assert solutions(numbers, target, operators, exactly) == expected.get(Fraction(target), set())


@given(trees(st.sampled_from([2, 3, 5, 8])), st.randoms(use_true_random=False))
def test_an_answer_with_signs_of_its_own_is_still_among_the_solutions(tree: Tree, rng: random.Random) -> None:
    text = "".join(f"(-{c})" if c.isdigit() and rng.random() < 0.4 else c for c in written(tree))
    try:
        read = parse(text)
    except ZeroDivisionError:
        return
    numbers = tuple(sorted(read.numbers))
    assume(len(numbers) <= 4 and read.form.value > 0 and read.form.value == int(read.form.value))
    assert read.form.text in solutions(numbers, int(read.form.value), "+-*/", exactly=True)


def test_the_classic_twenty_four_needs_a_fraction() -> None:
    assert solutions((3, 3, 8, 8), 24, "+-*/", exactly=True) == {"8/(3-8/3)"}
    assert 24 not in values((3, 3, 8, 8), "+-*")
