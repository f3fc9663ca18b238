"""Markdown in pieces, for platforms that read it themselves: cut between paragraphs, with code kept whole."""

from __future__ import annotations

import re
from collections.abc import Iterator

_FENCE = re.compile(r"^ {0,3}(?P<fence>`{3,16}|~{3,16})(?P<language>[^`\n]*)$", re.MULTILINE)
_BREAKS = ("\n\n", "\n", " ")
_CLOSING = 32
_LONGEST_LANGUAGE = 32


def split_markdown(markdown: str, longest: int) -> list[str]:
    """At least one piece, each of at most `longest` characters; code that is cut is fenced in each."""
    return [piece for piece in _pieces(markdown, longest) if piece.strip()] or ["…"]


def _pieces(markdown: str, longest: int) -> Iterator[str]:
    rest = markdown
    while len(rest) > longest:
        # A fence may have to be closed behind the piece.
        cut = _cut(rest, longest - _CLOSING)
        piece, rest = rest[:cut].rstrip("\n"), rest[cut:].lstrip("\n")
        if (fence := _open_fence(piece)) is not None:
            mark, language, _ = fence
            piece += f"\n{mark}"
            closed = re.match(rf"{re.escape(mark)}+ *(\n|$)", rest)
            rest = rest[closed.end() :] if closed else f"{mark}{language}\n{rest}"
        yield piece
    yield rest


def _cut(text: str, furthest: int) -> int:
    """Where to cut: before code that begins late, else at the best break that is not too early."""
    earliest = furthest // 2
    fence = _open_fence(text[:furthest])
    if fence is not None and fence[2] >= earliest:
        return fence[2]
    for pattern in _BREAKS[1:] if fence else _BREAKS:
        if (at := text.rfind(pattern, earliest, furthest)) > 0:
            return at + len(pattern)
    return furthest


def _open_fence(text: str) -> tuple[str, str, int] | None:
    """The fence that is open at the end of the text, its language and where it begins."""
    found: tuple[str, str, int] | None = None
    for match in _FENCE.finditer(text):
        fence, language = match["fence"], match["language"].strip()
        if found is None:
            found = (fence, language[:_LONGEST_LANGUAGE], match.start())
        elif fence.startswith(found[0]) and not language:
            found = None
    return found
