"""Checks on the verifier: gold is paid in full, junk not at all, and the same response always gets the same verdict."""

from __future__ import annotations

import copy
import itertools
import math
import random
from collections.abc import Set

from flowrl_envs.check.junk import SHORT, hard
from flowrl_envs.check.report import Broken, NotApplicable
from flowrl_envs.check.subject import Subject, play
from flowrl_envs.types import Problem, Verdict

LISTED = 20
"""Problems whose listed answers are judged."""
EXCUSED = 0.25
"""Share of problems whose answer a constant junk string may be."""


def oracle_maximum(subject: Subject) -> str:
    """The gold response scores the ceiling, by the verifier and in an episode."""
    task, count = subject.task, 0
    ceiling = task.reward_range[1]
    for problem in subject.problems():
        gold = task.gold(problem)
        verdict = task.score(problem, gold)
        if verdict.correct is not True or verdict.reward != ceiling:
            raise Broken(
                f"gold {gold!r:.60} of {problem.id!r} scored {verdict.reward} ({verdict.reason}), not the ceiling "
                f"{ceiling}. Correct Task.gold, Task.score or Task.reward_range."
            )
        count += 1
    env = subject.env()
    for index, problem in subject.drawn(env.split)[:5]:
        env.reset(options={"index": index})
        if (reward := play(env, task.gold(problem))[0]) != ceiling:
            raise Broken(f"gold of {problem.id!r} ended an episode with {reward}, not {ceiling}. See Task.reply.")
    return f"{count} gold responses score {ceiling:g}"


def junk_scores_the_floor(subject: Subject) -> str:
    """None of a list of worthless answers earns anything, the prompt itself and hedges over many answers included."""
    task, excused, count = subject.task, dict.fromkeys(SHORT, 0), 0
    problems = list(subject.problems())
    for problem in problems:
        answers = subject.answers(problem)
        for text in SHORT:
            if text.strip() in answers:
                excused[text] += 1
                continue
            _expect_floor(subject, problem, text, "junk")
            count += 1
        _expect_floor(subject, problem, problem.prompt, "the prompt itself")
        count += 1
    for problem in problems[:3]:
        for text in hard():
            _expect_floor(subject, problem, text, "junk")
            count += 1
    for text, times in excused.items():
        if times > EXCUSED * len(problems) and len(problems) >= 8:
            raise Broken(
                f"{text!r} is the right answer to {times} of {len(problems)} problems, so a constant guess is paid. "
                "Generate items whose answers vary."
            )
    return f"{count} worthless responses score {task.reward_range[0]:g}"


def hedging_scores_the_floor(subject: Subject) -> str:
    """Naming the right answer among many others earns nothing."""
    task = subject.task
    problems = list(subject.problems())
    golds = list(dict.fromkeys(task.gold(problem) for problem in problems))
    count = 0
    for problem in problems[:10]:
        own = task.gold(problem)
        others = [gold for gold in golds if gold != own and not task.score(problem, gold).correct][:20]
        if len(others) < 2:
            continue
        half = len(others) // 2
        for glue in (" or ", "\n", ", ", " "):
            _expect_floor(subject, problem, glue.join([*others[:half], own, *others[half:]]), "a hedge over many golds")
            count += 1
    return f"{count} hedges"


def floor_gap(subject: Subject) -> str:
    """The floor lies below the ceiling, and both are reached."""
    task = subject.task
    floor, ceiling = task.reward_range
    if not (math.isfinite(floor) and math.isfinite(ceiling) and floor < ceiling):
        raise Broken(f"reward_range is {task.reward_range}; give finite (floor, ceiling) with floor < ceiling.")
    problem = next(subject.problems())
    low, high = task.score(problem, "").reward, task.score(problem, task.gold(problem)).reward
    if low >= high:
        raise Broken(f"Empty text scores {low} and gold {high} on {problem.id!r}. Task.score must tell them apart.")
    return f"{low:g} to {high:g}"


def canary_floor(subject: Subject) -> str:
    """Playing the same text in every episode, through the environment, earns the floor on average."""
    floor = subject.task.reward_range[0]
    for text in ("", "banana", "I do not know."):
        env = subject.env()
        env.reset(seed=0)
        rewards = [play(env, text)[0]]
        for _ in range(19):
            env.reset()
            rewards.append(play(env, text)[0])
        if sum(rewards) / len(rewards) > floor:
            raise Broken(f"Saying {text!r} in every episode earned {rewards}; the floor is {floor}.")
    return "60 episodes of constant text"


