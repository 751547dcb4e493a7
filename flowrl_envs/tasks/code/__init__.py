"""Programming tasks: the built-in problems, repair over several turns, maths with a Python tool, and benchmarks."""

from __future__ import annotations

from flowrl_envs.tasks.code.data import CodeData, HumanEval
from flowrl_envs.tasks.code.repair import CodeRepair
from flowrl_envs.tasks.code.task import Code, CodeTask
from flowrl_envs.tasks.code.tool import MathPython

__all__ = ["Code", "CodeData", "CodeRepair", "CodeTask", "HumanEval", "MathPython"]
