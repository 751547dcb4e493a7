"""Wrappers for text environments: the conversation as observation, and transcripts on disk.

They wrap any Gymnasium environment whose observations and actions are strings. Trainers here need neither: a collector
keeps its own conversations.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias

import gymnasium
from gymnasium.utils import RecordConstructorArgs

from flowrl_envs.episode import MAX_CHARS
from flowrl_envs.errors import UserError
from flowrl_envs.spaces import FreeText
from flowrl_envs.types import Message

Chat: TypeAlias = tuple[dict[str, str], ...]
"""{"role": ..., "content": ...} in order, as chat templates take it."""

MAX_CHAT = 64 * MAX_CHARS


class ChatHistory(gymnasium.Wrapper[Any, str, str, str], RecordConstructorArgs):
    """Shows the agent the whole conversation instead of the latest message.

    Args:
        env: observations and actions are strings.
        form: "messages" gives a tuple of {"role", "content"} dicts, which `apply_chat_template(list(obs))` takes;
            "text" gives one string that ends with "assistant:", for a model without a chat template.
        system: first message of every conversation, if any.
        examples: (user, assistant) pairs shown before the problem: few-shot prompting.

    Raises:
        UserError: `form` is unknown, or the environment does not speak text.
    """

    def __init__(
        self,
        env: gymnasium.Env[str, str],
        *,
        form: Literal["messages", "text"] = "messages",
        system: str | None = None,
        examples: Sequence[tuple[str, str]] = (),
    ) -> None:
        RecordConstructorArgs.__init__(self, form=form, system=system, examples=examples)
        gymnasium.Wrapper.__init__(self, env)
        if form not in ("messages", "text"):
            raise UserError(f"form is {form!r}; allowed are 'messages' and 'text'.")
        _check_speaks_text(env, "ChatHistory")
        self._form = form
        self._opening = [Message("system", system)] if system is not None else []
        for user, assistant in examples:
            self._opening += [Message("user", user), Message("assistant", assistant)]
        self._messages: list[Message] = []
        self.observation_space = FreeText(MAX_CHAT) if form == "text" else _chat_space()

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Chat | str, dict[str, Any]]:
        """Starts an episode; the observation is the opening and the user's first message."""
        text, info = self.env.reset(seed=seed, options=options)
        self._messages = [*self._opening, Message("user", text)]
        return self._observation(), info

    def step(self, action: str) -> tuple[Chat | str, float, bool, bool, dict[str, Any]]:
        """Adds the agent's message and the user's reply; an empty reply at the end is left out."""
        text, reward, terminated, truncated, info = self.env.step(action)
        self._messages.append(Message("assistant", action))
        if text or not (terminated or truncated):
            self._messages.append(Message("user", text))
        return self._observation(), float(reward), terminated, truncated, info

    def _observation(self) -> Chat | str:
        if self._form == "messages":
            return tuple({"role": message.role, "content": message.content} for message in self._messages)
        lines = [f"{message.role}: {message.content}" for message in self._messages]
        return "\n\n".join([*lines, "assistant:"] if self._messages[-1].role == "user" else lines)


class RecordTranscripts(gymnasium.Wrapper[str, str, str, str], RecordConstructorArgs):
    """Appends every episode to a JSONL file: one line an episode, written at once when it ends.

    A line holds `messages`, `rewards` (one a turn), `terminated`, `truncated` and the last `info`. An episode left
    before its end is written with both flags false, if the agent said anything. Lines are ASCII, so any text survives,
    and the file is opened for each line, so processes can share it and a killed run leaves whole lines.

    Args:
        env: observations and actions are strings.
        path: the file; its folder must exist.
    """

    def __init__(self, env: gymnasium.Env[str, str], path: str | Path) -> None:
        RecordConstructorArgs.__init__(self, path=str(path))
        gymnasium.Wrapper.__init__(self, env)
        _check_speaks_text(env, "RecordTranscripts")
        self._path = Path(path)
        if not self._path.parent.is_dir():
            raise UserError(f"RecordTranscripts: there is no folder {str(self._path.parent)!r}; create it first.")
        self._messages: list[dict[str, str]] = []
        self._rewards: list[float] = []
        self._info: dict[str, Any] = {}

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        """Starts an episode; writes the last one if it was left before its end."""
        self._write(False, False)
        text, info = self.env.reset(seed=seed, options=options)
        self._messages, self._info = [{"role": "user", "content": text}], info
        return text, info

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        """Notes the turn; writes the episode if it ends."""
        text, reward, terminated, truncated, info = self.env.step(action)
        self._messages.append({"role": "assistant", "content": action})
        self._rewards.append(float(reward))
        self._info = info
        if terminated or truncated:
            self._write(terminated, truncated)
        else:
            self._messages.append({"role": "user", "content": text})
        return text, float(reward), terminated, truncated, info

    def close(self) -> None:
        """Writes an episode that was left before its end, then closes the environment."""
        self._write(False, False)
        self.env.close()

    def _write(self, terminated: bool, truncated: bool) -> None:
        if not self._rewards:
            return
        record = {
            "messages": self._messages,
            "rewards": self._rewards,
            "terminated": terminated,
            "truncated": truncated,
            "info": self._info,
        }
        self._messages, self._rewards = [], []
        append_line(self._path, json.dumps(record, default=str))


def append_line(path: Path, line: str) -> None:
    """Appends one ASCII line in a single write, so that lines of several processes do not mix."""
    data = line.encode("ascii") + b"\n"
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        while data:
            data = data[os.write(file, data) :]
    finally:
        os.close(file)


def _chat_space() -> gymnasium.Space[Any]:
    message = gymnasium.spaces.Dict({"role": FreeText(16), "content": FreeText(MAX_CHAT)})
    return gymnasium.spaces.Sequence(message)


def _check_speaks_text(env: gymnasium.Env[Any, Any], wrapper: str) -> None:
    for space in (env.observation_space, env.action_space):
        if not isinstance(space, FreeText | gymnasium.spaces.Text):
            raise UserError(f"{wrapper} wraps environments that speak text; {env} has the space {space}.")
