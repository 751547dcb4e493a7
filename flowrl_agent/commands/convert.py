"""`flowrl convert SOURCE`: a GGUF file, or a package that carries one, as a normal Hugging Face folder."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def main(argv: list[str]) -> int:
    """Converts and prints the folder, which `flowrl train --model` and `flowrl eval --model` take."""
    parser = argparse.ArgumentParser(prog="flowrl convert", description=__doc__)
    parser.add_argument("source", help="smollm2, a .gguf file, or a .whl or .zip that holds one")
    parser.add_argument("--out", type=Path, help="the folder to make (default: models/SOURCE)")
    args = parser.parse_args(argv)
    from flowrl_agent.models.convert import convert

    out = args.out or Path("models") / Path(args.source).stem
    print(f"converting {args.source} ...", file=sys.stderr)
    print(convert(args.source, out))
    return 0
