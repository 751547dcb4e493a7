"""What the rooms of the agent pass to one another, with a shape on every field.

Notation: B sequences in a batch, L tokens in a sequence (prompt, the agent's tokens, later user turns), T = L - 1
predictions (entry t belongs to token t + 1), P prompts, G samples of one prompt (a group). All tensors of one
object live on one device. On the walk: engines make `Completion`, the collector `Rollout`, batching `Batch`, the
policy `PolicyOutput`, an algorithm `LossOutput`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum

import torch
from torch import Tensor

AllSum = Callable[[Tensor], Tensor]
"""Sums a tensor over all ranks; with one rank it returns its argument."""


def one_rank(x: Tensor) -> Tensor:
    """`AllSum` for a single process."""
    return x


class Stop(StrEnum):
    """Why a completion ended."""

    EOS = "eos"
    """The model wrote its end-of-turn token, which is the last of `Completion.token_ids`."""
    LENGTH = "length"
    """The token budget ran out; the completion is truncated."""
    STRING = "string"
    """A stop string appeared."""


@dataclass(frozen=True, slots=True)
class Completion:
    """What an engine generated after one prompt.

    Attributes:
        text: the decoded tokens, without the end-of-turn token.
        token_ids: n generated tokens, the end-of-turn token included where it was written.
        logprobs: n natural-log probabilities under the sampling distribution, as the engine reports them.
        stop: why it ended.
    """

    text: str
    token_ids: tuple[int, ...]
    logprobs: tuple[float, ...]
    stop: Stop


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the environment said of an episode, from `info` (absent keys of a foreign env take these defaults).

    `stage` is what decided the verdict ("exact", "symbolic"), where the scorer says so in `info["details"]`.
    """

    reward: float
    graded: bool = True
    correct: bool = False
    reason: str = ""
    answer: str = ""
    problem_id: str = ""
    solutions: int = 0
    turns: int = 1
    stage: str = ""


@dataclass(frozen=True, slots=True)
class Rollout:
    """One episode, as tokens and as text.

    Attributes:
        group: index of the prompt among the iteration's prompts; equal for all samples of one prompt.
        tokens: L token ids of the whole conversation.
        agent_mask: L flags, True where the agent wrote the token (its end-of-turn token included).
        sampler_logprobs: L floats, the engine's log-probabilities on the mask and 0 elsewhere.
        prompt_length: tokens before the agent's first.
        token_rewards: L floats; the reward of a turn lies on the turn's last agent token.
        truncated: the last completion was cut by the token budget.
        outcome: the environment's judgement.
        messages: (role, content) pairs in order.
    """

    group: int
    tokens: tuple[int, ...]
    agent_mask: tuple[bool, ...]
    sampler_logprobs: tuple[float, ...]
    prompt_length: int
    token_rewards: tuple[float, ...]
    truncated: bool
    outcome: Outcome
    messages: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """Sequences ready for the loss. Rows may be reordered, padded further or split without changing any result.

    Attributes:
        tokens: [B, L] int64, padded on the right.
        attention: [B, L] bool, False on padding.
        prompt: [B, L] bool, True on the first prompt's tokens (what log Z may look at).
        mask: [B, T] bool, True where token t + 1 was written by the agent; all False in an ungraded row.
        group: [B] int64, equal for samples of one prompt.
        reward: [B] float32, the episode's return.
        token_reward: [B, T] float32, the same return laid on the last token of each turn; rows sum to `reward`.
        graded: [B] bool, False where the verifier failed: such a row has no say in any statistic or gradient.
        truncated: [B] bool.
        sampler_logp: [B, T] float32, the engine's log-probabilities, 0 off the mask.
        sequences: scalar float32, graded sequences in the whole optimiser step (all micro-batches, all ranks).
        agent_tokens: scalar float32, agent tokens in the whole optimiser step, likewise. Dividing by these two
            instead of by a local size is what makes a micro-batch split exact.
        logp_old: [B, T] float32, the behaviour policy recomputed by the trainer before the first update.
        logp_ref: [B, T] float32 or None, the frozen reference.
        value_old: [B, T] float32 or None, the critic before the first update.
        advantage: [B, T] float32 or None, set by `Algorithm.prepare`; no gradient.
        returns: [B, T] float32 or None, the critic's target, set by `prepare`.
        score: [B] float32 or None, the reward as the loss sees it (centred, scaled), set by `prepare`.
        log_z: [B] float32 or None, a log Z that is computed and not learned, equal within a group, set by `prepare`.
        log_z_group: [B] float32 or None, the group's own estimate of log Z, set by `prepare`.
    """

    tokens: Tensor
    attention: Tensor
    prompt: Tensor
    mask: Tensor
    group: Tensor
    reward: Tensor
    token_reward: Tensor
    graded: Tensor
    truncated: Tensor
    sampler_logp: Tensor
    sequences: Tensor
    agent_tokens: Tensor
    logp_old: Tensor
    logp_ref: Tensor | None = None
    value_old: Tensor | None = None
    advantage: Tensor | None = None
    returns: Tensor | None = None
    score: Tensor | None = None
    log_z: Tensor | None = None
    log_z_group: Tensor | None = None

    @property
    def size(self) -> int:
        """B, the number of sequences."""
        return int(self.tokens.shape[0])

    def rows(self, index: Tensor) -> Batch:
        """The sequences at `index` (int64, or bool [B]), in that order; the two step totals stay as they are."""
        chosen = {
            f.name: value[index]
            for f in fields(self)
            if isinstance(value := getattr(self, f.name), Tensor) and value.ndim > 0
        }
        return replace(self, **chosen)


