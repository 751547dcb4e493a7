"""The algorithms by name. Importing this package imports none of them, and no torch.

A name is a key of `ALGORITHMS` or, for an algorithm that lives elsewhere, `module:Class`. Either may be followed by
`/preset`, a key of the class's `presets`: `grpo/kl`, `flowrl/released`, `my_pkg.mine:MyAlgo/paper`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from flowrl_envs.errors import UserError, did_you_mean

if TYPE_CHECKING:
    from flowrl_agent.algorithms.base import Algorithm

ALGORITHMS: dict[str, str] = {
    "flowrl": "flowrl_agent.algorithms.flowrl:FlowRL",
    "grpo": "flowrl_agent.algorithms.grpo:GRPO",
    "ppo": "flowrl_agent.algorithms.ppo:PPO",
    "reinforce_pp": "flowrl_agent.algorithms.reinforce_pp:ReinforcePlusPlus",
}
"""Registered name to `module:Class`."""


class UnknownAlgorithmError(UserError):
    """No algorithm, class or preset of that name; the message lists those there are."""


def load_algorithm_class(name: str) -> type[Algorithm]:
    """The class behind a registered name or `module:Class`.

    Raises:
        UnknownAlgorithmError: nothing has that name, the module cannot be found, or the object is no `Algorithm`.
    """
    from flowrl_agent.algorithms.base import Algorithm

    if ":" not in name and name not in ALGORITHMS:
        hint = did_you_mean(name, ALGORITHMS)
        raise UnknownAlgorithmError(f"no algorithm {name!r}.{hint} An algorithm of your own is named module:Class.")
    module_name, _, class_name = ALGORITHMS.get(name, name).partition(":")
    if not all(part.isidentifier() for part in (*module_name.split("."), class_name)):
        raise UnknownAlgorithmError(f"{name!r} is not of the form module:Class, such as my_package.mine:MyAlgorithm.")
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module_name}.".startswith(f"{error.name}."):
            raise  # the module exists, something that it imports does not
        raise UnknownAlgorithmError(
            f"no module {module_name!r} for the algorithm {name!r}. Run from the folder that holds it, or install it."
        ) from error
    found = getattr(module, class_name, None)
    if not (isinstance(found, type) and issubclass(found, Algorithm)):
        classes = [k for k, v in vars(module).items() if isinstance(v, type) and issubclass(v, Algorithm)]
        what = "is not a subclass of flowrl_agent.algorithms.base.Algorithm" if found is not None else "does not exist"
        raise UnknownAlgorithmError(
            f"{module_name}:{class_name} {what}.{did_you_mean(class_name, set(classes) - {'Algorithm'})}"
        )
    return found


def load_algorithm(name: str) -> Algorithm:
    """An instance with its default configuration, or with that of a preset: `grpo`, `grpo/kl`, `pkg.mod:Mine/fast`.

    Raises:
        UnknownAlgorithmError: as `load_algorithm_class`, or the class has no such preset.
    """
    base, slash, preset = name.partition("/")
    cls = load_algorithm_class(base)
    if not slash:
        return cls(cls.Config())
    if preset not in cls.presets:
        raise UnknownAlgorithmError(f"{base} has no preset {preset!r}.{did_you_mean(preset, cls.presets)}")
    return cls(cls.presets[preset])
