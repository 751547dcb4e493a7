"""The algorithm pages cannot rot: every setting, preset and metric that exists is on its page, and no other metric."""

from __future__ import annotations

import dataclasses
import re
from functools import lru_cache
from pathlib import Path

import pytest

from flowrl_agent.algorithms import ALGORITHMS, load_algorithm, load_algorithm_class
from flowrl_agent.algorithms.conformance.probe import evaluate, make_probe

PAGES = Path(__file__).parents[2] / "docs" / "algorithms"
SHARED = (PAGES / "README.md").read_text()


@lru_cache
def metrics_of(name: str) -> frozenset[str]:
    """What an algorithm logs under its default settings and every preset."""
    variants = [load_algorithm(name), *(load_algorithm(f"{name}/{p}") for p in load_algorithm_class(name).presets)]
    return frozenset(stat.name for a in variants for stat in evaluate(a, make_probe(a.needs)).output.stats)


def named(page: str) -> set[str]:
    """Metric names in backticks; `grpo/kl` is an algorithm with its preset."""
    presets = {f"{name}/{preset}" for name in ALGORITHMS for preset in load_algorithm_class(name).presets}
    return set(re.findall(r"`([a-z]+/[a-z_]+)`", page)) - presets


@pytest.mark.parametrize("name", ALGORITHMS)
def test_the_page_names_every_setting_preset_and_metric(name):
    page = (PAGES / f"{name}.md").read_text()
    cls = load_algorithm_class(name)
    assert [f.name for f in dataclasses.fields(cls.Config) if f"`{f.name}`" not in page] == []
    index = next(line for line in SHARED.splitlines() if line.startswith(f"| [{name}]"))
    assert [preset for preset in cls.presets if preset not in index] == []
    assert not metrics_of(name) - named(page) - named(SHARED)
    assert not named(page) - metrics_of(name)


@pytest.mark.parametrize("name", ALGORITHMS)
def test_the_page_shows_the_equation_the_deviations_and_a_command(name):
    page = (PAGES / f"{name}.md").read_text()
    assert "\n    loss " in page
    assert "## Deviations" in page
    assert f"flowrl train --algo {name}" in page
    for link in re.findall(r"\]\((\.\.[^)#]*)", page):
        assert (PAGES / link).exists(), link


def test_shared_metrics_are_logged_by_some_algorithm():
    assert named(SHARED) <= set().union(*(metrics_of(name) for name in ALGORITHMS))
