"""The filter decides as its rules say: an emulator of classic BPF runs it on every call number of both tables."""

import re
import struct
from pathlib import Path

import pytest

from flowrl_envs.errors import InfrastructureError
from flowrl_envs.sandbox import seccomp
from flowrl_envs.sandbox.syscalls import AARCH64, ABSENT, ALLOWED, ARCHITECTURES, FAMILY, FENCED, X86_64

BOTH = pytest.mark.parametrize("abi", ARCHITECTURES.values(), ids=lambda abi: abi.name)


def run(code: bytes, abi_number: int, number: int, *arguments: int) -> int:
    """What the kernel would return for a call."""
    data = struct.pack("<IIQ", number, abi_number, 0) + b"".join(
        struct.pack("<Q", a) for a in (*arguments, *[0] * 6)[:6]
    )
    ops = list(struct.iter_unpack("<HBBI", code))
    place = word = 0
    for _ in range(len(ops)):
        op, true, false, value = ops[place]
        place += 1
        if op == 0x20:
            word = struct.unpack_from("<I", data, value)[0]
        elif op == 0x06:
            return value
        elif op == 0x05:
            place += value
        else:
            met = {0x15: word == value, 0x35: word >= value, 0x45: bool(word & value)}[op]
            place += true if met else false
    raise AssertionError("the program does not end")


@BOTH
@pytest.mark.parametrize("subprocess", [False, True])
def test_every_call_number_gets_the_decision_of_its_rule(abi, subprocess):
    code = seccomp.program(abi, subprocess)
    names = {number: name for name, number in abi.numbers.items()}
    allowed = {*ALLOWED.split(), *(FAMILY.split() if subprocess else ())}
    for number in range(600):
        name = names.get(number, "")
        if name in FENCED.split():
            continue
        wanted = (
            seccomp.ALLOW if name in allowed else seccomp.NO_SUCH_CALL if name in ABSENT.split() else seccomp.REFUSE
        )
        assert run(code, abi.audit, number) == wanted, (number, name)


@BOTH
def test_another_abi_kills_and_large_numbers_are_refused(abi):
    code = seccomp.program(abi)
    assert run(code, 0x40000003, 1) == seccomp.KILL
    assert run(code, abi.audit, 0x40000000 + 39) == seccomp.REFUSE
    assert run(code, abi.audit, 0xFFFFFFFF) == seccomp.REFUSE


@BOTH
def test_fences_look_at_arguments(abi):
    code, call = seccomp.program(abi), abi.numbers
    thread = 0x3D0F00
    assert run(code, abi.audit, call["clone"], thread) == seccomp.ALLOW
    assert run(code, abi.audit, call["clone"], 17) == seccomp.REFUSE
    for flag in (0x80, 0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000):
        for more in (False, True):
            assert run(seccomp.program(abi, more), abi.audit, call["clone"], thread | flag) == seccomp.REFUSE
    assert run(seccomp.program(abi, True), abi.audit, call["clone"], 17) == seccomp.ALLOW
    assert run(code, abi.audit, call["socketpair"], 1, 0x80001) == seccomp.ALLOW
    assert run(code, abi.audit, call["socketpair"], 1, 2) == seccomp.REFUSE
    assert run(code, abi.audit, call["socketpair"], 30, 1) == seccomp.REFUSE
    assert run(code, abi.audit, call["ioctl"], 0, 0x5412) == seccomp.REFUSE
    assert run(code, abi.audit, call["ioctl"], 0, 0x5401) == seccomp.ALLOW
    assert run(code, abi.audit, call["fcntl"], 0, 1031) == seccomp.REFUSE
    assert run(code, abi.audit, call["prctl"], 38) == seccomp.REFUSE


@BOTH
def test_without_a_pid_namespace_signals_go_to_oneself_only(abi):
    code, call = seccomp.program(abi, own_pid_only=4711), abi.numbers
    for name in ("kill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo"):
        assert run(code, abi.audit, call[name], 4711) == seccomp.ALLOW
        for other in (1, 0, 4712, 0xFFFFFFFF):
            assert run(code, abi.audit, call[name], other) == seccomp.REFUSE
    assert run(code, abi.audit, call["tkill"], 4711) == seccomp.REFUSE


@pytest.mark.parametrize(
    ("abi", "header"),
    [(X86_64, "/usr/include/x86_64-linux-gnu/asm/unistd_64.h"), (AARCH64, "/usr/include/asm-generic/unistd.h")],
    ids=["x86_64", "aarch64"],
)
def test_numbers_are_those_of_the_kernel_headers(abi, header):
    if not Path(header).exists():
        pytest.skip(f"{header} is not installed")
    found = re.findall(r"#define\s+__NR(?:3264)?_(\w+)\s+(\d+)\b", Path(header).read_text())
    known = {name: int(number) for name, number in found}
    known.update({"newfstatat": 79, "fstat": 80} if abi is AARCH64 else {})
    wrong = {name: number for name, number in abi.numbers.items() if known.get(name, number) != number}
    assert not wrong
    assert len(set(abi.numbers) & set(known)) > 150


def test_an_unknown_machine_is_an_error_that_says_what_to_do(monkeypatch):
    monkeypatch.setattr(seccomp.platform, "machine", lambda: "riscv64")
    with pytest.raises(InfrastructureError, match=r"riscv64.*syscalls\.py"):
        seccomp.program()
