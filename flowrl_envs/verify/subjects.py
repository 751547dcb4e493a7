"""Sentences whose answer is their subject: "17 of the 22 apples are good", "option C is correct"."""

from __future__ import annotations

import re

from flowrl_envs.verify.denial import is_negated

_COUNT = re.compile(
    r"(?:(?:^|(?<!\d)[,;:]\s|\b(?:so|thus|that|then|therefore|hence|which)\s)\d[\d.,]{0,12}(?:\s[a-z'-]{1,15}){0,3}"
    r"|\b\d{1,12} (?:out )?of (?:the|them|these|those|his|her|its|their|all)\b[^.;:]{0,60})\s?\Z",
    re.I,
)
_RIGHT = re.compile(r"(?:the )?(?:correct|(?:correct|right|best) (?:answer|option|choice|one))\.?", re.I)
_LETTER = re.compile(r"(?:(?<!\S)|(?<=\())([A-Z])\)?\s*\Z")
_JOINED = re.compile(r"(?:\b(?:or|and|nor)|\b[A-Z]\)?\s?[,/&])[\s(]*\Z", re.I)
"""What joins another letter to it."""
_READ = 90


def is_count(subject: str, verb: str) -> bool:
    """Whether the number is what counts: "17 of the 22 apples" before "are"."""
    return verb in ("are", "were") and _COUNT.search(subject[-_READ:] if len(subject) > _READ else subject) is not None


def chosen_letter(subject: str, predicate: str) -> tuple[str, bool] | None:
    """The letter that is said to be the right option, and whether that is denied; None for other sentences."""
    letter = _LETTER.search(subject) if _RIGHT.fullmatch(predicate) is not None else None
    if letter is None or _JOINED.search(subject, 0, letter.start()) is not None:
        return None
    return letter[1], is_negated(subject)
