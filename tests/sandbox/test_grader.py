"""The grader judges on the host; the checker process is limited; a box is told nothing that it need not know."""

import json
from pathlib import Path

import pytest

from flowrl_envs.errors import UserError
from flowrl_envs.sandbox import Answer, Compare, ExecRequest, ExecResult, Limits, Outcome, Status, Suite, Test, grade
from flowrl_envs.sandbox.box import wire
from flowrl_envs.sandbox.checker import CheckerPool
from flowrl_envs.sandbox.grader import judge, request
from flowrl_envs.sandbox.messages import from_box, to_box

CORPUS = Path(__file__).parents[3] / "shared" / "corpora" / "programs"
SECRET = "expected-5f1d3c"


def leaves(value):
    """Every plain value inside nested containers, encoded bytes decoded where they can be."""
    if isinstance(value, dict):
        value = [*value.keys(), *value.values()]
    if isinstance(value, list | tuple | set):
        for item in value:
            yield from leaves(item)
    else:
        yield value


def test_what_a_box_is_told_holds_no_expected_output_checker_or_test_name():
    checker = f"def check(given, answer):\n    return answer == '{SECRET}'"
    for compare in (Compare("exact"), Compare("checker", source=checker)):
        suite = Suite((Test(("input-1",), SECRET), Test(("input-2",), SECRET)), entry="f", compare=compare)
        told = to_box(request("def f(x): pass", suite))
        assert set(told) == {"program", "inputs", "stop_early", "job"}
        text = repr([told["program"], [wire.decode(data) for data in told["inputs"]], told["job"]])
        assert "input-1" in text
        assert SECRET not in text
        assert not any(SECRET.encode() in leaf for leaf in leaves(told) if isinstance(leaf, bytes))


def test_a_pass_needs_status_count_and_values():
    suite = Suite((Test((1,), 2), Test((2,), 3)), entry="f")
    fine = (Answer(2), Answer(3))
    assert judge(suite, ExecResult(Status.OK, fine)).outcome is Outcome.PASS
    assert judge(suite, ExecResult(Status.OK, fine[:1])).outcome is Outcome.FAIL
    assert judge(suite, ExecResult(Status.EXIT, fine, "exit status 1", 1)).outcome is Outcome.FAIL
    assert judge(suite, ExecResult(Status.PROTOCOL, fine)).outcome is Outcome.FAIL
    assert judge(suite, ExecResult(Status.TIMEOUT, fine[:1], "out of time")).outcome is Outcome.TIMEOUT
    assert judge(suite, ExecResult(Status.INFRA, (), "died")).outcome is Outcome.ERROR
    assert judge(suite, ExecResult(Status.OK, (Answer(2), Answer(3, "TypeError: x")))).failed_test == 1


def test_a_suite_without_tests_is_refused():
    with pytest.raises(UserError, match="at least one"):
        Suite(())


@pytest.mark.parametrize(
    "frames",
    [
        [b"junk"],
        [wire.encode(("ok", 2)), b""],
        [wire.encode(["ok", 2])],
        [wire.encode(("pass", 2))],
        [wire.encode(("error", 2))],
        [wire.encode(("ok", 2, 3))],
        [wire.encode(("load", "x"))],
        [],
    ],
)
def test_forged_frames_are_wrong_answers_and_never_errors(frames):
    suite = Suite((Test((1,), 2),), entry="f")
    result = from_box(request("", suite), [["ok", frames, b"", 0, 0.0, 0.0, 0]], False)
    assert judge(suite, result).outcome is Outcome.FAIL


def test_death_from_outside_is_nobodys_wrong_answer():
    suite = Suite((Test((1,), 2),), entry="f")
    killed = [["ok", [wire.encode(("ok", 2))], b"", -9, 0.0, 0.0, 0]]
    assert from_box(request("", suite), killed, kills_itself=False).status is Status.INFRA
    assert from_box(request("", suite), killed, kills_itself=True).status is Status.EXIT


@pytest.fixture(scope="module")
def checkers():
    pool = CheckerPool(cpu_s=1)
    yield pool
    pool.close()


def test_a_checker_says_yes_only_with_true(checkers):
    for value, accepted in (("True", True), ("1", False), ("'yes'", False), ("None", False)):
        assert checkers.check(f"def check(given, answer):\n    return {value}", 0, 0)[0] is accepted


def test_a_checker_that_fails_rejects_and_says_why(checkers):
    assert checkers.check("def check(given, answer):\n    return answer[0] > 1", 0, None) == (
        False,
        "TypeError: 'NoneType' object is not subscriptable",
    )
    assert checkers.check("def check(given", 0, 0)[1].startswith("SyntaxError")


