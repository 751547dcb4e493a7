"""What a run costs: CPU time of a trivial function with 10 cases, and how many runs a second, on this machine.

    python benchmarks/sandbox_speed.py [--rounds 8] [--runs 40] [--out benchmarks/results/sandbox_speed.json]

CPU time is that of the host process and of every process that works for it, children that have ended included. Ways
are measured in turn within each round and compared by the median over rounds of their ratio, and by the ratio of
their least: other work on the machine costs caches at every switch between processes, of which a run has a dozen
pairs and a bare fork two. Not counted: what the kernel does in threads of its own (it frees namespaces there). Ways:
fork-server: a bare fork of a warm interpreter, no isolation, all inputs and answers in one message; streamed fork-
server: the same, but each input is sent when the last was answered, as the sandbox does; open zygote: our own zygote,
runner and streamed protocol with no walls, so local / open zygote is the price of the walls; local; docker (needs
DOCKER_HOST); bwrap+python: an interpreter started in bubblewrap for each run; docker exec: a python started in a
running container for each run.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from flowrl_envs.sandbox import (
    ExecRequest,
    Limits,
    Sandbox,
    SandboxUnavailableError,
    Status,
    bwrap,
    closure,
    open_sandbox,
)
from flowrl_envs.sandbox.box import session

CODE = "def f(x):\n    return x * x + 1\n"
INPUTS = tuple((n,) for n in range(10))
REQUEST = ExecRequest(CODE, INPUTS, entry="f")
TICK = os.sysconf("SC_CLK_TCK")
EACH = f"import json\n{CODE}print(json.dumps([f(*x) for x in json.loads(input())]))"

WARM = """
import json, os, sys
import abc, bisect, collections, copy, dataclasses, datetime, enum, fractions, functools, heapq, inspect, itertools
import math, operator, random, re, statistics, string, struct, textwrap, time, traceback, typing
"""
SERVER = (
    WARM
    + """
for line in sys.stdin:
    request = json.loads(line)
    r, w = os.pipe()
    pid = os.fork()
    if pid == 0:
        scope = {}
        exec(request["code"], scope)
        os.write(w, json.dumps([scope["f"](*x) for x in request["inputs"]]).encode())
        os._exit(0)
    os.close(w)
    answer = os.read(r, 65536)
    os.close(r)
    os.waitpid(pid, 0)
    sys.stdout.write(answer.decode() + "\\n")
    sys.stdout.flush()
"""
)
STREAMED = (
    WARM
    + """
while line := sys.stdin.readline():
    pid = os.fork()
    if pid == 0:
        scope = {}
        request = json.loads(line)
        exec(request["code"], scope)
        given = request["first"]
        for _ in range(request["more"]):
            os.write(1, json.dumps(scope["f"](*given)).encode() + b"\\n")
            given = json.loads(sys.stdin.readline())
        os.write(1, json.dumps(scope["f"](*given)).encode() + b"\\n")
        os._exit(0)
    os.waitpid(pid, 0)
"""
)


class ForkServer:
    """The baseline: no isolation, limits or clock. All inputs in one message, or each when the last was answered."""

    def __init__(self, program: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-S", "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self) -> None:
        """One run, checked."""
        assert json.loads(self._say({"code": CODE, "inputs": INPUTS}))[3] == 10

    def run_streamed(self) -> None:
        """One run, input by input, checked."""
        first = {"code": CODE, "first": INPUTS[0], "more": len(INPUTS) - 1}
        assert [int(self._say(given)) for given in (first, *INPUTS[1:])][3] == 10

    def _say(self, value: object) -> str:
        self.process.stdin.write(json.dumps(value) + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline()


class OpenBox:
    """Our zygote without namespaces, limits or filter. Exists for this comparison only; no backend can ask for it."""

    OPENING = (
        "from flowrl_box import landlock, walls; landlock.ruleset = lambda *paths: -1; "
        "walls.prepare_user = lambda: None; walls.rules = lambda *prepared: lambda *limits: None; "
    )

    def __init__(self) -> None:
        self.control, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        options = {
            "fd": far.fileno(),
            "tier": "open",
            "uid": None,
            "filters": [],
            "extra": [],
            "site": "",
            "scratch": "/",
            "readable": [],
            "writable": [],
        }
        start = closure.starter(closure.box_folder(), "zygote.start").replace(
            "zygote.start()", self.OPENING + "zygote.start()"
        )
        line = [closure.find().python, "-s", "-S", "-P", "-B", "-X", "utf8", "-c", start, json.dumps(options)]
        self.process = subprocess.Popen(line, pass_fds=(far.fileno(),), env=bwrap.ENVIRONMENT)
        far.close()
        assert self.control.recv(64) == b"ready"

    def perform(self, request: dict) -> list:
        """Runs a request."""
        return session.perform(self.control, request)

    def close(self) -> None:
        """Ends the zygote."""
        self.control.close()
        self.process.wait()

    def abandon(self) -> None:
        """Nothing is forked here."""


def stat(pid: int) -> tuple[int, float]:
    """Parent, and CPU seconds of a process and of its children that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    return int(fields[1]), sum(map(int, fields[11:15])) / TICK


def own() -> float:
    """CPU seconds of this process and of its children that have ended."""
    me, gone = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return me.ru_utime + me.ru_stime + gone.ru_utime + gone.ru_stime


def others(engine: bool) -> float:
    """CPU seconds of all processes below this one, and (engine) of the Docker engine, its shims and all below them."""
    table: dict[int, tuple[int, float]] = {}
    roots = set()
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            table[int(entry.name)] = stat(int(entry.name))
            name = (entry / "comm").read_text().strip()
            if engine and name in ("dockerd", "containerd", "containerd-shim"):
                roots.add(int(entry.name))
        except OSError:
            continue
    family = {pid for pid, (parent, _) in table.items() if parent == os.getpid()} | roots
    grown = True
    while grown:
        more = {pid for pid, (parent, _) in table.items() if parent in family} - family
        family |= more
        grown = bool(more)
    return sum(table[pid][1] for pid in family)


