"""How a row of a data set becomes a problem: which field is the question, where in which field the answer is.

A `Fields` is a declaration; `read` applies it to one row and complains about exactly what is missing. Whether the
answer can be judged is the business of the task, not of this module.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flowrl_envs.errors import DataError, UserError

_BOX = re.compile(r"\\(?:boxed|fbox)\s*\{")
_FIELD = re.compile(r"\{([A-Za-z_]\w*)\}")


@dataclass(frozen=True, slots=True)
class Fields:
    r"""A field mapping.

    Attributes:
        prompt: the name of the field with the question, or a template with fields in braces
            ("{context}\n\n{question}"; doubled braces are not needed, only {name} of a field is replaced).
        answer: the name of the field with the answer. A list with one element stands for that element.
        rule: where in that field the answer is: "whole", "last boxed" (the content of the last \boxed{}), or
            "after " and a marker (what follows its last occurrence: "after ####").
        metadata: fields that reports may show.
    """

    prompt: str = "problem"
    answer: str = "answer"
    rule: str = "whole"
    metadata: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.rule not in ("whole", "last boxed") and not self.rule.removeprefix("after ").strip(" "):
            raise UserError(f"answer rule {self.rule!r} names no marker; write for example 'after ####'.")
        if self.rule not in ("whole", "last boxed") and not self.rule.startswith("after "):
            raise UserError(f"answer rule {self.rule!r}; allowed are 'whole', 'last boxed' and 'after <marker>'.")

    def read(self, row: Mapping[str, Any]) -> tuple[str, str, dict[str, str | int | float | bool]]:
        """(prompt, answer, metadata) of one row.

        Raises:
            DataError: a field is missing, has no text, or holds no answer under the rule.
        """
        names = _FIELD.findall(self.prompt)
        if names:
            values = {name: text_of(row, name) for name in names}
            prompt = _FIELD.sub(lambda match: values[match.group(1)], self.prompt)
        else:
            prompt = text_of(row, self.prompt)
        metadata = {name: plain for name in self.metadata if (plain := _plain(row.get(name))) is not None}
        return prompt.strip(), extract(text_of(row, self.answer), self.rule), metadata


def text_of(row: Mapping[str, Any], name: str) -> str:
    """The text of a field: a string, a number written out (27.0 as "27"), or the one element of a list of these."""
    if name not in row:
        raise DataError(f"no field {name!r}; the row has {', '.join(map(repr, row)) or 'none'}")
    value = row[name]
    if isinstance(value, list | tuple) and len(value) == 1:
        value = value[0]
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise DataError(f"field {name!r} is {_short(value)}; it must be text or a number")
    text = str(value)
    if not text.strip():
        raise DataError(f"field {name!r} is empty")
    return text


def extract(text: str, rule: str) -> str:
    """The answer that `rule` finds in the text of the answer field.

    Raises:
        DataError: there is none.
    """
    if rule == "whole":
        return text.strip()
    if rule == "last boxed":
        answer = _last_boxed(text)
    else:
        marker = rule.removeprefix("after ").strip(" ")
        _, found, after = text.rpartition(marker)
        answer = after.strip() if found else ""
    if not answer:
        raise DataError(f"the answer field holds nothing under the rule {rule!r}: it ends {_short(text[-40:])}")
    return answer


def _last_boxed(text: str) -> str:
    boxes = list(_BOX.finditer(text))
    if not boxes:
        return ""
    start, depth = boxes[-1].end(), 1
    for brace in re.finditer(r"\\.|[{}]", text[start:], re.DOTALL):
        depth += {"{": 1, "}": -1}.get(brace.group(), 0)
        if depth == 0:
            return text[start : start + brace.start()].strip()
    return ""


def _plain(value: Any) -> str | int | float | bool | None:
    return value if isinstance(value, str | int | float | bool) else None


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
