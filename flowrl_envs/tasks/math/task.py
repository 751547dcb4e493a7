r"""Math: problems with one answer, judged by `flowrl_envs.verify`.

Without a data set, problems are drawn from the families of five subjects: correct by construction, offline, endless.
With `dataset=` they are the rows of a file or a hub set. Either way the response may put its answer in \boxed{} or
state it plainly; equal answers in another form are right, as the verifier decides.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Literal

from flowrl_envs.errors import TaskContractError, UnknownOptionError, did_you_mean
from flowrl_envs.sources.fields import Fields
from flowrl_envs.sources.listed import Item, Source
from flowrl_envs.sources.splits import content_split
from flowrl_envs.task import Task, check_index
from flowrl_envs.tasks.math import answer_line
from flowrl_envs.tasks.math.algebra import ALGEBRA
from flowrl_envs.tasks.math.calculus import CALCULUS
from flowrl_envs.tasks.math.counting import COUNTING
from flowrl_envs.tasks.math.family import Family
from flowrl_envs.tasks.math.geometry import GEOMETRY
from flowrl_envs.tasks.math.number_theory import NUMBER_THEORY
from flowrl_envs.tasks.math.tolerance import check_tolerances, options_for
from flowrl_envs.types import Problem, Verdict
from flowrl_envs.verify import parse_reference, verify, verify_many

BY_SUBJECT: dict[str, tuple[Family, ...]] = {
    families[0].subject: tuple(families) for families in (ALGEBRA, NUMBER_THEORY, COUNTING, GEOMETRY, CALCULUS)
}
FAMILIES: tuple[Family, ...] = tuple(family for families in BY_SUBJECT.values() for family in families)
LEVELS = (1, 2, 3)
TRIVIAL = frozenset({"-1", "0", "1"})
"""Answers that no generated problem has, since they are guessed too easily."""

TEST_SHARE = 0.2


class Math(Task):
    r"""Solve a mathematical problem.

    Args:
        subject: "algebra", "number theory", "counting", "geometry", "calculus", or "all".
        level: 1 (one step) to 3, or 0 for all three.
        instruction: a line that is appended to every question, "" for none.
        dataset: a .jsonl, .json or .parquet file or a hub id ("openai/gsm8k"); "" generates problems. The options
            below describe it; see `flowrl_envs.sources.listed.Source`.
        prompt_field: name of the field with the question, or a template ("{context}\n{question}").
        answer_field: name of the field with the answer.
        answer_rule: where in that field the answer is: "whole", "last boxed", or "after <marker>" ("after ####").
        test_dataset: a second file, whose rows are the test split.
        test_share: share of the rows in "test" where the set has no splits; 1.0 makes it all "test".
        config: configuration of a hub set.
        revision: commit of a hub set.
        sha256: checksum of the file.
        skip_unusable: leave out rows that cannot be used instead of refusing the set.
        data_dir: a folder that holds the files of the set; the hub is then not asked.
        tolerance_field: name of a field with an absolute tolerance around a numeric answer, "" for none. A row that
            states none is judged exactly.
        grader: "verifier", or "answer line", the published string match after "Answer:" (see `answer_line`; ask for
            that form in `instruction`).
    """

    def __init__(
        self,
        subject: str = "all",
        level: int = 0,
        instruction: str = r"Put the final answer in \boxed{}.",
        dataset: str = "",
        prompt_field: str = "problem",
        answer_field: str = "answer",
        answer_rule: str = "whole",
        test_dataset: str = "",
        test_share: float = TEST_SHARE,
        config: str = "",
        revision: str = "",
        sha256: str = "",
        skip_unusable: bool = False,
        data_dir: str = "",
        tolerance_field: str = "",
        grader: Literal["verifier", "answer line"] = "verifier",
    ) -> None:
        if grader not in ("verifier", "answer line"):
            raise UnknownOptionError(f"Math: grader={grader!r}; allowed are 'verifier' and 'answer line'.")
        self._by_line = grader == "answer line"
        self._instruction = instruction
        subjects = ("all", *BY_SUBJECT)
        if subject not in subjects:
            raise UnknownOptionError(f"Math: no subject {subject!r}." + did_you_mean(subject, subjects))
        if isinstance(level, bool) or level not in (0, *LEVELS):
            raise UnknownOptionError(f"Math: level={level!r}; allowed are 1, 2, 3, and 0 for all of them.")
        self._subject, self._levels = subject, (level,) if level else LEVELS
        self._items: Mapping[str, Sequence[Item]] = {}
        self._tolerance_field = tolerance_field
        if dataset or data_dir:
            fields = Fields(prompt_field, answer_field, answer_rule, (tolerance_field,) if tolerance_field else ())
            source = Source(
                dataset, fields, test_dataset, test_share, config, revision, sha256, skip_unusable, data_dir
            )
            self._items = source.load(parse_reference).items
            for items in self._items.values():
                check_tolerances(items, tolerance_field)
            self.splits = tuple(self._items)

    def size(self, split: str) -> int | None:
        """The number of rows of a data set, None for generated problems."""
        return len(self._items[split]) if self._items else None

    def problem(self, split: str, index: int) -> Problem:
        """A row, or the first draw of this split and index whose question belongs to the split."""
        check_index(self, split, index)
        if self._items:
            item = self._items[split][index]
            return Problem(item.id, self._asked(item.prompt), item.answer, item.metadata)
        rng = random.Random(f"math/{split}/{index}")
        families = BY_SUBJECT.get(self._subject, FAMILIES)
        for _ in range(10_000):
            family, level = rng.choice(families), rng.choice(self._levels)
            question, answer = family.draw(rng, level)
            if answer not in TRIVIAL and content_split(question, TEST_SHARE) == split:
                name = f"{family.name}-{level}-{blake2b(question.encode(), digest_size=8).hexdigest()}"
                metadata = {"subject": family.subject, "family": family.name, "level": level}
                return Problem(name, self._asked(question), answer, metadata)
        raise TaskContractError(f"Math: no draw belongs to split {split!r}")

    def score(self, problem: Problem, response: str) -> Verdict:
        """The grader's verdict on the one answer of the response."""
        if self._by_line:
            return answer_line.grade(response, problem.reference)
        options = options_for(problem, self._tolerance_field)
        return verify(response, problem.reference, question=problem.prompt, options=options)

    def score_many(self, pairs: Sequence[tuple[Problem, str]]) -> list[Verdict]:
        """The grader's verdicts; what needs the verifier's workers is spread over them."""
        if self._by_line:
            return [self.score(problem, response) for problem, response in pairs]
        questions = [problem.prompt for problem, _ in pairs]
        answers = [(response, problem.reference) for problem, response in pairs]
        options = [options_for(problem, self._tolerance_field) for problem, _ in pairs]
        return list(verify_many(answers, questions=questions, options=options))

    def gold(self, problem: Problem) -> str:
        """The reference in a box, or on an answer line."""
        return f"Answer: {problem.reference}" if self._by_line else rf"\boxed{{{problem.reference}}}"

    def _asked(self, question: str) -> str:
        return f"{question}\n{self._instruction}" if self._instruction else question
