"""Makes nodes: what each bracket, command and operator run becomes once its arguments are complete.

Pure functions from arguments to a `Node`; `parse.py` decides when to call them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flowrl_envs.verify.literals import Literal, reduced
from flowrl_envs.verify.naming import is_name
from flowrl_envs.verify.nodes import ONE, Node, NotMathError


def add(operands: Sequence[Node], signs: Sequence[str]) -> Node:
    """A sum: operand k + 1 enters with sign k, one of + - pm mp."""
    if signs.count("+") == len(signs):
        return Node("add", tuple(operands))
    parts = [operands[0]]
    for sign, operand in zip(signs, operands[1:], strict=True):
        parts.append(operand if sign == "+" else Node("neg" if sign == "-" else sign, (operand,)))
    return Node("add", tuple(parts))


def multiply(operands: Sequence[Node], signs: Sequence[str]) -> Node:
    """A product read from left to right: the operands after "/" divide."""
    if "/" not in signs:
        return Node("mul", tuple(operands))
    top: list[Node] = [operands[0]]
    bottom: list[Node] = []
    for sign, operand in zip(signs, operands[1:], strict=True):
        (bottom if sign == "/" else top).append(operand)
    numerator = top[0] if len(top) == 1 else Node("mul", tuple(top))
    if not bottom:
        return numerator
    return Node("div", (numerator, bottom[0] if len(bottom) == 1 else Node("mul", tuple(bottom))))


def relation(operands: Sequence[Node], signs: Sequence[str]) -> Node:
    """A chain of relations; an approximation at its end is dropped where more than a name precedes it."""
    kept = list(signs)
    values = list(operands)
    while kept and kept[-1] == "~" and not all(part.kind == "empty" or is_name(part) for part in values[:-1]):
        values.pop()
        kept.pop()
    return Node("rel", tuple(values), tuple(kept)) if kept else values[0]


def binary(kind: str) -> Callable[[Sequence[Node], Sequence[str]], Node]:
    """A left-associative chain of one operator."""

    def build(operands: Sequence[Node], signs: Sequence[str]) -> Node:
        if kind in ("union", "inter", "ratio"):
            return Node(kind, tuple(operands))
        result = operands[0]
        for operand in operands[1:]:
            result = Node(kind, (result, operand))
        return result

    return build


RUNS: dict[str, Callable[[Sequence[Node], Sequence[str]], Node]] = {
    "add": add,
    "mul": multiply,
    "rel": relation,
    "cup": binary("union"),
    "cap": binary("inter"),
    "setminus": binary("minus"),
    "mod": binary("mod"),
    "ratio": binary("ratio"),
    "choose": binary("binom"),
    "over": binary("div"),
}
AROUND_ONE = {
    ("(", ")"): "", ("[", "]"): "", ("{", "}"): "", ("|", "|"): "abs", ("lfloor", "rfloor"): "floor",
    ("lceil", "rceil"): "ceil",
}  # fmt: skip
"""What a pair of brackets around one value makes of it, "" for nothing."""


def sequence(items: list[Node], separators: list[str]) -> tuple[Node, ...]:
    """Items of a list; where semicolons and commas mix, the semicolons separate groups."""
    if ";" in separators and "," in separators:
        groups: list[list[Node]] = [[items[0]]]
        for separator, item in zip(separators, items[1:], strict=True):
            if separator == ";":
                groups.append([])
            groups[-1].append(item)
        return tuple(group[0] if len(group) == 1 else Node("list", tuple(group), ",") for group in groups)
    return tuple(items)


def bracket(opener: str, closer: str, items: list[Node], separators: list[str]) -> Node:
    """What a closed bracket means."""
    pair = opener + closer
    if len(items) == 1 and (kind := AROUND_ONE.get((opener, closer))) is not None:
        return Node(kind, (items[0],)) if kind else items[0]
    args = sequence(items, separators)
    if pair in ("()", "[]", "(]", "[)", "][", "](", ")("):
        if pair not in ("()", "[]") and len(items) != 2:
            raise NotMathError(f"bracket {pair}")
        return Node("seq", args, pair)
    if pair in ("{}", "\\{\\}"):
        return Node("set", args)
    if pair == "langlerangle":
        return Node("seq", args, "()")
    raise NotMathError(f"bracket {pair}")


def fraction(top: Node, bottom: Node) -> Node:
    """A fraction; of two integers it is one exact number."""
    if _is_integer(top) and _is_integer(bottom) and bottom.value.numerator:
        return Node("num", (), reduced(top.value.numerator, bottom.value.numerator))
    return Node("div", (top, bottom))


def _is_integer(node: Node) -> bool:
    return node.kind == "num" and not node.value.digits and node.value.denominator == 1


def mixed_number(whole: int, top: int, bottom: int) -> Node:
    """A mixed number such as 1 1/4; the fraction must be proper."""
    if not 0 < top < bottom:
        raise NotMathError("improper mixed number")
    return Node("num", (), reduced(whole * bottom + top, bottom))


def repeating(text: str) -> Node:
    r"""A decimal with a repeating block, such as 0.1\overline{6}."""
    head, _, block = text.partition("\\")
    digits = block[block.index("{") + 1 : -1]
    whole, _, fixed = head.partition(".")
    scale = 10 ** len(fixed)
    nines = 10 ** len(digits) - 1
    value = int(whole or "0") * scale * nines + int(fixed or "0") * nines + int(digits)
    return Node("num", (), reduced(value, scale * nines))


def function(name: str, argument: Node, power: Node | None, base: Node | None) -> Node:
    """An applied function with what was written between its name and its argument."""
    args = argument.args if argument.kind in ("seq", "list") and name != "matrix" else (argument,)
    if name == "matrix":
        return matrix_literal(argument)
    if name == "choose" and len(args) == 2:
        node = Node("binom", args)
    elif name in ("abs", "floor", "ceil", "fact"):
        if len(args) != 1:
            raise NotMathError(name)
        node = Node(name, args)
    elif name in ("log", "lg") and base is None:
        node = Node("fn", args, "log10" if name == "lg" else "log?")
    elif name == "log":
        node = Node("div", (Node("fn", args, "ln"), Node("fn", (base or ONE,), "ln")))
    else:
        node = Node("fn", args, name)
    if power is None:
        return node
    if power == Node("neg", (ONE,)) or (power.kind == "num" and power.value == Literal(-1, 1)):
        return (
            Node("fn", args, "a" + name)
            if name in ("sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh")
            else Node("apply", args, name)
        )
    return Node("pow", (node, power))


def matrix_literal(argument: Node) -> Node:
    """Matrix([[1, 2], [3, 4]]); a list with one element has lost its brackets, so [[1, 2]] is one row."""
    rows = argument.args if argument.args and all(part.kind == "seq" for part in argument.args) else (argument,)
    return Node("matrix", tuple(Node("row", row.args or (row,)) for row in rows))


def subscripted(node: Node, subscript: str) -> Node:
    """A name with a subscript, or the digits of a number in a base."""
    if node.kind == "var":
        return Node("var", (), f"{node.value}_{subscript}")
    if node.kind == "const":
        return Node("var", (), f"{node.value}_{subscript}")
    if node.kind == "pow" and node.args[0].kind == "var":
        return Node("pow", (subscripted(node.args[0], subscript), node.args[1]))
    if node.kind == "num" and subscript.isdecimal() and len(subscript) <= 3:
        digits = str(node.value.numerator)
        if node.value.denominator != 1 or node.value.numerator < 0:
            raise NotMathError("base of a fraction")
        return Node("base", (), (digits, int(subscript)))
    return Node("mark", (node,), "_" + subscript)


def postfix(node: Node, sign: str) -> Node:
    """A factorial, percent, degree or prime sign after its operand."""
    if sign in ("!", "!!"):
        if node.kind == "fact2":
            raise NotMathError("repeated factorial")
        return Node("fact" if sign == "!" else "fact2", (node,))
    if sign == "'":
        return Node("var", (), node.value + "'") if node.kind == "var" else Node("prime", (node,))
    return Node("pct" if sign == "%" else "deg", (node,))
