"""Lists of values with names: x = 1, y = 2; (x, y) = (1, 2); x = 1, 2.

Names are dropped only where the other side has none at all; otherwise each value is compared under its name.
"""

from __future__ import annotations

from collections.abc import Sequence

from flowrl_envs.verify.naming import is_name
from flowrl_envs.verify.nodes import Node, names
from flowrl_envs.verify.relations import lookup_name, value_side

_ROWS = ("list", "rel", "text", "dots")
_NUMBERING = frozenset("0123456789,")
_INEQUALITIES = frozenset({"<", ">", "<=", ">=", "!=", "notin"})


def has_names(items: Sequence[Node]) -> bool:
    """Whether a value of a list is given to a name."""
    return any(lookup_name(part) is not None for part in items)


def has_distinct_names(items: Sequence[Node]) -> bool:
    """Whether every element defines a name and no name comes twice."""
    defined = [lookup_name(part) for part in items]
    return len(defined) > 1 and None not in defined and len(set(defined)) == len(defined)


def has_numbered_names(items: Sequence[Node]) -> bool:
    """Whether every element defines a numbered value of one unknown: x_1 = 3, x_2 = 5."""
    heads = set()
    for part in items:
        name = lookup_name(part)
        head, _, number = str(name.value).rpartition("_") if name is not None else ("", "", "")
        if name is None or name.kind != "var" or not head or not _NUMBERING.issuperset(number):
            return False
        heads.add(head)
    return len(heads) == 1


def without_names(items: Sequence[Node]) -> list[Node]:
    """The values of a list, without the names that they are given to."""
    return [
        value if lookup_name(part) is not None and (value := value_side(part)) is not None else part for part in items
    ]


def under_names(first: Sequence[Node], second: Sequence[Node]) -> tuple[list[Node], list[Node]]:
    """Two lists with names, each value under its own; values of one unknown need none."""
    left, right = _carried(first), _carried(second)
    if _of_one_unknown(left, right) or _of_one_unknown(right, left):
        return without_names(left), without_names(right)
    return left, right


def joined_alike(first: Node, second: Node) -> bool:
    """Whether "or" joins both lists or neither, where that matters.

    It does for inequalities, and for values of different names: x = 1 or y = 2 is not x = 1, y = 2. Solutions of one
    unknown and curves (x = 2 or 3x - 4y = 1) are listed with either.
    """
    if ("or" in (first.value or ())) is ("or" in (second.value or ())):
        return True
    return not (_is_joint(first.args) and _is_joint(second.args))


def _is_joint(items: Sequence[Node]) -> bool:
    """Whether the items of a list are conditions, or values of different names that do not depend on one another."""
    if any(part.kind == "rel" and not _INEQUALITIES.isdisjoint(part.value) for part in items):
        return True
    if not has_distinct_names(items) or has_numbered_names(items):
        return False
    defined = frozenset().union(*(names(part.args[0]) for part in items))
    return all(defined.isdisjoint(names(part.args[-1])) for part in items)


def assignments(node: Node) -> Node | None:
    """(x, y) = (1, 2) as the list x = 1, y = 2; None for anything else."""
    if node.kind != "rel" or node.value != ("=",):
        return None
    targets, values = node.args
    if not targets.kind == values.kind == "seq" or len(targets.args) != len(values.args):
        return None
    if not targets.value == values.value == "()" or len(set(targets.args)) != len(targets.args):
        return None
    if not all(is_name(part) for part in targets.args):
        return None
    pairs = zip(targets.args, values.args, strict=True)
    return Node("list", tuple(Node("rel", pair, ("=",)) for pair in pairs), (",",))


def _carried(items: Sequence[Node]) -> list[Node]:
    """The items, with the name before it for a value that has none: x = 1, 2 is x = 1, x = 2."""
    name: Node | None = None
    carried: list[Node] = []
    for item in items:
        name = lookup_name(item) or name
        if name is None or item.kind in _ROWS:
            carried.append(item)
        else:
            carried.append(Node("rel", (name, item), ("=",)))
    return carried


def _of_one_unknown(single: Sequence[Node], numbered: Sequence[Node]) -> bool:
    """Whether one list names one unknown, and the other the same one or its numbered values x_1, x_2."""
    unknown = lookup_name(single[0])
    if unknown is None or unknown.kind != "var" or any(lookup_name(part) != unknown for part in single):
        return False
    for part in numbered:
        name = lookup_name(part)
        if name is None or name.kind != "var":
            return False
        head, _, number = name.value.rpartition("_")
        if name != unknown and (head != unknown.value or not _NUMBERING.issuperset(number)):
            return False
    return True
