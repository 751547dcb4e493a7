"""Finds the choice letter that a text settles on, or that it offers several: an offer of two letters is no answer.

A mention is a letter that stands alone; mentions that only commas, "or" and the like part are one run. A run that the
text points at ("the answer is", "so", a label that opens the text) decides, the last one; else the run that is said to
be right, the only letter, or what follows "is". A run of several letters, or another one offered beside it, settles
nothing. Letters that the words around them deny are none.
"""

from __future__ import annotations

import re
import string
from typing import NamedTuple

from flowrl_envs.verify.denial import is_negated, is_withdrawn
from flowrl_envs.verify.words import undressed

SEVERAL = "several"
"""In place of a letter where a text offers more than one."""
_CAPITALS = frozenset(string.ascii_uppercase)
_READ = 100
"""A text with more letters standing alone settles on none."""
_AROUND = 200
"""Characters before and after a letter that are read."""
_CAPITAL = r"(?<![A-Za-z'’])([A-Z])(?![A-Za-z'’])"
_ALONE = re.compile(r"([A-Z])(?<![A-Za-z'’].)(?![A-Za-z'’])")
_NAMED_SMALL = re.compile(r"\A\([a-z]\)|(?i:option|choice|answer)(?::| is)? \(?[a-z](?![A-Za-z])")
"""What stands in every text that names a small letter as a choice."""
_LETTER = re.compile(
    rf"{_CAPITAL}|\A\(([a-z])\)(?=\s)"
    r"|(?<=(?i:option) )\(?([a-z])\b(?!['’])|(?<=(?i:choice) )\(?([a-z])\b(?!['’])"
    r"|(?<=(?i:option|choice|answer) is )(?:\(([a-z])\)|([a-z])(?=[.,;:)]|\s*$))"
    r"|(?<=(?i:answer): )(?:\(([a-z])\)|([a-z])(?=[.,;:)]|\s*$))|(?<=(?i:answer) )\(([a-z])\)"
)
_ANY_CASE = re.compile(
    rf"{_CAPITAL}|(?<![A-Za-z'’\d\\])(?:\(([a-z])\)|([b-hj-z])(?![A-Za-z'’])|([ai])(?=[.,;:)/?!]|\s*$|\s(?:or|and)\b))"
)
"""Where one small letter counts, the others do too."""
_SMALL = re.compile(r"\(?([a-z])\)?[.:)]?")
_NOUN = re.compile(r" (?!or\b|and\b|is\b|because\b|since\b|but\b)[a-z]")
_BETWEEN = re.compile(
    r"(?:[\W_]|\b(?:or|and|maybe|perhaps|possibly|probably|even|else|also|alternatively|otherwise|option|choice"
    r"|if not)\b)*+",
    re.I,
)
"""What joins two letters to one offer."""
_WORD = re.compile(r"[^\W_]")
_STOP = re.compile(r"[.!?\n;–—]")
_NO_MORE = re.compile(r"[\W_]{0,9}(?:$|\n|[A-Z]\b|or\b|and\b)")
_SINGULAR = re.compile(r"[)\s]{0,2}\s(?!as\b|this\b|thus\b|plus\b|us\b|its\b)[a-z]{1,14}s(?:n['’]t)?\b")
_VERB = re.compile(
    r"[)\s]{0,2}(?:\s(?!as\b|this\b|thus\b|plus\b|us\b|its\b)[a-z]{1,14}s|\sa?re|\swere|\shave|\sdo|\sdid|\sgive|\sfail"
    r"|\scan(?:not)?|\scould|\sw?ould|\swill|\smust|\smay|\smight|\sshould|\s[a-z]{2,8}n['’]t)\b"
)
_ONLY = re.compile(r"\W{0,3}only\b")
_POINTS = re.compile(
    r"(?:\b(?:answer|option|choice|letter)"
    r"(?:\s(?:is|are|(?:must|should|would|will|has to|could|may|might) be)\b|\s?[:=：])"
    r"|\b(?:answer|choose|choosing|pick|select|go(?:ing)? with|opt for|settle on|so|therefore|thus|hence|then)\b"
    r"|答案[是为:：]?|选|[→⇒])"
    r"(?:[\s:=(\[>,*–—-]|\b(?:the|correct|right|best|final|answer|option|choice|letter|clearly|therefore|thus|then"
    r"|definitely|indeed|simply|just|most|likely|probably|for|sure|only|one|to|be|with|is|it['’]?s?|must|would|should"
    r"|i|think|believe|would|choose|pick|select|say|in|fact|actually|of|course|exactly|surely|certainly|obviously"
    r"|either|both)\b)*+$",
    re.I,
)
"""What points at the letter after it."""
_STATES = re.compile(r"\b(?:is|it['’]s|be)\b(?:\s|the\b|option\b|choice\b|statement\b|clearly\b|[(*:])*+$", re.I)
_RIGHT = re.compile(
    r"[)\s]{0,2}\s(?:(?:is|are|must be|seems|looks)(?P<also> also| equally)?"
    r"(?: (?:clearly|indeed|therefore|thus|then|definitely|always|both|the only|the one that is))?"
    r" (?:(?P<answer>the (?:(?:correct|right|best|final|only|valid) )?(?:answer|option|choice))"
    r"|(?:the )?(?:correct|right|true|valid)|left|possible|acceptable)|works|holds|fits)\b"
    r"(?P<too> too| as well)?(?!\s(?:only|if|when)\b)",
    re.I,
)
"""What is said of a letter that is right."""
_MAY = re.compile(r"[)\s]{0,2}\s(?:could|may|might|would) (?:also |equally |as well |too )?(?:be|work)\b", re.I)
_WRONG = re.compile(r"[)\s]{0,2}\s(?:is|are)(?: (?:clearly|also|both|all|therefore|thus))? (?:false|untrue)\b", re.I)
_LEFT_OUT = re.compile(r"\b(?:eliminat|exclud|discard|reject|none of)\w*\b[^.;:!?,\n]*$", re.I)
"""Words that leave the choices after them out."""
_SINGLED_OUT = re.compile(r"\b(?:all|each|every|everything)\b[^.;:!?\n]*\b(?:but|except(?: for)?)\s*\W{0,4}$", re.I)
"""Words that choose the one after them: "all are true except"."""
_REPLACING = re.compile(r"\bnot\b[^.;:!?\n]{0,60}\bbut\s*\W{0,4}$", re.I)
_BESIDE = re.compile(
    r"\bor\b(?:\s(?:maybe|perhaps|possibly|else|even|option|choice|it|it['’]s|is|could|may|might|be|the|answer))*+\W{0,4}$",
    re.I,
)
_LONG = re.compile(r"[A-Za-z]{2}")
_LEAD = re.compile(r"[\W_]*(?:option|choice|answer)?[\W_]*", re.I)
_OPENS = re.compile(r"(?:^|[.!?;,\n]|\b(?:or|and))[\s*(]*$")
_ENDS_LABEL = re.compile(r"[)\]]|[.:、。](?=\s*\S)")
_REASON = re.compile(r"\W{0,4}(?:because|since|as)\b|\W*\n|\W*$|[.:)、。,;]")


