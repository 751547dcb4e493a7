"""A search gives every algorithm the same trials, repeats itself, and says where its best value was the last tried."""

import gc
import warnings

import pytest

from flowrl_agent.bench.plan import Axis
from flowrl_agent.bench.searched import ends, search_table
from flowrl_agent.bench.tune import grid, suggest


def test_the_search_starts_from_the_defaults_and_repeats_itself():
    with warnings.catch_warnings():  # importing optuna leaves a directory listing open
        warnings.simplefilter("ignore", ResourceWarning)
        pytest.importorskip("optuna", reason="needs flowrl[bench]")
        gc.collect()
    axes = [Axis("optim.lr", 1e-5, 1e-3), Axis("algo.kind", choices=("x", "y"))]
    past = [({}, 0.2)]
    for number in range(1, 7):
        settings = suggest(axes, past, number)
        assert settings == suggest(axes, past, number)
        assert 1e-5 <= settings["optim.lr"] <= 1e-3
        assert settings["algo.kind"] in ("x", "y")
        past.append((settings, None if number == 2 else 0.1 * number))
    assert suggest(axes, [], 0) == {}
    assert len({s["optim.lr"] for s, _ in past[1:]}) == 6


def test_choices_that_the_trials_cover_are_a_grid():
    rates, kinds = Axis("optim.lr", choices=(1e-4, 1e-3)), Axis("algo.kind", choices=("x", "y"))
    assert grid([rates, kinds], 4) == [
        {"optim.lr": rate, "algo.kind": kind} for rate in (1e-4, 1e-3) for kind in ("x", "y")
    ]
    assert grid([rates, kinds], 3) == []
    assert grid([rates, Axis("algo.beta", 0.1, 1.0)], 100) == []


def trial(rate, avg=None, **others):
    config = {"optim": {"lr": rate}, "algo": {"clip": "inf"}}
    measured = {"error": "status 1"} if avg is None else {"measures": {"avg": avg}}
    return {"algorithm": "a", "env": "e", "config": config, "chosen": {"optim.lr": rate}, **measured, **others}


@pytest.mark.parametrize(
    ("chosen", "tried", "said"),
    [
        (1e-4, (1e-4, 1e-3), "lowest tried"),
        (1e-3, (1e-4, 1e-3), "highest tried"),
        (1e-3, (1e-4, 1e-3, 1e-2), ""),
        (1e-3, (1e-3,), ""),
        ("x", ("x", "y"), ""),
        (True, (True, False), ""),
    ],
)
def test_a_search_says_that_its_best_value_is_the_last_it_tried(chosen, tried, said):
    assert ends("optim.lr", trial(chosen)["config"], [trial(value)["config"] for value in tried]) == said


def test_the_search_table_shows_every_value_and_where_the_choice_lies():
    stale = trial(1.0, 0.9, trial=1)
    trials = [stale, *(trial(r, avg, trial=i) for i, (r, avg) in enumerate([(1e-3, 0.25), (1e-4, 0.5), (1e-2, None)]))]
    runs = [trial(1e-4, 0.4), {**trial(1e-4, 0.3), "algorithm": "unsearched"}]
    table = search_table(runs, trials)
    assert table.rows == (
        ("a", "e", "optim.lr", "0.0001: 0.500, 0.001: 0.250, 0.01: failed", "0.0001", "lowest tried"),
    )
    between = search_table([trial(1e-3, 0.4)], trials)
    assert between.rows[0][-1] == ""
