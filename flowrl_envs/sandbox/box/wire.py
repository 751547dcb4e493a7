"""Typed plain data as bytes, and back: the only thing that crosses the wall of a box.

`encode` looks at exact types (`type(x) is int`), so a subclass that lies about equality or length is refused where it
is made, and what arrives is made of the host's own objects. `decode` is strict and bounded: bytes, nodes and depth are
capped, integers and floats arrive bit for bit, nothing is evaluated. No pickle, eval, JSON or repr.

A value is a tag byte, then: `i` sign-and-size-prefixed integer, `f` 8 bytes, `s`/`b` length and bytes, `l t S Z d`
count and items (list, tuple, set, frozenset, dict), `N T F` nothing.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

Plain = object
ALLOWED = "None, bool, int, float, str, bytes, and lists, tuples, sets, frozensets and dicts of these"

MAX_DEPTH = 200
MAX_NODES = 2_000_000
MAX_SAME_HASH = 64

_U32 = struct.Struct("<I")
_F64 = struct.Struct("<d")
size_at, _float_at, _int_of = _U32.unpack_from, _F64.unpack_from, int.from_bytes
_HEAD = struct.Struct("<BI")


class WireError(ValueError):
    """The value is not plain data, or the bytes are not an encoded value."""


def encode(value: Plain) -> bytes:
    """The bytes of `value`.

    Raises:
        WireError: a type that is not plain data, more than `MAX_DEPTH` levels or `MAX_NODES` items.
    """
    parts: list[bytes] = []
    try:
        _put(value, parts, MAX_DEPTH)
    except (struct.error, OverflowError) as problem:
        raise WireError(f"the value is too large: {problem}") from None
    return b"".join(parts)


def decode(data: bytes) -> Plain:
    """The value of exactly these bytes.

    Raises:
        WireError: anything but the complete encoding of one value within the caps.
    """
    try:
        value, end = _get(data, 0, MAX_DEPTH, [MAX_NODES])
    except (struct.error, IndexError, UnicodeDecodeError, TypeError, OverflowError, MemoryError) as problem:
        raise WireError(f"not an encoded value: {type(problem).__name__}") from None
    if end != len(data):
        raise WireError(f"{len(data) - end} bytes after the value")
    return value


def frame(payload: bytes) -> bytes:
    """The payload with its length in front."""
    return _U32.pack(len(payload)) + payload


def _put(
    value: Plain,
    parts: list[bytes],
    depth: int,
    # Bound early: a candidate may replace these names in modules and builtins, and then lies only to itself.
    _type: Callable[[Plain], type] = type,
    _int: type = int,
    _str: type = str,
) -> None:
    kind = _type(value)
    if kind is _int:
        number = value
        size = (number.bit_length() + 8) // 8  # type: ignore[attr-defined]
        parts.append(_HEAD.pack(105, size) + number.to_bytes(size, "little", signed=True))  # type: ignore[attr-defined]
    elif kind is _str:
        data = value.encode("utf-8", "surrogatepass")  # type: ignore[attr-defined]
        parts.append(_HEAD.pack(115, len(data)) + data)
    elif value is None:
        parts.append(b"N")
    elif value is True:
        parts.append(b"T")
    elif value is False:
        parts.append(b"F")
    elif kind is float:
        parts.append(b"f" + _F64.pack(value))
    elif kind is bytes:
        parts.append(_HEAD.pack(98, len(value)) + value)  # type: ignore[arg-type,operator]
    elif kind in _CONTAINERS:
        items = list(value)  # type: ignore[call-overload]
        if depth == 0 or len(parts) + len(items) > MAX_NODES:
            raise WireError("the value is nested too deeply or has too many items")
        parts.append(_HEAD.pack(_CONTAINERS[kind], len(items)))
        for item in items:
            _put(item, parts, depth - 1)
            if kind is dict:
                _put(value[item], parts, depth - 1)  # type: ignore[index]
    else:
        raise WireError(f"a value of type {kind.__name__!r} is not plain data")


_CONTAINERS = {list: 108, tuple: 116, set: 83, frozenset: 90, dict: 100}
_MAKERS: dict[int, Callable[[list[Plain]], Plain]] = {
    108: lambda items: items,
    116: tuple,
    83: set,
    90: frozenset,
    100: lambda items: dict(zip(items[::2], items[1::2], strict=True)),
}
_SINGLE: dict[int, Plain] = {78: None, 84: True, 70: False}


def _get(
    data: bytes,
    at: int,
    depth: int,
    nodes: list[int],
) -> tuple[Plain, int]:
    """The value that begins at `at`, and where it ends. `nodes` counts down what is left of the cap."""
    tag = data[at]
    if tag in _SINGLE:
        return _SINGLE[tag], at + 1
    if tag == 102:
        return _float_at(data, at + 1)[0], at + 9
    size = size_at(data, at + 1)[0]
    start = at + 5
    if tag in _MAKERS:
        return _items(data, start, tag, size, depth, nodes)
    end = start + size
    raw = data[start:end]
    if len(raw) != size:
        raise WireError("the value is cut short")
    if tag == 105:
        return _int_of(raw, "little", signed=True), end
    if tag == 115:
        return raw.decode("utf-8", "surrogatepass"), end
    if tag == 98:
        return raw, end
    raise WireError(f"unknown tag {tag}")


def _items(data: bytes, at: int, tag: int, size: int, depth: int, nodes: list[int]) -> tuple[Plain, int]:
    count = 2 * size if tag == 100 else size
    nodes[0] -= count
    if depth == 0 or nodes[0] < 0 or count > len(data) - at:
        raise WireError("the value is nested too deeply or has too many items")
    items: list[Plain] = []
    for _ in range(count):
        item, at = _get(data, at, depth - 1, nodes)
        items.append(item)
    if tag in (83, 90, 100):
        _check_hashes(items[::2] if tag == 100 else items)
    return _MAKERS[tag](items), at


def _check_hashes(keys: list[Plain]) -> None:
    """Refuses keys chosen to collide: 100,000 equal hashes would hold the host for hours."""
    if len(keys) <= MAX_SAME_HASH:
        return
    seen: dict[int, int] = {}
    for key in keys:
        code = hash(key)
        seen[code] = times = seen.get(code, 0) + 1
        if times > MAX_SAME_HASH:
            raise WireError("too many keys with the same hash")
