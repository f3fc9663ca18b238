"""A Telegram message as a bot reads it: what it says, to whom, and in answer to what."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agent_runtime.channels.channel import Attached, Incoming
from agent_runtime.channels.payloads import part_of, quoted
from agent_runtime.commands import KNOWN, STOP

_KINDS = {
    "photo": "a photo", "voice": "a voice message", "audio": "an audio file", "video": "a video",
    "video_note": "a video message", "document": "a file", "sticker": "a sticker",
    "animation": "an animation", "location": "a location", "contact": "a contact",
    "poll": "a poll", "dice": "a dice",
}  # fmt: skip
_FILES = ("document", "photo", "voice", "audio")
_UNKNOWN = "something that I do not know"
_COMMAND = re.compile(r"/(?P<name>\w+)(?:@(?P<bot>\w+))?(?:\s+(?P<argument>.*))?", re.DOTALL)
_LONGEST_STOP = 64  # with a bot's name, of at most 32 characters


@dataclass(frozen=True, slots=True)
class Me:
    """The bot as Telegram knows it."""

    id: int
    username: str


def message_of(update: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The message of an update; an edited one is asked anew, if it is a text."""
    for kind in ("message", "edited_message"):
        message = update.get(kind)
        if isinstance(message, dict):
            return message if kind == "message" or isinstance(message.get("text"), str) else None
    return None


def is_for_some_bot(message: Mapping[str, Any]) -> bool:
    """Whether a message in a group may be for this bot: a command, a mention, an answer to a bot.

    That much can be told without knowing the bot, so that what people say to one another is not even stored.
    """
    answered = message.get("reply_to_message")
    if isinstance(answered, Mapping) and part_of(answered, "from").get("is_bot"):
        return True
    found = [*_entities(message, "entities"), *_entities(message, "caption_entities")]
    return any(entity.get("type") in ("bot_command", "mention", "text_mention") for entity in found)


def is_stop(message: Mapping[str, Any]) -> bool:
    """Whether somebody wants the turn that runs to end. Who may is for the bot to decide."""
    text = message.get("text")
    if not (isinstance(text, str) and text[:1] == "/" and len(text) < _LONGEST_STOP):
        return False
    return _command(text)[0] == STOP


def in_group(message: Mapping[str, Any]) -> bool:
    """Whether others than the bot and one person read along."""
    return part_of(message, "chat").get("type") != "private"


def read_message(message: Mapping[str, Any], me: Me | None) -> Incoming:
    """The text says what is answered; in a group also who speaks, and it has no name of the bot in it.

    Only there it matters who the bot is.
    """
    name = str(part_of(message, "from").get("first_name", ""))
    attached = _attached(message)
    text = message.get("caption" if attached else "text")
    text = text if isinstance(text, str) else ""
    command, bot, argument = _command(text)
    place: dict[str, Any] = {}
    if me is not None:
        place = {"in_group": True, "answer_to": str(message.get("message_id", "")) or None}
        # Without a name it may be any bot's: only what this one knows is for it.
        ours = bot == me.username.lower() if bot else command in KNOWN
        if not (ours or _is_to(message, me)):
            return Incoming(text, name, overheard=True, **place)
        if not ours:
            command, argument = None, ""
        text = _mention(me).sub("", text).strip()
    if not text.strip() and not attached:
        kind = next((said for key, said in _KINDS.items() if key in message), _UNKNOWN)
        return Incoming("", name, unreadable=kind, **place)
    if command is None:
        text = _quoted(message, me) + (f"{name}: {text}" if name and me is not None else text)
    return Incoming(text, name, command, argument, attached=attached, **place)


def _attached(message: Mapping[str, Any]) -> tuple[Attached, ...]:
    found = next((file for name in _FILES if (file := _file(message, name)) is not None), None)
    # An animation comes with a document of the same file.
    if found is None or "animation" in message:
        return ()
    size = found.get("file_size")
    name = str(found.get("file_name") or "file")
    return (Attached(found["file_id"], name, size if isinstance(size, int) else 0),)


def _file(message: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    """A photo comes in several sizes, the largest last: https://core.telegram.org/bots/api#message."""
    found = message.get(name)
    if isinstance(found, list):
        found = found[-1] if found else None
    return found if isinstance(found, Mapping) and isinstance(found.get("file_id"), str) else None


def _is_to(message: Mapping[str, Any], me: Me) -> bool:
    """Whether a message in a group mentions the bot or answers it."""
    answered = part_of(message, "reply_to_message")
    # In a topic, a message that answers none is told as one that answers the topic's making.
    if part_of(answered, "from").get("id") == me.id and "forum_topic_created" not in answered:
        return True
    for words, entities in (("text", "entities"), ("caption", "caption_entities")):
        if isinstance(said := message.get(words), str) and _mention(me).search(said):
            return True
        if any(part_of(entity, "user").get("id") == me.id for entity in _entities(message, entities)):
            return True
    return False


def _quoted(message: Mapping[str, Any], me: Me | None) -> str:
    """What the message answers, or the part of it that was marked: who is asked about it has to know it.

    In a group the bot's own words are left out unless a part is marked: to answer them is to speak to it.
    """
    answered, marked = part_of(message, "reply_to_message"), part_of(message, "quote").get("text")
    said = marked or answered.get("text") or answered.get("caption")
    own = me is not None and part_of(answered, "from").get("id") == me.id
    if not isinstance(said, str) or (own and not marked):
        return ""
    return quoted(said)


def _command(text: str) -> tuple[str | None, str, str]:
    """`/start@some_bot code` → ("start", "some_bot", "code")."""
    found = _COMMAND.fullmatch(text.rstrip())
    if found is None:
        return None, "", ""
    return found["name"].lower(), (found["bot"] or "").lower(), (found["argument"] or "").strip()


def _mention(me: Me) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)@{re.escape(me.username)}(?!\w)[,:]?", re.IGNORECASE)


def _entities(message: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    found = message.get(key)
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []
