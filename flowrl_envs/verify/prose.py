"""Cuts the answer out of a sentence: sentence ends, "is" and "=", negation, the last number.

Works on words only; it does not know what is a right answer. `extract.py` calls it for text outside boxes.
"""

from __future__ import annotations

import re

from flowrl_envs.verify.asides import is_worked_out, without_remarks
from flowrl_envs.verify.clauses import is_several
from flowrl_envs.verify.denial import is_negated
from flowrl_envs.verify.formulas import blanked, is_prose
from flowrl_envs.verify.lines import has_value, is_addressed
from flowrl_envs.verify.scan import Span, segments
from flowrl_envs.verify.sentence import meant, unmarked, value_of
from flowrl_envs.verify.steps import in_one_form, last_step
from flowrl_envs.verify.subjects import chosen_letter, is_count

_SENTENCE_END = re.compile(
    r"[.!?。！\[](?:(?<=[^\s\d][.!?])(?=\s|$)|(?<=\d[.!?])(?=\s+[A-Z<\[]|\s*$)|(?<=[。！])|(?<=\s\[)(?=Note))"
)
"""A class comes first, so that the search skips from one of its characters to the next."""
_REASON = re.compile(
    r",?\s(?:because|since|where|as (?:it|each|there|every)|when|if|by the|"
    r"(?:attained|achieved|reached) (?:at|when|for|by)|"
    r"which(?! (?:is|are|equals|gives|makes|yields|leads to|simplifies to|comes to)"
    r"(?: (?:us|that|exactly|just|equal to))? (?:\$[^$]*\d[^$]*\$|\\\([^()]*\d[^()]{0,80}\\\)|[-−$]?\d\S*)"
    r"(?:\s[A-Za-z]{1,14})?[\s.$]*\Z)(?! (?:means|implies)(?: that)? (?:\$[^$]*=|\\\([^()]*=|[A-Za-z]\s?=))|"
    r"(?:at|for(?: all| every| any)?|with)(?=\s[$\\( ]{0,4}[A-Za-z](?:_\w)?\s?"
    r"(?:[=<>≠≥≤∈]|\\(?:neq?|l[et]q?|g[et]q?|in)\b)"
    r"(?:(?!\b(?:and|is|for|but|or|otherwise|else)\b|,\s*[$\\(]*\d)[^.;]){0,40}\Z))\b",
    re.I,
)
_COPULA = re.compile(
    r"(?:\b(?:is|are|be|equals|becomes|was|gives|get|equal to|(?<!\d )by(?=\s[$\d-])|est|ist|es)\b"
    r"(?: (?:then|therefore|thus|equal to|exactly|just))?|=|是|为)",
    re.I,
)
_NUMBER = re.compile(
    r"(?<![A-Za-z\d.,\\])[-−]?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:[.]\d+)?(?::\d+|\s?/\s?\d+)?(?:√\d+)?π?(?:\s?\\?%)?|(?<![A-Za-z\d])\.\d+"
)
_JOINER = re.compile(r"(?:[\s,;&/、]|\bor\b|\band\b|\bmaybe\b|\bperhaps\b|\bpossibly\b|\beven\b)*")
_CONTRAST = re.compile(
    r"[,;(\s](?:(?:(?<=[,;(])\s?|(?<=[\d$%)}*]\s))(?:and |but )?not"
    r"|(?<=[\s,(])(?:rather than|instead of|as opposed to))\s(?=(?:[A-Za-z]\s?=\s?)?[(*$\\]{0,3}[-−]?[\d\\$])"
)
"""What begins a value that is ruled out, after the value that is given; a class comes first here too."""
_GIVEN = re.compile(
    r"(?:\$[^$]{1,200}\$|\\\((?:[^\\]|\\(?!\)))*\\\)|[-−$\\\d]\S*)(?:\s[A-Za-z]{2,15}){0,2}[\s,]*",
)
_POWER = re.compile(r"\$+\s*[\^_]")
_OPERATOR = re.compile(r"[+*/^<>]")
_CIRCUMSTANCE = re.compile(
    r"(?:not|in|on|at|by|from|for|of|left|made|sold|more|still|also|to|going|the latest|"
    r"(?!need\b)[a-z]{2,12}(?:ed|ing)|taken|given|bought|spent|lost|kept|paid|won|built|available|enough)\b"
)
"""How what is said of "42 of them are ..." begins: it is no answer, the number is."""
_CASE_WORDS = (" if", " when")
_ANOTHER_CASE = re.compile(r"(?:[,;]|\b(?:and|or|else|otherwise))\s*(?:it is\s*)?[$\\(]{0,3}[-−]?\d", re.I)
"""What makes a value with a condition one of two: "42 if n is even and 41 if n is odd"."""
_COMPUTED = re.compile(r"=\s?[$-]?\d")
_DENIED = re.compile(r"\b(?:not (?:right|correct|it)|wrong|incorrect|false)\b", re.I)
_WHY = re.compile(r",?\s(?:because|since)\s")
_IS_IT = re.compile(r"(?:the|our|my)\s(?:\w+\s)?(?:answer|solution|result|value)\b", re.I)
_UNABLE = re.compile(r"(?:it )?(?:cannot|can['’]t|could not|couldn['’]t) be", re.I)
"""A denial that is the answer: "cannot be determined"."""
_PERCENT = re.compile(r"\s?(?:\\?%|percent|pct)")
_EDGE = ' \t\n*_`"“”；;,'
SPACE = ' \t\n"“”；;,'
_BOLD = re.compile(r"(?<![*\w])\*\*(?=[^\s*])([^*\n]{1,80})(?<=[^\s*])\*\*(?![*\w])")
_OFFER = re.compile(r"[\s,;(/]{0,3}(?:or|and|maybe|perhaps|possibly|to|[-−–+*/^=<>]|\d|\\)", re.I)
_UNIT_AND_MORE = re.compile(r"\s?[A-Za-z]{1,12}\.?,?(?: and)?\s\$?\d")
_OFFERED = re.compile(r"(?:\b(?:or|and|to|either)|[-−+*/^=<>\d(])\s*\Z", re.I)
"""What makes a value in bold one of several, or a part of one."""
_TOLD = re.compile(
    r"\b(?:is|are|be|was|were|equals|becomes|gives|get)"
    r"(?: (?:then|therefore|thus|equal to|exactly|just|only|now))?[\s:]*\Z",
    re.I,
)
"""What leads up to a value directly."""
_CLAUSE = re.compile(r"[.,;:]|\b(?:so|thus|hence|then|therefore|and|which|giving)\b")
"""What may begin another clause."""
_CRY = re.compile(r"(?<=[*_`\"”])\s?!+\Z")
_TRIMMED = frozenset(_EDGE)
_ENDS = _TRIMMED | frozenset(".。!)")
"""What a fragment ends with that has to be undressed."""
_EXCLAIMED = ("$!", "\\)!", "\\]!", "*!")
"""Exclamations, where a factorial would stand inside."""


