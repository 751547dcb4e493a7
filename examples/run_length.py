"""An environment in one file: compress a word by its runs, "aabccc" to "a2b1c3"."""

import random

from flowrl_envs import GeneratedTask, Problem, Verdict, exact, register


class RunLength(GeneratedTask):
    """A word of long runs in, letters and counts out."""

    def generate(self, rng: random.Random) -> Problem:  # noqa: D102
        runs = [(letter, rng.randint(1, 9)) for letter in rng.sample("abcdefghijklmnopqrstuvwxyz", 5)]
        word = "".join(letter * count for letter, count in runs)
        return Problem(word, f"Compress by runs, as aabccc to a2b1c3: {word}", "".join(f"{c}{n}" for c, n in runs))

    def score(self, problem: Problem, response: str) -> Verdict:  # noqa: D102
        return exact(problem, response)

    def gold(self, problem: Problem) -> str:  # noqa: D102
        return str(problem.reference)


register("Mine/RunLength-v0", "run_length:RunLength")
