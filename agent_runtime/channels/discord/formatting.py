"""A model's Markdown as Discord messages: what Discord does not know written otherwise, in pieces it takes.

Discord renders Markdown by itself, but no tables, no images and no headings below the third level:
https://support.discord.com/hc/en-us/articles/210298617. A block of code that is cut is closed in one piece
and opened again in the next.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from agent_runtime.channels.entities import between_graphemes, units

# https://docs.discord.com/developers/resources/message#create-message: up to 2,000 characters. Counted here
# as UTF-16 units, of which there are never fewer than characters.
LONGEST = 2000

_FENCE = re.compile(r"^ {0,3}(?:`{3,}|~{3,})[ \t]*([^\s`]*)[^`\n]*$", re.MULTILINE)
_CLOSES = "\n```"
_DEEP_HEADING = re.compile(r"^#{4,6}[ \t]+(.+?)[ \t]*#*$", re.MULTILINE)
# No character of these can begin another one, or somebody's million of them would take quadratic time.
_IMAGE = re.compile(r"!\[([^\[\]\n]*)\]\(([^()\s]+)(?:[ \t][^()\n]*)?\)")
_TABLE = re.compile(r"(?:^[ \t]*\|.*\|[ \t]*\n?){2,}", re.MULTILINE)
_RULED = re.compile(r"^[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
_MARKS = re.compile(r"\*\*|__|`")
_PARAGRAPH, _LINE, _SPACE = re.compile(r"\n{2,}"), re.compile(r"\n"), re.compile(r"[ \t]")


@dataclass(frozen=True, slots=True)
class _Code:
    """A block of code: where its first fence begins, its content begins and ends; what it is written in."""

    begin: int
    content: int
    end: int
    language: str
    closed: bool


def pieces(markdown: str) -> list[str]:
    """The messages of a reply, in order; at least one."""
    clean = markdown.encode("utf-8", "replace").decode().replace("\x00", "")
    return split(_dressed(clean)) or ["…"]


def _dressed(text: str) -> str:
    """What Discord would show as it is typed, written in ways that it renders; code stays as it is."""
    found, at = [], 0
    for code in _codes(text):
        found += [_prose(text[at : code.begin]), f"```{code.language}\n"]
        # To Discord any three of them are the end of the block, wherever they stand.
        found.append(text[code.content : code.end].replace("```", "`\u200b``"))
        found.append(_CLOSES[0 if code.end > code.content else 1 :])
        at = min(len(text), text.find("\n", code.end + 1) if code.closed else len(text))
        at = len(text) if at < 0 else at
    return "".join([*found, _prose(text[at:])])


def _prose(text: str) -> str:
    text = _DEEP_HEADING.sub(r"**\1**", text)
    text = _IMAGE.sub(lambda image: f"[{image[1] or 'image'}]({image[2]})", text)
    return _TABLE.sub(_table, text)


def _table(found: re.Match[str]) -> str:
    """A table in letters of one width, for that is how its columns stay columns."""
    lines = found[0].strip("\n").split("\n")
    if not any(_RULED.match(line) for line in lines[1:2]):
        return found[0]
    rows = [[_MARKS.sub("", cell.strip()) for cell in line.strip().strip("|").split("|")] for line in lines]
    del rows[1]
    columns = max(map(len, rows))
    widths = [max(len(row[n]) if n < len(row) else 0 for row in rows) for n in range(columns)]
    told = ["  ".join(cell.ljust(widths[n]) for n, cell in enumerate(row)).rstrip() for row in rows]
    told.insert(1, "  ".join("-" * width for width in widths))
    return "```\n" + "\n".join(told) + "\n```\n"


def _codes(text: str) -> Iterator[_Code]:
    """The blocks of code, in order. One that is never closed goes on to the end."""
    opened: re.Match[str] | None = None
    for fence in _FENCE.finditer(text):
        if opened is None:
            opened = fence
        elif not fence[1]:
            content = min(opened.end() + 1, fence.start())
            yield _Code(opened.start(), content, max(content, fence.start() - 1), opened[1], closed=True)
            opened = None
    if opened is not None:
        content = min(opened.end() + 1, len(text))
        yield _Code(opened.start(), content, len(text), opened[1], closed=False)


def split(text: str, longest: int = LONGEST) -> list[str]:
    """Pieces within the limit that together hold the whole text; white space at a cut is left out."""
    codes = list(_codes(text))
    offsets = [0, *accumulate(2 if ord(character) > 0xFFFF else 1 for character in text)]
    found: list[str] = []
    start, reopened = 0, ""
    while start < len(text):
        room = longest - units(reopened) - len(_CLOSES)
        end = bisect_right(offsets, offsets[start] + room) - 1
        if end < len(text):
            end = _cut(text, codes, start, end)
        code = next((each for each in codes if each.content < end <= each.end), None)
        cut_off = code is not None or (end == len(text) and bool(codes) and not codes[-1].closed)
        said = text[start:end].strip("\n") if not reopened else text[start:end].rstrip("\n")
        if said.strip():
            found.append(reopened + said + (_CLOSES if cut_off else ""))
        reopened = f"```{code.language}\n" if code else ""
        start = end
    return found


def _cut(text: str, codes: list[_Code], start: int, furthest: int) -> int:
    """Where the piece ends: between paragraphs or lines outside of code, then inside of it, then at a space.

    A cut in the first half would leave a short message; rather a lesser place than that.
    """
    earliest = start + (furthest - start) // 2

    for pattern, in_code in ((_PARAGRAPH, False), (_LINE, False), (_LINE, True), (_SPACE, False)):
        for found in reversed(list(pattern.finditer(text, earliest, furthest))):
            at = found.end()
            code = next((each for each in codes if each.begin < at <= each.end + each.closed), None)
            # Next to a fence there would be a block with nothing in it.
            if code is None or (in_code and code.content < at <= code.end):
                return at
    return between_graphemes(text, start, furthest)