def test_a_checker_that_an_answer_makes_slow_is_stopped_and_the_next_one_works(checkers):
    slow = "def check(given, answer):\n    while answer: pass\n    return True"
    assert checkers.check(slow, 0, 1) == (False, "the checker ran out of time")
    assert checkers.check(slow, 0, 0) == (True, "")


def test_a_checker_decides_in_both_modes(box):
    source = "def check(given, answer):\n    return sorted(answer) == sorted(given[0])"
    suite = Suite((Test(([3, 1, 2],)),), entry="f", compare=Compare("checker", source=source))
    assert grade(box, "def f(x):\n    return x[::-1]", suite).outcome is Outcome.PASS
    assert grade(box, "def f(x):\n    return x[1:]", suite).outcome is Outcome.FAIL
    assert grade(box, "def f(x):\n    return None", suite).reason.startswith("wrong answer")


def test_all_answers_can_be_judged_together(box):
    source = "def check(given, answers):\n    return len(set(answers)) == len(given)"
    suite = Suite((Test((1,)), Test((2,))), entry="f", compare=Compare("replay", source=source))
    assert grade(box, "def f(x):\n    return x", suite).outcome is Outcome.PASS
    assert grade(box, "def f(x):\n    return 0", suite).outcome is Outcome.FAIL
    assert grade(box, "def f(x):\n    return 1 / (x - 2)", suite).failed_test == 1


def test_stopping_early_or_not(box):
    suite = Suite((Test("1", "1"), Test("x", "1"), Test("1", "1")), mode="stdin", compare=Compare("tokens"))
    code = "print(int(input()))"
    assert grade(box, code, suite).passed == 1
    assert grade(box, code, suite, stop_early=False).passed == 2


def corpus(*categories: str) -> list:
    """Programs of the shared corpus that need no canary and no long time limit."""
    if not (CORPUS / "manifest.jsonl").exists():
        return [pytest.param(None, marks=pytest.mark.skip(reason="the shared program corpus is not here"))]
    rows = [json.loads(line) for line in (CORPUS / "manifest.jsonl").read_text().splitlines()]
    slow = {"rh_sigalrm_ignore", "rh_catch_timeout", "rh_time_patch", "rh_generator_infinite", "no_too_slow"}
    chosen = [row for row in rows if row["category"] in categories and row["id"] not in slow]
    return [pytest.param(row, id=row["id"]) for row in chosen]


@pytest.mark.parametrize("row", corpus("honest", "honest_wrong", "reward_hack"))
def test_corpus_verdicts(box, row):
    import importlib.util

    spec = importlib.util.spec_from_file_location("corpus_adapter", Path(__file__).with_name("corpus_adapter.py"))
    adapter = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(adapter)
    program = (CORPUS / row["file"]).read_text(encoding="utf-8", errors="surrogatepass")
    found = grade(box, program, adapter.suite(row))
    assert found.outcome is not Outcome.ERROR
    if row["expect"] == "pass":
        assert found.outcome is Outcome.PASS, found
    elif row["expect"] != "any":
        assert found.outcome is not Outcome.PASS


def test_the_numpy_profile_runs_numpy():
    from flowrl_envs.sandbox import open_sandbox

    code = "import numpy as np\ndef f(n):\n    return float(np.linalg.det(np.eye(n) * 2))"
    with open_sandbox(workers=1, profile="numpy") as sandbox:
        result = sandbox.run(ExecRequest(code, ((3,),), entry="f", limits=Limits(memory_mb=1024)))
        assert result.answers, result
        assert result.answers[0].value == pytest.approx(8.0)


def test_subprocesses_where_they_are_allowed_and_a_cap_on_them(box):
    code = (
        "import os\ndef f():\n    pid = os.fork()\n    if pid == 0:\n        os._exit(7)\n"
        "    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])"
    )
    result = box.run(ExecRequest(code, ((),), entry="f", allow_subprocess=True))
    assert result.answers[0].value == 7
    bomb = (
        "import os, time\ntry:\n    while True:\n        if os.fork() == 0:\n            time.sleep(30)\n"
        "except BlockingIOError:\n    print('capped', flush=True)\n    os._exit(0)"
    )
    result = box.run(
        ExecRequest(bomb, ("",), mode="stdin", allow_subprocess=True, limits=Limits(cpu_s=2, wall_s=8, pids=16))
    )
    assert b"capped" in result.answers[0].value
    assert result.wall_s < 8
