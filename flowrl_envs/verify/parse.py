"""Tokens to a typed tree: operator precedence on explicit stacks, one pass, no recursion.

The stacks are in `machine.py`; what each token does to them is here (operators and separators), in `operands.py` and in
`brackets.py`.
"""

from __future__ import annotations

from collections.abc import Sequence

from flowrl_envs.verify.brackets import BRACKETS, defines
from flowrl_envs.verify.domains import IN, unbracketed
from flowrl_envs.verify.lexicon import ADD, CUP, MUL, NEG, RATIO, REL, SIGNS, Token
from flowrl_envs.verify.limits import Limits
from flowrl_envs.verify.machine import RUN_PRECEDENCE, Handler, Machine, Op
from flowrl_envs.verify.nodes import EMPTY, Node, NotMathError
from flowrl_envs.verify.operands import OPERANDS, open_modulus
from flowrl_envs.verify.plain import plain_tree
from flowrl_envs.verify.tokens import tokenize

_OPENED = SIGNS["("]
_CLOSED = SIGNS[")"]
_FEW = 5
"""Tokens that are too few for a definition, f(x) = ..., or a remark in brackets."""
_SET_RUNS = frozenset({"cup", "cap", "setminus"})


def parse(text: str, limits: Limits) -> Node:
    """The tree of an answer.

    Raises:
        NotMathError: the text is no mathematics that the grammar knows, or exceeds a limit.
    """
    return parse_tokens(tokenize(text, limits), limits)


def parse_tokens(tokens: Sequence[Token], limits: Limits) -> Node:
    """The tree of the tokens of an answer."""
    count = len(tokens)
    if count == 1 and (leaf := tokens[0].leaf) is not None:
        return leaf
    try:
        if count > _FEW:
            if tokens[-1] is _CLOSED and IN in tokens:
                tokens = unbracketed(tokens)
            if tokens[1] is _OPENED and tokens[0].kind == "letter" and defines(tokens, 1):
                return Machine(list(tokens), limits).run(HANDLERS)
        if 2 * count < limits.nesting and (tree := plain_tree(tokens)) is not None:
            return tree
        return Machine(list(tokens), limits).run(HANDLERS)
    except (IndexError, RecursionError) as error:
        raise NotMathError(str(error)) from None


def _op(self: Machine, value: str) -> None:
    if self.want:
        if value == "mod" and _opens_modulus(self):
            return
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
        if value == "-" and self.ops[-1].name in _SET_RUNS:
            self.run_of("setminus", CUP, value)
        else:
            self.run_of("add", ADD, value)
    elif value in ("*", "/"):
        self.run_of("mul", MUL, value)
    else:
        self.run_of(value, RUN_PRECEDENCE[value], value)


def _opens_modulus(self: Machine) -> bool:
    """Whether "(mod" follows an operand: the bracket was taken for a factor, and is a modulus."""
    if len(self.ops) < 3 or self.last != "open" or self.ops[-1].name != "(" or self.ops[-2].name != "mul":
        return False
    self.ops.pop()
    product = self.ops[-1]
    product.signs.pop()
    if not product.signs:
        self.ops.pop()
    self.want = False
    open_modulus(self)
    self.opened("(")
    return True


def _rel(self: Machine, value: str) -> None:
    if self.want:
        if self.out or len(self.ops) > 1:
            raise NotMathError("relation without left side")
        if value == "=":
            return
        self.out.append(EMPTY)
        self.want = False
    self.run_of("rel", REL, value)


def _colon(self: Machine, _: str) -> None:
    if self.ops[-1].name == "\\{" or any(op.name == "\\{" for op in self.ops[-3:]):
        self.separate("mid")
    elif self.want:
        raise NotMathError("colon")
    else:
        self.run_of("ratio", RATIO, ":")


def _mid(self: Machine, _: str) -> None:
    self.separate("mid")


def _sep(self: Machine, value: str) -> None:
    self.separate(value)


HANDLERS: dict[str, Handler] = OPERANDS | BRACKETS | {"op": _op, "rel": _rel, "colon": _colon, "mid": _mid, "sep": _sep}
