"""What the server remembers: bots, people, chats, messages, updates."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import Any

from tests.simulators.telegram.rates import Meter, Rates
from tests.simulators.telegram.refusals import UNAUTHORIZED

# https://core.telegram.org/bots/api#getting-updates: "stored ... not ... longer than 24 hours".
RETENTION_SECONDS = 24 * 3600


@dataclass
class Call:
    """One request for a bot, as the server saw it; `at` is Unix time in seconds."""

    method: str
    parameters: dict[str, Any]
    status: int
    at: float


@dataclass
class Fault:
    """The next `times` calls of `method` go wrong: `500`, `429`, `drop` (no answer) or `slow`.

    With `after_accept` the call takes effect first, as when an answer is lost on its way.
    """

    method: str
    kind: str
    times: int = 1
    seconds: float = 1.0
    after_accept: bool = False


@dataclass
class Delivery:
    """One request to a webhook and what came back: a status with a body, or 0 where nothing came."""

    update_id: int
    status: int
    body: str
    at: float


@dataclass
class Webhook:
    """Where updates of a bot are sent; https://core.telegram.org/bots/api#setwebhook."""

    url: str = ""
    secret_token: str = ""
    max_connections: int = 40
    allowed_updates: list[str] = field(default_factory=list)
    last_error: tuple[int, str] | None = None
    sending: asyncio.Task[None] | None = None
    deliveries: list[Delivery] = field(default_factory=list)


@dataclass
class Bot:
    """One bot and all it did."""

    id: int
    username: str
    name: str
    token: str
    meter: Meter
    # https://core.telegram.org/bots/features#privacy-mode: on unless @BotFather was told otherwise.
    privacy: bool = True
    # Bot Management Mode, which its owner turns on in @BotFather; the bots it then manages name it.
    can_manage_bots: bool = False
    manager: int = 0
    creator: int = 0
    asked_for_a_bot: set[int] = field(default_factory=set)
    commands: list[dict[str, str]] = field(default_factory=list)
    # What it was called and said to be, each change of it.
    texts: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    webhook: Webhook = field(default_factory=Webhook)
    # So many requests to its webhook, and the answer to the last is lost on its way; 0: none is.
    lost_every: int = 0
    updates: deque[tuple[float, dict[str, Any]]] = field(default_factory=deque)
    next_update: int = field(default_factory=lambda: 100_000_000 + secrets.randbelow(100_000_000))
    next_message: dict[int, int] = field(default_factory=dict)
    sent: list[dict[str, Any]] = field(default_factory=list)
    actions: list[dict[str, Any]] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    # The file of the picture that people see of it.
    picture: str | None = None
    started: set[int] = field(default_factory=set)
    blocked: set[int] = field(default_factory=set)
    allowed_updates: list[str] = field(default_factory=list)
    poll: asyncio.Future[tuple[int, str]] | None = None
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    def end_poll(self, refusal: tuple[int, str]) -> None:
        """Answer the poll that is open, if one is, with a refusal."""
        if self.poll is not None and not self.poll.done():
            self.poll.set_result(refusal)

    def user(self) -> dict[str, Any]:
        """https://core.telegram.org/bots/api#user, with what getMe adds."""
        return {"id": self.id, "is_bot": True, "first_name": self.name, "username": self.username}

    def message_id(self, chat_id: int) -> int:
        self.next_message[chat_id] = self.next_message.get(chat_id, 0) + 1
        return self.next_message[chat_id]

    def add_update(self, content: dict[str, Any], update_id: int | None = None) -> int:
        if update_id is None:
            update_id, self.next_update = self.next_update, self.next_update + 1
        self.updates.append((time.time(), {"update_id": update_id, **content}))
        return update_id

    def drop_old(self) -> None:
        while self.updates and self.updates[0][0] < time.time() - RETENTION_SECONDS:
            self.updates.popleft()

    async def notify(self) -> None:
        async with self.changed:
            self.changed.notify_all()


class World:
    """All bots and people of one simulator."""

    def __init__(self, rates: Rates) -> None:
        self.rates = rates
        self.bots: dict[str, Bot] = {}
        self.people: dict[int, dict[str, Any]] = {}
        self.groups: dict[int, dict[str, Any]] = {}
        # Real Telegram sends to https alone and to four ports; a test may let it send to this machine.
        self.loopback_webhooks = False
        self.first_wait = 1.0
        self._next_bot = 7_000_000_000

    def create_bot(self, username: str | None = None, name: str | None = None) -> Bot:
        self._next_bot += 1
        # https://core.telegram.org/bots/features: usernames of bots end in "bot".
        username = username or f"sim_{self._next_bot}_bot"
        bot = Bot(self._next_bot, username, name or username, self._token(self._next_bot), Meter(self.rates))
        self.bots[bot.token] = bot
        return bot

    @staticmethod
    def _token(bot_id: int) -> str:
        return f"{bot_id}:AA{secrets.token_urlsafe(24)[:33]}"

    def revoke(self, bot: Bot) -> str:
        """What @BotFather does on /revoke: the old token is worth nothing from now on."""
        del self.bots[bot.token]
        bot.end_poll(UNAUTHORIZED)
        bot.token = self._token(bot.id)
        self.bots[bot.token] = bot
        return bot.token

    def find(self, wanted: str) -> Bot:
        """By token, username or id."""
        for bot in self.bots.values():
            if wanted in {bot.token, bot.username, str(bot.id)}:
                return bot
        raise KeyError(wanted)

    def person(self, user_id: int, name: str | None = None) -> dict[str, Any]:
        if user_id not in self.people:
            self.people[user_id] = {
                "id": user_id,
                "is_bot": False,
                "first_name": name or f"Person {user_id}",
                "language_code": "en",
            }
        return self.people[user_id]
