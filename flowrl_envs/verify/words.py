"""Compares words: the stage for answers that are names, sentences or choice letters rather than mathematics.

Case is kept for a single letter (x is not X) and folded in longer words. Nothing here looks inside mathematics.
"""

from __future__ import annotations

import re
import string

from flowrl_envs.verify.denial import is_negated, is_retracted

_CAPITALS = frozenset(string.ascii_uppercase)
_FONT = re.compile(r"\\(?:text|mathrm|mathbf|mbox|textbf|textit|mathit|mathsf|textrm|operatorname|emph)(?![a-zA-Z])\*?")
_NOISE = str.maketrans(dict.fromkeys('{}$~*`"“”_', " "))
_SPACING = re.compile(r"\\[ ,;:!]|\s+")
_AROUND_SIGNS = re.compile(r" ?([^\w ]) ?")
_CHOICE = re.compile(r"\(?([A-Z])\)?(?:[.:)、。]|\s*$)")
_LOWER = re.compile(r"\(?([a-z])\)?[.:)]?")
_LETTER = re.compile(r"(?<![A-Za-z'’])([A-Z])(?![A-Za-z'’])")
_LEFT_OUT = re.compile(r"\b(?:eliminat|exclud|discard|reject|none of)\w*\b[^.;:!?,\n]*$", re.I)
"""Words that leave the choices after them out."""
_SINGLED_OUT = re.compile(r"\b(?:all|each|every|everything)\b[^.;:!?\n]*\b(?:but|except(?: for)?)\s*\W{0,4}$", re.I)
"""Words that choose the one after them: "all are true except"."""
_DRESS = 400
_LETTERS_READ = 100
"""A text with more letters standing alone settles on none."""
_NOUN = re.compile(r" (?!or\b|and\b|is\b|because\b|since\b|but\b)[a-z]")
_LABELLED = re.compile(
    r"(?:\\(?:text|mathrm|mathbf|textbf|textrm)\s?\{)?\(([A-Z])\)(?:\}|\\[ ,;:]|\\quad|[\s~])+"
    r"(?=[\w$({\[\\-])(?![-]\s|\\(?:text|cdot|times))"
)
_OFFERS = re.compile(r"\([A-Z]\)|\b(?:or|and)\b")
_LETTERS = re.compile(r"[^\W\d]+(?: [^\W\d]+)*")
_FOLDED = re.compile(r"[^\W\d_]{2,}|(?<![^\W_])[^\W\d_](?= [a-z]{2})")
"""What has no case to keep: words, and articles."""


def plain_words(text: str) -> str:
    """The words of an answer without LaTeX fonts, braces, dollars and end punctuation."""
    if text.isalpha():
        return text if len(text) == 1 else text.casefold()
    body = _FONT.sub(" ", text).translate(_NOISE)
    body = _AROUND_SIGNS.sub(r"\1", _SPACING.sub(" ", body)).strip(" .,;:!")
    if body.startswith("(") and body.endswith(")") and body.count("(") == 1:
        body = body[1:-1].strip()
    return _FOLDED.sub(lambda match: match.group().casefold(), body)


def same_words(reference: str, answer: str) -> bool:
    """Whether two texts say the same words; one much longer than the other, whatever its dress, says more."""
    if max(len(reference), len(answer)) > 4 * min(len(reference), len(answer)) + _DRESS:
        return False
    left, right = plain_words(reference), plain_words(answer)
    return bool(left) and (
        left == right or (_LETTERS.fullmatch(left) is not None and left.replace(" ", "") == right.replace(" ", ""))
    )


def choice_letter(text: str) -> str:
    """The choice letter that a text settles on, "" if it names none or offers several."""
    if text in _CAPITALS:
        return text
    body = _FONT.sub(" ", text).translate(_NOISE).strip()
    if match := _CHOICE.match(body):
        return "" if is_retracted(body[match.end() :], match.group(1)) else match.group(1)
    if match := _LOWER.fullmatch(body):
        return match.group(1).upper()
    found = [match for match in _LETTER.finditer(body) if not _article(body, match)]
    if len(found) > _LETTERS_READ:
        return ""
    last = {match.group(1): _denied(body, match) for match in found}
    letters = [match.group(1) for match in found if not last[match.group(1)]]
    if not letters:
        return ""
    return letters[0] if len(set(letters)) == 1 else _asserted(body, letters)


def unlabelled(answer: str, reference: str) -> str:
    r"""What "(B) 12" or `\textbf{(B)}\ 12` answers: the letter to a reference that is one letter, else the value.

    The answer as it stands where it has no label or more than one, offers a choice, or where the reference has the
    letter too, as a label or as a variable.
    """
    match = _LABELLED.match(answer)
    if match is None or _OFFERS.search(answer, match.end()):
        return answer
    letter, value = match.group(1), answer[match.end() :]
    wanted = plain_words(reference)
    if len(wanted) == 1 and wanted in _CAPITALS:
        return letter
    if letter in reference:
        return answer
    return value.removesuffix("}") if value.count("}") > value.count("{") else value


def _denied(body: str, match: re.Match[str]) -> bool:
    """Whether the words around a letter deny it."""
    start, end = match.span()
    before = body[max(0, start - 200) : start]
    if _SINGLED_OUT.search(before) is not None:
        return False
    return is_negated(before) or _LEFT_OUT.search(before) is not None or is_retracted(body[end : end + 200], match[0])


def _article(body: str, match: re.Match[str]) -> bool:
    """Whether the letter is the English word "A" or "I" before another word."""
    return match.group(1) in "AI" and _NOUN.match(body, match.end()) is not None


def _asserted(body: str, letters: list[str]) -> str:
    """Of several letters, the last that follows "is", else none."""
    found = re.findall(r"\b(?:is|it's|choose|pick|answer)\b[^A-Z.,]{0,30}\(?([A-Z])(?![A-Za-z'’])", body)
    return found[-1] if found and found[-1] in letters else ""
