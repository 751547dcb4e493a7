"""Every exception that flowrl_envs raises on purpose.

    Exception
    ├── FlowRLError                      base of all below, to catch them together
    │   ├── UserError (ValueError)       something you passed: says what was given, what is allowed, how to fix it
    │   │   ├── UnknownIdError           no such environment id (did you mean ...)
    │   │   ├── UnknownOptionError       no such option of a task or of reset(options=)
    │   │   ├── ActionError (TypeError)  an action is not a str, or a batch is not one str a sub-environment
    │   │   ├── TaskContractError        a Task breaks its contract (reference in the prompt, reward out of range)
    │   │   └── DataError                a data set cannot be used (missing field, unreadable reference, checksum)
    │   ├── MissingDependencyError (ImportError)   an optional extra is needed; names it
    │   └── InfrastructureError (RuntimeError)     a worker, engine or box failed; nothing is known of the response

What a model writes is never an exception: it is a `Verdict` with a `Reason`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class FlowRLError(Exception):
    """Base class of every exception raised on purpose."""


class UserError(FlowRLError, ValueError):
    """An argument is not acceptable."""


class UnknownIdError(UserError):
    """No environment is registered under that id."""


class UnknownOptionError(UserError):
    """A task or `reset` was given an option it does not have."""


class ActionError(UserError, TypeError):
    """An action is not a str, or a batch of actions is not one str a sub-environment."""


class TaskContractError(UserError):
    """A task breaks the contract that `flowrl_envs.task.Task` states."""


class DataError(UserError):
    """A data set is missing, damaged, or holds rows that cannot be used."""


class MissingDependencyError(FlowRLError, ImportError):
    """An optional dependency is not installed."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f"{package} is not installed. Install it with: pip install 'flowrl[{extra}]'")


class InfrastructureError(FlowRLError, RuntimeError):
    """A worker process, a container engine or a sandbox failed."""


def did_you_mean(given: str, allowed: Iterable[str]) -> str:
    """A sentence that lists what is allowed, nearest first where something is near."""
    names = sorted(allowed)
    near = difflib.get_close_matches(given, names, n=1, cutoff=0.6)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return f"{hint} Allowed: {', '.join(names) if names else 'none'}."
