"""The chat of the page and the API: `POST /bots/{id}/chat`, whose answer streams back.

Who gets `done` has an acknowledgement: the turn is in the conversation, once. Whose stream breaks knows
nothing, and reads the conversation; a message counts as said where it was stored.
"""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2

from tests.durability.facts import rows
from tests.durability.history import Said, Sent
from tests.durability.machine import Machine

_NOT_STORED = "web:not-stored"


class Web:
    """The `Platform`. Every bot has it."""

    name = "web"
    environment: Mapping[str, str] = {}

    def account(self, bot: str, machine: Machine) -> _Account:
        return _Account(bot, machine)


@dataclass(frozen=True, slots=True)
class _Try:
    """One message, and the whole reply where it came."""

    place: str
    text: str
    at: float
    reply: str | None


class _Account:
    channels: Mapping[str, Any] = {}
    secrets: Mapping[str, str] = {}

    def __init__(self, bot: str, machine: Machine) -> None:
        self._bot, self._machine = bot, machine
        self._tries: list[_Try] = []

    async def say(self, user: int, text: str) -> None:
        place, at = f"web:{user}", time.time()
        try:
            reply = await self._asked({"text": text, "conversation": place})
        except httpx2.TransportError:
            reply = None
        self._tries.append(_Try(place, text, at, reply))

    def waiting(self) -> str | None:
        return None

    async def ended(self) -> tuple[list[Said], list[Sent]]:
        said, sent = [], []
        for place in dict.fromkeys(each.place for each in self._tries):
            theirs, taken = [each for each in self._tries if each.place == place], self._taken(place)
            known = [each for each in theirs if each.text in taken or each.reply is not None]
            said += [
                Said(self._bot, place, each.text, taken.pop(each.text, _NOT_STORED), each.at)
                for each in known
            ]
            said += [Said(self._bot, place, text, key, time.time()) for text, key in taken.items()]
            replies = await self._replies(place)
            shown = [each.reply for each in theirs if each.reply is not None and each.reply not in replies]
            # In the order of the conversation, after all that was said.
            sent += [Sent(self._bot, place, reply, time.time()) for reply in [*replies, *shown]]
        return said, sent

    async def _asked(self, body: Mapping[str, str]) -> str | None:
        """The reply that `done` brought; None where another event ended it, or nothing did."""
        event = ""
        async with (
            self._machine.http() as http,
            http.stream("POST", f"/bots/{self._bot}/chat", json=body) as answer,
        ):
            async for line in answer.aiter_lines():
                name, _, value = line.partition(": ")
                if name == "event":
                    event = value
                elif name == "data" and event == "done":
                    return str(json.loads(value)["text"])
        return None

    def _taken(self, place: str) -> dict[str, str]:
        """What was stored in a conversation, keys by texts; of what never became a turn the key is both."""
        home = self._machine.home
        query = "SELECT key, text FROM turns WHERE conversation = ?"
        texts = dict(rows(home.bot(self._bot) / "bot.db", query, place))
        query = "SELECT key FROM mail WHERE bot = ? AND conversation = ? ORDER BY seq"
        keys = [key for (key,) in rows(home.mail_database, query, self._bot, place)]
        return {texts.get(key, key): key for key in [*keys, *texts]}

    async def _replies(self, place: str) -> list[str]:
        """What the conversation holds, as its owner reads it."""
        async with self._machine.http() as http:
            answer = await http.get(f"/bots/{self._bot}/conversations/{place}")
        if answer.status_code == 404:
            return []
        answer.raise_for_status()
        return [each["text"] for each in answer.json()["messages"] if each["role"] == "assistant"]


@asynccontextmanager
async def opened() -> AsyncIterator[Web]:
    yield Web()
