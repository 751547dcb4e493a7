"""A task as a Gymnasium environment: the observation is the user's text, the action is the agent's.

`TextEnv` takes a built `Task`. `make_env` is what `gymnasium.make` calls: it builds the task from its entry point and
options. Scoring many responses at once is `flowrl_envs.vector`.
"""

from __future__ import annotations

import importlib
import inspect
from typing import Any, ClassVar, cast

import gymnasium

from flowrl_envs.episode import (
    INFO_KEYS,
    MAX_CHARS,
    Columns,
    Episode,
    begin,
    check_action,
    check_running,
    judge,
    next_message,
    pending_columns,
    turn_reward,
    verdict_columns,
)
from flowrl_envs.errors import UnknownOptionError, UserError, did_you_mean
from flowrl_envs.items import ItemWalk, check_split, default_split, read_options
from flowrl_envs.spaces import FreeText
from flowrl_envs.task import Task
from flowrl_envs.types import Verdict

RENDER_MODES = ("ansi",)


class TextEnv(gymnasium.Env[str, str]):
    """One conversation about one problem at a time, with a verified reward at its end.

    `reset(seed=s)` draws a problem, the same one for the same seed; `reset(options={"index": i, "split": "test"})`
    names one. `info` has the keys of docs/design.md, always. The observation after the last turn is "".

    Args:
        task: what to play.
        split: where problems are drawn from; None is "train", or the first split of a task without one.
        max_chars: longest message in characters; a longer response ends the episode at the reward floor, unread.
        render_mode: None or "ansi", for which `render()` returns the conversation so far.

    Raises:
        UnknownOptionError: the task has no such split.
        UserError: another argument is out of range.
    """

    metadata: ClassVar[dict[str, Any]] = {"render_modes": list(RENDER_MODES), "render_fps": 1}  # type: ignore[misc]

    def __init__(
        self, task: Task, *, split: str | None = None, max_chars: int = MAX_CHARS, render_mode: str | None = None
    ) -> None:
        check_arguments(task, split, max_chars, render_mode)
        self.task = task
        self.split = default_split(task) if split is None else split
        self.max_chars = max_chars
        self.render_mode = render_mode
        self.observation_space = FreeText(max_chars)
        self.action_space = FreeText(max_chars)
        self._walk = ItemWalk(task)
        self._episode: Episode | None = None
        self._shown: list[str] = []

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        """Starts an episode.

        Args:
            seed: restarts the sequence of problems.
            options: {"index": int} and {"split": str} name the item, for this episode only.

        Returns:
            The user's first message, and `info`.

        Raises:
            UnknownOptionError: an unknown key or split.
            IndexError: no such item.
        """
        split, index = read_options(options, self.task, self.split)
        super().reset(seed=seed)
        if seed is not None:
            self._walk.restart()
        if index is None:
            index = self._walk.next(split, self.np_random)
        self._episode = begin(self.task, split, index, self.max_chars)
        self._shown = [f"user: {self._episode.problem.prompt}"]
        return self._episode.problem.prompt, _info(pending_columns([self._episode]))

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        """Takes the agent's message.

        Returns:
            (the user's next message or "", reward, terminated, truncated, info). `truncated` is True where the task's
            `max_turns` cut the conversation; its last message is judged all the same.

        Raises:
            ActionError: the action is not a str.
            UserError: no episode is running.
        """
        response = check_action(action)
        episode = check_running(self._episode)
        message, truncated = next_message(self.task, episode, response, self.max_chars)
        self._shown.append(f"assistant: {response}")
        if message is not None:
            self._shown.append(f"user: {message}")
            return message, turn_reward(self.task, episode), False, False, _info(pending_columns([episode]))
        (verdict,) = judge(self.task, [(episode.problem, response)], self.max_chars)
        self._shown.append(_summary(verdict))
        info = _info(verdict_columns(self.task, [episode], [verdict]))
        return "", float(verdict.reward), not truncated, truncated, info

    def render(self) -> str | None:
        """The conversation so far where `render_mode` is "ansi", else None."""
        return "\n".join(self._shown) if self.render_mode == "ansi" else None


def make_env(
    task: Task | str,
    *,
    split: str | None = None,
    max_chars: int = MAX_CHARS,
    render_mode: str | None = None,
    **options: Any,
) -> TextEnv:
    """Entry point of `gymnasium.make`: a task or its "module:Class", environment settings, and the task's options."""
    return TextEnv(load_task(task, options), split=split, max_chars=max_chars, render_mode=render_mode)


def load_task(task: Task | str, options: dict[str, Any]) -> Task:
    """Builds a task from its entry point, or returns one that is built.

    Raises:
        UnknownOptionError: the task has no such option; the message lists what there is.
        UserError: the entry point leads nowhere, or an option is missing.
    """
    if isinstance(task, Task):
        if options:
            raise UnknownOptionError(f"Options {sorted(options)} were given with a task that is already built.")
        return task
    cls = _import_class(task)
    parameters = inspect.signature(cls).parameters.values()
    names = [p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    for name in options:
        if name not in names:
            allowed = [*names, "split", "max_chars", "render_mode"]
            raise UnknownOptionError(f"{cls.__name__} has no option {name!r}." + did_you_mean(name, allowed))
    required = [p.name for p in parameters if p.name in names and p.default is p.empty]
    if missing := [name for name in required if name not in options]:
        raise UserError(f"{cls.__name__} needs {', '.join(missing)}: gymnasium.make(id, {missing[0]}=...).")
    return cls(**options)


def _import_class(entry_point: str) -> type[Task]:
    module_name, _, name = str(entry_point).partition(":")
    if not module_name or not name:
        raise UserError(f"task is {entry_point!r}; give a flowrl_envs.Task or its 'module:Class'.")
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module_name}.".startswith(f"{error.name}."):
            raise
        raise UserError(f"task {entry_point!r}: there is no module {error.name!r} on the import path.") from error
    found = getattr(module, name, None)
    if not (isinstance(found, type) and issubclass(found, Task)):
        tasks = [n for n, v in vars(module).items() if isinstance(v, type) and issubclass(v, Task) and v is not Task]
        raise UserError(f"{module_name} has no task class {name!r}." + did_you_mean(name, tasks))
    return found


def check_arguments(task: Task, split: str | None, max_chars: int, render_mode: str | None) -> None:
    """Raises the error that `TextEnv` documents for its arguments."""
    if not isinstance(task, Task):
        raise UserError(f"task is {task!r}; give a flowrl_envs.Task (or use gymnasium.make for 'module:Class').")
    if split is not None:
        check_split(task, split)
    if not isinstance(max_chars, int) or max_chars < 1:
        raise UserError(f"max_chars is {max_chars!r}; give a positive number of characters.")
    if render_mode is not None and render_mode not in RENDER_MODES:
        raise UserError(f"render_mode is {render_mode!r}." + did_you_mean(str(render_mode), RENDER_MODES))


def _info(columns: Columns) -> dict[str, Any]:
    rows = cast("tuple[list[Any], ...]", columns)
    return {key: column[0] for key, column in zip(INFO_KEYS, rows, strict=True)}


def _summary(verdict: Verdict) -> str:
    return f"[{verdict.reason.value}, reward {verdict.reward:g}]"
