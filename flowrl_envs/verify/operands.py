"""Tokens that begin, complete or follow an operand: numbers, names, functions, commands, signs, words and units."""

from __future__ import annotations

from flowrl_envs.verify import build
from flowrl_envs.verify.domains import number_set, positive
from flowrl_envs.verify.lexicon import ADD, FN, NEG, REL, SIGNS, Token
from flowrl_envs.verify.machine import BIG_PRECEDENCE, Handler, Machine, Op
from flowrl_envs.verify.measures import DEGREES
from flowrl_envs.verify.nodes import Node, NotMathError, integer, number
from flowrl_envs.verify.unit_run import is_time, unit_fraction, unit_run
from flowrl_envs.verify.units import is_unit_phrase, scale_of

_WITHOUT_ARGUMENT = frozenset({"max", "min", "gcd", "lcm", "det", "sec"})
"""Functions that may be a unit of time (5 min) or a name that an equation defines (max = 5)."""
_OF_SEVERAL = frozenset({"max", "min", "gcd", "lcm", "apply"})
"""What takes several arguments, so that a comma separates them."""
_NOTHING = Token("")
_ENDS = frozenset({"", "sep", "close", "rel"})
_ELSE = ("otherwise", "else")
_OF_CASES = frozenset({"if", "when", "for", *_ELSE})
"""Words before the condition of a case, and what stands for one."""
_HEADING = 40
"""The most tokens in the brackets of a name in words."""


def _num(self: Machine, value: str) -> None:
    if not self.want and self.out[-1].kind == "num":
        raise NotMathError("two numbers side by side")
    op = self.ops[-1]
    if op.tag == "cmd" and op.name in ("frac", "binom") and self.want and len(value) > 1 and value.isdecimal():
        for index, digit in enumerate(value):
            if self.ops[-1] is not op:
                self.begin()
                self.atom(number(value[index:]))
                return
            self.atom(number(digit))
        return
    if "," in value and "\\" not in value and "{" not in value and _is_listed(self):
        pieces = value.split(",")
        for piece in pieces[:-1]:
            self.begin()
            self.atom(number(piece))
            self.separate(",")
        value = pieces[-1]
    if not self.want:
        self.begin()
    node = number(value)
    self.atom(node)
    self.written = node if self.out and self.out[-1] is node else None


def _is_listed(self: Machine) -> bool:
    """Whether the commas of a number separate items: it begins one in a bracket that is no argument and no factor."""
    ops = self.ops[:-1] if self.ops[-1].tag == "pre" else self.ops
    if len(ops) < 2 or ops[-1].name not in ("(", "[", "\\{", "{") or self.peek() == "op":
        return False
    return ops[-2].name in _OF_SEVERAL or (ops[-2].tag != "cmd" and ops[-2].name != "mul")


def _mixed(self: Machine, value: tuple[str, ...]) -> None:
    if not self.want:
        raise NotMathError("two numbers side by side")
    self.atom(build.mixed_number(*map(int, value)))


def _repeat(self: Machine, value: str) -> None:
    self.begin()
    self.atom(build.repeating(value))


def _letter(self: Machine, value: str) -> None:
    if not self.want:
        self.begin()
    self.atom(Node("var", (), value))


def _group(self: Machine, value: str) -> None:
    """What `{value}` does: an argument in brackets, already complete."""
    self.begin_bracket()
    if value.isdecimal():
        self.atom(number(value))
    else:
        self.atom(Node("const" if value in "ei" else "var", (), value))


def _const(self: Machine, value: str) -> None:
    self.begin()
    self.atom(Node("set") if value == "empty" else Node("const", (), value))


def _dots(self: Machine, _: str) -> None:
    if not self.want and self.last == "num" and self.out[-1] is self.written:
        endless = build.endless(str(self.tokens[self.at - 1].value))
        if endless is not None:
            self.out[-1] = endless
            return
    self.begin()
    self.atom(Node("dots"))


def _fn(self: Machine, value: str) -> None:
    if value in _WITHOUT_ARGUMENT:
        if not self.want and is_time(self.tokens, self.at):
            _unit(self, value)
            return
        if self.want and self.tokens[self.at + 1 : self.at + 2] == [SIGNS["="]]:
            self.atom(Node("var", (), value))
            return
    self.begin("fn")
    self.ops.append(Op("fn", FN, value))
    self.want = True


def _big(self: Machine, value: str) -> None:
    self.begin("fn")
    self.ops.append(Op("big", BIG_PRECEDENCE.get(value, NEG), value))
    self.want = True


def _cmd(self: Machine, value: str) -> None:
    if value == "frac" and not self.want and self.peek() == "open":
        words, end = unit_fraction(self.tokens, self.at + 1)
        if words:
            del self.tokens[self.at + 1 : end]
            _unit(self, words)
            return
    whole = (
        value == "frac" and not self.want and self.last == "num" and self.out[-1] is self.written
        and self.out[-1].value.denominator == 1 and not self.out[-1].value.digits
    )  # fmt: skip
    if whole:
        self.command(value, signs=("mixed",))
        return
    self.begin()
    self.command(value)


def _sqrt(self: Machine, _: str) -> None:
    self.begin()
    self.command("sqrt")


