"""`flowrl list` and `flowrl show ID`: what environments there are, and what one of them asks."""

from __future__ import annotations

import argparse
import sys

import gymnasium

import flowrl_envs  # noqa: F401  (registers the ids)
from envs_registry import EnvCard, cards
from flowrl_agent.commands.terminal import printable


def list_main(argv: list[str]) -> int:
    """Prints one line an environment."""
    argparse.ArgumentParser(prog="flowrl list", description="The registered environments.").parse_args(argv)
    rows = [("ID", "ITEMS", "DATA", "SUMMARY")]
    rows += [
        (card.id, _space(card), card.data.source if card.data else "generated", card.summary)
        for _, card in sorted(cards().items())
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        print("  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]]).rstrip())
    return 0


def show_main(argv: list[str]) -> int:
    """Prints the card of one environment and a few of its prompts."""
    parser = argparse.ArgumentParser(prog="flowrl show", description="One environment: its card and sampled prompts.")
    parser.add_argument("id", metavar="ID", help="'FlowRL/Math-v0' or 'my_pkg:Ns/Name-v0'")
    parser.add_argument("-n", "--n", type=int, default=3, help="prompts to sample (default 3)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the sample (default 0)")
    parser.add_argument("--split", help="split to sample (default: the environment's own)")
    args = parser.parse_args(argv)
    sys.path.insert(0, "")
    from flowrl_envs.check.run import find

    env_id = find(args.id)
    card = cards().get(env_id)
    print("\n".join(_card_lines(card)) if card else f"{env_id}\n  (registered without a card)")
    env = gymnasium.make(env_id, **({"split": args.split} if args.split else {}))
    for number in range(args.n):
        prompt, info = env.reset(seed=args.seed if number == 0 else None)
        print(f"\n--- {info.get('split', '')} item {info.get('index', '')}\n{printable(str(prompt))}")
    return 0


def _card_lines(card: EnvCard) -> list[str]:
    facts = {
        "answer": card.answer_format,
        "splits": _space(card),
        "reward": f"{card.reward_range[0]:g} to {card.reward_range[1]:g} "
        f"(empty text {card.floor:g}, gold {card.ceiling:g})",
        "task": card.task + (f" with {dict(card.kwargs)}" if card.kwargs else ""),
    }
    if card.data:
        facts["data"] = f"{card.data.source} @ {card.data.revision or 'recorded at the first load'}"
        facts["sha256"] = card.data.sha256 or "recorded at the first load"
        facts["licence"] = card.data.licence
    lines = [card.id, f"  {card.summary}", *(f"  {name:<7} {text}" for name, text in facts.items())]
    if card.options:
        lines.append("  options")
        lines += [f"    {name}: {text}" for name, text in card.options.items()]
    return lines


def _space(card: EnvCard) -> str:
    if all(size is None for size in card.space.values()):
        return "large"
    return ", ".join(f"{split} {'large' if size is None else size}" for split, size in card.space.items())
