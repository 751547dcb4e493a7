"""How rows of public code data sets become exercises: one function for each form of row.

The forms were read from the public code that grades these sets. Nothing in a row is executed in this process: tests
that are Python programs run in the checker process (`replay.py`), and the compressed tests of LiveCodeBench, which are
a pickle of a string, are read by an unpickler that knows no class.
"""

from __future__ import annotations

import base64
import io
import json
import pickle
import zlib
from collections.abc import Callable, Mapping
from typing import Any

from flowrl_envs.errors import DataError
from flowrl_envs.sandbox import Compare, Limits, Suite, Test
from flowrl_envs.sandbox.types import Mode
from flowrl_envs.tasks.code import replay
from flowrl_envs.tasks.code.exercise import Exercise

Row = Mapping[str, Any]
OUTPUT = Compare("float_tokens", rtol=0.0, atol=0.0)
"""Words must be equal, numbers by value: 1.50 is 1.5."""
_CODE = "Give the whole program in one fenced code block (```python)."
_READ = "The program reads standard input and writes standard output. "
_SLOW = Limits(cpu_s=10.0)
SLOWER = 5.0
"""How much longer Python may take than the time limit of a contest allows a compiled program."""


def human_eval(row: Row) -> Exercise:
    """HumanEval and HumanEval+: `prompt`, `entry_point`, `canonical_solution`, and `test` that defines `check`."""
    start, entry = _text(row, "prompt"), _text(row, "entry_point")
    solution = start + _text(row, "canonical_solution")
    suite = replay.suite(solution, _text(row, "test"), entry, _SLOW)
    prompt = f"Complete this Python function.\n\n```python\n{start.rstrip()}\n```\n\n{_CODE}"
    return Exercise(_text(row, "task_id"), prompt, suite, solution=solution, before=f"{start.rstrip()}\n    pass\n")


def mbpp(row: Row) -> Exercise:
    """MBPP and MBPP+: `text` or `prompt`, `code`, and either `test` or the assertions of `test_list`."""
    question = str(row.get("text") or row.get("prompt") or "")
    asserts = [str(line) for line in row.get("test_list") or ()]
    if not question or not asserts:
        raise DataError("an MBPP row needs `text` (or `prompt`) and `test_list`")
    setup = [str(row.get("test_setup_code") or ""), *map(str, row.get("test_imports") or ())]
    solution = _text(row, "code").replace("\r\n", "\n")
    entry = replay.called_name(asserts[0], solution)
    program = str(row.get("test") or "") or "\n".join([*setup, *asserts])
    suite = replay.suite("\n".join([*setup, solution]), replay.by_name(program, entry), entry, _SLOW)
    prompt = f"{question}\n\nThe function is called like this:\n{asserts[0]}\n\n{_CODE}"
    return Exercise(f"MBPP/{row.get('task_id')}", prompt, suite, solution=solution)


def live_code_bench(row: Row) -> Exercise:
    """LiveCodeBench: `public_test_cases`, and `private_test_cases` as JSON or compressed."""
    tests = [*_json(row, "public_test_cases"), *_private(_text(row, "private_test_cases"))]
    starter = str(row.get("starter_code") or "")
    metadata = row.get("metadata") or "{}"
    name = str((json.loads(metadata) if isinstance(metadata, str) else metadata).get("func_name") or "")
    functional = bool(tests) and tests[0].get("testtype") == "functional"
    shown = len(_json(row, "public_test_cases"))
    suite, hints = _suite(tests, f"Solution.{name}" if functional else ""), starter if functional else ""
    return Exercise(
        _text(row, "question_id"),
        _question(_text(row, "question_content"), hints, functional),
        suite,
        suite.tests[:shown],
        metadata={"difficulty": str(row.get("difficulty", "")), "platform": str(row.get("platform", ""))},
    )


def input_output(row: Row) -> Exercise:
    """APPS and TACO: `question` and `input_output`, JSON of `inputs`, `outputs` and perhaps `fn_name`."""
    return _packed(row, _text(row, "question"), _json(row, "input_output"), _first(row.get("solutions")))


def deep_coder(row: Row) -> Exercise:
    """DeepCoder: `problem` and `tests`, JSON of APPS's form or of a list of tests; `metadata` may name the function."""
    tests = _json(row, "tests")
    metadata = row.get("metadata") or {}
    metadata = json.loads(metadata) if isinstance(metadata, str) else metadata
    question, solution = _text(row, "problem"), _first(row.get("solutions"))
    if isinstance(tests, dict):
        return _packed(row, question, tests, solution)
    name = str(next((t["fn_name"] for t in tests if t.get("fn_name")), "") or (metadata or {}).get("func_name") or "")
    starter = str(row.get("starter_code") or "")
    functional = bool(name) and tests[0].get("testtype", tests[0].get("type")) in ("functional", "function_call")
    entry = (f"Solution.{name}" if "class Solution" in f"{starter}{solution}" else name) if functional else ""
    suite = _suite(tests, entry)
    return Exercise(_name(row, question), _question(question, starter, functional), suite, solution=solution)


