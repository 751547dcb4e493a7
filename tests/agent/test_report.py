"""The report page: it works without a network, and nothing that a model wrote can run or break out in it."""

import html.parser
import json
import re

import pytest

from flowrl_agent.commands.report import main
from flowrl_agent.report.load import ReportError, load_runs
from flowrl_agent.report.page import curves, escape, page, table

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
    text = page(load_runs([tmp_path]), HOSTILE[1], notes=HOSTILE, tables=[table(HOSTILE, [HOSTILE])])
    text.encode("utf-8")
    reader = Reader()
    reader.feed(text)
    return text, reader


def test_hostile_text_adds_no_tag_no_handler_and_no_script(hostile_page):
    _, reader = hostile_page
    assert set(reader.tags) <= {
        *("html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "p", "div", "table", "thead", "tbody"),
        *("tr", "th", "td", "details", "summary", "pre", "b", "script"),
    }
    assert not [a for a in reader.attributes if a[0].startswith("on") or a[0] in ("src", "href")]
    assert [attrs.get("type", "code") for attrs, _ in reader.scripts] == ["application/json", "code", "code"]


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
    assert HOSTILE[3] in data["metrics"]
    names = {line["name"] for line in data["metrics"]["reward/mean"]}
    assert all("<" not in name for name in names)


def test_two_pages_have_two_nonces(tmp_path):
    make_run(tmp_path, "a")
    runs = load_runs([tmp_path])
    found = [re.search(r"nonce-([^']+)", page(runs, "t")).group(1) for _ in range(2)]
    assert found[0] != found[1]


def test_seeds_are_averaged_and_settings_that_differ_are_named(tmp_path):
    make_run(tmp_path, "a", seed=0, reward=(0.0, 1.0))
    make_run(tmp_path, "b", seed=1, reward=(1.0, 2.0, 9.0))
    make_run(tmp_path, "c", seed=0, beta=15.0, reward=(5.0,))
    runs = load_runs([tmp_path])
    assert [r.label for r in runs] == ["flowrl beta=1.0", "flowrl beta=1.0", "flowrl beta=15.0"]
    lines = curves(runs)["metrics"]["reward/mean"]
    means = {line["name"]: (line["x"], line["y"]) for line in lines if line["mean"]}
    assert means == {"flowrl beta=1.0": ([0, 1], [0.5, 1.5]), "flowrl beta=15.0": ([0], [5.0])}
    assert len([line for line in lines if not line["mean"]]) == 2


def test_a_gap_in_a_curve_is_a_gap(tmp_path):
    make_run(tmp_path, "a", reward=(0.1, None, 0.3))
    (line,) = curves(load_runs([tmp_path]))["metrics"]["reward/mean"]
    assert line["y"] == [0.1, None, 0.3]


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
    assert "none recorded" in page(load_runs([run]), "t")


def test_escape_leaves_no_special_character():
    assert escape("<\"'&\ud800") == "&lt;&quot;&#x27;&amp;\\ud800"
