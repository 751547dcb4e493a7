"""FlowRL environments: Gymnasium environments over text with verifiable rewards.

Importing this package registers every id, so `gymnasium.make("FlowRL/Math-v0")` works after it; so does
`gymnasium.make("flowrl_envs:FlowRL/Math-v0")` without it. A contributor derives from `Task` or `GeneratedTask` and
calls `register`. The checker is `flowrl_envs.check`; it is not imported here.
"""

from envs_registry import register as register
from envs_registry import register_all as _register_all
from flowrl_envs.env import TextEnv as TextEnv
from flowrl_envs.spaces import FreeText as FreeText
from flowrl_envs.task import GeneratedTask as GeneratedTask
from flowrl_envs.task import Task as Task
from flowrl_envs.task import exact as exact
from flowrl_envs.types import Message as Message
from flowrl_envs.types import Problem as Problem
from flowrl_envs.types import Reason as Reason
from flowrl_envs.types import Verdict as Verdict
from flowrl_envs.types import right as right
from flowrl_envs.types import wrong as wrong
from flowrl_envs.vector import TextVectorEnv as TextVectorEnv

_register_all()
