"""Hostile answers: nothing is executed, nothing hangs, nothing eats the memory of the host."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from flowrl_envs.verify import Mode, verify

PAYLOADS = [
    "__import__('os').system('touch CANARY')",
    "open('CANARY','w').write('x')",
    'eval(\'open("CANARY","w")\')',
    "[open('CANARY','w') for _ in [0]]",
    "(lambda: open('CANARY','w'))()",
    "().__class__.__base__.__subclasses__()",
    "Symbol('x').__class__",
    "Matrix(open('CANARY','w').write('x') and [[1]])",
    'sympify(\'__import__("os").system("touch CANARY")\')',
    "N(__import__('os').system('touch CANARY'))",
    r"\operatorname{__import__('os').system('touch CANARY')}",
    r"\text{__import__('os').system('touch CANARY')}",
    r"\input{/etc/passwd}",
    r"\sum_{k=1}^{__import__('os').system('touch CANARY')} k",
    'f\'{open("CANARY","w")}\'',
    "breakpoint()",
    "lambda x: x",
]
HANGS = [
    "9^{9^{9^9}}", "10^{10^{10^{10}}}", "e^{e^{e^{e^e}}}", "2^{-10^{10}}", "(10^{10^{10}})!", "100000000!",
    r"\binom{10^9}{5\cdot 10^8}", r"\Gamma(10^8)", "5" + "!" * 200, "(" * 20_000, "{" * 20_000, "^(" * 5_000,
    "[1," * 5_000, r"\frac{1}{" * 2_000, r"\sqrt" * 3_000, "x+" * 6_000 + "1", r"\sin(" * 1_000 + "1" + ")" * 1_000,
    "7," * 6_000 + "7", "7" * 19_000, "0." + "7" * 19_000, "(x+1)^{100000}", "(a+b+c+d)^{5000}", "x^{10^{30}}",
    r"\gcd(10^{5000}, 7)", r"\left(" * 2_000, "|" * 3_000 + "7" + "|" * 3_000, r"\sin(10^{10000})",
    "1" + "\\%" * 3000, r"\max(" + "1," * 5000 + "2)", r"0.\overline{" + "7" * 40 + "}", "9" * 11_000 + "^2",
    "(x-1)" * 3_000, r"\{" + ",".join(f"x^{i}" for i in range(300)) + r"\}",
]  # fmt: skip

WITHOUT_VALUE = [
    "1E9999_5", "1001!!", "1.5!!", r"\det 3", r"\gcd(\pi,1)", "sgn()", r"3\mathbb{I}", r"\tan 90^\circ",
    r"\frac{1}{\sin\pi}", r"\ln(\sin\pi)", r"\coth 0", r"\binom{10^{20}}{5}", "2^{-10^{30}}", r"\frac{x}{\sin\pi}",
    "x!!", r"(\ln 0)x",
]  # fmt: skip
"""What the verifier can give no value, or none that is finite."""


@pytest.mark.parametrize("payload", PAYLOADS)
def test_code_in_an_answer_or_a_reference_is_text(
    payload: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for response in (rf"\boxed{{{payload}}}", f"The answer is ${payload}$."):
        for reference in ("0", r"\begin{pmatrix}1&2\end{pmatrix}", r"\int_0^1 x dx"):
            assert verify(response, reference).correct is not True
            assert verify(payload, reference, mode=Mode.BARE).correct is not True
        assert verify("0", payload).correct is not True
    assert not (tmp_path / "CANARY").exists()


@pytest.mark.parametrize("answer", HANGS, ids=[text[:24] for text in HANGS])
def test_a_huge_answer_is_decided_at_once(answer: str) -> None:
    start = time.process_time()
    for reference in ("7", "x+1", "1, 2"):
        assert verify(answer, reference, mode=Mode.BARE).correct is not True
    assert time.process_time() - start < 3


@pytest.mark.parametrize("answer", WITHOUT_VALUE)
def test_an_answer_without_a_value_is_wrong_not_undecided(answer: str) -> None:
    for reference in ("5", r"\sqrt{2}", "x+1"):
        assert verify(answer, reference, mode=Mode.BARE).correct is False


def test_an_answer_too_large_for_a_worker_is_wrong() -> None:
    for answer in ("x^2 < 1E9999", "x^2 + " * 2_000 + "x < 1", "x^2 < " + "2^{" * 90 + "2" + "}" * 90):
        assert verify(answer, "(1,2)", mode=Mode.BARE).correct is False


def test_hostile_answers_leave_the_host_small() -> None:
    code = (
        "import sys; sys.path.insert(0, '.');"
        "from tests.verify.test_hostile import HANGS; from flowrl_envs.verify import verify;"
        "[verify(t, r, mode='bare') for t in HANGS for r in ('7', 'x+1')];"
        "status = open('/proc/self/status').read();"  # ru_maxrss would begin at the peak of the process that forked
        "print(int(status.partition('VmHWM:')[2].split()[0]) // 1024)"
    )
    root = Path(__file__).parents[2]
    peak = int(subprocess.check_output([sys.executable, "-c", code], text=True, cwd=root).strip())
    assert peak < 250
