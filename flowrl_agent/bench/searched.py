"""What a search tried, and whether it is settled: a best value at the end of those tried may lie beyond them.

A learning rate at the end of its range has made differences between algorithms that were none (benchmarks/LOG.md, the
entries on Countdown), so the search says it, and so do the tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flowrl_agent.bench import record
from flowrl_agent.report.tables import Table

Row = Mapping[str, Any]


def ends(setting: str, chosen: Mapping[str, Any], tried: Iterable[Mapping[str, Any]]) -> str:
    """Which end of the values tried is the chosen one: "lowest tried", "highest tried" or "".

    Args:
        setting: dotted name.
        chosen: the configuration that was chosen, as tables.
        tried: that of every trial. One that failed counts: its value was tried and is not the best.

    Values that are no numbers have no order, and one value alone has no ends.
    """
    best, values = _number(chosen, setting), [_number(config, setting) for config in tried]
    known = {value for value in values if value is not None}
    if best is None or len(known) < 2:
        return ""
    return "lowest tried" if best <= min(known) else "highest tried" if best >= max(known) else ""


def search_table(rows: Sequence[Row], trials: Sequence[Row]) -> Table:
    """For each searched setting: its values with the best trial at each, the one chosen, and whether that is an end.

    Args:
        rows: runs of the benchmark.
        trials: of its search, with those that failed; of several with one number the last counts.
    """
    body = []
    for key in dict.fromkeys((row["algorithm"], row["env"]) for row in rows):
        run = next(row for row in rows if (row["algorithm"], row["env"]) == key)
        numbered = {trial["trial"]: trial for trial in trials if (trial["algorithm"], trial["env"]) == key}
        mine = list(numbered.values())
        for setting in dict.fromkeys(name for trial in mine for name in trial["chosen"]):
            remark = ends(setting, run["config"], [trial["config"] for trial in mine])
            body.append((*key, setting, _profile(setting, mine), _text(_value(run["config"], setting)), remark))
    note = (
        "Values tried, with the best avg of a trial at each, on training problems. Where the chosen value is the "
        "lowest or highest tried, a better one may lie beyond it, and a difference between algorithms may be one of "
        "settings."
    )
    return Table("Search", note, ("algorithm", "environment", "setting", "tried: avg", "chosen", "end"), tuple(body))


def _profile(setting: str, trials: Sequence[Row]) -> str:
    best: dict[Any, float] = {}
    for trial in trials:
        value, score = _value(trial["config"], setting), trial.get("measures", {}).get("avg")
        best[value] = max(best.get(value, -1.0), -1.0 if score is None else score)
    order = sorted(best, key=lambda value: (isinstance(value, str), value))
    return ", ".join(f"{_text(value)}: {'failed' if best[value] < 0 else f'{best[value]:.3f}'}" for value in order)


def _value(config: Mapping[str, Any], setting: str) -> Any:
    inner: Any = config
    for part in setting.split("."):
        inner = inner.get(part) if isinstance(inner, Mapping) else None
    value = record.restore(inner)
    return str(value) if value is None or isinstance(value, bool) else value


def _number(config: Mapping[str, Any], setting: str) -> float | None:
    value = _value(config, setting)
    return value if isinstance(value, int | float) else None


def _text(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
