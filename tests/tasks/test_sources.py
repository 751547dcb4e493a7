"""Sources: field mappings, file formats, integrity, splits and duplicates, on files written here and on real sets."""

from __future__ import annotations

import contextlib
import hashlib
import json
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from flowrl_envs.errors import DataError, UserError
from flowrl_envs.sources.fields import Fields, extract
from flowrl_envs.sources.listed import Source
from flowrl_envs.sources.numbered import SMALL, Numbered
from flowrl_envs.sources.rows import file_rows, hub_rows
from flowrl_envs.sources.splits import content_split
from flowrl_envs.verify import parse_reference

SHARED = Path(__file__).parents[3] / "shared" / "data" / "math"
ROWS = [{"problem": f"What is {n} + {n}?", "answer": str(2 * n)} for n in range(40)]


def anything(answer: str) -> None:
    """A check that accepts every answer."""


def jsonl(path: Path, rows: list[Any]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def test_the_same_rows_come_out_of_every_format(tmp_path: Path) -> None:
    jsonl(tmp_path / "a.jsonl", ROWS)
    (tmp_path / "a.json").write_text("\ufeff" + json.dumps(ROWS, indent=2), encoding="utf-8")
    parquet.write_table(pyarrow.Table.from_pylist(ROWS), tmp_path / "a.parquet")
    assert all(file_rows(tmp_path / name) == ROWS for name in ("a.jsonl", "a.json", "a.parquet"))


def test_a_hub_set_is_loaded_with_its_splits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "set"
    folder.mkdir()
    jsonl(folder / "train.jsonl", ROWS[:30])
    jsonl(folder / "test.jsonl", ROWS[25:])
    assert hub_rows(str(folder))["test"] == ROWS[25:]
    listed = Source(str(folder)).load(anything)
    assert [len(listed.items[split]) for split in ("train", "test")] == [25, 15]  # 5 shared rows stay in test only
    assert listed.repeated == 5


def test_without_a_network_a_hub_set_says_what_to_do() -> None:
    with pytest.raises(DataError, match=r"(?s)cannot be loaded.*Without a network.*pass a file"):
        hub_rows("flowrl-tests/there-is-no-such-set", revision="0" * 40)


@pytest.mark.parametrize(
    ("fields", "row", "expected"),
    [
        (Fields(), {"problem": " Q? ", "answer": " 3 "}, ("Q?", "3")),
        (Fields("question", "answer", "after ####"), {"question": "Q", "answer": "so\n#### 1,200"}, ("Q", "1,200")),
        (Fields("q", "s", "last boxed"), {"q": "Q", "s": r"\boxed{1} so \boxed{\frac{1}{2}}."}, ("Q", r"\frac{1}{2}")),
        (Fields("q", "s", "last boxed"), {"q": "Q", "s": r"\fbox{\{1,2\}}"}, ("Q", r"\{1,2\}")),
        (Fields("{a}: {b}", "n"), {"a": "{b}", "b": r"x^{2}", "n": 27.0}, (r"{b}: x^{2}", "27")),
        (Fields("q", "final"), {"q": "Q", "final": ["7"]}, ("Q", "7")),
    ],
)
def test_a_mapping_reads_a_row(fields: Fields, row: dict[str, Any], expected: tuple[str, str]) -> None:
    assert fields.read(row)[:2] == expected


@pytest.mark.parametrize(
    ("fields", "row", "message"),
    [
        (Fields(), {"question": "Q", "answer": "3"}, r"no field 'problem'; the row has 'question', 'answer'"),
        (Fields(), {"problem": "Q", "answer": " "}, "'answer' is empty"),
        (Fields(), {"problem": "Q", "answer": None}, "'answer' is None; it must be text or a number"),
        (Fields(), {"problem": "Q", "answer": ["1", "2"]}, "must be text or a number"),
        (Fields(), {"problem": "Q", "answer": True}, "must be text or a number"),
        (Fields("q", "a", "after ####"), {"q": "Q", "a": "12"}, "nothing under the rule 'after ####'"),
        (Fields("q", "a", "last boxed"), {"q": "Q", "a": r"\boxed{1} \boxed{2"}, "nothing under the rule 'last boxed'"),
        (Fields("{c} {q}", "a"), {"q": "Q", "a": "1"}, "no field 'c'"),
    ],
)
def test_a_row_that_cannot_be_used_says_why(fields: Fields, row: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        fields.read(row)


@pytest.mark.parametrize("rule", ["", "boxed", "after", "after ", "AFTER x"])
def test_an_unknown_rule_is_refused(rule: str) -> None:
    with pytest.raises(UserError, match="rule"):
        Fields(rule=rule)


@given(st.text(), st.sampled_from(["whole", "last boxed", "after ####"]))
def test_extraction_takes_a_part_of_the_text_or_raises_a_data_error(text: str, rule: str) -> None:
    with contextlib.suppress(DataError):
        assert extract(text, rule) in text


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.jsonl", b'{"problem": 1}\nnonsense\n', r"line 2: not JSON"),
        ("a.jsonl", b"[1]\n", r"line 1: holds a JSON list"),
        ("a.jsonl", b"[" * 100_000, r"line 1: not JSON"),
        ("a.json", b'{"problem": 1}', r"must be a list"),
        ("a.json", b'[{"problem": 1}, 3]', r"row 2: holds a JSON int"),
        ("a.json", b"[", r"suffix \.jsonl"),
        ("a.parquet", b"PAR1 not really", r"not a Parquet file"),
        ("a.jsonl", b"\xff\xfe", r"not UTF-8"),
        ("a.csv", b"a,b", r"suffix must be one of"),
    ],
)
def test_a_damaged_file_is_refused_with_the_place(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError, match=message):
        file_rows(tmp_path / name)


