"""Which problems an iteration plays, on which rank, and which groups are worth learning from (dynamic sampling).

Problems are functions of (seed, iteration, round); ranks take equal shares of every mini-batch, so the mini-batches
are the same for any number of ranks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flowrl_agent.algorithms.base import Algorithm
from flowrl_agent.batching import make_batch
from flowrl_agent.config.schema import TrainConfig
from flowrl_agent.rollout.collect import Collector, prompt_seeds
from flowrl_agent.types import Rollout

MAX_ROUNDS = 4
"""How often an iteration draws problems where the algorithm drops groups."""


@dataclass(frozen=True)
class Source:
    """Draws the rollouts of an iteration.

    Attributes:
        collector: plays.
        algorithm: says which groups it keeps.
        config: numbers and seed.
        pad_id: of the tokenizer.
        options: given to every reset.
    """

    collector: Collector
    algorithm: Algorithm
    config: TrainConfig[Any]
    pad_id: int
    options: Mapping[str, Any] | None = None

    def draw(self, iteration: int, rank: int, world: int) -> tuple[list[Rollout], list[Rollout]]:
        """(every episode played, those to learn from), groups whole.

        At most as many groups are kept as one round has; where too few are left for one a mini-batch after the last
        round, dropped ones fill up.
        """
        size, parts = self.config.rollout.prompts, self.config.optim.mini_batches
        played: list[Rollout] = []
        kept: dict[int, list[Rollout]] = {}
        dropped: dict[int, list[Rollout]] = {}
        for turn in range(MAX_ROUNDS):
            seeds = prompt_seeds(self.config.seed, iteration, size * (turn + 1))[size * turn :]
            groups = self._round(rank_share(seeds, parts, rank, world), iteration, rank, turn)
            for group, (members, keep) in groups.items():
                (kept if keep else dropped)[group] = members
                played += members
            if len(kept) >= size // world:
                break
        chosen = list(kept.values())[: size // world]
        chosen += list(dropped.values())[: max(0, parts - len(chosen))]
        return played, [rollout for members in chosen for rollout in members]

    def _round(
        self, seeds: Sequence[int], iteration: int, rank: int, turn: int
    ) -> dict[int, tuple[list[Rollout], bool]]:
        options = dict(self.options) if self.options else None
        entropy = (self.config.seed, iteration, rank, turn)
        rollouts = self.collector.play(seeds, self.config.rollout.samples, entropy, options)
        keep = self.algorithm.keep(make_batch(rollouts, self.pad_id)).tolist()
        groups: dict[int, tuple[list[Rollout], bool]] = {}
        for rollout, wanted in zip(rollouts, keep, strict=True):
            group = turn * self.config.rollout.prompts + rollout.group
            groups.setdefault(group, ([], wanted))[0].append(replace(rollout, group=group))
        return groups


def rank_share(seeds: Sequence[int], parts: int, rank: int, world: int) -> list[int]:
    """The groups of one rank: of every mini-batch its share."""
    size = len(seeds) // parts
    return [seed for part in range(parts) for seed in seeds[part * size : (part + 1) * size][rank::world]]
