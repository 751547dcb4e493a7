"""What a clone does once its walls stand: read one program, run it, say what came of it.

Everything from the first line of the program on is in the program's hands, and nothing here is trusted to judge it:
it answers, the host decides. Names are bound before the program runs so that honest programs which patch the library
still work.
"""

from __future__ import annotations

import _sitebuiltins
import atexit
import builtins
import importlib
import io
import linecache
import os
import sys
import threading
import types
from collections.abc import Callable
from typing import Any, NoReturn

from . import wire

COMMON = """
abc bisect collections collections.abc copy dataclasses datetime enum fractions functools heapq inspect itertools json
math operator random re statistics string struct textwrap time traceback typing
"""
"""Modules that programs import most: the zygote has them, so that a run need not load them."""

FILE = "solution.py"
MAX_ERROR = 400


def warm(scratch: str) -> None:
    """Makes the interpreter, once for all runs, what a script finds: modules, environment, streams, exit and quit."""
    for name in COMMON.split():
        importlib.import_module(name)
    os.environ.clear()
    os.environ.update({"PATH": "/usr/bin:/bin", "HOME": scratch, "TMPDIR": scratch, "LANG": "C.UTF-8"})
    builtins.exit = _sitebuiltins.Quitter("exit", "Ctrl-D")
    builtins.quit = _sitebuiltins.Quitter("quit", "Ctrl-D")
    sys.argv = [FILE]
    # They hold descriptor numbers, not files: what a run has there is what they read and write.
    sys.stdin = io.TextIOWrapper(io.BufferedReader(io.FileIO(0, closefd=False)), "utf-8", "surrogateescape")
    sys.stdout = io.TextIOWrapper(io.BufferedWriter(io.FileIO(1, "w", closefd=False)), "utf-8", "surrogateescape")
    err = io.BufferedWriter(io.FileIO(2, "w", closefd=False))
    sys.stderr = io.TextIOWrapper(err, "utf-8", "backslashreplace", line_buffering=True)
    sys.__stdin__, sys.__stdout__, sys.__stderr__ = sys.stdin, sys.stdout, sys.stderr  # type: ignore[misc]


def run(mode: str, in_fd: int, out_fd: int, note_fd: int, code_fd: int) -> NoReturn:
    """Runs the program of `code_fd` and ends the process."""
    size = os.fstat(code_fd).st_size
    program: Any = wire.decode(os.pread(code_fd, size, 0))
    source, entry = program
    module = _module("solution" if mode == "function" else "__main__")
    linecache.cache[FILE] = (len(source), None, source.splitlines(keepends=True), FILE)
    say = _Speaker(note_fd)
    if mode == "function":
        os.close(code_fd)
        _function(source, entry, module, in_fd, say)
    for fd in (in_fd, out_fd, code_fd):
        os.close(fd)
    _script(source, module, say)


def _module(name: str) -> types.ModuleType:
    """The fresh module that the program fills."""
    module = types.ModuleType(name)
    module.__dict__["__builtins__"] = builtins
    module.__dict__["__file__"] = FILE
    sys.modules[name] = module
    return module


class _Speaker:
    """Writes frames to the host."""

    def __init__(self, fd: int) -> None:
        self.fd = fd

    def __call__(
        self,
        value: object,
        _write: Callable[[int, bytes], int] = os.write,
        _encode: Callable[[object], bytes] = wire.encode,
        _frame: Callable[[bytes], bytes] = wire.frame,
    ) -> None:
        data = _frame(_encode(value))
        while data:
            data = data[_write(self.fd, data) :]


def _script(
    source: str, module: types.ModuleType, say: _Speaker, _exit: Callable[[int], NoReturn] = os._exit
) -> NoReturn:
    status = 1
    try:
        exec(compile(source, FILE, "exec"), module.__dict__)  # noqa: S102 - running it is what the box is for
        status = 0
    except SystemExit as leaving:
        code = leaving.code
        status = code & 255 if type(code) is int else int(code is not None)
    except BaseException as problem:
        say(("error", _describe(problem)))
    try:
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        sys.stdout.flush()
    except BaseException as problem:
        status = status or 1
        say(("error", _describe(problem)))
    _exit(status)


def _function(
    source: str,
    entry: str,
    module: types.ModuleType,
    in_fd: int,
    say: _Speaker,
    _exit: Callable[[int], NoReturn] = os._exit,
) -> NoReturn:
    try:
        exec(compile(source, FILE, "exec"), module.__dict__)  # noqa: S102
        call = _resolve(module, entry)
    except BaseException as problem:
        say(("load", _describe(problem)))
        _exit(1)
    read = _Reader(in_fd)
    while True:
        data = read()
        if data is None:
            _exit(0)
        answer: tuple[str, object]
        try:
            answer = ("ok", call(*wire.decode(data)))  # type: ignore[misc]
        except BaseException as problem:
            answer = ("error", _describe(problem))
        try:
            say(answer)
        except BaseException as problem:
            say(("error", _describe(problem)))


def _resolve(module: types.ModuleType, entry: str) -> Callable[..., object]:
    """The function, or for "Class.method" that method of a fresh instance at every call."""
    name, _, method = entry.partition(".")
    if name not in module.__dict__:
        raise NameError(f"the program defines no {name!r}")
    found = module.__dict__[name]
    if not method:
        return found  # type: ignore[no-any-return]

    def call(*arguments: object) -> object:
        return getattr(found(), method)(*arguments)

    return call


class _Reader:
    """Reads one frame at a time, and never past it."""

    def __init__(self, fd: int) -> None:
        self.fd = fd

    def __call__(self) -> bytes | None:
        head = self._exactly(4)
        return None if head is None else self._exactly(int.from_bytes(head, "little"))

    def _exactly(self, size: int, _read: Callable[[int, int], bytes] = os.read) -> bytes | None:
        parts = bytearray()
        while len(parts) < size:
            data = _read(self.fd, size - len(parts))
            if not data:
                return None
            parts += data
        return bytes(parts)


def _describe(problem: BaseException) -> str:
    """As "TypeName: message (line 3)", from an exception that may lie about everything."""
    try:
        name = str(type(problem).__name__)[:80]
        line = 0
        if isinstance(problem, SyntaxError) and problem.filename == FILE:
            line = problem.lineno or 0
        trace = problem.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == FILE:
                line = trace.tb_lineno
            trace = trace.tb_next
        text = problem.msg if isinstance(problem, SyntaxError) else str(problem)
        text = f"{name}: {text}"[:MAX_ERROR] + (f" (line {line})" if line else "")
        return text.encode("utf-8", "backslashreplace").decode()
    except BaseException:
        return "an exception that cannot be shown"
