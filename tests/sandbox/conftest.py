"""Sandboxes shared by the tests of this folder."""

import os

import pytest

from flowrl_envs.sandbox import Sandbox, SandboxUnavailableError, open_sandbox


@pytest.fixture(scope="session")
def box():
    """A local sandbox with two boxes."""
    with open_sandbox("local", workers=2) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def docker_box():
    """A docker sandbox with one container; skips loudly where there is no engine."""
    if not os.environ.get("DOCKER_HOST"):
        pytest.skip('NO DOCKER ENGINE: DOCKER_HOST is not set (eval "$(tests/sandbox/engine.sh start)" starts one)')
    try:
        sandbox: Sandbox = open_sandbox("docker", workers=1)
    except SandboxUnavailableError as problem:
        pytest.skip(f"NO DOCKER ENGINE: {problem}")
    with sandbox:
        yield sandbox