def settle(fragment: str, *, last: bool = False) -> tuple[str, bool]:
    """The answer within a fragment of text, and whether the text denies it; ("", False) for none.

    Args:
        fragment: what follows an anchor, or the last line.
        last: whether the last sentence counts (else the first one, up to "because").
    """
    text = fragment.strip(SPACE)
    if " or " in text or "(or " in text:
        text = in_one_form(text)
    if not is_prose(text):
        return undressed(unmarked(_CRY.sub("", text) if text[-1:] == "!" else text)), False
    sentence = _last_sentence(text) if last else _first_sentence(text)
    if (bold := _bold_value(sentence)) is not None:
        start, end = bold.span()
        return meant(bold.group(1), sentence[:start], sentence[end:]), is_negated(sentence[:start])
    sentence = _without_asides(unmarked(sentence), last=last)
    changed, text = sentence != text, sentence.strip(_EDGE)
    if changed and not is_prose(text):
        return undressed(text), False
    found = segments(text)
    if found and (told := _told(text, found)) is not None:
        start, end = told
        if is_several(text, start, end):
            return "", False
        return meant(text[start:end].strip(_EDGE), text[:start], text[end:]), is_negated(text[:start])
    if found:
        start, end = _joined_segments(text, found)
        tail = text[end:]
        if not _NUMBER.search(tail) and not (_is_symbol(text[start:end]) and _NUMBER.search(blanked(text, found))):
            return meant(text[start:end].strip(_EDGE), text[:start], text[end:]), is_negated(text[:start])
    return _from_words(text, announced=not last)


