"""Token-level views that fit a task: vocabulary, lengths and legal continuations, read off its training problems.

`view_of` looks at training prompts and their gold answers, never at a test problem, and takes a grammar where one is
known. A grammar says what is well formed, not what is right. `TokenLevel` plays the view.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import gymnasium

from flowrl_envs.errors import UserError
from flowrl_envs.task import Task
from flowrl_envs.token_level import Legal, Prefix, TokenLevel

LOOK_AT = 256
"""Training problems that a view is made from."""
_SHORT = re.compile(r"([\d ]+) -> \d+:\Z")
_PLAIN = re.compile(r"numbers ([\d, and]+), each")


@dataclass(frozen=True, slots=True)
class View:
    """What `TokenLevel` needs beside the environment; its attributes are its arguments."""

    vocabulary: tuple[str, ...]
    max_tokens: int
    prompt_chars: int
    alphabet: str
    legal: Legal | None = None

    def wrap(self, env: gymnasium.Env[str, str]) -> TokenLevel:
        """The environment in this view."""
        return TokenLevel(
            env,
            self.vocabulary,
            self.max_tokens,
            prompt_chars=self.prompt_chars,
            alphabet=self.alphabet,
            legal=self.legal,
        )


def view_of(task: Task, split: str = "train", max_tokens: int = 0, vocabulary: str = "") -> View:
    """A view of `task` with one token a character of its gold answers.

    Args:
        task: has at least one problem in `split`.
        split: where to look; never the split that is evaluated.
        max_tokens: longest message; 0 for the longest gold answer seen.
        vocabulary: the characters that may be written; "" for those of the gold answers and of the grammar.

    Raises:
        UserError: a gold answer is empty, so there is no vocabulary.
    """
    size = task.size(split)
    problems = [task.problem(split, i) for i in range(LOOK_AT if size is None else min(LOOK_AT, size))]
    golds = [task.gold(problem) for problem in problems]
    name = type(task).__name__
    grammar, needed = GRAMMARS.get(name, (None, ""))
    symbols = tuple(sorted({*vocabulary} or {*"".join(golds), *needed}))
    if not symbols:
        raise UserError(f"{name} has empty gold answers; give view_of the characters that may be written.")
    return View(
        symbols,
        max_tokens or max(map(len, golds)),
        max(len(problem.prompt) for problem in problems),
        "".join(sorted({character for problem in problems for character in problem.prompt})),
        grammar(symbols) if grammar else None,
    )


def integers(vocabulary: Sequence[str]) -> Legal:
    """Whole numbers: a sign at most at the front, then digits, no zero in front of another digit."""

    def legal(prefix: Prefix) -> list[bool]:
        text = "".join(prefix.tokens)
        digits = text.lstrip("-")
        flags = [
            (not text and prefix.left > 1) if symbol == "-" else symbol.isdigit() and digits != "0"
            for symbol in vocabulary
        ]
        return [*flags, bool(digits)]

    return legal


def expressions(vocabulary: Sequence[str]) -> Legal:
    """Arithmetic over the numbers that a Countdown prompt gives, each at most as often as given, brackets closed."""

    def legal(prefix: Prefix) -> list[bool]:
        state = _read(prefix)
        return [*(state.allows(symbol, prefix.left) for symbol in vocabulary), state.complete]

    return legal


GRAMMARS: dict[str, tuple[Callable[[Sequence[str]], Legal], str]] = {
    "Arithmetic": (integers, "-0123456789"),
    "Countdown": (expressions, "()"),
}
"""Task class to its grammar and the characters that this needs whether or not a gold answer shows them."""


@dataclass(frozen=True, slots=True)
class _Expression:
    """Where an expression stands.

    Attributes:
        digits: of the number being written.
        closed: the last symbol is a closing bracket.
        unused: numbers that may still be used, as text; the one being written included.
        brackets: for each open bracket whether it holds an operator: one that does not may not close.
    """

    digits: str
    closed: bool
    unused: Counter[str]
    brackets: tuple[bool, ...]

    @property
    def whole(self) -> bool:
        """The last operand is complete."""
        return self.closed or self.unused[self.digits] > 0

    @property
    def complete(self) -> bool:
        """The expression may end here."""
        return self.whole and not self.brackets

    def allows(self, symbol: str, left: int) -> bool:
        """Whether `symbol` may come next such that `left` tokens, this one included, suffice to finish."""
        if symbol.isdigit():
            number = self.digits + symbol
            ways = [n for n in self.unused if n.startswith(number)]
            costs = [len(n) - len(number) + _cost(self.unused - Counter([n]), 0, self.brackets) for n in ways]
            return not self.closed and 1 + min(costs, default=left) <= left
        if symbol == "(":
            return not (self.digits or self.closed) and 1 + _cost(self.unused, 1, (*self.brackets, False)) <= left
        if not self.whole:
            return False
        if symbol == ")":
            return self.brackets[-1:] == (True,)
        return 1 + _cost(self.unused - Counter([self.digits]), 1, _with_operator(self.brackets)) <= left


def _cost(unused: Counter[str], operands: int, brackets: Sequence[bool]) -> int:
    """Fewest tokens that finish an expression with so many operands due; a great number where numbers run out."""
    empty = sum(not holds for holds in brackets)
    lengths = sorted(map(len, unused.elements()))[: operands + empty]
    return sum(lengths) + empty + len(brackets) if len(lengths) == operands + empty else 1 << 30


def _with_operator(brackets: tuple[bool, ...]) -> tuple[bool, ...]:
    return (*brackets[:-1], True) if brackets else ()


def _read(prefix: Prefix) -> _Expression:
    """Reads the tokens so far, which were legal."""
    match = _SHORT.match(prefix.prompt) or _PLAIN.search(prefix.prompt)
    unused = Counter(re.findall(r"\d+", match.group(1))) if match else Counter[str]()
    digits, closed, brackets = "", False, tuple[bool, ...]()
    for symbol in prefix.tokens:
        if symbol.isdigit():
            digits += symbol
            continue
        unused -= Counter([digits])
        digits, closed = "", symbol == ")"
        outside = brackets[:-1] if closed else _with_operator(brackets)
        brackets = (*brackets, False) if symbol == "(" else outside
    return _Expression(digits, closed, unused, brackets)
