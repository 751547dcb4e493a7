"""Countdown: expressions in their canonical form, the search for every solution, and the task on both."""

from flowrl_envs.tasks.countdown.task import Countdown

__all__ = ["Countdown"]
