"""The algorithms by name. Importing this package imports none of them, and no torch.

A name is a key of `ALGORITHMS` or, for an algorithm that lives elsewhere, `module:Class` or `path/to/file.py:Class`.
A `/preset`, a key of the class's `presets`, may follow: `grpo/kl`, `flowrl/released`, `my_pkg.mine:MyAlgo/paper`.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from flowrl_envs.errors import UserError, did_you_mean

if TYPE_CHECKING:
    from flowrl_agent.algorithms.base import Algorithm

ALGORITHMS: dict[str, str] = {
    "flowrl": "flowrl_agent.algorithms.flowrl:FlowRL",
    "grpo": "flowrl_agent.algorithms.grpo:GRPO",
    "ppo": "flowrl_agent.algorithms.ppo:PPO",
    "reinforce_pp": "flowrl_agent.algorithms.reinforce_pp:ReinforcePlusPlus",
    "rloo": "flowrl_agent.algorithms.rloo:RLOO",
    "dr_grpo": "flowrl_agent.algorithms.dr_grpo:DrGRPO",
    "dapo": "flowrl_agent.algorithms.dapo:DAPO",
    "gspo": "flowrl_agent.algorithms.gspo:GSPO",
    "cispo": "flowrl_agent.algorithms.cispo:CISPO",
    "tb": "flowrl_agent.algorithms.tb:TB",
    "gflowrl": "flowrl_agent.algorithms.gflowrl:GFlowRL",
    "expert_iteration": "flowrl_agent.algorithms.expert_iteration:ExpertIteration",
}
"""Registered name to `module:Class`."""


class UnknownAlgorithmError(UserError):
    """No algorithm, class or preset of that name; the message lists those there are."""


def load_algorithm_class(name: str) -> type[Algorithm]:
    """The class behind a registered name, `module:Class` or `path/to/file.py:Class`.

    Raises:
        UnknownAlgorithmError: nothing has that name, the module cannot be found, or the object is no `Algorithm`.
    """
    from flowrl_agent.algorithms.base import Algorithm

    if ":" not in name and name not in ALGORITHMS:
        hint = did_you_mean(name, ALGORITHMS)
        raise UnknownAlgorithmError(f"no algorithm {name!r}.{hint} Your own is named module:Class.")
    if ":" in name and name.partition(":")[0] in ALGORITHMS:
        raise UnknownAlgorithmError(f"{name!r}: a preset is written with a slash, {name.replace(':', '/')!r}.")
    module_name, _, class_name = ALGORITHMS.get(name, name).rpartition(":")
    module = _module(module_name, name)
    found = getattr(module, class_name, None)
    if not (isinstance(found, type) and issubclass(found, Algorithm)):
        classes = [k for k, v in vars(module).items() if isinstance(v, type) and issubclass(v, Algorithm)]
        what = "is not a subclass of flowrl_agent.algorithms.base.Algorithm" if found is not None else "does not exist"
        raise UnknownAlgorithmError(
            f"{module_name}:{class_name} {what}.{did_you_mean(class_name, set(classes) - {'Algorithm'})}"
        )
    if missing := sorted(found.__abstractmethods__):
        raise UnknownAlgorithmError(f"{module_name}:{class_name} does not define {', '.join(missing)}.")
    return found


def load_algorithm(name: str) -> Algorithm:
    """An instance with its default configuration, or with that of a preset: `grpo`, `grpo/kl`, `pkg.mod:Mine/fast`.

    Raises:
        UnknownAlgorithmError: as `load_algorithm_class`, or the class has no such preset.
    """
    path, colon, last = name.rpartition(":")  # a path may hold slashes of its own
    last, slash, preset = last.partition("/")
    base = path + colon + last
    cls = load_algorithm_class(base)
    if not slash:
        return cls(cls.Config())
    if preset not in cls.presets:
        raise UnknownAlgorithmError(f"{base} has no preset {preset!r}.{did_you_mean(preset, cls.presets)}")
    return cls(cls.presets[preset])


def _module(module_name: str, name: str) -> ModuleType:
    """Imports a module by name, also from the working directory, or a file whose name ends in .py."""
    if not all(part.strip() for part in module_name.split(".")):
        raise UnknownAlgorithmError(f"{name!r} is not of the form module:Class, such as my_package.mine:MyAlgorithm.")
    file = Path(module_name)
    if file.suffix == ".py":
        return _file(file.resolve(), name)
    if str(Path.cwd()) not in sys.path:
        sys.path.append(str(Path.cwd()))  # as `python -m` would; a console script does not
    try:
        return importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module_name}.".startswith(f"{error.name}."):
            raise  # the module exists, something that it imports does not
        raise UnknownAlgorithmError(
            f"no module {module_name!r} for the algorithm {name!r}. Run from the folder that holds it, install it, or "
            "name the file: path/to/mine.py:MyAlgorithm."
        ) from error


def _file(file: Path, name: str) -> ModuleType:
    """Runs a file once, under a name that no installed module has."""
    key = f"_flowrl_algorithm_{file}"
    if key in sys.modules:
        return sys.modules[key]
    spec = importlib.util.spec_from_file_location(key, file)
    if not file.is_file() or spec is None or spec.loader is None:
        raise UnknownAlgorithmError(f"no file {str(file)!r} for the algorithm {name!r}.")
    module = sys.modules[key] = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[key]
        raise
    return module
