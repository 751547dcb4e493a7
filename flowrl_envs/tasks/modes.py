"""Modes: a lock with few keys, some of them right; every reward is known, so what a policy should become is exact.

A problem is a name; a response is one of a small set of words over an alphabet; a table decided by the name gives each
word its reward: 1 for the `right` words, which differ from one another at every position, 1/2 for `half` others, 0
for the rest. `responses` and `reward_of` list them, so a policy's distance (total variation, KL) to the reward-tilted
target pi_ref(y) exp(beta r(y)) / Z is a finite sum. Nothing can be understood here, only found and kept: rewards of
test names say nothing about those of train names. It measures an algorithm, not reasoning.
"""

from __future__ import annotations

import random
from functools import lru_cache
from itertools import product
from typing import Literal

from flowrl_envs.errors import UnknownOptionError
from flowrl_envs.task import Task, check_index
from flowrl_envs.types import Problem, Reason, Verdict, right, wrong

MOST_RESPONSES = 65_536


class Modes(Task):
    """Find the words that pay.

    Args:
        prompts: how many problems "train" has, at least 2; "test" has a quarter as many, at least 1.
        alphabet: distinct lower-case letters.
        length: letters in a word.
        variable: whether shorter words are responses too (all lengths from 1 to `length`).
        right: how many words earn 1, at most the number of letters.
        half: how many words earn 1/2.
        style: "plain" asks in words; "short" writes "mode 3:", for models with a small vocabulary.
    """

    def __init__(
        self,
        prompts: int = 16,
        alphabet: str = "abcdefgh",
        length: int = 1,
        variable: bool = False,
        right: int = 3,
        half: int = 1,
        style: Literal["plain", "short"] = "plain",
    ) -> None:
        shortest = 1 if variable else length
        self._words = _words(alphabet, range(shortest, length + 1))
        most_half = len(self._words) - right - 1
        _require(prompts in range(2, 10**6), f"prompts={prompts!r}; allowed are 2 to 999999")
        _require(right in range(1, len(alphabet) + 1), f"right={right!r}; allowed are 1 to {len(alphabet)}")
        _require(half in range(most_half + 1), f"half={half!r}; allowed are 0 to {most_half}")
        _require(style in ("plain", "short"), f"style={style!r}; allowed are 'plain' and 'short'")
        self._alphabet, self._right, self._half, self._prompts = alphabet, right, half, prompts
        self._letters = _counted(shortest, length)
        self._short = style == "short"
        self._key = f"modes/{alphabet}/{length}/{variable}/{right}/{half}"
        self._legal = frozenset(self._words)

    def size(self, split: str) -> int:
        """Exactly `prompts` problems to train on, a quarter as many to test on."""
        return self._prompts if split == "train" else max(1, self._prompts // 4)

    def problem(self, split: str, index: int) -> Problem:
        """Problem names count up from 0 in "train" and go on in "test"; the reference is the table of paying words."""
        check_index(self, split, index)
        name = index if split == "train" else self._prompts + index
        rewards = _rewards(self._key, name, self._words, self._alphabet, self._right, self._half)
        ask = (
            f"Lock {name} opens for some words. Reply with a single word of {self._letters} "
            f"from {self._alphabet}, and nothing else."
        )
        return Problem(f"modes-{name}", f"mode {name}:" if self._short else ask, rewards, {"name": name})

    def score(self, problem: Problem, response: str) -> Verdict:
        """The table's reward of the response, white space around it aside; `answer` is the word."""
        word = response.strip()
        if not word:
            return wrong(Reason.NO_ANSWER)
        if word not in self._legal:
            return wrong(Reason.MALFORMED)
        reward: float = problem.reference.get(word, 0.0)
        if reward == 1.0:
            return right(answer=word)
        return wrong(Reason.PARTIAL if reward else Reason.WRONG, word, reward)

    def gold(self, problem: Problem) -> str:
        """One of the right words."""
        return min(self.solutions(problem))

    def solutions(self, problem: Problem) -> frozenset[str]:
        """The words that earn 1."""
        return frozenset(word for word, reward in problem.reference.items() if reward == 1.0)

    def responses(self, problem: Problem) -> tuple[str, ...]:
        """All words, in the same order for every problem; anything else earns 0."""
        return self._words

    def reward_of(self, problem: Problem, response: str) -> float:
        """The reward of a response: `score` without the reasons."""
        return self.score(problem, response).reward


def _words(alphabet: str, lengths: range) -> tuple[str, ...]:
    """Every word over the alphabet of these lengths, shorter ones first."""
    lower = alphabet.isascii() and alphabet.isalpha() and alphabet.islower()
    distinct = len(set(alphabet)) == len(alphabet) > 1
    _require(lower and distinct, f"alphabet={alphabet!r}; give two or more distinct letters from a to z")
    total = sum(len(alphabet) ** n for n in lengths) if lengths and lengths[0] > 0 and lengths[-1] <= 16 else 0
    bound = f"length={lengths.stop - 1} makes {total or 'no or too many'} words"
    _require(0 < total <= MOST_RESPONSES, f"{bound}; allowed are up to {MOST_RESPONSES}")
    return tuple("".join(word) for n in lengths for word in product(alphabet, repeat=n))


def _counted(low: int, high: int) -> str:
    if low < high:
        return f"{low} to {high} letters"
    return "1 letter" if high == 1 else f"{high} letters"


@lru_cache(maxsize=4096)
def _rewards(
    key: str, name: int, words: tuple[str, ...], alphabet: str, right_words: int, half: int
) -> dict[str, float]:
    """The words that pay. The right ones have one length and are shifts of one another, so no two share a letter."""
    rng = random.Random(f"{key}/{name}")
    first = rng.choice(words)
    shifts = rng.sample(range(len(alphabet)), right_words)
    modes = {"".join(alphabet[(alphabet.index(c) + s) % len(alphabet)] for c in first) for s in shifts}
    others = rng.sample([word for word in words if word not in modes], half)
    return {**dict.fromkeys(sorted(modes), 1.0), **dict.fromkeys(sorted(others), 0.5)}


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise UnknownOptionError(f"Modes: {message}.")
