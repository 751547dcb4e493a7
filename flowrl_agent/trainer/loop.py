"""The training loop: draw problems, play them, learn from them, tell the engine, write down what happened.

It knows no algorithm, model family, environment or engine by name; `flowrl_agent.build` puts them together. Problems
and sampling of iteration t are functions of (seed, t), so nothing of the environment needs to be saved.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from accelerate.utils import gather_object

from flowrl_agent.batching import make_batch
from flowrl_agent.checkpoint import Checkpoints
from flowrl_agent.config.schema import TrainConfig, require
from flowrl_agent.metrics.condense import Accumulator
from flowrl_agent.metrics.sinks import Sink, log_all
from flowrl_agent.models.chat import Codec
from flowrl_agent.rollout.base import RolloutEngine
from flowrl_agent.rollout.collect import Collector
from flowrl_agent.trainer.learner import Learner
from flowrl_agent.trainer.record import mismatch_stats, rollout_stats, write_transcripts
from flowrl_agent.trainer.sampling import Source
from flowrl_agent.trainer.state import save_state
from flowrl_agent.types import Batch, Rollout

Evaluate = Callable[[int], Mapping[str, float]]
"""Evaluates the policy as the engine has it after so many iterations; names to numbers (`eval/avg`, ...)."""


@dataclass(frozen=True)
class Parts:
    """What a run is made of.

    Attributes:
        config: the settings.
        learner: policy, optimiser, algorithm.
        engine: generates; is told of new weights.
        collector: plays this rank's share of an iteration.
        codec: of the model.
        sinks: take rows; empty on ranks other than 0.
        checkpoints: where states go.
        folder: of the run.
        evaluate: called by every rank at evaluations, or None.
        options: given to every reset, such as {"split": "train"}.
    """

    config: TrainConfig[Any]
    learner: Learner
    engine: RolloutEngine
    collector: Collector
    codec: Codec
    sinks: Sequence[Sink]
    checkpoints: Checkpoints
    folder: Path
    evaluate: Evaluate | None = None
    options: Mapping[str, Any] | None = None


class Trainer:
    """Runs iterations from where it stands to `config.steps`.

    Attributes:
        step: iterations done.
    """

    def __init__(self, parts: Parts, step: int = 0) -> None:
        config, world = parts.config, parts.learner.accelerator.num_processes
        share = config.optim.mini_batches * world
        require(
            config.rollout.prompts % share == 0,
            "rollout.prompts",
            config.rollout.prompts,
            f"a multiple of optim.mini_batches x processes = {share}, so that every rank has whole groups of each step",
        )
        self.parts, self.step = parts, step
        self._main = parts.learner.accelerator.is_main_process

    def run(self) -> None:
        """Trains to the end, with a checkpoint there."""
        config = self.parts.config
        self.parts.engine.sync(self.parts.learner.policy)
        if self.step == 0:
            self._log(0, self._evaluation(0))
        score: float | None = None
        if config.steps == 0:
            save_state(self.parts.learner, self.parts.codec, self.parts.checkpoints, 0, score)
        while self.step < config.steps:
            row = self._iterate(self.step)
            self.step += 1
            row |= self._evaluation(self.step)
            score = row.get(config.log.best, score)
            self._log(self.step, row)
            every = config.log.checkpoint_every
            if self.step == config.steps or (every and self.step % every == 0):
                save_state(self.parts.learner, self.parts.codec, self.parts.checkpoints, self.step, score)
                score = None

    def close(self) -> None:
        """Closes the sinks."""
        for sink in self.parts.sinks:
            sink.close()

    def _iterate(self, iteration: int) -> dict[str, float]:
        """One rollout and its optimiser steps; returns the row of numbers, the same on every rank."""
        learner, log = self.parts.learner, Accumulator()
        started = time.perf_counter()
        rollouts, batch = self._rollout(iteration, log)
        played = time.perf_counter()
        learner.learn(batch, log)
        self.parts.engine.sync(learner.policy)
        done = time.perf_counter()
        self._transcribe(iteration + 1, rollouts)
        row = log.row(lambda mine: [list(s) for s in gather_object([mine])])
        tokens = float(batch.agent_tokens)
        times = {"time/rollout": played - started, "time/update": done - played, "time/iteration": done - started}
        return row | times | {"rollout/tokens": tokens, "rollout/tokens_per_second": tokens / (done - started)}

    def _rollout(self, iteration: int, log: Accumulator) -> tuple[list[Rollout], Batch]:
        """This rank's episodes, and those to learn from with every log-probability that the algorithm needs."""
        learner, config = self.parts.learner, self.parts.config
        accelerator = learner.accelerator
        source = Source(self.parts.collector, learner.algorithm, config, self.parts.codec.pad_id, self.parts.options)
        rollouts, kept = source.draw(iteration, accelerator.process_index, accelerator.num_processes)
        batch = learner.recompute(make_batch(kept, self.parts.codec.pad_id, learner.all_sum))
        log.add(*rollout_stats(rollouts), *mismatch_stats(batch))
        log.number("rollout/kept", len(kept) / len(rollouts))
        return rollouts, batch

    def _transcribe(self, step: int, rollouts: Sequence[Rollout]) -> None:
        """Keeps two groups of an iteration now and then."""
        every = self.parts.config.log.transcripts_every
        if self._main and every and (step == 1 or step % every == 0):
            shown = [r for r in rollouts if r.group < 2]
            write_transcripts(self.parts.folder / "transcripts.jsonl", shown, step, self.parts.config.env.split)

    def _evaluation(self, step: int) -> dict[str, float]:
        every = self.parts.config.eval.every
        if self.parts.evaluate is None or not every or (step % every and step != self.parts.config.steps):
            return {}
        started = time.perf_counter()
        row = dict(self.parts.evaluate(step))
        return row | {"time/eval": time.perf_counter() - started}

    def _log(self, step: int, row: Mapping[str, float]) -> None:
        if row and self._main:
            log_all(self.parts.sinks, step, row)
