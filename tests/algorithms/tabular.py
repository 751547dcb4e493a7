"""Policies small enough to enumerate, in float64, so that what training should reach is known exactly.

A response is a tuple of tokens. A `Tree` policy has one softmax a prefix; its log-probabilities become the [B, T]
tensors of a `Batch` in which every response appears once. With pi_old uniform over the B responses and unclipped
sequence weights, the mean over the batch is then the exact expectation under the policy.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from flowrl_agent.types import Batch, PolicyOutput

Response = tuple[int, ...]


@dataclass(frozen=True)
class Space:
    """All responses, and the choices after every prefix."""

    responses: tuple[Response, ...]

    @property
    def prefixes(self) -> dict[Response, tuple[int, ...]]:
        choices: dict[Response, set[int]] = {}
        for response in self.responses:
            for t, token in enumerate(response):
                choices.setdefault(response[:t], set()).add(token)
        return {prefix: tuple(sorted(tokens)) for prefix, tokens in sorted(choices.items())}

    @property
    def mask(self) -> Tensor:
        width = max(map(len, self.responses))
        return torch.tensor([[t < len(y) for t in range(width)] for y in self.responses])

    @property
    def lengths(self) -> Tensor:
        return self.mask.sum(-1).double()

    def logits(self, rng: torch.Generator | None = None, std: float = 1.0) -> Tensor:
        """One number a (prefix, choice), in the order of `prefixes`."""
        n = sum(map(len, self.prefixes.values()))
        return torch.zeros(n, dtype=torch.float64) if rng is None else std * torch.randn(n, generator=rng).double()

    def logp(self, logits: Tensor) -> Tensor:
        """[B, T] log-probability of each token of each response, 0 off the mask; differentiable."""
        tables, start = {}, 0
        for prefix, choices in self.prefixes.items():
            row = logits[start : start + len(choices)].log_softmax(-1)
            tables.update({(prefix, token): row[i] for i, token in enumerate(choices)})
            start += len(choices)
        zero = logits.new_zeros(())
        width = self.mask.shape[1]
        return torch.stack(
            [torch.stack([tables[y[:t], y[t]] if t < len(y) else zero for t in range(width)]) for y in self.responses]
        )


ONE_STEP = Space(tuple((k,) for k in range(8)))
VARIABLE = Space(((0,), (1, 0), (1, 1, 0), (1, 1, 1, 0), (1, 1, 1, 1, 0), (2, 0), (2, 1)))


def batch_of(
    mask: Tensor, reward: Tensor, logp_old: Tensor, logp_ref: Tensor | None, group: Tensor | None = None
) -> Batch:
    """A float64 batch of responses without a prompt worth mentioning."""
    size, width = mask.shape
    graded = torch.ones(size, dtype=torch.bool)
    last = mask & (mask.flip(-1).cumsum(-1).flip(-1) == 1)
    return Batch(
        tokens=torch.ones(size, width + 1, dtype=torch.long),
        attention=torch.cat([graded[:, None], mask], -1),
        prompt=torch.cat([graded[:, None], torch.zeros_like(mask)], -1),
        mask=mask,
        group=torch.zeros(size, dtype=torch.long) if group is None else group,
        reward=reward,
        token_reward=torch.where(last, reward[:, None], 0.0),
        graded=graded,
        truncated=~graded,
        sampler_logp=logp_old,
        sequences=torch.tensor(float(size), dtype=torch.float64),
        agent_tokens=mask.sum().double(),
        logp_old=logp_old,
        logp_ref=logp_ref,
    )


def enumerated(space: Space, reward: Tensor, logp_ref: Tensor) -> Batch:
    """Every response once, drawn from the uniform distribution over responses: put on the first token of each."""
    old = torch.zeros_like(logp_ref)
    old[:, 0] = -math.log(len(space.responses))
    return batch_of(space.mask, reward, old, logp_ref)


def output_of(logp: Tensor, log_z: Tensor | None = None, value: Tensor | None = None) -> PolicyOutput:
    """What a policy says, where only log-probabilities matter."""
    return PolicyOutput(logp, torch.zeros_like(logp.detach()), log_z, value)


def sampled_groups(space: Space, logp: Tensor, groups: int, samples: int, rng: torch.Generator) -> Tensor:
    """[groups * samples] indices of responses drawn from the policy."""
    return torch.multinomial(logp.sum(-1).exp(), groups * samples, replacement=True, generator=rng)


def regroup(batch: Batch, index: Tensor, samples: int) -> Batch:
    """The responses at `index`, in groups of `samples`."""
    rows = batch.rows(index)
    size = torch.tensor(float(len(index)), dtype=torch.float64)
    return replace(
        rows, group=torch.arange(len(index)) // samples, sequences=size, agent_tokens=rows.mask.sum().double()
    )
