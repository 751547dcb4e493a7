"""`flowrl check-algo`: proves that an algorithm keeps the contract that training relies on."""

from __future__ import annotations

import argparse

from flowrl_agent.algorithms import ALGORITHMS, load_algorithm, load_algorithm_class


def main(argv: list[str]) -> int:
    """Checks each algorithm named, with its default settings and with every preset; 1 where a property fails."""
    parser = argparse.ArgumentParser(
        prog="flowrl check-algo",
        description="Checks a loss for padding, order, micro-batches, masks, ungraded rows, numerics and more.",
        epilog=f"Registered: {', '.join(ALGORITHMS)}.",
    )
    parser.add_argument(
        "names",
        nargs="+",
        metavar="ALGORITHM",
        help="a registered name, module:Class or path/to/file.py:Class; add /preset for one preset alone",
    )
    from flowrl_agent.algorithms.check import check_algorithm

    passed = True
    for name in parser.parse_args(argv).names:
        for variant in _variants(name):
            report = check_algorithm(load_algorithm(variant))
            print(f"# {variant}\n{report}\n")
            passed = passed and report.passed
    return 0 if passed else 1


def _variants(name: str) -> list[str]:
    """The name as it is where it names a preset, else the name and the name with each preset."""
    if "/" in name.rpartition(":")[2]:
        return [name]
    return [name, *(f"{name}/{preset}" for preset in load_algorithm_class(name).presets)]
