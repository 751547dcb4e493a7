"""Stable-baselines3 agents: one that learns, and a run folder like any other's."""

import json

import pytest

pytest.importorskip("sb3_contrib", reason="needs flowrl[sb3]")

from flowrl_agent.baselines.sb3 import SB3Agent, SB3Config, learn, make_agent
from flowrl_agent.baselines.sb3_run import SB3Run, evaluate_sb3, train_sb3
from flowrl_agent.baselines.views import view_of
from flowrl_agent.config.schema import ConfigError, EnvConfig, EvalConfig
from flowrl_agent.metrics.sinks import read_rows
from flowrl_agent.report.load import load_runs
from flowrl_agent.rollout.base import SamplingParams
from flowrl_envs.env import TextEnv
from flowrl_envs.task import Task, exact
from flowrl_envs.types import Problem

SUMS = EnvConfig("FlowRL/Arithmetic-v0", kwargs={"level": 0, "style": "short"})


class Letter(Task):
    """Write the letter that is shown."""

    def problem(self, split, index):
        return Problem(str(index), "abcdefgh"[index % 8], "abcdefgh"[index % 8])

    def size(self, split):
        return 8

    score = staticmethod(exact)

    def gold(self, problem):
        return problem.reference


def test_maskable_ppo_learns_to_write_the_letter_it_is_shown():
    task = Letter()
    view = view_of(task)
    agent = make_agent("maskable_ppo", SB3Config(envs=8, width=64), view, lambda: TextEnv(task), seed=0)
    rows = []
    learn(agent, 8_000, lambda step, row: rows.append(row), every=1000)
    assert rows[0]["reward/mean"] < 0.4
    assert rows[-1]["reward/mean"] > 0.9
    talks = [(("user", letter),) for letter in "abcdefgh"]
    greedy = SB3Agent(agent, view).respond(talks, 1, SamplingParams(1, temperature=0))
    assert "".join(row[0].text for row in greedy) == "abcdefgh"


@pytest.mark.parametrize("name", ["sb3:ppo", "sb3:a2c", "sb3:dqn", "sb3:maskable_ppo"])
def test_every_agent_leaves_a_run_that_the_report_reads(name, tmp_path):
    run = SB3Run(
        SB3Config(steps=600, width=16, envs=2),
        env=SUMS,
        eval=EvalConfig(problems=6, samples=2),
        out=str(tmp_path / "run"),
    )
    folder = train_sb3(name, run)
    (loaded,) = load_runs([folder])
    assert loaded.label == name
    assert loaded.env.startswith(SUMS.id)
    assert loaded.transcripts[0]["messages"][0][0] == "user"
    rows = read_rows(folder / "metrics.jsonl")
    assert {"eval/avg", "eval/pass@1"} <= rows[0].values.keys() & rows[-1].values.keys()
    assert json.loads((folder / "result.json").read_text())["eval/avg"][0] == pytest.approx(rows[-1].values["eval/avg"])


def test_a_seed_repeats_a_training(tmp_path):
    curves = []
    for number in range(2):
        run = SB3Run(
            SB3Config(steps=1000, width=16, envs=2),
            seed=3,
            env=SUMS,
            eval=EvalConfig(problems=4, samples=2),
            out=str(tmp_path / str(number)),
        )
        rows = read_rows(train_sb3("sb3:maskable_ppo", run) / "metrics.jsonl")
        curves.append([{k: v for k, v in row.values.items() if not k.startswith("time/")} for row in rows])
    assert str(curves[0]) == str(curves[1])


def test_a_saved_agent_answers_as_the_trained_one_did(tmp_path):
    from sb3_contrib import MaskablePPO

    run = SB3Run(
        SB3Config(steps=600, width=16, envs=2),
        env=SUMS,
        eval=EvalConfig(problems=6, samples=4),
        out=str(tmp_path / "run"),
    )
    folder = train_sb3("sb3:maskable_ppo", run)
    from flowrl_envs.tasks.arithmetic import Arithmetic

    view = view_of(Arithmetic(0, style="short"))
    agent = SB3Agent(MaskablePPO.load(folder / "agent.zip", device="cpu"), view)
    last = read_rows(folder / "metrics.jsonl")[-1].values
    assert evaluate_sb3(agent, view, run).means() == pytest.approx(
        {k: v for k, v in last.items() if k.startswith("eval/")}
    )


def test_mistakes_are_explained(tmp_path):
    with pytest.raises(ConfigError, match="Did you mean 'sb3:ppo'"):
        train_sb3("sb3:pppo", SB3Run(env=SUMS))
    (tmp_path / "config.toml").write_text("")
    with pytest.raises(ConfigError, match="holds a run already"):
        train_sb3("sb3:ppo", SB3Run(SB3Config(steps=10, envs=1), env=SUMS, out=str(tmp_path)))
