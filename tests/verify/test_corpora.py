"""The shared corpora, at the thresholds the verifier promises. Skipped where they are absent."""

import json
from pathlib import Path
from typing import Any

import pytest

from flowrl_envs.verify import Mode, verify

FOLDER = Path(__file__).parents[3] / "shared" / "corpora" / "math"
MODES = {"bare": Mode.BARE, "response": Mode.AUTO, "mcq": Mode.CHOICE}
THRESHOLDS = {
    "pairs": 0.98,
    "hacks": 0.97,
    "rewrites": 0.995,
    "extraction": 0.99,
    "adversarial": 1.0,
    "self_match": 1.0,
}
FALSE_ACCEPTS = {
    "pairs": 0.01,
    "hacks": 0.01,
    "rewrites": 0.0,
    "extraction": 0.0,
    "adversarial": 0.0,
    "self_match": 0.0,
}

pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason=f"the maths corpora are not at {FOLDER.name}/ beside the checkout"
)


def rows(name: str) -> list[dict[str, Any]]:
    with (FOLDER / f"{name}.jsonl").open(encoding="utf-8", errors="surrogatepass") as lines:
        listed = [json.loads(line) for line in lines]
    return [row for row in listed if not (row.get("limit_ok") or row.get("disputed") or row.get("derived"))]


@pytest.mark.parametrize("name", list(THRESHOLDS))
def test_the_corpus_is_judged_as_well_as_promised(name: str) -> None:
    wrong, accepted, negatives = [], 0, 0
    listed = rows(name)
    for row in listed:
        try:
            correct = verify(row["pred"], row["gold"], question=row.get("question"), mode=MODES[row["kind"]]).correct
        except ValueError:
            correct = False
        negatives += row["expected"] is False
        if correct is not row["expected"]:
            wrong.append((row["gold"][:80], row["pred"][-80:], row["expected"], correct))
            accepted += correct is True
    assert 1 - len(wrong) / len(listed) >= THRESHOLDS[name], wrong[:10]
    assert accepted <= FALSE_ACCEPTS[name] * negatives, wrong[:10]
