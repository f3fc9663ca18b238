"""A bot's application at Discord: who it is, what it lacks, its commands, and where its interactions go.

All of it is asked of Discord by the token alone: https://docs.discord.com/developers/resources/application.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import structlog

from agent_runtime.channels.discord.api import DiscordApi, DiscordError, part
from agent_runtime.channels.discord.inbound import APPROVE, ASK, DECLINE
from agent_runtime.commands import COMMANDS, START

log = structlog.get_logger()

_KEY = re.compile("[0-9a-fA-F]{64}")
PORTAL = "https://discord.com/developers/applications"
MESSAGE_CONTENT = "Message Content Intent"
# https://docs.discord.com/developers/resources/application#application-object-application-flags: granted
# after a review, or switched on by the owner of a bot in fewer than a hundred servers.
_CONTENT_FLAGS = 1 << 18 | 1 << 19
# See channels, write there and in threads, attach files, read what was said:
# https://docs.discord.com/developers/topics/permissions.
_PERMISSIONS = 1 << 10 | 1 << 11 | 1 << 15 | 1 << 16 | 1 << 38
# https://docs.discord.com/developers/interactions/application-commands#application-command-object
_TEXT, _FILE = 3, 11
_SERVERS, _DIRECT, _IN_SERVERS = 0, 1, 0
_CHECKED = ("name", "description", "options", "contexts")


@dataclass(frozen=True, slots=True)
class Application:
    """`user` is the bot's own id, `endpoint` where its interactions go, if not by the gateway."""

    id: str
    user: str
    name: str
    public_key: str
    reads_messages: bool
    needs_grant: bool = False
    endpoint: str | None = None
    picture: str | None = None

    @property
    def invite(self) -> str:
        """Where whoever runs a server lets the bot in.

        https://docs.discord.com/developers/topics/oauth2#bot-authorization-flow
        """
        return (
            f"https://discord.com/oauth2/authorize?client_id={self.id}"
            f"&scope=bot+applications.commands&permissions={_PERMISSIONS}"
        )

    @property
    def missing_intents(self) -> list[str]:
        """What its owner has not switched on, by Discord's own names."""
        return [] if self.reads_messages else [MESSAGE_CONTENT]

    @property
    def settings_page(self) -> str:
        """Where intents are switched on."""
        return f"{PORTAL}/{self.id}/bot"


async def application_of(api: DiscordApi, wait: float = 30.0) -> Application:
    """Raises what a call raises; DiscordError too for what is no application.

    `wait` is how long Discord may take, in seconds.
    """
    found = await api.call("GET", "/applications/@me", wait=wait)
    if not isinstance(found, dict) or not str(found.get("id", "")).isdecimal():
        raise DiscordError(502, 0, "Discord's answer is no application")
    if not _KEY.fullmatch(str(found.get("verify_key"))):
        # It is stored, and by it the receiver knows the commands.
        raise DiscordError(502, 0, "Discord tells no public key of the application")
    user: dict[str, Any] = found.get("bot") or {}
    number, endpoint = str(found["id"]), found.get("interactions_endpoint_url")
    own = str(user.get("id") or number)
    return Application(
        number,
        own,
        str(user.get("username") or found.get("name") or ""),
        str(found["verify_key"]),
        bool(int(found.get("flags") or 0) & _CONTENT_FLAGS),
        bool(found.get("bot_require_code_grant")),
        str(endpoint) if endpoint else None,
        api.picture("avatars", own, user.get("avatar"))
        or api.picture("app-icons", number, found.get("icon")),
    )


async def register(api: DiscordApi, application: Application, url: str | None) -> None:
    """See that its commands are there, and that interactions come to `url`; by the gateway where it is None.

    Raises what a call raises; a bot whose commands Discord does not take answers all the same.
    """
    if application.endpoint != url:
        await api.call("PATCH", "/applications/@me", {"interactions_endpoint_url": url})
    path, wanted = f"/applications/{part(application.id)}/commands", commands()
    try:
        if [_told(each) for each in await api.call("GET", path)] != [_told(each) for each in wanted]:
            await api.call("PUT", path, wanted)
    except DiscordError as error:
        if error.status == 401:
            raise
        log.warning("discord_commands_refused", code=error.code, reason=error.message)


def commands() -> list[dict[str, Any]]:
    """What people can choose by typing a slash, in servers and direct messages, in order of their names."""
    question = _option(_TEXT, "question", "What you want to know", required=True)
    person = _option(_TEXT, "person", "Their number, as I told you", required=True)
    found = [
        _command(ASK, "Ask me something", question, _option(_FILE, "file", "A text or a PDF to read")),
        _command(START, "Say who I am, or become my owner", _option(_TEXT, "code", "The pairing code")),
        _command(APPROVE, "For my owner: let somebody talk to me", person),
        _command(DECLINE, "For my owner: let somebody not talk to me", person),
        *(_command(name, what) for name, what in COMMANDS.items()),
    ]
    return sorted(found, key=lambda each: str(each["name"]))


def _command(name: str, description: str, *options: dict[str, Any]) -> dict[str, Any]:
    place = {"contexts": [_SERVERS, _DIRECT], "integration_types": [_IN_SERVERS]}
    return {"name": name, "description": description, "type": 1, "options": list(options), **place}


def _option(kind: int, name: str, description: str, *, required: bool = False) -> dict[str, Any]:
    return {
        "type": kind,
        "name": name,
        "description": description,
        **({"required": True} if required else {}),
    }


def _told(command: Any) -> dict[str, Any]:
    """What of a command is ours, as Discord tells it."""
    return {key: command.get(key) or [] for key in _CHECKED} if isinstance(command, dict) else {}
