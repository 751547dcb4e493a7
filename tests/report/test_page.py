"""The report page: it works without a network, and nothing that a model wrote can run or break out in it."""

import html.parser
import json
import re
from importlib import resources
from pathlib import Path

import pytest

from flowrl_agent.commands.report import main
from flowrl_agent.config.schema import ConfigError
from flowrl_agent.report.chart import Line
from flowrl_agent.report.charts import charts, topic
from flowrl_agent.report.load import ReportError, Run, load_runs
from flowrl_agent.report.page import Report, escape, page
from flowrl_agent.report.plots import write_plots
from flowrl_agent.report.tables import Table, scores
from flowrl_agent.report.transcripts import pack
from flowrl_agent.types import Metrics

HOSTILE = [
    "<script>alert(1)</script>",
    "</pre></div><img src=x onerror=alert(1)>",
    "\"'><svg onload=alert(1)>",
    "</script><script>alert(1)</script>",
    "<!-- <![CDATA[ ]]> -->",
    "\ud800 lone \udfff",
    "a\x00b\x1b[31m\u202e\u2028",
    "<a href='https://evil.example'>x</a>",
]


def make_run(folder, name, seed=0, algo="flowrl", beta=1.0, reward=(0.1, 0.5, None)):
    run = folder / name
    run.mkdir(parents=True)
    (run / "config.toml").write_text(
        f'seed = {seed}\n[algo]\nname = {json.dumps(algo)}\nbeta = {beta}\n[env]\nid = "FlowRL/X-v0"\n',
        encoding="utf-8",
    )
    rows = [{"step": i, "reward/mean": r, HOSTILE[3]: 1.0} for i, r in enumerate(reward)]
    (run / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    said = [
        {"step": 1, "reward": 1.0, "correct": i % 2 == 0, "reason": text, "messages": [["user", text], [text, text]]}
        for i, text in enumerate(HOSTILE)
    ]
    (run / "transcripts.jsonl").write_text("".join(json.dumps(t) + "\n" for t in said) + '{"cut": ')
    return run


class Reader(html.parser.HTMLParser):
    """Collects tags, attributes and what lies in scripts."""

    def __init__(self):
        super().__init__()
        self.tags, self.attributes, self.scripts, self.open = [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag == "script":
            self.scripts.append((dict(attrs), ""))
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag == "script":
            self.open.pop()

    def handle_data(self, data):
        if self.open:
            attrs, text = self.scripts[-1]
            self.scripts[-1] = (attrs, text + data)


@pytest.fixture
def hostile_page(tmp_path):
    name = "<img src=x onerror=alert(1)>"
    make_run(tmp_path, name, algo=HOSTILE[0])
    table = Table(HOSTILE[2], HOSTILE[3], tuple(HOSTILE), (tuple(HOSTILE),))
    text = page(Report(load_runs([tmp_path]), HOSTILE[1], HOSTILE, [table]))
    text.encode("utf-8")
    reader = Reader()
    reader.feed(text)
    return text, reader


def test_hostile_text_adds_no_tag_no_handler_and_no_script(hostile_page):
    _, reader = hostile_page
    template = Reader()
    template.feed(resources.files("flowrl_agent.report").joinpath("page.html").read_text(encoding="utf-8"))
    assert set(reader.tags) <= {
        *("html", "head", "meta", "title", "style", "body", "h3", "p", "table", "thead", "tbody"),
        *("tr", "th", "td", "details", "summary", "pre", "script", *template.tags),
    }
    assert {"img", "svg", "a"}.isdisjoint(reader.tags)
    assert not [a for a in reader.attributes if a[0].startswith("on") or a[0] in ("src", "href")]
    assert [attrs.get("type", "code") for attrs, _ in reader.scripts] == ["application/json"] * 2 + ["code"] * 3


def test_only_the_pages_own_scripts_may_run_and_nothing_is_fetched(hostile_page):
    text, reader = hostile_page
    nonces = {attrs["nonce"] for attrs, _ in reader.scripts if "type" not in attrs}
    assert len(nonces) == 1
    policy = next(v for k, v in reader.attributes if k == "content" and "default-src" in v)
    assert f"script-src 'nonce-{nonces.pop()}'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe-inline'" not in policy.split("style-src")[0]
    assert not re.search(r"<(?:script|link|img)[^>]+(?:src|href)=", text.split("<script nonce")[0])


def test_the_data_block_reads_back_and_hostile_names_are_text_in_it(hostile_page):
    _, reader = hostile_page
    data = json.loads(reader.scripts[0][1])
    assert HOSTILE[3] in {chart["title"] for chart in data["charts"]}
    assert data["labels"] == [HOSTILE[0]]
    assert all("<" not in block for _, block in reader.scripts[:2])


def test_two_pages_have_two_nonces(tmp_path):
    make_run(tmp_path, "a")
    runs = load_runs([tmp_path])
    found = [re.search(r"nonce-([^']+)", page(Report(runs))).group(1) for _ in range(2)]
    assert found[0] != found[1]


def test_seeds_are_averaged_and_settings_that_differ_are_named(tmp_path):
    make_run(tmp_path, "a", seed=0, reward=(0.0, 1.0))
    make_run(tmp_path, "b", seed=1, reward=(1.0, 2.0, 9.0))
    make_run(tmp_path, "c", seed=0, beta=15.0, reward=(5.0,))
    runs = load_runs([tmp_path])
    assert [r.label for r in runs] == ["flowrl beta=1.0", "flowrl beta=1.0", "flowrl beta=15.0"]
    chart = next(chart for chart in charts(runs) if chart.title == "reward/mean")
    two, one = chart.lines
    assert (two.label, two.x, two.y, two.runs) == ("flowrl beta=1.0", [0, 1], [0.5, 1.5], 2)
    assert (two.least, two.most) == ([0.0, 1.0], [1.0, 2.0])
    assert one == Line("flowrl beta=15.0", [0], [5.0])


def test_a_gap_in_a_curve_is_a_gap(tmp_path):
    make_run(tmp_path, "a", reward=(0.1, None, 0.3))
    text = page(Report(load_runs([tmp_path])))
    data = json.loads(re.search(r"id='data-charts'>(.*?)</script>", text).group(1))
    assert data["charts"][0]["lines"][0]["y"] == [0.1, None, 0.3]


def test_the_command_writes_one_file_that_names_every_run(tmp_path, capsys):
    make_run(tmp_path / "runs", "first")
    make_run(tmp_path / "runs", "second", seed=1)
    assert main([str(tmp_path / "runs"), "--out", str(tmp_path / "deep" / "r.html")]) == 0
    text = (tmp_path / "deep" / "r.html").read_text(encoding="utf-8")
    assert "first" in text
    assert "second" in text
    assert "r.html" in capsys.readouterr().out


@pytest.mark.parametrize(("make", "words"), [(lambda p: None, "holds no run"), (lambda p: p.mkdir(), "holds no run")])
def test_a_folder_without_runs_is_an_error_that_says_what_to_pass(tmp_path, make, words):
    make(tmp_path / "x")
    with pytest.raises(ReportError, match=words):
        load_runs([tmp_path / "x"])


def test_a_run_that_has_only_begun_can_be_shown(tmp_path):
    run = make_run(tmp_path, "a")
    (run / "metrics.jsonl").unlink()
    (run / "transcripts.jsonl").unlink()
    assert "data-transcripts" in page(Report(load_runs([run])))


def test_escape_leaves_no_special_character():
    assert escape("<\"'&\ud800") == "&lt;&quot;&#x27;&amp;\\ud800"


def with_scores(seed, label="a", **measures):
    values = {f"eval/{name.replace('_at_', '@')}": value for name, value in measures.items()}
    plain = {name.removeprefix("eval/"): value for name, value in values.items()}
    return Run(f"{label}-{seed}", label, [Metrics(0, values)], "E-v0", str(seed), measures=plain)


def test_the_band_of_a_mean_is_the_bootstrap_interval_over_seeds_and_the_range_holds_it():
    runs = [Run(str(s), "a", [Metrics(t, {"x": s + t}) for t in range(3)]) for s in range(5)]
    (chart,) = charts(runs)
    (line,) = chart.lines
    assert line.y == [2.0, 3.0, 4.0]
    for low, y, high, least, most in zip(line.low, line.y, line.high, line.least, line.most, strict=True):
        assert least <= low < y < high <= most
        assert high - low == pytest.approx(2 * 1.96 * (2 / 5) ** 0.5, rel=0.15)  # sd of the mean: sqrt(2) / sqrt(5)


def test_log_z_is_drawn_against_the_groups_own_estimate():
    rows = [Metrics(0, {"flow/log_z": 1.0, "flow/log_z_gap": 0.25}), Metrics(1, {"flow/log_z": 2.0})]
    (chart,) = charts([Run("r", "tb", rows)])
    learned, group = chart.lines
    assert (learned.y, learned.dashed) == ([1.0, 2.0], False)
    assert (group.x, group.y, group.dashed) == ([0], [0.75], True)


def test_quantiles_of_one_spread_share_a_chart_and_its_other_statistics_do_not():
    row = {f"flow/weight/{n}": v for n, v in {"p05": 0.5, "p50": 1.0, "p95": 2.0, "ess": 0.9}.items()}
    found = {chart.title: chart.lines[0] for chart in charts([Run("r", "tb", [Metrics(0, row)])])}
    assert found.keys() == {"flow/weight: median, 5 % to 95 %", "flow/weight/ess"}
    line = found["flow/weight: median, 5 % to 95 %"]
    assert (line.low, line.y, line.high) == ([0.5], [1.0], [2.0])


def test_every_metric_that_is_documented_has_a_topic_of_its_own():
    page = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text(encoding="utf-8")
    names = re.findall(r"^\| `([a-z_]+/[^`]+)`", page, re.MULTILINE)
    assert len(names) > 50
    homeless = [name for name in names if topic(name) == "Other"]
    assert homeless == ["dapo/informative", "expert/nll", "expert/share"]


def test_pass_at_k_is_a_curve_over_k_and_diversity_one_point_a_run():
    passed = {"pass_at_1": 0.1, "pass_at_2": 0.2, "pass_at_4": 0.4}
    runs = [with_scores(s, avg=0.1 * s, distinct=1.0 + s, **passed) for s in range(3)]
    found = {chart.title: chart for chart in charts(runs)}
    assert list(found["pass@k"].lines[0].x) == [1, 2, 4]
    assert found["pass@k"].lines[0].y == pytest.approx([0.1, 0.2, 0.4])
    (cloud,) = found["distinct right answers"].lines
    assert list(zip(cloud.x, cloud.y, strict=True)) == [(0.0, 1.0), (0.1, 2.0), (0.2, 3.0)]


def test_environments_and_clocks_never_share_a_chart():
    rows = [Metrics(0, {"reward/mean": 1.0})]
    runs = [Run("a", "grpo", rows, "A"), Run("b", "grpo", rows, "B"), Run("c", "sb3:ppo", rows, "A", clock="other")]
    assert [(c.env, c.x_label, len(c.lines)) for c in charts(runs)] == [
        ("A", "iteration", 1),
        ("A", "other", 1),
        ("B", "iteration", 1),
    ]


def test_scores_have_an_interval_over_runs_and_none_for_one_run():
    runs = [with_scores(0, avg=0.2), with_scores(1, avg=0.4), with_scores(0, "b", avg=0.5)]
    (table,) = scores(runs)
    assert [row[:2] for row in table.rows] == [("a", "2"), ("b", "1")]
    assert table.rows[0][2] == "0.300 [0.200, 0.400]"
    assert table.rows[1][2] == "0.500"


def test_a_page_keeps_the_latest_transcripts_of_every_run():
    def run(name, n):
        said = [{"step": i, "correct": True, "messages": [["user", "q"], ["assistant", str(i)]]} for i in range(n)]
        return Run(name, name, [], transcripts=said)

    packed = pack([run("long", 100), run("short", 3)], most=10)
    kept = [(item["r"], item["step"]) for item in packed["items"]]
    assert kept == [*((0, str(i)) for i in range(99, 92, -1)), *((1, str(i)) for i in (2, 1, 0))]
    assert packed["recorded"] == 103
    assert packed["prompts"] == ["q"]


def test_a_transcript_shows_reason_and_stage_of_its_verdict():
    said = [{"reason": "wrong", "stage": "exact", "messages": []}, {"messages": []}]
    items = pack([Run("r", "a", [], transcripts=said)], 9)["items"]
    assert [(item["reason"], item["stage"]) for item in items] == [("", ""), ("wrong", "exact")]


def test_a_verdict_that_was_never_reached_is_neither_right_nor_wrong():
    said = [{"correct": c, "graded": g, "messages": []} for c, g in ((True, True), (False, True), (False, False))]
    assert [i["v"] for i in pack([Run("r", "a", [], transcripts=said)], 9)["items"]] == [2, 0, 1]


def test_markdown_cells_cannot_break_the_table_or_make_markup():
    text = Table("t", "n", ("a|b",), (("<b>x</b>",), ("[x](http://e)",), ("a\nb",))).markdown()
    assert text.splitlines()[-4:] == [
        "|---|",
        "| &lt;b&gt;x&lt;/b&gt; |",
        "| [x]\\(http://e) |",
        "| a b |",
    ]


@pytest.mark.parametrize("form", ["png", "svg"])
def test_plots_of_hostile_runs_are_files_of_the_format(tmp_path, form):
    pytest.importorskip("matplotlib", reason="needs flowrl[bench]")
    make_run(tmp_path / "runs", "a", algo="$x$ <b>\\frac{")
    written = write_plots(load_runs([tmp_path / "runs"]), tmp_path / "plots", form)
    assert len(written) == 2
    start = {"png": b"\x89PNG", "svg": b"<?xml"}[form]
    assert all(path.read_bytes().startswith(start) for path in written)


def test_the_command_writes_the_formats_it_is_asked_for_and_names_those_it_has(tmp_path, capsys):
    make_run(tmp_path / "runs", "a")
    out = tmp_path / "r.html"
    assert main([str(tmp_path / "runs"), "--out", str(out), "--format", "md"]) == 0
    assert not out.exists()
    assert "### Runs" in out.with_suffix(".md").read_text(encoding="utf-8")
    with pytest.raises(ConfigError, match="html, md, png, svg"):
        main([str(tmp_path / "runs"), "--out", str(out), "--format", "pdf"])


def scored(label, env, *scores, **more):
    return [Run(f"{label}{i}", label, [], env, str(i), measures={"avg": s, **more}) for i, s in enumerate(scores)]


def test_the_performance_profile_is_the_share_of_runs_above_each_level():
    runs = [*scored("a", "X", 0.2, 0.8), *scored("a", "Y", 0.5, 0.9), *scored("b", "X", 0.4), *scored("c", "Y", 0.4)]
    (chart,) = [c for c in charts(runs) if c.section == "profile"]
    above = {line.label: dict(zip(line.x, line.y, strict=True)) for line in chart.lines}
    assert above.keys() == {"a"}  # b and c lack an environment
    assert [above["a"][tau] for tau in (0.0, 0.3, 0.5, 0.84, 1.0)] == [1.0, 0.75, 0.5, 0.25, 0.0]
    (line,) = chart.lines
    assert all(low <= y <= high for low, y, high in zip(line.low, line.y, line.high, strict=True))
    assert not [c for c in charts(scored("a", "X", 0.3)) if c.section == "profile"]


def test_exact_distances_have_a_table_and_runs_without_them_have_none(tmp_path):
    runs = [*scored("a", "X", 0.2, 0.8, exact_tv=0.25), *scored("b", "Y", 0.5)]
    report = Report(runs)
    (table,) = [t for t in report.shown if t.title.startswith("Exact")]
    assert table.title == "Exact distances: X"
    assert table.rows == (("a", "2", "0.250 [0.250, 0.250]"),)
    assert "TV to target" in report.markdown()
    assert "Exact distances: X" in page(report)
    both = [*runs, *scored("b", "X", 0.1), *scored("a", "Y", 0.3, 0.3)]
    assert any("performance-profile" in p.name for p in write_plots(both, tmp_path, "svg"))