class _Mention(NamedTuple):
    """A letter that stands alone: where it stands, and whether it is written as a label, "(A)" or "A."."""

    letter: str
    start: int
    end: int
    labelled: bool


_Run = list[_Mention]


def choice_letter(text: str) -> str:
    """The choice letter that a text settles on, `SEVERAL` if it offers more than one, "" if it names none."""
    if text in _CAPITALS:
        return text
    body = undressed(text)
    if match := _SMALL.fullmatch(body):
        return match.group(1).upper()
    found = _mentions(body)
    if not found or len(found) > _READ or (_is_label(body, found[0]) and _is_withdrawn(body, found[0])):
        return ""
    standing = {letter for letter, denied in {m.letter: _is_denied(body, m) for m in found}.items() if not denied}
    runs = _runs(body, [mention for mention in found if mention.letter in standing])
    chosen = _chosen(body, runs)
    if chosen is None:
        return ""
    letter = _one_letter(body, runs[chosen])
    return SEVERAL if letter and _has_rival(body, letter, runs, chosen) else letter


def names_several(text: str) -> bool:
    """Whether more than one letter stands alone in a text."""
    if "(" not in text and len(set(_ALONE.findall(text))) < 2 and _NAMED_SMALL.search(text) is None:
        return False
    return len({mention.letter for mention in _mentions(undressed(text))}) > 1


