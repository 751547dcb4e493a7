"""The comparison rules, by hand-made tables."""

import pytest

from flowrl_envs.errors import UserError
from flowrl_envs.sandbox import Compare
from flowrl_envs.sandbox.compare import matches

NAN = float("nan")
INF = float("inf")


@pytest.mark.parametrize(
    ("kind", "answer", "expected", "right"),
    [
        ("exact", 1, 1, True),
        ("exact", 1, 1.0, False),
        ("exact", True, 1, False),
        ("exact", -0.0, 0.0, False),
        ("exact", NAN, NAN, True),
        ("exact", [1, (2,)], [1, (2,)], True),
        ("exact", [1, [2]], [1, (2,)], False),
        ("exact", {1: "a"}, {1.0: "a"}, False),
        ("exact", {True: "a"}, {1: "a"}, False),
        ("exact", {1, 2}, {2, 1}, True),
        ("exact", {1}, {True}, False),
        ("exact", "1", 1, False),
        ("exact", None, 0, False),
        ("equal", 1, 1.0, True),
        ("equal", True, 1, False),
        ("equal", (1, [2]), [1, (2,)], True),
        ("equal", {"a": 1.0}, {"a": 1}, True),
        ("equal", {"a": 1}, {"b": 1}, False),
        ("equal", 10**400, 1e300, False),
        ("float", 1.0000001, 1, True),
        ("float", 1.001, 1, False),
        ("float", [1.0000001, 2], [1, 2], True),
        ("float", NAN, NAN, False),
        ("float", NAN, 1.0, False),
        ("float", INF, INF, True),
        ("float", INF, 1e308, False),
        ("float", -INF, INF, False),
        ("float", 10**400, 1.0, False),
        ("float", True, 1.0, False),
        ("float", "1.0", 1.0, False),
        ("float", 0.0, 1e-12, True),
        ("tokens", "1  2\n3", "1 2 3\n", True),
        ("tokens", "1 2", "1 2 3", False),
        ("tokens", "12 3", "1 23", False),
        ("lines", "a \nb\r\n\n", "a\nb", True),
        ("lines", "a\n\nb", "a\nb", False),
        ("lines", " a", "a", False),
        ("float_tokens", "x 1.0000001", "x 1", True),
        ("float_tokens", "nan", "1", False),
        ("float_tokens", "1_0", "10", False),
        ("float_tokens", "y 1", "x 1", False),
        ("tokens", b"1", "1", False),
    ],
)
def test_rules(kind, answer, expected, right):
    assert matches(Compare(kind, rtol=1e-6, atol=1e-9), answer, expected) is right


def test_bad_rules_are_refused():
    with pytest.raises(UserError, match="allowed are exact"):
        Compare("nearly")
    with pytest.raises(UserError, match="source"):
        Compare("checker")
    with pytest.raises(UserError, match="source"):
        Compare("exact", source="def check(a, b): return True")
