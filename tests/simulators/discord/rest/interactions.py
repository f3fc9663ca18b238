"""Answers to interactions: https://docs.discord.com/developers/interactions/receiving-and-responding."""

from __future__ import annotations

import time
from typing import Any

from tests.simulators.discord.interactions import ANSWER_SECONDS, DEFERRED, MESSAGE, PONG, answer, shown
from tests.simulators.discord.messages import EPHEMERAL, LOADING, add_message, edit_message
from tests.simulators.discord.refusals import acknowledged, invalid_form, token_expired, unknown
from tests.simulators.discord.rest.call import Action, Asked, check_flags, checked_message
from tests.simulators.discord.state import Application, Interaction

Json = dict[str, Any]


async def callback(asked: Asked) -> Any:
    """https://docs.discord.com/developers/interactions/receiving-and-responding#create-interaction-response."""
    bot, made = _interaction(asked, asked.path["token"])
    if made.id != asked.path["interaction"]:
        raise unknown("interaction")
    if made.answered is not None:
        raise acknowledged()
    if time.monotonic() > made.created + ANSWER_SECONDS:
        raise unknown("interaction")
    body = asked.object()
    if body.get("type") not in (PONG, MESSAGE, DEFERRED, 6, 7, 8, 9, 12):
        raise invalid_form("type", "BASE_TYPE_CHOICES", "Value must be one of the callback types.")
    inner = Asked(asked.world, bot, {}, {}, body.get("data") or {}, asked.files)
    checked = checked_message(inner, editing=body["type"] != MESSAGE)
    # A deferred answer has one flag only: the documentation of the callback's data says so.
    if body["type"] == DEFERRED and inner.body.get("flags", 0) & ~EPHEMERAL:
        raise invalid_form("data.flags", "INVALID_FLAGS", "A deferred response may be ephemeral only.")
    check_flags(inner.body.get("flags", 0), EPHEMERAL)
    message = await answer(asked.world, bot, made, body)
    if message is not None and "attachments" in checked:
        message["attachments"] = checked["attachments"]
    return {"interaction": {"id": made.id, "type": 2}, "resource": {"type": body["type"], "message": message}}


def _interaction(asked: Asked, token: str) -> tuple[Application, Interaction]:
    for bot in asked.world.applications.values():
        if token in bot.interactions:
            return bot, bot.interactions[token]
    raise unknown("interaction")


def _answered(asked: Asked) -> tuple[Application, Interaction]:
    """The interaction of a follow-up: answered already, its token still good."""
    bot = asked.world.applications.get(asked.path["application"])
    made = bot.interactions.get(asked.path["token"]) if bot else None
    if bot is None or made is None or made.answered is None:
        raise unknown("webhook")
    if time.monotonic() > made.created + asked.world.interaction_seconds:
        raise token_expired()
    return bot, made


async def follow_up(asked: Asked) -> Any:
    """https://docs.discord.com/developers/interactions/receiving-and-responding#create-followup-message."""
    bot, made = _answered(asked)
    if made.type == DEFERRED and made.original in asked.world.answers:
        loading = asked.world.answers[made.original]
        if loading["flags"] & LOADING:
            # "This endpoint will function as Edit Original Interaction Response."
            return await _edit(asked, loading)
    checked = checked_message(asked)
    body = asked.object()
    check_flags(body.get("flags", 0), EPHEMERAL)
    channel = asked.world.channels[made.channel]
    allowed, more = body.get("allowed_mentions"), {"flags": body.get("flags", 0), "webhook_id": bot.id}
    if "attachments" in checked:
        more["attachments"] = checked["attachments"]
    more["interaction"] = shown(asked.world, made)
    message = await add_message(asked.world, channel, bot.id, checked["content"], allowed=allowed, **more)
    asked.world.answers[message["id"]] = message
    return message


def _message(asked: Asked) -> Json:
    _, made = _answered(asked)
    number = made.original if asked.path["message"] == "@original" else asked.path["message"]
    found = asked.world.answers.get(number or "")
    if found is None or found["interaction"]["id"] != made.id:
        raise unknown("message")
    return found


async def edit(asked: Asked) -> Any:
    return await _edit(asked, _message(asked))


async def _edit(asked: Asked, message: Json) -> Json:
    bot, made = _answered(asked)
    change = checked_message(asked, editing=True)
    if message["flags"] & LOADING and change.get("content"):
        change["flags"] = message["flags"] & ~LOADING
    edited = await edit_message(asked.world, asked.world.channels[made.channel], message, change)
    await bot.notify()
    return edited


async def get(asked: Asked) -> Any:
    return _message(asked)


async def delete(asked: Asked) -> Any:
    message = _message(asked)
    del asked.world.answers[message["id"]]
    channel = asked.world.channels[message["channel_id"]]
    if message in channel.messages:
        channel.messages.remove(message)


_WEBHOOK = "/webhooks/{application}/{token}"
# These authorise by the token in their path, and count not against the bot's 50 a second:
# https://docs.discord.com/developers/interactions/receiving-and-responding#endpoints
ROUTES: dict[tuple[str, str], Action] = {
    ("POST", "/interactions/{interaction}/{token}/callback"): callback,
    ("POST", _WEBHOOK): follow_up,
    ("GET", _WEBHOOK + "/messages/{message}"): get,
    ("PATCH", _WEBHOOK + "/messages/{message}"): edit,
    ("DELETE", _WEBHOOK + "/messages/{message}"): delete,
}
