"""Reads the value that a sentence gives among words: the last whole piece of mathematics, never a fragment of one.

"10 apples at $3 × 10^2 each" gives "$3 × 10^2". Words beside a value can belong to it: "negative" is its sign,
"million" its scale; beside "the square root of" or "hundredths" it is not the value, and the sentence gives none.
"""

from __future__ import annotations

import re

from flowrl_envs.verify.clauses import is_one_of, main_value
from flowrl_envs.verify.formulas import BETWEEN, with_products
from flowrl_envs.verify.literals import plain_literal
from flowrl_envs.verify.vocabulary import word_set

_LETTER = r"[A-Za-zα-ωΑ-Ω](?![A-Za-z'’])"
_FUNCTIONS = "sin|cos|tan|cot|sec|csc|log|ln|exp|sqrt|pi|infinity|gcd|lcm|max|min"
_HEDGES = "maybe|perhaps|possibly|probably|even|else"
_PIECE = (
    r"\(mod(?= \d+\))"
    r"|\\(?:text|mathrm|textbf|mathbf|textit|operatorname)\s?\{[^{}]{0,40}\}|\\[A-Za-z]{1,30}+|\\[%$,;:!{} ]"
    rf"|\d++(?:[.,]\d++)*+(?::\d++)?+(?:(?!m\^?[23²³]){_LETTER})?+|\.\d++"
    rf"|[-−–+*/^=<>|±×·⋅÷√≤≥≠≈∪∩∈_]\s?(?:(?![aAI]\s){_LETTER})?+|[π∞°²³⁰¹⁴⁵⁶⁷⁸⁹!%'&()\[\]{{}}$~,;½⅓¼¾⅔⅛]"
    rf"|(?<![A-Za-z])(?:{_FUNCTIONS})(?![A-Za-z])|\b(?:or|and)\b(?:\s(?:{_HEDGES})\b){{0,3}}+"
    rf"|(?<=[(\[{{}})\]^_=+*/{BETWEEN}]){_LETTER}|(?<![A-Za-z'’\d]){_LETTER}(?=\s?[-−+*/^=<>_|±×·≤≥≠≈{BETWEEN}]|\()"
    rf"|{BETWEEN}"
    rf"|(?<=\d )[xX](?= \d)"
)
_RUN = re.compile(rf"(?:(?<![A-Za-z'’])|(?![A-Za-z]))(?!\s)(?:(?:{_PIECE})\s{{0,3}}+)++")
"""A maximal run of mathematics; each alternative begins with characters of its own, and nothing is tried twice."""
_DIGIT = re.compile(r"\d|[½⅓¼¾⅔⅛]")
FRACTION = re.compile(r"\\[dt]?frac\{[^{}]{1,40}\}\{[^{}]{1,40}\}")
_NO_NAME = re.compile(r"\\[A-Za-z]+|(?<=\d)\s?[xX]\s?(?=\d)")
_DECIMAL_COMMA = re.compile(r"-?\d+,\d{1,2}")
_DIFFERENCE = re.compile(r"[\d.,]+ - [\d.,]+")
_GROUPS = re.compile(r"\s[A-Za-z]{2,14} of [$\\]?\d")
_STARS = re.compile(r"(?<![\w)}\]*^])(?:\*{1,3}|__|`)(?=[^\s*])|(?<=[^\s*^_{])(?:\*{1,3}|__|`)(?![\w(\[{}\\*])")
_CALCULATION = re.compile(r"<<[^<>]*>>")
_EDGE = re.compile(rf"(?:[\s,;~&:=|]|\b(?:or|and|{_HEDGES})\b)*+")
_END = re.compile(r"(?:[\s,;~&:=+\-−–*/^_|<>≤≥≈×·÷(\[{.]|(?<![A-Za-z])(?:or|and)(?:\s[a-z]{1,9})?){1,9}$")
_RAISED_UNIT = re.compile(r"(\d)\s?([A-Za-z]{2,12})\^?\{?([23²³])\}?(?![\d.}])")
"""A unit in plain letters with its power."""
_BINARY = ("+", "*", "/", "^", "×", "·", "÷", "-", "−", "–")
_NAMED = re.compile(r"\s*[A-Za-z](?:_\w)?\s*=")
_COMMA = re.compile(r"[,;]\s")
_WORD_BEFORE = re.compile(r"[A-Za-z'’]+\s*[$(\s]*$")
_SIGN = re.compile(
    r"(?:\bnegative|(?:^|[:,=]|\b(?:is|are|be|was|equals|becomes|get|gives|to|by|of|and|or))\s*\bminus)\s+\$?$", re.I
)
_CHANGED_BEFORE = re.compile(
    r"(?:\b(?:greater|less|more|fewer|larger|smaller|bigger|higher|lower) than(?: or equal to)?|\bat (?:least|most)"
    r"|\bup to|\b(?:twice|double|triple|thrice|half|times|divided by|multiplied by|raised to|minus|negative|modulo)"
    r"|\w\s(?:plus|over)|(?:^|\b(?:is|are|be|was)\s)(?:just |well )?(?:under|over|above|below|beyond)"
    r"|\b(?:number|integer|value|one) (?:before|after|preceding|following)|(?:percent|%) o(?:f|ff)|\bpower of"
    r"|\bto the|\broot|\bbase \w{1,3} of"
    r"|(?:^|\b(?:is|are|be|between)\s)\$?\d[\d.,]{0,12}\sto"
    r"|\b(?:root|square|cube|half|halves|third|thirds|quarter|quarters|fourth|fifth|tenth|logarithm|log|sine|cosine"
    r"|tangent|factorial|reciprocal|inverse|multiple|sum|product|difference|quotient|negative|opposite|complement) of)"
    r"\s[$(\s]{0,4}$",
    re.I,
)
_CHANGING = word_set(
    "than to least most twice double triple thrice half times by minus negative modulo plus over of the root under "
    "above below beyond before after preceding following off"
)
"""The last word of whatever the two patterns above match."""
_CHANGED_AFTER = re.compile(
    r"[\s$,(]{1,3}(?:squared|cubed|(?:more|less|fewer|greater) than [$\\]*\d|per (?:mille?|thousand)|base[\s-]\$?\d|"
    r"in base|in (?:binary|ternary|octal|hex|hexadecimal)|elevenths|twelfths|"
    r"(?:thir|four|fif|six|seven|eigh|nine)teenths|(?:twen|thir|for|fif|six|seven|eigh|nine)tieths|factorial|halves|thirds|"
    r"fourths|fifths|sixths|sevenths|eighths|ninths|tenths|(?:hundred|thousand|million|billion)ths|"
    r"(?:degrees )?(?:below|under) zero|choose|mod|modulo|plus|minus|and a half|and (?:above|up|over)|to the power|"
    r"raised to|divided by|multiplied by|times (?:\$|\\|\d|pi\b|[b-z]\b)|"
    r"or (?:more|fewer|less|so|greater|above|higher|lower|not|none|maybe|neither|nothing|another|something))"
    r"(?![A-Za-z])",
    re.I,
)
_IN_BASE = re.compile(r"[\s$,(]{1,3}(?:in )?base[\s-]\$?(\d{1,2})\b", re.I)
_BELONGS = re.compile(
    r"\$?(?:\s(?:hundred|thousand|million|billion|trillion|dozen|lakh|crore)\b)+|\s(?:percent|pct|per cent)\b"
    r"|\s?[ap](?:m\b|\.m\.)",
    re.I,
)
_OR = re.compile(r"\bor\b")


