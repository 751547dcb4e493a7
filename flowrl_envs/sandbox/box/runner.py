"""What a clone does once its walls stand: read one program, run it, say what came of it.

Everything from the first line of the program on is in the program's hands, and nothing here is trusted to judge it:
it answers, the host decides. Names are bound before the program runs so that honest programs which patch the library
still work, and so that a clone, which pays for every object that it touches with a copy of a page, touches few.
"""

from __future__ import annotations

import _sitebuiltins
import atexit
import builtins
import importlib
import io
import linecache
import os
import random
import sys
import threading
import types
from collections.abc import Callable
from typing import Any, NoReturn

from . import wire
from .wire import decode, encode, frame

COMMON = """
abc bisect collections collections.abc copy dataclasses datetime enum fractions functools heapq inspect itertools json
math operator random re statistics string struct textwrap time traceback typing
"""
"""Modules that programs import most: the zygote has them, so that a run need not load them."""

FILE = "solution.py"
MAX_ERROR = 400
SMALL = 479
"""The most bytes whose object comes from the interpreter's own pools."""

reseed: Callable[[int], None] = super(random.Random, random.seed.__self__).seed  # type: ignore[attr-defined]
"""Gives the shared generator of `random` a new state: each run begins with one of its own."""
_solution, _main = types.ModuleType("solution"), types.ModuleType("__main__")
_source = [""]
_modules = sys.modules


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
    linecache.cache[FILE] = (lambda: _source[0],)
    for module in (_solution, _main):
        module.__dict__.update(__builtins__=builtins, __file__=FILE)


def rehearse() -> None:
    """Answers calls until the interpreter has adapted to it: a clone would do that on pages of its own, every time."""
    near, far = os.pipe()
    back, answers = os.pipe()
    for _ in range(40):
        os.write(far, frame(encode((1, "x"))))
    os.close(far)
    _answer(lambda number, text: number, near, answers, b"")
    for fd in (near, back, answers):
        os.close(fd)


def run_function(in_fd: int, note_fd: int, _exit: Callable[[int], NoReturn] = os._exit) -> NoReturn:
    """Reads a program, then calls its function for each input that follows."""
    program, rest = _receive(in_fd, b"")
    source, entry = program_of(program or b"")
    _modules["solution"] = _solution
    try:
        _load(source, _solution)
        call = _find(entry) if "." not in entry else _method(*entry.split("."))
    except BaseException as problem:
        _say(note_fd, b"load", _describe(problem))
        _exit(1)
    _answer(call, in_fd, note_fd, rest)
    _exit(0)


def run_script(code_fd: int, note_fd: int, _exit: Callable[[int], NoReturn] = os._exit) -> NoReturn:
    """Runs a program as `__main__`, with the descriptors 0 and 1 that it finds."""
    source, _ = program_of(os.pread(code_fd, os.fstat(code_fd).st_size, 0))
    os.close(code_fd)
    _modules["__main__"] = _main
    status = 1
    try:
        _load(source, _main)
        status = 0
    except SystemExit as leaving:
        code = leaving.code
        status = code & 255 if type(code) is int else int(code is not None)
    except BaseException as problem:
        _say(note_fd, b"error", _describe(problem))
    try:
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        sys.stdout.flush()
    except BaseException as problem:
        status = status or 1
        _say(note_fd, b"error", _describe(problem))
    _exit(status)


def program_of(data: bytes) -> tuple[str, str]:
    """Source and entry, as `messages.program` wrote them."""
    entry, _, source = data.partition(b"\0")
    return source.decode("utf-8", "surrogatepass"), entry.decode()


def _load(source: str, module: types.ModuleType) -> None:
    """Runs the source in the module."""
    _source[0] = source
    exec(compile(source, FILE, "exec"), module.__dict__)  # noqa: S102 - running it is what the box is for


def _find(name: str) -> Callable[..., object]:
    if name not in _solution.__dict__:
        raise NameError(f"the program defines no {name!r}")
    return _solution.__dict__[name]  # type: ignore[no-any-return]


def _method(name: str, method: str) -> Callable[..., object]:
    """For "Class.method": that method of a fresh instance at every call."""
    found = _find(name)

    def call(*arguments: object) -> object:
        return getattr(found(), method)(*arguments)

    return call


def _answer(
    call: Callable[..., object], in_fd: int, note_fd: int, rest: bytes, _decode: Callable[[bytes], Any] = decode
) -> None:
    """Calls the function for each input, until there are no more."""
    while True:
        data, rest = _receive(in_fd, rest)
        if data is None:
            return
        try:
            value, tag = call(*_decode(data)), b"ok"
        except BaseException as problem:
            value, tag = _describe(problem), b"error"
        try:
            _say(note_fd, tag, value)
        except BaseException as problem:
            _say(note_fd, b"error", _describe(problem))


def _say(
    fd: int,
    tag: bytes,
    value: object,
    _write: Callable[[int, bytes], int] = os.write,
    _encode: Callable[[object], bytes] = encode,
    _frame: Callable[[bytes], bytes] = frame,
) -> None:
    """Writes an answer to the host: a pair of a tag and a value."""
    data = _frame(_HEADS[tag] + _encode(value))
    while data:
        data = data[_write(fd, data) :]


_HEADS = {tag: encode((tag.decode(), None))[:-1] for tag in (b"ok", b"error", b"load")}
"""The encoding of a pair, up to its second item."""


def _receive(
    fd: int,
    data: bytes,
    _read: Callable[[int, int], bytes] = os.read,
    _size: Callable[..., tuple[int, ...]] = wire.size_at,
    _join: Callable[..., bytes] = b"".join,
) -> tuple[bytes | None, bytes]:
    """The next frame, and what was read beyond it: the first input comes with the program, no other comes early."""
    while len(data) < 4:
        more = _read(fd, SMALL)
        if not more:
            return None, b""
        data += more
    end = 4 + _size(data)[0]
    if len(data) < end:
        parts, size = [data], len(data)
        while size < end:
            more = _read(fd, min(end - size, 1 << 20))
            if not more:
                return None, b""
            parts.append(more)
            size += len(more)
        data = _join(parts)
    return data[4:end], data[end:]


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
