"""Level 2: dictionaries, sorting by a key, strings with a state, two pointers."""

from __future__ import annotations

from flowrl_envs.tasks.code.bank.item import LINES, TOKENS, Item, grid, ints, word, words

ITEMS = (
    Item(
        "run_lengths", 2, "Return the runs of equal characters of `text` as a list of (character, length) tuples.",
        lambda r: (word(r, 0, 14, "ab"),),
        """
def run_lengths(text):
    out = []
    for c in text:
        if out and out[-1][0] == c:
            out[-1] = (c, out[-1][1] + 1)
        else:
            out.append((c, 1))
    return out
""",
        ("out[-1][1] + 1", "2"), edges=(("",), ("aaab",)),
    ),
    Item(
        "group_by_length", 2,
        "Return a dictionary from length to the sorted list of the distinct words of `items` of that length.",
        lambda r: (words(r, 0, 9),),
        """
def group_by_length(items):
    out = {}
    for item in sorted(set(items)):
        out.setdefault(len(item), []).append(item)
    return out
""",
        ("sorted(set(items))", "sorted(items)"), edges=(([],), (["b", "a", "b"],)),
    ),
    Item(
        "most_common", 2, "Return the item that is most often in `items`; among equals the smallest. `items` is not empty.",
        lambda r: (words(r, 1, 9, "ab"),),
        """
def most_common(items):
    return min(set(items), key=lambda item: (-items.count(item), item))
""",
        ("-items.count(item), item", "-items.count(item), -len(item), item"), edges=((["b", "a"],), (["aa", "a"],)),
    ),
    Item(
        "balanced", 2, "Return True if the brackets ()[]{} in `text` are closed in the right order; ignore other characters.",
        lambda r: (word(r, 0, 8, "()[]{}x"),),
        """
def balanced(text):
    pairs, stack = {")": "(", "]": "[", "}": "{"}, []
    for c in text:
        if c in "([{":
            stack.append(c)
        elif c in pairs and (not stack or stack.pop() != pairs[c]):
            return False
    return not stack
""",
        ("return not stack", "return True"), edges=(("",), ("([]{})",), ("([)]",), ("((",), (")",)),
    ),
    Item(
        "merge_intervals", 2,
        "`intervals` is a list of (start, end) with start <= end. Return the sorted list of tuples of their union, where "
        "intervals that share a point are merged.",
        lambda r: ([(a, a + r.randint(0, 6)) for a in ints(r, 0, 8)],),
        """
def merge_intervals(intervals):
    out = []
    for start, end in sorted(intervals):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], end))
        else:
            out.append((start, end))
    return out
""",
        ("max(out[-1][1], end)", "end"), edges=(([],), ([(1, 9), (2, 3)],), ([(1, 2), (2, 4)],)),
    ),
    Item(
        "two_sum", 2, "Return the pair (i, j), i < j, of indices of items of `values` whose sum is `target`: with the smallest "
        "j, and for it the largest i. Return None if there is none.",
        lambda r: (ints(r, 2, 9, -8, 8), r.randint(-8, 8)),
        """
def two_sum(values, target):
    last = {}
    for j, value in enumerate(values):
        if target - value in last:
            return last[target - value], j
        last[value] = j
    return None
""",
        ("last[value] = j", "last.setdefault(value, j)"), edges=(([], 0), ([3], 6), ([1, 1, 1, 5], 6)),
    ),
    Item(
        "caesar", 2, "Return `text` with every letter moved `shift` places on in the alphabet, around its end, case kept.",
        lambda r: (word(r, 0, 15, "abyzABYZ .!"), r.randint(-60, 60)),
        """
def caesar(text, shift):
    out = []
    for c in text:
        if c.isalpha():
            base = 65 if c.isupper() else 97
            c = chr((ord(c) - base + shift) % 26 + base)
        out.append(c)
    return "".join(out)
""",
        ("65 if c.isupper() else 97", "97"), edges=(("Zz", 1), ("abc", -3)),
    ),
    Item(
        "transpose", 2, "Return the transpose of the list of equally long lists `rows` (an empty list for no rows).",
        lambda r: ((lambda w: [ints(r, w, w) for _ in range(r.randint(0, 4))])(r.randint(1, 4)),),
        """
def transpose(rows):
    return [list(column) for column in zip(*rows)]
""",
        ("list(column)", "list(column)[::-1]"), edges=(([],), ([[1, 2], [3, 4]],)),
    ),
    Item(
        "roman", 2, "Return the Roman numeral of `n`, 1 <= n <= 3999.",
        lambda r: (r.randint(1, 3999),),
        """
def roman(n):
    table = [(1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"),
             (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")]
    out = ""
    for value, sign in table:
        out += sign * (n // value)
        n %= value
    return out
""",
        ('(4, "IV"), ', ""), edges=((4,), (1994,), (3999,)),
    ),
    Item(
        "moving_average", 2, "Return the list of the averages of each `k` neighbouring items of `values`, 1 <= k.",
        lambda r: (ints(r, 0, 10), r.randint(1, 4)),
        """
def moving_average(values, k):
    return [sum(values[i:i + k]) / k for i in range(len(values) - k + 1)]
""",
        ("len(values) - k + 1", "len(values) - k"), edges=(([1, 2, 3, 4], 2), ([1], 2), ([5], 1)),
    ),
    Item(
        "anagram_groups", 2, "Return the lists of words of `items` that are anagrams of each other: each list sorted, and the "
        "lists sorted. A word that comes twice is listed twice.",
        lambda r: (words(r, 0, 8, "abc"),),
        """
def anagram_groups(items):
    groups = {}
    for item in items:
        groups.setdefault("".join(sorted(item)), []).append(item)
    return sorted(sorted(group) for group in groups.values())
""",
        ('"".join(sorted(item))', '"".join(sorted(set(item)))'), edges=(([],), (["ab", "ba", "aab"],)),
    ),
    Item(
        "flatten", 2, "`nested` is a list of integers and of lists like it, to any depth. Return its integers in order.",
        lambda r: ((lambda f: f(f, 3))(lambda f, d: [f(f, d - 1) if d and r.random() < 0.4 else r.randint(0, 9)
                                                     for _ in range(r.randint(0, 4))]),),
        """
def flatten(nested):
    out = []
    for item in nested:
        if isinstance(item, list):
            out.extend(flatten(item))
        else:
            out.append(item)
    return out
""",
        ("out.extend(flatten(item))", "out.extend(item)"), edges=(([],), ([1, [2, [3, [4]]]],)),
    ),
    Item(
        "longest_plateau", 2, "Return (start, length) of the longest stretch of equal neighbouring items of `values`, the "
        "first of them if several are as long; (0, 0) for an empty list.",
        lambda r: (ints(r, 0, 12, 0, 2),),
        """
def longest_plateau(values):
    best, start = (0, 0), 0
    for i in range(len(values)):
        if values[i] != values[start]:
            start = i
        if i - start + 1 > best[1]:
            best = (start, i - start + 1)
    return best
""",
        ("> best[1]", ">= best[1]"), edges=(([],), ([1, 1, 2, 2],)),
    ),
    Item(
        "word_count", 2, "Print each distinct word of standard input and how often it comes, as `word count`, the most frequent "
        "first and equally frequent ones in alphabetical order. Words are in lower case and separated by white space.",
        lambda r: " ".join(words(r, 1, 14, "ab")) + "\n",
        """
def solve(text):
    words = text.split()
    order = sorted(set(words), key=lambda w: (-words.count(w), w))
    return "\\n".join(f"{w} {words.count(w)}" for w in order)
""",
        ("(-words.count(w), w)", "(-words.count(w), len(w), w)"), edges=("b a\na\n", "aa b\n"), mode="stdin", compare=LINES,
    ),
    Item(
        "matrix_diagonals", 2, "The first line of standard input has n; n lines with n integers each follow. Print the sum of "
        "the main diagonal minus the sum of the other diagonal.",
        lambda r: (lambda n: f"{n}\n" + "\n".join(" ".join(map(str, ints(r, n, n))) for _ in range(n)))(r.randint(1, 5)),
        """
def solve(text):
    numbers = list(map(int, text.split()))
    n, cells = numbers[0], numbers[1:]
    return str(sum(cells[i * n + i] - cells[i * n + n - 1 - i] for i in range(n)))
""",
        ("n - 1 - i]", "n - 2 - i]"), edges=("1\n5\n", "2\n1 2\n3 4\n"), mode="stdin", compare=TOKENS,
    ),
    Item(
        "count_islands", 2, "Standard input is a map of lines of equal length with `#` for land and `.` for water. Print how many "
        "islands there are: groups of land that touch along sides.",
        lambda r: "\n".join(grid(r, "#.", 7)) + "\n",
        """
def solve(text):
    land = {(y, x) for y, line in enumerate(text.split()) for x, c in enumerate(line) if c == "#"}
    count = 0
    while land:
        count += 1
        todo = [land.pop()]
        while todo:
            y, x = todo.pop()
            for near in ((y + 1, x), (y - 1, x), (y, x + 1), (y, x - 1)):
                if near in land:
                    land.remove(near)
                    todo.append(near)
    return str(count)
""",
        ("(y, x - 1)", "(y, x - 1), (y + 1, x + 1)"), edges=("#.\n.#\n", "...\n", "##\n##\n"), mode="stdin", compare=TOKENS,
    ),
    Item(
        "csv_column", 2, "The first line of standard input names a column, the second has comma-separated column names, and the rest "
        "are rows. Print the largest integer in that column, or `none` if there are no rows.",
        lambda r: "b\na,b,c\n" + "\n".join(",".join(map(str, ints(r, 3, 3, -99, 99))) for _ in range(r.randint(0, 5))),
        """
def solve(text):
    lines = text.split("\\n")
    place = lines[1].split(",").index(lines[0])
    values = [int(line.split(",")[place]) for line in lines[2:] if line.strip()]
    return str(max(values)) if values else "none"
""",
        ("max(values)", "max(values, key=abs)"), edges=("b\na,b,c\n", "b\na,b\n1,-9\n2,3\n"), mode="stdin", compare=TOKENS,
    ),
)  # fmt: skip
