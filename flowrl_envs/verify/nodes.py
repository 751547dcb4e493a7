"""The typed tree of an answer: what `parse` builds and every comparison reads.

A tree is plain data (named tuples), so equality and hashing run in C and a worker receives it as JSON. `KINDS` below is
the whole vocabulary; nothing in a tree is ever evaluated as code.

    num       value: Literal                       var     value: name           const   value: pi | e | i | inf | R ...
    add mul   two or more args                     neg     one arg               div     numerator, denominator
    pow       base, exponent                       root    radicand, index       pm mp   one arg: plus or minus it
    fn        args, value: name                    fact fact2 abs floor ceil binom mod
    deg pct   one arg: degrees, percent            unit    one arg, value: its words        base   value: (digits, base)
    sum prod int lim   body, lower, upper          apply   one arg, value: name  mark    one arg, value: accent
    rel       two or more args, value: operators   ratio   two or more args
    list      args, value: separators              seq     args, value: brackets "(]"
    set       args                                 builder pattern, condition
    union inter minus  args                        matrix  rows of args          row     args
    congruence  statement or residue, modulus
    cases     rows                                 text    value: words          dots empty prime
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

from flowrl_envs.verify.literals import Literal, literal

CALCULUS = frozenset({"sum", "prod", "int", "int2", "oint", "lim"})
"""Kinds of node that a worker evaluates: body, lower and upper bound."""


class Node(NamedTuple):
    """One node of an answer's tree."""

    kind: str
    args: tuple[Node, ...] = ()
    value: Any = None


class NotMathError(Exception):
    """The text is not mathematics that the parser knows. Internal: it never leaves the verifier."""


ZERO = Node("num", (), Literal(0, 1))
ONE = Node("num", (), Literal(1, 1))
EMPTY = Node("empty")


def integer(value: int) -> Node:
    """The node of an integer."""
    return Node("num", (), Literal(value, 1))


def number(text: str) -> Node:
    """The node of a number token; short ones are cached, because they come again and again."""
    return _short_number(text) if len(text) <= 12 else _number(text)


def _number(text: str) -> Node:
    value = literal(text.removesuffix("."))
    if value is None:
        raise NotMathError(f"number {text[:20]!r}")
    return Node("num", (), value)


_short_number = lru_cache(maxsize=4096)(_number)


def preorder(node: Node) -> Iterator[Node]:
    """All nodes of a tree, parents first, without recursion."""
    stack = [node]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(node.args)


def postorder(node: Node) -> list[Node]:
    """All nodes of a tree, arguments before their parents, without recursion."""
    order: list[Node] = []
    stack = [node]
    while stack:
        node = stack.pop()
        order.append(node)
        stack += node[1]
    order.reverse()
    return order


def rebuilt(node: Node, change: Callable[[Node], Node]) -> Node:
    """The tree made again from its leaves, every node passed through `change` after its arguments were."""
    stack: list[Node] = []
    for part in postorder(node):
        start = len(stack) - len(part.args)
        stack[start:] = (change(Node(part.kind, tuple(stack[start:]), part.value)),)
    return stack[-1]


def kinds(node: Node) -> set[str]:
    """The kinds of node in a tree."""
    found = set()
    stack = [node]
    while stack:
        node = stack.pop()
        found.add(node[0])
        stack += node[1]
    return found


def same_tree(left: Node, right: Node) -> bool:
    """Structural equality; False for trees too deep to compare."""
    try:
        return left == right
    except RecursionError:
        return False


def base_digits(node: Node) -> int | None:
    """The integer that a "base" node denotes; None for a digit that the base lacks."""
    digits, base = node.value
    if not 2 <= base <= 36 or len(digits) > 2000 or any(int(digit) >= base for digit in digits):
        return None
    return int(digits, base)


def names(node: Node) -> frozenset[str]:
    """The free names of a tree: variables and applied functions."""
    return frozenset(part.value for part in preorder(node) if part.kind in ("var", "apply"))


def free_names(node: Node) -> frozenset[str]:
    """The names of a tree but those that a sum, product, limit or definite integral runs through."""
    if kinds(node).isdisjoint(CALCULUS):
        return names(node)
    found: set[str] = set()
    stack: list[tuple[Node, frozenset[str]]] = [(node, frozenset())]
    while stack:
        part, bound = stack.pop()
        if part.kind in CALCULUS:
            body, lower, upper = part.args
            inner = bound | running(part)
            stack += ((body, inner), (upper, bound))
            if lower.kind != "var" or lower.value not in inner:
                stack.append((lower.args[-1] if lower.kind == "rel" else lower, bound))
            continue
        if part.kind in ("var", "apply") and part.value not in bound:
            found.add(part.value)
        stack += ((arg, bound) for arg in part.args)
    return frozenset(found)


def running(node: Node) -> frozenset[str]:
    """The names that a sum, product, limit or definite integral runs through; of dx, the d too."""
    body, lower, _ = node.args
    if lower.kind == "rel":
        return frozenset({lower.args[0].value}) if lower.args[0].kind == "var" else frozenset()
    if lower.kind == "var" and node.kind in ("sum", "prod"):
        return frozenset({lower.value})
    if node.kind != "int" or lower.kind == "empty":
        return frozenset()
    d = Node("var", (), "d")
    products = [part.args for part in preorder(body) if part.kind == "mul" and d in part.args]
    after = {right for args in products for left, right in pairwise(args) if left == d and right.kind == "var"}
    return frozenset({"d", *(part.value for part in after)}) if after else frozenset()
