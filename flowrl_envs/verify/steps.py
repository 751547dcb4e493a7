"""One value where a text says it more than once: after arrows, after the equation it solves, or in two forms.

"2x = 34 => x = 17" and "2x = 34, x = 17" give x = 17; "1/2 (or 50%)" gives 1/2. Other values joined by "or" stay two.
"""

from __future__ import annotations

import re

from flowrl_envs.verify.literals import Literal, literal
from flowrl_envs.verify.sentence import top_level

_ARROWS = (">", "⇒", "⟹", "→", "➜", "\\to", "row")
_ARROW = re.compile(r"={1,2}>|-{1,2}>|[⇒⟹→➜]|\\(?:to|rightarrow|Rightarrow|longrightarrow|Longrightarrow)(?![A-Za-z])")
_SOLVED = re.compile(r"([A-Za-z])\s?=\s?[^A-Za-z=<>]+")
_LETTERS = re.compile(r"[A-Za-z]+")
_NUMBER = (
    r"(?:\\[dt]?frac\{\d{1,9}\}\{\d{1,9}\}|[-−]?\d{1,15}(?:,\d{3}){0,5}(?:\.\d{1,15})?"
    r"(?:\s?/\s?\d{1,9}|\s(?:out of|in)\s\d{1,9})?)(?:\s?\\?%)?"
)
_TWO_FORMS = re.compile(
    rf"(?<![\w.,/^)}}\\])(?P<open>\$|\\\(\s?)?(?P<one>{_NUMBER})(?:\$|\s?\\\))?(?P<unit>\s[a-z]{{2,12}})?(?:,?\s|\s\()or\s"
    rf"(?P<about>(?:(?:approximately|about|roughly|around|equivalently|simply)\s){{0,2}})"
    rf"(?:\$|\\\(\s?)?(?P<two>{_NUMBER})(?:\$|\s?\\\))?(?P<rest>(?P<same>\s[a-z]{{2,12}})?\)?)(?![\w/^*(\[{{\\])"
)
_OPERATORS = ("+", "-", "−", "*", "/", "^", "×", "·", "<", ">", "or", "and", ",")
_DRESS = str.maketrans(dict.fromkeys(".,-−%\\ "))
_FEW = 3
"""Significant digits of a rounded form that does not say it is rounded."""


def last_step(text: str) -> str:
    """What follows the last arrow between equations, or the solution after the equations of one name."""
    if any(map(text.__contains__, _ARROWS)):
        last = None
        for match in _ARROW.finditer(text):
            last = match
        if last is not None:
            left, right = text[: last.start()], text[last.end() :].strip()
            if "=" in left and "=" in right and right.count("{") == right.count("}"):
                return right if right.count("$") % 2 == 0 else right.strip("$ ")
    return _solution(text) if ", " in text else text


def _solution(text: str) -> str:
    """The last of several equations if it solves the others: "3x = 51, x = 17"."""
    *equations, solved = top_level(text.strip("$ "))
    found = _SOLVED.fullmatch(solved.rstrip("."))
    if found is None or not equations:
        return text
    name = found[1]
    for equation in equations:
        left, _, right = (side.strip() for side in equation.partition("="))
        if name in (left, right) or "=" in right or not right or set(_LETTERS.findall(equation)) != {name}:
            return text
    return solved


def in_one_form(text: str) -> str:
    """A text without the second form of a value, "or 50%" after 1/2, where no other number follows."""
    match = _TWO_FORMS.search(text)
    if match is None or any(map(str.isdigit, text[match.end() :])):
        return text
    before, after = text[: match.start()], text[match.end() :]
    if before.rstrip(" $").lower().endswith(_OPERATORS) or (match["same"] and match["same"] != match["unit"]):
        return text
    one, two = _read(match["one"]), _read(match["two"])
    if one is None or two is None or not _same(one, two, bool(match["about"])):
        return text
    if one[:2] != two[:2] and match["one"].translate(_DRESS).isdecimal():
        return text  # 161.7 minutes, or about 162
    value = match["two"] if " " in match["one"] and "/" not in match["one"] else match["one"]
    return f"{before}{value}{match['unit'] or ''}{after}"


def _read(number: str) -> Literal | None:
    return literal(number.replace(" out of ", "/").replace(" in ", "/").replace("−", "-"))


def _same(one: Literal, two: Literal, is_about: bool) -> bool:
    """Whether two numbers are equal, or the second is the first rounded to its own last digit."""
    if one[:2] == two[:2]:
        return True
    if not (is_about or two.digits >= _FEW) or not 0 <= two.places <= 20:
        return False
    difference = abs(one.numerator * two.denominator - two.numerator * one.denominator)
    return bool(2 * difference * 10**two.places <= one.denominator * two.denominator)