def once(sandbox: Sandbox) -> None:
    """One run, checked."""
    result = sandbox.run(REQUEST)
    assert result.status is Status.OK, result
    assert result.answers[3].value == 10, result


def bwrap_python() -> None:
    """A fresh interpreter in bubblewrap."""
    files = closure.find()
    line = bwrap.command(files, [files.python, "-I", "-S", "-c", EACH])
    done = subprocess.run(line, input=json.dumps(INPUTS), capture_output=True, text=True, check=True, env={})
    assert json.loads(done.stdout)[3] == 10


def docker_exec(container: str) -> None:
    """A fresh interpreter in a running container."""
    line = ["docker", "exec", "-i", container, closure.find().python, "-I", "-S", "-c", EACH]
    docker = "/usr/bin/docker" if os.path.exists("/usr/bin/docker") else "docker"
    done = subprocess.run([docker, *line[1:]], input=json.dumps(INPUTS), capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)[3] == 10


def costs(ways: dict[str, tuple[Callable[[], None], int]], rounds: int) -> dict[str, list[float]]:
    """CPU milliseconds a run of each way, a figure for each round. The first round warms up and is dropped."""
    found: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(rounds + 1):
        for name, (run, count) in ways.items():
            before = others("docker" in name)
            mine = own()
            for _ in range(count):
                run()
            mine = own() - mine
            if turn:
                found[name].append(1000 * (others("docker" in name) - before + mine) / count)
    return found


def throughput(workers: int, runs: int) -> float:
    """Runs a second with so many boxes."""
    with open_sandbox(workers=workers) as sandbox:
        sandbox.run_many([REQUEST] * 4 * workers)
        began = time.perf_counter()
        sandbox.run_many([REQUEST] * runs)
        return runs / (time.perf_counter() - began)


def overload(runs: int) -> dict[str, float]:
    """Latency in milliseconds with four callers for each box."""
    taken: list[float] = []
    with open_sandbox() as sandbox:

        def call(_: int) -> None:
            began = time.perf_counter()
            once(sandbox)
            taken.append(1000 * (time.perf_counter() - began))

        with ThreadPoolExecutor(4 * sandbox.workers) as callers:
            list(callers.map(call, range(runs)))
    cuts = statistics.quantiles(taken, n=100)
    return {"p50": cuts[49], "p99": cuts[98]}


def flood_growth() -> float:
    """Growth in MB of this process's peak memory while four callers run programs that print without end."""
    flood = ExecRequest("while True:\n    print('x' * 65536)", ("",), mode="stdin", limits=Limits(output_kb=8192))
    with open_sandbox() as sandbox:
        once(sandbox)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for _ in range(5):
            assert all(result.status is Status.OUTPUT for result in sandbox.run_many([flood] * 4))
        return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--runs", type=int, default=40)
    parser.add_argument("--out", default="benchmarks/results/sandbox_speed.json")
    args = parser.parse_args()
    growth = flood_growth()
    server, streamed = ForkServer(SERVER), ForkServer(STREAMED)
    local = open_sandbox("local", workers=1)
    bare = Sandbox("open", OpenBox, workers=1)
    ways: dict[str, tuple[Callable[[], None], int]] = {
        "fork-server": (server.run, args.runs),
        "streamed fork-server": (streamed.run_streamed, args.runs),
        "open zygote": (lambda: once(bare), args.runs),
        "local": (lambda: once(local), args.runs),
        "bwrap+python": (bwrap_python, max(2, args.runs // 5)),
    }
    try:
        docker = open_sandbox("docker", workers=1)
    except (SandboxUnavailableError, ImportError) as problem:
        print(f"docker is not measured: {problem}")
    else:
        from flowrl_envs.sandbox.docker import OWNER_LABEL, connect

        container = connect().api.containers(filters={"label": OWNER_LABEL})[0]["Id"]
        ways["docker"] = (lambda: once(docker), args.runs)
        ways["docker exec"] = (lambda: docker_exec(container), max(2, args.runs // 20))
    found = costs(ways, args.rounds)
    report: dict[str, object] = {
        "cpu_ms": {},
        "ratio": {},
        "ratio_of_least": {},
        "load": os.getloadavg()[0],
        "cores": os.cpu_count(),
    }
    for name, values in found.items():
        low, _, high = statistics.quantiles(values, n=4)
        report["cpu_ms"][name] = [round(value, 3) for value in (statistics.median(values), low, high, min(values))]
    for over, under in (
        ("local", "open zygote"),
        ("local", "fork-server"),
        ("local", "streamed fork-server"),
        ("docker", "local"),
        ("bwrap+python", "local"),
        ("docker exec", "docker"),
    ):
        if over in found:
            ratios = [a / b for a, b in zip(found[over], found[under], strict=True)]
            report["ratio"][f"{over} / {under}"] = round(statistics.median(ratios), 2)
            report["ratio_of_least"][f"{over} / {under}"] = round(min(found[over]) / min(found[under]), 2)
    local.close()
    bare.close()
    report["runs_per_s"] = {str(n): round(throughput(n, 300)) for n in (1, 2, 4)}
    report["overload_ms"] = {name: round(value, 1) for name, value in overload(400).items()}
    report["flood_growth_mb"] = round(growth, 1)
    print(json.dumps(report, indent=1))
    Path(args.out).write_text(json.dumps(report, indent=1) + "\n")
    assert threading.active_count() < 20


if __name__ == "__main__":
    main()
