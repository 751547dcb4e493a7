"""The symbolic workers: what they decide, and that nothing they suffer reaches the caller."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from flowrl_envs.types import Reason
from flowrl_envs.verify import Mode, Options, Stage, verify, verify_many
from flowrl_envs.verify import pool as pool_module
from flowrl_envs.verify.pool import WorkerError, WorkerPool, shared_pool

HARD = r"\int_0^\infty \frac{\sin(x^3)\cos(x^5)}{1+x^7} dx"
PATIENT = Options(deadline=30.0)
HASTY = Options(deadline=0.4)


@pytest.fixture
def pool() -> Iterator[WorkerPool]:
    made = WorkerPool(2)
    yield made
    made.close()


def request(value: int = 1) -> dict[str, object]:
    one = ["num", [], [value, 1]]
    return {"op": "scalar", "left": one, "right": ["num", [], [1, 1]]}


@pytest.mark.parametrize(
    ("reference", "answer", "correct"),
    [
        (r"\int_0^1 x^2 dx", r"\frac{1}{3}", True),
        (r"\int_0^1 x^2 dx", r"\frac{1}{4}", False),
        (r"\sum_{k=1}^{30} 2^{k-1}", "2^{30}-1", True),
        (r"\sum_{n=1}^{\infty} \frac{1}{n^2}", r"\frac{\pi^2}{6}", True),
        (r"\lim_{x\to 0}\frac{\sin x}{x}", "1", True),
        ("x^2 < 4", "(-2, 2)", True),
        (r"x(x-1) \ge 0", r"x \le 0 \text{ or } x \ge 1", True),
        ("|x|<3", "-3<x<3", True),
        ("-2<x<2", "x^2<4", True),
        (r"1\le x<2", r"1 \le x^2 < 4, x>0", True),
        (r"\{x : x^2<4\}", "|x|<2", True),
    ],
)
def test_sums_integrals_limits_and_inequalities_are_decided(reference: str, answer: str, correct: bool) -> None:
    verdict = verify(answer, reference, mode=Mode.BARE, options=PATIENT)
    assert (verdict.correct, verdict.stage) == (correct, Stage.SYMBOLIC)


@pytest.mark.parametrize(("reference", "answer"), [("x^2 < 4", "(-2, 2]"), (r"-2\le x<2", "x^2<4")])
def test_an_end_that_is_in_one_set_alone_needs_no_worker(reference: str, answer: str) -> None:
    verdict = verify(answer, reference, mode=Mode.BARE)
    assert (verdict.correct, verdict.stage) == (False, Stage.BALLS)


def test_a_late_worker_is_killed_and_the_next_call_works() -> None:
    verify("1/2", r"\int_0^1 x dx", mode=Mode.BARE, options=PATIENT)
    before = set(shared_pool().pids)
    start = time.monotonic()
    verdict = verify("7", HARD, mode=Mode.BARE, options=HASTY)
    assert (verdict.correct, verdict.reason, verdict.reward) == (None, Reason.TIMEOUT, 0.0)
    assert time.monotonic() - start < 40
    assert before - set(shared_pool().pids) or not before
    assert verify("1/2", r"\int_0^1 x dx", mode=Mode.BARE, options=PATIENT).correct is True


def test_a_worker_killed_in_the_middle_is_an_ungraded_verdict(pool: WorkerPool) -> None:
    pool.ask(request(), 30)
    (pid,) = pool.pids
    threading.Timer(0.3, os.kill, (pid, signal.SIGKILL)).start()
    with pytest.raises(WorkerError) as caught:
        pool.ask(
            {
                "op": "scalar",
                "left": [
                    "prod",
                    [
                        ["var", [], "n"],
                        ["rel", [["var", [], "n"], ["num", [], [1, 1]]], ["="]],
                        ["num", [], [10**7, 1]],
                    ],
                    None,
                ],
                "right": ["num", [], [1, 1]],
            },
            30,
        )
    assert caught.value.reason is Reason.RESOURCE
    assert pool.ask(request(), 30)["equal"] is True
    assert pool.pids != [pid]


def test_a_worker_that_died_while_idle_costs_one_question_at_most(pool: WorkerPool) -> None:
    pool.ask(request(), 30)
    os.kill(pool.pids[0], signal.SIGKILL)
    time.sleep(0.1)
    with pytest.raises(WorkerError):
        pool.ask(request(), 30)
    assert pool.ask(request(), 30)["equal"] is True


def test_a_worker_cannot_eat_the_memory_of_the_machine(pool: WorkerPool) -> None:
    big = ["pow", [["num", [], [10, 1]], ["pow", [["num", [], [10, 1]], ["num", [], [11, 1]]], None]], None]
    with contextlib.suppress(WorkerError):
        answer = pool.ask({"op": "scalar", "left": ["floor", [big], None], "right": ["num", [], [1, 1]]}, 8)
        assert answer["equal"] is not True
    assert pool.ask(request(), 30)["equal"] is True


def test_a_worker_is_recycled(pool: WorkerPool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_module, "_REQUESTS_EACH", 3)
    seen = set()
    for value in range(1, 8):
        assert pool.ask(request(value), 30)["equal"] is (value == 1)
        seen.update(pool.pids)
    assert len(seen) >= 2


def test_unknown_nodes_are_refused_not_looked_up(pool: WorkerPool) -> None:
    for node in (
        ["__import__", [], "os"],
        ["fn", [["num", [], [1, 1]]], "eval"],
        ["const", [], "__class__"],
        ["num", [], ["1;x", 1]],
    ):
        assert pool.ask({"op": "scalar", "left": node, "right": node}, 30)["equal"] is not True


def test_threads_wait_for_no_longer_than_their_deadline(pool: WorkerPool) -> None:
    pool.ask(request(), 30)

    def ask(_: int) -> float:
        start = time.monotonic()
        try:
            pool.ask(
                {
                    "op": "scalar",
                    "left": [
                        "prod",
                        [
                            ["var", [], "n"],
                            ["rel", [["var", [], "n"], ["num", [], [1, 1]]], ["="]],
                            ["num", [], [10**7, 1]],
                        ],
                        None,
                    ],
                    "right": ["num", [], [1, 1]],
                },
                0.5,
            )
        except WorkerError:
            return time.monotonic() - start
        return 0.0

    ask(0)
    with ThreadPoolExecutor(2) as threads:
        waits = list(threads.map(ask, range(2)))
    assert max(waits) < 30


def test_a_batch_uses_all_workers_and_keeps_its_order() -> None:
    pairs = [
        ("1/3", r"\int_0^1 x^2 dx"),
        ("7", "7"),
        ("1/4", r"\int_0^1 x^2 dx"),
        ("1", r"\lim_{x\to 0}\frac{\sin x}{x}"),
    ]
    assert [verdict.correct for verdict in verify_many(pairs, mode=Mode.BARE, options=PATIENT)] == [
        True,
        True,
        False,
        True,
    ]


def test_a_forked_child_has_workers_of_its_own_and_none_outlives_its_process() -> None:
    code = """
import os, sys
from flowrl_envs.verify import verify, Options
from flowrl_envs.verify.pool import shared_pool
ask = lambda: verify('1/2', r'\\int_0^1 x dx', mode='bare', options=Options(deadline=30)).correct
assert ask()
parent = shared_pool().pids
child = os.fork()
if child == 0:
    assert shared_pool().pids == []
    assert ask()
    print(*shared_pool().pids, flush=True)
    sys.exit(0)
assert os.waitpid(child, 0)[1] == 0
assert ask()
assert shared_pool().pids == parent
print(*parent, flush=True)
"""
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    pids = [int(pid) for pid in done.stdout.split()]
    assert len(pids) == 2
    time.sleep(0.3)
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
