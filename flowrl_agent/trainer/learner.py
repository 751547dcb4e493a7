"""From a rollout batch to a changed policy: recompute, prepare, mini-batches of micro-batches, clip, step.

The sum of all micro-batch losses on all ranks is the loss of an optimiser step, whatever the split. It knows no
algorithm, environment or engine; `loop` feeds it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import replace

import torch
from accelerate import Accelerator
from torch import Tensor

from flowrl_agent.algorithms.base import Algorithm
from flowrl_agent.batching import micro_batches, mini_batches, to, trim
from flowrl_agent.config.schema import OptimConfig
from flowrl_agent.metrics.condense import Accumulator
from flowrl_agent.models.policy import Policy
from flowrl_agent.types import Batch, PolicyOutput, Stat


class Learner:
    """A policy, its optimiser and the algorithm that moves it.

    Args:
        policy: is changed.
        reference: needed where the algorithm says so; frozen unless `Needs.reference_decay` lets it follow.
        algorithm: turns batches into losses.
        config: learning rates and how a rollout is cut.
        temperature: of the rollout, and so of every log-probability.
        accelerator: places, wraps and synchronises.

    Attributes:
        updates: optimiser steps taken.
    """

    def __init__(
        self,
        policy: Policy,
        reference: Policy | None,
        algorithm: Algorithm,
        config: OptimConfig,
        temperature: float,
        accelerator: Accelerator,
    ) -> None:
        self.policy, self.algorithm, self.config = policy, algorithm, config
        self.temperature, self.accelerator = temperature, accelerator
        self.updates = 0
        self.reference = None if reference is None else reference.to(accelerator.device)
        groups = policy.parameter_groups(config.lr, config.log_z_lr, config.critic_lr, config.weight_decay)
        optimizer = torch.optim.AdamW(groups, lr=config.lr, betas=config.betas, eps=config.eps)
        for group in optimizer.param_groups:
            group["initial_lr"] = group["lr"]
        self.wrapped, self.optimizer = accelerator.prepare(policy, optimizer)

    def learn(self, batch: Batch, log: Accumulator) -> None:
        """All optimiser steps of one rollout.

        Args:
            batch: the rollout on this rank, groups whole.
            log: takes the diagnostics.
        """
        batch = self.algorithm.prepare(batch, self.all_sum)
        for _ in range(self.config.epochs):
            for piece in mini_batches(batch, self.config.mini_batches, all_sum=self.all_sum):
                self._step(piece, log)
        decay = self.algorithm.needs.reference_decay
        if self.reference is not None and decay < 1:
            self.reference.follow(self.policy, decay)

    @torch.no_grad()
    def recompute(self, batch: Batch) -> Batch:
        """The batch on the device, with log-probabilities of policy and reference and the critic's values."""
        batch = to(batch, self.accelerator.device)
        old = self._outputs(self.policy, batch)
        ref = None if self.reference is None else self._outputs(self.reference, batch)
        return replace(
            batch,
            logp_old=_join([o.logp for o in old], batch.mask),
            logp_ref=None if ref is None else _join([o.logp for o in ref], batch.mask),
            value_old=_join([o.value for o in old if o.value is not None], batch.mask) if self.policy.value else None,
        )

    def all_sum(self, x: Tensor) -> Tensor:
        """The sum over ranks."""
        total: Tensor = self.accelerator.reduce(x, reduction="sum")
        return total

    def _outputs(self, policy: Policy, batch: Batch) -> list[PolicyOutput]:
        rows = torch.split(torch.arange(batch.size, device=batch.tokens.device), self.config.micro_batch)
        return [policy(trim(batch.rows(chunk)), self.temperature) for chunk in rows]

    def _step(self, piece: Batch, log: Accumulator) -> None:
        """One optimiser step; left out where no sequence was graded or the gradient is not finite."""
        self._warm_up()
        share, stats = self._backward(micro_batches(piece, self.config.micro_batch))
        norm = self.accelerator.clip_grad_norm_(self.wrapped.parameters(), self.config.clip_norm)
        size = torch.as_tensor(norm).item()
        useful = float(self.all_sum(piece.graded.sum())) > 0
        healthy = useful and size < float("inf")  # nan compares False
        if healthy:
            self.optimizer.step()
            self.updates += 1
        self.optimizer.zero_grad()
        loss = self.all_sum(share)
        if self.accelerator.is_main_process:
            log.number("optim/skipped", 0.0 if healthy else 1.0)
            if useful:
                log.number("loss/total", loss.item())
                log.number("optim/grad_norm", size)
                log.number("optim/clipped", float(size > self.config.clip_norm))
                log.number("optim/lr", self.optimizer.param_groups[0]["lr"])
        log.add(*stats)

    def _backward(self, pieces: list[Batch]) -> tuple[Tensor, list[Stat]]:
        """Accumulates gradients; ranks exchange them once, with the last piece."""
        share = torch.zeros((), device=self.accelerator.device)
        stats: list[Stat] = []
        for number, micro in enumerate(pieces, start=1):
            quiet = self.accelerator.no_sync(self.wrapped) if number < len(pieces) else contextlib.nullcontext()
            with quiet:
                out = self.algorithm.loss(micro, self.wrapped(micro, self.temperature))
                # Ranks average their gradients, shares are to be summed.
                self.accelerator.backward(out.loss * self.accelerator.num_processes)
            share = share + out.loss.detach()
            stats += out.stats
        return share, stats

    def _warm_up(self) -> None:
        """Raises learning rates linearly over the first updates."""
        factor = min(1.0, (self.updates + 1) / max(1, self.config.warmup))
        for group in self.optimizer.param_groups:
            group["lr"] = group["initial_lr"] * factor


def _join(parts: Iterable[Tensor], mask: Tensor) -> Tensor:
    """Rows of trimmed pieces back under each other, as wide as `mask` [B, T]."""
    width = mask.shape[1]
    return torch.cat([torch.nn.functional.pad(p, (0, width - p.shape[1])) for p in parts])
