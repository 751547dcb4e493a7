"""Remarks in brackets after a value: words, its unit again, or the value again, as in "42 (6*7)" and "1/2 (0.5)".

Of arithmetic only what comes to the value before it is a remark: 2 (3 + 4) is a product.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from fractions import Fraction

from flowrl_envs.verify.formulas import is_prose
from flowrl_envs.verify.literals import literal
from flowrl_envs.verify.scan import segments

_ASIDE = re.compile(r"([\d$%}°*]|[A-Za-z])((?:\s[A-Za-z]{2,12}){0,3}) \(([^()]{1,200})\)")
_UNIT_ONLY = re.compile(r"[A-Za-z]{1,5}(?:\^?\{?[23]\}?|[²³])?(?:/[A-Za-z]{1,5}(?:\^?\{?[23]\}?|[²³])?)?")
_HEDGE = re.compile(r"\s*(?:(?:in )?base|or|maybe|perhaps|possibly|probably|not|either)\b", re.I)
_VALUE = re.compile(r"(?:\\[dt]?frac\{\d{1,9}\}\{\d{1,9}\}|[-−]?\d[\d.,]{0,20}(?:/\d{1,9})?)\s?\\?%?\Z")
_OTHER = re.compile(r"[^\d\s.,+*/×·÷=−–%-]")
_OPERATED = re.compile(r"\d\s?[-+*/]")
_PART = re.compile(r"(?P<number>\d{1,15}(?:\.\d{1,9})?)|(?P<sign>[-+*/])|\s+")
_SIGNS = str.maketrans({"×": "*", "·": "*", "÷": "/", "−": "-", "–": "-", ",": None})
_MOST = 120


def without_remarks(text: str) -> str:
    """A sentence without remarks in brackets; the brackets of a formula stay."""
    spans = segments(text)
    if not spans:
        return _ASIDE.sub(_kept, text)
    starts = [span.start for span in spans]

    def kept(match: re.Match[str]) -> str:
        at = bisect_right(starts, match.start(3)) - 1
        return match.group() if at >= 0 and match.start(3) < spans[at].end else _kept(match)

    return _ASIDE.sub(kept, text)


def _kept(match: re.Match[str]) -> str:
    """A value and its unit without the remark in brackets after them; both if the brackets may hold mathematics."""
    edge, unit, inner = match.groups()
    if _HEDGE.match(inner):
        return match.group()
    if (unit or not edge.isalpha()) and is_worked_out(match.string[max(0, match.start() - 60) : match.end(1)], inner):
        return edge + unit
    if unit or edge.isalpha():
        return edge + unit if _UNIT_ONLY.fullmatch(inner) else match.group()
    return edge if is_prose(inner) else match.group()


def is_worked_out(before: str, remark: str) -> bool:
    """Whether a remark after a value is arithmetic that comes to it.

    Args:
        before: the text up to the bracket; its end is read.
        remark: what stands in the brackets.
    """
    if len(remark) > _MOST:
        return False
    body = remark.replace("\\times", "*").replace("\\cdot", "*").replace("\\div", "/").replace("\\%", "%")
    if _OTHER.search(body) is not None:
        return False
    value = _VALUE.search(before.rstrip(" $*"), max(0, len(before) - 50))
    if value is None or (wanted := literal(value.group().replace("−", "-").rstrip(".,"))) is None:
        return False
    if (again := literal(body.strip())) is not None:
        return again[:2] == wanted[:2] and body.strip() != value.group()
    body = body.translate(_SIGNS)
    sides = [side for side in body.split("=") if side.strip()]
    if not sides or (len(sides) == 1 and "=" not in body and _OPERATED.search(body) is None):
        return False
    return all(_total(side) == Fraction(wanted.numerator, wanted.denominator) for side in sides)


def _total(text: str) -> Fraction | None:
    """What a sum of products comes to; None for what is neither."""
    total, product, sign, wants_number, position = Fraction(0), Fraction(0), "+", True, 0
    while position < len(text):
        match = _PART.match(text, position)
        if match is None:
            return None
        position = match.end()
        if match["number"]:
            number = Fraction(match["number"])
            if not wants_number or (sign == "/" and not number):
                return None
            if sign in "+-":
                total, product = total + product, -number if sign == "-" else number
            else:
                product = product * number if sign == "*" else product / number
            wants_number = False
        elif match["sign"]:
            if wants_number:
                return None
            sign, wants_number = match["sign"], True
    return None if wants_number else total + product
