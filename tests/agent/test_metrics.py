"""Metrics are exact over micro-batches and ranks, and every file of rows survives a crash."""

import io
import json
import math

import numpy as np
import pytest
import torch
from rich.console import Console

from flowrl_agent.metrics.condense import Accumulator, condense, effective_sample_size
from flowrl_agent.metrics.console import ConsoleSink
from flowrl_agent.metrics.sinks import JsonlSink, MemorySink, TensorBoardSink, log_all, read_rows
from flowrl_agent.types import Show, Stat


def test_portions_and_ranks_change_no_number():
    x = torch.randn(1000, generator=torch.Generator().manual_seed(0))
    whole = condense([Stat("a", x, Show.WEIGHTS), Stat("b", x)])
    parts = [p for chunk in x.split([1, 499, 300, 200]) for p in (Stat("a", chunk, Show.WEIGHTS), Stat("b", chunk))]
    assert condense(reversed(parts)) == {k: whole[k] for k in condense(reversed(parts))} == whole
    ranks = [Accumulator(), Accumulator()]
    for i, part in enumerate(parts):
        ranks[i % 2].add(part)
    gathered = ranks[0].row(lambda mine: [mine, ranks[1]._stats])
    assert gathered == whole


def test_a_spread_is_numpys_mean_std_and_quantiles():
    x = torch.tensor([4.0, 1.0, 3.0, 2.0, 10.0])
    row = condense([Stat("w", x, Show.WEIGHTS)])
    v = x.double().numpy()
    assert row["w/mean"] == 4
    assert row["w/std"] == pytest.approx(v.std())
    assert [row["w/p05"], row["w/p50"], row["w/p95"]] == pytest.approx(list(np.quantile(v, [0.05, 0.5, 0.95])))
    assert row["w/max"] == 10
    assert row["w/ess"] == pytest.approx(20**2 / (v**2).sum() / 5)


def test_effective_sample_size_runs_from_one_to_one_over_n():
    assert effective_sample_size(np.full(8, 3e300)) == 1
    assert effective_sample_size(np.array([0.0, 0, 0, 5])) == 0.25
    assert math.isnan(effective_sample_size(np.array([1.0, math.inf])))


def test_a_name_without_values_is_left_out_and_two_shows_of_a_name_are_refused():
    assert condense([Stat("a", torch.zeros(0))]) == {}
    with pytest.raises(ValueError, match="'a'"):
        condense([Stat("a", torch.ones(1)), Stat("a", torch.ones(1), Show.SPREAD)])


def test_rows_read_back_and_no_json_line_holds_nan(tmp_path):
    sink = JsonlSink(tmp_path / "deep" / "m.jsonl")
    log_all([sink, memory := MemorySink()], 1, {"a": 1.5, "b": math.nan, "c": math.inf})
    sink.close()
    text = (tmp_path / "deep" / "m.jsonl").read_text()
    assert json.loads(text, parse_constant=pytest.fail) == {"step": 1, "a": 1.5, "b": None, "c": None}
    (row,) = read_rows(tmp_path / "deep" / "m.jsonl")
    assert row.values["a"] == memory.rows[0].values["a"]
    assert math.isnan(row.values["b"])


def test_a_resumed_file_has_no_row_twice_and_no_half_line(tmp_path):
    path = tmp_path / "m.jsonl"
    sink = JsonlSink(path)
    for step in range(1, 6):
        sink.log(step, {"a": step / 3})
    sink.close()
    with path.open("a") as file:
        file.write('{"step": 6, "a": 1.')
    sink = JsonlSink(path, after=3)
    sink.log(4, {"a": 0.5})
    sink.close()
    assert [(r.step, r.values["a"]) for r in read_rows(path)] == [(1, 1 / 3), (2, 2 / 3), (3, 1.0), (4, 0.5)]


def test_a_damaged_line_in_the_middle_is_named(tmp_path):
    (tmp_path / "m.jsonl").write_text('{"step": 1}\nnonsense\n{"step": 2}\n')
    with pytest.raises(ValueError, match="line 2"):
        read_rows(tmp_path / "m.jsonl")


def test_tensorboard_reads_what_was_logged(tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    sink = TensorBoardSink(tmp_path)
    for step in (1, 2):
        sink.log(step, {"reward/mean": step / 2})
    sink.close()
    events = EventAccumulator(str(tmp_path))
    events.Reload()
    assert [(e.step, e.value) for e in events.Scalars("reward/mean")] == [(1, 0.5), (2, 1.0)]


@pytest.mark.parametrize("terminal", [True, False])
def test_the_console_shows_the_latest_numbers(terminal):
    text = io.StringIO()
    sink = ConsoleSink(2, console=Console(file=text, force_terminal=terminal, width=120), quiet=0)
    sink.log(1, {"reward/mean": 0.25, "loss/total": 3.0, "flow/log_z": 1.0})
    sink.log(2, {"reward/mean": 0.5})
    sink.close()
    assert "reward 0.500" in text.getvalue()
    assert "loss 3.000" in text.getvalue()
    assert "log_z" not in text.getvalue()
