"""Telegram's way in: whether a request comes from Telegram, and the ids of an update. It holds no token."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from agent_runtime.mail import Arrival

CHANNEL = "telegram"
# What Telegram sends with each webhook: https://core.telegram.org/bots/api#setwebhook
PROOF_HEADER = "x-telegram-bot-api-secret-token"
ALLOWED_UPDATES = ["message"]
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
    """The ids of an update; None where it holds no message of a person in a private chat.

    `payload` is the update as JSON. The update id is what is unique: Telegram repeats an update under it.
    """
    message = update.get("message")
    if not isinstance(message, dict):
        return None
    chat, sender = message.get("chat"), message.get("from")
    if not isinstance(chat, dict) or not isinstance(sender, dict):
        return None
    if chat.get("type") != "private" or sender.get("is_bot"):
        return None
    numbers = (update.get("update_id"), chat.get("id"), sender.get("id"))
    if not all(isinstance(number, int) for number in numbers):
        return None
    return Arrival(
        platform_id=str(numbers[0]),
        conversation=f"{CHANNEL}:{numbers[1]}",
        sender=f"{CHANNEL}:{numbers[2]}",
        payload=payload,
    )


def link_of(username: str, start: str | None = None) -> str:
    """https://core.telegram.org/bots/features#deep-linking."""
    return f"https://t.me/{username}" + (f"?start={start}" if start else "")
