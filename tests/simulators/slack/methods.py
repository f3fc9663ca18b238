"""Methods of the Web API: https://docs.slack.dev/reference/methods. Its own words for refusals."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from tests.simulators.slack.state import TEAM, App, Channel, Workspace

# https://docs.slack.dev/reference/methods/chat.postMessage#markdown_text
LONGEST_MARKDOWN = 12_000
# https://docs.slack.dev/changelog/2018-truncating-really-long-messages: longer texts are cut.
LONGEST_TEXT = 40_000
_CALLS = re.compile(r"<!(?:channel|here|everyone)(?:\|[^>]*)?>|<@[UW][A-Z0-9]+(?:\|[^>]*)?>")
Arguments = dict[str, Any]


class SlackError(Exception):
    """An answer with `ok: false` and this `error`."""


class LimitedError(Exception):
    """https://docs.slack.dev/apis/web-api/rate-limits: HTTP 429 with Retry-After in seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds


def auth_test(workspace: Workspace, app: App, arguments: Arguments) -> dict[str, Any]:
    """https://docs.slack.dev/reference/methods/auth.test."""
    return {
        "url": "https://simulated.slack.example/",
        "team": "Simulated",
        "user": f"bot-{app.bot.lower()}",
        "team_id": TEAM,
        "user_id": app.user,
        "bot_id": app.bot,
    }


def post_message(workspace: Workspace, app: App, arguments: Arguments) -> dict[str, Any]:
    """https://docs.slack.dev/reference/methods/chat.postMessage."""
    channel = _channel(workspace, app, arguments)
    text = _text(arguments)
    thread = arguments.get("thread_ts")
    if thread is not None and not re.fullmatch(r"\d+\.\d{6}", str(thread)):
        raise SlackError("thread_not_found")
    if (seconds := workspace.pace(channel.id).take()) > 0:
        raise LimitedError(seconds)
    message = {
        "type": "message",
        "channel": channel.id,
        "user": app.user,
        "bot_id": app.bot,
        "ts": workspace.stamp(),
        "text": text,
        "calls": _CALLS.findall(text),
        **({"thread_ts": thread} if thread is not None else {}),
    }
    app.sent.append(message)
    return {"channel": channel.id, "ts": message["ts"], "message": message}


def update(workspace: Workspace, app: App, arguments: Arguments) -> dict[str, Any]:
    """https://docs.slack.dev/reference/methods/chat.update."""
    if str(arguments.get("channel", "")).startswith(("U", "W")):
        raise SlackError("channel_not_found")
    channel = _channel(workspace, app, arguments)
    text = _text(arguments)
    if (seconds := app.edits.take()) > 0:
        raise LimitedError(seconds)
    for message in app.sent:
        if (message["channel"], message["ts"]) == (channel.id, arguments.get("ts")):
            message["text"], message["edits"] = text, message.get("edits", 0) + 1
            return {"channel": channel.id, "ts": message["ts"], "text": text}
    raise SlackError("message_not_found")


def users_info(workspace: Workspace, app: App, arguments: Arguments) -> dict[str, Any]:
    """https://docs.slack.dev/reference/methods/users.info; with the scope users:read alone."""
    if not app.reads_users:
        raise SlackError("missing_scope")
    user = str(arguments.get("user", ""))
    if not re.fullmatch(r"[UW][A-Z0-9]+", user):
        raise SlackError("user_not_found")
    name = f"Person {user[-3:]}"
    profile = {"display_name": "", "real_name": name}
    return {"user": {"id": user, "name": user.lower(), "profile": profile, "is_bot": False}}


METHODS: dict[str, Callable[[Workspace, App, Arguments], dict[str, Any]]] = {
    "auth.test": auth_test,
    "chat.postMessage": post_message,
    "chat.update": update,
    "users.info": users_info,
}


def _text(arguments: Arguments) -> str:
    text, markdown = arguments.get("text"), arguments.get("markdown_text")
    if text is not None and markdown is not None:
        raise SlackError("markdown_text_conflict")
    said = str(markdown if markdown is not None else text or "")
    if not said.strip():
        raise SlackError("no_text")
    if markdown is not None and len(said) > LONGEST_MARKDOWN:
        raise SlackError("msg_too_long")
    return said[:LONGEST_TEXT]


def _channel(workspace: Workspace, app: App, arguments: Arguments) -> Channel:
    """A person's id stands for the conversation with that person."""
    asked = str(arguments.get("channel", ""))
    if re.fullmatch(r"[UW][A-Z0-9]+", asked):
        return workspace.dm(app, asked)
    channel = workspace.channels.get(asked)
    if channel is None:
        raise SlackError("channel_not_found")
    if channel.archived:
        raise SlackError("is_archived")
    if app.user not in channel.members:
        raise SlackError("not_in_channel")
    return channel
