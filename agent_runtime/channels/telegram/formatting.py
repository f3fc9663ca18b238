"""A model's Markdown as Telegram messages: text with entities, in pieces that Telegram takes."""

from __future__ import annotations

from agent_runtime.channels.entities import Piece, converted, split

# https://core.telegram.org/bots/api#sendmessage: 1-4096 characters after entities parsing.
LONGEST = 4096
# More are dropped by the server without a word: https://limits.tginfo.me/en
MOST_ENTITIES = 100


def pieces(markdown: str) -> list[Piece]:
    """The messages of a reply, in order; at least one."""
    return split(*converted(markdown), LONGEST, MOST_ENTITIES) or [("…", [])]
