"""A message on its way to Discord: where it goes, whose place it takes, and how it is never there twice.

A part of a reply is `{content, nonce, channel or user, answers?, shown?, interaction?}`: `answers` is the
message it replies to, `shown` the one whose place it takes, `interaction` what it answers while its token
holds.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import time
from collections.abc import Mapping
from typing import Any

import structlog

from agent_runtime.channels.discord.api import DiscordApi, DiscordError, part
from agent_runtime.channels.discord.formatting import pieces
from agent_runtime.channels.discord.reading import Place
from agent_runtime.channels.discord.snowflakes import seconds_of

log = structlog.get_logger()

Payload = Mapping[str, Any]
# https://docs.discord.com/developers/interactions/receiving-and-responding#followup-messages: good for 15
# minutes, of which the last seconds are better not relied on.
_TOKEN_SECONDS = 15 * 60 - 15
# Nobody is pinged by what a model writes: …/resources/message#allowed-mentions-object
_NO_MENTIONS: dict[str, Any] = {"parse": [], "replied_user": False}
# https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
UNKNOWN_MESSAGE, _NO_HISTORY = 10008, 160002
_UNHEARD = 10015  # "Unknown Webhook"
_VOID = frozenset({UNKNOWN_MESSAGE, _UNHEARD, 10062, 50027})
# A promise is void three seconds after the interaction, by Discord's clock, which ours is near to.
_PROMISE_SECONDS = 3.0 + 2.0
_UNHEARD_TIMES, _UNHEARD_SECONDS = 10, 0.3


def payloads(
    conversation: str, markdown: str, answer_to: str | None, shown: str | None = None
) -> list[dict[str, Any]]:
    """A reply as the messages to send. An empty one takes back that an answer was promised, if it was."""
    place = Place.of(answer_to) if answer_to is not None else None
    found = []
    for n, content in enumerate(pieces(markdown) if markdown.strip() else [""]):
        one: dict[str, Any] = {
            "content": content,
            "nonce": _nonce(answer_to, n),
            **_goal(conversation, place),
        }
        if place is not None and place.token:
            held = {"application": place.application, "token": place.token, "until": _until(place.message)}
            one["interaction"] = {**held, "first": n == 0}
        elif place is not None and n == 0 and conversation.count(":") > 1:
            one["answers"] = place.message
        if n == 0 and shown is not None:
            one["shown"] = shown
        if content or "interaction" in one:
            found.append(one)
    return found


def _goal(conversation: str, place: Place | None) -> dict[str, str]:
    """`discord:<server>:<channel>`, or `discord:<person>`, whose channel a message of theirs tells."""
    _, number, *channel = conversation.split(":")
    if channel or place is not None:
        return {"channel": channel[0] if channel else place.channel if place else ""}
    return {"user": number}


def _nonce(answer_to: str | None, n: int) -> str:
    """Of at most 25 characters, and the same whenever this reply is made again."""
    if answer_to is None:
        return secrets.token_hex(12)
    return hashlib.sha256(f"{answer_to} {n}".encode()).hexdigest()[:24]


def _until(interaction: str) -> float:
    """In seconds since 1970."""
    return seconds_of(interaction) + _TOKEN_SECONDS


class Sending:
    """Puts messages of one bot where they belong; raises DiscordError and UnreachableError."""

    def __init__(self, api: DiscordApi) -> None:
        self._api = api
        self._channels: dict[str, str] = {}

    def pause(self, payload: Payload) -> float:
        """Seconds until Discord takes it."""
        if _holds(payload):
            return self._api.pause(*_follow_up(payload))
        channel = payload.get("channel") or self._channels.get(payload.get("user", ""))
        return self._api.pause(*_call(str(channel), payload.get("shown"))) if channel else 0.0

    async def put(self, payload: Payload, wait: float = 30.0) -> str:
        """Returns the message's id, which is empty where there is no message."""
        if _holds(payload):
            try:
                return await self._answer(payload, wait)
            except DiscordError as error:
                if error.code not in _VOID:
                    raise
                log.warning("interaction_void", reason=str(error))
        if not payload["content"]:
            return ""
        return await self._send(payload, wait)

    async def _answer(self, payload: Payload, wait: float) -> str:
        """Discord may not have read yet that an answer was promised: it is asked again while that may be."""
        promised_by = payload["interaction"]["until"] - _TOKEN_SECONDS + _PROMISE_SECONDS
        for _ in range(_UNHEARD_TIMES):
            try:
                return await self._followed_up(payload, wait)
            except DiscordError as error:
                if error.code != _UNHEARD or time.time() > promised_by:
                    raise
            await asyncio.sleep(_UNHEARD_SECONDS)
        return await self._followed_up(payload, wait)

    async def _followed_up(self, payload: Payload, wait: float) -> str:
        method, path = _follow_up(payload)
        body = None
        if payload["content"]:
            body = {"content": payload["content"], "allowed_mentions": _NO_MENTIONS}
        message = await self._api.call(method, path, body, wait, own=False)
        return str(message.get("id", "")) if isinstance(message, dict) else ""

    async def _send(self, payload: Payload, wait: float) -> str:
        """As a message of the channel.

        Discord knows a nonce for some minutes and answers with the message that has it: what was sent before
        a worker died is found again, and changed where it said less.
        """
        channel = payload.get("channel") or await self._channel_of(payload["user"], wait)
        content = {"content": payload["content"], "allowed_mentions": _NO_MENTIONS}
        if (shown := payload.get("shown")) is not None:
            try:
                return await self._edit(channel, shown, content, wait)
            except DiscordError as error:
                if error.code != UNKNOWN_MESSAGE:
                    raise
        body = {**content, "nonce": payload["nonce"], "enforce_nonce": True}
        message = await self._new(channel, body, payload.get("answers"), wait)
        number = str(message["id"])
        if str(message.get("content", "")).strip() != payload["content"].strip():
            return await self._edit(channel, number, content, wait)
        return number

    async def _new(self, channel: str, body: dict[str, Any], answers: str | None, wait: float) -> Any:
        method, path = _call(channel, None)
        if answers is None:
            return await self._api.call(method, path, body, wait)
        # It may be deleted by then: …/resources/message#message-reference-structure
        reference = {"message_id": answers, "fail_if_not_exists": False}
        try:
            return await self._api.call(method, path, {**body, "message_reference": reference}, wait)
        except DiscordError as error:
            if error.code != _NO_HISTORY:
                raise
        # Who may not read what was said before may not reply to it, but write.
        return await self._api.call(method, path, body, wait)

    async def _edit(self, channel: str, message: str, content: dict[str, Any], wait: float) -> str:
        await self._api.call(*_call(channel, message), content, wait)
        return message

    async def channel_of(self, payload: Payload, wait: float) -> str:
        return payload.get("channel") or await self._channel_of(payload["user"], wait)

    async def _channel_of(self, user: str, wait: float) -> str:
        """Where a person is written to: https://docs.discord.com/developers/resources/user#create-dm."""
        if user not in self._channels:
            opened = await self._api.call("POST", "/users/@me/channels", {"recipient_id": user}, wait)
            self._channels[user] = str(opened["id"])
        return self._channels[user]


def _holds(payload: Payload) -> bool:
    return "interaction" in payload and time.time() < payload["interaction"]["until"]


def _call(channel: str, message: str | None) -> tuple[str, str]:
    if message is None:
        return "POST", f"/channels/{part(channel)}/messages"
    return "PATCH", f"/channels/{part(channel)}/messages/{part(message)}"


def _follow_up(payload: Payload) -> tuple[str, str]:
    """The first part takes the place of "is thinking…", which an empty one takes away."""
    held = payload["interaction"]
    path = f"/webhooks/{part(held['application'])}/{part(held['token'])}"
    if not held["first"]:
        return "POST", path
    return "PATCH" if payload["content"] else "DELETE", f"{path}/messages/@original"
