"""What Discord remembers: applications with their bots, people, servers, channels, messages, interactions."""

from __future__ import annotations

import asyncio
import base64
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.simulators.discord.rates import Address, Limits, Meter
from tests.simulators.discord.refusals import unauthorized
from tests.simulators.discord.session import Session, Starts
from tests.simulators.discord.snowflakes import snowflake

Json = dict[str, Any]
# https://docs.discord.com/developers/resources/channel#channel-object-channel-types
TEXT, DM, PUBLIC_THREAD = 0, 1, 11
# https://docs.discord.com/developers/resources/application#application-object-application-flags
MESSAGE_CONTENT_FLAG = 1 << 19
# The digest by which a bot's picture is asked for, if it has one.
PICTURE = "8342729096ea3675442027381ff50dfe"


@dataclass
class Call:
    """One request of a bot: `route` has names in place of its ids, `path` the ids; `at` is Unix time."""

    method: str
    route: str
    path: str
    body: Any
    status: int
    at: float
    code: int = 0


@dataclass
class Fault:
    """The next `times` requests of `route` go wrong: `500`, `502`, `429`, `403`, `slow` or `drop`.

    With `after_accept` the request takes effect first, as when an answer is lost on its way.
    """

    route: str
    kind: str
    times: int = 1
    seconds: float = 1.0
    after_accept: bool = False


@dataclass
class Interaction:
    """One use of a command; https://docs.discord.com/developers/interactions/receiving-and-responding."""

    id: str
    token: str
    channel: str
    user: str
    created: float = field(default_factory=time.monotonic)
    # When and how it was answered first: `type` of the callback.
    answered: float | None = None
    type: int | None = None
    ephemeral: bool = False
    original: str | None = None
    # Over HTTP: what the endpoint answered, and after how many seconds.
    http: Json | None = None


@dataclass
class Application:
    """One application and its bot, which has the same id."""

    id: str
    username: str
    token: str
    key: Ed25519PrivateKey
    meter: Meter
    starts: Starts
    message_content: bool = True
    endpoint: str | None = None
    picture: bytes = b""
    commands: list[Json] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)
    interactions: dict[str, Interaction] = field(default_factory=dict)
    sent: list[Json] = field(default_factory=list)
    typing: list[Json] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    nonces: dict[tuple[str, str], str] = field(default_factory=dict)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def public_key(self) -> str:
        return self.key.public_key().public_bytes_raw().hex()

    @property
    def flags(self) -> int:
        return MESSAGE_CONTENT_FLAG if self.message_content else 0

    def user(self) -> Json:
        return {
            "id": self.id,
            "username": self.username,
            "discriminator": "0000",
            "bot": True,
            "avatar": PICTURE if self.picture else None,
        }

    def resource(self) -> Json:
        """https://docs.discord.com/developers/resources/application#application-object."""
        return {
            "id": self.id,
            "name": self.username,
            "icon": None,
            "description": "",
            "owner": {"id": "1", "username": "owner", "discriminator": "0", "avatar": None},
            "bot_public": True,
            "bot_require_code_grant": False,
            "verify_key": self.public_key,
            "flags": self.flags,
            "bot": self.user(),
            "interactions_endpoint_url": self.endpoint,
        }

    async def notify(self) -> None:
        async with self.changed:
            self.changed.notify_all()


@dataclass
class Channel:
    """A text channel of a server, a thread in one, or a bot's private chat with a person."""

    id: str
    type: int
    guild: str | None = None
    name: str = ""
    parent: str | None = None
    recipient: str | None = None
    bot: str | None = None
    archived: bool = False
    messages: list[Json] = field(default_factory=list)
    # What a bot may not, by its id: `VIEW_CHANNEL`, `SEND_MESSAGES`, `READ_MESSAGE_HISTORY`, …
    denied: dict[str, set[str]] = field(default_factory=dict)

    def message(self, number: str) -> Json | None:
        return next((each for each in self.messages if each["id"] == number), None)


@dataclass
class Guild:
    id: str
    name: str
    members: set[str] = field(default_factory=set)


class World:
    """Everything in one simulator."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self.url = ""
        self.address = Address()
        self.applications: dict[str, Application] = {}
        self.people: dict[str, Json] = {}
        self.closed_to: set[tuple[str, str]] = set()  # (person, bot): takes no private messages of it
        self.guilds: dict[str, Guild] = {}
        self.channels: dict[str, Channel] = {}
        self.files: dict[str, bytes] = {}
        # Messages that answer interactions by their id, those too that one person alone sees.
        self.answers: dict[str, Json] = {}
        # Seconds; see gateway.py and interactions.py.
        self.heartbeat = 41.25
        self.resumable = 120.0
        self.interaction_seconds = 900.0

    def create_bot(self, username: str | None, *, message_content: bool, starts: Json) -> Application:
        number = snowflake()
        bot = Application(
            number,
            username or f"sim-{number}",
            self._token(number),
            Ed25519PrivateKey.generate(),
            Meter(self.limits),
            Starts(**starts),
            message_content,
        )
        self.applications[number] = bot
        return bot

    @staticmethod
    def _token(number: str) -> str:
        """In three parts as a real one, the first the bot's id; the middle says that it is none."""
        first = base64.urlsafe_b64encode(number.encode()).decode().rstrip("=")
        return f"{first}.Gsimul.{secrets.token_urlsafe(30)[:38]}"

    async def reset_token(self, bot: Application) -> str:
        """What the owner does in the portal, and Discord where a bot starts too many sessions."""
        bot.token = self._token(bot.id)
        for session in list(bot.sessions):
            await session.end(4004, "Authentication failed.")
        bot.sessions.clear()
        return bot.token

    def of_token(self, token: str) -> Application:
        for bot in self.applications.values():
            if bot.token == token:
                return bot
        raise unauthorized()

    def find(self, wanted: str) -> Application:
        """By token, id or username."""
        for bot in self.applications.values():
            if wanted in {bot.token, bot.id, bot.username}:
                return bot
        raise KeyError(wanted)

    def person(self, number: str) -> Json:
        return self.people.setdefault(
            number,
            {"id": number, "username": f"person{number}", "global_name": f"Person {number}", "avatar": None}
            | {"discriminator": "0"},
        )

    def private_channel(self, bot: Application, person: str) -> Channel:
        for channel in self.channels.values():
            if channel.type == DM and (channel.bot, channel.recipient) == (bot.id, person):
                return channel
        made = Channel(snowflake(), DM, recipient=person, bot=bot.id)
        self.channels[made.id] = made
        return made

    def bots_in(self, channel: Channel) -> list[Application]:
        """Those who see what is said there."""
        if channel.type == DM:
            return [self.applications[channel.bot or ""]]
        members = self.guilds[channel.guild or ""].members
        return [
            bot
            for bot in self.applications.values()
            if bot.id in members and "VIEW_CHANNEL" not in channel.denied.get(bot.id, ())
        ]

    def guilds_of(self, bot: Application) -> list[Guild]:
        return [guild for guild in self.guilds.values() if bot.id in guild.members]
