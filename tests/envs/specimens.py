"""Small tasks that the tests of the environment core play."""

import random
from typing import ClassVar

from flowrl_envs.task import GeneratedTask, Task, check_index, exact
from flowrl_envs.types import Problem, Reason, Transcript, Verdict, right, wrong


class Large(GeneratedTask):
    """Repeat a nine-digit number: more items than anyone exhausts."""

    def __init__(self, word: str = "Repeat") -> None:
        self.word = word

    def generate(self, rng: random.Random) -> Problem:
        number = str(rng.randrange(10**8, 10**9))
        return Problem(number, f"{self.word} the number written backwards here: {number[::-1]}", number)

    def score(self, problem: Problem, response: str) -> Verdict:
        return exact(problem, response)

    def gold(self, problem: Problem) -> str:
        return str(problem.reference)


class Small(Task):
    """Six words to spell backwards in train, two in test; half marks for the same letters in another order."""

    words: ClassVar = {"train": ("stone", "river", "cloud", "flame", "grass", "night"), "test": ("ocean", "plant")}

    def size(self, split: str) -> int | None:
        return len(self.words[split])

    def problem(self, split: str, index: int) -> Problem:
        check_index(self, split, index)
        word = self.words[split][index]
        return Problem(word, f"Spell {word!r} backwards.", word[::-1])

    def score(self, problem: Problem, response: str) -> Verdict:
        answer = response.strip()
        if answer and answer != problem.reference and sorted(answer) == sorted(str(problem.reference)):
            if answer == problem.id:
                return wrong(answer=answer)
            return Verdict(0.7, False, Reason.PARTIAL, answer, {"letters": len(answer)})
        return exact(problem, response)

    def gold(self, problem: Problem) -> str:
        return str(problem.reference)

    def solutions(self, problem: Problem) -> frozenset[str]:
        return frozenset([str(problem.reference)])


class TwoTurns(Task):
    """Guess a digit: after a wrong first guess the user says where it lies, and a second guess ends the episode.

    A polite first message ("hint") is paid 0.1 and answered; the task would go on for ever, `max_turns` ends it.
    """

    max_turns = 3

    def size(self, split: str) -> int | None:
        return 8

    def problem(self, split: str, index: int) -> Problem:
        check_index(self, split, index)
        number = index * 2 + 10 + (split == "test")
        return Problem(f"{number}", f"Guess my number between 10 and 25. My favourite split is {split}.", number)

    def reply(self, problem: Problem, transcript: Transcript) -> str | None:
        said = transcript[-1].content.strip()
        if said == str(problem.reference):
            return None
        return f"Message {len(transcript) // 2 + 1}: not {said[:9]}."

    def turn_reward(self, problem: Problem, transcript: Transcript) -> float:
        return 0.1 if transcript[-2].content == "hint" else 0.0

    def score(self, problem: Problem, response: str) -> Verdict:
        if response.strip() == str(problem.reference):
            return right(answer=response.strip())
        return wrong(answer=response.strip())

    def gold(self, problem: Problem) -> str:
        return str(problem.reference)
