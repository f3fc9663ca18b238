"""What the payloads of all platforms have in common: parts that may be missing, and words that are quoted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_LONGEST_QUOTE = 1000


def part_of(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """The object under a key; an empty one where there is none."""
    found = data.get(key)
    return found if isinstance(found, Mapping) else {}


def quoted(said: str) -> str:
    """Words that a message answers, as they stand before it in Markdown."""
    quote = said if len(said) <= _LONGEST_QUOTE else said[:_LONGEST_QUOTE] + "…"
    return "".join(f"> {line}\n" for line in quote.splitlines()) + "\n"
