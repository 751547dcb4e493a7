"""What is done to a text before the lexer: Unicode mathematics becomes LaTeX, and doubled backslashes single."""

from __future__ import annotations

import re

from flowrl_envs.verify.vocabulary import GREEK

_FOLD: dict[int, str] = {
    ord(character): replacement
    for character, replacement in {
        "−": "-", "–": "-", "—": "-", "﹣": "-", "－": "-", "‐": "-", "‑": "-", "＋": "+", "×": "\\times ",
        "·": "\\cdot ", "⋅": "\\cdot ", "∙": "\\cdot ", "∗": "*", "÷": "/", "∕": "/", "⁄": "/", "π": "\\pi ",
        "∞": "\\infty ", "≤": "\\le ", "≥": "\\ge ", "⩽": "\\le ", "⩾": "\\ge ", "≠": "\\ne ", "≈": "\\approx ",
        "≡": "\\equiv ",
        "∪": "\\cup ", "∩": "\\cap ", "∈": "\\in ", "∉": "\\notin ", "∅": "\\emptyset ", "°": "^\\circ ",
        "º": "^\\circ ", "±": "\\pm ", "∓": "\\mp ", "∑": "\\sum ", "∏": "\\prod ", "∫": "\\int ", "…": "\\ldots ",
        "⋯": "\\cdots ", "′": "'", "’": "'", "‘": "'", "ℝ": "\\mathbb{R}", "ℤ": "\\mathbb{Z}", "ℕ": "\\mathbb{N}",
        "ℚ": "\\mathbb{Q}", "ℂ": "\\mathbb{C}", "√": "\\sqrt ", "∛": "\\sqrt[3]",
        "∖": "\\setminus ",
        "⟨": "\\langle ", "⟩": "\\rangle ", "⌊": "\\lfloor ", "⌋": "\\rfloor ", "⌈": "\\lceil ", "⌉": "\\rceil ",
        "→": "\\to ", "£": "", "€": "", "¥": "", "，": ",", "；": ";", "：": ":", "（": "(", "）": ")", "［": "[",
        "］": "]", "｛": "\\{", "｝": "\\}", "＝": "=", "％": "%", "．": ".", "／": "/", "＊": "*", "｜": "|",
        "。": ".", "₹": "", "¢": "\\text{ cents}",
        "∆": "\\Delta ", "Δ": "\\Delta ", "ℏ": "\\hbar ", "ı": "i",
        "\u00b5": "\\mu ", "\u00c5": "\\AA ", "\u212b": "\\AA ",
        "\u200b": "", "\u200c": "", "\u200d": "", "\ufeff": "", "\u2060": "", "\xa0": " ", "\u2009": " ", "\u202f": " ",
        "\u2002": " ", "\u2003": " ", "\u3000": " ",
    }.items()
}  # fmt: skip
_FOLD |= {0x3B1 + index: f"\\{name} " for index, name in enumerate(GREEK)}
_FOLD |= {ord("Γ"): "\\Gamma ", ord("Θ"): "\\Theta ", ord("Λ"): "\\Lambda ", ord("Σ"): "\\Sigma ", ord("Φ"): "\\Phi "}
_FOLD |= {ord("Ψ"): "\\Psi ", ord("Ω"): "\\Omega ", ord("Π"): "\\Pi ", ord("Ξ"): "\\Xi ", ord("ϕ"): "\\phi "}
_FOLD |= {0xFF10 + digit: str(digit) for digit in range(10)}
_FOLD |= {
    ord(sign): f"\\frac{{{top}}}{{{bottom}}}"
    for sign, top, bottom in (
        *(("½", 1, 2), ("⅓", 1, 3), ("⅔", 2, 3), ("¼", 1, 4), ("¾", 3, 4), ("⅕", 1, 5), ("⅖", 2, 5), ("⅗", 3, 5)),
        *(("⅘", 4, 5), ("⅙", 1, 6), ("⅚", 5, 6), ("⅐", 1, 7), ("⅛", 1, 8), ("⅜", 3, 8), ("⅝", 5, 8), ("⅞", 7, 8)),
        *(("⅑", 1, 9), ("⅒", 1, 10)),
    )
}
_RAISED, _LOWERED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱˣʸᵏᵐᵃᵇ", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₓₙₖₘᵢⱼ"
"""Superscripts and subscripts: a run of them is one exponent, or one subscript."""
_LEVEL = str.maketrans(_RAISED + _LOWERED, "0123456789+-=()nixykmab" + "0123456789+-=()aexnkmij")
"""Each of them to what it is on the line."""
_SCRIPTS = re.compile(rf"([{_RAISED}]+)(?:⁄([{_LOWERED}]+))?|([{_LOWERED}]+)")


_COMPOUND = re.compile(
    r"(?<=\d) ((?:k?m|[cm]m|mi|ft|[NVWJCALg]|kg|mg|mL|mol)/(?:s|h|hr|min|m|m?L|kg|mol|K|C)(?:\^?\{?[23]\}?)?)"
    r"(?=[\s.$]*\Z)"
)

_MICRO = re.compile("(?<=\\d)(?: ?\u00b5| \u03bc)((?:[mgsAVWJNFHTLlC]|mol|Pa|Hz|eV)(?:/[a-zA-Z]{1,3})?)(?=[ .$]*\\Z)")
"""A unit after the micro sign, or after the Greek letter and a blank, at the end of a text."""


_TIMES = re.compile(r"(?<=\d) x (?=\d)")


def folded(text: str) -> str:
    """The text in ASCII as far as it is mathematics, without doubled backslashes, units and times signs in words."""
    if not text.isascii():
        text = fold(text)
    if "\\\\" in text:
        text = undouble(text)
    if "/" in text:
        text = measured(text)
    return multiplied(text) if " x " in text else text


def measured(text: str) -> str:
    r"""The text with a compound unit at its end, "5 m/s", in a font: single letters would be variables."""
    below = text.rfind("/") + 1
    return _COMPOUND.sub(r"\\text{ \1}", text) if text[below : below + 1].isalpha() else text


def multiplied(text: str) -> str:
    """The text with each x between spaces and digits, "5 x 10^3", as a times sign."""
    return _TIMES.sub(r" \\times ", text)


def fold(text: str) -> str:
    """The text with Unicode mathematics in LaTeX; ASCII stays as it is."""
    if "\u00b5" in text or "\u03bc" in text:
        text = _MICRO.sub(r"\\text{ u\1}", text)
    return _SCRIPTS.sub(_on_the_line, text).translate(_FOLD)


def _on_the_line(match: re.Match[str]) -> str:
    """Unicode superscripts as one exponent, subscripts as one subscript, and ¹⁄₂ as a fraction."""
    raised, bottom, lowered = (part.translate(_LEVEL) if part else "" for part in match.groups())
    if bottom:
        return f"\\frac{{{raised}}}{{{bottom}}}"
    return f"^{{{raised}}}" if raised else f"_{{{lowered}}}"


def undouble(text: str) -> str:
    r"""Undoes a second layer of backslash escapes ("\\frac" for "\frac")."""
    if "\\\\begin" in text or ("\\\\\\\\" in text and "\\begin" not in text):
        return text.replace("\\\\", "\\")
    if "\\begin" in text:
        return text
    return re.sub(r"\\\\(?=[a-zA-Z]{2})", r"\\", text)
