"""Throughput of the maths verifier beside math-verify, and of plain number answers, kept as results/verify_speed.json.

math-verify lives in a virtual environment of its own that this script makes (it pins other versions). Both judge the
same rows of rewrites.jsonl in the same run, alternately in slices, one process each, warm; the figure is the ratio of
CPU seconds. The verifier's caches are cleared before every slice, so nothing is judged from memory.

    python benchmarks/verify_speed.py [--rows 400] [--venv DIR]
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
CORPUS = ROOT.parent / "shared" / "corpora" / "math" / "rewrites.jsonl"
RESULT = Path(__file__).parent / "results" / "verify_speed.json"
PEER = r"""
import json, sys, time
from math_verify import parse, verify
rows = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
def judge(row):
    wrap = lambda t: t if "$" in t or "boxed" in t else f"${t}$"
    return verify(parse(wrap(row["gold"])), parse(wrap(row["pred"])))
for row in rows[:20]: judge(row)
for line in sys.stdin:
    start, end = map(int, line.split())
    t = time.process_time()
    right = sum(judge(row) is row["expected"] for row in rows[start:end])
    print(json.dumps([time.process_time() - t, right]), flush=True)
"""


def ours(rows: list[dict[str, object]]) -> tuple[float, int]:
    """CPU seconds and right verdicts on a slice."""
    from flowrl_envs.verify import Mode, parse_reference, verify
    from flowrl_envs.verify import reference as cached

    parse_reference.cache_clear()
    cached.read_short.cache_clear()
    start = time.process_time()
    right = sum(verify(str(row["pred"]), str(row["gold"]), mode=Mode.BARE).correct is row["expected"] for row in rows)
    return time.process_time() - start, right


def gsm8k_style(count: int = 30_000) -> float:
    """Answers a second: worked solutions that end in a box, judged against integers, one process."""
    from flowrl_envs.verify import verify

    references = [str(7 * number % 9973) for number in range(500)]
    text = "She sells 16 - 3 - 4 = 9 eggs a day. She makes 9 * 2 = 18 dollars.\n#### The total is $\\boxed{%s}$."
    responses = [text % reference for reference in references]
    start = time.process_time()
    for index in range(count):
        assert verify(responses[index % 500], references[index % 500]).correct
    return count / (time.process_time() - start)


def peer_python(folder: Path) -> Path:
    """The interpreter of an environment with math-verify, made if it is missing."""
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    subprocess.run([python, "-m", "pip", "install", "-q", "math-verify"], check=True)
    return python


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=400)
    parser.add_argument("--venv", type=Path, default=Path(tempfile.gettempdir()) / "math_verify_venv")
    args = parser.parse_args()
    rows = [json.loads(line) for line in CORPUS.open(encoding="utf-8")][:: max(1, 2047 // args.rows)][: args.rows]
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as slice_file:
        slice_file.writelines(json.dumps(row) + "\n" for row in rows)
        slice_file.flush()
        command = [peer_python(args.venv), "-c", PEER, slice_file.name]
        peer = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert peer.stdin is not None
        assert peer.stdout is not None
        ours(rows[:20])
        ratios, ours_right, peer_right, ours_seconds, peer_seconds = [], 0, 0, 0.0, 0.0
        for start in range(0, len(rows), 50):
            print(start, start + 50, file=peer.stdin, flush=True)
            seconds, right = json.loads(peer.stdout.readline())
            own_seconds, own_right = ours(rows[start : start + 50])
            ratios.append(seconds / own_seconds)
            ours_right, peer_right = ours_right + own_right, peer_right + right
            ours_seconds, peer_seconds = ours_seconds + own_seconds, peer_seconds + seconds
        peer.stdin.close()
        peer.wait()
    result = {
        "rows": len(rows),
        "ours_us_per_row": round(1e6 * ours_seconds / len(rows), 1),
        "math_verify_us_per_row": round(1e6 * peer_seconds / len(rows), 1),
        "times_math_verify_throughput": round(peer_seconds / ours_seconds, 1),
        "slices_median_ratio": round(statistics.median(ratios), 1),
        "slices_least_ratio": round(min(ratios), 1),
        "ours_right": ours_right,
        "math_verify_right": peer_right,
        "gsm8k_style_answers_per_second": round(gsm8k_style()),
    }
    RESULT.write_text(json.dumps(result, indent=1) + "\n")
    print(RESULT.read_text(), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
