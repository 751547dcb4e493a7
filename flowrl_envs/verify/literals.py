r"""The fast path: numbers written out in full, compared exactly as integers, without parser, flint or sympy.

`literal` reads an integer, a decimal, thousands groups, a fraction, a mixed number or a percent, in plain text or
LaTeX, and returns None for all else. `stands_for` is the rule for decimals that the whole verifier uses. Patterns are
linear: no repetition overlaps its neighbour.
"""

from __future__ import annotations

import math
import re
import string
from typing import NamedTuple

from flowrl_envs.verify.limits import Options

_NUMBER = re.compile(
    r"([+-]?)(?:(\d{1,3}(?:(?:[ ,]|[ ]?\{,[ ]?\}[ ]?|[ ]?,?\\[!,][ ]?|\\[;: ][ ]?)\d{3})+(?!\d)|\d+)"
    r"(?:\.(\d*))?|\.(\d+))(?:[eE]([+-]?\d{1,4})|[ ]?(?:\\times|\\cdot|\*)[ ]?10[ ]?\^[ ]?\{?([+-]?\d{1,4})\}?)?(\\?%)?"
)
_FRACTION = re.compile(
    r"([+-]?)(?:\\[dtc]?frac\{([+-]?\d{1,2000})\}\{(\d{1,2000})\}|(\d{1,2000})\s?/\s?(\d{1,2000})|\\[dtc]?frac(\d)(\d))"
)
_MIXED = re.compile(
    r"([+-]?)(\d{1,9})(?:[ ]+(\d{1,9})[ ]?/[ ]?(\d{1,9})|[ ]*\\[dtc]?frac(?:\{(\d{1,9})\}\{(\d{1,9})\}|(\d)(\d)))"
)
_WRAPPER = re.compile(r"\\(?:text|mathrm|mathbf|mbox|textbf|mathit|mathsf|textrm|displaystyle)\s?\{([^{}\\]*)\}")
_LETTERS = frozenset(string.ascii_letters)
_NEVER_FIRST = _LETTERS | frozenset("()[]{}|,;:!%&/*=<>^_~'\"#@?`")
_NEVER_LAST = _LETTERS | frozenset("([{|;:!&/*=<>^_~'\"#@?`+-")
_FOREIGN = re.compile(r"\\(?![dtc]?frac|[$%!,;: ()\[\]]|text|math(?:rm|bf|it|sf)|mbox|displaystyle|times|cdot)")
"""A command that no number written out has."""
_OPENING = (
    *(f"\\{name}" for name in ("frac", "dfrac", "tfrac", "cfrac", "text", "math", "mbox", "displaystyle")),
    *(f"\\{sign}" for sign in "$([,!;: "),
)
"""Commands that a number written out may begin with."""
_DIGITS = frozenset(string.digits)
_STARTS = _DIGITS | frozenset("+-.")
_OPENERS = ("+", "-", ".", "\\frac", "\\dfrac", "\\tfrac", "\\cfrac")
_DRESS = " \n\t$"
_DISPLAYS = ("\\(\\)", "\\[\\]")
_SEPARATOR = re.compile(r"[^\d]+")
_UNICODE_MINUS = str.maketrans("−–—﹣－", "-----")


class Literal(NamedTuple):
    """A number that was written out: the reduced fraction, and how it was written.

    Attributes:
        numerator: with the sign.
        denominator: positive; gcd 1 with the numerator.
        digits: significant digits if there was a decimal point or an exponent, else 0 (an exact value).
        places: decimal places of the last digit (negative powers of ten), for rounding.
        percent: whether a percent sign followed; the value is already divided by 100.
        grouped: whether plain commas grouped its digits, which could also be a list.
    """

    numerator: int
    denominator: int
    digits: int = 0
    places: int = 0
    percent: bool = False
    grouped: bool = False


def literal(text: str) -> Literal | None:
    """Reads a number written out in full, or None. `text` holds no more characters than an answer may."""
    if text.isdecimal() and len(text) <= 4000:
        return Literal(int(text), 1)
    if (first := text[:1]) in _NEVER_FIRST or text[-1:] in _NEVER_LAST:
        return None
    if first == "\\":
        if not text.startswith(_OPENING):
            return None
    elif first not in _DRESS and (plain := plain_literal(text)) is not None:
        return plain
    if "\\" in text and _FOREIGN.search(text) is not None:
        return None
    if first not in _DRESS and ("/" in text or "frac" in text) and (match := _either(text)) is not None:
        return _fraction(match) if match.re is _FRACTION else _mixed(match)
    if first in _STARTS and text[-1] in _DIGITS:
        if (match := _NUMBER.fullmatch(text)) is not None:
            return _number(match)
        if text.isascii():
            return None
    return _dressed(text)


def _either(text: str) -> re.Match[str] | None:
    """The text as a fraction or as a mixed number; each has a slash or a command."""
    return _FRACTION.fullmatch(text) or (_MIXED.fullmatch(text) if text[0] != "\\" else None)


def _dressed(text: str) -> Literal | None:
    """A number within dollars, spaces or a font, with a final point, or in a form that is not plain."""
    body = (text if text.isascii() else text.translate(_UNICODE_MINUS)).strip(_DRESS)
    if len(body) < len(text) and (plain := plain_literal(body)) is not None:
        return plain
    if body.startswith("\\$"):
        body = body[2:]
    if body[:2] + body[-2:] in _DISPLAYS:
        body = body[2:-2].strip()
    if "\\" in body and "frac" not in body and (wrapped := _WRAPPER.fullmatch(body)):
        body = wrapped.group(1).strip(" $")
    if body.endswith((".", "\\,")) and len(body) > 1:
        body = body.removesuffix("\\,").removesuffix(".").rstrip()
        if body.endswith("."):
            return None
    if not (body[:1].isdecimal() or body.startswith(_OPENERS)):
        return None
    if ("/" in body or "frac" in body) and (match := _either(body)) is not None:
        return _fraction(match) if match.re is _FRACTION else _mixed(match)
    return _number(match) if body[0] != "\\" and (match := _NUMBER.fullmatch(body)) is not None else None


