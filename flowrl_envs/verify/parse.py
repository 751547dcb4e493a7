"""Tokens to a typed tree: operator precedence on explicit stacks, one pass, no recursion.

`out` holds finished operands; `ops` holds what waits for one: runs of an operator, prefix operators, commands that still
need arguments, open brackets. Sums, products and relation chains are built once at their end, so long ones stay linear.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowrl_envs.verify import build
from flowrl_envs.verify.limits import Limits
from flowrl_envs.verify.literals import Literal
from flowrl_envs.verify.nodes import EMPTY, Node, NotMathError, integer
from flowrl_envs.verify.tokens import Token, number, tokenize
from flowrl_envs.verify.units import is_unit_phrase, scale_of
from flowrl_envs.verify.vocabulary import OPENERS

REL, RATIO, CUP, MOD, ADD, NEG, MUL, FN, TIGHT = 10, 12, 15, 18, 20, 25, 30, 40, 45
_RUN_PRECEDENCE = {"cup": CUP, "cap": CUP, "setminus": CUP, "mod": MOD, "choose": 11, "over": 11}
_NEED = {"frac": 2, "binom": 2, "pow": 1, "sqrt": 1, "root": 1, "mark": 1, "under": 1, "fnpow": 1}
_BIG_PRECEDENCE = {"int": MOD, "int2": MOD, "oint": MOD}


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


def parse(text: str, limits: Limits) -> Node:
    """The tree of an answer.

    Raises:
        NotMathError: the text is no mathematics that the grammar knows, or exceeds a limit.
    """
    return parse_tokens(tokenize(text, limits), limits)


def parse_tokens(tokens: list[Token], limits: Limits) -> Node:
    """The tree of a list of tokens."""
    try:
        return _Parser(tokens, limits).run()
    except (IndexError, RecursionError) as error:
        raise NotMathError(str(error)) from None


class _Parser:
    def __init__(self, tokens: list[Token], limits: Limits) -> None:
        self.tokens = tokens
        self.limits = limits
        self.out: list[Node] = []
        self.ops: list[Op] = [Op("open", -1, "top")]
        self.want = True
        self.at = 0
        self.last = ""

    def run(self) -> Node:
        handlers = _HANDLERS
        tokens = self.tokens
        while tokens and tokens[-1].kind in ("sep", "row"):
            tokens.pop()
        if not tokens:
            raise NotMathError("empty")
        nesting = self.limits.nesting
        for self.at, token in enumerate(tokens):
            handlers[token.kind](self, token.value)
            self.last = token.kind
            if len(self.ops) > nesting:
                raise NotMathError("nesting")
        frame = self.finish("top")
        items, separators = frame.args, frame.signs
        if len(items) == 1:
            result: Node = items[0]
            return result
        return Node("list", build.sequence(items, separators), tuple(sorted(set(separators))))

    def peek(self) -> str:
        return self.tokens[self.at + 1].kind if self.at + 1 < len(self.tokens) else ""

    # operands

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

    def atom(self, node: Node) -> None:
        """A finished operand: goes to the command that waits for it, else to `out`."""
        while True:
            op = self.ops[-1]
            if op.tag != "cmd" or (
                op.name in ("pow", "fnpow") and self.peek() == "pow" and self.tokens[self.at].kind != "open"
            ):
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
            return Node("pow", (op.rows[0], args[0]))
        if name == "sqrt":
            return Node("root", (args[0], integer(2)))
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
        under, power = _modifiers(op)
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
        op = Op("cmd", 99, name)
        op.need = _NEED.get(name, 1)
        op.rows.extend(rows)
        op.signs.extend(signs)
        self.ops.append(op)
        self.want = True

    # operators

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
                under, power = _modifiers(op)
                out.append(Node(op.name, (out.pop(), under or EMPTY, power or EMPTY)))
            else:
                under, power = _modifiers(op)
                out.append(build.function(op.name, out.pop(), power, under))

    def run_of(self, name: str, precedence: int, sign: str) -> None:
        """Continues the run of an operator on top of the stack, or starts one."""
        self.reduce(precedence + 1)
        top = self.ops[-1]
        if top.tag == "run" and top.name == name and top.precedence == precedence:
            top.signs.append(sign)
        else:
            self.reduce(precedence)
            op = Op("run", precedence, name)
            op.signs.append(sign)
            self.ops.append(op)
        self.want = True

    # brackets

    def finish(self, closer: str) -> Op:
        """Closes the innermost open frame and returns it with its items."""
        if self.want and self.ops[-1].tag == "open" and self.ops[-1].base == len(self.out):
            frame = self.ops[-1]
            if frame.args and frame.signs and closer not in ("top",):
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

    def opened(self, name: str) -> None:
        self.ops.append(Op("open", -1, name, len(self.out)))
        self.want = True


def _modifiers(op: Op) -> tuple[Node | None, Node | None]:
    """What was written below and above a function or big operator."""
    under = power = None
    for row in op.rows:
        if row.kind == "under":
            under = row.args[0]
        else:
            power = row.args[0]
    return under, power


def _num(self: _Parser, value: str) -> None:
    if not self.want and self.out[-1].kind == "num":
        raise NotMathError("two numbers side by side")
    op = self.ops[-1]
    if op.tag == "cmd" and op.name in ("frac", "binom") and self.want and len(value) > 1 and value.isdecimal():
        for index, digit in enumerate(value):
            if self.ops[-1] is not op:
                self.begin()
                self.atom(Node("num", (), number(value[index:])))
                return
            self.atom(Node("num", (), number(digit)))
        return
    if (
        "," in value
        and "\\" not in value
        and "{" not in value
        and len(self.ops) > 1
        and self.ops[-1].name in ("(", "[", "\\{", "{")
    ):
        pieces = value.split(",")
        for piece in pieces[:-1]:
            self.begin()
            self.atom(Node("num", (), number(piece)))
            _sep(self, ",")
        value = pieces[-1]
    self.begin()
    self.atom(Node("num", (), number(value)))


def _mixed(self: _Parser, value: tuple[str, ...]) -> None:
    if not self.want:
        raise NotMathError("two numbers side by side")
    self.atom(build.mixed_number(*map(int, value)))


def _repeat(self: _Parser, value: str) -> None:
    self.begin()
    self.atom(build.repeating(value))


def _letter(self: _Parser, value: str) -> None:
    self.begin()
    self.atom(Node("var", (), value))


def _const(self: _Parser, value: str) -> None:
    self.begin()
    self.atom(Node("set") if value == "empty" else Node("const", (), value))


def _dots(self: _Parser, _: str) -> None:
    self.begin()
    self.atom(Node("dots"))


def _fn(self: _Parser, value: str) -> None:
    self.begin("fn")
    self.ops.append(Op("fn", FN, value))
    self.want = True


def _big(self: _Parser, value: str) -> None:
    self.begin("fn")
    self.ops.append(Op("big", _BIG_PRECEDENCE.get(value, NEG), value))
    self.want = True


def _cmd(self: _Parser, value: str) -> None:
    whole = (
        value == "frac" and not self.want and self.last == "num" and self.out[-1].kind == "num"
        and self.out[-1].value.denominator == 1 and not self.out[-1].value.digits
    )  # fmt: skip
    if whole:
        self.command(value, signs=("mixed",))
        return
    self.begin()
    self.command(value)


def _sqrt(self: _Parser, _: str) -> None:
    self.begin()
    self.command("sqrt")


def _root(self: _Parser, value: str) -> None:
    self.begin()
    if value.isdecimal():
        index = integer(int(value))
    elif value.isalpha() and len(value) == 1:
        index = Node("var", (), value)
    else:
        raise NotMathError("root index")
    self.command("root", index)


def _mark(self: _Parser, value: str) -> None:
    self.begin()
    self.command("mark", signs=(value,))


def _pow(self: _Parser, _: str) -> None:
    if self.want:
        if self.ops[-1].tag not in ("fn", "big"):
            raise NotMathError("power of nothing")
        self.command("fnpow")
        return
    self.command("pow", self.out.pop())


def _under(self: _Parser, _: str) -> None:
    if self.want and self.ops[-1].tag in ("fn", "big"):
        self.command("under")
    elif not self.want and self.peek():
        raise NotMathError("subscript")
    else:
        raise NotMathError("subscript of nothing")


def _sub(self: _Parser, value: str) -> None:
    if self.want:
        raise NotMathError("subscript of nothing")
    self.out.append(build.subscripted(self.out.pop(), value))


def _post(self: _Parser, value: str) -> None:
    if self.want:
        raise NotMathError(f"{value} of nothing")
    self.out.append(build.postfix(self.out.pop(), value))


def _op(self: _Parser, value: str) -> None:
    if self.want:
        if value == "-" and self.ops[-1].tag == "cmd" and self.ops[-1].name in ("pow", "fnpow", "frac", "sqrt"):
            if self.ops[-1].name == "pow":
                self.ops[-1].signs = [] if self.ops[-1].signs else ["-"]
                return
            raise NotMathError("sign in an argument")
        if value not in ("+", "-", "pm", "mp"):
            raise NotMathError("operator without operand")
        if value == "-" and self.ops[-1].tag == "pre" and self.ops[-1].name == "neg":
            self.ops.pop()
        elif value != "+":
            self.ops.append(Op("pre", NEG, "neg" if value == "-" else value))
        return
    if value in ("+", "-", "pm", "mp"):
        self.run_of("add", ADD, value)
    elif value in ("*", "/"):
        self.run_of("mul", MUL, value)
    else:
        self.run_of(value, _RUN_PRECEDENCE[value], value)


def _rel(self: _Parser, value: str) -> None:
    if self.want:
        if self.out or len(self.ops) > 1:
            raise NotMathError("relation without left side")
        if value == "=":
            return
        self.out.append(EMPTY)
        self.want = False
    self.run_of("rel", REL, value)


def _colon(self: _Parser, _: str) -> None:
    if self.ops[-1].name == "\\{" or any(op.name == "\\{" for op in self.ops[-3:]):
        _mid(self, "")
    elif self.want:
        raise NotMathError("colon")
    else:
        self.run_of("ratio", RATIO, ":")


def _mid(self: _Parser, _: str) -> None:
    _sep(self, "mid")


def _sep(self: _Parser, value: str) -> None:
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


def _open(self: _Parser, value: str) -> None:
    op = self.ops[-1]
    if self.want and op.tag == "fn":
        op.tag, op.precedence, op.need = "cmd", 99, 1
    elif not self.want and value == "(" and self.out[-1].kind == "var" and self.out[-1].value in _APPLIED:
        self.command("apply", signs=(self.out.pop().value,))
    else:
        self.begin("open")
    self.opened(value)


def _close(self: _Parser, value: str) -> None:
    frame = self.finish(value)
    if frame.name == "env":
        raise NotMathError("unbalanced")
    opener, items, separators = frame.name, frame.args, frame.signs
    if "mid" in separators:
        if value not in ("}", "\\}") or opener != "\\{" or separators[0] != "mid" or len(items) < 2:
            raise NotMathError("bar")
        rest = items[1] if len(items) == 2 else Node("list", tuple(items[1:]), tuple(separators[1:]))
        self.applied(Node("builder", (items[0], rest)))
        return
    closer = "\\}" if opener == "\\{" and value == "}" else value
    if opener in OPENERS and value == OPENERS[opener] and len(opener) == 1 and not items:
        self.applied(Node("set" if opener == "{" else "seq", (), opener + value))
        return
    if (op := self.ops[-1]).tag == "cmd" and op.name not in _NEED and opener in ("(", "[", "{") and len(items) > 1:
        self.applied(Node("seq", tuple(items), "()"))
        return
    self.applied(build.bracket(opener, closer, items, separators))


def _bar(self: _Parser, value: str) -> None:
    inner = next((op for op in reversed(self.ops) if op.tag == "open"), None)
    if value != "(" and not self.want and inner is not None and inner.name == "|":
        self.applied(build.bracket("|", "|", (frame := self.finish("|")).args, frame.signs))
    elif not self.want and inner is not None and inner.name == "\\{" and not value:
        _mid(self, "")
    elif value == ")":
        raise NotMathError("unbalanced bar")
    else:
        _open(self, "|")


def _text(self: _Parser, value: str) -> None:
    if self.want and len(value) == 2 and len(self.tokens) == 1:
        self.atom(Node("text", (), value))
    elif self.want and len(value) <= 2 and value.isalpha():
        self.atom(Node("const", (), value) if value in ("i", "e") else Node("var", (), value))
    elif self.want and not self.peek() and not self.out:
        self.atom(Node("text", (), value))
    elif self.want or not is_unit_phrase(value):
        raise NotMathError("words")
    else:
        _unit(self, value)


def _unit(self: _Parser, value: str) -> None:
    if self.want:
        if (
            self.ops[-1].tag == "run"
            and self.ops[-1].name == "mul"
            and self.ops[-1].signs[-1] == "/"
            and self.out[-1].kind == "unit"
        ):
            self.ops[-1].signs.pop()
            if not self.ops[-1].signs:
                self.ops.pop()
            self.want = False
            value = "/ " + value
        else:
            raise NotMathError("unit of nothing")
    factor, words = scale_of(value)
    self.reduce(ADD)
    node = self.out.pop()
    if factor != 1:
        node = Node("mul", (node, integer(factor)))
    if node.kind == "unit":
        node, words = node.args[0], f"{node.value} {words}"
    if words and self.peek() == "pow" and self.at + 2 < len(self.tokens) and self.ops[-1].tag == "open":
        power = self.tokens[self.at + 2].value
        if isinstance(power, str) and power.isdecimal():
            words += power
            del self.tokens[self.at + 1 : self.at + 3]
    self.out.append(Node("unit", (node,), words) if words else node)


def _begin(self: _Parser, value: str) -> None:
    if value in ("align", "aligned", "equation", "gather", "gathered", "split"):
        return
    self.begin()
    self.opened("env")
    self.ops[-1].signs.append(value)


def _end(self: _Parser, value: str) -> None:
    if value in ("align", "aligned", "equation", "gather", "gathered", "split"):
        return
    if self.want and self.ops[-1].args:
        raise NotMathError("empty cell")
    if not self.want:
        _row(self, "")
    frame = self.ops.pop()
    if frame.tag != "open" or frame.name != "env" or not frame.rows:
        raise NotMathError("unbalanced environment")
    rows = tuple(frame.rows)
    if value == "cases":
        self.atom(Node("cases", rows))
    elif value == "vmatrix":
        self.atom(Node("fn", (Node("matrix", rows),), "det"))
    else:
        self.atom(Node("matrix", rows))


def _amp(self: _Parser, _: str) -> None:
    self.item()
    if self.ops[-1].name != "env":
        raise NotMathError("ampersand")
    self.want = True


def _row(self: _Parser, _: str) -> None:
    frame = next(op for op in reversed(self.ops) if op.tag == "open")
    if frame.name != "env":
        _sep(self, ",")
        return
    self.item()
    frame.rows.append(Node("row", tuple(frame.args)))
    frame.args.clear()
    self.want = True


_APPLIED = frozenset({"f", "g", "h", "f'", "g'", "F", "G", "\\Gamma", "f''", "P", "f_1", "f_2"})
_HANDLERS: dict[str, Callable[[_Parser, Any], None]] = {
    "num": _num, "mixed": _mixed, "repeat": _repeat, "letter": _letter, "const": _const, "dots": _dots, "fn": _fn,
    "big": _big, "cmd": _cmd, "sqrt": _sqrt, "root": _root, "mark": _mark, "pow": _pow, "under": _under, "sub": _sub,
    "post": _post, "op": _op, "rel": _rel, "colon": _colon, "mid": _mid, "sep": _sep, "open": _open, "close": _close,
    "bar": _bar, "text": _text, "unit": _unit, "begin": _begin, "end": _end, "amp": _amp, "row": _row,
}  # fmt: skip
