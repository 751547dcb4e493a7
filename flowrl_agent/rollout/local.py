"""Generation with the Hugging Face model in this process: a KV cache, batched sampling, exact log-probabilities.

A prompt is prefilled once, whatever the number of its samples; rows that have ended leave the batch. It serves one
process; for several see the other engines.
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import DynamicCache, PreTrainedModel

from flowrl_agent.models.causal import body, logits_of, without_dropout
from flowrl_agent.models.chat import Codec
from flowrl_agent.models.policy import Policy
from flowrl_agent.rollout.base import SamplingParams
from flowrl_agent.rollout.cache import roomy_cache
from flowrl_agent.rollout.sampling import check_params, sample, uniforms
from flowrl_agent.types import Completion, Stop
from flowrl_envs.errors import UserError

DROP_SHARE = 1 / 8
"""Rows that are over leave the batch once they are this share of it: leaving copies the cache of the others."""


class LocalEngine:
    """A `RolloutEngine` over a transformers model.

    Args:
        model: generates; `LocalEngine.of` gives the engine a copy, or the policy's own.
        codec: says which tokens end a turn, and decodes.
        max_rows: sequences generated at once; more are done in turn. No result depends on it.
    """

    def __init__(self, model: PreTrainedModel, codec: Codec, max_rows: int = 256) -> None:
        if max_rows < 1:
            raise UserError(f"max_rows={max_rows}: the engine needs at least one row.")
        without_dropout(model)
        self._model = model
        self._codec = codec
        self._max_rows = max_rows
        self._end = torch.tensor(sorted(codec.end_ids), device=model.device)

    @classmethod
    def of(cls, policy: Policy, codec: Codec, share: bool = False, max_rows: int = 256) -> LocalEngine:
        """An engine with the policy's weights: its own copy, or with `share` the very same (then `sync` is free)."""
        return cls(policy.model if share else copy.deepcopy(policy.model), codec, max_rows)

    def sync(self, policy: Policy) -> None:
        """Takes over the policy's weights; the heads stay behind."""
        if policy.model is not self._model:
            self._model.load_state_dict(policy.rollout_state())

    def generate(self, prompts: Sequence[Sequence[int]], n: int, params: SamplingParams) -> list[list[Completion]]:
        """`n` completions of each prompt; see `RolloutEngine.generate`.

        Raises:
            ValueError: bad parameters, an empty prompt, or one too long for the model's positions.
        """
        check_params(params)
        self._check_prompts(prompts, n, params)
        done: dict[tuple[int, int], Completion] = {}
        training = self._model.training
        self._model.train(False)
        try:
            for rows in self._chunks(prompts, n):
                done.update(self._run(prompts, rows, params))
        finally:
            self._model.train(training)
        return [[done[i, j] for j in range(n)] for i in range(len(prompts))]

    def _check_prompts(self, prompts: Sequence[Sequence[int]], n: int, params: SamplingParams) -> None:
        if n < 1:
            raise UserError(f"n={n}: ask for at least one completion of each prompt.")
        room = getattr(self._model.config.get_text_config(), "max_position_embeddings", None) or sys.maxsize
        for i, prompt in enumerate(prompts):
            if not prompt or len(prompt) + params.max_new_tokens > room:
                raise UserError(
                    f"prompt {i} has {len(prompt)} tokens: allowed are 1 to {room - params.max_new_tokens}, the "
                    f"model's {room} positions less max_new_tokens={params.max_new_tokens}."
                )

    def _chunks(self, prompts: Sequence[Sequence[int]], n: int) -> Iterator[list[tuple[int, int]]]:
        """(prompt, sample) pairs in chunks of at most `max_rows`, neighbours in length together."""
        order = sorted(range(len(prompts)), key=lambda i: len(prompts[i]))
        rows = [(i, j) for i in order for j in range(n)]
        for start in range(0, len(rows), self._max_rows):
            yield rows[start : start + self._max_rows]

    @torch.inference_mode()
    def _run(
        self, prompts: Sequence[Sequence[int]], rows: list[tuple[int, int]], params: SamplingParams
    ) -> dict[tuple[int, int], Completion]:
        """Generates one chunk."""
        device = self._model.device
        unique = list(dict.fromkeys(i for i, _ in rows))
        state = self._prefill([prompts[i] for i in unique])
        state = state.take(torch.tensor([unique.index(i) for i, _ in rows], device=device))
        noise = torch.stack([uniforms(params.seed, i * 2**32 + j, params.max_new_tokens) for i, j in rows]).to(device)
        sink = _Sink(len(rows), self._codec, params.stop)
        alive = torch.arange(len(rows), device=device)
        for step in range(params.max_new_tokens):
            ids, logp = sample(state.logits, noise[alive, step], params)
            over = sink.add(alive.tolist(), ids, logp, torch.isin(ids, self._end))
            if all(over) or step + 1 == params.max_new_tokens:
                break
            if DROP_SHARE * len(over) <= sum(over):
                keep = torch.tensor([k for k, is_over in enumerate(over) if not is_over], device=device)
                alive, ids, state = alive[keep], ids[keep], state.take(keep)
            state = self._advance(state, ids)
        return {row: sink.completion(k) for k, row in enumerate(rows)}

    def _prefill(self, prompts: Sequence[Sequence[int]]) -> _State:
        """Reads each prompt once, padded on the left."""
        longest = max(map(len, prompts))
        tokens = torch.full((len(prompts), longest), self._codec.pad_id)
        seen = torch.zeros(len(prompts), longest, dtype=torch.bool)
        for row, prompt in enumerate(prompts):
            tokens[row, longest - len(prompt) :] = torch.tensor(prompt)
            seen[row, longest - len(prompt) :] = True
        tokens, seen = tokens.to(self._model.device), seen.to(self._model.device)
        cache = roomy_cache(self._model)
        return self._forward(
            tokens, None if bool(seen.all()) else seen, (seen.long().cumsum(1) - 1).clamp(min=0), cache
        )

    def _advance(self, state: _State, ids: Tensor) -> _State:
        """Reads one more token a row."""
        seen = None if state.seen is None else torch.nn.functional.pad(state.seen, (0, 1), value=True)
        return self._forward(ids[:, None], seen, state.position[:, None] + 1, state.cache)

    def _forward(self, tokens: Tensor, seen: Tensor | None, positions: Tensor, cache: DynamicCache) -> _State:
        out = body(self._model)(
            input_ids=tokens, attention_mask=seen, position_ids=positions, past_key_values=cache, use_cache=True
        )
        return _State(cache, seen, positions[:, -1], logits_of(self._model, out.last_hidden_state[:, -1]))


