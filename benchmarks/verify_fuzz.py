"""Coverage-guided fuzzing of the maths verifier with atheris: no text may raise, hang, or fail inside the verifier.

    pip install atheris && python benchmarks/verify_fuzz.py -max_total_time=300

Half the input is the answer, half the reference. A crash file that libFuzzer writes becomes a row of
tests/verify/test_found.py.
"""

from __future__ import annotations

import sys
import time

import atheris

with atheris.instrument_imports(include=["flowrl_envs.verify"]):
    from flowrl_envs.errors import DataError
    from flowrl_envs.verify import Mode, Options, parse_reference, verify
    from flowrl_envs.verify import plain_value as _plain_value  # noqa: F401
    from flowrl_envs.verify import typed as _typed  # noqa: F401 - instrumented now, not inside the first call

REFERENCES = (
    *("42", r"\frac{1}{2}", "x+1", "(1,2)", "1, 2", "x>3", r"\text{Evelyn}", r"5\text{ cm}"),
    *(r"x=k\pi, k\in\mathbb{Z}", "x(t)=t+1", r"\text{neither}"),
)
_LATEX = (
    r"\frac{ } { ( ) [ ] \{ \} $ \boxed{ \sqrt ^ _ + - * / = < \le , ; : ! ' \% & \\ | \left( \right) \begin{pmatrix} "
    r"\end{pmatrix} \text{ \sin \log \pi \infty \cup \in \pm \cdot 1 23 4.5 ,000 x y e i n answer is not or and "
    r"</think> \sum_{k=1}^{ \int d x ° √ 中 \mid \setminus \mathbb{R} \overline{ \approx \ldots f( \gcd( 10^{ _5 \pmod "
    r"^\circ \times \mathrm{ (mod ² ₁ 0.( U \color{ \dot{ ... cm km/h m/s P( | wait wrong ? No. (B) maybe x^2<"
    r" \lfloor \rfloor \sum_{i=0}^ at by it \forall \mathbb [4pt] erg \mu \varphi - > **"
    r" \begin{aligned} \end{aligned} \mathbf{Z} \in \mathbb{N} ^* ^{ _+ _{>0} (t)= x(t)= => \Rightarrow 4e3 1e-5 17th"
    r" ^{\text{th}} \text{Total: } \frac{\text{a}}{b} = a^2+b^2= (6*7) 4ab \setminus \, ~ \displaystyle \( \)"
)
_WORDS = (
    *("\n", "\n- ", "1. ", " for all ", " for 5 ", " in 6 ", "The result is ", "Final answer: ", "check the ", " = 5 "),
    *("I hope it helps", " if ", " because ", " one of ", " feet ", " option ", "the answer is ", " x "),
    *(" (or ", " than ", " as well as ", " unless ", "neither", ": 5 red and 7 blue", " are ", " in 4 hours", " rate "),
)
PIECES = [*_LATEX.split(), *_WORDS]
QUICK = Options(deadline=0.05)
MODES = list(Mode)


def text_of(data: atheris.FuzzedDataProvider) -> str:
    """Bytes to text: pieces of LaTeX and raw characters, as the data says."""
    parts = []
    for _ in range(data.ConsumeIntInRange(0, 24)):
        if data.ConsumeBool():
            parts.append(PIECES[data.ConsumeIntInRange(0, len(PIECES) - 1)])
        else:
            parts.append(data.ConsumeUnicode(3))
    return "".join(parts)


def one_input(raw: bytes) -> None:
    """Judges one generated answer against one reference, which is generated too half of the time."""
    data = atheris.FuzzedDataProvider(raw)
    mode = MODES[data.ConsumeIntInRange(0, len(MODES) - 1)]
    reference = REFERENCES[data.ConsumeIntInRange(0, len(REFERENCES) - 1)]
    answer = text_of(data)
    if data.ConsumeBool():
        reference = text_of(data)
    try:
        parse_reference(reference)
    except DataError:
        return
    start = time.process_time()
    verdict = verify(answer, reference, mode=mode, options=QUICK, question=answer)
    if verdict.reason.value == "internal":
        raise AssertionError(f"internal failure: {answer!r} against {reference!r}")
    if time.process_time() - start > 2:
        raise AssertionError(f"slow: {answer!r} against {reference!r}")


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
