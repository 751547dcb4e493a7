r"""Worked solutions without a box: whose verifier finds the answer, and who takes another number for it.

The solutions of GSM8K (without their "#### 42" line) and of MATH (with the one box opened: \boxed{42} becomes 42) are
texts that people wrote and no verifier was tuned to. Each is judged against its own answer, and against every other
integer of its last two lines, which is wrong. The same texts go to math-verify, in its own environment. The result is
kept as results/verify_solutions.json.

    python benchmarks/verify_solutions.py [--rows 600] [--venv DIR]
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from verify_speed import peer_python

from flowrl_envs.verify import verify
from flowrl_envs.verify.literals import literal
from flowrl_envs.verify.scan import boxes

DATA = Path(__file__).parents[2] / "shared" / "data" / "math"
RESULT = Path(__file__).parent / "results" / "verify_solutions.json"
PEER = r"""
import json, sys
from math_verify import parse, verify
for line in sys.stdin:
    text, references = json.loads(line)
    try:
        found = parse(text)
        print(json.dumps([bool(verify(parse(f"${reference}$"), found)) for reference in references]), flush=True)
    except Exception:
        print(json.dumps([False] * len(references)), flush=True)
"""
_INTEGER = re.compile(r"(?<![\d.,/])\d{1,6}(?![\d.,/])")


def gsm8k() -> Iterator[tuple[str, str, str]]:
    """Solutions, answers and questions of GSM8K's test split."""
    for line in (DATA / "gsm8k_test_openai.jsonl").open(encoding="utf-8"):
        row = json.loads(line)
        body, _, answer = row["answer"].partition("####")
        yield body.strip(), answer.strip(), row["question"]


def opened_math() -> Iterator[tuple[str, str, str]]:
    """Solutions of MATH's test split that have one box, with the box opened, its content, and the problem."""
    for line in (DATA / "MATH_test5000.jsonl").open(encoding="utf-8"):
        row = json.loads(line)
        solution = row["solution"]
        found, _ = boxes(solution)
        if len(found) == 1:
            (box,) = found
            yield solution[: box.start] + box.content + solution[box.end :], box.content, row["problem"]


def others(text: str, answer: str) -> list[str]:
    """The other integers of the last two lines, at most five."""
    value = literal(answer)
    tail = "\n".join(text.strip().split("\n")[-2:])
    found = dict.fromkeys(_INTEGER.findall(tail))
    return [number for number in found if value is None or literal(number) != value][:5]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=600, help="solutions of each data set")
    parser.add_argument("--venv", type=Path, default=Path(tempfile.gettempdir()) / "math_verify_venv")
    args = parser.parse_args()
    python = peer_python(args.venv)
    result: dict[str, dict[str, float]] = {}
    for name, source in (("gsm8k", gsm8k), ("math", opened_math)):
        every = list(source())
        rows = every[:: max(1, len(every) // args.rows)][: args.rows]
        peer = subprocess.Popen([python, "-c", PEER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert peer.stdin is not None
        assert peer.stdout is not None
        found, asked, peer_found, taken, peer_taken, wrong = 0, 0, 0, 0, 0, 0
        for text, answer, question in rows:
            references = [answer, *others(text, answer)]
            print(json.dumps([text, references]), file=peer.stdin, flush=True)
            theirs = json.loads(peer.stdout.readline())
            ours = [verify(text, reference).correct is True for reference in references]
            found, peer_found = found + ours[0], peer_found + theirs[0]
            asked += verify(text, answer, question=question).correct is True
            taken, peer_taken = taken + sum(ours[1:]), peer_taken + sum(theirs[1:])
            wrong += len(references) - 1
        peer.stdin.close()
        peer.wait()
        result[name] = {
            "solutions": len(rows),
            "found_percent": round(100 * found / len(rows), 2),
            "found_with_question_percent": round(100 * asked / len(rows), 2),
            "math_verify_found_percent": round(100 * peer_found / len(rows), 2),
            "wrong_references": wrong,
            "wrong_taken_percent": round(100 * taken / wrong, 2),
            "math_verify_wrong_taken_percent": round(100 * peer_taken / wrong, 2),
        }
    RESULT.write_text(json.dumps(result, indent=1) + "\n")
    print(RESULT.read_text(), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
