"""Names that a sum, product, limit or integral runs through: variables of its own, whatever letter they are.

The index i is no imaginary unit, and two sums that differ in the letter of their index alone are one sum.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from flowrl_envs.verify.nodes import CALCULUS, Node, postorder, running
from flowrl_envs.verify.vocabulary import word_set

_CONSTANTS = (Node("const", (), "i"), Node("const", (), "e"))
_WITH_INDEX = word_set("sum prod lim")
_RANGES = (("=",), ("->",))
_WITHOUT_NUMBER = word_set("apply mark dots prime text")
_MOST_NODES = 1_500
_FRESH = "#"
_LETTERS = re.compile("[A-Za-z]+")

Names = Mapping[Node, Node]


def has_constant_index(kind: str, lower: Node | None) -> bool:
    """Whether what stands below a sum, product or limit makes an index of i or e."""
    return lower is not None and kind in _WITH_INDEX and any(part in _CONSTANTS for part in (lower, *lower.args))


def with_letters(tree: Node) -> Node:
    """The tree with every i and e that is an index as a variable."""

    def bound(node: Node, _: int) -> Names:
        if not has_constant_index(node.kind, lower := node.args[1]):
            return {}
        return {part: Node("var", (), part.value) for part in (lower, *lower.args) if part in _CONSTANTS}

    return _renamed(tree, bound)


def canonical(tree: Node) -> Node:
    """The tree with its indices, also those in subscripts of names, called by how many are around them.

    A tree too large for a worker is left as it is.
    """
    if len(postorder(tree)) > _MOST_NODES:
        return tree

    def bound(node: Node, depth: int) -> Names:
        fresh = f"{_FRESH}{depth}"
        return {Node("var", (), name): Node("var", (), fresh) for name in running(node) if name != "d"}

    return _renamed(tree, bound)


def is_beyond_worker(tree: Node) -> bool:
    """Whether a canonical tree holds what no worker adds up: terms of a sequence, pairs i < j, f(k) without a rule."""
    return any(
        part.kind in _WITHOUT_NUMBER
        or (part.kind == "var" and f"_{_FRESH}" in part.value)
        or (part.kind in _WITH_INDEX and part.args[1].value not in _RANGES)
        for part in postorder(tree)
    )


def _renamed(tree: Node, bound: Callable[[Node, int], Names]) -> Node:
    """The tree made again, without recursion; `bound` says how a node's names are called inside it."""
    order: list[tuple[Node, Names]] = []
    stack: list[tuple[Node, Names, int]] = [(tree, {}, 0)]
    while stack:
        node, names, depth = stack.pop()
        order.append((node, names))
        inner = names
        if node.kind in CALCULUS and (found := bound(node, depth + 1)):
            depth += 1
            inner = {**names, **found}
            lower = _leaf(node.args[1], found)
            lower = lower._replace(args=tuple(_leaf(part, found) for part in lower.args))
            node = Node(node.kind, (node.args[0], lower, node.args[2]), node.value)
        for place, part in enumerate(node.args):
            stack.append((part, names if place else inner, depth))
    made: list[Node] = []
    for node, names in reversed(order):
        start = len(made) - len(node.args)
        args = tuple(made[start:])
        del made[start:]
        made.append(Node(node.kind, args, node.value) if args else _leaf(node, names))
    return made[-1]


def _leaf(node: Node, names: Names) -> Node:
    """A leaf under its new name; a node with arguments as it is."""
    if node.args or not names:
        return node
    if node in names:
        return names[node]
    if node.kind != "var" or "_" not in node.value:
        return node
    head, _, subscript = node.value.partition("_")
    table = {old.value: new.value for old, new in names.items() if old.kind == "var"}
    return Node("var", (), f"{head}_{_LETTERS.sub(lambda run: _in_subscript(run[0], table), subscript)}")


def _in_subscript(letters: str, table: Mapping[str, str]) -> str:
    """Letters of a subscript: an index, or a run of indices as in a_{ij}."""
    if letters in table:
        return table[letters]
    if all(letter in table for letter in letters):
        return "".join(map(table.__getitem__, letters))
    return letters
