"""Tokens that open and close: brackets, absolute value bars, matrix environments with their cells and rows."""

from __future__ import annotations

from collections.abc import Sequence

from flowrl_envs.verify import build
from flowrl_envs.verify.lexicon import SIGNS, Token
from flowrl_envs.verify.machine import NEED, Handler, Machine, Op
from flowrl_envs.verify.nodes import Node, NotMathError
from flowrl_envs.verify.vocabulary import OPENERS

_DISPLAYS = frozenset(
    {"align", "aligned", "equation", "eqnarray", "flalign", "gather", "gathered", "multline", "split"}
)
APPLIED = frozenset({"f", "g", "h", "f'", "g'", "F", "G", "\\Gamma", "f''", "P", "\\Pr", "f_1", "f_2"})
"""Letters that a round bracket applies to what is in it."""
OPERATORS = frozenset({"P", "E"})
"""Blackboard letters that a round or square bracket applies: probability and expectation."""
_CONDITIONAL = frozenset({"P", "\\Pr", "E"})
_SYSTEMS = frozenset({"top", "\\{"})
"""Where a display lists equations: by itself, or after a brace that nothing closes."""
_EQUALS = frozenset({"=", "~", "=="})
_AHEAD = 64
_VALUE = 200
"""How far from a definition its argument may stand."""
_AMPERSAND = Token("amp")


def _is_applied(node: Node, opener: str) -> bool:
    """Whether a bracket after a letter holds its argument."""
    if node.kind == "var":
        return opener == "(" and node.value in APPLIED
    return opener in ("(", "[") and node.kind == "const" and node.value in OPERATORS


def defines(tokens: Sequence[Token], at: int) -> bool:
    """Whether a name applied to names is what an equation defines, as in x(t) = vt: they stand on its right too."""
    end, last = at + 2, len(tokens) - 2
    while end < last and end < at + 6 and tokens[end] == SIGNS[","]:
        end += 2
    if end >= last or tokens[end] != SIGNS[")"] or tokens[end + 1] != SIGNS["="]:
        return False
    function, names = tokens[at - 1], tokens[at + 1 : end : 2]
    if (at > 1 and tokens[at - 2].kind != "sep") or any(name.kind != "letter" or name == function for name in names):
        return False
    right = {token.value for token in _item(tokens, end + 2) if token.kind in ("letter", "group")}
    return all(name.value in right for name in names)


def _item(tokens: Sequence[Token], start: int) -> Sequence[Token]:
    """The tokens up to the end of an item of a list."""
    depth = 0
    for at in range(start, min(start + _VALUE, len(tokens))):
        kind = tokens[at].kind
        depth += (kind == "open") - (kind == "close")
        if kind == "sep" and depth <= 0:
            return tokens[start:at]
    return tokens[start : start + _VALUE]


def _open(self: Machine, value: str) -> None:
    if not self.want and (
        _is_applied(self.out[-1], value) or (value == "(" and self.last == "letter" and defines(self.tokens, self.at))
    ):
        self.command("apply", signs=(self.out.pop().value,))
    else:
        self.begin_bracket()
    self.opened(value)


def _close(self: Machine, value: str) -> None:
    frame = self.finish(value)
    if frame.name == "env":
        raise NotMathError("unbalanced")
    opener, items, separators = frame.name, frame.args, frame.signs
    if "mid" in separators:
        if (opener, value) in (("(", ")"), ("[", "]")) and _is_conditional(self.ops[-1]):
            self.applied(_conditional(items, separators))
            return
        if value not in ("}", "\\}") or opener != "\\{" or separators[0] != "mid" or len(items) < 2:
            raise NotMathError("bar")
        rest = items[1] if len(items) == 2 else Node("list", tuple(items[1:]), tuple(separators[1:]))
        self.applied(Node("builder", (items[0], rest)))
        return
    closer = "\\}" if opener == "\\{" and value == "}" else value
    if opener in OPENERS and value == OPENERS[opener] and len(opener) == 1 and not items:
        self.applied(Node("set" if opener == "{" else "seq", (), opener + value))
        return
    if (op := self.ops[-1]).tag == "cmd" and op.name not in NEED and opener in ("(", "[", "{") and len(items) > 1:
        self.applied(Node("seq", tuple(items), "()"))
        return
    self.applied(build.bracket(opener, closer, items, separators))


def _bar(self: Machine, value: str) -> None:
    inner = self.innermost()
    if value != "(" and not self.want and inner.name == "|":
        self.applied(build.bracket("|", "|", (frame := self.finish("|")).args, frame.signs))
    elif not self.want and not value and (inner.name == "\\{" or _is_condition(self, inner)):
        self.separate("mid")
    elif value == ")":
        raise NotMathError("unbalanced bar")
    else:
        _open(self, "|")


