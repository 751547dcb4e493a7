"""Which split an item belongs to: a function of its content and of nothing else, so no item can be in two."""

from __future__ import annotations

from hashlib import blake2b


def content_split(content: str, test_share: float) -> str:
    """Assigns an item to "train" or "test" by a hash of its content alone."""
    digest = blake2b(content.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return "test" if int.from_bytes(digest, "big") < test_share * 2**64 else "train"