def _is_symbol(segment: str) -> bool:
    """Whether a math segment merely names something, having no digit."""
    return not any(character.isdigit() for character in segment) and "=" not in segment and len(segment) < 12


def _breaks(text: str, pattern: re.Pattern[str]) -> list[tuple[int, int]]:
    """Where a pattern matches outside math segments."""
    spans = segments(text)
    if not spans:
        return [match.span() for match in pattern.finditer(text)]
    found, at = [], 0
    for match in pattern.finditer(text):
        while at < len(spans) and spans[at].end <= match.start():
            at += 1
        if at == len(spans) or match.start() < spans[at].start:
            found.append(match.span())
    return found


def _first_sentence(text: str) -> str:
    """Up to the first sentence end, and then up to a subordinate clause that gives a reason."""
    for pattern in (_SENTENCE_END, _REASON):
        for start, end in _breaks(text, pattern):
            if text[:start].strip():
                is_case = text.endswith(_CASE_WORDS, 0, end) and _ANOTHER_CASE.search(text, end)
                text = text if is_case else text[:start]
                break
    return text.strip(SPACE)


def _without_asides(text: str, *, last: bool) -> str:
    """A sentence without what it rules out ("5, not 6") and remarks in brackets; a last one also without "when ..."."""
    contrast = _CONTRAST.search(text)
    if contrast is not None and _NUMBER.search(text, 0, contrast.start()):
        text = text[: contrast.start() + 1].rstrip(" ,;(")
    if " (" in text:
        text = without_remarks(text)
    reasoned = last and ("because" in text or "since" in text)
    reasoned = reasoned and _DENIED.search(text) is None
    if reasoned and (why := _breaks(text, _WHY)) and "," not in text[why[-1][1] :] and has_value(text[: why[-1][0]]):
        text = text[: why[-1][0]]
    if last and (reasons := _breaks(text, _REASON)):
        before = text[: reasons[-1][0]]
        copula = last_match(_COPULA, before)
        if copula is not None and _GIVEN.fullmatch(before[copula.end() :].strip()):
            return before
    return text


def _last_sentence(text: str) -> str:
    """The last sentence that holds a number or a formula and is no courtesy."""
    ends = (start if text[start] == "[" else end for start, end in _breaks(text, _SENTENCE_END))
    bounds = [0, *ends, len(text)]
    for start, end in zip(reversed(bounds[:-1]), reversed(bounds[1:]), strict=True):
        sentence = text[start:end].strip()
        if sentence and (_NUMBER.search(sentence) or segments(sentence)) and not is_addressed(sentence):
            return sentence.rstrip(".!?。").strip(SPACE)
    return text


def _joined_segments(text: str, spans: list[Span]) -> tuple[int, int]:
    """The last math segment, with those before it that "or", "and" or a comma joins to it, or whose unit it raises."""
    start, end = spans[-1].start, spans[-1].end
    for previous in reversed(spans[:-1]):
        gap = text[previous.end : start]
        if len(gap) > 20 or not (_JOINER.fullmatch(gap) or _POWER.match(text, start)):
            break
        start = previous.start
    percent = _PERCENT.match(text[end : end + 12])
    return start, end + (percent.end() if percent else 0)


