"""Tasks that break their contract, each in one way, and the check that must say so."""

import hashlib
import itertools
import os
import random
import time
from pathlib import Path

import specimens

from flowrl_envs.task import exact
from flowrl_envs.types import Problem, Reason, Verdict, right, wrong

TRESPASS = Path("/var/tmp/flowrl-trespass.tmp")  # not the folder for temporary files, wherever the checkout lies
counter = itertools.count()


class Drifting(specimens.Large):
    """items_are_pure, seed_control, replayability: draws from the global generator."""

    def problem(self, split, index):
        return self.generate(random.Random(next(counter)))


class Boundless(specimens.Small):
    """bad_indices_are_refused"""

    def problem(self, split, index):
        return super().problem(split if split in self.splits else "train", index % 2)


class Narrow(specimens.Large):
    """seed_independence: says it is large and has fifty items."""

    def generate(self, rng):
        number = str(rng.randrange(50))
        return Problem(number, f"Repeat {number}", number)


class Repeating(specimens.Small):
    """seed_independence: two indices hold one item."""

    def problem(self, split, index):
        return super().problem(split, max(0, index - 1) if split == "train" else index)


class Leaky(specimens.Small):
    """splits_are_disjoint"""

    words = {"train": ("stone", "river"), "test": ("river", "plant")}  # noqa: RUF012


class Mute(specimens.Small):
    """seed_control: one item whatever the seed."""

    words = {"train": ("stone",) * 3, "test": ("plant",)}  # noqa: RUF012


class Lenient(specimens.Large):
    """junk_scores_the_floor, canary_floor: pays for a word."""

    def score(self, problem, response):
        return right(0.2) if "banana" in response else exact(problem, response)


class Echo(specimens.Large):
    """junk_scores_the_floor: pays for the prompt."""

    def score(self, problem, response):
        return right() if response == problem.prompt else exact(problem, response)


class Constant(specimens.Large):
    """junk_scores_the_floor: the answer is always 0."""

    def generate(self, rng):
        return Problem((n := str(rng.random())), f"Multiply {n} by nothing.", "0")


class Hedged(specimens.Large):
    """hedging_scores_the_floor: pays where the answer occurs."""

    def score(self, problem, response):
        return right(answer=problem.reference) if problem.reference in response.split() else wrong()


class Fragile(specimens.Large):
    """verifier_never_raises"""

    def score(self, problem, response):
        response.encode()
        return exact(problem, response)


class Fanciful(specimens.Large):
    """verifier_never_raises: details that JSON does not know."""

    def score(self, problem, response):
        return Verdict(0.0, False, Reason.WRONG, "", {"parts": [1, 2]}) if response == "?" else exact(problem, response)


class Stingy(specimens.Large):
    """oracle_maximum"""

    def gold(self, problem):
        return f"It is {problem.reference}"


class Flat(specimens.Large):
    """floor_gap"""

    reward_range = (1.0, 1.0)


class Moody(specimens.Large):
    """verifier_determinism: the second time is another."""

    def score(self, problem, response):
        return right() if response == "0" and next(counter) % 2 else exact(problem, response)


class Disagreeing(specimens.Large):
    """verifier_determinism: the batch says another thing."""

    def score_many(self, pairs):
        return [wrong() for _ in pairs]


class Hashing(specimens.Large):
    """verifier_portability: depends on the hash seed."""

    def score(self, problem, response):
        return wrong(answer=str(hash(response))) if response == "0" else exact(problem, response)


class Writing(specimens.Large):
    """host_containment: writes outside the folder for temporary files."""

    def score(self, problem, response):
        TRESPASS.write_text("here")
        return exact(problem, response)


class Shelling(specimens.Large):
    """host_containment: runs a shell."""

    def score(self, problem, response):
        os.system("true")
        return exact(problem, response)


class Unsettling(specimens.Large):
    """host_containment: seeds the global generator."""

    def score(self, problem, response):
        random.seed(len(response))
        return exact(problem, response)


class Slow(specimens.Large):
    """resource_envelope"""

    def score(self, problem, response):
        if response.startswith("((("):
            time.sleep(0.5)
        return exact(problem, response)


class Greedy(specimens.Large):
    """resource_envelope"""

    def score(self, problem, response):
        if response.startswith("((("):
            bytearray(200 << 20)[:: 1 << 12] = b"x" * 51200
        return exact(problem, response)


class Telling(specimens.Large):
    """oracle_containment: details hold the answer."""

    def score(self, problem, response):
        return wrong(expected=problem.reference) if response == "banana" else exact(problem, response)


class Announcing(specimens.Large):
    """no_solution_leakage, oracle_containment: the prompt holds the answer."""

    def generate(self, rng):
        number = str(rng.randrange(10**8, 10**9))
        return Problem(number, f"Repeat the number. (Answer: {number})", number)


class Locked(specimens.Large):
    """task_and_env_pickle, and all that needs another process."""

    def __init__(self):
        self.key = lambda: 1


class Remembering(specimens.Large):
    """episode_isolation: counts what it was asked."""

    def __init__(self):
        self.asked = 0

    def score(self, problem, response):
        self.asked += 1
        if response.startswith("\\boxed{\\boxed{"):
            self.asked = -(10**9)
        return wrong() if self.asked < 0 else exact(problem, response)


class Clock(specimens.Large):
    """episode_determinism: tells the time."""

    def score(self, problem, response):
        digest = hashlib.sha256(str(time.perf_counter_ns()).encode()).hexdigest()
        return wrong(at=digest) if response.startswith("banana \ud800") else exact(problem, response)


class Shifting(specimens.Large):
    """info_is_constant: an id that is not a str."""

    def generate(self, rng):
        problem = super().generate(rng)
        return Problem(int(problem.id), problem.prompt, problem.reference) if int(problem.id) % 2 else problem


class Unequal(specimens.Large):
    """vector_equals_single: treats a batch of several apart."""

    def score_many(self, pairs):
        return [wrong(Reason.MALFORMED) if len(pairs) > 1 else self.score(*pair) for pair in pairs]


class NotFinite(specimens.Large):
    """trajectory_record: a detail that JSON does not give back."""

    def score(self, problem, response):
        return wrong(value=float("nan")) if response.startswith("banana ") else exact(problem, response)


class Forgetful(specimens.Small):
    """listings_agree_with_the_verifier: the answer of gold is not among the solutions."""

    def solutions(self, problem):
        return frozenset([problem.id])


class Miscounting(specimens.Small):
    """listings_agree_with_the_verifier"""

    def solution_count(self, problem):
        return 2


class Doubling(specimens.Small):
    """listings_agree_with_the_verifier: one response twice."""

    def responses(self, problem):
        return (problem.reference, problem.reference)


class Partial(specimens.Small):
    """listings_agree_with_the_verifier: the right response is not listed."""

    def responses(self, problem):
        return (problem.id,)
