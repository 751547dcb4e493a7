"""Contribute an environment: the one file is run_length.py; here it is played and its contract is proved.

Run: python examples/03_new_env.py. The same start is written by `flowrl new my_task`, with a card and a test, and
`flowrl check run_length:Mine/RunLength-v0`, in this folder, is the last step from the shell.
"""

import gymnasium
import run_length  # noqa: F401  (registers Mine/RunLength-v0)

from flowrl_envs.check.run import check

if __name__ == "__main__":
    env = gymnasium.make("Mine/RunLength-v0")
    prompt, info = env.reset(seed=0)
    print(prompt)
    _, reward, _, _, info = env.step("a2b1c3")
    print(f"reward {reward}, because {info['reason']}\n")
    report = check("Mine/RunLength-v0")
    print(report)
    raise SystemExit(not report.ok)
