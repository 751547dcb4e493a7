"""The words and LaTeX commands the lexer knows: tables only."""

from __future__ import annotations

_GREEK = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho varsigma sigma tau "
    "upsilon phi chi psi omega"
)
GREEK = tuple(_GREEK.split())
"""The letters in the order of the alphabet."""
VARIANTS = frozenset({"varepsilon", "vartheta", "varkappa", "varrho", "varphi"})
"""Other forms of letters, which are those letters unless a text has both."""
_SAME = (
    "sin cos tan cot sec csc sinh cosh tanh coth asin acos atan acot asec acsc asinh acosh atanh log ln exp lg gcd lcm "
    "max min arg Re Im erf sgn det"
)


def word_set(words: str) -> frozenset[str]:
    """The words of a text, as a set."""
    return frozenset(words.split())


FUNCTIONS: dict[str, str] = {name: name for name in word_set(_SAME)} | {
    "Max": "max",
    "Min": "min",
    "arcsin": "asin",
    "arccos": "acos",
    "arctan": "atan",
    "arccot": "acot",
    "arcsec": "asec",
    "arccsc": "acsc",
    "arsinh": "asinh",
    "arcosh": "acosh",
    "artanh": "atanh",
    "arcsinh": "asinh",
    "arccosh": "acosh",
    "arctanh": "atanh",
    "tg": "tan",
    "ctg": "cot",
    "Abs": "abs",
    "abs": "abs",
    "floor": "floor",
    "ceil": "ceil",
    "ceiling": "ceil",
    "Matrix": "matrix",
    "Gamma": "gamma",
    "sign": "sgn",
    "factorial": "fact",
    "binomial": "choose",
}
"""Function names, in plain text and as commands, to the name the tree uses."""

BIG = {"sum": "sum", "prod": "prod", "int": "int", "lim": "lim", "iint": "int2", "oint": "oint"}

CONSTANTS = {
    "pi": "pi",
    "infty": "inf",
    "infinity": "inf",
    "inf": "inf",
    "oo": "inf",
    "emptyset": "empty",
    "varnothing": "empty",
    "i": "i",
    "e": "e",
    "imath": "i",
}

RELATIONS = {
    "=": "=",
    "<": "<",
    ">": ">",
    "le": "<=",
    "leq": "<=",
    "leqslant": "<=",
    "leqq": "<=",
    "ge": ">=",
    "geq": ">=",
    "geqslant": ">=",
    "geqq": ">=",
    "lt": "<",
    "gt": ">",
    "ne": "!=",
    "neq": "!=",
    "in": "in",
    "notin": "notin",
    "approx": "~",
    "approxeq": "~",
    "simeq": "~",
    "sim": "~",
    "equiv": "==",
    "cong": "==",
    "to": "->",
    "rightarrow": "->",
    "subset": "sub",
    "subseteq": "sub",
    "propto": "prop",
}
"""Relation signs and commands to the operator the tree uses."""

SPACING = word_set(
    "left right big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr mleft mright displaystyle textstyle "
    "limits nolimits quad qquad enspace thinspace boxed fbox bf rm it left. right. boldsymbol bm "
    "ensuremath tiny small large Large normalsize huge Huge LARGE scriptsize footnotesize "
    "scriptstyle hfill noindent nonumber therefore"
)
"""Commands that say nothing about the value."""

FONTS = word_set(
    "text mathrm mathbf mbox textbf textit mathit mathsf textrm operatorname mathbb mathcal mathfrak textnormal "
    "emph textsf mathop hbox underline"
)
"""Commands whose braces hold words, or mathematics in another font."""

ACCENTS = word_set("vec hat bar overline widehat tilde widetilde overrightarrow dot ddot overleftrightarrow")

OPENERS = {"(": ")", "[": "]", "{": "}", "lfloor": "rfloor", "lceil": "rceil", "langle": "rangle"}

COLOURS = word_set("color textcolor")
"""Commands that take the name of a colour before what they colour."""

REFUSED = word_set("phantom hphantom vphantom forall exists neg lnot nexists input include def let")
"""Commands that make an answer no value: it is then compared as text."""

GREEK_WORDS = word_set("alpha beta gamma delta theta lambda mu sigma omega phi psi rho tau epsilon")

ENGLISH = word_set(
    "None nan null True not yes odd the is if for all one two no none any let sum are was as at by to of it its an "
    "then but"
)
"""Short words that are never a product of variables."""
