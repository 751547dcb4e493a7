"""What fuzzing found, kept: no such text may make the verifier fail, whatever its verdict."""

import pytest

from flowrl_envs.verify import Mode, Options, verify

FOUND = [
    ("=", "x>3"),
    ("()", "x>3"),
    ("1;,x,,--", "5"),
    (r"\{x\}", "x>3"),
    (r"1,2;,3\mid", "(1,2)"),
    (r"\{x: x>3\}", "()"),
    (r"\pi", r"333\pi\pinotnot\mathbb{R}\mathbb{R}\pi\pi\pi\pinot\int\mathbb{R}\mathbb{R}"),
    (r"\begin{pmatrix}1\\2\end{pmatrix}+\begin{pmatrix}3\\4\end{pmatrix}", r"\begin{pmatrix}4\\6\end{pmatrix}"),
]


@pytest.mark.parametrize(("answer", "reference"), FOUND)
@pytest.mark.parametrize("mode", [Mode.AUTO, Mode.BARE])
def test_a_crash_once_found_stays_fixed(answer: str, reference: str, mode: Mode) -> None:
    assert verify(answer, reference, mode=mode, options=Options(deadline=0.1)).reason.value != "internal"
