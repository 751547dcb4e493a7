"""Accuracy, time and memory of the maths verifier on the corpora, kept as benchmarks/results/verify_corpora.json.

Runs the corpora's own scorer (one JSON line a corpus) through tests/verify/corpus_adapter.py, three times, and keeps of
each corpus the run with the lowest median time: the machine's other work only ever adds.

    python benchmarks/verify_corpora.py [--runs 3]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
SCORER = ROOT.parent / "shared" / "corpora" / "math" / "score.py"
ADAPTER = ROOT / "tests" / "verify" / "corpus_adapter.py"
RESULT = Path(__file__).parent / "results" / "verify_corpora.json"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    runs = parser.parse_args().runs
    if not SCORER.exists():
        print("The corpora are not beside the checkout; nothing was measured.", file=sys.stderr)
        return 1
    best: dict[str, dict[str, float]] = {}
    for _ in range(runs):
        output = subprocess.run([sys.executable, SCORER, ADAPTER], capture_output=True, text=True, check=True, cwd=ROOT)
        for line in output.stdout.splitlines():
            row = json.loads(line)
            name = row["file"]
            if name not in best or row["median_ms"] < best[name]["median_ms"]:
                best[name] = row
    RESULT.write_text("".join(json.dumps(row) + "\n" for row in best.values()))
    print(RESULT.read_text(), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
