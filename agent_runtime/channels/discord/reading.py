"""What is stored of Discord as a bot reads it: what somebody says, to which command, with which file.

Also where the answer goes: `Place`, which goes through the runtime as text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agent_runtime.channels.channel import Attached, Incoming
from agent_runtime.channels.discord.inbound import APPROVE, ASK, DECLINE, command_of
from agent_runtime.channels.payloads import part_of, quoted
from agent_runtime.commands import START

_COMMAND = re.compile(r"/(?P<name>\w+)(?:\s+(?P<argument>.*))?", re.DOTALL)
# As an owner may be told to send it, and as nobody begins a question.
_PAIRING = re.compile(rf"{START}\s+(?P<argument>[\w-]{{16,64}})", re.IGNORECASE)
_ATTACHMENT_OPTION = 11  # https://docs.discord.com/developers/interactions/application-commands


@dataclass(frozen=True, slots=True)
class Place:
    """What an answer belongs to: a message, or an interaction by its application and its token.

    `message` is that message's id or the interaction's.
    """

    channel: str
    message: str
    application: str = ""
    token: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in (self.channel, self.message, self.application, self.token) if part)

    @classmethod
    def of(cls, text: str) -> Place:
        return cls(*text.split(" "))


def read(payload: Mapping[str, Any]) -> Incoming:
    """A stored payload, of either kind."""
    if "me" in payload:
        return _message(part_of(payload, "message"), str(payload["me"]))
    return _interaction(payload)


def _interaction(data: Mapping[str, Any]) -> Incoming:
    """Who gives a command is always answered, so nothing of it is kept quiet as in a group."""
    answered = Place(*(str(data.get(name, "")) for name in ("channel_id", "id", "application_id", "token")))
    place: dict[str, Any] = {"answer_to": str(answered), "awaited": True}
    member = part_of(data, "member")
    name = _name(part_of(member, "user") or part_of(data, "user"), member)
    options, command = _options(data), command_of(data)
    text = str(options.get("question") or "").strip()
    attached = _attached([*part_of(part_of(part_of(data, "data"), "resolved"), "attachments").values()])
    if command in (APPROVE, DECLINE):
        command, options = f"{command}_{options.get('person', '')}", {}
    if command != ASK:
        return Incoming(text, name, command, str(options.get("code") or ""), **place)
    if not text and not attached:
        return Incoming("", name, unreadable="an empty question", **place)
    if "guild_id" in data and name:
        text = f"{name}: {text}"
    return Incoming(text, name, attached=attached, **place)


def _options(data: Mapping[str, Any]) -> dict[str, Any]:
    found = part_of(data, "data").get("options")
    given = [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []
    return {
        str(each.get("name")): each.get("value") for each in given if each.get("type") != _ATTACHMENT_OPTION
    }


def _message(message: Mapping[str, Any], me: str) -> Incoming:
    """In a server the text says who speaks and what is answered, and has no name of the bot in it."""
    name = _name(part_of(message, "author"), part_of(message, "member"))
    in_server = "guild_id" in message
    answered = Place(str(message.get("channel_id")), str(message.get("id")))
    place: dict[str, Any] = {"in_group": in_server, "answer_to": str(answered)}
    content = message.get("content")
    text = re.sub(rf"<@!?{me}>[,:]?", "", content if isinstance(content, str) else "").strip()
    text = _with_names(text, message)
    if (command := _COMMAND.fullmatch(text)) is not None:
        return Incoming(text, name, command["name"].lower(), (command["argument"] or "").strip(), **place)
    if (pairing := _PAIRING.fullmatch(text)) is not None:
        return Incoming(text, name, START, pairing["argument"], **place)
    attachments = message.get("attachments")
    attached = _attached(attachments)
    quote = _quoted(message, me) if in_server else ""
    if not (text or attached or quote):
        if in_server and content:
            return Incoming("", name, START, **place)  # Only named: it says who it is.
        return Incoming("", name, unreadable=_wordless(message), **place)
    if in_server:
        text = quote + (f"{name}: {text}" if name else text)
    return Incoming(text, name, attached=attached, **place)


def _wordless(message: Mapping[str, Any]) -> str:
    if message.get("sticker_items"):
        return "a sticker"
    if "guild_id" in message:
        # https://docs.discord.com/developers/events/gateway#message-content-intent
        return "a message that Discord shows me only if you mention me"
    return "a message without words"


def _attached(files: Any) -> tuple[Attached, ...]:
    """Their URLs are signed and good for a day."""
    found = [each for each in files if isinstance(each, Mapping)] if isinstance(files, list) else []
    return tuple(map(_file, (each for each in found if isinstance(each.get("url"), str))))


def _file(file: Mapping[str, Any]) -> Attached:
    size = file.get("size")
    return Attached(file["url"], str(file.get("filename") or "file"), size if isinstance(size, int) else 0)


def _with_names(text: str, message: Mapping[str, Any]) -> str:
    """`<@123>` as `@Ann`: a model can do nothing with the number."""
    mentions = message.get("mentions")
    for each in mentions if isinstance(mentions, list) else ():
        if isinstance(each, Mapping):
            text = re.sub(rf"<@!?{re.escape(str(each.get('id')))}>", f"@{_name(each, {})}", text)
    return text


def _quoted(message: Mapping[str, Any], me: str) -> str:
    """What the message answers, if others said it: a bot that is asked about it has to know it."""
    answered = part_of(message, "referenced_message")
    said = answered.get("content")
    if not (isinstance(said, str) and said) or part_of(answered, "author").get("id") == me:
        return ""
    return quoted(said)


def _name(user: Mapping[str, Any], member: Mapping[str, Any]) -> str:
    name = str(member.get("nick") or user.get("global_name") or user.get("username") or "")
    # Half a surrogate pair can be neither stored nor sent.
    return name.encode("utf-8", "replace").decode()