def codeforces(row: Row) -> Exercise:
    """open-r1/codeforces: `official_tests`, perhaps a `generated_checker`; no interactive and no file problems."""
    if row.get("interaction_format") or str(row.get("input_mode") or "stdio") != "stdio":
        raise DataError("an interactive problem, or one that reads files, cannot be judged by tests")
    given = [*(row.get("examples") or ()), *(row.get("official_tests") or ())]
    tests = tuple(dict.fromkeys((str(t["input"]), str(t["output"])) for t in given))
    if not tests:
        raise DataError("the row has no tests")
    checker = str(row.get("generated_checker") or "")
    parts = [str(row.get(name) or "") for name in ("title", "description", "input_format", "output_format", "note")]
    limits = Limits(
        cpu_s=max(1.0, SLOWER * float(row.get("time_limit") or 2)), memory_mb=int(row.get("memory_limit") or 256) + 256
    )
    compare = Compare("checker", source=replay.file_checker(checker, dict(tests))) if checker else OUTPUT
    suite = Suite(tuple(Test(text, output) for text, output in tests), "stdin", "", compare, limits)
    shown = len({(str(t["input"]), str(t["output"])) for t in row.get("examples") or ()})
    question = "\n\n".join(part for part in parts if part)
    return Exercise(_text(row, "id"), _question(question, "", False), suite, suite.tests[:shown])


FORMATS: dict[str, Callable[[Row], Exercise]] = {
    "humaneval": human_eval,
    "mbpp": mbpp,
    "livecodebench": live_code_bench,
    "apps": input_output,
    "deepcoder": deep_coder,
    "codeforces": codeforces,
}


PACKED: dict[str, dict[str, str]] = {"livecodebench": {"private_test_cases": "[]"}}
"""Form -> its fields of packed tests, with what to read in their place when only the problem itself is wanted."""


def _packed(row: Row, question: str, packed: Any, solution: str) -> Exercise:
    name = str(packed.get("fn_name") or "")
    starter = str(row.get("starter_code") or "")
    in_class = "class Solution" in f"{starter}{solution}"
    pairs = list(zip(packed["inputs"], packed["outputs"], strict=True))
    if not pairs:
        raise DataError("the row has no tests")
    if not name:
        tests = [{"input": _joined(given), "output": _joined(expected)} for given, expected in pairs]
        suite = _suite(tests, "")
    else:
        listed = [Test(tuple(given), _single(expected)) for given, expected in pairs]
        suite = Suite(tuple(listed), "function", f"Solution.{name}" if in_class else name, Compare("equal"), _SLOW)
    return Exercise(_name(row, question), _question(question, starter, bool(name)), suite, solution=solution)


def _suite(tests: list[dict[str, Any]], entry: str) -> Suite:
    """The suite of a list of tests with `input` and `output` as text; a call's arguments are JSON, one on each line."""
    if not tests:
        raise DataError("the row has no tests")
    mode: Mode = "function" if entry else "stdin"
    if not entry:
        texts = tuple(Test(_joined(test["input"]), _joined(test["output"])) for test in tests)
        return Suite(texts, mode, compare=OUTPUT, limits=_SLOW)
    calls = tuple(Test(_arguments(test["input"]), _value(test["output"])) for test in tests)
    return Suite(calls, mode, entry, Compare("equal"), _SLOW)


def _arguments(given: Any) -> tuple[Any, ...]:
    if isinstance(given, str):
        return tuple(json.loads(line) for line in given.split("\n") if line.strip())
    return tuple(given)


def _value(expected: Any) -> Any:
    return json.loads(expected) if isinstance(expected, str) else _single(expected)


def _single(expected: Any) -> Any:
    """APPS writes the result of a call as a list of one."""
    return expected[0] if isinstance(expected, list) and len(expected) == 1 else expected


def _joined(text: Any) -> str:
    return "\n".join(map(str, text)) if isinstance(text, list) else str(text)


def _question(text: str, starter: str, functional: bool) -> str:
    stub = f"\n\nStart from this code:\n```python\n{starter.strip()}\n```" if starter.strip() else ""
    return f"{text.strip()}{stub}\n\n{'' if functional else _READ}{_CODE}"


def _private(text: str) -> list[dict[str, Any]]:
    """Hidden tests of LiveCodeBench: JSON, or base64 of zlib of a pickled string of JSON."""
    try:
        return list(json.loads(text))
    except ValueError:
        pass
    try:
        inner = _StringUnpickler(io.BytesIO(zlib.decompress(base64.b64decode(text.encode("ascii"))))).load()
        return list(json.loads(inner))
    except (ValueError, zlib.error, pickle.UnpicklingError, EOFError, TypeError) as problem:
        raise DataError(f"private_test_cases cannot be read: {problem}") from None


class _StringUnpickler(pickle.Unpickler):
    """Reads pickles of plain text only."""

    def find_class(self, module: str, name: str) -> Any:
        raise pickle.UnpicklingError(f"the pickle asks for {module}.{name}; only text is allowed")


def _json(row: Row, name: str) -> Any:
    value = row.get(name)
    try:
        return json.loads(value) if isinstance(value, str) else value if value is not None else []
    except ValueError as problem:
        raise DataError(f"field {name!r} is not JSON: {problem}") from None


def _text(row: Row, name: str) -> str:
    value = row.get(name)
    if not isinstance(value, str) or not value:
        raise DataError(f"field {name!r} is {'missing' if value is None else 'not text'}")
    return value


def _first(solutions: Any) -> str:
    """The first of the solutions, without a fence around it."""
    if isinstance(solutions, str) and solutions.startswith("["):
        solutions = json.loads(solutions)
    found = str(solutions[0]) if isinstance(solutions, list) and solutions else str(solutions or "")
    lines = found.strip().split("\n")
    return "\n".join(lines[1:-1]) if lines[0].startswith("```") and len(lines) > 2 else found


def _name(row: Row, question: str) -> str:
    for field in ("id", "task_id", "question_id", "problem_id", "url"):
        if row.get(field) not in (None, ""):
            return str(row[field])
    return f"{zlib.crc32(question.encode('utf-8', 'surrogatepass')):08x}"
