"""Makes nodes: what each bracket, command and operator run becomes once its arguments are complete.

Pure functions from arguments to a `Node`; `parse.py` decides when to call them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flowrl_envs.verify.domains import number_set
from flowrl_envs.verify.literals import Literal, reduced
from flowrl_envs.verify.naming import is_name
from flowrl_envs.verify.nodes import ONE, Node, NotMathError, number

_SET_KINDS = frozenset({"const", "set", "seq", "union", "inter", "minus", "builder"})
_LINES = frozenset({"R", "Z", "N", "N+", "Q", "C"})


def add(operands: Sequence[Node], signs: Sequence[str]) -> Node:
    """A sum: operand k + 1 enters with sign k, one of + - pm mp."""
    if signs.count("+") == len(signs):
        return Node("add", tuple(operands))
    if operands[0].kind in _SET_KINDS and _are_sets(operands) and signs.count("-") == len(signs):
        return binary("minus")(operands, signs)
    parts = [operands[0]]
    for sign, operand in zip(signs, operands[1:], strict=True):
        parts.append(operand if sign == "+" else Node("neg" if sign == "-" else sign, (operand,)))
    return Node("add", tuple(parts))


def _are_sets(operands: Sequence[Node]) -> bool:
    """Whether a minus sign between them takes numbers out of a set; between two pairs, it may subtract vectors."""
    if all(part.kind == "seq" for part in operands):
        return False
    return all(part.kind in _SET_KINDS and (part.kind != "const" or part.value in _LINES) for part in operands)


def multiply(operands: Sequence[Node], signs: Sequence[str]) -> Node:
    """A product read from left to right: the operands after "/" divide."""
    if "/" not in signs:
        return Node("mul", tuple(operands))
    if len(signs) == 1:
        return Node("div", tuple(operands))
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
    if kept[-1] == "in" or kept[-1] == "notin":
        values[-1] = number_set(values[-1])
    while kept and kept[-1] == "~" and not all(part.kind == "empty" or is_name(part) for part in values[:-1]):
        values.pop()
        kept.pop()
    if not kept:
        return values[0]
    if kept[-1] == "==" and values[-1].kind == "mod":
        residue, modulus = values[-1].args
        return congruence(Node("rel", (*values[:-1], residue), tuple(kept)), modulus)
    return Node("rel", tuple(values), tuple(kept))


def congruence(statement: Node, modulus: Node) -> Node:
    """A statement, or a residue, to a modulus."""
    return Node("congruence", (statement, modulus))


def binary(kind: str) -> Callable[[Sequence[Node], Sequence[str]], Node]:
    """A left-associative chain of one operator."""

    def build(operands: Sequence[Node], signs: Sequence[str]) -> Node:
        if kind in ("union", "inter", "ratio"):
            return Node(kind, tuple(operands))
        result = operands[0]
        if kind == "minus" and operands[1].kind in ("set", "seq"):
            result = number_set(result)
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
_TRANSPOSED = (Node("var", (), "T"), Node("var", (), "\\top"))
_BASES = {"two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
          "ten": "10", "twelve": "12", "sixteen": "16"}  # fmt: skip
_OF_MANY = frozenset({"max", "min", "gcd", "lcm"})
_DIFFERENTIALS = (Node("var", (), "d"), Node("var", (), "\\partial"))
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


def power(base: Node, exponent: Node) -> Node:
    """A power; a matrix or tuple to the T is transposed."""
    if exponent not in _TRANSPOSED or base.kind not in ("matrix", "seq"):
        return Node("pow", (base, exponent))
    rows = [row.args for row in base.args] if base.kind == "matrix" else [base.args]
    if len({len(row) for row in rows}) != 1:
        raise NotMathError("ragged matrix")
    return Node("matrix", tuple(Node("row", column) for column in zip(*rows, strict=True)))


def fraction(top: Node, bottom: Node) -> Node:
    """A fraction; of two integers it is one exact number, of two differentials a derivative."""
    if _is_integer(top) and _is_integer(bottom) and bottom.value.numerator:
        return Node("num", (), reduced(top.value.numerator, bottom.value.numerator))
    node = Node("div", (top, bottom))
    return Node("mark", (node,), "derivative") if _is_derivative(top, bottom) else node


def _is_derivative(top: Node, bottom: Node) -> bool:
    """Whether d/dx, dy/dx or the like with partial signs is written: the signs do not cancel."""
    if bottom.kind != "mul" or len(bottom.args) != 2 or bottom.args[0] not in _DIFFERENTIALS:
        return False
    return top in _DIFFERENTIALS or (top.kind == "mul" and len(top.args) == 2 and top.args[0] == bottom.args[0])


def _is_integer(node: Node) -> bool:
    return node.kind == "num" and not node.value.digits and node.value.denominator == 1


def mixed_number(whole: int, top: int, bottom: int) -> Node:
    """A mixed number such as 1 1/4; the fraction must be proper."""
    if not 0 < top < bottom:
        raise NotMathError("improper mixed number")
    return Node("num", (), reduced(whole * bottom + top, bottom))


def repeating(text: str) -> Node:
    r"""A decimal with a repeating block, such as 0.1\overline{6}, 0.(3) or 0.\dot{1}4285\dot{7}."""
    end = min(index for index in (text.find("\\"), text.find("(")) if index >= 0)
    whole, _, fixed = text[:end].partition(".")
    return _endless(whole, fixed, "".join(filter(str.isdecimal, text[end:])))


def endless(text: str) -> Node | None:
    """A decimal that dots continue: 0.333... repeats its block, a long one without a block is cut; None for others."""
    whole, _, places = text.partition(".")
    if not places.isdecimal():
        return None
    for size in range(1, len(places) // 2 + 1):
        block = places[-size:]
        count = 1
        while places.endswith(block * (count + 1)):
            count += 1
        if count > 1 and count * size > 2 and block.strip("0"):
            return _endless(whole, places[: -count * size], block)
    return number(text) if len(places) >= 5 else None


def _endless(whole: str, fixed: str, block: str) -> Node:
    scale = 10 ** len(fixed)
    nines = 10 ** len(block) - 1
    value = int(whole or "0") * scale * nines + int(fixed or "0") * nines + int(block)
    return Node("num", (), reduced(value, scale * nines))


def function(name: str, argument: Node, power: Node | None, base: Node | None) -> Node:
    """An applied function with what was written between its name and its argument."""
    if base is not None and name not in ("log", "lg"):
        raise NotMathError(f"base of {name}")
    several = argument.kind in ("seq", "list") or (argument.kind == "set" and name in _OF_MANY)
    args = argument.args if several and name != "matrix" else (argument,)
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
    elif name in ("log", "lg"):
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
        return number_set(Node("var", (), f"{node.value}_{subscript}"))
    if node.kind == "pow" and node.args[0].kind == "var":
        return Node("pow", (subscripted(node.args[0], subscript), node.args[1]))
    if node.kind == "num":
        subscript = subscript.removeprefix("base").strip("()")
        subscript = _BASES.get(subscript, subscript)
    if node.kind == "num" and subscript.isdecimal() and len(subscript) <= 3:
        if not _is_integer(node) or node.value.numerator < 0:
            raise NotMathError("base of a fraction")
        return Node("base", (), (str(node.value.numerator), int(subscript)))
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
