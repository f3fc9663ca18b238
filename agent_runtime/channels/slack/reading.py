"""A Slack event as a bot reads it: what a message says, and to whom."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from agent_runtime.channels.channel import Attached, Incoming
from agent_runtime.commands import KNOWN, START, STOP

# A message with files; every other subtype is news of a channel, an edit or somebody's bot.
_SUBTYPES = (None, "file_share")
_LONGEST_STOP = 64  # with a mention of the bot
_LONGEST_COMMAND = 200
# Slack takes a text that begins with a slash for itself, so the word alone is the command.
_COMMAND = re.compile(r"/?(?P<name>\w+)(?:\s+(?P<argument>\S+))?")
_DECISION = re.compile(r"/?(?P<verb>approve|decline)_(?P<who>\w+)", re.IGNORECASE)
# https://docs.slack.dev/messaging/formatting-message-text: <@U1>, <#C1|name>, <https://…|text>, <!here>.
_REFERENCE = re.compile(r"<(?P<kind>[@#!]?)(?P<what>[^<>|]*)(?:\|(?P<label>[^<>]*))?>")


def is_for_the_bot(event: Mapping[str, Any]) -> bool:
    """Whether a person says it to this bot: in a DM, or by mentioning it elsewhere.

    https://docs.slack.dev/reference/events/app_mention: sent for this bot's mentions only, and never in DMs.
    """
    if event.get("bot_id") is not None or event.get("subtype") not in _SUBTYPES:
        return False
    if event.get("type") == "message":
        return event.get("channel_type") == "im"
    return event.get("type") == "app_mention"


def is_stop(event: Mapping[str, Any]) -> bool:
    """Whether somebody wants the turn that runs to end. Who may is for the bot to decide."""
    text = event.get("text")
    if not isinstance(text, str) or len(text) > _LONGEST_STOP:
        return False
    words = [word for word in text.split() if not word.startswith("<@")]
    return len(words) == 1 and words[0].lower().lstrip("/") == STOP


def read_event(payload: Mapping[str, Any], name: str) -> Incoming:
    """In a channel the text says who speaks, and has no mention of the bot in it."""
    event = payload.get("event")
    if not isinstance(event, Mapping):
        return Incoming("", unreadable="something that I do not know")
    in_group = event.get("type") == "app_mention"
    said = event.get("text")
    text = _plain(said if isinstance(said, str) else "", _me(payload) if in_group else None).strip()
    attached = _attached(event)
    command, argument = _command(text)
    if not text and not attached:
        kind = "a file that I can't open" if event.get("files") else "an empty message"
        return Incoming("", name, unreadable=kind, in_group=in_group, slash="")
    if in_group and command is None:
        text = f"{name or event.get('user')}: {text}"
    return Incoming(
        text, name, command=command, argument=argument, attached=attached, in_group=in_group, slash=""
    )


def _command(text: str) -> tuple[str | None, str]:
    """A word alone is a command, `start` with a code too; an id keeps its case."""
    if len(text) > _LONGEST_COMMAND:
        return None, ""
    if (decision := _DECISION.fullmatch(text)) is not None:
        return f"{decision['verb'].lower()}_{decision['who']}", ""
    found = _COMMAND.fullmatch(text)
    name = found["name"].lower() if found is not None else ""
    if found is None or name not in KNOWN or (found["argument"] and name != START):
        return None, ""
    return name, found["argument"] or ""


def _plain(text: str, me: str | None) -> str:
    """What a person reads: references as their names, and `&lt;` as `<`."""

    def read(match: re.Match[str]) -> str:
        kind, what, label = match["kind"], match["what"], match["label"]
        if kind == "@" and me is not None and what == me:
            return ""
        if kind:
            return f"{'@' if kind == '!' else kind}{label or what.removeprefix('subteam^')}"
        return f"{label} ({what})" if label and label != what else what

    plain = _REFERENCE.sub(read, text)
    # Slack writes these three so, and no other: the last one must be the last.
    return plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _me(payload: Mapping[str, Any]) -> str | None:
    """The bot's own user id: the event says for whom it was sent."""
    authorizations = payload.get("authorizations")
    for each in authorizations if isinstance(authorizations, list) else ():
        if isinstance(each, Mapping) and each.get("is_bot"):
            return str(each.get("user_id"))
    return None


def _attached(event: Mapping[str, Any]) -> tuple[Attached, ...]:
    """Its files that can be fetched: https://docs.slack.dev/reference/objects/file-object."""
    files = event.get("files")
    found = [each for each in files if isinstance(each, Mapping)] if isinstance(files, list) else []
    return tuple(map(_file, (each for each in found if isinstance(each.get("url_private_download"), str))))


def _file(file: Mapping[str, Any]) -> Attached:
    size = file.get("size")
    name = str(file.get("name") or "file")
    return Attached(file["url_private_download"], name, size if isinstance(size, int) else 0)
