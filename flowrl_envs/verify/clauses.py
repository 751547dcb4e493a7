"""Which of several values in a sentence is the one that it gives: the last that is not part of an adjunct.

"It takes 15 hours to clean 45 rooms" gives 15, "12 apples at $2 cost $24" gives 24. Values that only together are one
("5 feet 3 inches", "1 in 6", "2 remainder 3"), or that are offered side by side ("42 vs 41"), give none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from flowrl_envs.verify.literals import literal
from flowrl_envs.verify.measures import unit_factor

_ADJUNCT = re.compile(
    r"(?:^|[\s,(])(?:for|from|in|within|during|after|before|out of|of the|among|between|per|every|at|on|with|over|into|"
    r"until|while [a-z]+ing|if|when|by the|including|of which|of whom|"
    r"(?:in order )?to (?!(?:get|obtain|give|find|have|equal|be|arrive|yield|"
    r"make up|a|an|the|about)\b)[a-z]+)(?P<words>(?: [A-Za-z'’-]+){0,6}) ?[$(]*\Z",
    re.I,
)
"""An adjunct that begins between two values, up to the second."""
_LED = re.compile(r"(?:(?:and|or)\s+)*[$(]*", re.I)
_MOST_JOINED = 4
_JOINED = re.compile(r"[A-Za-z'’ -]{0,60}(?:\band|\bor|,)\s[$#]?", re.I)
_AGO = re.compile(r"\s?[A-Za-z]{2,12} (?:from now|ago|later|earlier|sooner|before that|after that)\b", re.I)
_OF = re.compile(
    r"\s(?!total|sum|result|average|number|rate|cost|price|amount|value|score|profit)[A-Za-z]{2,14} of [$#]?", re.I
)
_WHO = re.compile(r"(?: [A-Za-z'’-]+){1,3} (?:that|who|which)(?: [A-Za-z'’-]+){0,4} [$#]?", re.I)
"""What begins a clause about what has been counted: "16 people that think horse #12 will win"."""
_VERB = re.compile(
    r"\b(?:is|are|was|were|be|been|has|have|had|gives?|gets?|makes?|costs?|pays?|paid|earns?|equals?|leaves?|needs?|takes?|totals?|"
    r"becomes?|spends?|spent|made|total|sum|result|average|altogether|difference|so|thus|then|and|or|which|that)\b",
    re.I,
)
"""Words after which a value is no part of the adjunct before them."""
_TOGETHER = re.compile(
    r"\s?(?:in|out of|by|to|over|of|remainder|r|and remainder|with (?:a )?remainder(?: of)?)\s?", re.I
)
"""What joins two plain numbers to one value."""
_COUNTED = re.compile(r"\s?[A-Za-z]")
_MEASURE = re.compile(r"\s?(?P<unit>[A-Za-z]{1,12})\.?,?(?: and)? ")
_UNIT = re.compile(r"\s?([A-Za-z]{1,12})")
_UNIT_BETWEEN = re.compile(r"\s?([A-Za-z]{1,12})\s(?:by|to|x|×|\\times|and)\s?")
_QUOTIENT = re.compile(r"\b(?:probability|chance|odds|fraction|proportion|ratio|rate|speed|slope|scale)\b", re.I)
_OUT_OF = re.compile(r"(?:\s[A-Za-z]{1,14})?\s(?:in|out of|of|of the|for|for every|per|every)\s[$]?", re.I)
"""What makes two numbers one quotient."""
_SAME_CLAUSE = re.compile(r"(?:(?!\b(?:[A-Z][a-z]+|he|she|it|they|we|you|I|there)\b)[^,])*\Z")
"""From a quotient up to its value, without another subject."""
_POINTING = ("this ", "that ", "same ", "This ", "That ")
_ITS_COPULA = re.compile(
    r"(?<!there)(?<!there\s)(?:\b(?:is|are|was|were|be|equals|becomes|equal to)\b|[=:])"
    r"(?: (?:about|only|just|exactly|thus|then|a|an))?"
    r"[\s$\\(]*\Z",
    re.I,
)
"""What says the value of what stands before it."""
_QUOTIENT_AFTER = re.compile(r"\s?(?:chance|probability|odds|ratio)\b", re.I)
_APPOSED = re.compile(r"\s?([A-Za-z][A-Za-z'’ -]{0,40})(?:[:,] | \()[$(]*(?=\d)")
"""What stands between a total and the first of its parts."""
_GIVEN = re.compile(
    r"\b(?:with|from|out of|(?<!total )of)\s(?:(?:the|his|her|their|its|my|these|those)\s)?[$(]*\Z", re.I
)
"""What stands before a total of which a part is asked for."""
_REMAINING = re.compile(
    r"\b(?:remain\w*|left|rest|eaten|gone|taken|broken|(?:un)?sold|spent|saved|(?:un)?used|read|to go|lost|free|empty|"
    r"failed)\b",
    re.I,
)
"""What is said of the part that is asked for."""
_MOST_PARTS = 6
_TOLD = re.compile(
    r"\b(?:is|are|was|were|has|have|had|so|thus|then|makes?|gives?|leaves?|leaving|left|total|than)\b|[.;:=]", re.I
)
_COMPARED = re.compile(
    r"\s(?:more|fewer|less|[a-z]{2,8}er)(?: [A-Za-z'’-]+){0,3} than(?! an? )(?: [A-Za-z'’]+){0,4}"
    r"(?:, (?:who|which|whose)(?: [A-Za-z'’]+){1,4})? [$(]*"
)
"""Up to what a value is compared with: "17 more than Ann, who has 5"."""
_ONE_WORD = re.compile(r"[^\W\d_]{1,13}\.?")
_PLAIN = re.compile(r"\d[\d.,]*\s*")
_AMONG = re.compile(
    r"(?:one|any|either|some) of\s(?:the (?:numbers|values)\s)?[$(]*\Z|\b(?:either|between|among)\s[$(]*\Z", re.I
)
_BESIDE = re.compile(r"\b(?:as well as|also|plus|unless(?: (?:it|that) (?:is|was))?)\s[$(]*\Z", re.I)
"""What offers another value beside the one that is given."""
_HEDGED = re.compile(
    r"\b(?:maybe|perhaps|possibly|else|otherwise|alternatively|alternately|presumably|arguably|conceivably|likely|"
    r"hopefully|although|in another)\b",
    re.I,
)
_RESPECTIVELY = re.compile(r"\brespectively\b", re.I)
_NOT = re.compile(r"\bnot\b", re.I)
_BUT = re.compile(r"\bbut\s[$(]*\d", re.I)
_ALTERNATIVES = re.compile(
    r"\b(?:or|maybe|perhaps|possibly|else|otherwise|alternatively|as well as|respectively)\b", re.I
)
_AND = re.compile(r"\band\b", re.I)
_OR = re.compile(r"\bor\b", re.I)
_LED_BY = re.compile(r"(?:and|or)\b", re.I)
_MARKS = re.compile(r"\$|\\[()]")
_DIGITS = re.compile(r"[-−]?\d[\d.,]*")
_CASES = re.compile(r"\b(?:if|when|case|unless|depending|reading|version|variant|option|even|odd|part|first)\b", re.I)
"""What two values have that are two answers, each to its own case."""
_LEAD = re.compile(r"\s*(?:(?:about|exactly|approximately|only|just|the|a total of|there (?:is|are))\s)*[$(:]*\Z", re.I)
_GOES_ON = re.compile(
    r"=|\b(?:or|and|so|is|are|equals?|i\.e|which|that|giv|mak|yield|plus|minus|times|more|less|fewer|but|then|thus|hence)",
    re.I,
)


def main_value(
    text: str, runs: Sequence[re.Match[str]], copula: int, *, announced: bool = False
) -> re.Match[str] | None:
    """The run of mathematics that holds the value of a sentence; None where no single one does.

    Args:
        text: the sentence.
        runs: its runs of mathematics with a digit, two or more, in order.
        copula: where its last "is" or the like ends, 0 for none.
        announced: whether an announcement of the answer stands before the text.
    """
    first = next((index for index, run in enumerate(runs) if run.start() >= copula), len(runs) - 1)
    if _HEDGED.search(text, runs[first].end() - 1, runs[-1].start() + 8) is not None:
        return None
    gap = _gap(text, *runs[-2:])
    if ("," not in gap and _RESPECTIVELY.search(gap) is not None) or (
        "=" not in runs[-1].group() and _BESIDE.search(gap) is not None
    ):
        return None
    but = _BUT.search(text, runs[first].end() - 1, runs[-1].end())
    if but is not None and "=" not in runs[-1].group() and _NOT.search(text, 0, but.start()) is None:
        return None
    index = _without_parts(text, runs)
    if index is None:
        index = _without_adjuncts(text, runs)
    if index is None or (index + 1 < len(runs) and _is_quotient(text, runs[index], runs[index + 1])):
        return None
    leads = (copula or announced) and _LEAD.match(text, copula, runs[first].start()) is not None
    if leads and index != first and not _continues(text, runs, first):
        return None  # what else is said beside the value is none of it, nor about it
    if leads and index == first and _CASES.search(text, runs[first].end() - 1, runs[-1].start()) is not None:
        return None
    found = runs[index]
    if index + 1 < len(runs) and _is_part(text, found, runs[index + 1], copula):
        return None
    if index > 0 and _is_part(text, runs[index - 1], found, copula):
        return None
    return found


def _without_parts(text: str, runs: Sequence[re.Match[str]]) -> int | None:
    """The index of a total that the other values follow as its parts: "12 cakes: 5 white and 7 brown"."""
    if len(runs) < 3 or any("=" in run.group() for run in runs):
        return None
    for index in range(max(0, len(runs) - 1 - _MOST_PARTS), len(runs) - 2):
        joint = _APPOSED.match(text, runs[index].start() + len(runs[index].group().rstrip()))
        if (
            joint is None
            or _TOLD.search(joint[1]) is not None
            or _GIVEN.search(text[: runs[index].start()]) is not None
        ):
            continue
        numbers = [literal(_LED.sub("", run.group().lstrip(", "), count=1).strip(" $(),.")) for run in runs[index:]]
        parts = [number.numerator for number in numbers if number is not None and number.denominator == 1]
        told = text[runs[index + 1].end() : runs[-1].start()]
        is_sum = len(parts) == len(numbers) and sum(parts) == 2 * parts[0]
        if is_sum and _TOLD.search(told) is None and _REMAINING.search(text, runs[index].end()) is None:
            return index
    return None


def _without_adjuncts(text: str, runs: Sequence[re.Match[str]]) -> int | None:
    """The index of the last run that is not part of an adjunct; None where alternatives have an adjunct each."""
    index, has_own = len(runs) - 1, False
    while index > 0 and (gone := _adjuncts(text, runs, index)):
        joined = _OR.search(text, runs[index - gone].end() - 1, runs[index].end()) is not None
        if joined or (has_own and (gone > 1 or _AND.search(runs[index].group()) is not None)):
            return None
        index, has_own = index - gone, True
    parallel = has_own and index > 0 and _JOINED.fullmatch(_gap(text, runs[index - 1], runs[index])) is not None
    return None if parallel and _LED_BY.match(runs[index].group()) else index


def _is_quotient(text: str, run: re.Match[str], following: re.Match[str]) -> bool:
    """Whether a value is the first part of a quotient that the words before it announce: "the chance is 1 out of 6"."""
    if _PLAIN.fullmatch(run.group().lstrip("= ")) is None or _OUT_OF.fullmatch(_gap(text, run, following)) is None:
        return False
    return _QUOTIENT_AFTER.match(text, following.end()) is not None or _is_of_quotient(text, run.start())


def _is_of_quotient(text: str, start: int) -> bool:
    """Whether the value that begins there is that of a quotient named before it, not of another clause."""
    named = None
    for match in _QUOTIENT.finditer(text, 0, start):
        named = match
    if named is None:
        return False
    if text[start] == "=" or _ITS_COPULA.search(text, max(0, start - 40), start) is not None:
        return True
    is_known = text.endswith(_POINTING, 0, named.start())
    return not is_known and _SAME_CLAUSE.match(text[named.end() : start]) is not None


def is_several(text: str, start: int, end: int) -> bool:
    """Whether what follows a value that stands there makes it part of one, or one of several: "$3$ out of $5$"."""
    rest = _MARKS.sub("", text[end:])
    number = _DIGITS.search(rest)
    if number is None:
        return False
    between = rest[: number.start()]
    counted = _COUNTED.match(rest, number.end()) is not None
    if _ALTERNATIVES.search(rest) is not None or (_TOGETHER.fullmatch(between) is not None and not counted):
        return True
    if _OUT_OF.fullmatch(between) is not None and _is_of_quotient(text, start):
        return True
    first, second = _UNIT_BETWEEN.fullmatch(between), _UNIT.match(rest, number.end())
    if first is not None and second is not None and first[1] == second[1]:
        return True
    return _is_compound(between, rest, number.end())


def is_one_of(text: str, start: int) -> bool:
    """Whether a list that begins there is offered to choose from: "one of 40, 41, 42"."""
    return _AMONG.search(text, max(0, start - 40), start) is not None


def _continues(text: str, runs: Sequence[re.Match[str]], first: int) -> bool:
    """Whether words between the values after a value make one of these the value of the sentence."""
    return any(
        _GOES_ON.search(text, left.end() - 1, right.start() + 1)
        for left, right in zip(runs[first:], runs[first + 1 :], strict=False)
    )


def _gap(text: str, left: re.Match[str], right: re.Match[str]) -> str:
    """The words between two runs, with the "and" that the second begins with."""
    lead = _LED.match(right.group())
    return text[left.start() + len(left.group().rstrip()) : right.start() + (lead.end() if lead else 0)]


def _adjuncts(text: str, runs: Sequence[re.Match[str]], index: int) -> int:
    """How many values up to one are parts of one adjunct: "for 2 tubs and 4 packets" has two."""
    for count in range(1, min(index, _MOST_JOINED) + 1):
        if _is_adjunct(text, runs[index - count], runs[index - count + 1]):
            return count
        between = _gap(text, runs[index - count], runs[index - count + 1])
        if "=" in runs[index - count + 1].group() or _JOINED.fullmatch(between) is None:
            return 0
    return 0


def _is_adjunct(text: str, before: re.Match[str], run: re.Match[str]) -> bool:
    """Whether a run is part of an adjunct to the value before it; "= 5" and ", 5" are not."""
    if "=" in run.group() or run.group().startswith((",", ";")):
        return False
    between = _gap(text, before, run)
    if "than" in between and _COMPARED.fullmatch(between) is not None:
        return True
    if _AGO.match(text, run.end()) is not None:
        return True
    if _OF.fullmatch(between) is not None or ("=" in before.group() and _WHO.fullmatch(between) is not None):
        return True
    match = _ADJUNCT.search(between)
    if match is None or _VERB.search(match["words"].replace(" to be", "")) is not None:
        return False
    return "$" not in run.group() or "$" in before.group() or text[before.start() - 1 : before.start()] == "$"


def _is_compound(between: str, text: str, end: int) -> bool:
    """Whether two units of one dimension stand after two values: 5 feet 3 inches."""
    measure = _MEASURE.fullmatch(between if between.endswith(" ") else between + " ")
    unit = _UNIT.match(text, end)
    if measure is None or unit is None:
        return False
    first, second = unit_factor(measure["unit"]), unit_factor(unit[1])
    return first is not None and second is not None and first[0] == second[0] and first[1] != second[1]


def _is_part(text: str, left: re.Match[str], right: re.Match[str], copula: int) -> bool:
    """Whether two neighbouring values are parts of one, or are offered side by side."""
    if "=" in right.group():
        return False
    between = _gap(text, left, right)
    counted = _COUNTED.match(text, right.end()) is not None
    plain = _PLAIN.fullmatch(left.group()) is not None and _PLAIN.fullmatch(right.group().rstrip(" .)")) is not None
    if plain and not counted and _TOGETHER.fullmatch(between):
        return not text[: left.start()].lower().rstrip(" $").endswith("from")
    if _is_compound(between, text, right.end()):
        return True
    word = _ONE_WORD.fullmatch(between.strip())
    begins = not text[min(copula, left.start()) : left.start()].strip(" $(:")
    return plain and begins and word is not None and not (counted and _ADJUNCT.match(between) is not None)
