"""A small rollout batch with every trap in it, and the ways to change one that must change no result.

It is what the properties feed an algorithm, and a handy input for the tests of a new one. No model is involved: the
policy's log-probabilities are leaves, so a gradient is a [B, T] tensor that one can read.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import TypeVar

import torch
from torch import Tensor
from torch.nn.functional import pad

from flowrl_agent.algorithms.base import Algorithm, Needs
from flowrl_agent.types import Batch, LossOutput, PolicyOutput, step_totals

Record = TypeVar("Record", Batch, PolicyOutput)

GROUPS = 4
SAMPLES = 4
TOKENS = 11
"""L of the probe, prompt included."""


@dataclass(frozen=True, slots=True)
class Probe:
    """A batch before `prepare`, and what a policy says of it."""

    batch: Batch
    out: PolicyOutput

    def per_token(self, change: Callable[[Tensor], Tensor]) -> Probe:
        """Applies `change` to every [B, T] tensor."""
        shape = self.batch.mask.shape

        def where_it_fits(x: Tensor) -> Tensor:
            return change(x) if x.shape == shape else x

        return Probe(_map(self.batch, where_it_fits), _map(self.out, where_it_fits))

    def rows(self, index: Tensor) -> Probe:
        """The sequences at `index`; the step totals stay."""
        return Probe(self.batch.rows(index), _map(self.out, lambda x: x[index]))

    def counted(self) -> Probe:
        """Step totals of these very sequences."""
        sequences, agent_tokens = step_totals(self.batch.mask, self.batch.graded)
        return Probe(replace(self.batch, sequences=sequences, agent_tokens=agent_tokens), self.out)


@dataclass(frozen=True, slots=True)
class Result:
    """A loss and its gradients with respect to logp [B, T], log_z [B] and value [B, T]; zeros where there is none."""

    output: LossOutput
    logp: Tensor
    log_z: Tensor
    value: Tensor

    @property
    def loss(self) -> Tensor:
        """The scalar, detached."""
        return self.output.loss.detach()


def make_probe(needs: Needs, seed: int = 0) -> Probe:
    """Four groups of four: mixed rewards, equal rewards, an ungraded row, partial rewards.

    One response has a single token, one has a user's turn in its middle, one is truncated. The policy has moved a
    little from `logp_old`. What `needs` does not ask for is None.
    """
    rng = torch.Generator().manual_seed(seed)
    size, width = GROUPS * SAMPLES, TOKENS - 1
    group = torch.arange(GROUPS).repeat_interleave(SAMPLES)
    prompt_length = 2 + group % 2
    length = torch.randint(2, TOKENS - 3, (size,), generator=rng)
    length[1] = 1
    at = torch.arange(TOKENS)[None]
    end = (prompt_length + length)[:, None].clamp(max=TOKENS)
    attention, prompt = at < end, at < prompt_length[:, None]
    mask = (attention & ~prompt)[:, 1:]
    length[2] = TOKENS - 3
    mask[2] = torch.tensor([False] + [True] * 3 + [False] * 2 + [True] * 3 + [False])  # two turns
    attention[2] = at[0] < TOKENS - 1
    graded = torch.ones(size, dtype=torch.bool)
    graded[9] = False
    mask[9] = False
    reward = torch.tensor([1.0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 1, 0.25, 0.5, 0, 0.75])
    truncated = torch.zeros(size, dtype=torch.bool)
    truncated[5] = True

    def normal(std: float) -> Tensor:
        return torch.where(mask, std * torch.randn(size, width, generator=rng), 0.0)

    last = mask & (mask.flip(-1).cumsum(-1).flip(-1) == 1)
    old = -normal(1.0).abs()
    sequences, agent_tokens = step_totals(mask, graded)
    batch = Batch(
        tokens=torch.randint(1, 50, (size, TOKENS), generator=rng) * attention,
        attention=attention,
        prompt=prompt,
        mask=mask,
        group=group,
        reward=reward,
        token_reward=torch.where(last, reward[:, None], 0.0),
        graded=graded,
        truncated=truncated,
        sampler_logp=old + normal(0.01),
        sequences=sequences,
        agent_tokens=agent_tokens,
        logp_old=old,
        logp_ref=old + normal(0.3) if needs.reference else None,
        value_old=normal(0.5) if needs.value else None,
    )
    out = PolicyOutput(
        logp=old + normal(0.1),
        entropy=normal(1.0).abs(),
        log_z=torch.randn(GROUPS, generator=rng)[group] if needs.log_z else None,
        value=normal(0.5) if needs.value else None,
    )
    return Probe(batch, out)


def on_policy(probe: Probe) -> Probe:
    """The same rollout before the first update: old = policy = reference, log Z = 0, no value."""
    batch, out = probe.batch, probe.out
    old = batch.logp_old
    batch = replace(
        batch,
        logp_ref=None if batch.logp_ref is None else old,
        value_old=None if batch.value_old is None else torch.zeros_like(old),
    )
    log_z = None if out.log_z is None else torch.zeros_like(out.log_z)
    return Probe(batch, replace(out, logp=old, log_z=log_z, value=batch.value_old))


def padded(probe: Probe, left: int, right: int) -> Probe:
    """The same sequences with more padding."""

    def widen(x: Tensor) -> Tensor:
        return pad(x, (left, right)) if x.ndim == 2 else x

    return Probe(_map(probe.batch, widen), _map(probe.out, widen))


def evaluate(algorithm: Algorithm, probe: Probe) -> Result:
    """`prepare`, then `loss`."""
    return evaluate_prepared(algorithm, Probe(algorithm.prepare(probe.batch), probe.out))


def evaluate_prepared(algorithm: Algorithm, probe: Probe) -> Result:
    """`loss` and its gradients on a batch that went through `prepare`.

    Raises:
        ValueError: the loss has no gradient at all.
    """
    out = _map(probe.out, lambda x: x.detach().clone())
    leaves = [x.requires_grad_() for x in (out.logp, out.log_z, out.value) if x is not None]
    output = algorithm.loss(probe.batch, out)
    if not output.loss.requires_grad:
        raise ValueError("LossOutput.loss has no gradient: it does not depend on out.logp, or was detached")
    found = iter(torch.autograd.grad(output.loss, leaves, allow_unused=True))
    zero = torch.zeros_like(probe.out.logp)
    grads = [None if x is None else next(found) for x in (out.logp, out.log_z, out.value)]
    shapes = (zero, zero[:, 0], zero)
    return Result(output, *(shape if g is None else g for g, shape in zip(grads, shapes, strict=True)))


def prepare_on_ranks(algorithm: Algorithm, parts: list[Batch]) -> list[Batch]:
    """`prepare` on each part in a thread of its own; their `all_sum` calls meet, as those of processes would.

    Raises:
        RuntimeError: the ranks call `all_sum` a different number of times.
    """
    barrier = threading.Barrier(len(parts))
    posted: list[Tensor | None] = [None] * len(parts)
    done: list[Batch | Exception] = [RuntimeError("did not finish")] * len(parts)

    def meet(rank: int, x: Tensor | None) -> list[Tensor]:
        posted[rank] = x
        barrier.wait()
        seen = [x for x in posted if x is not None]
        barrier.wait()
        if len(seen) not in (0, len(parts)):
            raise RuntimeError("the ranks call all_sum a different number of times")
        return seen

    def work(rank: int) -> None:
        try:
            done[rank] = algorithm.prepare(parts[rank], lambda x: torch.stack(meet(rank, x)).sum(0))
            meet(rank, None)
        except Exception as error:
            done[rank] = error
            barrier.abort()

    threads = [threading.Thread(target=work, args=(rank,)) for rank in range(len(parts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for part in sorted(done, key=lambda part: isinstance(part, threading.BrokenBarrierError)):
        if isinstance(part, Exception):
            raise part
    return [part for part in done if isinstance(part, Batch)]


def _map(record: Record, change: Callable[[Tensor], Tensor]) -> Record:
    values = ((f.name, getattr(record, f.name)) for f in fields(record))
    return replace(record, **{name: change(x) for name, x in values if isinstance(x, Tensor)})
