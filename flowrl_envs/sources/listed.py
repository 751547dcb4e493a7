"""A data set as listed items, each in one split: rows are mapped, checked, freed of duplicates and dealt.

Equal content has one id and one place. Where a question is in two named splits, it is taken out of "train". Rows that
cannot be used are an error that lists them, or are left out where the caller says so; they never become a reward.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from pathlib import Path

from flowrl_envs.errors import DataError, UserError
from flowrl_envs.sources.fields import Fields
from flowrl_envs.sources.folder import folder_rows
from flowrl_envs.sources.rows import Row, file_rows, hub_rows, is_file_name
from flowrl_envs.sources.splits import content_split

_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Item:
    """One usable row.

    Attributes:
        id: a hash of the question.
        prompt: the question.
        answer: the reference answer, as text.
        metadata: what reports may show.
    """

    id: str
    prompt: str
    answer: str
    metadata: Mapping[str, str | int | float | bool] = field(compare=False)


@dataclass(frozen=True, slots=True)
class Listed:
    """The items of a data set by split.

    Attributes:
        items: split name -> its items; every split has at least one.
        repeated: rows left out because their question came before.
        unusable: rows left out because they cannot be used (only where that was allowed).
    """

    items: Mapping[str, tuple[Item, ...]]
    repeated: int
    unusable: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """Which data set, and how it is read.

    Attributes:
        dataset: the path of a .jsonl, .json or .parquet file, or the id of a hub data set ("owner/name").
        fields: the field mapping.
        test_dataset: a second file whose items are "test" (then all of `dataset` is "train").
        test_share: of a set without splits of its own: the share of its items, by a hash of their question, that is
            "test"; 1.0 makes all of them "test" and 0.0 all of them "train".
        config: configuration of a hub data set.
        revision: pinned commit of a hub data set.
        sha256: checksum of the file `dataset`.
        skip_unusable: whether rows that cannot be used are left out instead of being an error.
        data_dir: a folder that holds the files of `dataset`, so that the hub is not asked (`sources.folder`).
    """

    dataset: str
    fields: Fields = field(default_factory=Fields)
    test_dataset: str = ""
    test_share: float = 0.2
    config: str = ""
    revision: str = ""
    sha256: str = ""
    skip_unusable: bool = False
    data_dir: str = ""

    def load(self, check: Callable[[str], object]) -> Listed:
        """Reads everything.

        Args:
            check: called with each answer; raises DataError where it cannot serve as a reference.

        Raises:
            DataError: the data set or rows of it cannot be used.
        """
        dealt = Deal(self.fields, check)
        for split, rows in self._rows().items():
            dealt.add(split, rows)
        return dealt.result(self.dataset, self.skip_unusable, self.test_share)

    def _rows(self) -> dict[str, list[Row]]:
        """Rows by split; "" for a set without splits."""
        if self.data_dir:
            return self._folder_rows()
        if self.test_dataset:
            test = file_rows(Path(self.test_dataset))
            return {"test": test, "train": file_rows(Path(self.dataset), self.sha256)}
        if is_file_name(self.dataset):
            return {"": file_rows(Path(self.dataset), self.sha256)}
        splits = hub_rows(self.dataset, self.config, self.revision)
        if len(splits) == 1:
            return {"": next(iter(splits.values()))}
        return {name: splits[name] for name in sorted(splits, key=lambda name: (name == "train", name))}

    def _folder_rows(self) -> dict[str, list[Row]]:
        """Rows by split of a set, or of the files, in `data_dir`."""
        if not self.dataset:
            raise UserError(
                "data_dir= was given without dataset=. Name the set too: dataset='owner/name' or 'rows.jsonl'."
            )
        folder = Path(self.data_dir).expanduser()
        if is_file_name(self.dataset):
            test = str(folder / self.test_dataset) if self.test_dataset else ""
            return replace(self, data_dir="", dataset=str(folder / self.dataset), test_dataset=test)._rows()
        if self.revision or self.sha256 or self.test_dataset:
            raise UserError(
                f"data_dir= reads the files of {self.dataset!r} as they lie there: leave out revision=, sha256= and "
                "test_dataset=, or name a file of the folder, dataset='rows.jsonl'."
            )
        return folder_rows(folder, self.dataset, self.config)


class Deal:
    """Collects rows split by split, those that must stay whole ("test") before "train"."""

    def __init__(self, fields: Fields, check: Callable[[str], object]) -> None:
        self._fields = fields
        self._check = check
        self._items: dict[str, list[Item]] = {}
        self._seen: dict[str, tuple[str, str]] = {}
        self._repeated = 0
        self._unusable: list[str] = []

    def add(self, split: str, rows: Iterable[Row]) -> None:
        """Maps, checks and collects the rows of one split."""
        items = self._items.setdefault(split, [])
        for number, row in enumerate(rows, 1):
            where = f"{split} row {number}".strip()
            try:
                prompt, answer, metadata = self._fields.read(row)
                self._check(answer)
                new = self._is_new(prompt, answer, where)
            except DataError as error:
                self._unusable.append(f"{where}: {error}")
                continue
            if new:
                name = blake2b(prompt.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
                items.append(Item(name, prompt, answer, metadata))
            else:
                self._repeated += 1

    def _is_new(self, prompt: str, answer: str, where: str) -> bool:
        """Whether the question is new; a question that comes again with another answer cannot be used."""
        first, known = self._seen.setdefault(prompt, (where, answer))
        if known != answer:
            raise DataError(f"the question of {first} again, with the answer {answer[:40]!r} instead of {known[:40]!r}")
        return first == where

    def result(self, name: str, skip_unusable: bool, test_share: float) -> Listed:
        """The splits, none of them empty."""
        if self._unusable and not skip_unusable:
            more = f"\n  ... and {len(self._unusable) - _SHOWN} more" if len(self._unusable) > _SHOWN else ""
            raise DataError(
                f"{name}: {len(self._unusable)} rows cannot be used. Correct them or the field mapping, or pass "
                "skip_unusable=True to leave them out:\n  " + "\n  ".join(self._unusable[:_SHOWN]) + more
            )
        splits: dict[str, list[Item]] = {}
        for split, items in self._items.items():
            for item in items:
                splits.setdefault(split or content_split(item.prompt, test_share), []).append(item)
        if not splits:
            raise DataError(f"{name}: no row can be used.")
        order = sorted(splits, key=lambda split: (split != "train", split))
        return Listed({split: tuple(splits[split]) for split in order}, self._repeated, tuple(self._unusable))
