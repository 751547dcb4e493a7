"""Algorithms by name: every entry loads, an outsider's class loads, and every mistake says what there is."""

from __future__ import annotations

import dataclasses
import subprocess
import sys

import pytest

from flowrl_agent.algorithms import ALGORITHMS, UnknownAlgorithmError, load_algorithm, load_algorithm_class
from flowrl_agent.algorithms.base import Algorithm


@pytest.mark.parametrize("name", ALGORITHMS)
def test_every_registered_name_is_an_algorithm_in_the_file_of_that_name(name):
    cls = load_algorithm_class(name)
    assert issubclass(cls, Algorithm)
    assert cls.__module__ == f"flowrl_agent.algorithms.{name}"
    documented = cls.Config.__doc__ or ""
    assert [f.name for f in dataclasses.fields(cls.Config) if f"{f.name}:" not in documented] == []


def test_module_and_class_load_an_algorithm_from_outside_with_its_preset():
    assert load_algorithm_class("flowrl_agent.algorithms.grpo:GRPO") is load_algorithm_class("grpo")
    assert load_algorithm("flowrl_agent.algorithms.grpo:GRPO/kl").config.kl_coef == 0.04
    assert load_algorithm("flowrl/released").config.clip == "off"
    assert load_algorithm("flowrl").config == load_algorithm_class("flowrl").Config()


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("flowr", "Did you mean 'flowrl'"),
        ("nothing_like_it", "Allowed: .*grpo"),
        ("grpo/klx", "Did you mean 'kl'"),
        ("flowrl_agent.algorithms.grpo:GRPOO", "Did you mean 'GRPO'"),
        ("flowrl_agent.algorithms.grpo:GRPOConfig", "not a subclass"),
        ("no_such_package_at_all.mine:Mine", "no module 'no_such_package_at_all.mine'"),
        ("grpo:kl", "with a slash, 'grpo/kl'"),
        ("flowrl_agent.algorithms.base:Algorithm", "does not define loss"),
        ("", "no algorithm ''"),
        (":", "not of the form module:Class"),
        ("..x:Y", "not of the form module:Class"),
    ],
)
def test_a_wrong_name_says_what_there_is(name, shown):
    with pytest.raises(UnknownAlgorithmError, match=shown):
        load_algorithm(name)


def test_a_module_that_fails_to_import_something_else_shows_its_own_error(tmp_path, monkeypatch):
    (tmp_path / "half_written_algorithm.py").write_text("import a_package_that_is_missing\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="a_package_that_is_missing"):
        load_algorithm_class("half_written_algorithm:Mine")


def test_importing_the_registry_does_not_import_torch():
    code = "import sys, flowrl_agent.algorithms as a; assert a.ALGORITHMS; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
