"""What a bot's owner asks of it: who may talk, what was said, what was spent."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from typing import Any

from agent_runtime.access import Access, CallError
from agent_runtime.channels.channel import Outbound
from agent_runtime.store.ledger import Ledger
from agent_runtime.store.ledger.records import utc_day

# Far more than any conversation holds within its retention.
_MOST_TURNS = 10_000
_WITHIN = 20.0  # seconds that an owner waits; a turn waits for longer
_USUAL_PAGE, _LARGEST_PAGE = 50, 200
Json = dict[str, Any]


class Calls:
    """`access.list`, `access.approve {sender}` and so on; `CallError` for what cannot be done."""

    def __init__(self, ledger: Ledger, access: Access, outbounds: Mapping[str, Outbound]) -> None:
        self._ledger = ledger
        self._access = access
        self._outbounds = outbounds
        self._methods: dict[str, Callable[[Json], Awaitable[Json]]] = {
            "access.list": self._access_list,
            "access.approve": self._access_approve,
            "access.revoke": self._access_revoke,
            "access.pair": self._access_pair,
            "conversations.list": self._conversations_list,
            "conversations.read": self._conversations_read,
            "conversations.erase": self._conversations_erase,
            "usage.today": self._usage_today,
        }

    async def call(self, method: str, params: Json) -> Json:
        found = self._methods.get(method)
        if found is None:
            raise CallError(404, f"There is no method {method}.")
        try:
            async with asyncio.timeout(_WITHIN):
                return await found(params)
        except TimeoutError:
            raise CallError(503, "The bot's memory does not answer; try again in a moment.") from None

    async def _access_list(self, params: Json) -> Json:
        everybody = await self._ledger.people.everybody()
        code = await self._access.pairing_code()
        return {
            "policy": self._access.spec.policy,
            "allow": list(self._access.spec.allow),
            "people": [asdict(person) for person in everybody if person.role != "asking"],
            "requests": [asdict(person) for person in everybody if person.role == "asking"],
            "pairing": None if code is None else await self._pairing(code),
        }

    async def _pairing(self, code: str) -> Json:
        links = {name: await outbound.link(code) for name, outbound in self._outbounds.items()}
        return {"code": code, "links": {name: link for name, link in links.items() if link}}

    async def _access_pair(self, params: Json) -> Json:
        """A fresh pairing code, whether there is an owner or not."""
        return {"pairing": await self._pairing(await self._access.new_code())}

    async def _access_approve(self, params: Json) -> Json:
        await self._access.approve(_text(params, "sender"), str(params.get("name") or ""), time.time())
        return await self._access_list({})

    async def _access_revoke(self, params: Json) -> Json:
        await self._access.revoke(_text(params, "sender"))
        return await self._access_list({})

    async def _conversations_list(self, params: Json) -> Json:
        """`limit`, 50 unless told and 200 at most, and `cursor`, the `next_cursor` of the page before."""
        limit, cursor = _limit(params), params.get("cursor") or None
        try:
            items, more = await self._ledger.turns.conversations(limit, cursor and str(cursor))
        except ValueError:
            raise CallError(
                422, "`cursor` is none that an answer gave; leave it out to start at the beginning."
            ) from None
        return {"items": items, "next_cursor": more}

    async def _conversations_read(self, params: Json) -> Json:
        conversation = _text(params, "conversation")
        exchanges = await self._ledger.turns.history(conversation, _MOST_TURNS, whole=True)
        if not exchanges:
            raise CallError(404, "There is no such conversation.")
        messages: list[Json] = []
        for exchange in exchanges:
            messages.append({"role": "user", "text": exchange.text, "at": exchange.at})
            messages.append(
                {"role": "assistant", "text": exchange.reply, "at": exchange.at, "finish": exchange.finish}
            )
        return {"conversation": conversation, "messages": messages}

    async def _conversations_erase(self, params: Json) -> Json:
        return {"erased": await self._ledger.turns.erase(_text(params, "conversation"))}

    async def _usage_today(self, params: Json) -> Json:
        return await self._ledger.spend.totals(utc_day(time.time()))


def _limit(params: Json) -> int:
    """In a query it comes as text."""
    text = str(params.get("limit", _USUAL_PAGE))
    if not (text.isascii() and text.isdecimal() and len(text) < 4 and 1 <= int(text) <= _LARGEST_PAGE):
        raise CallError(422, f"`limit` is a number from 1 to {_LARGEST_PAGE}.")
    return int(text)


def _text(params: Json, name: str) -> str:
    value = params.get(name)
    if not isinstance(value, str) or not value or len(value) > 500:
        raise CallError(422, f"`{name}` is missing: a text of at most 500 characters.")
    return value
