"""Engines that work on text: a hosted model, a fixed policy, an agent that never saw a tokenizer.

`TextEngine` turns the token prompts of the collector back into conversations and hands them to a `Responder`. Its
codec writes a character a token, so nothing is lost on the way. Log-probabilities are unknown and given as 0: such
an engine serves evaluation and never training.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from flowrl_agent.models.chat import Codec
from flowrl_agent.models.policy import Policy
from flowrl_agent.models.tiny import EOS, TURN, tiny_tokenizer
from flowrl_agent.rollout.base import SamplingParams
from flowrl_agent.rollout.sampling import check_params
from flowrl_agent.types import Completion, Stop

Conversation: TypeAlias = tuple[tuple[str, str], ...]
"""(role, content) in order; roles are "user" and "assistant", the last one is a user's."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A response, and whether the token budget cut it."""

    text: str
    cut: bool = False


class Responder(Protocol):
    """Answers conversations."""

    def respond(self, conversations: Sequence[Conversation], n: int, params: SamplingParams) -> list[list[Reply]]:
        """`n` replies to each conversation, in order."""
        ...


class TextEngine:
    """A `RolloutEngine` over a `Responder`.

    Attributes:
        codec: what a collector must use with this engine.
    """

    def __init__(self, responder: Responder) -> None:
        self._responder = responder
        self.codec = Codec(tiny_tokenizer())
        self._turn, self._end = (int(self.codec.tokenizer.convert_tokens_to_ids(t)) for t in (TURN, EOS))  # type: ignore[arg-type]

    def generate(self, prompts: Sequence[Sequence[int]], n: int, params: SamplingParams) -> list[list[Completion]]:
        """`n` completions of each prompt; see `RolloutEngine.generate`."""
        check_params(params)
        replies = self._responder.respond([self.conversation(prompt) for prompt in prompts], n, params)
        return [[self._completion(reply) for reply in row] for row in replies]

    def sync(self, policy: Policy) -> None:
        """Refuses: there are no weights to take over.

        Raises:
            ValueError: always.
        """
        raise ValueError("This engine cannot take a policy's weights: use it with `flowrl eval`, not for training.")

    def conversation(self, tokens: Sequence[int]) -> Conversation:
        """The messages that `tokens`, made by `codec`, stand for."""
        messages: list[tuple[str, str]] = []
        start = 0
        for place, token in enumerate(tokens):
            if token in (self._turn, self._end):
                role = "user" if token == self._turn else "assistant"
                closes_again = role == "assistant" and bool(messages) and messages[-1][0] == role
                if not closes_again:  # a cut reply of no text has an end of its own and is then given another
                    messages.append((role, self.codec.decode(tokens[start:place])))
                start = place + 1
        return tuple(messages)

    def _completion(self, reply: Reply) -> Completion:
        ids = self.codec.answer(reply.text)
        if reply.cut and len(ids) > 1:
            ids = ids[:-1]
        return Completion(reply.text, ids, (0.0,) * len(ids), Stop.LENGTH if reply.cut else Stop.EOS)
