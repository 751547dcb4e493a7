"""A training run from settings: fresh, or taken up where its newest checkpoint left it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from accelerate import Accelerator
from accelerate.utils import gather_object, set_seed

from flowrl_agent.algorithms.base import Algorithm
from flowrl_agent.build.parts import Envs, make_codec, make_envs, make_policy, reset_options, with_heads
from flowrl_agent.build.trial import Examiner, Trial
from flowrl_agent.checkpoint import CheckpointError, Checkpoints
from flowrl_agent.config import toml
from flowrl_agent.config.mapping import to_mapping
from flowrl_agent.config.schema import ConfigError, TrainConfig
from flowrl_agent.evaluate import divergence, summarise
from flowrl_agent.exact import Gauge, measure, reference_scores
from flowrl_agent.metrics.console import ConsoleSink
from flowrl_agent.metrics.sinks import JsonlSink, Sink, TensorBoardSink
from flowrl_agent.models.chat import Codec
from flowrl_agent.models.policy import Policy
from flowrl_agent.ops.flow import Balance
from flowrl_agent.rollout.base import SamplingParams
from flowrl_agent.rollout.collect import Collector
from flowrl_agent.rollout.local import LocalEngine
from flowrl_agent.trainer.learner import Learner
from flowrl_agent.trainer.loop import Evaluate, Parts, Trainer
from flowrl_agent.trainer.record import drop_later_transcripts, write_transcripts
from flowrl_agent.trainer.state import REFERENCE, load_heads, load_state, save_policy

FREE = ("steps", "device", "log", "eval")
"""Settings that may change when a run is resumed."""


def run_folder(config: TrainConfig[Any]) -> Path:
    """Where a run writes."""
    if config.log.dir:
        return Path(config.log.dir)
    name = f"{config.algorithm}-{config.env.id.rpartition('/')[2]}-s{config.seed}"
    return Path("runs") / "".join(c if c.isalnum() or c in "-_." else "-" for c in name)


def train(config: TrainConfig[Any], algorithm: Algorithm, resume: bool = False) -> Path:
    """Runs a training to its end; returns the run folder."""
    trainer = make_trainer(config, algorithm, resume)
    try:
        trainer.run()
    finally:
        trainer.close()
    return trainer.parts.folder


def make_trainer(config: TrainConfig[Any], algorithm: Algorithm, resume: bool = False) -> Trainer:
    """Everything that `flowrl train` runs.

    Args:
        config: the settings; written to the run folder.
        algorithm: built from `config.algo`.
        resume: continue from the newest intact checkpoint of the run folder; begin where it has none yet, or only that
            of step 0.

    Raises:
        UserError: settings contradict one another or the environment, or the folder holds another run.
    """
    accelerator = Accelerator(cpu=config.device == "cpu")
    set_seed(config.seed, device_specific=True)
    folder = run_folder(config)
    checkpoints = Checkpoints(folder / "checkpoints", config.log.keep)
    if accelerator.is_main_process:
        _claim(folder, config, resume)
    accelerator.wait_for_everyone()
    source = checkpoints.latest() if resume and list(checkpoints.folder.glob("step-*[1-9]*")) else None
    episodes = config.rollout.prompts * config.rollout.samples // accelerator.num_processes
    envs = make_envs(config.env, max(1, episodes))
    codec = make_codec(config.model, envs, config.env.split)
    policy, reference = _policies(config, algorithm, codec, envs, source)
    if accelerator.is_main_process and source is None:
        save_policy(policy, codec, folder / "start")
    policy.to(accelerator.device)
    learner = Learner(policy, reference, algorithm, config.optim, config.rollout.temperature, accelerator)
    step = load_state(learner, source) if source else 0
    engine = LocalEngine.of(policy, codec, share=True)
    params = SamplingParams(config.rollout.max_new_tokens, config.rollout.temperature)
    parts = Parts(
        config=config,
        learner=learner,
        engine=engine,
        collector=Collector(envs, engine, codec, params),
        codec=codec,
        sinks=_sinks(config, folder, step if source else -1) if accelerator.is_main_process else (),
        checkpoints=checkpoints,
        folder=folder,
        evaluate=_evaluator(config, learner, engine, codec, folder) if config.eval.every else None,
        options=reset_options(envs, config.env.split),
    )
    return Trainer(parts, step)


def _policies(
    config: TrainConfig[Any], algorithm: Algorithm, codec: Codec, envs: Envs, source: Path | None
) -> tuple[Policy, Policy | None]:
    """The policy with its heads, and the frozen reference where one is needed."""
    needs, model = algorithm.needs, config.model
    keep = needs.reference or model.keep_start
    if source is None:
        start = make_policy(model, codec, config.seed, envs, config.env.split)
        return with_heads(start, model, needs, config.seed), start.reference() if keep else None
    policy = with_heads(Policy.load(source / "model"), model, needs, config.seed)
    load_heads(policy, source)
    moved = source / REFERENCE
    kept = moved if moved.is_dir() else source.parent.parent / "start" / "model"
    return policy, Policy.load(kept).reference() if keep else None


def _claim(folder: Path, config: TrainConfig[Any], resume: bool) -> None:
    """Writes the settings into a new folder, or checks that they are those of the run that is resumed."""
    path = folder / "config.toml"
    if path.exists() and not resume:
        raise ConfigError(
            f"{str(folder)!r} holds a run already. Continue it with `flowrl train --resume {folder}`, or pass another "
            "folder with --out."
        )
    if resume and not path.exists():
        raise CheckpointError(f"{str(folder)!r} holds no run to resume (no config.toml in it).")
    if resume:
        before = toml.train_config(toml.read(path), config)
        mine, theirs = to_mapping(config), to_mapping(before)
        changed = [key for key in mine if key not in FREE and mine[key] != theirs[key]]
        if changed:
            raise ConfigError(
                f"The run in {str(folder)!r} has other settings in: {', '.join(changed)}. Only "
                f"{', '.join(FREE)} may change when a run is resumed; start a new one with --out."
            )
    folder.mkdir(parents=True, exist_ok=True)
    rest = path.with_suffix(".part")
    rest.write_text(toml.dump(config), encoding="utf-8")
    rest.replace(path)


def _sinks(config: TrainConfig[Any], folder: Path, after: int) -> list[Sink]:
    drop_later_transcripts(folder / "transcripts.jsonl", after)
    sinks: list[Sink] = [JsonlSink(folder / "metrics.jsonl", after)]
    if config.log.tensorboard:
        sinks.append(TensorBoardSink(folder / "tensorboard", max(0, after)))
    if config.log.console:
        sinks.append(ConsoleSink(config.steps, max(0, after)))
    return sinks


def _evaluator(config: TrainConfig[Any], learner: Learner, engine: LocalEngine, codec: Codec, folder: Path) -> Evaluate:
    """Evaluates on a split of its own; ranks share the problems."""
    accelerator, settings = learner.accelerator, config.eval
    params = SamplingParams(config.rollout.max_new_tokens, settings.temperature)
    trial = Trial(config.env, settings.split, settings.problems, settings.samples, params, config.seed)
    examiner = Examiner(trial, accelerator.process_index, accelerator.num_processes)
    listings = examiner.listings(settings.exact // accelerator.num_processes)
    gauge = _gauge(config, learner, codec)
    frozen = reference_scores(listings, gauge) if learner.algorithm.needs.reference_decay == 1 else None

    def evaluate(step: int) -> Mapping[str, float]:
        exact = measure(learner.policy, listings, gauge, frozen)
        mine = [(i, p, e) for (i, p), e in zip(examiner.play(engine, codec).items(), exact, strict=True)]
        whole = sorted(gather_object(mine), key=lambda item: item[0])
        problems = [p for _, p, _ in whole]
        row = summarise(problems, [e for _, _, e in whole]).means()
        if learner.reference is not None and settings.temperature > 0:
            kl = divergence(learner.policy, learner.reference, problems, codec.pad_id, settings.temperature)
            row["eval/kl"] = sum(kl) / len(kl)
        if accelerator.is_main_process and config.log.transcripts_every:
            shown = [rollout for episodes in problems[:2] for rollout in episodes[:4]]
            write_transcripts(folder / "transcripts.jsonl", shown, step, settings.split)
        return row

    return evaluate


def _gauge(config: TrainConfig[Any], learner: Learner, codec: Codec) -> Gauge:
    """What exact distances are measured with: the algorithm's own target unless another beta is asked for."""
    own, beta = learner.algorithm.target, config.eval.beta
    return Gauge(
        codec=codec,
        temperature=config.rollout.temperature,
        max_new_tokens=config.rollout.max_new_tokens,
        samples=config.eval.samples,
        reference=learner.reference,
        balance=Balance(beta) if beta is not None else own or Balance(1.0),
        own=own,
    )
