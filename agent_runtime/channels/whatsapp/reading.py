"""A WhatsApp message as a bot reads it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from agent_runtime.channels.channel import Attached, Incoming
from agent_runtime.channels.payloads import part_of
from agent_runtime.commands import STOP

# https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/components#messages-object
_FILES = ("document", "image", "audio", "voice", "video")
_KINDS = {
    "sticker": "a sticker", "location": "a location", "contacts": "a contact", "order": "an order",
    "reaction": "a reaction", "system": "a notice", "unsupported": "something that WhatsApp does not pass on",
}  # fmt: skip
_UNKNOWN = "something that I do not know"
_COMMAND = re.compile(r"/(?P<name>\w+(?:\.\w+)?)(?:\s+(?P<argument>.*))?", re.DOTALL)
_LONGEST_STOP = 64


def is_stop(message: Mapping[str, Any]) -> bool:
    """Whether somebody wants the turn that runs to end. Who may is for the bot to decide."""
    text = part_of(message, "text").get("body")
    return isinstance(text, str) and len(text) < _LONGEST_STOP and _command(text)[0] == STOP


def read_message(message: Mapping[str, Any], name: str) -> Incoming:
    """What it says: its text, the words on a file or a button."""
    kind = str(message.get("type", ""))
    attached: tuple[Attached, ...] = ()
    if kind in _FILES:
        attached = _attached(message, kind)
        text = part_of(message, kind).get("caption")
    elif kind == "interactive":
        # https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/components: a chosen answer.
        chosen = part_of(message, "interactive")
        text = (part_of(chosen, "button_reply") or part_of(chosen, "list_reply")).get("title")
    else:
        text = part_of(message, "text").get("body") or part_of(message, "button").get("text")
    text = text if isinstance(text, str) else ""
    if not text.strip() and not attached:
        return Incoming("", name, unreadable=_KINDS.get(kind, _UNKNOWN))
    command, argument = _command(text)
    return Incoming(text, name, command, argument, attached=attached)


def _attached(message: Mapping[str, Any], kind: str) -> tuple[Attached, ...]:
    file = part_of(message, kind)
    number = file.get("id")
    if not isinstance(number, str) or not re.fullmatch(r"[0-9A-Za-z_-]{1,100}", number):
        return ()
    return (Attached(number, str(file.get("filename") or kind)),)


def _command(text: str) -> tuple[str | None, str]:
    """`/start code` → ("start", "code"); an id keeps its case."""
    found = _COMMAND.fullmatch(text.strip())
    if found is None:
        return None, ""
    verb, dash, who = found["name"].partition("_")
    return f"{verb.lower()}{dash}{who}", (found["argument"] or "").strip()