def value_of(text: str, copula: int, *, announced: bool = False) -> tuple[str, int] | None:
    """The last value of a sentence and where it starts; an empty one where words make it another; None for none.

    Args:
        text: a sentence without emphasis.
        copula: where its last "is" or the like ends, 0 for none.
        announced: whether an announcement of the answer stands before the text.
    """
    text = _RAISED_UNIT.sub(r"\1 \\text{\2^\3}", text)
    right = text.rfind("=") + 1
    spelled = text[:right] + with_products(text[right:])
    if BETWEEN not in spelled:
        return _value_in(spelled, copula, announced)
    copula += spelled.count(BETWEEN, 0, copula)
    found = _value_in(spelled, copula, announced)
    return found and (found[0].replace(BETWEEN, ""), found[1] - spelled.count(BETWEEN, 0, found[1]))


def _value_in(text: str, copula: int, announced: bool) -> tuple[str, int] | None:
    """The same of a text with the sign of the product between names."""
    runs = [match for match in _RUN.finditer(text) if _DIGIT.search(match.group())]
    if not runs:
        return None
    fraction = next((run for run in reversed(runs) if "frac" in run.group() and FRACTION.search(run.group())), None)
    found = fraction or (runs[0] if len(runs) == 1 else main_value(text, runs, copula, announced=announced))
    if found is None or is_one_of(text, found.start()):
        return "", runs[-1].start()
    whole = found.group()
    if plain_literal(number := whole.rstrip(" .")) is not None:
        start, end = found.start(), found.start() + len(number)
        return meant(number, text[max(0, start - 60) : start], text[end:]), start
    lead = _EDGE.match(whole)
    first = lead.end() if lead else 0
    if _OR.search(whole[:first]) and "=" not in whole and _DIGIT.search(text[: found.start()]):
        return "", found.start()
    start = found.start() + first
    run = _opened(whole[first:])
    ends = not text[found.end() :].strip(" .!$)")
    listed = not text[copula:start].strip(" ($:") or (ends and _NAMED.match(run) is not None)
    body = _closed(_END.sub("", _one_item(run, listed=listed)))
    start = max(text.rfind(body, found.start(), found.end()), 0)
    before, after = text[max(0, start - 60) : start], text[start + len(body) :]
    if body[:1] in _BINARY and _WORD_BEFORE.search(before):
        if body[:1] not in "-−–":
            return "", start
        body = body[1:].lstrip() if body[1:2] == " " else body
    elif " - " in body and _DIFFERENCE.fullmatch(body) and _GROUPS.match(after):
        return "", start  # "42 - 6 rows of 7": a dash, or a difference
    if _DECIMAL_COMMA.fullmatch(body):
        body = body.replace(",", ".")
    return meant(body, before, after), start


