"""Runs every check on an environment and gathers the findings: what `flowrl check` calls.

Sixteen checks carry the names of OpenEnv's validator and are run offline, on the text environment as it is.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Sequence

import gymnasium

from envs_registry import cards
from flowrl_envs.check.episodes import (
    episode_determinism,
    episode_isolation,
    gymnasium_check_env,
    info_is_constant,
    no_solution_leakage,
    oracle_containment,
    replayability,
    resource_bounds,
    task_and_env_pickle,
    trajectory_record,
    vector_equals_single,
)
from flowrl_envs.check.isolation import host_containment, resource_envelope, verifier_portability
from flowrl_envs.check.items import (
    bad_indices_are_refused,
    card_tells_the_truth,
    items_are_pure,
    seed_control,
    seed_independence,
    splits_are_disjoint,
)
from flowrl_envs.check.report import Broken, Finding, NotApplicable, Outcome, Report
from flowrl_envs.check.scoring import (
    canary_floor,
    floor_gap,
    hedging_scores_the_floor,
    junk_scores_the_floor,
    listings_agree_with_the_verifier,
    oracle_maximum,
    verifier_determinism,
    verifier_never_raises,
)
from flowrl_envs.check.subject import Subject
from flowrl_envs.env import TextEnv
from flowrl_envs.errors import UnknownIdError, UserError, did_you_mean
from flowrl_envs.task import Task

Check = Callable[[Subject], str]


def tool_declarations(subject: Subject) -> str:
    """Declared tools have valid schemas; a text environment declares none."""
    raise NotApplicable("the action is text; no tools are declared")


CHECKS: tuple[Check, ...] = (
    gymnasium_check_env,
    items_are_pure,
    bad_indices_are_refused,
    splits_are_disjoint,
    seed_independence,
    card_tells_the_truth,
    junk_scores_the_floor,
    hedging_scores_the_floor,
    verifier_never_raises,
    listings_agree_with_the_verifier,
    info_is_constant,
    vector_equals_single,
    task_and_env_pickle,
)
"""What this project asks of an environment."""

OPENENV_CHECKS: tuple[Check, ...] = (
    trajectory_record,
    tool_declarations,
    seed_control,
    episode_determinism,
    host_containment,
    resource_bounds,
    episode_isolation,
    oracle_containment,
    oracle_maximum,
    floor_gap,
    canary_floor,
    no_solution_leakage,
    verifier_determinism,
    verifier_portability,
    resource_envelope,
    replayability,
)
"""What OpenEnv's validator names."""


def check(env_id: str, samples: int = 40) -> Report:
    """Checks a registered id, such as "FlowRL/Math-v0" or "my_pkg:Ns/Name-v0" (which imports my_pkg first).

    Raises:
        UnknownIdError: no such id; the message lists what there is.
        UserError: the id is not one of a text environment of this package.
    """
    env_id = find(env_id)
    env = gymnasium.make(env_id, disable_env_checker=True).unwrapped
    if not isinstance(env, TextEnv):
        raise UserError(f"{env_id} makes a {type(env).__name__}; this checks flowrl_envs.TextEnv environments.")
    return run(Subject(env_id, env.task, env_id, cards().get(env_id), samples))


def check_task(task: Task, samples: int = 40) -> Report:
    """Checks a task that need not be registered."""
    return run(Subject(type(task).__name__, task, samples=samples))


def find(env_id: str) -> str:
    """Imports the module of "module:id" and returns the id, which is registered.

    Raises:
        UnknownIdError: it is not registered.
        UserError: the module cannot be found.
    """
    module, colon, name = env_id.rpartition(":")
    if colon:
        try:
            importlib.import_module(module)
        except ModuleNotFoundError as error:
            if error.name != module.partition(".")[0] and error.name != module:
                raise
            raise UserError(
                f"{env_id}: there is no module {module!r}; run this where Python can import it (sys.path[0] is "
                f"{sys.path[0]!r})."
            ) from error
    if name not in gymnasium.registry:
        namespaces = {key.partition("/")[0] for key in cards()} | {name.partition("/")[0]}
        known = [key for key in gymnasium.registry if "/" in key and key.partition("/")[0] in namespaces]
        raise UnknownIdError(f"There is no environment {name!r}." + did_you_mean(name, known))
    return name


def run(subject: Subject, checks: Sequence[Check] = CHECKS + OPENENV_CHECKS) -> Report:
    """Runs the checks in order; an exception that escapes from a task is a failed check."""
    return Report(subject.name, tuple(_finding(one, subject) for one in checks))


def _finding(one: Check, subject: Subject) -> Finding:
    name = one.__name__
    try:
        return Finding(name, Outcome.PASS, one(subject))
    except NotApplicable as reason:
        return Finding(name, Outcome.NOT_APPLICABLE, str(reason))
    except Broken as failure:
        return Finding(name, Outcome.FAIL, str(failure))
    except Exception as error:
        return Finding(name, Outcome.FAIL, f"the task raised {type(error).__name__}: {error}"[:600])
