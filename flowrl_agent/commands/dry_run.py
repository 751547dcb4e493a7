"""`flowrl train --dry-run`: what a run would take, from its settings and the model's shape alone."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

from flowrl_agent.algorithms.base import Algorithm
from flowrl_agent.config.estimate import DEVICES, Estimate, Parts, estimate
from flowrl_agent.config.schema import ConfigError, TrainConfig
from flowrl_agent.config.shape import Shape, read_shape, shape_of
from flowrl_envs.errors import did_you_mean


def main(config: TrainConfig[Any], algorithm: Algorithm, device: str, prompt_tokens: int) -> int:
    """Prints the estimate; 0 if the run fits on the device, 1 if not. Downloads and builds nothing.

    Args:
        config: of the run.
        algorithm: of the run.
        device: a name in `DEVICES`.
        prompt_tokens: longest prompt that is expected.

    Raises:
        ConfigError: no such device, or a model whose shape is not known.
    """
    if device not in DEVICES:
        raise ConfigError(f"--on {device!r} is not known.{did_you_mean(device, DEVICES)}")
    if prompt_tokens < 1:
        raise ConfigError(f"--prompt-tokens = {prompt_tokens} is not possible. It must be 1 or more.")
    shape, needs = _shape(config), algorithm.needs
    parts = Parts(needs.reference or config.model.keep_start, needs.log_z, needs.value)
    found = estimate(shape, config, parts, prompt_tokens, DEVICES[device])
    _show(config, shape, found, device, prompt_tokens)
    return 0 if found.peak <= DEVICES[device].memory else 1


def _shape(config: TrainConfig[Any]) -> Shape:
    if config.model.path != "tiny":
        return read_shape(config.model.path)
    from flowrl_agent.build.parts import make_policy
    from flowrl_agent.models.chat import Codec
    from flowrl_agent.models.tiny import tiny_tokenizer

    return shape_of(make_policy(config.model, Codec(tiny_tokenizer()), 0).model.config.to_dict())


def _show(config: TrainConfig[Any], shape: Shape, found: Estimate, device: str, prompt_tokens: int) -> None:
    print(
        f"{config.algorithm} on {config.env.id}, {config.model.path}: {shape.parameters / 1e9:.4g} B parameters; "
        f"{config.rollout.prompts} prompts x {config.rollout.samples} responses of at most "
        f"{config.rollout.max_new_tokens} tokens after {prompt_tokens} of prompt"
    )
    table = Table("what", "GB", title="memory on one device, float32", title_justify="left")
    for name, size in found.memory.items():
        table.add_row(name, f"{size / 1e9:.4g}")
    table.add_row("at most at once", f"{found.peak / 1e9:.4g}")
    hours = {name: seconds / 3600 for name, seconds in found.seconds.items()}
    clock = Table("what", "", title=f"one of {config.steps} iterations on one {device}", title_justify="left")
    clock.add_row("tokens", f"{found.tokens / 1e6:.4g} M")
    clock.add_row("operations outside generation", f"{found.flops:.3g}")
    for name, value in hours.items():
        clock.add_row(name, f"{value:.3g} h")
    clock.add_row("all iterations", f"{sum(hours.values()) * config.steps / 24:.3g} days")
    console = Console()
    console.print(table, clock)
    room = DEVICES[device].memory
    if found.peak > room:
        short = f"It does not fit: {found.peak / 1e9:.0f} GB on a device of {room / 1e9:.0f} GB."
        print(f"{short} This trainer does not shard a model over devices and computes in float32.")
    else:
        print(f"It fits on a device of {room / 1e9:.0f} GB.")
