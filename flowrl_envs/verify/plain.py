r"""The parser's fast path: plain mathematics in one loop over flat stacks.

`plain_tree` reads sums, products, powers, relations, lists, brackets, fractions, roots and applied functions, and
returns None for everything else, and for every error, which `machine.py` then reads. Both give the same tree, so this
module decides nothing but time.

`out` holds finished operands; `ops` a precedence for each waiting sign, and OPEN for each bracket; `signs` the signs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flowrl_envs.verify import build
from flowrl_envs.verify.brackets import APPLIED, OPERATORS
from flowrl_envs.verify.build import AROUND_ONE
from flowrl_envs.verify.lexicon import ADD, MUL, NEG, REL, SEPARATOR, UNBOUND, Token
from flowrl_envs.verify.machine import TWO
from flowrl_envs.verify.nodes import Node

_BOTTOM, _OPEN = UNBOUND, -1
_RUNS = {ADD: build.add, MUL: build.multiply, REL: build.relation}
_ARGUMENT = ("(", "[", "{")
_OPENERS = frozenset({*_ARGUMENT, "\\{", "lfloor", "lceil"})
_COMMAND_MARKS = ("\\", "/")
_AFTER_ARGUMENT = frozenset({"op", "rel", "sep", "close", "fn"})
_WITH_BRACKETS = frozenset({"max", "min", "gcd", "lcm", "det", "sec"})
"""Functions of several arguments, and those that may be a unit or a name."""
_END = Token("")


def plain_tree(tokens: Sequence[Token]) -> Node | None:
    """The tree of plain mathematics, or None where the machine has to read it."""
    out: list[Node] = []
    ops = [_BOTTOM]
    signs: list[Any] = []
    stream = iter(tokens)
    frames: list[tuple[str, str]] = []
    brackets: _Brackets | None = None
    want = True
    for kind, value, leaf, binds in stream:
        if leaf is not None:
            if not want:
                if kind == "num" and out[-1].kind == "num":
                    return None
                ops.append(MUL)
                signs.append("*")
            out.append(leaf)
            want = False
        elif binds >= SEPARATOR:
            if not want:
                if ops[-1] > binds:
                    _fold(out, ops, signs, binds + 1)
                ops.append(binds)
                want = True
            elif value == "-" and ops[-1] <= REL:
                ops.append(NEG)
            else:
                return None
            signs.append(value)
        elif want and kind == "open" and value in _OPENERS:
            frames.append((value, ""))
            ops.append(_OPEN)
        else:
            if brackets is None:
                brackets = _Brackets()
                brackets.out, brackets.ops, brackets.signs, brackets.stream = out, ops, signs, stream
                brackets.frames, brackets.tokens = frames, tokens
            wanted = brackets.read(kind, value, want)
            if wanted is None:
                return None
            want = wanted
    if want or frames:
        return None
    if ops[-1] > SEPARATOR:
        _fold(out, ops, signs, SEPARATOR + 1)
    if ops[-1] == _BOTTOM:
        return out[0]
    items, separators = _items(out, ops, signs)
    return Node("list", build.sequence(items, separators), tuple(sorted(set(separators))))


def _fold(out: list[Node], ops: list[int], signs: list[Any], least: int) -> None:
    """Builds every run of signs on top of the stack that binds at least so tightly."""
    while (precedence := ops[-1]) >= least:
        if precedence == NEG:
            ops.pop()
            signs.pop()
            out[-1] = Node("neg", (out[-1],))
            continue
        if ops[-2] != precedence:
            ops.pop()
            right = out.pop()
            out[-1] = _RUNS[precedence]((out[-1], right), (signs.pop(),))
            continue
        count = 1
        while ops[-1 - count] == precedence:
            count += 1
        operands, run = out[-1 - count :], signs[-count:]
        del out[-1 - count :], ops[-count:], signs[-count:]
        out.append(_RUNS[precedence](operands, run))


def _items(out: list[Node], ops: list[int], signs: list[Any]) -> tuple[list[Node], list[str]]:
    """Takes the items of the innermost bracket, two or more, and the separators between them."""
    count = 0
    while ops[-1] == SEPARATOR:
        ops.pop()
        count += 1
    items, separators = out[-1 - count :], signs[-count:]
    del out[-1 - count :], signs[-count:]
    return items, separators


class _Brackets:
    """What opens and closes, and what takes arguments. `frames` holds the opener and the taker of each bracket."""

    __slots__ = ("frames", "ops", "out", "signs", "stream", "tokens")

    out: list[Node]
    ops: list[int]
    signs: list[Any]
    stream: Any
    tokens: Sequence[Token]
    frames: list[tuple[str, str]]

    def read(self, kind: str, value: Any, want: bool) -> bool | None:
        """Reads one token; returns whether an operand is wanted next, or None where the machine has to read."""
        frames = self.frames
        if kind == "close":
            return self._closed(value) if frames and not want else None
        if want:
            if kind == "open" and value in _OPENERS:
                return self._opened(value, "")
            if kind == "bar" and value != ")":
                return self._opened("|", "")
            return self._taker(kind, value)
        if kind == "bar" and value != "(" and frames and frames[-1][0] == "|":
            return self._closed("|")
        out = self.out
        if kind == "pow":
            exponent = next(self.stream, _END).leaf
            if exponent is None or out[-1].kind == "pow":
                return None
            out[-1] = build.power(out[-1], exponent)
            return False
        if kind == "post" or kind == "sub":
            out[-1] = (build.postfix if kind == "post" else build.subscripted)(out[-1], value)
            return False
        last = out[-1].kind
        if (kind == "cmd" and last == "num") or kind == "bar" or (last == "var" and out[-1].value in APPLIED):
            return None
        if last == "const" and out[-1].value in OPERATORS:
            return None
        self.ops.append(MUL)
        self.signs.append("*")
        return self.read(kind, value, True)

    def _opened(self, opener: str, taker: str) -> bool:
        self.frames.append((opener, taker))
        self.ops.append(_OPEN)
        return True

    def _taker(self, kind: str, value: str) -> bool | None:
        """A function, fraction, binomial or root with its first argument, or the bracket that opens it."""
        if kind not in ("fn", "cmd", "sqrt"):
            return None
        token = next(self.stream, _END)
        if kind == "cmd":
            return self._numerator(value, token)
        if token.kind == "open" and token.value in _ARGUMENT:
            return self._opened(str(token.value), value if kind == "fn" else "\\sqrt")
        if token.leaf is None or (kind == "fn" and token.kind != "group" and not self._ends_argument(value)):
            return None
        argument = token.leaf
        self.out.append(build.function(value, argument, None, None) if kind == "fn" else Node("root", (argument, TWO)))
        return False

    def _ends_argument(self, name: str) -> bool:
        r"""Whether the operand that was just read is all that a function without brackets takes: \sin x + 1."""
        rest = self.stream.__length_hint__()
        return (not rest or self.tokens[-rest].kind in _AFTER_ARGUMENT) and name not in _WITH_BRACKETS

    def _numerator(self, name: str, token: Token) -> bool | None:
        if token.kind == "open" and token.value == "{":
            return self._opened("{", "\\" + name)
        if token.kind != "group" or token.leaf is None:
            return None
        return self._denominator(name, token.leaf)

    def _denominator(self, name: str, top: Node) -> bool | None:
        """The second argument of a fraction or binomial, or the brace that opens it."""
        token = next(self.stream, _END)
        if token.kind == "open" and token.value == "{":
            self.out.append(top)
            return self._opened("{", "/" + name)
        if token.kind != "group" or token.leaf is None:
            return None
        self.out.append(_quotient(name, top, token.leaf))
        return False

    def _closed(self, closer: str) -> bool | None:
        """Closes the innermost bracket and gives its content to what takes it."""
        out, ops, signs = self.out, self.ops, self.signs
        if ops[-1] > SEPARATOR:
            _fold(out, ops, signs, SEPARATOR + 1)
        opener, taker = self.frames.pop()
        if ops[-1] == _OPEN:
            kind = AROUND_ONE.get((opener, closer))
            if kind is None:
                return None
            node = Node(kind, (out.pop(),)) if kind else out.pop()
        elif not taker:
            items, separators = _items(out, ops, signs)
            node = build.bracket(opener, "\\}" if opener == "\\{" and closer == "}" else closer, items, separators)
        elif taker[0] in _COMMAND_MARKS:
            return None
        else:
            node = Node("seq", tuple(_items(out, ops, signs)[0]), "()")
        ops.pop()
        if not taker:
            out.append(node)
        elif taker == "\\sqrt":
            out.append(Node("root", (node, TWO)))
        elif taker[0] == "\\":
            return self._denominator(taker[1:], node)
        elif taker[0] == "/":
            out.append(_quotient(taker[1:], out.pop(), node))
        else:
            out.append(build.function(taker, node, None, None))
        return False


def _quotient(name: str, top: Node, bottom: Node) -> Node:
    return build.fraction(top, bottom) if name == "frac" else Node("binom", (top, bottom))
