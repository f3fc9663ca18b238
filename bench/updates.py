"""Updates as Telegram posts them to a webhook, each with an id of its own."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Sequence

_NUMBERS = itertools.count(1)


def update(number: int, person: int) -> dict[str, object]:
    """A text message of a person in a private chat: https://core.telegram.org/bots/api#update."""
    someone = {"id": person, "first_name": "Ada", "username": f"ada{person}", "language_code": "en"}
    return {
        "update_id": number,
        "message": {
            "message_id": number,
            "from": {**someone, "is_bot": False},
            "chat": {**someone, "type": "private"},
            "date": 1760000000,
            "text": "Where is my order 4711? It was to come on Tuesday, and nobody was here.",
        },
    }


def requests(doors: Sequence[tuple[str, str]]) -> Iterator[bytes]:
    """Whole requests, over all doors in turn, without end; a door is a path and the secret it asks for."""
    for (path, secret), number in zip(itertools.cycle(doors), _NUMBERS, strict=False):
        body = json.dumps(update(number, 1000 + number % 5000)).encode()
        yield (
            f"POST {path} HTTP/1.1\r\nHost: bots.example.com\r\nContent-Type: application/json\r\n"
            f"X-Telegram-Bot-Api-Secret-Token: {secret}\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode() + body
