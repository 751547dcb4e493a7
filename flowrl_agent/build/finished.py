"""A finished run's model with what exact distances need: its log Z head, its start as reference, its own target.

`flowrl eval` and benchmarks read run folders with it. The critic stays behind: nothing is trained here.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flowrl_agent.algorithms import UnknownAlgorithmError, load_algorithm
from flowrl_agent.build.parts import with_heads
from flowrl_agent.build.trial import Examiner
from flowrl_agent.checkpoint import Checkpoints
from flowrl_agent.config import toml
from flowrl_agent.config.schema import TrainConfig
from flowrl_agent.exact import Gauge, measure
from flowrl_agent.models.chat import Codec
from flowrl_agent.models.policy import Policy
from flowrl_agent.ops.flow import Balance
from flowrl_agent.trainer.state import load_heads


@dataclass(frozen=True)
class Finished:
    """What a run left.

    Attributes:
        policy: the newest checkpoint, with its log Z head where the algorithm learned one.
        reference: the policy that the run started from, None where that is unknown.
        own: the target that the algorithm matches, None where it maximises.
        temperature: of its rollouts.
    """

    policy: Policy
    reference: Policy | None = None
    own: Balance | None = None
    temperature: float = 1.0


def load_finished(path: str | Path) -> Finished | None:
    """Reads a run folder of `flowrl train`; None where it is none, or its algorithm is not a language model's."""
    folder = Path(path)
    if not (folder / "config.toml").is_file() or not (folder / "start" / "model").is_dir():
        return None
    tables = toml.read(folder / "config.toml")
    name = toml.algorithm_name(tables) or ""
    try:
        default = load_algorithm(name)
    except UnknownAlgorithmError:  # someone's own, from a folder that is not here: its model is still a model
        name, default = "grpo", load_algorithm("grpo")
        tables = {key: value for key, value in tables.items() if key != "algo"}
    config: TrainConfig[Any] = toml.train_config(tables, TrainConfig(name, default.config))
    algorithm = type(default)(config.algo)
    checkpoint = Checkpoints(folder / "checkpoints").latest()
    policy = Policy.load(checkpoint / "model")
    if algorithm.needs.log_z and not algorithm.needs.value:
        policy = with_heads(policy, config.model, algorithm.needs, config.seed)
        load_heads(policy, checkpoint)
    reference = Policy.load(folder / "start" / "model")
    return Finished(policy.eval(), reference.eval(), algorithm.target, config.rollout.temperature)


def exact_measures(
    run: Finished, examiner: Examiner, codec: Codec, max_new_tokens: int, samples: int, balance: Balance, most: int
) -> list[dict[str, float]]:
    """The measures of `exact` for each of the examiner's problems.

    Args:
        run: what is measured.
        examiner: knows the problems.
        codec: of the model.
        max_new_tokens: token budget of a response.
        samples: k of the expected coverage.
        balance: the target.
        most: listed responses in all.
    """
    gauge = Gauge(codec, run.temperature, max_new_tokens, samples, run.reference, balance, run.own)
    return measure(run.policy, examiner.listings(most), gauge)
