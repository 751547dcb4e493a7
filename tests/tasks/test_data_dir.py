"""A benchmark from a folder with its files, under the names that the hub gives them or plain ones."""

import json
from pathlib import Path
from typing import Any

import gymnasium
import pytest

import flowrl_envs  # noqa: F401 - registers the ids
from flowrl_envs.errors import DataError, UserError
from flowrl_envs.task import Task

ROWS = [{"question": f"What is {n} + {n}?", "answer": f"so\n#### {2 * n}"} for n in range(10, 14)]


def write(file: Path, rows: list[dict[str, Any]]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.suffix == ".parquet":
        arrow = pytest.importorskip("pyarrow", reason="needs flowrl[data]")
        pytest.importorskip("pyarrow.parquet").write_table(arrow.Table.from_pylist(rows), file)
    elif file.suffix == ".json":
        file.write_text(json.dumps(rows))
    else:
        file.write_text("".join(json.dumps(row) + "\n" for row in rows))


def sizes(folder: Path, name: str = "GSM8K", **options: Any) -> dict[str, int | None]:
    env = gymnasium.make(f"FlowRL/{name}-v0", data_dir=str(folder), split="test", **options)
    task = env.unwrapped.task  # type: ignore[attr-defined]
    assert isinstance(task, Task)
    return {split: task.size(split) for split in task.splits}


@pytest.mark.parametrize(
    ("train", "test"),
    [
        ("openai/gsm8k/main/train-00000-of-00001.parquet", "openai/gsm8k/main/test-00000-of-00001.parquet"),
        ("gsm8k/main/train.jsonl", "gsm8k/main/test.jsonl"),
        ("gsm8k/data/train.json", "gsm8k/data/test.json"),
        ("gsm8k/train.jsonl", "gsm8k/test.jsonl"),
        ("main/train.jsonl", "main/test.jsonl"),
        ("train.jsonl", "test.jsonl"),
    ],
)
def test_the_files_of_a_set_are_found_and_keep_their_splits(tmp_path: Path, train: str, test: str) -> None:
    write(tmp_path / train, ROWS[:3])
    write(tmp_path / test, ROWS[3:])
    write(tmp_path / "openai" / "gsm8k" / "socratic" / "test.jsonl", ROWS)
    write(tmp_path / "unrelated" / "train.jsonl", ROWS)
    assert sizes(tmp_path) == {"train": 3, "test": 1}


def test_the_shards_of_a_split_are_one_split(tmp_path: Path) -> None:
    for shard, row in enumerate(ROWS):
        write(tmp_path / "gsm8k" / f"test-0000{shard}-of-00004.jsonl", [row])
    assert sizes(tmp_path) == {"test": 4}


@pytest.mark.parametrize("file", ["gsm8k.jsonl", "GSM8K.json", "gsm8k/rows.jsonl", "gsm8k/train.jsonl"])
def test_one_file_holds_all_rows_and_the_card_says_which_split_they_are(tmp_path: Path, file: str) -> None:
    write(tmp_path / file, ROWS)
    assert sizes(tmp_path) == {"test": 4}


def test_the_folder_of_the_set_itself_may_be_named(tmp_path: Path) -> None:
    write(tmp_path / "AIME_2024" / "aime_2024_problems.jsonl", [{"Problem": "Two?", "Answer": 2}])
    assert sizes(tmp_path / "AIME_2024", "AIME24") == {"test": 1}


def test_a_file_of_the_folder_may_be_named_and_pinned(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", ROWS[:2])
    write(tmp_path / "b.jsonl", ROWS[2:])
    assert sizes(tmp_path, dataset="a.jsonl", test_dataset="b.jsonl") == {"train": 2, "test": 2}
    with pytest.raises(DataError, match="SHA-256"):
        sizes(tmp_path, dataset="a.jsonl", sha256="0" * 64)


def test_the_file_of_another_set_is_not_taken_for_this_one(tmp_path: Path) -> None:
    write(tmp_path / "MATH-500.jsonl", ROWS)
    with pytest.raises(DataError, match=r"MATH-500\.jsonl") as caught:
        sizes(tmp_path)
    assert "hf download openai/gsm8k --repo-type dataset" in str(caught.value)
    assert "gsm8k.jsonl" in str(caught.value)


def test_two_nameless_files_are_not_guessed_between(tmp_path: Path) -> None:
    write(tmp_path / "gsm8k" / "a.jsonl", ROWS)
    write(tmp_path / "gsm8k" / "b.jsonl", ROWS)
    with pytest.raises(DataError, match="does not hold"):
        sizes(tmp_path)


def test_wrong_arguments_are_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such folder"):
        sizes(tmp_path / "absent")
    with pytest.raises(UserError, match="dataset="):
        gymnasium.make("FlowRL/Math-v0", data_dir=str(tmp_path))
    with pytest.raises(UserError, match="revision="):
        sizes(tmp_path, revision="abc")
    with pytest.raises(UserError, match="test_dataset="):
        sizes(tmp_path, test_dataset="b.jsonl")


def test_without_a_network_the_error_names_the_folder_option() -> None:
    with pytest.raises(DataError, match=r"data_dir='folder'"):
        gymnasium.make("FlowRL/AIME25-v0")