def plain_literal(text: str) -> Literal | None:
    """An integer or a decimal with a digit on each side of its point, None for all else."""
    whole, point, fraction = text.partition(".")
    if not (whole.isdecimal() or (whole[:1] == "-" and whole[1:].isdecimal())) or len(text) > 4002:
        return None
    if not point:
        return Literal(int(whole), 1)
    places = len(fraction)
    if places > 300 or not fraction.isdecimal():
        return None
    digits = whole + fraction
    value, scale = int(digits), 10**places
    divisor = math.gcd(value, scale)
    return Literal(value // divisor, scale // divisor, len(digits.lstrip("-0")), places)


def _fraction(match: re.Match[str]) -> Literal | None:
    sign, top, bottom, plain_top, plain_bottom, one_top, one_bottom = match.groups()
    numerator, denominator = int(top or plain_top or one_top), int(bottom or plain_bottom or one_bottom)
    if denominator == 0:
        return None
    return reduced(-numerator if sign == "-" else numerator, denominator)


def _mixed(match: re.Match[str]) -> Literal | None:
    """A whole number and a proper fraction; with an improper one it may be a product, which the parser reads."""
    sign, whole, *parts = match.groups()
    top, bottom = (int(part) for part in parts if part is not None)
    if not 0 < top < bottom:
        return None
    numerator = int(whole) * bottom + top
    return reduced(-numerator if sign == "-" else numerator, bottom)


def _number(match: re.Match[str]) -> Literal | None:
    sign, whole, after_point, only_point, exponent, power, percent = match.groups()
    whole = whole or ""
    grouped = not whole.isdecimal() and bool(whole)
    digits = _SEPARATOR.sub("", whole) if grouped else whole
    fraction = after_point or only_point or ""
    if len(fraction) > 1000:
        fraction = fraction.rstrip("0")
    if len(digits) + len(fraction) > 4000:
        return None
    shift = int(exponent or power or 0)
    places = len(fraction) - shift
    value = int((digits + fraction) or "0")
    if sign == "-":
        value = -value
    is_decimal = bool(fraction) or exponent is not None or power is not None
    significant = len((digits + fraction).lstrip("0")) if is_decimal else 0
    hundredths = places + 2 if percent else places
    numerator, denominator = (value, 10**hundredths) if hundredths >= 0 else (value * 10**-hundredths, 1)
    plain_comma = grouped and "\\" not in whole and "{" not in whole
    divisor = math.gcd(numerator, denominator)
    top, bottom = numerator // divisor, denominator // divisor
    return Literal(top, bottom, significant, hundredths, percent is not None, plain_comma)


def reduced(numerator: int, denominator: int) -> Literal:
    """The literal of a fraction in lowest terms; the denominator is positive."""
    divisor = math.gcd(numerator, denominator)
    return Literal(numerator // divisor, denominator // divisor)


def same_literal(reference: Literal, answer: Literal, options: Options) -> bool:
    """Whether two written numbers are the same answer."""
    if reference.numerator == answer.numerator and reference.denominator == answer.denominator:
        return True
    if reference.percent and not answer.percent:
        scaled = reduced(answer.numerator, answer.denominator * 100)
        if (scaled.numerator, scaled.denominator) == reference[:2]:
            return True
    if options.tolerance is not None:
        difference = abs(reference.numerator * answer.denominator - answer.numerator * reference.denominator)
        if difference <= options.tolerance * reference.denominator * answer.denominator:
            return True
    if answer.digits:
        return stands_for(answer, reference.numerator, reference.denominator, options.decimal_digits, reference.digits)
    if reference.digits:
        return stands_for(reference, answer.numerator, answer.denominator, options.decimal_digits, answer.digits)
    return False


def stands_for(decimal: Literal, numerator: int, denominator: int, least: int, written: int = 0) -> bool:
    """Whether a decimal may stand for the rational numerator/denominator that it does not equal.

    It must be that value rounded to its own last digit and have at least `least` significant digits, and the value must
    not be short itself: a value that 12 digits can write out is not approximated. Decimals of 16 or 17 digits are
    printed doubles and may be off by one unit in the last place of a double.

    Args:
        decimal: the written decimal.
        numerator: of the exact value.
        denominator: of the exact value.
        least: the least number of significant digits.
        written: significant digits if the exact value was itself written as a decimal, else 0.
    """
    if 16 <= decimal.digits <= 17 and written < 16:
        try:
            exact, printed = numerator / denominator, decimal.numerator / decimal.denominator
        except OverflowError:
            return False
        return exact != 0 and abs(exact - printed) <= math.ulp(exact)
    if decimal.digits < least or written or _is_short(denominator):
        return False
    scale = 10 ** abs(decimal.places)
    if decimal.places >= 0:
        error = abs(numerator * scale - decimal.numerator * (scale // decimal.denominator) * denominator)
        return bool(2 * error <= denominator)
    return bool(2 * abs(numerator - decimal.numerator * denominator) <= scale * denominator)


def _is_short(denominator: int) -> bool:
    """Whether the rational has a finite decimal expansion of at most 12 places (every integer does)."""
    return 10**12 % denominator == 0
