"""The public fake engine: answers come from a dict or a function of the prompt's text, no model involved.

It makes collectors, trainers and evaluations testable in milliseconds, and stands in for a model while an environment
is written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from flowrl_agent.models.chat import Codec
from flowrl_agent.models.policy import Policy
from flowrl_agent.rollout.base import SamplingParams
from flowrl_agent.rollout.sampling import check_params
from flowrl_agent.types import Completion, Stop

Script = Mapping[str, Sequence[str]] | Callable[[str, int], str]


class ScriptedEngine:
    """A `RolloutEngine` that recites.

    Args:
        script: a function (prompt text, sample index) -> response, or a mapping from prompt text to responses that
            samples walk through in a circle.
        codec: decodes prompts (special tokens left out) and encodes responses.

    Attributes:
        calls: the prompt texts of each `generate` so far.
        syncs: how often weights were pushed.
    """

    def __init__(self, script: Script, codec: Codec) -> None:
        self._script, self._codec = script, codec
        self.calls: list[list[str]] = []
        self.syncs = 0

    def sync(self, policy: Policy) -> None:
        """Counts the push."""
        self.syncs += 1

    def generate(self, prompts: Sequence[Sequence[int]], n: int, params: SamplingParams) -> list[list[Completion]]:
        """Recites `n` responses to each prompt, cut at the token budget; log-probabilities are 0.

        Raises:
            KeyError: a mapping has no entry for the prompt.
        """
        check_params(params)
        texts = [self._codec.decode(prompt) for prompt in prompts]
        self.calls.append(texts)
        return [[self._completion(self._say(text, i), params.max_new_tokens) for i in range(n)] for text in texts]

    def _say(self, text: str, sample: int) -> str:
        if callable(self._script):
            return self._script(text, sample)
        if text not in self._script:
            raise KeyError(f"the script has no response to {text!r}; it knows {sorted(self._script)[:5]}")
        responses = self._script[text]
        return responses[sample % len(responses)]

    def _completion(self, text: str, budget: int) -> Completion:
        ids = self._codec.answer(text)
        if len(ids) <= budget:
            return Completion(text, ids, (0.0,) * len(ids), Stop.EOS)
        ids = ids[:budget]
        return Completion(self._codec.decode(ids), ids, (0.0,) * len(ids), Stop.LENGTH)