@dataclass(frozen=True, slots=True)
class PolicyOutput:
    """What the policy says of a batch, with gradient.

    Attributes:
        logp: [B, T] float32, log pi(token t + 1) at the rollout temperature; 0 off the mask.
        entropy: [B, T] float32 without gradient, of the same distribution; 0 off the mask.
        log_z: [B] float32 or None, from the prompt alone, so equal within a group.
        value: [B, T] float32 or None, the critic's value of the state before token t + 1; 0 off the mask.
    """

    logp: Tensor
    entropy: Tensor
    log_z: Tensor | None = None
    value: Tensor | None = None


class Show(StrEnum):
    """How a `Stat` is condensed into logged numbers once all micro-batches and ranks are in."""

    MEAN = "mean"
    """`name`: the mean."""
    SPREAD = "spread"
    """`name/mean`, `name/std`, `name/p05`, `name/p50`, `name/p95`, `name/max`."""
    WEIGHTS = "weights"
    """As SPREAD, and `name/ess`: the effective sample size (sum w)^2 / sum w^2, divided by the count."""


@dataclass(frozen=True, slots=True)
class Stat:
    """Raw values behind one diagnostic: [n] float32, detached, one entry a sequence or a token."""

    name: str
    values: Tensor
    show: Show = Show.MEAN


@dataclass(frozen=True, slots=True)
class LossOutput:
    """A scalar to differentiate, and what it was made of.

    `loss` is this micro-batch's share: the shares of all micro-batches (and the sum over ranks) add up to the loss
    of the optimiser step.
    """

    loss: Tensor
    stats: tuple[Stat, ...] = ()


@dataclass(frozen=True, slots=True)
class Metrics:
    """One logged row: namespaced names (`reward/mean`, `flow/log_z`) to floats."""

    step: int
    values: Mapping[str, float] = field(default_factory=dict)


def step_totals(mask: Tensor, graded: Tensor, all_sum: AllSum = one_rank) -> tuple[Tensor, Tensor]:
    """(graded sequences, agent tokens) of an optimiser step from its [B, T] mask and [B] graded flags."""
    counts = torch.stack([graded.sum(), mask.sum()]).to(torch.float32)
    counts = all_sum(counts).clamp(min=1.0)
    return counts[0], counts[1]
