"""Checks on episodes: Gymnasium's contract, what observation and `info` say, one environment against many."""

from __future__ import annotations

import json
import pickle
import re
import warnings
from typing import Any

import gymnasium
from gymnasium.utils.env_checker import check_env as gymnasium_check
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from flowrl_envs.check.report import Broken
from flowrl_envs.check.subject import Subject, play
from flowrl_envs.env import TextEnv
from flowrl_envs.types import Problem
from flowrl_envs.vector import TextVectorEnv

ANNOUNCED = r"\b(?:answer|solution|reference|gold|expected|target|key)\b\W{0,6}(?:is|are|equals)?\W{0,6}"


def gymnasium_check_env(subject: Subject) -> str:
    """Gymnasium's own checker passes, with warnings as errors."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            if subject.env_id is None:
                gymnasium_check(subject.env(), skip_render_check=True)
            else:
                gymnasium_check(gymnasium.make(subject.env_id, disable_env_checker=True).unwrapped)
        except (AssertionError, Warning, gymnasium.error.Error) as error:
            raise Broken(f"gymnasium.utils.env_checker.check_env: {error}") from error
    return "no error and no warning"


def info_is_constant(subject: Subject) -> str:
    """`info` has the same keys with the same Python types at every reset and step, and survives vector packing."""
    env, seen = subject.env(), []
    for index, problem in subject.drawn(env.split)[:5]:
        for text in ("banana", subject.task.gold(problem), ""):
            seen.append(env.reset(options={"index": index})[1])
            seen.append(play(env, text)[2])
    types = {key: type(value) for key, value in seen[0].items()}
    for info in seen:
        if {key: type(value) for key, value in info.items()} != types:
            raise Broken(f"info changed from {types} to {info}. Give Problem and Verdict plain str, int, bool values.")
        if info["reason"] == "pending" and info["details"] != "{}":
            raise Broken(f"info has details before a verdict: {info['details']}")
    batch = TextVectorEnv(subject.task, 2, split=env.split)
    packed = batch.reset(seed=0)[1]
    for key, kind in types.items():
        dtype = packed[key].dtype
        if dtype != {str: object, bool: bool}.get(kind, "int64"):
            raise Broken(f"info[{key!r}] is {kind.__name__} but packs as {dtype}.")
    return f"{len(types)} keys in {len(seen)} infos"


def vector_equals_single(subject: Subject) -> str:
    """The batch environment gives what Gymnasium's SyncVectorEnv over single environments gives."""
    task, split = subject.task, subject.task.splits[0]
    count = 4
    ours = TextVectorEnv(task, count, split=split)
    theirs = SyncVectorEnv([lambda: TextEnv(task, split=split)] * count, autoreset_mode=AutoresetMode.SAME_STEP)
    golds = {problem.prompt: task.gold(problem) for _, problem in subject.drawn(split)}
    left, right = ours.reset(seed=5), theirs.reset(seed=5)
    _expect_equal(_plain(left), _plain(right), "reset")
    for step in range(8):
        actions = [golds.get(left[0][i], "7") if (step + i) % 2 else "banana" for i in range(count)]
        left, right = ours.step(actions), theirs.step(tuple(actions))  # type: ignore[assignment]
        _expect_equal(_plain(left), _plain(right), f"step {step + 1}")
    return "8 steps of 4 sub-environments"


def task_and_env_pickle(subject: Subject) -> str:
    """Task, problems, verdicts and a running environment survive pickling, for worker processes and checkpoints."""
    split = subject.task.splits[0]
    index, problem = subject.drawn(split)[0]
    gold = subject.task.gold(problem)
    env = subject.env()
    env.reset(seed=1)
    try:
        task, env_copy = pickle.loads(pickle.dumps((subject.task, env)))  # noqa: S301
        again, verdict = pickle.loads(pickle.dumps((problem, subject.task.score(problem, gold))))  # noqa: S301
    except Exception as error:
        raise Broken(f"pickling failed: {error!r:.200}. Keep locks, files, lambdas and modules out of it.") from error
    if task.problem(split, index).prompt != problem.prompt or task.score(again, gold) != verdict:
        raise Broken("a pickled task gives other items or verdicts. Keep all of its state in picklable attributes.")
    if env_copy.step("banana") != env.step("banana") or env_copy.reset()[0] != env.reset()[0]:
        raise Broken("a pickled environment goes on differently.")
    return "task, environment, problem, verdict"


def trajectory_record(subject: Subject) -> str:
    """An episode can be written down as JSON and read back the same."""
    for record in _trajectories(subject):
        if json.loads(json.dumps(record)) != record:
            raise Broken(f"an episode is not the same after JSON: {record!r:.200}. Use plain, finite values.")
        for *_, info in record:
            json.loads(info["details"], parse_constant=_refuse_constant)
    return "every step's observation, action, reward, flags and info"


def episode_determinism(subject: Subject) -> str:
    """The same seed and the same actions give the same episode, to the last value of `info`."""
    first, second = _trajectories(subject), _trajectories(subject)
    if first != second:
        raise Broken("The same seed and actions gave two different episodes. Look for clocks, global RNGs and caches.")
    return f"{len(first)} episodes twice"


