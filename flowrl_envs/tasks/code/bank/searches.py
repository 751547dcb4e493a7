"""Level 4: graphs with weights, backtracking, parsing, problems with many right answers or large inputs."""

from __future__ import annotations

from flowrl_envs.sandbox import Compare
from flowrl_envs.tasks.code.bank.item import TOKENS, Item, edges, ints, word

_FLOAT = Compare("float_tokens", rtol=1e-6, atol=1e-6)

ITEMS = (
    Item(
        "cheapest_route", 4, "`roads` is a list of (a, b, cost) between towns 0 to n - 1, usable both ways. Return the least cost from town 0 to town "
        "n - 1, or None if there is no way.",
        lambda r: (lambda n: (n, [(a, b, r.randint(1, 20)) for a, b in edges(r, n, 2 * n)]))(r.randint(1, 7)),
        """
import heapq

def cheapest_route(n, roads):
    near = {i: [] for i in range(n)}
    for a, b, cost in roads:
        near[a].append((cost, b))
        near[b].append((cost, a))
    todo, done = [(0, 0)], set()
    while todo:
        spent, town = heapq.heappop(todo)
        if town == n - 1:
            return spent
        if town not in done:
            done.add(town)
            for cost, other in near[town]:
                heapq.heappush(todo, (spent + cost, other))
    return None
""",
        ("        near[b].append((cost, a))\n", ""), edges=((1, []), (2, []), (2, [(1, 0, 4)])),
    ),
    Item(
        "queens", 4, "Return in how many ways n queens can stand on an n by n board so that no two share a row, column or diagonal.",
        lambda r: (r.randint(0, 7),),
        """
def queens(n, row=0, columns=(), ups=(), downs=()):
    if row == n:
        return 1
    return sum(queens(n, row + 1, columns + (c,), ups + (row + c,), downs + (row - c,))
               for c in range(n) if c not in columns and row + c not in ups and row - c not in downs)
""",
        (" and row - c not in downs", ""), edges=((0,), (1,), (2,), (6,)),
    ),
    Item(
        "calculate", 4, "Return the value of the expression `text` of non-negative integers, + - * and parentheses, with the usual precedence. There may "
        "be spaces.",
        lambda r: ((lambda f: f(f, 3))(lambda f, d: r.choice(["({} {} {})", "{}{}{}", "{} {} {}"]).format(f(f, d - 1), r.choice("+-*"), f(f, d - 1))
                                       if d and r.random() < 0.8 else str(r.randint(0, 30))),),
        """
def calculate(text):
    tokens = list(text.replace(" ", ""))

    def factor():
        if tokens[0] == "(":
            tokens.pop(0)
            value = total()
            tokens.pop(0)
            return value
        digits = ""
        while tokens and tokens[0].isdigit():
            digits += tokens.pop(0)
        return int(digits)

    def product():
        value = factor()
        while tokens and tokens[0] == "*":
            tokens.pop(0)
            value *= factor()
        return value

    def total():
        value = product()
        while tokens and tokens[0] in "+-":
            value += product() if tokens.pop(0) == "+" else -product()
        return value

    return total()
""",
        ("value = product()", "value = factor()"), edges=(("7",), ("2*3+4",), ("2-3-4",), ("10-(2+3)*4",)),
    ),
    Item(
        "skyline_area", 4, "`buildings` is a list of (left, right, height), left < right, that stand on one line. Return the area of their joint outline.",
        lambda r: ([(a, a + r.randint(1, 8), r.randint(1, 9)) for a in ints(r, 0, 7)],),
        """
def skyline_area(buildings):
    marks = sorted({x for left, right, _ in buildings for x in (left, right)})
    return sum((b - a) * max([h for left, right, h in buildings if left <= a and b <= right], default=0)
               for a, b in zip(marks, marks[1:]))
""",
        ("max([h for", "sum([h for"), edges=(([],), ([(0, 2, 3), (1, 3, 3)],)),
    ),
    Item(
        "smallest_window", 4, "Return the shortest piece of `text` that has every character of `wanted` at least as often as `wanted` has it, the "
        "first of them if several are as short, or the empty string if there is none.",
        lambda r: (word(r, 0, 14, "abcd"), word(r, 1, 4, "abc")),
        """
from collections import Counter

def smallest_window(text, wanted):
    missing, left, best = Counter(wanted), 0, None
    lacking = len(wanted)
    for right, c in enumerate(text):
        lacking -= missing[c] > 0
        missing[c] -= 1
        while not lacking:
            if best is None or right - left < best[1] - best[0]:
                best = left, right
            missing[text[left]] += 1
            lacking += missing[text[left]] > 0
            left += 1
    return "" if best is None else text[best[0]:best[1] + 1]
""",
        ("missing, left, best = Counter(wanted)", "missing, left, best = Counter(set(wanted))"), edges=(("", "a"), ("aab", "aa"), ("adobecodebanc", "abc")),
    ),
    Item(
        "word_break", 4, "Return every way to write `text` as a sequence of words of the list `known`, as a sorted list of lists of words.",
        lambda r: ("".join(r.choice(["a", "ab", "b", "ba"]) for _ in range(r.randint(0, 5))), sorted({word(r, 1, 3, "ab") for _ in range(4)})),
        """
def word_break(text, known):
    if not text:
        return [[]]
    return sorted([w] + rest for w in set(known) if w and text.startswith(w) for rest in word_break(text[len(w):], known))
""",
        ("return [[]]", "return []"), edges=(("", ["a"]), ("ab", ["c"]), ("abab", ["ab", "a", "b"])),
    ),
    Item(
        "count_inversions", 4, "Return how many pairs i < j have values[i] > values[j]. The list may have 20,000 items.",
        lambda r: (ints(r, 0, 40),),
        """
def count_inversions(values):
    def sort(items):
        if len(items) < 2:
            return items, 0
        middle = len(items) // 2
        left, a = sort(items[:middle])
        right, b = sort(items[middle:])
        out, count, i = [], a + b, 0
        for value in right:
            while i < len(left) and left[i] <= value:
                out.append(left[i])
                i += 1
            count += len(left) - i
            out.append(value)
        return out + left[i:], count

    return sort(list(values))[1]
""",
        ("left[i] <= value", "left[i] < value"), edges=(([],), ([1, 1],), ([3, 2, 1],), ([(i * 7919) % 10007 for i in range(6000)],)),
    ),
    Item(
        "bridges", 4, "`links` is a list of (a, b) with a != b between nodes 0 to n - 1, usable both ways, none of them twice. Return the sorted list of "
        "those (smaller node first) whose removal disconnects their ends.",
        lambda r: (lambda n: (n, sorted({(min(p), max(p)) for p in edges(r, n, n + 2)})))(r.randint(1, 8)),
        """
def bridges(n, links):
    def reach(start, without):
        seen, todo = {start}, [start]
        while todo:
            node = todo.pop()
            for link in links:
                if link != without and node in link:
                    other = link[0] + link[1] - node
                    if other not in seen:
                        seen.add(other)
                        todo.append(other)
        return seen

    return sorted((min(a, b), max(a, b)) for a, b in links if b not in reach(a, (a, b)))
""",
        ("if link != without and node in link", "if node == link[0] and link != without"), edges=((1, []), (2, [(0, 1)]), (3, [(0, 1), (0, 2), (1, 2)])),
    ),
    Item(
        "wildcard", 4, "Return True if the whole of `text` matches `pattern`, in which ? stands for any one character and * for any number of them.",
        lambda r: (word(r, 0, 7, "ab"), word(r, 0, 6, "ab?*")),
        """
def wildcard(text, pattern):
    reach = {0}
    for c in pattern:
        if c == "*":
            reach = set(range(min(reach), len(text) + 1)) if reach else reach
        else:
            reach = {i + 1 for i in reach if i < len(text) and c in ("?", text[i])}
    return len(text) in reach
""",
        ('c in ("?", text[i])', "c == text[i]"), edges=(("", ""), ("", "*"), ("abc", "a*c"), ("abc", "a?"), ("a", "?")),
    ),
    Item(
        "largest_rectangle", 4, "Return the area of the largest rectangle within the histogram of the non-negative `heights`, columns one wide.",
        lambda r: (ints(r, 0, 12, 0, 9),),
        """
def largest_rectangle(heights):
    best, stack = 0, []
    for i, height in enumerate([*heights, 0]):
        start = i
        while stack and stack[-1][1] >= height:
            start, tall = stack.pop()
            best = max(best, tall * (i - start))
        stack.append((start, height))
    return best
""",
        ("[*heights, 0]", "heights"), edges=(([],), ([2, 1, 5, 6, 2, 3],), ([4],)),
    ),
    Item(
        "split_fairly", 4, "Return the least possible largest sum when the non-empty list of non-negative `values` is cut into at most `k` contiguous pieces.",
        lambda r: (ints(r, 1, 10, 0, 30), r.randint(1, 5)),
        """
def split_fairly(values, k):
    def pieces(most):
        count, total = 1, 0
        for value in values:
            if total + value > most:
                count, total = count + 1, 0
            total += value
        return count

    low, high = max(values), sum(values)
    while low < high:
        middle = (low + high) // 2
        if pieces(middle) <= k:
            high = middle
        else:
            low = middle + 1
    return low
""",
        ("pieces(middle) <= k", "pieces(middle) < k"), edges=(([5], 3), ([7, 2, 5, 10, 8], 2), ([1, 2, 3], 1)),
    ),
    Item(
        "kth_smallest_product", 4, "Return the k-th smallest (k from 1) of all products of an item of `a` and an item of `b`, both non-empty.",
        lambda r: (lambda a, b: (a, b, r.randint(1, len(a) * len(b))))(ints(r, 1, 6), ints(r, 1, 6)),
        """
def kth_smallest_product(a, b, k):
    return sorted(x * y for x in a for y in b)[k - 1]
""",
        ("[k - 1]", "[-k]"), edges=(([2], [3], 1), ([-1, 2], [3, 4], 2)),
    ),
    Item(
        "spanning_tree", 4, "The first line of standard input has n and m; each of m lines has a, b and the cost of a link between nodes 0 to n - 1. Print the "
        "least cost of links that connect all nodes, or `impossible`.",
        lambda r: (lambda n: (lambda e: f"{n} {len(e)}\n" + "\n".join(f"{a} {b} {r.randint(1, 20)}" for a, b in e))(edges(r, n, 3 * n)))(r.randint(1, 6)),
        """
def solve(text):
    n, m, *rest = map(int, text.split())
    group = list(range(n))

    def top(node):
        while group[node] != node:
            node = group[node]
        return node

    cost = joined = 0
    for price, a, b in sorted(zip(rest[2::3], rest[::3], rest[1::3])):
        if top(a) != top(b):
            group[top(a)] = top(b)
            cost += price
            joined += 1
    return str(cost) if joined == n - 1 else "impossible"
""",
        ("sorted(zip(rest[2::3], rest[::3], rest[1::3]))", "zip(rest[2::3], rest[::3], rest[1::3])"),
        edges=("1 0\n", "2 0\n", "3 3\n0 1 9\n1 2 1\n0 2 1\n"), mode="stdin", compare=TOKENS,
    ),
    Item(
        "mean_and_deviation", 4, "Standard input has one or more numbers. Print their mean and their population standard deviation, to at least 7 digits.",
        lambda r: " ".join(f"{r.uniform(-50, 50):.3f}" for _ in range(r.randint(1, 9))) + "\n",
        """
def solve(text):
    values = list(map(float, text.split()))
    mean = sum(values) / len(values)
    return f"{mean:.9f} {(sum((v - mean) ** 2 for v in values) / len(values)) ** 0.5:.9f}"
""",
        ("/ len(values)) ** 0.5", "/ (len(values) - 1 or 1)) ** 0.5"), edges=("5\n", "1 2 3 4\n"), mode="stdin", compare=_FLOAT,
    ),
    Item(
        "machine", 4, "Standard input is a program, an instruction a line, for a machine with one number x, at first 0: `add n`, `mul n`, `jmp k` (go on at line "
        "k, from 0) and `jlt n k` (go on at line k if x < n). It ends past the last line. Print x, or `loop` if it is still running after 1000 instructions.",
        lambda r: "\n".join(r.choice([f"add {r.randint(-3, 9)}", f"mul {r.randint(1, 3)}", f"jlt {r.randint(0, 40)} {r.randint(0, 5)}", f"jmp {r.randint(2, 6)}"])
                            for _ in range(r.randint(1, 6))) + "\n",
        """
def solve(text):
    lines = [line.split() for line in text.splitlines()]
    x = at = 0
    for _ in range(1000):
        if at >= len(lines):
            return str(x)
        name, *rest = lines[at]
        numbers = list(map(int, rest))
        at += 1
        if name == "add":
            x += numbers[0]
        elif name == "mul":
            x *= numbers[0]
        elif name == "jmp":
            at = numbers[0]
        elif x < numbers[0]:
            at = numbers[1]
    return str(x) if at >= len(lines) else "loop"
""",
        ("elif x < numbers[0]", "elif x <= numbers[0]"), edges=("add 5\nmul 2\n", "jmp 0\n", "add 3\njlt 12 0\n"), mode="stdin", compare=TOKENS,
    ),
)  # fmt: skip
