"""`flowrl train --algo sb3:NAME`: the command line of stable-baselines3 agents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import tyro

from flowrl_agent.baselines.sb3_run import SB3Run, algorithm_of, train_sb3
from flowrl_agent.config.mapping import override
from flowrl_agent.config.recipes import find
from flowrl_agent.config.schema import ConfigError
from flowrl_agent.config.toml import read


def train(
    name: str, argv: Sequence[str], kwargs: Mapping[str, Any], file: str | None = None, resume: str | None = None
) -> int:
    """Trains; the last line printed says where the run lies.

    Args:
        name: `sb3:maskable_ppo` and the like.
        argv: flags of `SB3Run`, without --algo, --config, --resume and the environment's options.
        kwargs: options of the environment.
        file: settings, which flags override; None for the defaults.
        resume: the run folder that was to be continued, if one was.

    Raises:
        ConfigError: a run was to be continued, or the file has a setting that these agents have not.
    """
    if resume is not None:
        raise ConfigError(
            f"A run of {name} cannot be continued ({resume!r}): stable-baselines3 saves networks, not the state of "
            f"its environments. Start again with --config {resume}/config.toml --out FOLDER."
        )
    base = _base(name, file)
    base = replace(base, env=replace(base.env, kwargs={**base.env.kwargs, **kwargs}))
    run = tyro.cli(SB3Run, default=base, args=list(argv), prog=f"flowrl train --algo {name}")
    print(f"run folder: {train_sb3(name, run)}")
    return 0


def _base(name: str, file: str | None) -> SB3Run:
    """The settings of a file; `out` of a finished run's own file is not among them."""
    algorithm_of(name)
    tables = read(find(file)) if file is not None else {}
    algo = tables.get("algo", {})
    tables["algo"] = {key: value for key, value in algo.items() if key != "name"} if isinstance(algo, Mapping) else {}
    tables.pop("out", None)
    base: SB3Run = override(SB3Run(), tables)
    return base