def verifier_determinism(subject: Subject) -> str:
    """The same response gets the same verdict: again, in any order, in a batch, and on a copy of the problem."""
    task = subject.task
    pairs = [
        (problem, text)
        for problem in subject.problems()
        for text in (task.gold(problem), "banana", "0", problem.prompt, "")
    ]
    first = [task.score(problem, text) for problem, text in pairs]
    order = list(range(len(pairs)))
    random.Random(0).shuffle(order)
    shuffled = task.score_many([(copy.deepcopy(pairs[i][0]), pairs[i][1]) for i in order])
    for i, batched in zip(order, shuffled, strict=True):
        again = task.score(*pairs[i])
        if not first[i] == again == batched:
            raise Broken(
                f"{pairs[i][1]!r:.60} on {pairs[i][0].id!r} was judged {_short(first[i])}, then {_short(again)}, and "
                f"in a batch {_short(batched)}. Scoring must depend on (problem, response) alone and change nothing."
            )
    return f"{len(pairs)} verdicts, three times each"


def verifier_never_raises(subject: Subject) -> str:
    """Any string gets a verdict, with a finite reward in range and plain details."""
    problem = next(subject.problems())
    texts = [*SHORT, *hard(), *_noise(200)]
    for text in texts:
        try:
            verdict = subject.task.score(problem, text)
        except Exception as error:
            raise Broken(
                f"score raised {error!r:.120} on {text!r:.60} ({len(text)} characters). Return wrong(Reason.MALFORMED) "
                "instead; what a model writes is never an exception."
            ) from error
        _check_form(subject, text, verdict)
    return f"{len(texts)} strings, random bytes and code points among them"


def listings_agree_with_the_verifier(subject: Subject) -> str:
    """What `solutions` and `responses` list is what the verifier pays, without a repeat, and their count is right."""
    task, solutions, responses = subject.task, 0, 0
    for problem in itertools.islice(subject.problems(), LISTED):
        listed, forms = task.solutions(problem), task.responses(problem)
        if listed:
            answer, count = task.score(problem, task.gold(problem)).answer, task.solution_count(problem)
            if answer not in listed:
                raise Broken(f"Task.solutions of {problem.id!r} lacks {answer!r:.60}, the answer of gold.")
            if count != len(listed):
                raise Broken(f"solution_count of {problem.id!r} is {count}, and solutions holds {len(listed)}.")
        if forms:
            if len(set(forms)) < len(forms):
                raise Broken(f"Task.responses of {problem.id!r} holds a response twice. List each once.")
            verdicts = task.score_many([(problem, form) for form in forms])
            paid = {verdict.answer for verdict in verdicts if verdict.correct}
            if paid != listed:
                raise Broken(
                    f"Among Task.responses of {problem.id!r}, the right ones have answers that solutions lacks "
                    f"({_few(paid - listed)}) or lack some ({_few(listed - paid)}). List every response of the form."
                )
        solutions += len(listed)
        responses += len(forms)
    if not solutions and not responses:
        raise NotApplicable("the task lists neither its solutions nor its responses")
    return f"{solutions} solutions and {responses} responses"


def _few(answers: Set[str]) -> str:
    return ", ".join(repr(answer)[:40] for answer in sorted(answers)[:3]) or "none"


def _expect_floor(subject: Subject, problem: Problem, text: str, what: str) -> None:
    verdict = subject.task.score(problem, text)
    floor = subject.task.reward_range[0]
    if verdict.correct or verdict.reward > floor:
        raise Broken(
            f"{what} {text!r:.80} scored {verdict.reward} ({verdict.reason}) on {problem.id!r}; the floor is {floor}. "
            "Accept only a response that states the one answer it stands by."
        )


def _check_form(subject: Subject, text: str, verdict: Verdict) -> None:
    floor, ceiling = subject.task.reward_range
    if not floor <= verdict.reward <= ceiling:
        raise Broken(f"{text!r:.60} scored {verdict.reward}, outside reward_range {(floor, ceiling)}.")
    if not isinstance(verdict.answer, str):
        raise Broken(f"{text!r:.60} has the answer {verdict.answer!r:.60}; Verdict.answer is a str, '' for none.")
    for key, value in verdict.details.items():
        plain = type(value) in (str, int, float, bool)
        if not plain or (isinstance(value, float) and not math.isfinite(value)):
            raise Broken(f"details[{key!r}] is {value!r:.60}; use a str, an int, a bool or a finite float.")


def _noise(count: int) -> list[str]:
    rng = random.Random(0)
    letters = "0123456789+-*/()=.,{}\\$ \nxyabcπ√½²∞"
    return [
        "".join(
            rng.choice(letters) if rng.random() < 0.8 else chr(rng.randrange(0x11_0000))
            for _ in range(rng.randrange(60))
        )
        for _ in range(count)
    ]


def _short(verdict: Verdict) -> str:
    return f"{verdict.reward:g} ({verdict.reason}, {verdict.answer!r:.30})"