def _is_conditional(op: Op) -> bool:
    """Whether an entry of the stack waits for the argument of a probability or an expectation."""
    return op.tag == "cmd" and op.name == "apply" and op.signs[0] in _CONDITIONAL


def _is_condition(self: Machine, inner: Op) -> bool:
    """Whether a bar says "given", as in P(A | B): no other bar of the argument is its pair."""
    if inner.name not in ("(", "[") or not _is_conditional(self.ops[self.ops.index(inner) - 1]):
        return False
    depth = 0
    bars = 0
    for kind, *_ in self.tokens[self.at : self.at + _AHEAD]:
        depth += (kind == "open") - (kind == "close")
        if depth < 0:
            break
        bars += kind == "bar"
    return bars % 2 == 1


def _conditional(items: list[Node], separators: list[str]) -> Node:
    """What stands in P(A, B | C): an event and a condition, each of one or more parts."""
    if separators.count("mid") != 1:
        raise NotMathError("bar")
    at = separators.index("mid") + 1
    sides = (items[:at], items[at:])
    return Node("builder", tuple(side[0] if len(side) == 1 else Node("list", tuple(side), (",",)) for side in sides))


def _begin(self: Machine, value: str) -> None:
    if value in _DISPLAYS:
        self.displays += 1
        return
    self.begin()
    self.opened("env")
    self.ops[-1].signs.append(value)


def _end(self: Machine, value: str) -> None:
    if value in _DISPLAYS:
        self.displays -= 1
        if self.innermost().name == "\\{" and not _closes(self):
            _end_system(self)
        return
    if self.want and self.ops[-1].args and self.last != "sep":
        raise NotMathError("empty cell")
    if not self.want or self.last == "sep":
        _row(self, "")
    frame = self.ops.pop()
    if frame.tag != "open" or frame.name != "env" or not frame.rows:
        raise NotMathError("unbalanced environment")
    rows = tuple(frame.rows)
    if self.ops[-1].name == "\\{" and not self.ops[-1].args and not _closes(self):
        self.ops.pop()
        value = "cases"
    if value == "cases" and all(len(row.args) == 1 for row in rows):
        cells = tuple(row.args[0] for row in rows)
        self.atom(cells[0] if len(cells) == 1 else Node("list", cells, (",",)))
    elif value == "cases":
        self.atom(Node("cases", rows))
    elif value == "vmatrix":
        self.atom(Node("fn", (Node("matrix", rows),), "det"))
    else:
        self.atom(Node("matrix", rows))


def _closes(self: Machine) -> bool:
    r"""Whether a brace is still closed after an environment; \left\{ ... \right. leaves it open around a system."""
    return any(token.kind == "close" and token.value in ("}", "\\}") for token in self.tokens[self.at + 1 :])


def _end_system(self: Machine) -> None:
    """A system of equations in a display after a brace that nothing closes."""
    frame = self.finish("")
    if "mid" in frame.signs or not frame.args:
        raise NotMathError("system")
    items = tuple(frame.args)
    self.atom(items[0] if len(items) == 1 else Node("list", items, (",",)))


def _amp(self: Machine, _: str) -> None:
    if self.displays and self.innermost().name in _SYSTEMS:
        _align(self)
        return
    if self.want and self.last == "sep" and self.ops[-1].name == "env":
        self.ops[-1].signs.pop()  # the comma of "x^2, & x > 0"
        return
    self.item()
    if self.ops[-1].name != "env":
        raise NotMathError("ampersand")
    self.want = True


def _align(self: Machine) -> None:
    """An ampersand in a display says nothing before a relation or an item; the next in its row separates items."""
    if self.want or (not self.aligned and self.peek() == "rel"):
        self.aligned = True
        return
    self.separate(",")
    self.aligned = False


def _row(self: Machine, _: str) -> None:
    frame = self.innermost()
    if frame.name != "env":
        self.aligned = False
        if not (self.displays and not self.want and _goes_on(self)):
            self.separate(",")
        return
    if self.last != "sep":
        self.item()
    frame.rows.append(Node("row", tuple(frame.args)))
    frame.args.clear()
    self.want = True


def _goes_on(self: Machine) -> bool:
    """Whether the next row of a display continues the chain of this one, with an equals sign, or is none."""
    ahead = self.tokens[self.at + 1 : self.at + 3]
    if self.peek() == "end":
        return True
    return any(token.kind == "rel" and token.value in _EQUALS for token in ahead[: 1 + (ahead[:1] == [_AMPERSAND])])


BRACKETS: dict[str, Handler] = {
    "open": _open, "close": _close, "bar": _bar, "begin": _begin, "end": _end, "amp": _amp, "row": _row,
}  # fmt: skip
