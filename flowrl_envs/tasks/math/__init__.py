"""Mathematics: procedural problem families of five subjects, or any data set of questions and answers."""

from flowrl_envs.tasks.math.task import Math

__all__ = ["Math"]