def meant(value: str, before: str, after: str) -> str:
    """A value with the words beside it that belong to it: its sign, its scale; "" where they change it otherwise."""
    before = before[-60:]
    if _CHANGED_AFTER.match(after):
        base = _IN_BASE.match(after)
        return f"{value}_{{{base[1]}}}" if base and value.isdecimal() else ""
    words = before.lower().rstrip(" $(").rsplit(None, 1)
    if not words or words[-1].lstrip("$*(:,=") not in _CHANGING:
        pass
    elif _SIGN.search(before):
        return _negative(value)
    elif _CHANGED_BEFORE.search(before):
        return ""
    scale = _BELONGS.match(after)
    return value + scale.group() if scale else value


def unmarked(text: str) -> str:
    """A text without marks of emphasis and without the `<<...>>` of a calculator."""
    if "<<" in text:
        text = _CALCULATION.sub("", text)
    return _STARS.sub("", text) if "*" in text or "_" in text or "`" in text else text


def _negative(value: str) -> str:
    """The value with a minus sign, "" for a sum or a list."""
    inner = value.strip("$ ")
    return "" if re.search(r"[-+=,;<>−–]|\bor\b|\band\b", inner) else f"-{inner}"


def _one_item(run: str, *, listed: bool) -> str:
    """The last item of clauses joined by commas, the whole of a list; of a chain of equations its last side."""
    if _COMMA.search(run) and not listed and " or " not in run and " and " not in run:
        items = top_level(run)
        if len(items) > 1 and not all(map(_NAMED.match, items)):
            run = items[-1]
    elif " or " in run or " and " in run or listed:
        return run
    inner = run[1:-1] if run.startswith("(") and run.endswith(")") else run
    sides = inner.split("=")
    if len(sides) > 2 or (len(sides) == 2 and not re.search(r"[A-Za-zα-ω]", _NO_NAME.sub("", sides[0]))):
        return sides[-1].strip() if not _COMMA.search(inner) else run
    return run


def top_level(run: str) -> list[str]:
    """The items of a run that commas outside brackets part."""
    items, depth, start = [], 0, 0
    for index, character in enumerate(run):
        if character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif depth == 0 and character in ",;" and run[index + 1 : index + 2].isspace():
            items.append(run[start:index].strip())
            start = index + 1
    return [item for item in [*items, run[start:].strip()] if item]


def _opened(run: str) -> str:
    """A run without a leading bracket that nothing closes."""
    return run[1:] if run.startswith("(") and run.count("(") > run.count(")") else run


def _closed(run: str) -> str:
    """A run without closing brackets and dollars at its end that nothing opens."""
    for opener, closer in ("()", "[]"):
        extra = run.count(closer) - run.count(opener)
        while extra > 0 and run.endswith(closer):
            run, extra = run[:-1].rstrip(), extra - 1
    return run[:-1].rstrip() if run.endswith("$") and run.count("$") % 2 else run
