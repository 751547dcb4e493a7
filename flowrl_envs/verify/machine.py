"""The parser's two stacks: finished operands, and what waits for one.

`out` holds finished operands; `ops` holds runs of an operator, prefix operators, commands that still need arguments and
open brackets. Sums, products and relation chains are built once at their end, so long ones stay linear.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flowrl_envs.verify import build
from flowrl_envs.verify.indices import has_constant_index, with_letters
from flowrl_envs.verify.lexicon import CUP, FN, MOD, MUL, TIGHT, Token
from flowrl_envs.verify.limits import Limits
from flowrl_envs.verify.literals import Literal
from flowrl_envs.verify.nodes import EMPTY, Node, NotMathError, integer

RUN_PRECEDENCE = {"cup": CUP, "cap": CUP, "setminus": CUP, "mod": MOD, "choose": 11, "over": 11}
NEED = {"frac": 2, "binom": 2, "pow": 1, "sqrt": 1, "root": 1, "mark": 1, "under": 1, "fnpow": 1, "pmod": 1}
TWO = integer(2)
BIG_PRECEDENCE = {"int": MOD, "int2": MOD, "oint": MOD}


class Op:
    """One entry of the operator stack."""

    __slots__ = ("args", "base", "name", "need", "precedence", "rows", "signs", "tag")

    def __init__(self, tag: str, precedence: int, name: str = "", base: int = 0) -> None:
        self.tag = tag
        self.precedence = precedence
        self.name = name
        self.base = base
        self.need = 0
        self.args: list[Any] = []
        self.signs: list[str] = []
        self.rows: list[Node] = []


class Machine:
    """The stacks of one parse, and what may be done to them."""

    def __init__(self, tokens: list[Token], limits: Limits) -> None:
        self.tokens = tokens
        self.limits = limits
        self.out: list[Node] = []
        self.ops: list[Op] = [Op("open", -1, "top")]
        self.want = True
        self.at = 0
        self.last = ""
        self.written: Node | None = None
        self.indexed = False
        self.displays = 0
        self.aligned = False

    def run(self, handlers: Mapping[str, Handler]) -> Node:
        """Feeds every token to its handler and returns the tree."""
        tokens = self.tokens
        while tokens and tokens[-1].kind in ("sep", "row", "mid"):
            tokens.pop()
        if not tokens:
            raise NotMathError("empty")
        nesting = self.limits.nesting
        ops = self.ops
        for self.at, (kind, value, _, _) in enumerate(tokens):
            handlers[kind](self, value)
            self.last = kind
            if len(ops) > nesting:
                raise NotMathError("nesting")
        frame = self.finish("top")
        items, separators = frame.args, frame.signs
        if not items:
            raise NotMathError("empty")
        if len(items) == 1:
            result: Node = items[0]
        else:
            result = Node("list", build.sequence(items, separators), tuple(sorted(set(separators))))
        return with_letters(result) if self.indexed else result

    def peek(self) -> str:
        """The kind of the next token, "" at the end."""
        return self.tokens[self.at + 1].kind if self.at + 1 < len(self.tokens) else ""

    def begin(self, kind: str = "") -> None:
        """Called before an operand: two operands side by side multiply."""
        if self.want:
            return
        top = self.ops[-1]
        if kind == "fn" or (kind == "open" and top.tag == "fn"):
            self.reduce(FN)
            top = self.ops[-1]
        if top.tag == "fn" or (top.tag == "run" and top.precedence == TIGHT):
            self.run_of("mul", TIGHT, "*")
        else:
            self.run_of("mul", MUL, "*")

    def begin_bracket(self) -> None:
        """Called before a bracket: a function takes all of it as its argument."""
        if not self.want:
            self.begin("open")
        elif (op := self.ops[-1]).tag == "fn":
            op.tag, op.precedence, op.need = "cmd", 99, 1

    def atom(self, node: Node) -> None:
        """A finished operand: goes to the command that waits for it, else to `out`."""
        while (op := self.ops[-1]).tag == "cmd":
            if op.name in ("pow", "fnpow") and self.peek() == "pow" and self.tokens[self.at].kind != "open":
                break
            if op.name == "pow" and op.signs and node.kind != "neg":
                node = Node("neg", (node,))
            op.args.append(node)
            self.want = True
            if len(op.args) < op.need:
                return
            self.ops.pop()
            made = self.complete(op)
            if made is None:
                return
            node = made
        self.out.append(node)
        self.want = False

    def applied(self, node: Node) -> None:
        """A closed bracket: the argument of a name that is applied, or an operand."""
        op = self.ops[-1]
        if op.tag == "cmd" and op.name == "apply":
            self.ops.pop()
            args = node.args if node.kind == "seq" else (node,)
            gamma = op.signs[0] == "\\Gamma" and len(args) == 1
            node = Node("fn", args, "gamma") if gamma else Node("apply", args, op.signs[0])
        self.atom(node)

    def complete(self, op: Op) -> Node | None:
        """The node of a command with all its arguments; None where it modifies a pending function."""
        name, args = op.name, op.args
        if name == "frac":
            return self.mixed(build.fraction(args[0], args[1]), op)
        if name == "binom":
            return Node("binom", (args[0], args[1]))
        if name == "pow":
            return build.power(op.rows[0], args[0])
        if name == "pmod":
            return build.congruence(op.rows[0], args[0])
        if name == "sqrt":
            return Node("root", (args[0], TWO))
        if name == "root":
            return Node("root", (args[0], op.rows[0]))
        if name == "mark":
            inner = args[0]
            return (
                Node("var", (), f"{op.signs[0]}:{inner.value}")
                if inner.kind == "var"
                else Node("mark", (inner,), op.signs[0])
            )
        if name in ("under", "fnpow"):
            self.ops[-1].rows.append(Node(name, (args[0],)))
            self.want = True
            return None
        under, power = modifiers(op)
        return build.function(op.name, args[0], power, under)

    def mixed(self, node: Node, op: Op) -> Node:
        """An integer right before a fraction of integers is a mixed number."""
        if not op.signs:
            return node
        whole = self.out.pop()
        if node.kind == "num" and 0 < node.value.numerator < node.value.denominator:
            value = Literal(
                whole.value.numerator * node.value.denominator + node.value.numerator, node.value.denominator
            )
            return Node("num", (), value)
        return Node("mul", (whole, node))

    def command(self, name: str, *rows: Node, signs: tuple[str, ...] = ()) -> None:
        """Pushes a command that waits for its arguments."""
        op = Op("cmd", 99, name)
        op.need = NEED.get(name, 1)
        op.rows.extend(rows)
        op.signs.extend(signs)
        self.ops.append(op)
        self.want = True

    def reduce(self, precedence: int) -> None:
        """Builds everything on top of the stack that binds at least as tightly."""
        ops, out = self.ops, self.out
        while ops[-1].precedence >= precedence:
            op = ops.pop()
            if op.tag == "cmd":
                raise NotMathError("missing argument")
            if op.tag == "run":
                count = len(op.signs) + 1
                operands = out[-count:]
                if len(operands) < count:
                    raise NotMathError("missing operand")
                del out[-count:]
                out.append(build.RUNS[op.name](operands, op.signs))
            elif op.tag == "pre":
                out.append(Node(op.name, (out.pop(),)) if op.name != "+" else out.pop())
            elif op.tag == "big":
                under, power = modifiers(op)
                self.indexed = self.indexed or has_constant_index(op.name, under)
                out.append(Node(op.name, (out.pop(), under or EMPTY, power or EMPTY)))
            else:
                under, power = modifiers(op)
                out.append(build.function(op.name, out.pop(), power, under))

    def run_of(self, name: str, precedence: int, sign: str) -> None:
        """Continues the run of an operator on top of the stack, or starts one."""
        ops = self.ops
        if ops[-1].precedence > precedence:
            self.reduce(precedence + 1)
        top = ops[-1]
        if top.tag == "run" and top.name == name and top.precedence == precedence:
            top.signs.append(sign)
        else:
            if top.precedence == precedence:
                self.reduce(precedence)
            op = Op("run", precedence, name)
            op.signs.append(sign)
            ops.append(op)
        self.want = True

    def finish(self, closer: str) -> Op:
        """Closes the innermost open frame and returns it with its items."""
        if self.want and self.ops[-1].tag == "open" and self.ops[-1].base == len(self.out):
            frame = self.ops[-1]
            if frame.args and frame.signs:
                if closer == "top":
                    raise NotMathError("missing operand")  # "1, --": the separators at the end are gone already
                frame.signs.pop()
        else:
            self.item()
        frame = self.ops.pop()
        if frame.tag != "open" or (closer == "top") != (frame.name == "top"):
            raise NotMathError("unbalanced")
        return frame

    def item(self) -> None:
        """Ends one item of the innermost frame."""
        if self.want:
            raise NotMathError("missing operand")
        self.reduce(0)
        frame = self.ops[-1]
        if frame.tag != "open" or len(self.out) != frame.base + 1:
            raise NotMathError("unbalanced")
        frame.args.append(self.out.pop())

    def innermost(self) -> Op:
        """The innermost open bracket; the text itself is one."""
        return next(op for op in reversed(self.ops) if op.tag == "open")

    def opened(self, name: str) -> None:
        """Pushes an open bracket."""
        self.ops.append(Op("open", -1, name, len(self.out)))
        self.want = True

    def separate(self, value: str) -> None:
        """Ends an item at a comma, a semicolon, a word or a bar."""
        if self.want:
            frame = self.ops[-1]
            if value in ("and", "or") and frame.tag == "open" and frame.signs:
                frame.signs[-1] = value if frame.signs[-1] == "," else frame.signs[-1]
                return
            if value == "," and frame.tag == "open" and frame.signs:
                return
            if value in ("and", "or") and frame.tag == "open" and not frame.args and frame.name == "top":
                raise NotMathError("leading conjunction")
            raise NotMathError("missing item")
        self.item()
        self.ops[-1].signs.append(value)
        self.want = True


def modifiers(op: Op) -> tuple[Node | None, Node | None]:
    """What was written below and above a function or big operator."""
    under = power = None
    for row in op.rows:
        if row.kind == "under":
            under = row.args[0]
        else:
            power = row.args[0]
    return under, power


Handler = Callable[[Machine, Any], None]
"""What one kind of token does to the machine."""
