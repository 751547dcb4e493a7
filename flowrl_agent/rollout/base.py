"""The seam between text generation and everything else: one protocol, small enough to write in an afternoon.

An engine holds its own copy of the weights and is told when they change. It never sees an environment or a reward.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from flowrl_agent.types import Completion

if TYPE_CHECKING:
    from flowrl_agent.models.policy import Policy


@dataclass(frozen=True, slots=True)
class SamplingParams:
    """How to sample. Training uses temperature alone; top-p and top-k are for evaluation.

    Attributes:
        max_new_tokens: token budget of one completion, the end-of-turn token included.
        temperature: > 0; 0 means greedy.
        top_p: nucleus mass in (0, 1].
        top_k: 0 for all tokens.
        stop: strings that end a completion; the text is cut before them.
        seed: makes the whole call reproducible.
    """

    max_new_tokens: int
    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0
    stop: tuple[str, ...] = ()
    seed: int = 0


class RolloutEngine(Protocol):
    """Generates completions from token prompts."""

    def generate(self, prompts: Sequence[Sequence[int]], n: int, params: SamplingParams) -> list[list[Completion]]:
        """`n` completions for each prompt, in order: P lists of n."""
        ...

    def sync(self, policy: Policy) -> None:
        """Takes over the weights of `policy`; heads (log Z, value) never travel."""
        ...
