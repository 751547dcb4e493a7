"""What happens when a box, the host or the caller fails: a typed error, a healed pool, nothing left behind."""

import contextlib
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from flowrl_envs.errors import InfrastructureError, UserError
from flowrl_envs.sandbox import ExecRequest, Limits, SandboxClosedError, Status, open_sandbox
from flowrl_envs.sandbox.box.launch import BoxError
from flowrl_envs.sandbox.local import local
from flowrl_envs.sandbox.pool import Sandbox

ADD = ExecRequest("def f(x):\n    return x + 1", ((1,),), entry="f")
SLEEP = ExecRequest("import time\ntime.sleep(1.5)\nprint(1)", ("",), mode="stdin", limits=Limits(cpu_s=5, wall_s=20))


def works(sandbox) -> bool:
    result = sandbox.run(ADD)
    return result.status is Status.OK and result.answers[0].value == 2


def descendants(pid: int) -> list[int]:
    """Process ids below `pid`, zombies included."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_bytes().rpartition(b")")[2].split()[1])
            except OSError:
                continue
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found[1:]


def test_a_zygote_killed_in_a_run_is_replaced_and_the_run_repeated():
    others = set(descendants(os.getpid()))
    with open_sandbox(workers=1) as sandbox:
        results = []
        caller = threading.Thread(target=lambda: results.append(sandbox.run(SLEEP)))
        caller.start()
        time.sleep(0.5)
        for pid in set(descendants(os.getpid())) - others:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        caller.join()
        assert results[0].status is Status.OK, results
        assert results[0].answers[0].value == b"1\n"
        assert sandbox.counts.boxes_failed >= 1
        assert works(sandbox)


class DeadBox:
    """A box that always fails."""

    def perform(self, request):
        raise BoxError("it is dead")

    def close(self):
        pass

    def abandon(self):
        pass


def test_a_box_that_fails_twice_is_an_infra_error_and_no_verdict():
    with Sandbox("dead", DeadBox, workers=1) as sandbox:
        result = sandbox.run(ADD)
        assert (result.status, result.answers) == (Status.INFRA, ())
        assert "it is dead" in result.detail
        assert (sandbox.counts.boxes_failed, sandbox.counts.infra_errors) == (2, 1)


def test_an_exhausted_pool_is_an_infra_error_after_the_wait():
    with local(workers=1, queue_s=0.2) as sandbox:
        caller = threading.Thread(target=sandbox.run, args=(SLEEP,))
        caller.start()
        time.sleep(0.3)
        result = sandbox.run(ADD)
        caller.join()
        assert result.status is Status.INFRA
        assert "exhausted" in result.detail
        assert works(sandbox)


def test_a_closed_sandbox_says_so():
    sandbox = open_sandbox(workers=1)
    sandbox.close()
    sandbox.close()
    with pytest.raises(SandboxClosedError, match="closed"):
        sandbox.run(ADD)


def test_too_few_descriptors_are_an_infra_error_and_heal():
    with open_sandbox(workers=1) as sandbox:
        assert works(sandbox)
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        free = os.dup(0)
        os.close(free)
        resource.setrlimit(resource.RLIMIT_NOFILE, (free, hard))
        try:
            result = sandbox.run(ADD)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        assert result.status is Status.INFRA
        assert works(sandbox)


def test_a_full_scratch_folder_is_the_programs_own_trouble(box):
    code = "def f():\n    with open('big', 'wb') as t:\n        t.write(bytes(3 << 20))\n    return 1"
    small = ExecRequest(code, ((),), entry="f", limits=Limits(disk_mb=2))
    result = box.run(small)
    assert result.answers[0].error.startswith("OSError: [Errno 2")
    assert works(box)


def test_an_inherited_sandbox_works_in_a_forked_child_and_leaves_the_parents_alone(box):
    assert works(box)
    pid = os.fork()
    if pid == 0:
        fine = False
        try:
            fine = works(box)
            box.close()
        finally:
            os._exit(0 if fine else 1)
    assert os.waitpid(pid, 0)[1] == 0
    failed = box.counts.boxes_failed
    assert works(box)
    assert box.counts.boxes_failed == failed


def test_nothing_outlives_a_parent_that_is_killed():
    code = (
        "import threading\nfrom flowrl_envs.sandbox import *\n"
        "s = open_sandbox(workers=1)\n"
        "r = ExecRequest('import time\\ntime.sleep(60)', ('',), mode='stdin', limits=Limits(wall_s=100))\n"
        "threading.Thread(target=s.run, args=(r,), daemon=True).start()\n"
        "import time\ntime.sleep(0.7)\nprint('running', flush=True)\ntime.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    assert parent.stdout.readline() == "running\n"
    below = descendants(parent.pid)
    assert len(below) >= 2
    parent.kill()
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and any(Path(f"/proc/{pid}").exists() for pid in below):
        time.sleep(0.05)
    assert not [pid for pid in below if Path(f"/proc/{pid}").exists()]


def test_runs_leave_no_descriptor_thread_process_or_file(box):
    mixed = [
        ADD,
        ExecRequest("def f(x):\n    import os\n    os._exit(3)", ((1,),), entry="f"),
        ExecRequest("print('x' * 100000)", ("",), mode="stdin", limits=Limits(output_kb=8)),
        ExecRequest("raise SystemExit(1)", ("",), mode="stdin"),
    ]
    box.run_many(mixed)

    def held() -> tuple[int, int, int]:
        return len(os.listdir("/proc/self/fd")), threading.active_count(), len(descendants(os.getpid()))

    before = held()
    results = box.run_many(mixed * 40)
    assert held() == before
    assert [r.status for r in results[:4]] == [Status.OK, Status.EXIT, Status.OUTPUT, Status.EXIT]
    assert {tuple(r.status for r in results[i : i + 4]) for i in range(0, 160, 4)} == {
        (Status.OK, Status.EXIT, Status.OUTPUT, Status.EXIT)
    }


def test_a_busy_host_is_not_the_programs_fault(box):
    """A program that needs 0.6 s of CPU within 1 s of it gets there beside twice as many busy processes as cores."""
    burners = [
        subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2 * len(os.sched_getaffinity(0)))
    ]
    try:
        code = "import time\nend = time.process_time() + 0.6\nwhile time.process_time() < end: pass\nprint(1)"
        limits = Limits(cpu_s=1.2, wall_s=1.2)
        results = box.run_many([ExecRequest(code, ("",), mode="stdin", limits=limits)] * 2)
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()
    assert [result.status for result in results] == [Status.OK, Status.OK]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: Limits(cpu_s=0), "cpu_s"),
        (lambda: Limits(wall_s=-1), "wall_s"),
        (lambda: ExecRequest("", (("a",),), mode="shell"), "'function' and 'stdin'"),
        (lambda: ExecRequest("", ("a",), entry="f"), "tuple of positional arguments"),
        (lambda: ExecRequest("", ((1,),), entry="f(1)"), "name of a function"),
        (lambda: open_sandbox("chroot"), "local"),
        (lambda: local(isolation="none"), "there is no 'none'"),
        (lambda: local(profile="torch"), "numpy"),
        (lambda: local(workers=0), "1 or more"),
    ],
)
def test_mistakes_in_a_call_are_explained(call, said):
    with pytest.raises(UserError, match=said):
        call()


def test_inputs_must_be_plain_data(box):
    with pytest.raises(UserError, match="not plain data"):
        box.run(ExecRequest("def f(x): pass", ((object(),),), entry="f"))


def test_a_missing_interpreter_module_is_an_infrastructure_error(monkeypatch):
    from flowrl_envs.sandbox import closure

    monkeypatch.setattr(closure, "_HELPER", "raise SystemExit('no such thing')")
    closure.find.cache_clear()
    try:
        with pytest.raises(InfrastructureError, match="no such thing"):
            closure.find("plain")
    finally:
        monkeypatch.undo()
        closure.find.cache_clear()


def test_scratch_folders_of_the_dead_are_removed_and_those_of_the_living_kept(monkeypatch, tmp_path):
    from flowrl_envs.sandbox import local as module
    from flowrl_envs.sandbox.owner import owner

    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    names = {who: tmp_path / f"flowrl-box-{owner(pid)}_abc" for who, pid in (("me", os.getpid()), ("child", child.pid))}
    names["stranger"] = tmp_path / "flowrl-box-0000beef_1_1_abc"
    for folder in names.values():
        folder.mkdir()
        (folder / "file").write_text("x")
    monkeypatch.setattr(module.tempfile, "gettempdir", lambda: str(tmp_path))
    module._remove_orphans()
    assert all(folder.exists() for folder in names.values())
    child.communicate(b"\n")
    module._remove_orphans()
    assert {who for who, folder in names.items() if folder.exists()} == {"me", "stranger"}
