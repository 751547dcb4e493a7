"""Protocol: a program can give answers and nothing else, whatever it writes and wherever."""

from __future__ import annotations

from flowrl_envs.sandbox.compare import Compare
from flowrl_envs.sandbox.conformance.base import SHORT, Check, seen
from flowrl_envs.sandbox.grader import Outcome, Suite, Test, grade
from flowrl_envs.sandbox.pool import Sandbox
from flowrl_envs.sandbox.types import ExecRequest

_SQUARES = tuple(Test((n,), n * n) for n in (2, 3, 10))
_EXACT = Suite(_SQUARES, entry="f", limits=SHORT)
_FLOAT = Suite(_SQUARES, entry="f", limits=SHORT, compare=Compare("float"))
_TOKENS = Suite((Test("3", "9"), Test("4", "16")), mode="stdin", limits=SHORT, compare=Compare("tokens"))


def _fails(name: str, code: str, suite: Suite = _EXACT) -> Check:
    """The program must not pass, and its failure must be judged, not an error."""

    def look(sandbox: Sandbox) -> str:
        found = grade(sandbox, code, suite)
        return (
            "" if found.outcome in (Outcome.FAIL, Outcome.TIMEOUT) else f"{found.outcome.value}: " + seen(found.result)
        )

    return Check(name, look)


def _passes(name: str, code: str, suite: Suite) -> Check:
    def look(sandbox: Sandbox) -> str:
        found = grade(sandbox, code, suite)
        return "" if found.outcome is Outcome.PASS else f"{found.reason}: " + seen(found.result)

    return Check(name, look)


def _scan(sandbox: Sandbox) -> str:
    """A run that holds a marker, then one that looks for it in every object it inherited."""
    marker = "m" + "arker-77aa01"
    grade(sandbox, f"secret = '{marker}'\ndef f(n):\n    return secret", _EXACT)
    code = """
import gc
needle = 'rekram'[::-1] + '-77' + 'aa01'
def f(n):
    for item in gc.get_objects():
        try:
            if needle in str(item) and item is not globals() and 'needle' not in str(item):
                return n * n
        except Exception:
            pass
    return 0
"""
    found = grade(sandbox, code, _EXACT)
    return "an earlier program's text was found" if found.outcome is Outcome.PASS else ""


_AHEAD = """
import os, select, sys
def f(text):
    found, frame = b'', sys._getframe()
    while frame:
        found += b''.join(value for value in frame.f_locals.values() if type(value) is bytes)
        frame = frame.f_back
    for fd in range(3, 64) if text == 'first' else ():
        try:
            if select.select([fd], [], [], 0.01)[0]:
                found += os.read(fd, 4096)
        except OSError:
            pass
    return text == 'first' and b'la' + b'ter' in found
"""


def _one_at_a_time(sandbox: Sandbox) -> str:
    """Of a test's input nothing is in the box before the test before it was answered: it may hold that one's answer."""
    result = sandbox.run(ExecRequest(_AHEAD, (("first",), ("later",)), entry="f", limits=SHORT))
    return "" if [answer.value for answer in result.answers] == [False, False] else seen(result)


_FORGE = """
import os, struct
def frame(data):
    return struct.pack('<I', len(data)) + data
"""

CHECKS = (
    _passes("protocol.right_answers_pass", "def f(n):\n    return n * n", _EXACT),
    _passes("protocol.right_output_passes", "print(int(input()) ** 2)", _TOKENS),
    _fails("protocol.exit_at_import", "import sys\nsys.exit(0)"),
    _fails("protocol.exit_in_call", "import os\ndef f(n):\n    os._exit(0)"),
    _fails("protocol.exit_status_of_a_failed_set_up", "import os\ndef f(n):\n    os._exit(97)"),
    Check("protocol.inputs_come_one_at_a_time", _one_at_a_time),
    _fails("protocol.lying_equality", "class L(int):\n    __eq__ = lambda s, o: True\ndef f(n):\n    return L(0)"),
    _fails(
        "protocol.lying_class",
        "class L:\n    __class__ = int\n    __eq__ = lambda s, o: True\ndef f(n):\n    return L()",
    ),
    _fails("protocol.nan_is_near_nothing", "def f(n):\n    return float('nan')", _FLOAT),
    _fails("protocol.complex_is_no_answer", "def f(n):\n    return complex(n * n)", _FLOAT),
    _fails("protocol.bool_is_not_one", "def f(n):\n    return True", Suite((Test((1,), 1),), entry="f", limits=SHORT)),
    _fails(
        "protocol.list_is_not_tuple", "def f(n):\n    return [n]", Suite((Test((1,), (1,)),), entry="f", limits=SHORT)
    ),
    _fails("protocol.generator", "def f(n):\n    yield n * n"),
    _fails("protocol.coroutine", "async def f(n):\n    return n * n"),
    _fails("protocol.too_deep", "def f(n):\n    x = []\n    for _ in range(5000):\n        x = [x]\n    return x"),
    _fails("protocol.cycle", "def f(n):\n    x = []\n    x.append(x)\n    return x"),
    _fails("protocol.closed_descriptors", "import os\ndef f(n):\n    os.closerange(0, 1024)\n    return n * n"),
    _fails(
        "protocol.garbage_on_every_descriptor",
        "import os\nfor fd in range(3, 256):\n    try:\n        os.write(fd, b'\\xff' * 64)\n    except OSError:\n"
        "        pass\ndef f(n):\n    return n * n",
    ),
    _fails(
        "protocol.extra_answers",
        _FORGE + "def f(n):\n    for fd in range(3, 256):\n        try:\n"
        "            os.write(fd, frame(b't\\x02\\0\\0\\0s\\x02\\0\\0\\0oki\\x01\\0\\0\\0\\x04') * 9)\n"
        "        except OSError:\n            pass\n    return n * n",
    ),
    _fails("protocol.printed_answers", "def f(n):\n    print(n * n)"),
    _fails("protocol.many_candidates_on_a_line", "print(*range(100))", _TOKENS),
    _fails("protocol.output_is_not_utf8", "import os\nos.write(1, b'\\xff\\xfe')", _TOKENS),
    _fails("protocol.right_output_then_a_bad_status", "print(int(input()) ** 2)\nraise SystemExit(1)", _TOKENS),
    _fails(
        "protocol.keys_with_one_hash",
        "def f(n):\n    return {k * (2**61 - 1): 0 for k in range(5000)}",
    ),
    Check("protocol.nothing_of_an_earlier_program", _scan),
)
