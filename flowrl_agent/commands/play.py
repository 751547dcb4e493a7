"""`flowrl play ID`: a person answers in the terminal and sees the verdict and why. Works with piped input."""

from __future__ import annotations

import argparse
import sys
from typing import Any

import gymnasium

import flowrl_envs
from flowrl_agent.commands.terminal import printable
from flowrl_envs.errors import UserError


def main(argv: list[str]) -> int:
    """Plays episodes until the input ends or `--n` are done; prints the score."""
    parser = argparse.ArgumentParser(
        prog="flowrl play", description="Answer problems yourself. One line is one message; end with Ctrl-D."
    )
    parser.add_argument("id", metavar="ID", help="'FlowRL/Math-v0' or 'my_pkg:Ns/Name-v0'")
    parser.add_argument("-n", "--n", type=int, default=0, help="episodes to play (default: until the input ends)")
    parser.add_argument("--seed", type=int, help="seed of the problems (default: random)")
    parser.add_argument("--split", help="split to play (default: the environment's own)")
    args = parser.parse_args(argv)
    sys.path.insert(0, "")
    from flowrl_envs.check.run import find

    env: gymnasium.Env[Any, Any] = gymnasium.make(find(args.id), **({"split": args.split} if args.split else {}))
    if not isinstance(env.unwrapped, flowrl_envs.TextEnv):
        raise UserError(f"{args.id} is not a text environment.")
    rewards: list[float] = []
    while args.n <= 0 or len(rewards) < args.n:
        reward = _episode(env, args.seed if not rewards else None)
        if reward is None:
            break
        rewards.append(reward)
    if rewards:
        print(f"\n{len(rewards)} played, mean reward {sum(rewards) / len(rewards):.3f}")
    return 0


def _episode(env: gymnasium.Env[Any, Any], seed: int | None) -> float | None:
    """Plays one episode; None if the input ended before its last message."""
    observation, _ = env.reset(seed=seed)
    total, over = 0.0, False
    info: dict[str, Any] = {}
    while not over:
        print(f"\n{printable(observation)}")
        line = _read()
        if line is None:
            return None
        observation, reward, terminated, truncated, info = env.step(line)
        total += float(reward)
        over = terminated or truncated
    answer = f", read as {info['answer']!r}" if info["answer"] else ""
    details = f" {info['details']}" if info["details"] != "{}" else ""
    print(printable(f"[{info['reason']}] reward {total:g}{answer}{details}"))
    return total


def _read() -> str | None:
    """One line of input without its end, or None at the end of input."""
    if sys.stdin.isatty():
        print("> ", end="", flush=True)
    line = sys.stdin.readline()
    return line.rstrip("\r\n") if line else None
