"""How values are written: sets of numbers, units, labels, scientific notation, times; rows as in test_texts.py."""

import pytest

from flowrl_envs.verify import verify

SETS = [
    (r"\boxed{x=\frac{\pi}{4}+k \pi, k \in \mathbb{Z}}", r"x=\frac{\pi}{4}+k \pi, k \in \mathbf{Z}", True),
    (r"\boxed{x=\frac{\pi}{4}+k \pi}", r"x=\frac{\pi}{4}+k \pi, k \in \mathbf{Z}", True),
    (r"\boxed{x=\frac{\pi}{4}+k \pi, k \in \mathbb{N}}", r"x=\frac{\pi}{4}+k \pi, k \in \mathbf{Z}", False),
    (r"\boxed{\frac{\pi}{4}+k \pi}", r"x=\frac{\pi}{4}+k \pi(k \in \mathbf{Z})", True),
    (r"\boxed{k\pi (k\in Z)}", r"k\pi", True),
    (r"\boxed{\mathbf{R}}", r"\mathbb{R}", True),
    (r"\boxed{(-\infty,\infty)}", r"\mathbf{R}", True),
    (r"\boxed{x\in{\bf R}}", r"\mathbb{R}", True),
    (r"\boxed{x\in\mathrm{R}}", r"x\in\mathbb{R}", True),
    (r"\boxed{(-\infty,0)\cup(0,\infty)}", r"\mathbf{R}\setminus\{0\}", True),
    (r"\boxed{\{x \in \mathbf{R}: x>1\}}", r"(1,\infty)", True),
    (r"\boxed{(a,b) \in \mathbb{R}^2}", r"(a,b)\in\mathbf{R}^2", True),
    (r"\boxed{\mathbf{R} \cdot \mathbf{n}}", "Rn", True),
    (r"\boxed{2\mathbf{R}}", "2R", True),
    (r"\boxed{\textbf{C}}", "C", True),
    (r"\boxed{\mathbf{N}}", "N", True),
    (r"\boxed{k\in\mathbf{N}}", r"k\in\mathbb{Z}", False),
    (r"\boxed{(-\infty,\infty)}", "R", False),
]
POSITIVE_NUMBERS = [
    (r"\boxed{a_n=2n-1, n\in\mathbb{N}^*}", "a_n=2n-1", True),
    (r"\boxed{a_n=2n-1 (n\in\mathbb{N}^{*})}", "a_n=2n-1", True),
    (r"\boxed{a_n=2n-1, n\in N^{*}}", "a_n=2n-1", True),
    (r"\boxed{a_n=2n-1, n\in\mathbb{Z}_{+}}", r"a_n=2n-1, n\in\mathbb{N}^*", True),
    (r"\boxed{a_n=2n-1, n\in\mathbb{Z}^+}", "a_n=2n-1", True),
    (r"\boxed{2n-1}", r"a_n=2n-1, n\in\mathbb{N}_+", True),
    (r"\boxed{a_n=2n-1}", r"$a_{n}=2 n-1\left(n \in \mathbf{N}_{+}\right)$", True),
    (r"\boxed{a_n=2n-1, n\ge 1}", r"a_n=2n-1 (n\in\mathbf{N}^*)", True),
    (r"\boxed{a_n=2n-1, n\in\mathbb{N}}", r"a_n=2n-1 (n\in\mathbf{N}^*)", True),
    (r"\boxed{a_n=2n-1, n\ge 0}", r"a_n=2n-1 (n\in\mathbf{N}^*)", False),
    (r"\boxed{a_n=2n-1, n\ge 2}", r"a_n=2n-1 (n\in\mathbf{N}^*)", False),
    (r"\boxed{x=2n-1, n\in\mathbb{N}^*}", "x=2n-1", False),
    (r"\boxed{x=c, c\in\mathbb{R}^+}", "x=c", False),
    (r"\boxed{x=\frac{\pi}{4}+k \pi, k \in \mathbb{N}^*}", r"x=\frac{\pi}{4}+k \pi, k \in \mathbf{Z}", False),
    (r"\boxed{n\in\mathbb{N}^*}", r"n\in\mathbb{N}", False),
    (r"\boxed{x \in \mathbf{R}^{+}}", r"(0,\infty)", True),
    (r"\boxed{\mathbb{R}^+}", "x>0", True),
    (r"\boxed{\mathbb{R}^*}", r"(0,\infty)", False),
    (r"\boxed{N^*}", "N", False),
]


@pytest.mark.parametrize(("response", "reference", "expected"), [*SETS, *POSITIVE_NUMBERS])
def test_values_in_other_forms(response: str, reference: str, expected: bool) -> None:
    assert verify(response, reference).correct is expected
