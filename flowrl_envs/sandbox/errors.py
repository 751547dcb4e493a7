"""The errors of the sandbox, for people; what a program does is never one of them."""

from __future__ import annotations

from flowrl_envs.errors import InfrastructureError


class SandboxUnavailableError(InfrastructureError):
    """This host cannot build the box that was asked for. Says which layer is missing and what mends it."""


class SandboxClosedError(InfrastructureError):
    """The sandbox was closed before the call."""
