"""Text for a terminal that may not know all of Unicode."""

from __future__ import annotations

import sys


def printable(text: str) -> str:
    """The text with everything escaped that standard output cannot encode, lone surrogates for one."""
    encoding = sys.stdout.encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)
