"""Compares words: the stage for answers that are names or sentences rather than mathematics.

Case is kept for a single letter (x is not X) and folded in longer words. Nothing here looks inside mathematics.
"""

from __future__ import annotations

import re
import string

_CAPITALS = frozenset(string.ascii_uppercase)
_FONT = re.compile(
    r"\\(?:text|mathrm|mathbf|mbox|textbf|textit|mathit|mathsf|textrm|operatorname|emph|displaystyle)(?![a-zA-Z])\*?|\\[()]"
)
_NOISE = str.maketrans(dict.fromkeys('{}$~*`"“”_', " "))
_SPACING = re.compile(r"\\[ ,;:!]|\s+")
_SIGNS = re.compile(r"[!_*,;:]")
_STOPS = " .,;:$}"
_AROUND_SIGNS = re.compile(r" ?([^\w ]) ?")
_DRESS = 400
_LABELLED = re.compile(
    r"(?:\\(?:text|mathrm|mathbf|textbf|textrm)\s?\{)?\(([A-Z])\)(?:\}|\\[ ,;:]|\\quad|[\s~])+"
    r"(?=[\w$({\[\\-])(?![-]\s|\\(?:text|cdot|times))"
)
_AROUND = (("$", "$"), ("\\(", "\\)"))
_OPTION = re.compile(r"(?:option|choice|answer) ?\(?([A-Z])\)?")
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
    if left in _CAPITALS and (named := _OPTION.fullmatch(right)) is not None:
        return named[1] == left
    return bool(left) and (
        left == right or (_LETTERS.fullmatch(left) is not None and left.replace(" ", "") == right.replace(" ", ""))
    )


def same_signs(reference: str, answer: str) -> bool:
    """Whether two texts have the same of the signs that words lose but mathematics does not ("42!" is not 42)."""
    return _signs(reference) == _signs(answer)


def _signs(text: str) -> list[str]:
    """The signs of a text that `plain_words` would drop, without emphasis around it and the stop at its end."""
    if _SIGNS.search(text) is None:
        return []
    body = _SPACING.sub(" ", text).rstrip(_STOPS)
    for mark in ("**", "*", "_"):
        if body.startswith(mark) and body.endswith(mark):
            body = body[len(mark) : -len(mark)]
    return _SIGNS.findall(body)


def undressed(text: str) -> str:
    """A text without LaTeX fonts, braces, dollars and quotes."""
    return _FONT.sub(" ", text).translate(_NOISE).strip()


def unlabelled(answer: str, reference: str) -> str:
    r"""What "(B) 12" or `\textbf{(B)}\ 12` answers: the letter to a reference that is one letter, else the value.

    The answer as it stands where it has no label or more than one, offers a choice, or where the reference has the
    letter too, as a label or as a variable.
    """
    body = answer
    for opener, closer in _AROUND:
        if answer.startswith(opener) and answer.endswith(closer) and opener not in answer[len(opener) : -len(closer)]:
            body = answer[len(opener) : -len(closer)].strip()
    match = _LABELLED.match(body)
    if match is None or _OFFERS.search(body, match.end()):
        return answer
    letter, value = match.group(1), body[match.end() :]
    wanted = plain_words(reference)
    if len(wanted) == 1 and wanted in _CAPITALS:
        return letter
    if letter in reference:
        return answer
    return value.removesuffix("}") if value.count("}") > value.count("{") else value