def replayability(subject: Subject) -> str:
    """`info` names the item: `reset(options=)` with its split and index brings it back."""
    for split in subject.task.splits:
        env, other = subject.env(split), subject.env()
        env.reset(seed=2)
        for _ in range(10):
            prompt, info = env.reset()
            back, same = other.reset(options={"index": info["index"], "split": info["split"]})
            if (back, same) != (prompt, info):
                raise Broken(f"{split!r} item {info['index']} came back as another. Make Task.problem pure.")
    return f"10 items of each of {len(subject.task.splits)} splits"


def episode_isolation(subject: Subject) -> str:
    """Episodes do not touch one another: interleaved, or after a hostile one, they are what they are alone."""
    env, other = subject.env(), subject.env()
    split = env.split
    alone = {}
    for index, problem in subject.drawn(split)[:6]:
        env.reset(options={"index": index})
        alone[index] = play(env, subject.task.gold(problem))
    for index, problem in reversed(subject.drawn(split)[:6]):
        env.reset(options={"index": index})
        other.reset(seed=index % 97)
        play(other, "\\boxed{" * 500)
        if play(env, subject.task.gold(problem)) != alone[index]:
            raise Broken(f"{problem.id!r} is judged differently beside another episode. Keep no state in the task.")
    return f"{len(alone)} episodes alone and beside others"


def resource_bounds(subject: Subject) -> str:
    """A response over `max_chars` ends the episode at the floor, unread."""
    env = TextEnv(subject.task, max_chars=max(len(problem.prompt) for problem in subject.problems()) + 200)
    env.reset(seed=0)
    reward, _, info = play(env, "7" * (env.max_chars + 1))
    if reward != subject.task.reward_range[0] or info["reason"] != "too_long":
        raise Broken(f"a response of {env.max_chars + 1} characters scored {reward} ({info['reason']}).")
    return "one character over the limit"


def oracle_containment(subject: Subject) -> str:
    """Neither observation nor `info`, details included, tells the answer to a wrong response."""
    env = subject.env()
    leaks = {"observation": 0, "info": 0}
    drawn = subject.drawn(env.split)
    for index, problem in drawn:
        secrets = _secrets(subject, problem)
        observation, info = env.reset(options={"index": index})
        _, last, final = play(env, "banana")
        leaks["observation"] += any(_tells(f"{observation}\n{last}", secret) for secret in secrets)
        facts = [
            json.dumps({k: v for k, v in i.items() if k in ("answer", "details", "reason")}) for i in (info, final)
        ]
        leaks["info"] += any(_contains(fact, secret) for fact in facts for secret in secrets)
    for where, times in leaks.items():
        if times > len(drawn) / 2:
            raise Broken(
                f"the {where} tells the answer in {times} of {len(drawn)} episodes. Keep Problem.reference out of "
                "prompts, replies, metadata and Verdict.details."
            )
    return f"{len(drawn)} episodes answered wrongly"


def no_solution_leakage(subject: Subject) -> str:
    """The prompt does not announce the answer, and the problem's repr hides the reference."""
    told = 0
    problems = list(subject.problems())
    for problem in problems:
        told += any(_tells(problem.prompt, secret) for secret in _secrets(subject, problem))
        if "reference" in repr(problem):
            raise Broken("repr(problem) shows the reference, so a log would. Use flowrl_envs.types.Problem as it is.")
    if told > len(problems) / 2:
        raise Broken(f"{told} of {len(problems)} prompts state their answer. Take it out of the prompt.")
    return f"{len(problems)} prompts"


def _refuse_constant(name: str) -> None:
    raise Broken(f"Verdict.details holds {name}, which JSON does not know. Leave it out or say it in words.")


def _secrets(subject: Subject, problem: Problem) -> list[str]:
    """What would give the answer away: gold's canonical answer, and the reference where it is text or a number."""
    verdict = subject.task.score(problem, subject.task.gold(problem))
    texts = [verdict.answer, subject.task.gold(problem)]
    if isinstance(problem.reference, str | int | float):
        texts.append(str(problem.reference))
    return [text for text in dict.fromkeys(text.strip() for text in texts) if text]


def _tells(text: str, secret: str) -> bool:
    """Whether a prompt announces the secret ("answer: 7"), or contains one too long to be there by chance."""
    if len(secret) >= 12 and secret in text:
        return True
    return re.search(ANNOUNCED + re.escape(secret) + r"(?!\w)", text, re.IGNORECASE) is not None


def _contains(text: str, secret: str) -> bool:
    return re.search(r"(?<!\w)" + re.escape(json.dumps(secret)[1:-1]) + r"(?!\w)", text) is not None


def _trajectories(subject: Subject) -> list[list[Any]]:
    """Four recorded episodes: what reset returned, then each action with what step returned."""
    env, records = subject.env(), []
    drawn = subject.drawn(env.split)
    for number, (index, problem) in enumerate(drawn[:4]):
        record: list[Any] = [list(env.reset(seed=number, options={"index": index} if number % 2 else None))]
        action = subject.task.gold(problem) if number % 2 else "banana \ud800 é"
        over = False
        while not over:
            observation, reward, terminated, truncated, info = env.step(action)
            record.append([action, observation, reward, terminated, truncated, info])
            over = terminated or truncated
        records.append(record)
    return records


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return tuple(_plain(item) for item in value)
    return value.tolist() if not isinstance(value, str) else value


def _expect_equal(ours: Any, theirs: Any, when: str) -> None:
    if ours != theirs:
        raise Broken(f"{when}: the batch gives {ours!r:.300}, single environments give {theirs!r:.300}.")
