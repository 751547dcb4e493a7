"""The codec carries plain data bit for bit, and nothing else."""

import contextlib
import random
import struct
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowrl_envs.sandbox.box import wire
from flowrl_envs.sandbox.compare import identical

KEYS = st.one_of(st.none(), st.booleans(), st.integers(), st.text(), st.binary(), st.tuples(st.integers(), st.text()))
PLAIN = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.integers(-(2**300), 2**300), st.floats(), st.text(), st.binary()
    ),
    lambda inner: st.one_of(
        st.lists(inner), st.tuples(inner, inner), st.dictionaries(KEYS, inner), st.frozensets(KEYS), st.sets(KEYS)
    ),
    max_leaves=25,
)


@given(PLAIN)
@settings(max_examples=300, deadline=None)
def test_every_plain_value_comes_back_with_its_types(value):
    assert identical(wire.decode(wire.encode(value)), value)


@pytest.mark.parametrize("bits", [0x7FF8000000000001, 0xFFF0000000000000, 0x8000000000000000, 1])
def test_floats_keep_their_bits(bits):
    value = struct.unpack("<d", struct.pack("<Q", bits))[0]
    assert struct.unpack("<Q", struct.pack("<d", wire.decode(wire.encode(value))))[0] == bits


class Liar(int):
    def __eq__(self, other):
        return True

    __hash__ = int.__hash__


@pytest.mark.parametrize("value", [Liar(3), [Liar(3)], {1: Liar(2)}, object(), 1j, range(3), type, (x for x in ())])
def test_anything_that_is_not_exactly_plain_is_refused_where_it_is_made(value):
    with pytest.raises(wire.WireError):
        wire.encode(value)


@given(st.binary(max_size=200))
@settings(max_examples=500, deadline=None)
def test_decoding_any_bytes_gives_a_value_or_a_wire_error(data):
    try:
        value = wire.decode(data)
    except wire.WireError:
        return
    assert wire.decode(wire.encode(value)) is not NotImplemented


def test_a_flipped_bit_anywhere_never_raises_anything_else():
    data = wire.encode({"a": [1, (2.5, None), {3}, b"x"], "b": -(2**70)})
    for place in range(8 * len(data)):
        broken = bytearray(data)
        broken[place // 8] ^= 1 << place % 8
        with contextlib.suppress(wire.WireError):
            wire.decode(bytes(broken))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"l\xff\xff\xff\xff",
        b"l\x01\0\0\0" * 100_000,
        b"i\xff\xff\xff\x7f",
        wire.encode(1) + b"N",
        b"d\x01\0\0\0l\0\0\0\0N",
    ],
)
def test_hostile_encodings_are_refused_at_once(data):
    began = time.perf_counter()
    with pytest.raises(wire.WireError):
        wire.decode(data)
    assert time.perf_counter() - began < 1


def test_depth_and_size_are_capped():
    deep: list = []
    for _ in range(wire.MAX_DEPTH + 5):
        deep = [deep]
    with pytest.raises(wire.WireError, match="deeply"):
        wire.encode(deep)
    with pytest.raises(wire.WireError, match="items"):
        wire.encode([None] * (wire.MAX_NODES + 1))


def test_keys_that_collide_are_refused_before_they_cost_time():
    pairs = b"".join(wire.encode(k * (2**61 - 1)) + b"N" for k in range(20_000))
    began = time.perf_counter()
    with pytest.raises(wire.WireError, match="hash"):
        wire.decode(b"d" + struct.pack("<I", 20_000) + pairs)
    assert time.perf_counter() - began < 2
    honest = {random.Random(0).getrandbits(200) + k: k for k in range(20_000)}
    assert wire.decode(wire.encode(honest)) == honest
