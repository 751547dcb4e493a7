"""Checks that need another process: verdicts that travel, and a verifier that leaves the host alone."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from functools import lru_cache

from flowrl_envs.check.junk import SHORT, hard
from flowrl_envs.check.remote import COMMAND, Seen
from flowrl_envs.check.report import Broken
from flowrl_envs.check.subject import Subject
from flowrl_envs.types import Problem

SECONDS = 10.0
MEGABYTES = 1024.0
DEADLINE = 300.0


def verifier_portability(subject: Subject) -> str:
    """A freshly started process with another hash seed gives the same verdicts."""
    pairs = _pairs(subject)
    seen = _elsewhere(subject, pairs)
    for (problem, text), there in zip(pairs, seen.verdicts, strict=True):
        verdict = subject.task.score(problem, text)
        here = (verdict.reward, verdict.correct, verdict.reason.value, verdict.answer)
        if here != there:
            raise Broken(
                f"{text!r:.60} on {problem.id!r} is judged {here} here and {there} in a fresh process. Do not depend "
                "on hash(), on the order of a set or on what was scored before."
            )
    return f"{len(pairs)} verdicts agree"


def host_containment(subject: Subject) -> str:
    """Scoring writes no file outside the temporary folder, opens no connection, runs no shell, leaves no trace."""
    trespasses = _elsewhere(subject, _pairs(subject)).trespasses
    if trespasses:
        raise Broken(f"scoring {'; '.join(dict.fromkeys(trespasses))}. Keep the verifier to computing.")
    return "no write, connection or shell seen by an audit hook"


def resource_envelope(subject: Subject) -> str:
    """No response, however hostile, takes the verifier more than 10 seconds or 1 GiB."""
    seen = _elsewhere(subject, _pairs(subject))
    if seen.slowest > SECONDS:
        raise Broken(f"one response took {seen.slowest:.1f} s. Bound its length, depth and size before evaluating it.")
    if seen.growth_mb > MEGABYTES:
        raise Broken(f"scoring took {seen.growth_mb:.0f} MiB more. Bound what a response can make the verifier build.")
    return f"slowest {seen.slowest:.3f} s, {seen.growth_mb:.0f} MiB more"


def _pairs(subject: Subject) -> list[tuple[Problem, str]]:
    problems = list(subject.problems())
    pairs = [(problem, text) for problem in problems[:10] for text in (subject.task.gold(problem), "0", *SHORT[:5])]
    return pairs + [(problems[0], text) for text in (*SHORT, *hard())]


def _elsewhere(subject: Subject, pairs: list[tuple[Problem, str]]) -> Seen:
    try:
        question = pickle.dumps((subject.task, pairs))
    except Exception as error:
        raise Broken(f"the task cannot be sent to another process: {error!r:.200}") from error
    return _ask(question)


@lru_cache(maxsize=2)
def _ask(question: bytes) -> Seen:
    """Runs `remote`; the answer is kept, as three checks read it."""
    path = os.pathsep.join(entry or os.getcwd() for entry in sys.path)
    env = {**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": "4242"}
    command = [sys.executable, "-B", "-c", COMMAND]
    try:
        done = subprocess.run(command, input=question, capture_output=True, env=env, timeout=DEADLINE, check=False)  # noqa: S603
    except subprocess.TimeoutExpired as error:
        raise Broken(f"scoring {SHORT[0]!r} and other junk did not end within {DEADLINE:.0f} s.") from error
    if done.returncode:
        raise Broken(
            f"a fresh process could not score: {done.stderr.decode(errors='replace')[-400:]} The task must be a class "
            "of an importable module."
        )
    answer: Seen = pickle.loads(done.stdout)  # noqa: S301
    return answer
