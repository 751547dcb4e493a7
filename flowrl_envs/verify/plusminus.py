"""Spreads a plus-minus sign into the list of its two values."""

from __future__ import annotations

from flowrl_envs.verify.naming import is_name
from flowrl_envs.verify.nodes import Node, kinds, rebuilt

SIGNS = frozenset({"pm", "mp"})
"""The kinds of node that spread."""


def has_plus_minus(node: Node) -> bool:
    """Whether a plus-minus sign stands in the tree."""
    return not kinds(node).isdisjoint(SIGNS)


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
        values = spread(node.args[1])
        if values.kind != "list":
            return Node("rel", (node.args[0], values), node.value)
        parts = values.args
        return Node("list", tuple(Node("rel", (node.args[0], part), node.value) for part in parts), (",",))
    return Node("list", (_signed(node, True), _signed(node, False)), (",",))


def _signed(node: Node, plus: bool) -> Node:
    def signed(part: Node) -> Node:
        if part.kind not in SIGNS:
            return part
        return part.args[0] if (part.kind == "pm") == plus else Node("neg", part.args)

    return rebuilt(node, signed)
