"""Tokens that open and close: brackets, absolute value bars, matrix environments with their cells and rows."""

from __future__ import annotations

from flowrl_envs.verify import build
from flowrl_envs.verify.machine import NEED, Handler, Machine
from flowrl_envs.verify.nodes import Node, NotMathError
from flowrl_envs.verify.vocabulary import OPENERS

_DISPLAYS = frozenset({"align", "aligned", "equation", "gather", "gathered", "split"})
APPLIED = frozenset({"f", "g", "h", "f'", "g'", "F", "G", "\\Gamma", "f''", "P", "f_1", "f_2"})


def _open(self: Machine, value: str) -> None:
    if value == "(" and not self.want and self.out[-1].kind == "var" and self.out[-1].value in APPLIED:
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
    elif not self.want and inner.name == "\\{" and not value:
        self.separate("mid")
    elif value == ")":
        raise NotMathError("unbalanced bar")
    else:
        _open(self, "|")


def _begin(self: Machine, value: str) -> None:
    if value in _DISPLAYS:
        return
    self.begin()
    self.opened("env")
    self.ops[-1].signs.append(value)


def _end(self: Machine, value: str) -> None:
    if value in _DISPLAYS:
        return
    if self.want and self.ops[-1].args and self.last != "sep":
        raise NotMathError("empty cell")
    if not self.want or self.last == "sep":
        _row(self, "")
    frame = self.ops.pop()
    if frame.tag != "open" or frame.name != "env" or not frame.rows:
        raise NotMathError("unbalanced environment")
    rows = tuple(frame.rows)
    if value == "cases" and all(len(row.args) == 1 for row in rows):
        cells = tuple(row.args[0] for row in rows)
        self.atom(cells[0] if len(cells) == 1 else Node("list", cells, (",",)))
    elif value == "cases":
        self.atom(Node("cases", rows))
    elif value == "vmatrix":
        self.atom(Node("fn", (Node("matrix", rows),), "det"))
    else:
        self.atom(Node("matrix", rows))


def _amp(self: Machine, _: str) -> None:
    self.item()
    if self.ops[-1].name != "env":
        raise NotMathError("ampersand")
    self.want = True


def _row(self: Machine, _: str) -> None:
    frame = self.innermost()
    if frame.name != "env":
        self.separate(",")
        return
    if self.last != "sep":
        self.item()
    frame.rows.append(Node("row", tuple(frame.args)))
    frame.args.clear()
    self.want = True


BRACKETS: dict[str, Handler] = {
    "open": _open, "close": _close, "bar": _bar, "begin": _begin, "end": _end, "amp": _amp, "row": _row,
}  # fmt: skip