def _mentions(body: str) -> _Run:
    """The letters of a text that stand alone, but "A" and "I" as words; small ones where one is named as a choice."""
    if _NAMED_SMALL.search(body) is None:
        return _matches(_ALONE, body)
    found = _matches(_LETTER, body)
    return _upper(_matches(_ANY_CASE, body)) if any(m.letter.islower() for m in found) else found


def _upper(mentions: _Run) -> _Run:
    """The same letters as capitals."""
    return [mention._replace(letter=mention.letter.upper()) for mention in mentions]


def _matches(pattern: re.Pattern[str], body: str) -> _Run:
    """Up to one more letter than may be read, as a pattern finds them."""
    found: _Run = []
    for match in pattern.finditer(body):
        start, end = match.span()
        if match[1] in ("A", "I") and (_NOUN.match(body, end) is not None or (match[1] == "I" and "II" in body)):
            continue  # an article, a pronoun or a numeral
        is_label = match.group().endswith(")") or _ENDS_LABEL.match(body, end) is not None
        found.append(_Mention(match[match.lastindex or 1], start, end, is_label))
        if len(found) > _READ:
            break
    return found


def _is_denied(body: str, mention: _Mention) -> bool:
    """Whether the words around a letter deny it."""
    before = body[max(0, mention.start - _AROUND) : mention.start]
    if _SINGLED_OUT.search(before) is not None or _REPLACING.search(before) is not None:
        return False
    return is_negated(before) or _LEFT_OUT.search(before) is not None or _is_withdrawn(body, mention)


def _is_withdrawn(body: str, mention: _Mention) -> bool:
    """Whether the words after a letter deny it."""
    after = body[mention.end : mention.end + _AROUND]
    return _WRONG.match(after) is not None or is_withdrawn(after, mention.letter)


def _runs(body: str, mentions: _Run) -> list[_Run]:
    """The letters in groups that an offer joins; a letter that begins a clause of its own is not joined."""
    runs: list[_Run] = []
    for mention in mentions:
        if runs and _joined(body, runs[-1][-1], mention):
            runs[-1].append(mention)
        else:
            runs.append([mention])
    parted: list[_Run] = []
    for run in runs:
        parted.extend(_clauses(body, run))
    return parted


def _joined(body: str, left: _Mention, right: _Mention) -> bool:
    """Whether nothing but joining words stands between two letters, and after a full stop nothing else follows."""
    if right.start - left.end > _AROUND or not _BETWEEN.fullmatch(body, left.end, right.start):
        return False
    parted = _STOP.search(body, left.end, right.start) and not _WORD.search(body, left.end, right.start)
    return not parted or _NO_MORE.match(body, right.end) is not None


