"""Telegram: polled, or sending to webhooks, as the machine has it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from agent_runtime.mail import mail_key
from tests.durability.history import Said, Sent
from tests.durability.machine import Machine
from tests.simulators.serving import serving
from tests.simulators.telegram.app import TelegramSimulator
from tests.simulators.telegram.rates import Meter, Rates
from tests.simulators.telegram.state import World

_SECRET = "TELEGRAM_TOKEN"


class Telegram:
    """The `Platform`."""

    name = "telegram"

    def __init__(self, world: World, url: str) -> None:
        self._world = world
        self.environment = {"BOTYARD_TELEGRAM_API_URL": url}

    def account(self, bot: str, machine: Machine) -> _Account:
        return _Account(bot, self._world)


class _Account:
    def __init__(self, bot: str, world: World) -> None:
        self._bot, self._world, self._theirs = bot, world, world.create_bot()
        self._theirs.meter = Meter(Rates(chat_per_second=0, bot_per_second=0))
        self._said: list[Said] = []
        self.channels = {"telegram": {"token": {"secret": _SECRET}}}
        self.secrets = {_SECRET: self._theirs.token}

    async def say(self, user: int, text: str) -> None:
        person = self._world.person(user)
        chat = {"id": user, "type": "private", "first_name": person["first_name"]}
        self._theirs.started.add(user)
        message = {"from": person, "chat": chat, "date": int(time.time()), "text": text}
        number = self._theirs.message_id(user)
        update = self._theirs.add_update({"message": {"message_id": number, **message}})
        key = mail_key("telegram", str(update))
        self._said.append(Said(self._bot, _place(user), text, key, time.time()))
        await self._theirs.notify()

    def waiting(self) -> str | None:
        left = len(self._theirs.updates)
        return f"{left} messages of {self._bot} were not taken from Telegram" if left else None

    async def ended(self) -> tuple[list[Said], list[Sent]]:
        sent = self._theirs.sent
        return self._said, [
            Sent(self._bot, _place(each["chat"]["id"]), each["text"], each["at"]) for each in sent
        ]


def _place(chat: int) -> str:
    return f"telegram:{chat}"


@asynccontextmanager
async def opened() -> AsyncIterator[Telegram]:
    simulator = TelegramSimulator()
    simulator.world.loopback_webhooks, simulator.world.first_wait = True, 0.05
    async with serving(simulator.app) as url:
        yield Telegram(simulator.world, url)
