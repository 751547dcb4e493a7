"""Level 1: one loop, one formula, one method of a built-in type."""

from __future__ import annotations

from flowrl_envs.tasks.code.bank.item import LINES, TOKENS, Item, ints, word, words

ITEMS = (
    Item(
        "running_max", 1, "Return the list whose item i is the largest of the first i + 1 items of `values`.",
        lambda r: (ints(r, 1, 12),),
        """
def running_max(values):
    best, out = None, []
    for value in values:
        best = value if best is None or value > best else best
        out.append(best)
    return out
""",
        ("value > best", "value < best"), edges=(([],), ([3],)),
    ),
    Item(
        "count_vowels", 1, "Return how many of the characters of `text` are vowels (a, e, i, o, u), in either case.",
        lambda r: (word(r, 0, 25, "aeiouAEIOUbcdxyzXYZ "),),
        """
def count_vowels(text):
    return sum(c in "aeiou" for c in text.lower())
""",
        (".lower()", ""), edges=(("",), ("AEIOU",)),
    ),
    Item(
        "digit_sum", 1, "Return the sum of the decimal digits of the integer `n`, ignoring its sign.",
        lambda r: (r.randint(-(10 ** r.randint(1, 30)), 10 ** r.randint(1, 30)),),
        """
def digit_sum(n):
    return sum(int(c) for c in str(abs(n)))
""",
        ("abs(n)", "max(n, 0)"), edges=((0,), (-907,)),
    ),
    Item(
        "alternate_case", 1,
        "Return `text` with its letters in alternating case: the first letter upper, the second lower, and so on. "
        "Characters that are not letters stay as they are and do not count.",
        lambda r: (word(r, 1, 20, "abcXYZ 1-"),),
        """
def alternate_case(text):
    out, upper = [], True
    for c in text:
        if c.isalpha():
            out.append(c.upper() if upper else c.lower())
            upper = not upper
        else:
            out.append(c)
    return "".join(out)
""",
        ("            upper = not upper\n        else:\n            out.append(c)",
         "        else:\n            out.append(c)\n        upper = not upper"),
        edges=(("",), ("a b c d",)),
    ),
    Item(
        "clamp_all", 1, "Return `values` with each item below `low` replaced by `low` and each above `high` by `high`.",
        lambda r: (ints(r, 0, 10), r.randint(-15, 0), r.randint(1, 15)),
        """
def clamp_all(values, low, high):
    return [min(max(value, low), high) for value in values]
""",
        ("max(value, low), high", "value, high"), edges=(([-50, 50], -1, 1),),
    ),
    Item(
        "pair_sums", 1, "Return the list of the sums of neighbouring items of `values` (one shorter; empty if it can be).",
        lambda r: (ints(r, 0, 10),),
        """
def pair_sums(values):
    return [a + b for a, b in zip(values, values[1:])]
""",
        ("values[1:]", "values[2:]"), edges=(([],), ([4],), ([1, 2, 4],)),
    ),
    Item(
        "is_palindrome", 1,
        "Return True if `text` reads the same backwards when case and all characters but letters and digits are ignored.",
        lambda r: ((lambda half: half + r.choice(["", ", ", "x"]) + half[::-1].upper())(word(r, 1, 5, "abc1")),),
        """
def is_palindrome(text):
    kept = [c.lower() for c in text if c.isalnum()]
    return kept == kept[::-1]
""",
        ("c.lower()", "c"), edges=(("",), ("No lemon, no melon",), ("ab",), ("1a2",)),
    ),
    Item(
        "multiples_between", 1, "Return how many multiples of the positive `k` lie between `low` and `high`, both included.",
        lambda r: (r.randint(1, 9), r.randint(-50, 10), r.randint(11, 90)),
        """
def multiples_between(k, low, high):
    return high // k - (low - 1) // k
""",
        ("(low - 1) // k", "low // k"), edges=((5, 5, 5), (7, 1, 6), (3, -3, 3)),
    ),
    Item(
        "second_largest", 1, "Return the second largest of the distinct items of `values`, or None if there is none.",
        lambda r: (ints(r, 1, 8, -5, 5),),
        """
def second_largest(values):
    distinct = sorted(set(values))
    return distinct[-2] if len(distinct) > 1 else None
""",
        ("sorted(set(values))", "sorted(values)"), edges=(([],), ([2, 2],), ([5, 5, 4],)),
    ),
    Item(
        "initials", 1, "Return the upper-case first letters of the words of `name`, each followed by a dot. "
        "Words are separated by white space.",
        lambda r: (" ".join(words(r, 1, 5)),),
        """
def initials(name):
    return "".join(part[0].upper() + "." for part in name.split())
""",
        ('.split()', '.split(" ")[:2]'), edges=(("ada lovelace",), ("a b c",), ("x",)),
    ),
    Item(
        "celsius_table", 1, "Return the list of the Celsius values of the Fahrenheit temperatures in `values`: (f - 32) * 5 / 9.",
        lambda r: (ints(r, 0, 8, -100, 250),),
        """
def celsius_table(values):
    return [(f - 32) * 5 / 9 for f in values]
""",
        ("(f - 32)", "f - 32"), edges=(([32, 212, -40],),),
    ),
    Item(
        "count_changes", 1, "Return how often the sign changes in `values` from one item to the next; zeros are skipped.",
        lambda r: (ints(r, 0, 12, -3, 3),),
        """
def count_changes(values):
    signs = [value > 0 for value in values if value]
    return sum(a != b for a, b in zip(signs, signs[1:]))
""",
        (" if value]", "]"), edges=(([],), ([1, 0, 1, -1],)),
    ),
    Item(
        "longest_word", 1, "Return the longest of the words of `text`, the first of them if several are as long; \"\" for none.",
        lambda r: (" ".join(words(r, 0, 7)),),
        """
def longest_word(text):
    return max(text.split(), key=len, default="")
""",
        ("max(text.split(), key=len", "max(text.split()[::-1], key=len"), edges=(("",), ("aa bb c",)),
    ),
    Item(
        "rotate", 1, "Return `values` rotated to the right by `k` places; `k` may be negative or larger than the list.",
        lambda r: (ints(r, 0, 8), r.randint(-20, 20)),
        """
def rotate(values, k):
    if not values:
        return []
    k %= len(values)
    return values[len(values) - k:] + values[:len(values) - k]
""",
        ("    k %= len(values)\n", ""), edges=(([], 3), ([1, 2, 3], 1), ([1, 2, 3], 4), ([1, 2, 3], -1)),
    ),
    Item(
        "sum_lines", 1, "Standard input has an integer on each line, with empty lines among them. Print their sum.",
        lambda r: "\n".join(r.choice(["", str(n)]) if n % 3 else str(n) for n in ints(r, 0, 12, -99, 99)),
        """
def solve(text):
    return str(sum(int(line) for line in text.split("\\n") if line.strip()))
""",
        ("int(line)", "abs(int(line))"), edges=("", "5\n\n-7\n"), mode="stdin", compare=TOKENS,
    ),
    Item(
        "shout", 1, "Print the lines of standard input in upper case and in reverse order of the lines.",
        lambda r: "\n".join(words(r, 1, 6)) + "\n",
        """
def solve(text):
    return "\\n".join(line.upper() for line in text.splitlines()[::-1])
""",
        ("[::-1]", ""), edges=("one\ntwo\n",), mode="stdin", compare=LINES,
    ),
)  # fmt: skip
