"""The first walk: an environment, its problems and its verdicts, in a loop of your own.

python examples/01_custom_loop.py
"""

import gymnasium

import flowrl_envs  # noqa: F401  (registers the ids)


def guess(prompt: str) -> str:
    """Your agent: any function from text to text. This one only adds."""
    numbers = [word.strip("?") for word in prompt.split() if word.strip("?").isdigit()]
    return f"The answer is {sum(map(int, numbers))}."


def main() -> None:
    """One problem at a time, then eight at once."""
    env = gymnasium.make("FlowRL/Arithmetic-v0")
    observation, _ = env.reset(seed=1)
    print("user:     ", observation)
    action = guess(observation)
    print("agent:    ", action)
    observation, reward, _terminated, _truncated, info = env.step(action)
    print("reward:   ", reward, f"({info['reason']}, read as {info['answer']!r})")

    envs = gymnasium.make_vec("FlowRL/Arithmetic-v0", num_envs=8)
    observations, _ = envs.reset(seed=1)
    rewards_seen: list[float] = []
    for _ in range(4):
        actions = [guess(observation) for observation in observations]
        observations, rewards, *_ = envs.step(actions)
        rewards_seen += rewards.tolist()
    print(f"accuracy:  {sum(rewards_seen) / len(rewards_seen):.2f} over {len(rewards_seen)} problems")


if __name__ == "__main__":
    main()
