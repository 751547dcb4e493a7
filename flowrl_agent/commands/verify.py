"""`flowrl verify`: judges one answer and explains the verdict stage by stage.

Exit status: 0 correct, 1 not correct, 2 a mistake in the call, 3 not graded. Runs without torch.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from flowrl_agent.commands.terminal import printable
from flowrl_envs.types import Reason
from flowrl_envs.verify import Flag, MathVerdict, Mode, Options, Stage, parse_reference, verify

_STATUS = {True: 0, False: 1, None: 3}
_STAGE = {
    Stage.BOUNDS: "a limit on size",
    Stage.EXTRACT: "the extraction rules",
    Stage.LITERAL: "exact comparison of what was written",
    Stage.PARSE: "comparison of words",
    Stage.STRUCTURE: "the structure of the typed trees, or sets of reals in normal form",
    Stage.EXACT: "exact rational arithmetic",
    Stage.BALLS: "balls of growing precision",
    Stage.SYMBOLIC: "a symbolic worker",
}
_FLAG = {
    Flag.HEDGED: "it offers alternatives",
    Flag.SEVERAL_BOXES: "it has several boxes; the last one counts",
    Flag.UNIT_MISSING: "it leaves out the unit or percent sign of the reference",
    Flag.RESTATES: "it repeats an expression of the question",
    Flag.UNEVALUATED: "it holds a sum, integral or limit that was not evaluated",
    Flag.NEGATED: "the text denies it",
    Flag.UNCLOSED: "the last box is not closed",
    Flag.UNPARSED: "it is not mathematics that the parser knows",
}


def main(argv: list[str]) -> int:
    """Runs the command; returns its exit status."""
    args = _parser().parse_args(argv)
    options = Options(decimal_digits=args.digits, tolerance=args.tolerance, deadline=args.deadline)
    response = sys.stdin.read() if args.response == "-" else args.response
    if args.file is not None:
        response = Path(args.file).read_text(encoding="utf-8", errors="replace")
    verdict = verify(response, args.gold, question=args.question, mode=args.mode, options=options)
    print("\n".join(printable(line) for line in explain(verdict, args.gold, len(response))))
    return _STATUS[verdict.correct]


def explain(verdict: MathVerdict, gold: str, length: int) -> list[str]:
    """The verdict in lines a person reads: what was read, what was found, what decided."""
    reference = parse_reference(gold)
    tree = reference.reading().tree()
    if reference.literal is not None:
        kind = "a number"
    else:
        kind = "words" if tree is None or reference.is_words else f"mathematics ({tree.kind})"
    lines = [f"reference   {reference.text}   [{kind}]", f"response    {length} characters"]
    if verdict.extracted:
        lines.append(f"extracted   {verdict.extracted}   [rule {verdict.rule}]")
    else:
        lines.append("extracted   nothing" + (f"   [rule {verdict.rule}]" if verdict.rule else ""))
    lines.extend(f"remark      {_FLAG[flag]}" for flag in verdict.flags)
    lines.append(f"decided by  {_STAGE[verdict.stage]}")
    outcome = {True: "correct", False: "not correct", None: "not graded"}[verdict.correct]
    reason = "" if verdict.reason in (Reason.CORRECT, Reason.WRONG) else f" ({verdict.reason.value})"
    lines.append(f"verdict     {outcome}{reason}, reward {verdict.reward:g}, {verdict.elapsed * 1e3:.2f} ms")
    return lines


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="flowrl verify", description="Judge one answer and explain the verdict.")
    parser.add_argument("--gold", required=True, help="the reference answer, LaTeX or plain text")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--response", help="what the model wrote; - reads standard input")
    source.add_argument("--file", help="a file that holds what the model wrote")
    parser.add_argument("--question", help="the problem, to refuse answers that restate it")
    parser.add_argument("--mode", choices=[mode.value for mode in Mode], default=Mode.AUTO.value)
    parser.add_argument("--digits", type=int, default=6, help="least significant digits of a rounded decimal (6)")
    parser.add_argument("--tolerance", type=float, help="absolute tolerance that the data set states (none)")
    parser.add_argument("--deadline", type=float, default=2.0, help="seconds for a symbolic comparison (2)")
    return parser
