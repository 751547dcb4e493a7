"""The docker backend: what a container may do, and what happens when one dies. Needs an engine."""

import subprocess
import sys
import threading
import time

import pytest

from flowrl_envs.errors import UserError
from flowrl_envs.sandbox import ExecRequest, Limits, SandboxUnavailableError, Status
from flowrl_envs.sandbox.docker import OWNER_LABEL, connect, docker, reap_orphans, seccomp_profile

ADD = ExecRequest("def f(x):\n    return x + 1", ((1,),), entry="f")
SLEEP = ExecRequest("import time\ntime.sleep(1.5)\nprint(1)", ("",), mode="stdin", limits=Limits(wall_s=30))


@pytest.fixture
def client():
    """A client of the engine, for tests that already know there is one."""
    found = connect()
    yield found
    found.close()


def containers(client):
    return client.api.containers(all=True, filters={"label": OWNER_LABEL})


@pytest.mark.docker
def test_a_container_is_locked_down(docker_box, client):
    found = client.api.inspect_container(containers(client)[0]["Id"])
    host = found["HostConfig"]
    assert found["Config"]["User"] == "64001:64001"
    assert (host["NetworkMode"], host["ReadonlyRootfs"], host["CapDrop"], host["IpcMode"]) == (
        "none",
        True,
        ["ALL"],
        "none",
    )
    assert host["Memory"] == host["MemorySwap"] == 2048 << 20
    assert host["PidsLimit"] == 256
    assert "no-new-privileges:true" in host["SecurityOpt"]
    assert not host["Binds"]
    assert not host["Privileged"]


def test_the_profile_refuses_what_no_run_and_no_zygote_needs():
    profile = seccomp_profile()
    for name in ("io_uring_setup", "bpf", "keyctl", "add_key", "ptrace", "socket", "connect", "userfaultfd", "setns"):
        assert f'"{name}"' not in profile


@pytest.mark.docker
def test_a_container_killed_in_a_run_is_replaced(docker_box, client):
    results = []
    caller = threading.Thread(target=lambda: results.append(docker_box.run(SLEEP)))
    caller.start()
    time.sleep(0.7)
    for found in containers(client):
        client.api.kill(found["Id"])
    caller.join()
    assert results[0].status is Status.OK, results
    assert docker_box.run(ADD).answers[0].value == 2


@pytest.mark.docker
def test_orphans_of_a_killed_owner_are_gone_or_reaped(docker_box, client):
    mine = len(containers(client))
    code = (
        "from flowrl_envs.sandbox import open_sandbox\ns = open_sandbox('docker', workers=1)\n"
        "print('up', flush=True)\nimport time\ntime.sleep(60)"
    )
    owner = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert owner.stdout.readline() == "up\n"
    assert len(containers(client)) == mine + 1
    owner.kill()
    owner.wait()
    owner.stdout.close()
    deadline = time.monotonic() + 20
    while len(containers(client)) > mine and time.monotonic() < deadline:
        reap_orphans(client)
        time.sleep(0.2)
    assert len(containers(client)) == mine


@pytest.mark.docker
def test_more_memory_than_a_container_has_is_a_mistake(docker_box):
    with pytest.raises(UserError, match="memory_mb"):
        docker_box.run(ExecRequest("def f(): pass", ((),), entry="f", limits=Limits(memory_mb=4096)))


@pytest.mark.docker
def test_a_missing_image_says_how_to_build_one(docker_box):
    with pytest.raises(SandboxUnavailableError, match="Dockerfile"):
        docker(workers=1, image_name="no-such-image:1")


def test_without_an_engine_the_error_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    with pytest.raises(SandboxUnavailableError, match="DOCKER_HOST"):
        connect()
