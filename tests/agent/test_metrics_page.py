"""docs/metrics.md explains exactly what runs log: nothing is missing, nothing is stale."""

import re
from pathlib import Path

import pytest

from flowrl_agent.algorithms import ALGORITHMS
from flowrl_agent.build.run import train
from flowrl_agent.commands.train import parse
from flowrl_agent.metrics.sinks import read_rows

PAGE = Path(__file__).parents[2] / "docs" / "metrics.md"
FLAGS = [
    *("--model.warm-start", "30", "--model.keep-start", "--rollout.max-new-tokens", "5"),
    *("--rollout.prompts", "2", "--rollout.samples", "16", "--steps", "2"),
    *("--eval.every", "1", "--eval.problems", "2", "--eval.samples", "4"),
    *("--device", "cpu", "--log.no-console", "--log.checkpoint-every", "0"),
]
SUMS = ["--env", "FlowRL/Arithmetic-v0", "--env.kwargs.level", "0", "--env.kwargs.style", "short"]
LISTED = ["--env", "FlowRL/Modes-v0", "--env.kwargs.prompts", "2", "--env.kwargs.style", "short"]
SUFFIX = {"mean", "std", "p05", "p50", "p95", "max", "ess"}


def logged(name, folder, env):
    """Names of a run; those of one spread share `NAME/*`, pass@k is one."""
    train(*parse([*FLAGS, "--algo", name, "--out", str(folder), *env]))
    names = {n for row in read_rows(folder / "metrics.jsonl") for n in row.values}
    spreads = {n.rpartition("/")[0] for n in names if n.count("/") == 2 and n.endswith("/p05")}
    short = set()
    for n in names:
        head, _, tail = n.rpartition("/")
        short.add(f"{head}/*" if head in spreads and tail in SUFFIX else re.sub(r"@\d+$", "@k", n))
    return short


@pytest.fixture(scope="module")
def names(tmp_path_factory):
    found = {name: logged(name, tmp_path_factory.mktemp("page") / name, SUMS) for name in sorted(ALGORITHMS)}
    exact = logged("flowrl/moderate", tmp_path_factory.mktemp("page") / "exact", LISTED)
    return found | {"flowrl/moderate": exact}


def test_every_number_of_every_algorithm_is_explained_and_no_explanation_is_stale(names):
    explained = set(re.findall(r"^\| `([^`]+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    every = set.union(*names.values())
    assert every - explained == set(), "logged and not on docs/metrics.md"
    assert explained - every == set(), "on docs/metrics.md and never logged"