def last_match(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """The last match of a pattern, found in one pass."""
    last = None
    for match in pattern.finditer(text):
        last = match
    return last


def _bold_value(sentence: str) -> re.Match[str] | None:
    """The one value in bold, where a sentence has one."""
    if "**" not in sentence:
        return None
    values = [match for match in _BOLD.finditer(sentence) if any(map(str.isdigit, match[1]))]
    if len(values) != 1 or is_prose(values[0][1]):
        return None
    (value,) = values
    after = _COPULA.search(sentence, value.end())
    is_else = after is not None and _NUMBER.search(sentence, after.end()) is not None
    if is_else or _OFFERED.search(sentence, 0, value.start()) or _OFFER.match(sentence, value.end()):
        return None
    return None if _UNIT_AND_MORE.match(sentence, value.end()) else value


def _told(text: str, spans: list[Span]) -> tuple[int, int] | None:
    """The math segment that follows the last "is", with those that are joined to it; None where that is no segment."""
    for index in range(len(spans) - 1, -1, -1):
        start = spans[index].start
        if _TOLD.search(text, max(0, start - 30), start) is None:
            continue
        last = index
        end = spans[index].end
        while last + 1 < len(spans) and _JOINER.fullmatch(text, end, spans[last + 1].start):
            last += 1
            end = spans[last].end
        rest, tail = spans[last + 1 :], blanked(text, spans[last + 1 :], end)
        ended = spans[last].content.rstrip().endswith((".", ",", ";"))
        goes_on = _COPULA.search(tail) or tail[:1].isdigit() or (rest and (ended or _CLAUSE.search(tail)))
        return None if goes_on or not _NUMBER.search(spans[index].content) else (start, end)
    return None


def _from_words(text: str, *, announced: bool) -> tuple[str, bool]:
    """What follows the last "is" if that is mathematics or has no number, else the main value of the sentence."""
    copula = last_match(_COPULA, text)
    worded = copula is not None and copula.group() != "="
    if copula is not None:
        value = text[copula.end() :].strip(_EDGE + ":")
        bare = worded and not is_prose(value) and not _OPERATOR.match(value)
        before = text[: copula.start()]
        computed = _COMPUTED.search(before) is not None
        if (letter := chosen_letter(before, value)) is not None:
            return letter
        counted = (
            computed
            or is_count(before, copula.group())
            or (_CIRCUMSTANCE.match(value) is not None and _NUMBER.search(text) is not None)
        )
        if value and (
            (bare and not computed)
            or not (counted or _NUMBER.search(value) or (_IS_IT.match(value) and _NUMBER.search(text)))
        ):
            if "unless" in before and _NUMBER.search(before) is not None:
                return "", False  # two answers
            denied = is_negated(text[: copula.end()])
            if denied and _UNABLE.fullmatch(text, 0, copula.end()) is not None:
                return undressed(text), False
            return undressed(value), denied
        if worded and (_NUMBER.search(value) is None or (computed and before.endswith("to "))):
            worded = False
    found = value_of(text, copula.end() if copula is not None and worded else 0, announced=announced)
    if found is None:
        return text, False  # whole, with its denial: "neither", "not even"
    value, start = found
    return value, is_negated(text[:start])


def undressed(text: str) -> str:
    """A fragment without what ends a sentence or closes what nothing opens; the last of its steps."""
    if text.count("=") > 1:
        text = last_step(text)
    if (text[-1:] not in _ENDS and text[:1] not in _TRIMMED) or text.endswith("\\,"):
        return text
    body = text.strip(_EDGE)
    if not body.endswith(".."):
        body = body.removesuffix(".").removesuffix("。").strip(_EDGE)
    if body.endswith(_EXCLAIMED):
        body = body[:-1].strip(_EDGE)
    if body.endswith(")") and (at := body.rfind(" (")) > 0 and is_worked_out(body[:at], body[at + 2 : -1]):
        return body[:at].rstrip()
    if body.endswith(")") and body.count("(") + body.count("[") < body.count(")") + body.count("]"):
        body = body[:-1]
    return body
