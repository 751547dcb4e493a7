"""`flowrl train --algo sb3:NAME`: the command line of stable-baselines3 agents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import tyro

from flowrl_agent.baselines.sb3_run import SB3Run, train_sb3


def train(name: str, argv: Sequence[str], kwargs: Mapping[str, Any]) -> int:
    """Trains; the last line printed says where the run lies.

    Args:
        name: `sb3:maskable_ppo` and the like.
        argv: flags of `SB3Run`, without --algo and the environment's options.
        kwargs: options of the environment.
    """
    base = SB3Run()
    base = replace(base, env=replace(base.env, kwargs=dict(kwargs)))
    run = tyro.cli(SB3Run, default=base, args=list(argv), prog=f"flowrl train --algo {name}")
    print(f"run folder: {train_sb3(name, run)}")
    return 0
