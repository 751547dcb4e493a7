"""Units of measure: what each symbol and name measures, and how large it is.

`unit_factor` reads a unit such as "km/h" or "square feet" as powers of base units and an exact size, so that 18 km/h
is 5 m/s and 5 N is 5 kg m/s^2. Symbols keep their case (mm is not Mm); names of four letters and more do not.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache

Measure = tuple[tuple[tuple[str, int], ...], Fraction]
"""The base units with their powers, in the order of the alphabet, and the size in them."""

_TENS = {power: Fraction(10) ** power for power in (-12, -9, -6, -3, -2, -1, 3, 6, 9, 12)}
_PREFIXES = dict(zip("pnumcdkMGT", _TENS, strict=True))
_PREFIX_NAMES = {"nano": -9, "micro": -6, "milli": -3, "centi": -2, "deci": -1, "kilo": 3, "mega": 6, "giga": 9}
_BASE = ("m", "g", "s", "A", "K", "mol", "rad", "deg", "degC", "degF", "$", "yr", "byte")
_METRIC: tuple[tuple[str, str, str, str], ...] = (
    ("m", "1", "m", "meter metre"), ("g", "1", "g", "gram"), ("s", "1", "s", "second"),
    ("A", "1", "A", "ampere amp"), ("K", "1", "K", "kelvin"), ("mol", "1", "mol", "mole"),
    ("L", "1/1000", "m3", "liter litre"), ("l", "1/1000", "m3", ""), ("N", "1000", "g m s-2", "newton"),
    ("J", "1", "N m", "joule"), ("W", "1", "J s-1", "watt"), ("Wh", "3600", "J", ""), ("Pa", "1", "N m-2", "pascal"),
    ("Hz", "1", "s-1", "hertz"), ("C", "1", "A s", "coulomb"), ("V", "1", "J C-1", "volt"),
    ("eV", "1.602176634e-19", "J", ""), ("F", "1", "C V-1", "farad"), ("ohm", "1", "V A-1", "ohm"),
    ("S", "1", "A V-1", "siemens"), ("Wb", "1", "V s", "weber"), ("T", "1", "Wb m-2", "tesla"),
    ("H", "1", "Wb A-1", "henry"), ("cal", "4.184", "J", "calorie"),
)  # fmt: skip
"""Symbol, size, unit and names of what takes prefixes."""
_OTHERS: tuple[tuple[str, str, str], ...] = (
    ("in inch", "127/5000", "m"), ("ft foot feet", "12", "in"), ("yd yard", "3", "ft"), ("mi mile", "5280", "ft"),
    ("lb pound", "45359237/100000", "kg"), ("oz ounce", "1/16", "lb"), ("tonne", "1000", "kg"),
    ("sec", "1", "s"), ("min minute", "60", "s"), ("h hr hour", "60", "min"), ("day", "24", "h"),
    ("week wk", "7", "day"), ("yr year", "1", "yr"), ("month", "1/12", "yr"), ("decade", "10", "yr"),
    ("cc", "1", "cm3"), ("gal gallon", "231", "in3"), ("qt quart", "1/4", "gal"), ("pint", "1/8", "gal"),
    ("acre", "4840", "yd2"), ("ha hectare", "10000", "m2"), ("mph", "1", "mi h-1"), ("kph kmh kmph", "1", "km h-1"),
    ("Nm", "1", "N m"), ("dollar usd buck", "1", "$"), ("cent", "1/100", "$"), ("rad radian", "1", "rad"),
    ("deg degree", "1", "deg"), ("celsius degC", "1", "degC"), ("fahrenheit degF", "1", "degF"),
    ("erg", "1/10000000", "J"), ("dyn dyne", "1/100000", "N"), ("atm atmosphere", "101325", "Pa"),
    ("torr Torr", "101325/760", "Pa"), ("angstrom AA", "1/10000000000", "m"), ("AU au", "149597870700", "m"),
    ("ly lightyear", "9460730472580800", "m"), ("pc parsec", "30856775814913673", "m"), ("kpc", "1000", "pc"),
    ("Mpc", "1000000", "pc"), ("Gpc", "1000000000", "pc"),
    ("kB KB kilobyte", "1000", "byte"), ("MB megabyte", "1000", "kB"), ("GB gigabyte", "1000", "MB"),
    ("TB terabyte", "1000", "GB"),
    ("KM Km", "1", "km"), ("CM Cm", "1", "cm"), ("KG Kg", "1", "kg"), ("USD", "1", "$"), ("MPH", "1", "mph"),
    ("FT Ft", "1", "ft"), ("ML Ml", "1", "mL"), ("hz", "1", "Hz"), ("kj", "1", "kJ"), ("kw", "1", "kW"),
    ("kpa", "1", "kPa"), ("kwh", "1", "kWh"),
)  # fmt: skip
"""Names, size and unit of all else; the last few are spelt in another case so often, and cannot be misread."""

_PARTS = re.compile(r"(?P<word>[A-Za-z$]+)|(?P<power>-?\d+)|(?P<over>/)|(?P<hyphen>-)|(?P<open>\()|(?P<close>\))|[ .]+")
_TEMPERATURE = re.compile(r"(?<![a-z])deg(?:rees?)? +([CF])(?:elsius|ahrenheit)?(?![a-z])", re.I)
_MICRO = re.compile(r"\\mu *(?![a-z]{3})")
_NOISE = str.maketrans(dict.fromkeys("^{}~", " "))
_LONGEST = 80
_POWER = 9
"""The largest power of a unit."""


def unit_factor(words: str) -> Measure | None:
    """The dimension and size of a known unit such as "cm^2", "square feet" or "km/h"; None for other nouns."""
    return _measure(words) if len(words) <= _LONGEST else None


def micro(words: str) -> str:
    """The unit that a mu before an upright unit makes of it, "" if it is none that takes the prefix."""
    unit = "u" + words.strip()
    return unit if len(unit) > 1 and unit_factor(words) is not None and unit_factor(unit) is not None else ""


@lru_cache(maxsize=1024)
def _measure(words: str) -> Measure | None:
    text = words.replace("\\cdot", " ").replace("\\,", " ").replace("\\ ", " ").translate(_NOISE)
    if "\\" in text:
        text = _MICRO.sub("u", text).replace("\\Omega", "ohm").replace("\\AA", "AA")
    if "deg" in text:
        text = _TEMPERATURE.sub(lambda match: "deg" + match[1].upper(), text)
    powers: dict[str, int] = {}
    size, sign, pending, position = Fraction(1), 1, 1, 0
    last: tuple[Measure, int] | None = None
    while position < len(text):
        match = _PARTS.match(text, position)
        if match is None:
            return None
        kind, part, position = match.lastgroup, match.group(), match.end()
        if part in ("squared", "cubed"):
            kind, part = "power", "2" if part == "squared" else "3"
        if kind == "over" or part == "per":
            sign = -1
        elif part in ("square", "sq", "cubic", "cu"):
            pending = 2 if part[0] == "s" else 3
        elif kind == "power":
            if last is None or not 0 < abs(int(part)) <= _POWER:
                return None
            size *= _raise(powers, last[0], last[1] * (int(part) - 1))
            last = None
        elif kind == "word":
            entry = _entry(part)
            if entry is None:
                return None
            size *= _raise(powers, entry, sign * pending)
            last, pending = (entry, sign * pending), 1
        elif kind is not None and not _joins(kind, text, match):
            return None
    if not powers:
        return None
    return tuple(sorted(item for item in powers.items() if item[1])), size


def _raise(powers: dict[str, int], measure: Measure, exponent: int) -> Fraction:
    """Multiplies by a power of a unit; returns the factor that its size gives."""
    for name, power in measure[0]:
        powers[name] = powers.get(name, 0) + power * exponent
    return measure[1] ** exponent


def _joins(kind: str, text: str, match: re.Match[str]) -> bool:
    """Whether a hyphen stands between units (N-m, lb-sec), or a bracket holds all that is below a slash."""
    before, after = text[: match.start()].rstrip(), text[match.end() :].strip()
    if kind == "hyphen":
        return len(text.strip()) > 3 or text.strip() == "N-m"
    return before.endswith("/") and after.endswith(")") if kind == "open" else not after and text.count("(") == 1


def _entry(word: str) -> Measure | None:
    """One unit, by its symbol as it is written, or by its name in any case, in the singular or plural."""
    found = _KNOWN.get(word)
    if found is not None or len(word) < 3:
        return found
    name = word.lower()
    if len(name) > 3 or name.endswith("s"):
        for singular in (name, name.removesuffix("s"), name.removesuffix("es")):
            if len(singular) > 1 and (entry := _KNOWN.get(singular)) is not None:
                return entry
    return None


def _times(size: str, measure: Measure | None) -> Measure:
    if measure is None:
        raise ValueError("a unit is defined by an unknown one")
    return measure[0], Fraction(size) * measure[1]


_KNOWN: dict[str, Measure] = {name: (((name, 1),), Fraction(1)) for name in _BASE}
for _symbol, _size, _unit, _names in _METRIC:
    _made = _times(_size, _measure.__wrapped__(_unit))
    _KNOWN |= {_symbol: _made} | dict.fromkeys(_names.split(), _made)
    _scaled = {power: (_made[0], _made[1] * ten) for power, ten in _TENS.items()}
    for _prefix, _power in _PREFIXES.items():
        _KNOWN.setdefault(_prefix + _symbol, _scaled[_power])
    for _prefix, _power in _PREFIX_NAMES.items():
        _KNOWN |= {_prefix + _name: _scaled[_power] for _name in _names.split()}
for _words, _size, _unit in _OTHERS:
    _KNOWN |= dict.fromkeys(_words.split(), _times(_size, _measure.__wrapped__(_unit)))

DEGREES = {"C": "degC", "F": "degF", "celsius": "degC", "fahrenheit": "degF"}
"""What a degree sign followed by a word measures."""
LETTERS = frozenset(name for name in _KNOWN if len(name) == 1) - {"$"} | {"k"}
"""Symbols of one letter, and k for thousand."""
NAMES = frozenset(name for words, *_ in _OTHERS for name in words.split()) | frozenset(
    name for *_, names in _METRIC for name in names.split()
)
"""Names and abbreviations without prefixes."""
