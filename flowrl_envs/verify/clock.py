"""Times of day: 08:34 P.M. is 20:34.

Only used where a side carries A.M. or P.M.; 7:32 alone is a ratio or equal text.
"""

from __future__ import annotations

import re

_TIME = re.compile(r"(\d{1,2})(?::(\d{2}))?\s{0,3}(?:([ap])\.?\s?m\.?)?", re.I)
_DRESS = re.compile(r"\\(?:text|mathrm|mbox|displaystyle)\s?|[{}$~]|\\[,; ()]")
_DAY = 24 * 60


def same_time(reference: str, answer: str) -> bool | None:
    """Whether two times of day agree; None unless both are times and one says A.M. or P.M.

    The minutes may be left out by a side that says A.M. or P.M.
    """
    if len(reference) > 60 or len(answer) > 60:
        return None
    first, second = (
        _TIME.fullmatch(_DRESS.sub("", side).strip(" .") + ("." if side.endswith(".") else ""))
        for side in (reference, answer)
    )
    if first is None or second is None or not (first[3] or second[3]):
        return None
    if not (first[2] or first[3]) or not (second[2] or second[3]):
        return None
    left, right = _minutes(first), _minutes(second)
    if left is None or right is None:
        return False
    if first[3] and second[3]:
        return left == right
    return left == right or (left - right) % _DAY == 0


def _minutes(match: re.Match[str]) -> int | None:
    """Minutes since midnight, or None for no time of day."""
    hour, minute, half = int(match[1]), int(match[2] or 0), (match[3] or "").lower()
    if minute > 59 or hour > 24:
        return None
    if half and hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    return hour * 60 + minute
