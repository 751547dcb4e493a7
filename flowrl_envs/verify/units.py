"""Units of measure, scale words and the words that make a phrase no unit.

`unit_factor` gives a unit's dimension and exact size, so that 5 m and 500 cm compare as numbers. Unknown nouns
("apples") are units without a size: they may be left out, but two different nouns are two different answers.
"""

from __future__ import annotations

import re
from fractions import Fraction

from flowrl_envs.verify.vocabulary import word_set

_SIZES: dict[str, tuple[str, str]] = {
    "m": ("m", "1"), "meter": ("m", "1"), "metre": ("m", "1"), "km": ("m", "1000"), "kilometer": ("m", "1000"),
    "cm": ("m", "1/100"), "centimeter": ("m", "1/100"), "mm": ("m", "1/1000"), "millimeter": ("m", "1/1000"),
    "nm": ("m", "1/1000000000"), "in": ("m", "127/5000"), "inch": ("m", "127/5000"), "ft": ("m", "381/1250"),
    "foot": ("m", "381/1250"), "feet": ("m", "381/1250"), "yd": ("m", "1143/1250"), "yard": ("m", "1143/1250"),
    "mi": ("m", "201168/125"), "mile": ("m", "201168/125"),
    "g": ("g", "1"), "gram": ("g", "1"), "kg": ("g", "1000"), "kilogram": ("g", "1000"), "mg": ("g", "1/1000"),
    "s": ("s", "1"), "sec": ("s", "1"), "second": ("s", "1"), "min": ("s", "60"), "minute": ("s", "60"),
    "h": ("s", "3600"), "hr": ("s", "3600"), "hour": ("s", "3600"), "day": ("s", "86400"), "week": ("s", "604800"),
    "l": ("L", "1"), "liter": ("L", "1"), "litre": ("L", "1"), "ml": ("L", "1/1000"), "milliliter": ("L", "1/1000"),
    "n": ("N", "1"), "newton": ("N", "1"), "j": ("J", "1"), "joule": ("J", "1"), "kj": ("J", "1000"),
    "w": ("W", "1"), "watt": ("W", "1"), "kw": ("W", "1000"), "v": ("V", "1"), "volt": ("V", "1"), "hz": ("Hz", "1"),
    "dollar": ("$", "1"), "usd": ("$", "1"), "buck": ("$", "1"), "cent": ("$", "1/100"),
    "mph": ("m/s", "1397/3125"), "pa": ("Pa", "1"), "kpa": ("Pa", "1000"), "mol": ("mol", "1"), "k": ("K", "1"),
    "ev": ("eV", "1"), "kev": ("eV", "1000"), "mev": ("eV", "1000000"),
}  # fmt: skip

SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12, "dozen": 12, "hundred": 100}
"""Words that multiply."""

_LOGIC = word_set(
    "if or not either neither nor correct incorrect wrong except but unless than about maybe unknown more less at "
    "least most to and when where true false is are was were only even odd plus minus times"
)
_IGNORED = word_set("units unit square sq cubic per of the a an each total in exactly")
_WORD = re.compile(r"[A-Za-z$]+|\d+|/")
_SPLIT_LIMIT = 12

KNOWN = frozenset(name for name in _SIZES if len(name) >= 2) - {"in", "min"}
"""Unit words that plain text may write after a number."""

UNMISTAKABLE = frozenset({"cm", "mm", "km", "kg", "mg", "ml", "mL", "mph"})
"""Units that follow a number without a space."""

NOUNS = word_set("men boys cats dogs days cows eggs cups cars ways pens feet year week hour bags kids sets")
"""Short nouns that are counted; longer words need no list."""


def is_unit_phrase(words: str) -> bool:
    """Whether words after a number can be its unit, rather than a condition, an alternative or a denial."""
    parts = [part.lower() for part in _WORD.findall(words)]
    return 0 < len(parts) <= _SPLIT_LIMIT and not any(part in _LOGIC for part in parts)


def scale_of(words: str) -> tuple[int, str]:
    """The multiplier that leading scale words spell, and the words left."""
    factor, parts = 1, words.split()
    if parts == ["k"]:
        return 1000, ""
    while parts and parts[0].lower().rstrip("s") in SCALES:
        factor *= SCALES[parts.pop(0).lower().rstrip("s")]
    return factor, " ".join(parts)


def unit_factor(words: str) -> tuple[str, Fraction] | None:
    """The dimension and size of a known unit such as "cm^2", "square feet" or "km/h"; None for other nouns."""
    text = words.replace("^", "").replace("{", "").replace("}", "").replace("~", " ").lower()
    dimension: dict[str, int] = {}
    size, sign, pending = Fraction(1), 1, 1
    last: tuple[str, Fraction, int] | None = None
    for part in _WORD.findall(text):
        if part in ("/", "per"):
            sign = -1
        elif part in ("square", "sq", "cubic"):
            pending = 3 if part == "cubic" else 2
        elif part.isdigit():
            if last is None or len(part) > 1:
                return None
            dimension[last[0]] += last[2] * (int(part) - 1)
            size *= last[1] ** (last[2] * (int(part) - 1))
        else:
            entry = _SIZES.get(part) or _SIZES.get(part.removesuffix("s")) or _SIZES.get(part.removesuffix("es"))
            if entry is None:
                return None
            last = (entry[0], Fraction(entry[1]), sign)
            dimension[entry[0]] = dimension.get(entry[0], 0) + sign * pending
            size *= last[1] ** (sign * pending)
            pending = 1
    if not dimension:
        return None
    return " ".join(f"{name}{power}" for name, power in sorted(dimension.items()) if power), size


def same_nouns(left: str, right: str) -> bool:
    """Whether two unit phrases without a known size name the same thing: one's words contain the other's."""
    first, second = _nouns(left), _nouns(right)
    return not first or not second or first <= second or second <= first


def _nouns(words: str) -> frozenset[str]:
    parts = (part.lower().rstrip("s") for part in _WORD.findall(words))
    return frozenset(part for part in parts if part and part + "s" not in _IGNORED and part not in _IGNORED)
