"""A Slack event as a bot reads it: what a message says, and to whom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agent_runtime.commands import STOP

# A message with files; every other subtype is news of a channel, an edit or somebody's bot.
_SUBTYPES = (None, "file_share")
_LONGEST_STOP = 64  # with a mention of the bot


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
