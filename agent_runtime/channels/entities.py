"""A model's Markdown as text with entities, which say what is bold, code or a link, in pieces.

telegramify-markdown converts; the splitting is ours, because a piece must also keep within a number of
entities and is better cut between paragraphs and outside of code. Lengths and places are UTF-16 code units,
as Telegram counts them: https://core.telegram.org/bots/api#messageentity.
"""

from __future__ import annotations

import re
from typing import Any

import structlog
from telegramify_markdown import convert
from telegramify_markdown.config import RenderConfig

log = structlog.get_logger()

_MOST_FORMULAS = 200

Entity = dict[str, Any]
Piece = tuple[str, list[Entity]]
_BREAKS = (re.compile(r"\n{2,}"), re.compile(r"\n"), re.compile(r"\s"))


def units(text: str) -> int:
    """The length in UTF-16 code units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def _config() -> RenderConfig:
    """No pictograms of the library's own: headings are bold and bullets are bullets."""
    config = RenderConfig.isolated()
    symbols = config.markdown_symbol
    symbols.heading_level_1 = symbols.heading_level_2 = symbols.heading_level_3 = symbols.heading_level_4 = ""
    symbols.image = symbols.link = ""
    symbols.unordered_list_item = "•"
    return config


def converted(markdown: str) -> Piece:
    """The whole as text with entities. What cannot be converted stays as it is."""
    clean = markdown.encode("utf-8", "replace").decode().replace("\x00", "")
    try:
        # Looking for the ends of formulas takes quadratic time, and somebody will ask for a million of them.
        formulas = clean.count("\\(") + clean.count("\\[") <= _MOST_FORMULAS
        text, found = convert(clean, latex_escape=formulas, config=_config())
        entities = [entity.to_dict() for entity in found]
    except Exception as error:
        log.warning("markdown_not_converted", reason=type(error).__name__)
        return clean, []
    return (text, entities) if text.strip() else (clean, [])


def split(text: str, entities: list[Entity], longest: int, most: int) -> list[Piece]:
    """Pieces within both limits that together hold the whole text; white space at a cut is left out."""
    offsets = _offsets(text)
    result: list[Piece] = []
    start = 0
    while start < len(text):
        end = _end(text, entities, offsets, start, longest, most)
        if text[start:end].strip():
            result.append((text[start:end], _within(entities, offsets[start], offsets[end])))
        start = end
    return result


def _offsets(text: str) -> list[int]:
    offsets = [0]
    for character in text:
        offsets.append(offsets[-1] + (2 if ord(character) > 0xFFFF else 1))
    return offsets


def _end(text: str, entities: list[Entity], offsets: list[int], start: int, longest: int, most: int) -> int:
    """Where the piece that starts here ends: the best cut that is not too early."""
    furthest = _furthest(offsets, start, longest)
    furthest = min(furthest, _crowded(entities, offsets, start, most))
    if furthest >= len(text):
        return len(text)
    code = [(e["offset"], e["offset"] + e["length"]) for e in entities if e["type"] in ("pre", "code")]
    # A cut in the first half would leave a short message; rather cut at a lesser place, or inside code.
    earliest = start + (furthest - start) // 2
    for inside_code in (False, True):
        for pattern in _BREAKS[: 2 if inside_code else 3]:
            cuts = [match.end() for match in pattern.finditer(text, earliest, furthest)]
            for cut in reversed(cuts):
                if inside_code or not any(begin < offsets[cut] < finish for begin, finish in code):
                    return cut
    return between_graphemes(text, start, furthest)


def _furthest(offsets: list[int], start: int, longest: int) -> int:
    """The last index up to which the piece is no longer than allowed."""
    low, high = start + 1, len(offsets) - 1
    while low < high:
        middle = (low + high + 1) // 2
        if offsets[middle] - offsets[start] <= longest:
            low = middle
        else:
            high = middle - 1
    return low


def _crowded(entities: list[Entity], offsets: list[int], start: int, most: int) -> int:
    """The index at which one entity too many would begin."""
    begins = sorted(e["offset"] for e in entities if e["offset"] + e["length"] > offsets[start])
    if len(begins) <= most:
        return len(offsets) - 1
    limit = begins[most]
    index = start
    while index < len(offsets) - 1 and offsets[index] < limit:
        index += 1
    return max(index, start + 1)


def between_graphemes(text: str, start: int, end: int) -> int:
    """Step back from the middle of an emoji that is made of several characters, but not far."""
    for cut in range(end, max(start + 1, end - 16), -1):
        here, before = text[cut], text[cut - 1]
        joined = here in "\u200d\ufe0f" or before == "\u200d" or 0x1F3FB <= ord(here) <= 0x1F3FF
        if not joined and not 0x0300 <= ord(here) <= 0x036F:
            return cut
    return end


def _within(entities: list[Entity], begin: int, end: int) -> list[Entity]:
    found = []
    for entity in entities:
        first = max(entity["offset"], begin)
        last = min(entity["offset"] + entity["length"], end)
        if last > first:
            found.append({**entity, "offset": first - begin, "length": last - first})
    return found
