"""Telegram's way in: whether a request comes from Telegram, and the ids of an update. It holds no token."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from agent_runtime.channels.telegram.reading import is_for_some_bot, is_stop, message_of
from agent_runtime.mail import Arrival

CHANNEL = "telegram"
# What Telegram sends with each webhook: https://core.telegram.org/bots/api#setwebhook
PROOF_HEADER = "x-telegram-bot-api-secret-token"
ALLOWED_UPDATES = ["message", "edited_message"]
_GROUPS = ("group", "supergroup")
_LABEL = b"botyard: secret of the Telegram webhook, 1"


def secret_of(token: str) -> str:
    """The secret that Telegram is to send along: made from the bot's own token, so that nothing is stored.

    Who learns the secret can't come back to the token; another label makes another secret of every token.
    """
    return hmac.new(token.encode(), _LABEL, hashlib.sha256).hexdigest()


def digest_of(secret: str | bytes) -> str:
    """What is kept of a secret: enough to know it by, and nothing that would prove anything to us."""
    raw = secret.encode("latin-1") if isinstance(secret, str) else secret
    return hashlib.sha256(raw).hexdigest()


def is_proven(shown: str | None, digest: str | None) -> bool:
    """Whether a request shows the secret of this digest, compared in constant time."""
    return bool(shown) and bool(digest) and hmac.compare_digest(digest_of(shown or ""), digest or "")


def identify(update: Mapping[str, Any], payload: str) -> Arrival | None:
    """The ids of an update; None where it holds no message of a person, or one that is for no bot.

    `payload` is the update as JSON. The update id is what is unique: Telegram repeats an update under it.
    A chat is a conversation, and each topic in it is one: `telegram:<chat>` and `telegram:<chat>:<topic>`.
    """
    message = message_of(update)
    if message is None:
        return None
    chat, sender = message.get("chat"), message.get("from")
    if not isinstance(chat, dict) or not isinstance(sender, dict) or sender.get("is_bot"):
        return None
    if chat.get("type") != "private" and not (chat.get("type") in _GROUPS and is_for_some_bot(message)):
        return None
    update_id, chat_id, sender_id = update.get("update_id"), chat.get("id"), sender.get("id")
    if not (type(update_id) is type(chat_id) is type(sender_id) is int):
        return None
    topic = message.get("message_thread_id") if message.get("is_topic_message") else None
    return Arrival(
        platform_id=str(update_id),
        conversation=f"{CHANNEL}:{chat_id}" + (f":{topic}" if isinstance(topic, int) else ""),
        sender=f"{CHANNEL}:{sender_id}",
        payload=payload,
        stops=is_stop(message),
    )


def link_of(username: str, start: str | None = None) -> str:
    """https://core.telegram.org/bots/features#deep-linking."""
    return f"https://t.me/{username}" + (f"?start={start}" if start else "")
