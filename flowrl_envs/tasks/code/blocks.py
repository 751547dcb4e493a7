"""Finds fenced code blocks in a response. One pass over the lines, whatever the response holds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Block:
    """A closed fenced block: the first word after the opening fence in lower case, and the text inside."""

    language: str
    code: str


def closed_blocks(response: str) -> list[Block]:
    """Every block that is opened and closed, in order. A fence is closed by one as long or longer, alone on a line."""
    found: list[Block] = []
    fence = language = ""
    lines: list[str] = []
    for line in response.split("\n"):
        text = line.strip()
        mark = text[:1] * (len(text) - len(text.lstrip(text[:1]))) if text[:1] in ("`", "~") else ""
        if not fence:
            if len(mark) >= 3 and mark[0] not in text[len(mark) :]:
                fence, language = mark, _first_word(text[len(mark) :])
                lines = []
        elif mark == text and mark[:1] == fence[0] and len(mark) >= len(fence):
            found.append(Block(language, "\n".join(lines)))
            fence = ""
        else:
            lines.append(line)
    return found


def last_block(response: str) -> str | None:
    """The code of the last closed block with something in it, or None."""
    for block in reversed(closed_blocks(response)):
        if block.code.strip():
            return block.code
    return None


def _first_word(text: str) -> str:
    return (text.split() or [""])[0].lower()
