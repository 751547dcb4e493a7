"""`flowrl sandbox probe | run FILE | check`: which boxes this host can build, one program, the conformance suite.

Exit status of `run`: 0 if the program ended well, 1 if it did not; of `probe`, 0 if the default backend works; of
`check`, 0 if every check passed.
"""

from __future__ import annotations

import argparse
import sys

from flowrl_envs.errors import UserError
from flowrl_envs.sandbox import BACKENDS, ExecRequest, Limits, Status, open_sandbox


def main(argv: list[str]) -> int:
    """Runs one of the three; returns the exit status."""
    parser = argparse.ArgumentParser(prog="flowrl sandbox", description="Boxes for untrusted Python programs.")
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("probe", help="say which boxes this host can build, and what is missing for the others")
    run = actions.add_parser("run", help="run FILE in a box; its standard input is this command's")
    run.add_argument("file", metavar="FILE", help="a Python program")
    run.add_argument("--cpu", type=float, default=5.0, metavar="S", help="seconds of CPU time (default 5)")
    run.add_argument("--memory", type=int, default=512, metavar="MB", help="address space (default 512)")
    run.add_argument("--profile", default="plain", help="plain (default) or numpy")
    check = actions.add_parser("check", help="run the conformance suite")
    for action in (run, check):
        action.add_argument("--backend", default="local", help=f"{', '.join(BACKENDS)} (default local)")
    args = parser.parse_args(argv)
    if args.action == "probe":
        return _probe()
    if args.action == "check":
        return _check(args.backend)
    return _run(args.file, args.backend, args.profile, Limits(cpu_s=args.cpu, memory_mb=args.memory))


def _probe() -> int:
    from flowrl_envs.sandbox.probe import probe

    reports = probe()
    for report in reports:
        print(f"{report.backend:<9} {'works' if report.works else 'DOES NOT WORK'}: {report.detail}")
        if report.fix:
            print(f"{'':<9} to mend it: {report.fix}")
    return 0 if reports[0].works else 1


def _check(backend: str) -> int:
    from flowrl_envs.sandbox.conformance import check_sandbox

    with open_sandbox(backend) as sandbox:
        report = check_sandbox(sandbox)
    print(report.text())
    return 0 if report.ok else 1


def _run(file: str, backend: str, profile: str, limits: Limits) -> int:
    try:
        with open(file, encoding="utf-8") as text:
            code = text.read()
    except (OSError, UnicodeDecodeError) as problem:
        raise UserError(f"flowrl sandbox run {file}: {problem}. Give a file of Python source.") from None
    given = "" if sys.stdin.isatty() else sys.stdin.read()
    with open_sandbox(backend, workers=1, profile=profile) as sandbox:
        result = sandbox.run(ExecRequest(code, (given,), mode="stdin", limits=limits))
    if result.answers:
        sys.stdout.flush()
        sys.stdout.buffer.write(bytes(result.answers[0].value))  # type: ignore[call-overload]
        sys.stdout.flush()
    spent = f"{result.cpu_s:.3f} s CPU, {result.wall_s:.3f} s, {result.max_rss_kb >> 10} MiB"
    print(f"[{result.status.value}] {result.detail + '; ' if result.detail else ''}{spent}", file=sys.stderr)
    return 0 if result.status is Status.OK else 1