def _clauses(body: str, run: _Run) -> list[_Run]:
    """A run in two where its last letters are the subject of a verb: "the answer is B, A and C are too small"."""
    if len(run) < 2 or _VERB.match(body, run[-1].end) is None:
        return [run]
    before = body[max(0, run[0].start - 80) : run[0].start]
    is_pointed_at = (_POINTS.search(before) or _STATES.search(before)) is not None
    is_singular = _SINGULAR.match(body, run[-1].end) is not None
    for index in range(1, len(run)):
        gap = body[run[index - 1].end : run[index].start]
        words = gap.strip("()[]*., \n").lower()
        if words in ("", "also") and (_STOP.search(gap) or "(" in gap or (is_pointed_at and "," in gap)):
            return [run[:index], run[index:]]
        if words == "and" and is_singular and index == len(run) - 1:
            return [run[:index], run[index:]]
    return [run]


def _chosen(body: str, runs: list[_Run]) -> int | None:
    """The index of the run that a text settles on."""
    pointed, stated, right = None, None, []
    for index, run in enumerate(runs):
        verdict = _RIGHT.match(body, run[-1].end)
        before = body[max(0, run[0].start - 80) : run[0].start]
        if verdict is not None:
            right.append(index)
        if (verdict is not None and verdict["answer"]) or _is_pointed_at(body, run, before):
            pointed = index
        elif _STATES.search(before) is not None:
            stated = index
    if pointed is not None:
        return pointed
    if right:
        return right[-1]
    return 0 if len({mention.letter for run in runs for mention in run}) == 1 else stated


def _is_pointed_at(body: str, run: _Run, before: str) -> bool:
    """Whether the words before a run point at it, or it opens the text, or is all of its last line."""
    if _is_label(body, run[0]):
        return True
    if _VERB.match(body, run[-1].end) is not None:
        return False
    alone = not before.rpartition("\n")[2].strip("(*# ") and not body[run[-1].end :].strip("). \n")
    return alone or _POINTS.search(before) is not None


def _leads(body: str, mention: _Mention) -> bool:
    """Whether a letter opens the text."""
    return mention.start < 20 and _LEAD.fullmatch(body, 0, mention.start) is not None


def _is_label(body: str, mention: _Mention) -> bool:
    """Whether a letter opens the text and is no subject of a verb."""
    reason = _leads(body, mention) and _REASON.match(body, mention.end) is not None
    return reason and _VERB.match(body, mention.end) is None


def _one_letter(body: str, run: _Run) -> str:
    """The letter of a run, `SEVERAL` for two; letters after a label can be what it says: "(D) A and C"."""
    if len({mention.letter for mention in run}) == 1:
        return run[0].letter
    says = run[0].labelled and not run[1].labelled and (len(run) > 2 or _ONLY.match(body, run[-1].end))
    return run[0].letter if says else SEVERAL


def _has_rival(body: str, letter: str, runs: list[_Run], chosen: int) -> bool:
    """Whether another letter is offered beside the one that a text settles on."""
    is_label = runs[chosen][0].labelled and _leads(body, runs[chosen][0])
    said = _RIGHT.match(body, runs[chosen][-1].end)
    is_right = said is not None and not said["answer"]
    if chosen and _BESIDE.search(body, max(0, runs[chosen][0].start - 40), runs[chosen][0].start):
        return _STOP.search(body, runs[chosen - 1][-1].end, runs[chosen][0].start) is None
    for index, run in enumerate(runs):
        if run[0].letter == letter or index == chosen:
            continue
        verdict = _RIGHT.match(body, run[-1].end)
        if verdict is not None and (verdict["also"] or verdict["too"] or (is_right and not verdict["answer"])):
            return True
        if index > chosen and _is_offered(body, runs[index - 1], run, is_label):
            return True
    return False


def _is_offered(body: str, previous: _Run, run: _Run, labels: bool) -> bool:
    """Whether a later run is offered too: after "or", as what may be right, or as a further label."""
    start, end = run[0].start, run[-1].end
    before = body[max(0, start - 40) : start]
    if _MAY.match(body, end) is not None or _BESIDE.search(before) is not None:
        return True
    if not (labels and run[0].labelled) or _VERB.match(body, end) is not None:
        return False
    return _OPENS.search(before) is not None or _LONG.search(body, previous[-1].end, start) is None
