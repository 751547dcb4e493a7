"""Stable-baselines3 agents on the token-level view: networks from scratch, no language model.

They learn a small vocabulary on short prompts and nothing more; `benchmarks/sb3_token_level.py` says which of them
learn at all. `SB3Agent` is a `Responder`, so a trained one is evaluated exactly as a language model is. Settings and
the run folder are in `sb3_run`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import gymnasium
import numpy as np
import torch

from flowrl_agent.baselines.views import View
from flowrl_agent.baselines.writer import Actions, Masks, Seen, respond_by
from flowrl_agent.rollout.base import SamplingParams
from flowrl_agent.rollout.text import Conversation, Reply
from flowrl_envs.errors import MissingDependencyError

if TYPE_CHECKING:
    from stable_baselines3.common.base_class import BaseAlgorithm

Name = Literal["ppo", "a2c", "dqn", "maskable_ppo"]
PREFIX = "sb3:"
"""What an algorithm's name starts with: `sb3:ppo`."""
Row = Callable[[int, dict[str, float]], None]
"""(environment steps so far, numbers)."""


@dataclass(frozen=True)
class SB3Config:
    """Settings that the four have in common; everything else is stable-baselines3's default."""

    steps: int = 200_000
    """Tokens written in training."""
    lr: float = 1e-3
    """Learning rate."""
    width: int = 256
    """Units of the two hidden layers."""
    entropy: float = 0.01
    """Entropy bonus (not DQN, which explores epsilon-greedily)."""
    envs: int = 16
    """Environments played side by side."""


def make_agent(
    name: Name, config: SB3Config, view: View, make_env: Callable[[], gymnasium.Env[str, str]], seed: int
) -> BaseAlgorithm:
    """An untrained agent over `config.envs` environments.

    Raises:
        MissingDependencyError: stable-baselines3 or sb3-contrib is not installed.
    """
    try:
        import sb3_contrib
        import stable_baselines3
        from stable_baselines3.common.monitor import Monitor
        from stable_baselines3.common.vec_env import DummyVecEnv
    except ImportError as error:
        raise MissingDependencyError(error.name or "stable-baselines3", "sb3") from error
    envs = DummyVecEnv([lambda: Monitor(view.wrap(make_env()), info_keywords=("correct", "graded"))] * config.envs)
    shared: dict[str, Any] = {
        "policy": "MlpPolicy",
        "env": envs,
        "learning_rate": config.lr,
        "gamma": 1.0,
        "policy_kwargs": {"net_arch": [config.width, config.width]},
        "seed": seed,
        "device": "cpu",
    }
    on_policy: dict[str, Any] = {
        "n_steps": 128,
        "batch_size": 16 * config.envs,
        "n_epochs": 4,
        "ent_coef": config.entropy,
    }
    if name == "maskable_ppo":
        return sb3_contrib.MaskablePPO(**shared, **on_policy)
    if name == "ppo":
        return stable_baselines3.PPO(**shared, **on_policy)
    if name == "a2c":
        return stable_baselines3.A2C(**shared, n_steps=16, ent_coef=config.entropy)
    return stable_baselines3.DQN(**shared, buffer_size=100_000, learning_starts=5_000, exploration_fraction=0.3)


def learn(agent: BaseAlgorithm, steps: int, row: Row, every: int = 10_000) -> None:
    """Trains for `steps` tokens; `row` is given the means over the episodes of each `every` steps."""
    from stable_baselines3.common.callbacks import BaseCallback

    class Watch(BaseCallback):
        """Gathers what Monitor says of finished episodes."""

        def __init__(self) -> None:
            super().__init__()
            self.episodes: list[dict[str, Any]] = []
            self.said = 0

        def _on_step(self) -> bool:
            self.episodes += [info["episode"] for info in self.locals["infos"] if "episode" in info]
            if self.num_timesteps - self.said >= every:
                self._say()
            return True

        def _on_training_end(self) -> None:
            if self.episodes:
                self._say()

        def _say(self) -> None:
            self.said = self.num_timesteps
            row(self.num_timesteps, _means(self.episodes, self.logger.name_to_value))
            self.episodes = []

    agent.learn(steps, callback=Watch())


class SB3Agent:
    """A trained agent as a `Responder`: it samples from its policy, or is greedy at temperature 0.

    Args:
        agent: of `make_agent`, or loaded.
        view: the one it was trained in.
    """

    def __init__(self, agent: BaseAlgorithm, view: View) -> None:
        self._agent, self._view = agent, view
        self._masked = type(agent).__name__ == "MaskablePPO"

    def respond(self, conversations: Sequence[Conversation], n: int, params: SamplingParams) -> list[list[Reply]]:
        """`n` messages for each conversation. Temperatures other than 0 are all 1, the policy itself."""
        greedy = params.temperature == 0

        def choose(observations: Seen, masks: Masks) -> Actions:
            extra: dict[str, Any] = {"action_masks": masks} if self._masked else {}
            actions, _ = self._agent.predict(observations, deterministic=greedy, **extra)
            return np.asarray(actions)

        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(params.seed % 2**63)
            return respond_by(self._view, conversations, n, choose)


def _means(episodes: Sequence[dict[str, Any]], logged: dict[str, Any]) -> dict[str, float]:
    """Rewards as the trainer names them, and the agent's own losses."""
    out = {f"sb3/{k.removeprefix('train/')}": float(v) for k, v in logged.items() if k.startswith("train/")}
    graded = [e for e in episodes if e["graded"]]
    if episodes:
        out["reward/ungraded"] = 1 - len(graded) / len(episodes)
        out["length/mean"] = float(np.mean([e["l"] for e in episodes]))
    if graded:
        out["reward/mean"] = float(np.mean([e["r"] for e in graded]))
        out["reward/correct"] = float(np.mean([e["correct"] for e in graded]))
    return out
