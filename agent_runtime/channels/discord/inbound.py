"""Discord's way in: whether an interaction comes from Discord, and the ids of what people say. No token here.

https://docs.discord.com/developers/interactions/overview#setting-up-an-endpoint: Discord signs stamp and body
with the application's key, whose public half the listener has announced.

A person's direct messages are a conversation, and so is each channel and each thread of a server:
`discord:<person>` and `discord:<server>:<channel>`. So `discord:<server>` is a whole server, wherever it is
said who may talk.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from agent_runtime.channels.payloads import part_of
from agent_runtime.channels.webhooks import Proof, Taken, WebhookRequest
from agent_runtime.commands import HELP, START, STOP, USAGE
from agent_runtime.mail import Arrival

CHANNEL = "discord"
SIGNATURE, STAMP = "x-signature-ed25519", "x-signature-timestamp"
# An interaction that is not answered within three seconds is void, so an old one is a repetition by others.
WINDOW_SECONDS = 300
APPROVE, DECLINE, ASK = "approve", "decline", "ask"

# https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-object-interaction-type
_PING, _COMMAND = 1, 2
# https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-response-object
_PONG, _MESSAGE, _DEFERRED, _DEFERRED_UPDATE = 1, 4, 5, 6
_EPHEMERAL = 1 << 6
# Answers that are nobody else's business; a pairing code must not be seen by others.
_PRIVATE = frozenset({START, HELP, STOP, USAGE, APPROVE, DECLINE})
_NOWHERE = "I talk in servers and in direct messages only."
_MESSAGES = (0, 19)  # a message, a reply: https://docs.discord.com/developers/resources/message
_SIGNED = re.compile(r"[0-9a-fA-F]{128}")
_NUMBER = re.compile(r"[0-9]{1,20}")
_STOP = re.compile(r"\s*(?:<@!?[0-9]+>)?\s*/stop\s*", re.IGNORECASE)


def is_promising(headers: Mapping[str, str], now: float) -> bool:
    stamp = headers.get(STAMP, "")
    if not (stamp.isascii() and stamp.isdecimal() and len(stamp) < 12):
        return False
    return abs(now - int(stamp)) <= WINDOW_SECONDS and bool(_SIGNED.fullmatch(headers.get(SIGNATURE, "")))


async def is_proven(request: WebhookRequest, proof: Proof) -> bool:
    # Imported where it is needed: most machines have no bot that is asked this way.
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    if proof.told is None:
        return False
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(proof.told))
        message = request.headers[STAMP].encode() + request.body
        key.verify(bytes.fromhex(request.headers[SIGNATURE]), message)
    except (InvalidSignature, ValueError):
        return False
    return True


def take(request: WebhookRequest) -> Taken:
    payload = request.body.decode()
    data = json.loads(payload)
    if not isinstance(data, dict):
        raise ValueError("not an object")
    arrival = identify_interaction(data, payload)
    answer = json.dumps(answer_to(data, taken=arrival is not None)).encode()
    return Taken((arrival,) if arrival is not None else (), answer, "application/json")


def greet(request: WebhookRequest, proof: Proof) -> bytes | None:
    return None  # Discord asks by POST.


def answer_to(interaction: Mapping[str, Any], *, taken: bool) -> dict[str, Any]:
    """What Discord hears at once: that an answer follows, where the interaction was stored."""
    if interaction.get("type") == _PING:
        return {"type": _PONG}
    if taken:
        private = command_of(interaction) in _PRIVATE
        return {"type": _DEFERRED, **({"data": {"flags": _EPHEMERAL}} if private else {})}
    if interaction.get("type") == _COMMAND:
        return {"type": _MESSAGE, "data": {"content": _NOWHERE, "flags": _EPHEMERAL}}
    return {"type": _DEFERRED_UPDATE}


def identify_interaction(interaction: Mapping[str, Any], payload: str) -> Arrival | None:
    """The ids of a command; None for what is none, or was given where the bot does not talk.

    `payload` is the interaction as JSON.
    """
    server, direct = interaction.get("guild_id"), interaction.get("context", 1) == 1
    person = _id(part_of(part_of(interaction, "member"), "user") or part_of(interaction, "user"))
    ids = (_number(interaction.get("id")), _number(interaction.get("channel_id")), person)
    if interaction.get("type") != _COMMAND or None in ids or not (_number(server) or direct):
        return None
    return Arrival(
        platform_id=str(ids[0]),
        conversation=_conversation(server, str(ids[1]), str(person)),
        sender=f"{CHANNEL}:{person}",
        payload=payload,
        stops=command_of(interaction) == STOP,
    )


def identify_message(message: Mapping[str, Any], me: str) -> Arrival | None:
    """The ids of a message that is for the bot, whose user id is `me`; None for all else.

    `message` is as MESSAGE_CREATE has it: one that was fetched needs its `guild_id` put in, if it has one.
    The payload is made here: `{"me": …, "message": …}`.
    """
    author, server = part_of(message, "author"), message.get("guild_id")
    if author.get("bot") or "webhook_id" in message or message.get("type", 0) not in _MESSAGES:
        return None
    ids = (_number(message.get("id")), _number(message.get("channel_id")), _id(author))
    if None in ids or (server is not None and not is_for(message, me)):
        return None
    text = message.get("content")
    return Arrival(
        platform_id=str(ids[0]),
        conversation=_conversation(server, str(ids[1]), str(ids[2])),
        sender=f"{CHANNEL}:{ids[2]}",
        payload=json.dumps({"me": me, "message": message}),
        stops=isinstance(text, str) and bool(_STOP.fullmatch(text)),
    )


def is_for(message: Mapping[str, Any], me: str) -> bool:
    """Whether a message in a server mentions the bot or answers it."""
    named = message.get("mentions")
    mentioned = any(isinstance(each, Mapping) and each.get("id") == me for each in named or ())
    return mentioned or _id(part_of(part_of(message, "referenced_message"), "author")) == me


def command_of(interaction: Mapping[str, Any]) -> str:
    """`ask`, `reset`, …; empty where it is no command."""
    name = part_of(interaction, "data").get("name")
    return name.lower() if isinstance(name, str) else ""


def _conversation(server: Any, channel: str, person: str) -> str:
    return f"{CHANNEL}:{server}:{channel}" if _number(server) else f"{CHANNEL}:{person}"


def _id(user: Mapping[str, Any]) -> str | None:
    return _number(user.get("id"))


def _number(value: Any) -> str | None:
    """A snowflake, which is text: https://docs.discord.com/developers/reference#snowflakes."""
    return value if isinstance(value, str) and _NUMBER.fullmatch(value) else None
