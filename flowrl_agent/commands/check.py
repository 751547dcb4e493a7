"""`flowrl check ID [ID ...]`: prove that environments keep their contract. Exit status 1 where one does not."""

from __future__ import annotations

import argparse
import json
import sys

import flowrl_envs  # noqa: F401  (registers the ids)
from envs_registry import cards


def main(argv: list[str]) -> int:
    """Checks each id and prints a report; returns 0 if all pass, else 1."""
    parser = argparse.ArgumentParser(
        prog="flowrl check",
        description="Prove that environments keep their contract.",
        epilog="An id is 'FlowRL/Math-v0', or 'my_pkg:Ns/Name-v0', which imports my_pkg from here first.",
    )
    parser.add_argument("ids", nargs="*", metavar="ID")
    parser.add_argument("--all", action="store_true", help="check every id that has a card")
    parser.add_argument("--json", action="store_true", help="print the reports as JSON")
    parser.add_argument("--samples", type=int, default=40, help="items of each split to look at (default 40)")
    args = parser.parse_args(argv)
    ids = [*args.ids, *(cards() if args.all else ())]
    if not ids:
        parser.error("give at least one ID, or --all")
    if args.samples < 2:
        parser.error("--samples must be at least 2")
    sys.path.insert(0, "")
    from flowrl_envs.check.run import check

    reports = [check(env_id, args.samples) for env_id in ids]
    if args.json:
        print(json.dumps([report.to_dict() for report in reports], indent=2))
    else:
        print("\n\n".join(str(report) for report in reports))
    return 0 if all(report.ok for report in reports) else 1
