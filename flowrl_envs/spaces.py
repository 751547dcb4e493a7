"""`FreeText`: the space of all strings up to a length, for observations and actions that are language.

`gymnasium.spaces.Text` enumerates a character set, which for Unicode is slow, large and, through the shared memory
of `AsyncVectorEnv`, wrong. `FreeText` checks a length and nothing else. Importing this module teaches Gymnasium's
shared memory to carry it: each slot is a byte count and the UTF-8 bytes, lone surrogates included.
"""

from __future__ import annotations

import copy
import multiprocessing
from collections.abc import Iterator
from typing import Any

import gymnasium
import numpy as np
import numpy.typing as npt
from gymnasium.vector.utils import batch_differing_spaces, create_empty_array
from gymnasium.vector.utils import shared_memory as gym_memory

from flowrl_envs.errors import UserError

_PREFIX = 8
_BYTES_PER_CHAR = 4
_SAMPLE_WORDS = ["the", "answer", "is", "so", "x", "=", "12", "0.5", "-1", "(", "+", "\\boxed{4}", "yes", "é", "数"]


class FreeText(gymnasium.Space[str]):
    """Every Python string whose length lies in [min_length, max_length], in characters.

    Args:
        max_length: longest string, inclusive.
        min_length: shortest string, inclusive.
        seed: for `sample`.
    """

    def __init__(self, max_length: int, *, min_length: int = 0, seed: int | np.random.Generator | None = None) -> None:
        if not (isinstance(max_length, int) and isinstance(min_length, int) and 0 <= min_length <= max_length):
            raise UserError(
                f"FreeText(max_length={max_length!r}, min_length={min_length!r}): give integers with "
                "0 <= min_length <= max_length."
            )
        self.min_length = min_length
        self.max_length = max_length
        super().__init__(shape=None, dtype=str, seed=seed)

    def contains(self, x: Any) -> bool:
        """Whether `x` is a string of an allowed length."""
        return isinstance(x, str) and self.min_length <= len(x) <= self.max_length

    def sample(self, mask: None = None, probability: None = None) -> str:
        """A short, plausible string: a few words, numbers and symbols. Not uniform; masks are refused."""
        if mask is not None or probability is not None:
            raise UserError("FreeText.sample takes no mask and no probability: the space has no finite alphabet.")
        words = self.np_random.choice(_SAMPLE_WORDS, size=int(self.np_random.integers(1, 13)))
        text = " ".join(words.tolist())[: self.max_length]
        return text.ljust(self.min_length, ".")

    @property
    def is_np_flattenable(self) -> bool:
        """False: the length varies."""
        return False

    def __repr__(self) -> str:
        least = f", min_length={self.min_length}" if self.min_length else ""
        return f"FreeText({self.max_length}{least})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FreeText):
            return NotImplemented
        return (self.min_length, self.max_length) == (other.min_length, other.max_length)

    def __hash__(self) -> int:
        return hash((FreeText, self.min_length, self.max_length))


@gym_memory.create_shared_memory.register(FreeText)
def _create(space: FreeText, n: int = 1, ctx: Any = multiprocessing) -> Any:
    return ctx.Array("B", n * _slot(space))


@gym_memory.write_to_shared_memory.register(FreeText)
def _write(space: FreeText, index: int, value: str, shared_memory: Any) -> None:
    if value not in space:
        raise UserError(f"A string of {len(value)} characters is not in {space}.")
    data = value.encode("utf-8", "surrogatepass")
    record = len(data).to_bytes(_PREFIX, "little") + data
    start = index * _slot(space)
    _bytes(shared_memory)[start : start + len(record)] = np.frombuffer(record, dtype=np.uint8)


@gym_memory.read_from_shared_memory.register(FreeText)
def _read(space: FreeText, shared_memory: Any, n: int = 1) -> SharedTexts:
    return SharedTexts(space, shared_memory, n)


class SharedTexts(tuple[str, ...]):
    """A live view of n strings in shared memory: it reads what was written last. Copying it gives a plain tuple.

    `AsyncVectorEnv` asks for its observations once, when it is built, and copies them after every step, so a value
    read at that time would stay as it was for ever. It is a tuple because a batch of texts is one.
    """

    def __new__(cls, space: FreeText, shared_memory: Any, n: int) -> SharedTexts:
        """Makes an empty tuple; length and content are read from the memory."""
        return super().__new__(cls)

    def __init__(self, space: FreeText, shared_memory: Any, n: int) -> None:
        self._slot = _slot(space)
        self._memory = shared_memory
        self._n = n

    def __len__(self) -> int:
        return self._n

    def __iter__(self) -> Iterator[str]:
        return (self[i] for i in range(self._n))

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return tuple(self[i] for i in range(*index.indices(self._n)))
        start = range(self._n)[index] * self._slot + _PREFIX
        data = _bytes(self._memory)
        size = int.from_bytes(data[start - _PREFIX : start].tobytes(), "little")
        return data[start : start + size].tobytes().decode("utf-8", "surrogatepass")

    def __eq__(self, other: object) -> bool:
        return tuple(self) == tuple(other) if isinstance(other, tuple) else NotImplemented

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __copy__(self) -> tuple[str, ...]:
        return tuple(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> tuple[str, ...]:
        return tuple(self)

    def __repr__(self) -> str:
        return f"SharedTexts({tuple(self)!r})"


@create_empty_array.register(FreeText)
def _create_empty(space: FreeText, n: int = 1, fn: Any = None) -> tuple[str, ...]:
    return ("." * space.min_length,) * n


@batch_differing_spaces.register(FreeText)
def _batch_differing(spaces: Any) -> gymnasium.spaces.Tuple[Any]:  # type: ignore[misc]
    return gymnasium.spaces.Tuple([copy.deepcopy(space) for space in spaces], seed=copy.deepcopy(spaces[0].np_random))


def _slot(space: FreeText) -> int:
    """Bytes that one string takes in shared memory."""
    return _PREFIX + _BYTES_PER_CHAR * space.max_length


def _bytes(shared_memory: Any) -> npt.NDArray[np.uint8]:
    return np.frombuffer(shared_memory.get_obj(), dtype=np.uint8)