def test_a_missing_file_and_a_wrong_checksum_are_refused(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "a.jsonl", ROWS)
    good = hashlib.sha256(Path(path).read_bytes()).hexdigest()
    assert file_rows(Path(path), good.upper()) == ROWS
    with pytest.raises(DataError, match=f"SHA-256 is {good}, expected {'0' * 64}"):
        file_rows(Path(path), "0" * 64)
    with pytest.raises(DataError, match="no such file"):
        file_rows(tmp_path / "b.jsonl")


def test_rows_that_cannot_be_used_are_listed_or_left_out(tmp_path: Path) -> None:
    bad = [{"problem": "Q"}, {"problem": "R", "answer": ""}, {"problem": "What is 3 + 3?", "answer": "7"}]
    path = jsonl(tmp_path / "a.jsonl", [*ROWS, *bad])
    with pytest.raises(DataError, match=r"(?s)3 rows cannot be used.*row 41: no field 'answer'.*row 42.*row 43: .*'7'"):
        Source(path).load(anything)
    listed = Source(path, skip_unusable=True).load(anything)
    assert (sum(map(len, listed.items.values())), len(listed.unusable)) == (40, 3)


def test_an_answer_that_the_check_refuses_is_a_row_that_cannot_be_used(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "a.jsonl", [*ROWS, {"problem": "Q", "answer": r"\boxed{}"}])
    with pytest.raises(DataError, match=r"1 rows cannot be used.*\n.*row 41: reference"):
        Source(path).load(parse_reference)


def test_a_set_without_splits_is_dealt_by_content_whatever_the_order(tmp_path: Path) -> None:
    once = Source(jsonl(tmp_path / "a.jsonl", ROWS)).load(anything)
    again = Source(jsonl(tmp_path / "b.jsonl", [*reversed(ROWS), *ROWS])).load(anything)
    assert {s: set(items) for s, items in once.items.items()} == {s: set(items) for s, items in again.items.items()}
    assert again.repeated == 40
    assert not {i.prompt for i in once.items["train"]} & {i.prompt for i in once.items["test"]}
    assert set(Source(jsonl(tmp_path / "c.jsonl", ROWS), test_share=1.0).load(anything).items) == {"test"}
    assert set(Source(jsonl(tmp_path / "c.jsonl", ROWS), test_share=0.0).load(anything).items) == {"train"}


def test_questions_of_the_test_file_are_taken_out_of_train(tmp_path: Path) -> None:
    train, test = jsonl(tmp_path / "train.jsonl", ROWS), jsonl(tmp_path / "test.jsonl", ROWS[:10])
    items = Source(train, test_dataset=test).load(anything).items
    assert (len(items["train"]), len(items["test"])) == (30, 10)


def test_an_empty_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no row"):
        Source(jsonl(tmp_path / "a.jsonl", [])).load(anything)


@given(st.lists(st.text(), min_size=1, unique=True), st.floats(0, 1))
def test_a_split_depends_on_the_content_alone_and_grows_with_the_share(contents: list[str], share: float) -> None:
    for content in contents:
        assert content_split(content, 0.0) == "train"
        assert content_split(content, 1.0) == "test"
        if content_split(content, share) == "test":
            assert content_split(content, min(1.0, share + 0.1)) == "test"


@pytest.mark.parametrize("parts", [(2,), (7, 3), (81,), (9000, 1000), (SMALL + 1,), (10**7, 10**9)])
def test_numbers_are_dealt_to_disjoint_splits_and_a_small_space_exactly_once(parts: tuple[int, ...]) -> None:
    space = Numbered(parts, "name")
    if sum(parts) <= SMALL:
        dealt = [space.number(s, i) for s in ("train", "test") for i in range(space.size(s) or 0)]
        assert sorted(dealt) == list(range(sum(parts)))
    else:
        train, test = ({space.number(s, i) for i in range(2000)} for s in ("train", "test"))
        assert space.size("train") is None
        assert not train & test
        assert all(0 <= n < sum(parts) for n in train | test)
        low = sum(n < parts[0] for n in train) / len(train)
        assert low == pytest.approx(1 / len(parts), abs=0.06)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared answer sets are not beside this repository")
@pytest.mark.parametrize(
    ("name", "fields", "rows"),
    [
        ("gsm8k_test_openai.jsonl", Fields("question", "answer", "after ####"), 1319),
        ("math500.jsonl", Fields(), 500),
        ("MATH_test5000.jsonl", Fields("problem", "solution", "last boxed", ("level", "type")), 5000),
        ("qwen_aime24.jsonl", Fields(), 30),
        ("qwen_amc23.jsonl", Fields(), 40),
        ("qwen_minerva_math.jsonl", Fields("problem", "solution", "last boxed"), 272),
    ],
)
def test_real_sets_are_read_whole(name: str, fields: Fields, rows: int) -> None:
    listed = Source(str(SHARED / name), fields, test_share=1.0).load(parse_reference)
    assert len(listed.items["test"]) + listed.repeated == rows
    assert listed.unusable == ()
