"""The page in a real Chromium: it renders, filters, compares, fetches nothing, keeps the console empty, and scales."""

import json
import time

import pytest

from flowrl_agent.report.load import load_runs
from flowrl_agent.report.page import Report, page

ALGORITHMS = ("flowrl", "grpo", "<img src=x onerror=window.broken=1>")
EVIL = "</script><script>window.broken=1</script><img src='https://evil.example/x.png' onerror='window.broken=1'>"
EPISODES = 1000
"""Transcripts of each of five runs."""


def write_run(folder, algorithm, number, seed):
    run = folder / f"run{number}-s{seed}"
    run.mkdir(parents=True)
    (run / "config.toml").write_text(
        f'seed = {seed}\n[algo]\nname = {json.dumps(algorithm)}\n[env]\nid = "FlowRL/X-v0"\n', encoding="utf-8"
    )
    rows = [
        {
            "step": i,
            "reward/mean": 0.1 * i + 0.05 * seed,
            "flow/log_z": 0.1 * i,
            "flow/log_z_gap": 0.02,
            "eval/avg": 0.1,
        }
        | {"eval/distinct": 1.0, "eval/pass@1": 0.1, "eval/pass@2": 0.2, "time/iteration": 1.0}
        for i in range(8)
    ]
    (run / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    said = (
        {
            "step": i,
            "correct": i % 3 == 0,
            "graded": i % 10 != 1,
            "reason": "wrong_value",
            "answer": f"answer-{number}-{i}",
        }
        | {"problem_id": f"p{i % 50}", "reward": 1.0}
        | {"messages": [["user", f"Problem {i % 50}. {EVIL}"], ["assistant", f"{EVIL} said {i} " + "word " * 60]]}
        for i in range(EPISODES)
    )
    (run / "transcripts.jsonl").write_text("".join(json.dumps(t) + "\n" for t in said))


@pytest.fixture(scope="module")
def shown(browser, tmp_path_factory):
    """The page of five runs, opened once; what it wrote and fetched while it loaded is checked first."""
    folder = tmp_path_factory.mktemp("report")
    for number, algorithm in enumerate(ALGORITHMS):
        for seed in (0, 1)[: 2 if number < 2 else 1]:
            write_run(folder / "runs", algorithm, number, seed)
    path = folder / "report.html"
    path.write_text(page(Report(load_runs([folder / "runs"]), EVIL)), encoding="utf-8")
    browser.open(path)
    browser.wait("document.querySelector('#learning .main-svg')")
    return browser


@pytest.fixture
def clean(shown):
    """The page with no filter set."""
    for select in ("f-verdict", "f-label", "f-run"):
        shown.choose(select, "")
    shown.run("const s = document.getElementById('side'); s.checked = false; s.dispatchEvent(new Event('change'))")
    shown.run("document.getElementById('count').textContent = ''")  # the search below filters after a pause
    search(shown, "")
    shown.wait("document.getElementById('count').textContent.startsWith('5,000 of')")
    return shown


def search(browser, text):
    browser.run(
        f"const t = document.getElementById('f-text'); t.value = {json.dumps(text)};t.dispatchEvent(new Event('input'))"
    )


def count(browser):
    return int(browser.run("return document.getElementById('count').textContent").split()[0].replace(",", ""))


def test_every_chart_in_view_is_drawn_with_a_line_for_each_algorithm_and_a_band_over_seeds(shown):
    shown.run("document.getElementById('learning').scrollIntoView()")
    shown.wait("document.querySelectorAll('#learning .main-svg').length >= 2")
    drawn = shown.run("return document.querySelector('#learning .plot').data.map((t) => t.fill ?? 'line')")
    assert drawn == ["toself", "line", "toself", "line", "line"]
    for section in ("pass", "trade", "cost"):
        shown.run(f"document.getElementById({json.dumps(section)}).scrollIntoView()")
        shown.wait(f"document.querySelector('#{section} .main-svg')")


def test_a_topic_of_diagnostics_draws_when_it_is_opened(shown):
    shown.run("const d = document.querySelector('[data-topic^=\"log Z\"]'); d.open = true; d.scrollIntoView()")
    shown.wait("document.querySelector('[data-topic^=\"log Z\"] .main-svg')")
    dashes = shown.run("return document.querySelector('[data-topic^=\"log Z\"] .plot').data.map((t) => t.line.dash)")
    assert {"dot", "solid"} <= set(dashes)


def test_an_algorithm_can_be_hidden_and_shown_in_all_charts(shown):
    traces = "return document.querySelector('#learning .plot').data.length"
    before = shown.run(traces)
    shown.run("document.querySelector('#legend button').click()")
    assert shown.run(traces) == before - 2
    shown.run("document.querySelector('#legend button').click()")
    assert shown.run(traces) == before
    shown.choose("band", "none")
    assert shown.run(traces) == 3
    shown.choose("band", "interval")


def test_verdicts_are_filtered_and_add_up(clean):
    counts = []
    for verdict, word in (("1", "right"), ("0", "wrong"), ("2", "ungraded")):
        clean.choose("f-verdict", verdict)
        counts.append(count(clean))
        rows = clean.run("return [...document.querySelectorAll('#list .item')].map((n) => n.className)")
        assert set(rows) == {f"item {word}"}
        assert clean.run("return document.querySelector('#shown .badge').textContent") == word
    assert sum(counts) == 5000
    assert min(counts) > 0


def test_filters_by_algorithm_run_and_text_narrow_together(clean):
    clean.choose("f-label", "grpo")
    assert count(clean) == 2000
    clean.choose("f-run", "2")
    assert count(clean) == 1000
    search(clean, "SAID 77 ")
    clean.wait("document.getElementById('count').textContent.startsWith('1 of')")
    assert "said 77 " in clean.run("return document.querySelector('#shown .said').textContent")
    clean.choose("f-label", "flowrl")
    assert count(clean) == 0
    assert "No transcript fits" in clean.run("return document.getElementById('shown').textContent")


def test_two_algorithms_are_compared_on_the_same_problem(clean):
    search(clean, "problem 7.")
    clean.wait("!document.getElementById('count').textContent.startsWith('5,000')")
    clean.run("document.getElementById('side').click()")
    clean.choose("left", "flowrl")
    clean.choose("right", "grpo")
    heads = clean.run("return [...document.querySelectorAll('.columns h4')].map((n) => n.textContent)")
    assert [head.split(":")[0] for head in heads] == ["flowrl", "grpo"]
    problems = clean.run(
        "return [...document.querySelectorAll('.columns .facts')]"
        ".map((n) => n.textContent.match(/problem: (p\\d+)/)[1])"
    )
    assert len(problems) >= 20
    assert set(problems) == {"p7"}
    assert "Problem 7." in clean.run("return document.querySelector('#shown pre').textContent")


def test_five_thousand_transcripts_stay_usable(clean):
    assert clean.run("return document.querySelectorAll('#list .item').length") < 40
    clean.run("const l = document.getElementById('list'); l.scrollTop = l.scrollHeight")
    clean.wait("[...document.querySelectorAll('#list .item')].some((n) => n.dataset.position === '4999')")
    assert clean.run("return document.querySelectorAll('#list .item').length") < 40
    started = time.monotonic()
    clean.choose("f-verdict", "1")
    clean.run("const l = document.getElementById('list'); l.scrollTop = 20000")
    assert count(clean) < 5000
    assert time.monotonic() - started < 5  # a list of 5,000 nodes with their texts takes far longer than this bound


def test_the_arrow_keys_walk_the_list(clean):
    clean.run(
        "const l = document.getElementById('list');"
        "for (let i = 0; i < 30; i++) l.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown' }))"
    )
    assert clean.run("return document.querySelector('[aria-selected=true]').dataset.position") == "30"


def test_hostile_text_is_shown_as_text_and_nothing_of_it_ran(clean):
    assert "onerror" in clean.run("return document.querySelector('#shown pre').textContent")
    assert clean.run("return window.broken ?? null") is None
    assert clean.run("return document.querySelectorAll('img').length") == 0
    assert EVIL in clean.run("return document.title")


def test_the_page_fetches_nothing_and_the_console_is_empty(shown):
    assert [url for url in shown.requests() if not url.endswith("/report.html")] == []
    assert shown.console() == []
