"""`flowrl train`: settings from a file, then from flags, then a run.

The algorithm is chosen first, since its configuration class decides which `--algo.*` flags there are.
"""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import tyro

from flowrl_agent.algorithms import load_algorithm
from flowrl_agent.algorithms.base import Algorithm
from flowrl_agent.config import toml
from flowrl_agent.config.recipes import find
from flowrl_agent.config.schema import ConfigError, TrainConfig

ABOUT = (
    "Trains a policy. Also: --config FILE reads settings from TOML or a shipped recipe (flags override it), --resume "
    "FOLDER continues a run, --dry-run [--on h200] [--prompt-tokens 2048] says what it would take, "
    "--env.kwargs.NAME VALUE sets an option of the environment (--env.kwargs.level 0)."
)


def main(argv: list[str]) -> int:
    """Trains; the last line printed says where the run lies."""
    if (name := _algorithm(argv)).startswith("sb3:"):
        from flowrl_agent.commands import sb3

        rest, _ = _take(argv, "--algo")
        rest, file = _take(rest, "--config")
        rest, resumed = _take(rest, "--resume")
        return sb3.train(name, *env_kwargs(rest), file, resumed)
    argv, dry = _flag(argv, "--dry-run")
    argv, device = _take(argv, "--on")
    argv, prompt = _take(argv, "--prompt-tokens")
    config, algorithm, resume = parse(argv)
    if dry:
        from flowrl_agent.commands import dry_run

        return dry_run.main(config, algorithm, device or "h200", _count(prompt or "2048"))
    if device or prompt:
        raise ConfigError("--on and --prompt-tokens belong to --dry-run.")
    from flowrl_agent.build.parts import quiet
    from flowrl_agent.build.run import train

    quiet()
    folder = train(config, algorithm, resume)
    print(f"run folder: {folder}")
    return 0


def parse(argv: list[str]) -> tuple[TrainConfig[Any], Algorithm, bool]:
    """(settings, algorithm, whether to resume) from the command line.

    Raises:
        UserError: an unknown algorithm or setting, or a value that is not possible.
    """
    rest, file = _take(argv, "--config")
    rest, folder = _take(rest, "--resume")
    if folder is not None:
        if file is not None:
            raise ConfigError("Pass --resume FOLDER or --config FILE, not both: a run keeps its own settings.")
        file = str(Path(folder) / "config.toml")
    rest, kwargs = env_kwargs(rest)
    data = toml.read(find(file)) if file is not None else {}
    named, wanted = toml.algorithm_name(data), _take(rest, "--algo")[1]
    name = wanted or named or "flowrl"
    if named is not None and name != named:
        data = {key: value for key, value in data.items() if key != "algo"}  # settings of another algorithm
    algorithm = load_algorithm(name)
    base = toml.train_config(data, TrainConfig(name, algorithm.config))
    base = replace(base, env=replace(base.env, kwargs={**base.env.kwargs, **kwargs}))
    if folder is not None:
        base = replace(base, log=replace(base.log, dir=folder))
    kind: Any = TrainConfig[type(base.algo)]  # type: ignore[misc]
    config: TrainConfig[Any] = tyro.cli(kind, default=base, args=rest, prog="flowrl train", description=ABOUT)
    return config, type(algorithm)(config.algo), folder is not None


def _algorithm(argv: list[str]) -> str:
    """The algorithm that flags or a file name, "" for neither."""
    named, file, folder = (_take(argv, flag)[1] for flag in ("--algo", "--config", "--resume"))
    if named is not None or not (file or folder):
        return named or ""
    path = find(file) if file else Path(str(folder)) / "config.toml"
    return (toml.algorithm_name(toml.read(path)) if path.is_file() else "") or ""


def _flag(argv: list[str], flag: str) -> tuple[list[str], bool]:
    """`argv` without `--flag`, and whether it was there."""
    return [word for word in argv if word != flag], flag in argv


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise ConfigError(f"--prompt-tokens = {text!r} is not possible. It must be a whole number.")
    return int(text)


def _take(argv: list[str], flag: str) -> tuple[list[str], str | None]:
    """`argv` without `--flag VALUE` or `--flag=VALUE`, and the value."""
    for i, word in enumerate(argv):
        if word.startswith(flag + "="):
            return argv[:i] + argv[i + 1 :], word.partition("=")[2]
        if word == flag:
            if i + 1 == len(argv) or argv[i + 1].startswith("--"):
                raise ConfigError(f"{flag} needs a value.")
            return argv[:i] + argv[i + 2 :], argv[i + 1]
    return argv, None


def env_kwargs(argv: list[str]) -> tuple[list[str], dict[str, Any]]:
    """`argv` without `--env.kwargs.NAME VALUE`, and those options; values are TOML, or text where they are not."""
    prefix, kwargs = "--env.kwargs.", {}
    while flag := next((word.partition("=")[0] for word in argv if word.startswith(prefix)), None):
        argv, text = _take(argv, flag)
        kwargs[flag.removeprefix(prefix).replace("-", "_")] = _value(text or "")
    return argv, kwargs


def _value(text: str) -> Any:
    if text in ("True", "False"):
        return text == "True"
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (tomllib.TOMLDecodeError, KeyError):
        return text
