"""The docker backend: what a container may do, and what happens when one dies. Needs an engine."""

import gc
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest

from flowrl_envs.errors import UserError
from flowrl_envs.sandbox import ExecRequest, Limits, SandboxUnavailableError, Status
from flowrl_envs.sandbox.docker import OWNER_LABEL, connect, docker, reap_orphans, seccomp_profile
from flowrl_envs.sandbox.owner import owner

ADD = ExecRequest("def f(x):\n    return x + 1", ((1,),), entry="f")
SLEEP = ExecRequest("import time\ntime.sleep(1.5)\nprint(1)", ("",), mode="stdin", limits=Limits(wall_s=30))


@pytest.fixture
def client():
    """A client of the engine, for tests that already know there is one."""
    found = connect()
    yield found
    found.close()


@pytest.fixture
def own_engine():
    """A folder with a second engine that runs in it, and how to start and stop it. A socket's path must be short."""
    script = Path(__file__).with_name("engine.sh")
    with tempfile.TemporaryDirectory(prefix="fr-", ignore_cleanup_errors=True) as folder:

        def engine(what: str) -> subprocess.CompletedProcess[str]:
            given = {**os.environ, "ENGINE_DIR": folder}
            return subprocess.run([str(script), what], env=given, capture_output=True, text=True, timeout=120)

        began = engine("start")
        try:
            if began.returncode and "ENGINE_DIR" not in os.environ:
                pytest.skip(f"NO SECOND DOCKER ENGINE: {began.stderr.strip()}")
            assert began.returncode == 0, f"engine.sh started the first engine and not this one: {began.stderr}"
            yield folder, engine
        finally:
            engine("stop")


def containers(client, name=None):
    """The containers of a process, of this one by default: tests run side by side."""
    return client.api.containers(all=True, filters={"label": f"{OWNER_LABEL}={name or owner()}"})


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
    code = (
        "from flowrl_envs.sandbox import open_sandbox\ns = open_sandbox('docker', workers=1)\n"
        "print('up', flush=True)\nimport time\ntime.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout.readline() == "up\n"
    name = owner(parent.pid)
    assert len(containers(client, name)) == 1
    parent.kill()
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 20
    while containers(client, name) and time.monotonic() < deadline:
        reap_orphans(client)
        time.sleep(0.2)
    assert not containers(client, name)


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


@pytest.mark.docker
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")  # the SDK forgets those of a dead engine
def test_an_engine_that_stops_is_an_infra_error_and_its_return_heals(docker_box, monkeypatch, own_engine):
    """On an engine of its own, so that nothing else is disturbed."""
    folder, engine = own_engine
    monkeypatch.setenv("DOCKER_HOST", f"unix://{folder}/docker.sock")
    with docker(workers=1) as sandbox:
        assert sandbox.run(ADD).status is Status.OK
        engine("stop")
        result = sandbox.run(ADD)
        assert result.status is Status.INFRA
        assert result.detail
        assert engine("start").returncode == 0
        assert sandbox.run(ADD).answers[0].value == 2
    gc.collect()
