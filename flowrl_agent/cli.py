"""The `flowrl` command: a table of subcommands, each imported only when it is called.

Every module named here has `main(argv: list[str]) -> int`, which parses its own arguments. Commands on
environments run without torch.
"""

from __future__ import annotations

import importlib
import os
import sys

from flowrl_envs.errors import FlowRLError, MissingDependencyError, did_you_mean

COMMANDS: dict[str, tuple[str, str]] = {
    "list": ("flowrl_agent.commands.catalogue:list_main", "the registered environments"),
    "show": ("flowrl_agent.commands.catalogue:show_main", "one environment: its card and sampled prompts"),
    "play": ("flowrl_agent.commands.play:main", "answer problems yourself and see the verdict"),
    "check": ("flowrl_agent.commands.check:main", "prove that an environment keeps its contract"),
    "check-algo": ("flowrl_agent.commands.check_algo:main", "prove that an algorithm keeps its contract"),
    "new": ("flowrl_agent.commands.new:main", "write a new environment: one file, its card and its test"),
    "verify": ("flowrl_agent.commands.verify:main", "explain a verdict on a mathematical answer"),
    "sandbox": ("flowrl_agent.commands.sandbox:main", "probe, run or check a code sandbox"),
    "train": ("flowrl_agent.commands.train:main", "train a policy"),
    "eval": ("flowrl_agent.commands.evaluate:main", "evaluate a policy on a split"),
    "convert": ("flowrl_agent.commands.convert:main", "make a model folder from a GGUF file or package"),
    "bench": ("flowrl_agent.commands.bench:main", "compare algorithms fairly: seeds, search, intervals"),
    "report": ("flowrl_agent.commands.report:main", "write one page that shows finished runs"),
    "demo": ("flowrl_agent.commands.demo:main", "the main job on a tiny model, in minutes"),
}

EXTRAS: dict[str, tuple[str, ...]] = {
    "agent": (
        "torch",
        "transformers",
        "accelerate",
        "tokenizers",
        "safetensors",
        "tyro",
        "rich",
        "tensorboard",
        "plotly",
    ),
    "bench": ("optuna", "matplotlib"),
    "sb3": ("stable_baselines3", "sb3_contrib"),
}
"""Extra to the modules that commands import and that `pip install flowrl` alone does not bring."""


def usage() -> str:
    """The help text: one line a command."""
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {text}" for name, (_, text) in COMMANDS.items()]
    return "\n".join(["usage: flowrl COMMAND [ARGUMENTS]   (flowrl COMMAND --help)", "", *lines])


def main(argv: list[str] | None = None) -> int:
    """Runs one subcommand; returns the exit status: 0 done, 1 a check failed, 2 a mistake in the call."""
    args = sys.argv[1:] if argv is None else argv
    if not args or args[0] in ("-h", "--help"):
        print(usage())
        return 0 if args else 2
    name, *rest = args
    if name not in COMMANDS:
        print(f"flowrl: no command {name!r}.{did_you_mean(name, COMMANDS)}", file=sys.stderr)
        return 2
    try:
        status: int = _run(COMMANDS[name][0], rest)
        sys.stdout.flush()
    except FlowRLError as error:
        print(f"flowrl {name}: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130
    return status


def _run(entry: str, argv: list[str]) -> int:
    """Imports and calls one subcommand; an extra that is not installed is named."""
    module, _, function = entry.partition(":")
    try:
        status: int = getattr(importlib.import_module(module), function)(argv)
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        extra = next((extra for extra, modules in EXTRAS.items() if package in modules), None)
        if extra is None:
            raise
        raise MissingDependencyError(package, extra) from error
    return status


if __name__ == "__main__":
    sys.exit(main())
