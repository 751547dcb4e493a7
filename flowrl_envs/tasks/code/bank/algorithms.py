"""Level 3: dynamic programming, recursion, number theory, simulation."""

from __future__ import annotations

from flowrl_envs.tasks.code.bank.item import LINES, TOKENS, Item, edges, grid, ints, word

ITEMS = (
    Item(
        "longest_increasing", 3, "Return the length of the longest strictly increasing subsequence of `values`.",
        lambda r: (ints(r, 0, 14),),
        """
from bisect import bisect_left

def longest_increasing(values):
    tails = []
    for value in values:
        place = bisect_left(tails, value)
        tails[place:place + 1] = [value]
    return len(tails)
""",
        ("place = bisect_left(tails, value)", "place = bisect_left(tails, value + 1)"), edges=(([],), ([2, 2, 2],), ([3, 1, 2],)),
    ),
    Item(
        "edit_distance", 3, "Return the least number of insertions, deletions and replacements of one character that turn `a` into `b`.",
        lambda r: (word(r, 0, 8, "abc"), word(r, 0, 8, "abc")),
        """
def edit_distance(a, b):
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        last, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (x != y))
    return row[-1]
""",
        ("last + (x != y)", "last + 2 * (x != y)"), edges=(("", ""), ("abc", ""), ("kitten", "sitting")),
    ),
    Item(
        "coin_ways", 3, "Return in how many ways the amount can be paid with any number of each of the distinct positive `coins`; the "
        "order of coins does not matter.",
        lambda r: (r.randint(0, 40), sorted(set(ints(r, 1, 4, 1, 9)))),
        """
def coin_ways(amount, coins):
    ways = [1] + [0] * amount
    for coin in coins:
        for total in range(coin, amount + 1):
            ways[total] += ways[total - coin]
    return ways[amount]
""",
        ("range(coin, amount + 1)", "range(amount, coin - 1, -1)"), edges=((0, [1]), (3, [2]), (10, [1, 2, 5])),
    ),
    Item(
        "longest_common", 3, "Return the length of the longest common subsequence of the strings `a` and `b`.",
        lambda r: (word(r, 0, 12, "abcd"), word(r, 0, 12, "abcd")),
        """
def longest_common(a, b):
    row = [0] * (len(b) + 1)
    for x in a:
        last = 0
        for j, y in enumerate(b, 1):
            last, row[j] = row[j], last + 1 if x == y else max(row[j], row[j - 1])
    return row[-1]
""",
        ("max(row[j], row[j - 1])", "0"), edges=(("", "a"), ("abcbdab", "bdcaba")),
    ),
    Item(
        "prime_factors", 3, "Return the prime factors of `n`, n >= 1, as a list of (prime, exponent) tuples in rising order.",
        lambda r: (r.randint(1, 3000) * r.randint(1, 500),),
        """
def prime_factors(n):
    out, p = [], 2
    while p * p <= n:
        power = 0
        while n % p == 0:
            n //= p
            power += 1
        if power:
            out.append((p, power))
        p += 1
    if n > 1:
        out.append((n, 1))
    return out
""",
        ("p * p <= n", "p * p < n"), edges=((1,), (4,), (97,), (1024,)),
    ),
    Item(
        "evaluate_rpn", 3, "`tokens` is an expression in reverse Polish notation: integers and the operators + - *, all as strings. "
        "Return its value.",
        lambda r: ((lambda f: f(f, 3))(lambda f, d: f(f, d - 1) + f(f, d - 1) + [r.choice("+-*")]
                                       if d and r.random() < 0.8 else [str(r.randint(-9, 9))]),),
        """
def evaluate_rpn(tokens):
    stack = []
    for token in tokens:
        if token in ("+", "-", "*"):
            b, a = stack.pop(), stack.pop()
            stack.append(a + b if token == "+" else a - b if token == "-" else a * b)
        else:
            stack.append(int(token))
    return stack[0]
""",
        ("a - b", "b - a"), edges=((["5"],), (["7", "2", "-"],)),
    ),
    Item(
        "spiral", 3, "Return the items of the rectangular list of lists `rows` in spiral order: clockwise from the top left corner inwards.",
        lambda r: ((lambda w: [ints(r, w, w) for _ in range(r.randint(0, 5))])(r.randint(1, 5)),),
        """
def spiral(rows):
    rows, out = [list(row) for row in rows], []
    while rows:
        out += rows.pop(0)
        rows = [list(column) for column in zip(*rows)][::-1]
    return out
""",
        ("[::-1]", ""), edges=(([],), ([[1, 2, 3], [4, 5, 6], [7, 8, 9]],), ([[1], [2]],)),
    ),
    Item(
        "next_permutation", 3, "Return the next larger arrangement of the digits of the positive integer `n`, or -1 if there is none.",
        lambda r: (r.randint(1, 10 ** r.randint(1, 7)),),
        """
def next_permutation(n):
    digits = list(str(n))
    i = len(digits) - 2
    while i >= 0 and digits[i] >= digits[i + 1]:
        i -= 1
    if i < 0:
        return -1
    j = len(digits) - 1
    while digits[j] <= digits[i]:
        j -= 1
    digits[i], digits[j] = digits[j], digits[i]
    return int("".join(digits[:i + 1] + digits[i + 1:][::-1]))
""",
        ("digits[i + 1:][::-1]", "digits[i + 1:]"), edges=((1,), (21,), (132,), (1222,)),
    ),
    Item(
        "josephus", 3, "People 1 to n stand in a circle; every k-th is taken out, counting on from the one after, until one is left. Return "
        "that one's number.",
        lambda r: (r.randint(1, 60), r.randint(1, 12)),
        """
def josephus(n, k):
    place = 0
    for size in range(2, n + 1):
        place = (place + k) % size
    return place + 1
""",
        ("place + k", "place + k - 1"), edges=((1, 3), (7, 3), (5, 1)),
    ),
    Item(
        "base_convert", 3, "Return the non-negative integer written as `digits` in base `a` written in base `b`, 2 <= a, b <= 36, with "
        "lower-case letters beyond 9 and no leading zeros.",
        lambda r: (word(r, 1, 12, "01"), r.randint(2, 36), r.randint(2, 36)),
        """
def base_convert(digits, a, b):
    n, out = int(digits, a), ""
    while n:
        n, rest = divmod(n, b)
        out = "0123456789abcdefghijklmnopqrstuvwxyz"[rest] + out
    return out or "0"
""",
        ('out or "0"', "out"), edges=(("0", 2, 10), ("ff", 16, 2), ("zz", 36, 10)),
    ),
    Item(
        "life_step", 3, "`rows` is a map of equally long strings, `#` for a live cell and `.` for a dead one. Return the map after one step of "
        "Conway's Game of Life; cells beyond the map are dead.",
        lambda r: (grid(r, "#."),),
        """
def life_step(rows):
    def live(y, x):
        return 0 <= y < len(rows) and 0 <= x < len(rows[0]) and rows[y][x] == "#"

    out = []
    for y in range(len(rows)):
        line = ""
        for x in range(len(rows[0])):
            near = sum(live(y + a, x + b) for a in (-1, 0, 1) for b in (-1, 0, 1) if a or b)
            line += "#" if near == 3 or (near == 2 and live(y, x)) else "."
        out.append(line)
    return out
""",
        ("near == 2 and live(y, x)", "near == 2"), edges=((["###"],), (["##", "##"],)),
    ),
    Item(
        "subset_sums", 3, "Return the sorted list of the distinct sums of all subsets of `values`, the empty subset included.",
        lambda r: (ints(r, 0, 7),),
        """
def subset_sums(values):
    sums = {0}
    for value in values:
        sums |= {total + value for total in sums}
    return sorted(sums)
""",
        ("sums = {0}", "sums = set(values) | {0}"), edges=(([],), ([1, 1],), ([5, -5],)),
    ),
    Item(
        "decode_ways", 3, "Letters a to z are coded 1 to 26. Return in how many ways the string of digits can be decoded (1 for an empty one).",
        lambda r: (word(r, 0, 12, "0122367"),),
        """
def decode_ways(digits):
    before, ways = 0, 1
    for i, c in enumerate(digits):
        new = ways if c != "0" else 0
        if i and "10" <= digits[i - 1:i + 1] <= "26":
            new += before
        before, ways = ways, new
    return ways
""",
        ('"10" <= ', '"00" < '), edges=(("",), ("0",), ("10",), ("226",), ("06",)),
    ),
    Item(
        "shortest_path", 3, "The map of lines on standard input has `S`, `E`, walls `#` and floor `.`. Print the least number of steps up, down, "
        "left or right from S to E, or -1.",
        lambda r: (lambda rows: "\n".join(["S" + rows[0][1:] + "."] + [row + "." for row in rows[1:]] + ["." * len(rows[0]) + "E"]))(grid(r, "..#", 6)),
        """
def solve(text):
    rows = text.split()
    cells = {(y, x): c for y, row in enumerate(rows) for x, c in enumerate(row)}
    start = next(place for place, c in cells.items() if c == "S")
    seen, border, steps = {start}, [start], 0
    while border:
        new = []
        for y, x in border:
            if cells[y, x] == "E":
                return str(steps)
            for near in ((y + 1, x), (y - 1, x), (y, x + 1), (y, x - 1)):
                if cells.get(near, "#") != "#" and near not in seen:
                    seen.add(near)
                    new.append(near)
        border, steps = new, steps + 1
    return "-1"
""",
        ("return str(steps)", "return str(steps + 1)"), edges=("SE\n", "S#E\n", "S.\n.E\n"), mode="stdin", compare=TOKENS,
    ),
    Item(
        "knapsack", 3, "The first line of standard input has n and the capacity. Each of n lines has the weight and the value of a thing. Print "
        "the largest value that fits when each thing can be taken once.",
        lambda r: (lambda n: f"{n} {r.randint(0, 30)}\n" + "\n".join(f"{r.randint(1, 12)} {r.randint(1, 30)}" for _ in range(n)))(r.randint(0, 7)),
        """
def solve(text):
    numbers = list(map(int, text.split()))
    best = [0] * (numbers[1] + 1)
    for weight, value in zip(numbers[2::2], numbers[3::2]):
        for room in range(numbers[1], weight - 1, -1):
            best[room] = max(best[room], best[room - weight] + value)
    return str(best[-1])
""",
        ("range(numbers[1], weight - 1, -1)", "range(weight, numbers[1] + 1)"), edges=("0 5\n", "1 10\n2 3\n"), mode="stdin", compare=TOKENS,
    ),
    Item(
        "topological", 3, "The first line of standard input has n and m. Each of m lines has a and b: task a comes before task b; tasks are 0 to "
        "n - 1. Print the tasks on one line in the order that comes first in the dictionary sense, or `cycle` if there is none.",
        lambda r: (lambda n: (lambda e: f"{n} {len(e)}\n" + "\n".join(f"{a} {b}" for a, b in e))(
            [p for p in edges(r, n, n) if p[0] < p[1] or r.random() < 0.2]))(r.randint(1, 6)),
        """
import heapq

def solve(text):
    n, m, *rest = map(int, text.split())
    after, waiting = {i: [] for i in range(n)}, [0] * n
    for a, b in zip(rest[::2], rest[1::2]):
        after[a].append(b)
        waiting[b] += 1
    ready, out = [i for i in range(n) if not waiting[i]], []
    heapq.heapify(ready)
    while ready:
        task = heapq.heappop(ready)
        out.append(task)
        for other in after[task]:
            waiting[other] -= 1
            if not waiting[other]:
                heapq.heappush(ready, other)
    return " ".join(map(str, out)) if len(out) == n else "cycle"
""",
        ("task = heapq.heappop(ready)", "task = ready.pop()"), edges=("1 0\n", "2 2\n0 1\n1 0\n", "3 1\n2 0\n"), mode="stdin", compare=TOKENS,
    ),
    Item(
        "histogram", 3, "Standard input has non-negative integers, the heights of columns. Print the histogram from its top row down, `#` where "
        "a column reaches and `.` elsewhere, or an empty line if all are 0.",
        lambda r: " ".join(map(str, ints(r, 1, 8, 0, 5))) + "\n",
        """
def solve(text):
    heights = list(map(int, text.split()))
    return "\\n".join("".join("#" if h >= level else "." for h in heights) for level in range(max(heights), 0, -1))
""",
        ("h >= level", "h > level"), edges=("0\n", "1 2\n"), mode="stdin", compare=LINES,
    ),
)  # fmt: skip
