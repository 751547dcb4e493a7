r"""The shortest way from tokens to an exact value: arithmetic on numbers in one loop over flat stacks, without a tree.

`plain_value` reads sums, products, remainders, powers, factorials, brackets, and gcd, lcm, max and min of numbers, and
returns None for everything else and for every error. Where it gives a value, `exact.rational` gives the same one for
the tree of the tokens, so this module decides nothing but time.

`ops` holds a precedence for each waiting sign and OPEN for each bracket; `signs` the signs between two values;
`frames` the function of each bracket, and where its arguments begin.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flint import fmpq

from flowrl_envs.verify.exact import FOLDS, RULES, GiveUpError, Rational, constant, exceeds
from flowrl_envs.verify.lexicon import MOD, MUL, NEG, SIGNS, Token
from flowrl_envs.verify.literals import Literal
from flowrl_envs.verify.reference import Reading

_BOTTOM, _OPEN, _ALL = -2, -1, 0
_INFIX: Mapping[Any, Callable[[Rational, Rational], Rational]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": lambda left, right: RULES["div"]([left, right], 0),
    "mod": lambda left, right: RULES["mod"]([left, right], 0),
}
_CLOSERS: Mapping[Any, tuple[str, str]] = {
    "(": (")", ""),
    "[": ("]", ""),
    "lfloor": ("rfloor", "floor"),
    "lceil": ("rceil", "ceil"),
}
"""What closes a bracket, and the function that the bracket itself is."""
_ARGUMENTS = {SIGNS[opener]: _CLOSERS[opener][0] for opener in ("(", "[")}
"""What closes the arguments of a function, for each token that opens them."""
_OF_ONE = ("floor", "ceil", "abs", "fact")
_FUNCTIONS = FOLDS | {name: RULES[name] for name in _OF_ONE}
_FIRST = frozenset({"num", "group", "op", "open", "fn"})
"""Kinds of token that plain arithmetic begins with."""
_LAST = frozenset({"num", "group", "close", "post"})
"""Kinds that it ends with."""
_EQUALS, _COMMA = SIGNS["="], SIGNS[","]
_END = Token("")


def same_value(given: Reading, number: Literal | None, reference: Reading | None, bits: int) -> bool:
    """Whether both are plain arithmetic of one value, at most one after a name ("x = 2"); False if unclear.

    Args:
        given: the answer.
        number: the reference if it is a number written out, else None.
        reference: its reading if it is no such number, else None.
        bits: the most that any number on the way may have.
    """
    if reference is not None:
        wanted, named = _known(reference, bits)
        if wanted is None:
            return False
    elif number is None or number.percent or number.grouped:
        return False
    else:
        wanted, named = number[0] if number[1] == 1 else constant(number), False
    value, has_name = _known(given, bits)
    return value is not None and not (named and has_name) and bool(value == wanted)


def _known(reading: Reading, bits: int) -> tuple[Rational | None, bool]:
    """The value of a reading, and whether it is given to a name; worked out once."""
    note: tuple[Rational | None, bool] | None = reading.plain
    if note is None:
        tokens = reading.tokens or (_END,)
        kind = tokens[0].kind
        named = kind == "letter" and len(tokens) > 2 and tokens[1] == _EQUALS
        if named:
            tokens = tokens[2:]
            kind = tokens[0].kind
        is_plain = kind in _FIRST and tokens[-1].kind in _LAST and not (kind == "open" and _COMMA in tokens)
        note = reading.plain = (plain_value(tokens, bits) if is_plain else None, named)
    return note


def plain_value(tokens: Iterable[Token], bits: int) -> Rational | None:
    """The exact value of plain arithmetic, or None where its tree has to be made.

    Args:
        tokens: of the whole answer.
        bits: the most that any number on the way may have.
    """
    values: list[Rational] = []
    ops = [_BOTTOM]
    signs: list[Any] = []
    frames: list[tuple[Any, int, str]] = []
    want = True
    before = ""
    stream = iter(tokens)
    try:
        for kind, sign, leaf, binds in stream:
            if leaf is not None:
                if not want or leaf[0] != "num":
                    return None
                number = leaf[2]
                values.append(number[0] if number[1] == 1 else fmpq(number[0], number[1]))
                want = False
            elif kind == "op":
                before = ""
                if not want:
                    precedence = MOD if sign == "mod" else binds
                    if precedence < MOD:
                        return None
                    if ops[-1] >= precedence:
                        _fold(values, ops, signs, precedence, bits)
                    signs.append(sign)
                elif sign == "-" and ops[-1] <= _OPEN:
                    precedence = NEG
                else:
                    return None
                ops.append(precedence)
                want = True
            elif kind == "fn":
                closer = _ARGUMENTS.get(next(stream, _END)) if want and sign in _FUNCTIONS else None
                if closer is None:
                    return None
                frames.append((sign, len(values), closer))
                ops.append(_OPEN)
            elif kind == "open" and sign in _CLOSERS:
                before = ""
                if not want:
                    if ops[-1] >= MUL:
                        _fold(values, ops, signs, MUL, bits)
                    ops.append(MUL)
                    signs.append("*")
                    want = True
                closer, name = _CLOSERS[sign]
                frames.append((name, len(values), closer))
                ops.append(_OPEN)
            elif want:
                return None
            elif kind == "sep" and sign == "," and frames and frames[-1][0] in FOLDS:
                before = ""
                if ops[-1] >= _ALL:
                    _fold(values, ops, signs, _ALL, bits)
                want = True
            elif kind == "close" and frames and frames[-1][2] == sign:
                before = ""
                if ops[-1] >= _ALL:
                    _fold(values, ops, signs, _ALL, bits)
                ops.pop()
                name, start, _ = frames.pop()
                if name:
                    values[start:] = (_FUNCTIONS[name](values[start:], bits),)
            elif kind == "pow" and before != "pow":
                before = kind
                exponent = next(stream, _END).leaf
                if exponent is None or exponent[0] != "num":
                    return None
                values[-1] = _within(RULES["pow"]([values[-1], constant(exponent[2])], bits), bits)
            elif kind == "post" and sign == "!" and before != "post":
                before = kind
                values[-1] = _within(RULES["fact"](values[-1:], bits), bits)
            else:
                return None
        if want or frames:
            return None
        if ops[-1] >= _ALL:
            _fold(values, ops, signs, _ALL, bits)
        return values[0]
    except GiveUpError:
        return None


def _fold(values: list[Rational], ops: list[int], signs: list[Any], least: int, bits: int) -> None:
    """Works out every sign on top of the stack that binds at least so tightly."""
    while ops[-1] >= least:
        if ops.pop() == NEG:
            values[-1] = -values[-1]
        else:
            right = values.pop()
            value = _INFIX[signs.pop()](values[-1], right)
            if value.bit_length() >= bits if type(value) is int else exceeds(value, bits):
                raise GiveUpError
            values[-1] = value


def _within(value: Rational, bits: int) -> Rational:
    if value.bit_length() >= bits if type(value) is int else exceeds(value, bits):
        raise GiveUpError
    return value
