"""A text environment seen as a token-level decision process, for agents that choose among a few actions.

One action writes one token of a small vocabulary, the last action ends the message; the text environment is stepped
when a message is complete, so its reward comes at the end. Observations are fixed-length vectors, and `action_masks`
says which tokens may come next: stable-baselines3 trains on it as it is. It knows no task: which tokens are legal is
a function that the caller passes (`flowrl_agent.baselines.views` has some).
"""

from __future__ import annotations

import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, SupportsFloat

import gymnasium
import numpy as np
import numpy.typing as npt
from gymnasium import spaces
from gymnasium.utils import RecordConstructorArgs

from flowrl_envs.errors import ActionError, UserError

ALPHABET = string.digits + string.ascii_lowercase + string.punctuation + " "
"""Characters of a prompt that are told apart by default; capitals are read as small letters where they are absent."""

Observation = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Prefix:
    """A message while it is written: the user's text, the tokens so far, and how many more there may be."""

    prompt: str
    tokens: tuple[str, ...]
    left: int


Legal = Callable[[Prefix], Sequence[bool]]
"""Which actions may come next: one flag a token of the vocabulary, and a last one for ending the message."""


class TokenLevel(gymnasium.Wrapper[Observation, np.int64, str, str], RecordConstructorArgs):
    """Discrete actions over `vocabulary` and an end action; a message is sent at the end action or when it is full.

    The observation is one-hot, flat: `prompt_chars` characters of the user's latest text (its end, aligned to the
    right; an unknown character has a symbol of its own), then `max_tokens` tokens of the message so far. `info` is the
    text environment's; while a message is written it is that of the last reset or turn.

    Args:
        env: an environment whose observations and actions are text.
        vocabulary: the strings that actions write, joined without a separator.
        max_tokens: longest message in tokens.
        prompt_chars: how much of the user's text is seen.
        alphabet: the characters that are told apart.
        legal: None where every message of at least one token is legal.

    Raises:
        UserError: an argument is empty, repeats itself or is out of range, or the environment is not one of text.
    """

    env: gymnasium.Env[str, str]  # type: ignore[assignment]  # gymnasium 1.4 gives it the wrapper's own types

    def __init__(
        self,
        env: gymnasium.Env[str, str],
        vocabulary: Sequence[str],
        max_tokens: int,
        *,
        prompt_chars: int = 64,
        alphabet: str = ALPHABET,
        legal: Legal | None = None,
    ) -> None:
        RecordConstructorArgs.__init__(
            self,
            vocabulary=vocabulary,
            max_tokens=max_tokens,
            prompt_chars=prompt_chars,
            alphabet=alphabet,
            legal=legal,
            _disable_deepcopy=True,
        )
        super().__init__(env)  # type: ignore[arg-type]
        _check(env, vocabulary, max_tokens, prompt_chars, alphabet)
        self.vocabulary = tuple(vocabulary)
        self.max_tokens = max_tokens
        self.end = len(self.vocabulary)
        self._prompt_chars = prompt_chars
        self._codes = {character: i for i, character in enumerate(alphabet)}
        self._legal = legal or self._anything
        prompt_size = prompt_chars * (len(alphabet) + 1)
        self.observation_space = spaces.Box(0.0, 1.0, (prompt_size + max_tokens * self.end,), np.float32)
        self.action_space = spaces.Discrete(self.end + 1)
        self._seen = np.zeros(prompt_size, np.float32)
        self._text = ""
        self._message: list[int] = []
        self._info: dict[str, Any] = {}
        self._running = False

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Starts an episode; arguments are the text environment's."""
        text, info = self.env.reset(seed=seed, options=options)
        self._running = True
        self._hear(text, info)
        return self._observation(), dict(info)

    def step(self, action: np.int64 | int) -> tuple[Observation, SupportsFloat, bool, bool, dict[str, Any]]:
        """Writes one token, or ends the message.

        Illegal tokens (by the mask) are written all the same: the text environment judges what comes of them.

        Raises:
            ActionError: not an action of this space.
            UserError: no episode is running.
        """
        if not self.action_space.contains(action):
            raise ActionError(
                f"Action {action!r} is not in {self.action_space}: 0 to {self.end}, where {self.end} ends."
            )
        if not self._running:
            raise UserError("step() without a running episode: call reset().")
        if action != self.end:
            self._message.append(int(action))
            if len(self._message) < self.max_tokens:
                return self._observation(), 0.0, False, False, dict(self._info)
        text, reward, terminated, truncated, info = self.env.step(self.message)
        self._running = not (terminated or truncated)
        self._hear(text, info)
        return self._observation(), float(reward), terminated, truncated, dict(info)

    def action_masks(self) -> npt.NDArray[np.bool_]:
        """[tokens + 1] bool, which actions are legal now; at least one is (the end, where nothing else may come)."""
        tokens = tuple(self.vocabulary[i] for i in self._message)
        flags = np.array(self._legal(Prefix(self._text, tokens, self.max_tokens - len(tokens))), dtype=np.bool_)
        if flags.shape != (self.end + 1,):
            raise UserError(f"legal() gave {flags.shape} flags; give {self.end + 1}: one a token, and one for the end.")
        if not flags.any():
            flags[self.end] = True
        return flags

    @property
    def message(self) -> str:
        """What has been written so far."""
        return "".join(self.vocabulary[i] for i in self._message)

    def _hear(self, text: str, info: dict[str, Any]) -> None:
        self._text, self._message, self._info = text, [], info
        shown = text[-self._prompt_chars :]
        other = len(self._codes)
        grid = np.zeros((self._prompt_chars, other + 1), np.float32)
        for place, character in enumerate(shown, start=self._prompt_chars - len(shown)):
            code = self._codes.get(character)
            grid[place, self._codes.get(character.lower(), other) if code is None else code] = 1.0
        self._seen = grid.ravel()

    def _observation(self) -> Observation:
        written = np.zeros((self.max_tokens, self.end), np.float32)
        written[np.arange(len(self._message)), self._message] = 1.0
        return np.concatenate([self._seen, written.ravel()])

    def _anything(self, prefix: Prefix) -> Sequence[bool]:
        return [True] * self.end + [bool(prefix.tokens)]


def _check(
    env: gymnasium.Env[str, str], vocabulary: Sequence[str], max_tokens: int, prompt_chars: int, alphabet: str
) -> None:
    if isinstance(vocabulary, str):
        raise UserError(
            f"vocabulary is the string {vocabulary!r}; give a list of strings, such as list({vocabulary!r})."
        )
    if not vocabulary or not all(isinstance(t, str) and t for t in vocabulary) or len({*vocabulary}) < len(vocabulary):
        raise UserError(f"vocabulary is {list(vocabulary)!r}; give at least one string, none empty, none twice.")
    for name, value in (("max_tokens", max_tokens), ("prompt_chars", prompt_chars), ("len(alphabet)", len(alphabet))):
        if value < 1:
            raise UserError(f"{name} is {value}; it must be at least 1.")
    if len({*alphabet}) < len(alphabet):
        raise UserError(f"alphabet {alphabet!r} names a character twice.")
    if not all(
        space.dtype is not None and space.dtype.kind == "U" for space in (env.observation_space, env.action_space)
    ):
        raise UserError(f"{env} has the spaces {env.observation_space} and {env.action_space}; TokenLevel needs text.")
