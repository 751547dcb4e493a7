"""The seam between a trainer and an algorithm.

An algorithm says what it needs, turns a rollout batch into one with advantages (`prepare`, once a rollout, no
gradient), and turns a policy's output into a loss (`loss`, once a micro-batch). It never sees a model, an
environment, an optimiser or another algorithm. The maths itself is a module-level pure function in each file.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from flowrl_agent.ops.flow import Balance
from flowrl_agent.types import AllSum, Batch, LossOutput, PolicyOutput, one_rank


@dataclass(frozen=True, slots=True)
class Needs:
    """What the trainer must provide.

    Attributes:
        reference: log-probabilities of a reference policy, at first the policy that training starts from.
        log_z: a log Z head.
        value: a critic.
        reference_decay: 1 keeps the reference as it is; below, it follows the policy by an exponential moving average:
            after the updates of each rollout it becomes decay * reference + (1 - decay) * policy, weight by weight.
    """

    reference: bool = False
    log_z: bool = False
    value: bool = False
    reference_decay: float = 1.0


@dataclass(frozen=True, slots=True)
class NoSettings:
    """The `Config` of an algorithm that has nothing to set."""


class Algorithm(ABC):
    """A way of turning rewards into a gradient. Built as `MyAlgorithm(MyAlgorithm.Config(...))`.

    Attributes:
        Config: a frozen dataclass whose fields all have defaults; `flowrl train --algo.FIELD` sets them;
            left out where there is nothing to set.
        presets: named instances of `Config`, such as a paper's settings.
        config: the instance's own `Config`.
    """

    Config: ClassVar[type[Any]] = NoSettings
    presets: ClassVar[Mapping[str, Any]] = {}
    config: Any

    def __init__(self, config: Any = None) -> None:
        self.config = self.Config() if config is None else config

    @property
    def needs(self) -> Needs:
        """What must be in the `Batch` and the `PolicyOutput`; may depend on the configuration. Nothing by default."""
        return Needs()

    @property
    def target(self) -> Balance | None:
        """Where pi_ref(y) exp(beta r(y)) / Z (or its per-token form) is what this makes the policy match: its beta.

        Exact evaluations measure the distance to it, and a learned log Z against the true one. None (the default) for
        algorithms that maximise, or whose target moves with the policy (standardised rewards).
        """
        return None

    def prepare(self, batch: Batch, all_sum: AllSum = one_rank) -> Batch:
        """Adds what is computed once a rollout over the whole batch, such as advantages. No gradient.

        Args:
            batch: every sequence of the rollout on this rank, groups whole.
            all_sum: sums a tensor over ranks, for statistics of the global batch.
        """
        return batch

    def keep(self, batch: Batch) -> Tensor:
        """[B] bool: which sequences are worth a step (dynamic sampling); all of them unless overridden.

        A trainer may call it before `prepare` on whole groups, drop the others (they then count in no denominator)
        and sample more. An algorithm must be right where a trainer does not.
        """
        return torch.ones_like(batch.graded)

    @abstractmethod
    def loss(self, batch: Batch, out: PolicyOutput) -> LossOutput:
        """The loss share of one micro-batch; divides by `batch.sequences` or `batch.agent_tokens` only."""