def _root(self: Machine, value: str) -> None:
    self.begin()
    if value.isdecimal():
        index = integer(int(value))
    elif value.isalpha() and len(value) == 1:
        index = Node("var", (), value)
    else:
        raise NotMathError("root index")
    self.command("root", index)


def _mark(self: Machine, value: str) -> None:
    self.begin()
    self.command("mark", signs=(value,))


def _pow(self: Machine, _: str) -> None:
    if self.want:
        if self.ops[-1].tag not in ("fn", "big"):
            raise NotMathError("power of nothing")
        self.command("fnpow")
        return
    if self.peek() in ("op", "open") and (numbers := _positive(self)) is not None:
        self.out[-1] = numbers
        return
    self.command("pow", self.out.pop())


def _positive(self: Machine) -> Node | None:
    r"""What \mathbb{N}^* is, whose exponent is taken; a letter is a set only where a name lies in it."""
    braces = self.peek() == "open"
    end = self.at + 2 + 2 * braces
    sign, *closed = self.tokens[self.at + 1 + braces : end] or (_NOTHING,)
    follows = "" if end >= len(self.tokens) else self.tokens[end].kind
    if sign.kind != "op" or len(closed) != braces or not (closed[0].kind == "close" if closed else follows in _ENDS):
        return None
    base, op = self.out[-1], self.ops[-1]
    within = op.name == "rel" and op.signs[-1] == "in"
    numbers = positive(number_set(base) if within else base, str(sign.value))
    if numbers is not None:
        del self.tokens[self.at + 1 : end]
    return numbers


def open_modulus(self: Machine, _: str = "") -> None:
    r"""A modulus comes, \pmod{8}: it belongs to the whole statement before it."""
    if self.want:
        raise NotMathError("modulus of nothing")
    self.reduce(REL)
    self.command("pmod", self.out.pop())


def _under(self: Machine, _: str) -> None:
    if self.want and self.ops[-1].tag in ("fn", "big"):
        self.command("under")
    elif not self.want and self.peek():
        raise NotMathError("subscript")
    else:
        raise NotMathError("subscript of nothing")


def _sub(self: Machine, value: str) -> None:
    if self.want:
        raise NotMathError("subscript of nothing")
    self.out.append(build.subscripted(self.out.pop(), value))


def _post(self: Machine, value: str) -> None:
    if self.want:
        raise NotMathError(f"{value} of nothing")
    self.out.append(build.postfix(self.out.pop(), value))


def _text(self: Machine, value: str) -> None:
    if self.want and self.ops[-1].name == "env" and value.lower() in _OF_CASES:
        if value.lower() in _ELSE:
            self.atom(Node("text", (), _ELSE[0]))
    elif self.want and len(value) == 2 and len(self.tokens) == 1:
        self.atom(Node("text", (), value))
    elif self.want and len(value) <= 2 and value.isalpha():
        self.atom(Node("const", (), value) if value in ("i", "e") else Node("var", (), value))
    elif self.want and not self.peek() and not self.out:
        self.atom(Node("text", (), value))
    elif self.want and (name := _heading(self, value)):
        self.atom(Node("var", (), name))
    elif self.want or not is_unit_phrase(value):
        raise NotMathError("words")
    else:
        _unit(self, value)


def _heading(self: Machine, words: str) -> str:
    r"""The name in words that an equation defines, as in \text{Area} = 5 and \operatorname{Var}(X) = 5; "" if none.

    What stands in its brackets is part of the name, and is taken.
    """
    tokens, end = self.tokens, self.at + 1
    if not is_unit_phrase(words):
        return ""
    name = words.casefold()
    if tokens[end : end + 1] == [SIGNS["("]]:
        end = next((at for at in range(end, min(end + _HEADING, len(tokens))) if tokens[at].kind == "close"), end)
        name += " ".join(str(token.value) for token in tokens[self.at + 1 : end + 1])
        end += 1
    if tokens[end : end + 1] != [SIGNS["="]]:
        return ""
    del tokens[self.at + 1 : end]
    return name


def _unit(self: Machine, value: str) -> None:
    """The unit of the operand before it, with all that continues it."""
    if self.want:
        raise NotMathError("unit of nothing")
    factor, words = scale_of(value)
    if words:
        words = _rest_of_unit(self, words)
    if self.out[-1].kind == "deg" and (scale := DEGREES.get(words)):
        self.out[-1], words = self.out[-1].args[0], scale
    self.reduce(ADD)
    node = self.out.pop()
    if factor != 1:
        node = Node("mul", (node, integer(factor)))
    if node.kind == "unit":
        node, words = node.args[0], f"{node.value} {words}"
    self.out.append(Node("unit", (node,), words) if words else node)


def _rest_of_unit(self: Machine, words: str) -> str:
    """The words of a unit with those of the tokens that continue it, which are taken."""
    if self.peek() in _ENDS:
        return words
    words, end = unit_run(self.tokens, self.at + 1, words)
    del self.tokens[self.at + 1 : end]
    return words


OPERANDS: dict[str, Handler] = {
    "num": _num, "group": _group, "mixed": _mixed, "repeat": _repeat, "letter": _letter, "const": _const,
    "dots": _dots, "fn": _fn, "big": _big, "cmd": _cmd, "sqrt": _sqrt, "root": _root, "mark": _mark, "pow": _pow,
    "under": _under, "pmod": open_modulus, "sub": _sub, "post": _post, "text": _text, "unit": _unit,
}  # fmt: skip