@dataclass(frozen=True, slots=True)
class _State:
    """What the next token of R rows depends on: the cache, its mask (None: no padding), positions and logits."""

    cache: DynamicCache
    seen: Tensor | None  # [R, K] bool
    position: Tensor  # [R] of the last token read
    logits: Tensor  # [R, V]

    def take(self, rows: Tensor) -> _State:
        """Only these rows, repeated where repeated; the cache is changed in place."""
        self.cache.batch_select_indices(rows)
        return _State(
            self.cache, None if self.seen is None else self.seen[rows], self.position[rows], self.logits[rows]
        )


class _Sink:
    """Collects the tokens of rows and says which are over."""

    def __init__(self, rows: int, codec: Codec, stop: tuple[str, ...]) -> None:
        self._codec, self._strings = codec, stop
        self._ids: list[list[int]] = [[] for _ in range(rows)]
        self._logps: list[list[float]] = [[] for _ in range(rows)]
        self._stop = [Stop.LENGTH] * rows
        self._over = [False] * rows

    def add(self, rows: list[int], ids: Tensor, logp: Tensor, ended: Tensor) -> list[bool]:
        """Appends one token to each of `rows` that is not over; True where it is now."""
        for row, token, p, end in zip(rows, ids.tolist(), logp.tolist(), ended.tolist(), strict=True):
            if self._over[row]:
                continue
            self._ids[row].append(token)
            self._logps[row].append(p)
            if end:
                self._stop[row], self._over[row] = Stop.EOS, True
            elif self._strings and self._find_stop(self._codec.decode(self._ids[row])) >= 0:
                self._stop[row], self._over[row] = Stop.STRING, True
        return [self._over[row] for row in rows]

    def completion(self, row: int) -> Completion:
        """What the row became."""
        ids, stop = tuple(self._ids[row]), self._stop[row]
        text = self._codec.decode(ids[:-1] if stop is Stop.EOS else ids)
        if stop is Stop.STRING:
            text = text[: self._find_stop(text)]
        return Completion(text, ids, tuple(self._logps[row]), stop)

    def _find_stop(self, text: str) -> int:
        return min((at for s in self._strings if (at := text.find(s)) >= 0), default=-1)
