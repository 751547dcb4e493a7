"""`MathPython`: questions that want a computation, with a Python box at hand.

Every message with a closed ```python block is run, and what it printed comes back as the next message. The first
message without a block is the answer: an integer, in a box, after "answer:", or on the last line. Every run starts
afresh: nothing is kept from one to the next.
"""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable

from flowrl_envs.answers import final_answer
from flowrl_envs.errors import UserError
from flowrl_envs.sandbox import BACKENDS, ExecRequest, Limits, Status
from flowrl_envs.sandbox.shared import shared_sandbox
from flowrl_envs.task import GeneratedTask
from flowrl_envs.tasks.code.blocks import closed_blocks
from flowrl_envs.types import Problem, Reason, Transcript, Verdict, right, wrong

_INTEGER = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+|[+-]?\d{1,200}")
_CHUNK = 2000
_LIMITS = Limits(cpu_s=5, output_kb=256)
_HOW = (
    "You may write Python in a fenced block (```python); it is run, and what it prints is sent back. Give the final "
    "answer, an integer, as \\boxed{...} in a message without a block."
)


class MathPython(GeneratedTask):
    """Integer questions of five kinds, too laborious by hand and easy with a loop.

    Args:
        turns: how many messages the agent may write, the answer included.
        level: 1 (small numbers) to 3 (large ones).
        backend: where Python runs: "local", "landlock" or "docker".
        workers: boxes, 0 for one for each processor.
    """

    def __init__(self, turns: int = 4, level: int = 1, backend: str = "local", workers: int = 0) -> None:
        if not 1 <= turns <= 50:
            raise UserError(f"turns={turns!r}: allowed are 1 to 50.")
        if level not in (1, 2, 3):
            raise UserError(f"level={level!r}: allowed are 1 to 3.")
        if backend not in BACKENDS:
            raise UserError(f"backend={backend!r}: allowed are {', '.join(BACKENDS)}.")
        self.max_turns, self.level, self.backend, self.workers = turns, level, backend, workers

    def generate(self, rng: random.Random) -> Problem:
        """Draws a question of one of the kinds."""
        question, answer = rng.choice(_KINDS)(rng, 10**self.level)
        return Problem(question, f"{question}\n\n{_HOW}", answer, {"level": self.level})

    def score(self, problem: Problem, response: str) -> Verdict:
        """Judges the integer that the message states. A message that runs code states no answer."""
        if _program(response) is not None:
            return wrong(Reason.NO_ANSWER)
        text = final_answer(response)
        if text is None:
            return wrong(Reason.NO_ANSWER)
        text = text.strip("$. *")
        if not _INTEGER.fullmatch(text):
            return wrong(Reason.MALFORMED)
        value = int(text.replace(",", ""))
        return right(answer=str(value)) if value == problem.reference else wrong(answer=str(value))

    def gold(self, problem: Problem) -> str:
        """The answer, boxed."""
        return f"\\boxed{{{problem.reference}}}"

    def reply(self, problem: Problem, transcript: Transcript) -> str | None:
        """What the message's last block printed; None for a message without one."""
        code = _program(transcript[-1].content)
        if code is None:
            return None
        box = shared_sandbox(self.backend, self.workers)
        result = box.run(ExecRequest(code, ("",), mode="stdin", limits=_LIMITS))
        if result.status is Status.INFRA:
            return "The program could not be run; nothing is known of it."
        printed = b"".join(bytes(answer.value) for answer in result.answers)  # type: ignore[call-overload]
        text = _shorten(printed.decode("utf-8", "replace"))
        problems = "" if result.status is Status.OK else f"\n[{result.detail[:300]}]"
        return f"Output:\n{text.rstrip() or '(nothing)'}{problems}"


def _program(response: str) -> str | None:
    """The last closed block marked as Python, None if there is none."""
    for block in reversed(closed_blocks(response)):
        if block.language in ("python", "py", "python3") and block.code.strip():
            return block.code
    return None


def _shorten(text: str) -> str:
    if len(text) <= 2 * _CHUNK:
        return text
    return f"{text[:_CHUNK]}\n[... {len(text) - 2 * _CHUNK} characters ...]\n{text[-_CHUNK:]}"


def _primes(rng: random.Random, size: int) -> tuple[str, int]:
    low = rng.randint(2, 50 * size)
    high = low + rng.randint(size, 20 * size)
    count = sum(n > 1 and all(n % p for p in range(2, math.isqrt(n) + 1)) for n in range(low, high + 1))
    return f"How many prime numbers p satisfy {low} <= p <= {high}?", count


def _power(rng: random.Random, size: int) -> tuple[str, int]:
    base, exponent, modulus = rng.randint(3, 99), rng.randint(100, 100 * size), rng.randint(101, 10 * size + 101)
    return f"What is the remainder of {base}^{exponent} when divided by {modulus}?", pow(base, exponent, modulus)


def _digits(rng: random.Random, size: int) -> tuple[str, int]:
    base = rng.randint(3, 9999)
    exponent = min(rng.randint(size, 3 * size), int(4000 / math.log10(base)))
    return f"What is the sum of the decimal digits of {base}^{exponent}?", sum(map(int, str(base**exponent)))


def _multiples(rng: random.Random, size: int) -> tuple[str, int]:
    a, b = sorted(rng.sample(range(3, 40), 2))
    top = rng.randint(20 * size, 60 * size)
    total = sum(n for n in range(1, top + 1) if (n % a == 0) != (n % b == 0))
    return f"What is the sum of the integers from 1 to {top} that are divisible by exactly one of {a} and {b}?", total


def _walks(rng: random.Random, size: int) -> tuple[str, int]:
    steps, stairs = sorted(rng.sample(range(1, 21), 4)), rng.randint(20, 60 + 20 * len(str(size)))
    ways = [1] + [0] * stairs
    for n in range(1, stairs + 1):
        ways[n] = sum(ways[n - step] for step in steps if step <= n)
    names = f"{steps[0]}, {steps[1]}, {steps[2]} or {steps[3]}"
    return f"In how many ways can one climb {stairs} stairs in strides of {names} stairs at a time?", ways[stairs]


_KINDS: tuple[Callable[[random.Random, int], tuple[str, int]], ...] = (_primes, _power, _digits, _multiples, _walks)
