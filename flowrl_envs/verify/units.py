"""Words after a number: units of measure, nouns that are counted, scale words, and the words that make it no unit.

Unknown nouns ("apples") are units without a size: they may be left out, but two different nouns are two different
answers. What units of measure are worth is in `measures.py`.
"""

from __future__ import annotations

import re

from flowrl_envs.verify.measures import LETTERS, NAMES
from flowrl_envs.verify.vocabulary import ENGLISH, word_set

SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12, "dozen": 12, "hundred": 100,
          "lakh": 10**5, "crore": 10**7}  # fmt: skip
"""Words that multiply."""

_LOGIC = word_set(
    "if or not either neither nor correct incorrect wrong except but unless than about maybe unknown more less at "
    "least most to and when where true false is are was were only even odd plus minus times otherwise else"
)
_CHANGING = word_set(
    "half halves thirds fourths fifths sixths sevenths eighths ninths tenths elevenths twelfths sixteenths twentieths "
    "hundredths thousandths millionths billionths zero choose mod modulo factorial divided multiplied doubled halved "
    "tripled base tens"
)
"""Words beside a number that give another number."""
_ENDING = word_set(
    "third fourth fifth sixth seventh eighth ninth tenth twelfth hundredth thousandth millionth below negative root "
    "power double triple"
)
"""Words that do so at the end of a phrase: "1 tenth", but "12 fifth graders"."""
_BEGINNING = word_set("squared cubed over out")
"""Words that do so at its beginning: "5 squared", but "5 units squared"."""
_IGNORED = word_set("units unit square sq cubic per of the a an each total in exactly")
_WORD = re.compile(r"[A-Za-z$]+|\d+|/")
_POWERS = {"square": 2, "sq": 2, "squared": 2, "cubic": 3, "cu": 3, "cubed": 3}
_RAISED = re.compile(r"(?<=[A-Za-z])\^?\{?([23])(?!\d)")
_SPLIT_LIMIT = 12

KNOWN = (
    frozenset(name for name in NAMES if len(name) >= 2) | word_set("km cm mm nm kg mg ml mL hz kHz MHz GHz Hz kJ kW")
    | word_set("kWh mol kPa Pa keV MeV eV mpg rpm tbsp tsp hrs secs mins lbs yrs yds wks pts kgs pa ev kev mev deg")
) - {"in", "min", "sec", "amp", "ha", "Nm", "cc", "pint", "AA", "AU", "au", "ly", "pc"}  # fmt: skip
"""Unit words that plain text may write after a number."""

UNMISTAKABLE = frozenset({"cm", "mm", "km", "kg", "mg", "ml", "mL", "mph", "rpm", "GB"})
"""Units that follow a number without a space."""

TWO_LETTERS = ENGLISH | word_set(
    "ox pt hp rs ly au db px pp ea pc gm ad bc ce am pm va kt ct no so if or on up in we he us me my do go be hi ok pi "
    "st nd rd th"
)
"""Words and abbreviations, among them all of two letters; other two letters after a number are a product."""

NOUNS = word_set(
    "men boys cats dogs days cows eggs cups cars ways pens feet year week hour bags kids sets left more sq"
)
"""Short nouns that are counted; longer words need no list."""


def is_unit_phrase(words: str) -> bool:
    """Whether words after a number can be its unit, rather than a condition, an alternative, a denial or a factor."""
    parts = [part.lower() for part in _WORD.findall(words.replace(".", "") if "." in words else words)]
    if not 0 < len(parts) <= _SPLIT_LIMIT:
        return False
    said = parts[1:] if parts[0] == "more" or (parts[0] == "times" and parts[1:2] in ([], ["as"])) else parts
    if not (_LOGIC.isdisjoint(said) and _CHANGING.isdisjoint(said)):
        return False
    if (
        parts[-1] in _ENDING
        or parts[0] in _BEGINNING
        or (words[:3].lower() == "in " and parts[1:] and parts[1].isdecimal())
    ):
        return False
    first = words.split(None, 1)[0]
    return len(first) > 1 or first in LETTERS or first in "aAI"


def scale_of(words: str) -> tuple[int, str]:
    """The multiplier that leading scale words spell, and the words left."""
    factor, parts = 1, words.split()
    if parts == ["k"]:
        return 1000, ""
    while parts and parts[0].lower().rstrip("s") in SCALES:
        factor *= SCALES[parts.pop(0).lower().rstrip("s")]
    return factor, " ".join(parts)


def same_nouns(left: str, right: str) -> bool:
    """Whether two unit phrases without a known size name the same thing: one's words contain the other's.

    Square and cubic are told apart where both say one of them.
    """
    powers = _power(left), _power(right)
    if all(powers) and powers[0] != powers[1]:
        return False
    first, second = _nouns(left), _nouns(right)
    return not first or not second or first <= second or second <= first


def _power(words: str) -> int:
    """2 for square units, 3 for cubic ones, 0 where the words do not say."""
    raised = _RAISED.search(words)
    if raised is not None:
        return int(raised[1])
    return next((_POWERS[part] for part in _WORD.findall(words.lower()) if part in _POWERS), 0)


def _nouns(words: str) -> frozenset[str]:
    parts = (part.lower().rstrip("s") for part in _WORD.findall(words))
    return frozenset(part for part in parts if part and part + "s" not in _IGNORED and part not in _IGNORED)
