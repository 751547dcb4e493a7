"""The findings hold together: their plans are sound, and the pages show what the kept rows say."""

import shutil
import sys
from pathlib import Path

import pytest

from flowrl_agent.bench import record
from flowrl_agent.bench.cells import runs
from flowrl_agent.bench.plan import load

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
KEPT = BENCHMARKS / "results" / "findings"
PLANS = sorted((BENCHMARKS / "findings").glob("*.toml"))


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_a_plan_is_sound_and_its_rows_are_kept(path):
    plan = load(path)
    planned = {(job.algorithm, job.env, job.seed) for job in runs(plan, {}, {})}
    kept = record.read(KEPT / f"{path.stem}.jsonl")
    assert {(row["algorithm"], row["env"], row["seed"]) for row in kept} == planned
    trials = record.read(KEPT / f"{path.stem}-trials.jsonl") if plan.search.trials else []
    searched = {axis_name for axis in plan.search.space for axis_name in axis.algorithms or plan.algorithms}
    assert len(trials) == plan.search.trials * len(searched) * len(plan.envs)


def test_the_pages_show_the_results_that_the_rows_give(tmp_path, monkeypatch):
    pytest.importorskip("matplotlib", reason="needs flowrl[bench]")
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import findings_drawing

    monkeypatch.delitem(sys.modules, "findings_drawing")
    pages = findings_drawing.PAGES
    copies = Path(shutil.copytree(pages, tmp_path / "pages"))
    for copy in copies.glob("*.md"):
        copy.write_text(copy.read_text().replace("0.", "9."))  # figures that only the rows can put right again
    monkeypatch.setattr(findings_drawing, "PAGES", copies)
    findings_drawing.write_pages(
        [row for name in ("algorithms", "family") for row in record.read(KEPT / f"{name}.jsonl")]
    )

    def block(path):
        text = path.read_text()
        return text[text.index(findings_drawing.BEGIN) : text.index(findings_drawing.END)]

    shown = [page for page in pages.glob("*.md") if findings_drawing.BEGIN in page.read_text()]
    assert len(shown) == 12
    for page in shown:
        assert block(copies / page.name) == block(page), page.name
