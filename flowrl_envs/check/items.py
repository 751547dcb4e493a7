"""Checks on the items: drawn as the seed says, in the split they belong to, named by their index, told on the card."""

from __future__ import annotations

import inspect

import numpy as np

from flowrl_envs.check.report import Broken, NotApplicable
from flowrl_envs.check.subject import Subject
from flowrl_envs.errors import UnknownOptionError
from flowrl_envs.items import ItemWalk

FIRST = 500
LIMIT = 4000


def items_are_pure(subject: Subject) -> str:
    """`problem(split, index)` gives the same item each time, and equal prompts have equal ids."""
    task = subject.task
    ids: dict[str, str] = {}
    for split in task.splits:
        for index, problem in reversed(subject.drawn(split)):
            again = task.problem(split, index)
            if (problem.id, problem.prompt, task.gold(problem)) != (again.id, again.prompt, task.gold(again)):
                raise Broken(
                    f"problem({split!r}, {index}) gave two different items. Draw everything from a generator "
                    "seeded with the arguments, never from a global or a stored one."
                )
            if ids.setdefault(subject.content(problem), problem.id) != problem.id:
                raise Broken(f"The prompt {problem.prompt!r:.80} has two ids. Derive the id from the content.")
    if len(set(ids.values())) < len(ids):
        raise Broken("Two different prompts have the same id. Put all that distinguishes items into the id.")
    return f"{len(ids)} items drawn twice"


def bad_indices_are_refused(subject: Subject) -> str:
    """An index or split that does not exist raises the documented error."""
    task = subject.task
    for split in task.splits:
        size = task.size(split)
        for index in (-1,) if size is None else (-1, size):
            try:
                task.problem(split, index)
            except IndexError:
                continue
            raise Broken(f"problem({split!r}, {index}) gave an item. Call check_index(self, split, index) first.")
    try:
        task.problem("no such split", 0)
    except UnknownOptionError:
        return "below 0, past the end, unknown split"
    raise Broken("problem('no such split', 0) gave an item. Call check_index(self, split, index) first.")


def seed_control(subject: Subject) -> str:
    """The seed, and nothing else, decides which problems come."""
    first, second = subject.env(), subject.env()
    ours = [first.reset(seed=11)[0], *(first.reset()[0] for _ in range(20))]
    theirs = [second.reset(seed=11)[0], *(second.reset()[0] for _ in range(20))]
    if ours != theirs:
        raise Broken("Two environments with seed 11 drew different problems. Make Task.problem a pure function.")
    others = {subject.env().reset(seed=seed)[1]["problem_id"] for seed in range(40)}
    if len(others) == 1 and subject.task.size(subject.task.splits[0]) != 1:
        raise Broken("Forty seeds drew the same problem. Make Task.problem depend on its index.")
    return "equal seeds agree over 21 resets, other seeds differ"


def seed_independence(subject: Subject) -> str:
    """Neighbouring seeds share no item of a large space; a small one is walked without early repeats."""
    split = subject.task.splits[0]
    size = subject.task.size(split)
    if size is None:
        ours, theirs = (_contents(subject, split, seed, FIRST) for seed in (0, 1))
        repeats = FIRST - len(set(ours)) + len(set(ours) & set(theirs))
        if repeats:
            raise Broken(
                f"Among the first {FIRST} items of seeds 0 and 1, {repeats} come twice, so the space is small. "
                "Return its number of distinct items from Task.size, and let the index name them one by one."
            )
        return f"no item twice among the first {FIRST} of seeds 0 and 1"
    count = min(size, LIMIT)
    distinct = len(set(_contents(subject, split, 0, count)))
    if distinct < count:
        raise Broken(
            f"size({split!r}) says {size}, but the first {count} items hold {distinct} distinct ones. "
            "Return the number of distinct items, and give each one index."
        )
    return f"{count} of {size} items without a repeat"


def splits_are_disjoint(subject: Subject) -> str:
    """No item of one split is in another."""
    task = subject.task
    if len(task.splits) < 2:
        raise NotApplicable(f"there is one split, {task.splits[0]!r}")
    seen: dict[str, str] = {}
    for split in task.splits:
        size = task.size(split)
        for content in _contents(subject, split, 0, LIMIT // 2 if size is None else min(size, LIMIT)):
            if seen.setdefault(content, split) != split:
                raise Broken(
                    f"{content!r:.80} is in {seen[content]!r} and in {split!r}. Decide the split by a hash of the "
                    "content (GeneratedTask does; content_split is the function)."
                )
    return f"{len(seen)} items in {len(task.splits)} splits"


def card_tells_the_truth(subject: Subject) -> str:
    """Splits, sizes, options and rewards on the card are those of the task."""
    card, task = subject.card, subject.task
    if card is None:
        raise NotApplicable("registered without a card")
    pairs = {
        "splits": (card.splits, tuple(task.splits)),
        "reward_range": (card.reward_range, tuple(task.reward_range)),
        "space": (dict(card.space), {split: task.size(split) for split in task.splits}),
        "options": (set(card.options), set(inspect.signature(type(task)).parameters)),
    }
    for field, (told, true) in pairs.items():
        if told != true:
            raise Broken(f"The card's {field} is {told}, the task's is {true}. Correct {card.family}.toml.")
    problems = list(subject.problems())
    golds = float(np.mean([task.score(problem, task.gold(problem)).reward for problem in problems]))
    empty = float(np.mean([task.score(problem, "").reward for problem in problems]))
    for field, stated, measured in (("ceiling", card.ceiling, golds), ("floor", card.floor, empty)):
        if not np.isclose(stated, measured, atol=1e-9):
            raise Broken(f"The card's {field} is {stated}, measured {measured:.4g}. Correct {card.family}.toml.")
    return "splits, sizes, options, reward range, floor and ceiling"


def _contents(subject: Subject, split: str, seed: int, count: int) -> list[str]:
    rng, walk = np.random.default_rng(seed), ItemWalk(subject.task)
    return [subject.content(subject.task.problem(split, walk.next(split, rng))) for _ in range(count)]
