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


def view_of(task: Task, split: str = "train", max_tokens: int = 0) -> View:
    """A view of `task` with one token a character of its gold answers.

    Args:
        task: has at least one problem in `split`.
        split: where to look; never the split that is evaluated.
        max_tokens: longest message; 0 for the longest gold answer seen.

    Raises:
        UserError: a gold answer is empty, so there is no vocabulary.
    """
    size = task.size(split)
    problems = [task.problem(split, i) for i in range(LOOK_AT if size is None else min(LOOK_AT, size))]
    golds = [task.gold(problem) for problem in problems]
    vocabulary = tuple(sorted({character for gold in golds for character in gold}))
    if not vocabulary:
        raise UserError(
            f"{type(task).__name__} has empty gold answers; wrap it in TokenLevel with your own vocabulary."
        )
    name = type(task).__name__
    if name in GRAMMARS:
        vocabulary = tuple(sorted({*vocabulary, *GRAMMARS[name][1]}))
    return View(
        vocabulary,
        max_tokens or max(map(len, golds)),
        max(len(problem.prompt) for problem in problems),
        "".join(sorted({character for problem in problems for character in problem.prompt})),
        GRAMMARS[name][0](vocabulary) if name in GRAMMARS else None,
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
    """Where an expression stands: digits of the number being written, unused numbers (as text), open brackets."""

    digits: str
    closed: bool  # the last symbol is a closing bracket
    unused: Counter[str]
    depth: int

    @property
    def complete(self) -> bool:
        return self.depth == 0 and (self.closed or self.unused[self.digits] > 0)

    def allows(self, symbol: str, left: int) -> bool:
        """Whether `symbol` may come next such that `left` tokens, this one included, suffice to finish."""
        whole = self.closed or self.unused[self.digits] > 0
        if symbol.isdigit():
            number = self.digits + symbol
            starts = [n for n, count in self.unused.items() if count and n.startswith(number)]
            return not self.closed and bool(starts) and 1 + min(map(len, starts)) - len(number) + self.depth <= left
        rest = self.unused - Counter([self.digits])
        if symbol == "(":
            fits = not self.digits and not self.closed and bool(+self.unused)
            return fits and 1 + min(map(len, +self.unused)) + self.depth + 1 <= left
        if symbol == ")":
            return whole and self.depth > 0
        return whole and bool(+rest) and 1 + min(map(len, +rest)) + self.depth <= left


def _read(prefix: Prefix) -> _Expression:
    """Reads the tokens so far, which were legal (others end where legality ended)."""
    match = _SHORT.match(prefix.prompt) or _PLAIN.search(prefix.prompt)
    unused = Counter(re.findall(r"\d+", match.group(1))) if match else Counter[str]()
    digits, closed, depth = "", False, 0
    for symbol in prefix.tokens:
        if symbol.isdigit():
            digits += symbol
            continue
        if digits:
            unused -= Counter([digits])
            digits = ""
        closed = symbol == ")"
        depth += (symbol == "(") - (symbol == ")")
    return _Expression(digits, closed, unused, depth)
