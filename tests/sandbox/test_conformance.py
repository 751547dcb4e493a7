"""Every check of the conformance suite holds for the local backend, as this user and as an ordinary one."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from flowrl_envs.sandbox.conformance import CHECKS, check_sandbox

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_local(box, check):
    assert check.look(box) == ""


def test_names_are_distinct_and_many():
    assert len({check.name for check in CHECKS}) == len(CHECKS) >= 40


def test_a_report_says_what_failed(box):
    report = check_sandbox(box, ["honest.asyncio", "limits.threads"])
    assert report.ok
    assert report.text().endswith("local/namespaces: 2 of 2 checks passed")


@pytest.mark.docker
@pytest.mark.timeout(600)
def test_docker(docker_box):
    report = check_sandbox(docker_box)
    assert report.ok, report.text()


@pytest.mark.parametrize("backend", ["local", "landlock"])
def test_an_ordinary_user(backend):
    """Root becomes user 4242 with an interpreter that user can reach; anybody else is an ordinary user already."""
    python, path, prefix = sys.executable, str(ROOT), []
    if os.geteuid() == 0:
        python = f"/usr/bin/python{sys.version_info[0]}.{sys.version_info[1]}"
        if not (shutil.which("setpriv") and Path(python).exists()):
            pytest.skip(f"running as root, and there is no setpriv or no {python} to run as an ordinary user with")
        packages = next(entry for entry in sys.path if entry.endswith("site-packages"))
        path += os.pathsep + packages
        prefix = ["setpriv", "--reuid", "4242", "--regid", "4242", "--clear-groups"]
    code = (
        "from flowrl_envs.sandbox import open_sandbox\n"
        "from flowrl_envs.sandbox.conformance import check_sandbox\n"
        f"with open_sandbox({backend!r}, workers=2) as sandbox:\n"
        "    report = check_sandbox(sandbox)\n"
        "print(report.text())\n"
        "raise SystemExit(not report.ok)\n"
    )
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [*prefix, python, "-c", code], capture_output=True, text=True, env=environment, cwd="/", timeout=280
    )
    if "Permission denied" in done.stderr and "flowrl_envs" in done.stderr:
        pytest.skip("the checkout or its packages cannot be read by an ordinary user")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
