"""A bot between the two simulators, with its own ledger; mail is handed in as the dispatcher would."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from agent_runtime.bot import Answer, Bot
from agent_runtime.channels.telegram import pace
from agent_runtime.channels.telegram.inbound import identify
from agent_runtime.channels.web import inbound as web
from agent_runtime.mail import Arrival, Mail, mail_key
from agent_runtime.settings import RuntimeSettings
from agent_runtime.spec import parse_spec
from agent_runtime.store.ledger import Turn, open_ledger
from tests.simulators.fixtures import ModelServer, model_server, telegram
from tests.simulators.telegram.client import Telegram

__all__ = ["model_server", "telegram"]

MODEL_KEY = "sk-canary-of-the-model"
PERSON = 1001


@dataclass
class Stage:
    """One bot and what it can be asked. `restart` is what a new worker would be."""

    bot: Bot
    token: str
    username: str
    person: Telegram
    reports: list[tuple[str, dict[str, Any]]]
    build: Callable[[], Bot]
    ledger: Path
    heard: list[str] = field(default_factory=list)

    async def say(self, text: str, user: int = PERSON, **more: Any) -> Mail:
        """A person writes in Telegram; the mail that it becomes."""
        return self.received(await self.person.say(self.token, user, text, **more), **more)

    async def send_file(self, name: str, content: bytes, user: int = PERSON, **more: Any) -> Answer:
        """A person sends a file."""
        return await self.answer(
            self.received(await self.person.send_file(self.token, user, name, content, **more))
        )

    def received(self, said: dict[str, Any], **more: Any) -> Mail:
        """The mail that a message becomes."""
        kind = "edited_message" if more.get("edited") else "message"
        update = {"update_id": said["update_id"], kind: said["message"]}
        arrival = identify(update, json.dumps(update))
        assert arrival is not None
        return mail("telegram", arrival)

    async def ask(self, text: str, user: int = PERSON, **more: Any) -> Answer:
        return await self.answer(await self.say(text, user, **more))

    async def chat(self, text: str, conversation: str | None = "web:c1") -> Answer:
        """The same on the page."""
        return await self.answer(mail("web", web.identify(text, "user:ann", conversation)))

    async def answer(self, one: Mail) -> Answer:
        self.heard.clear()
        return await self.bot.answer(one, self.heard.append)

    def begin(self, one: Mail) -> asyncio.Task[Answer]:
        """The answer to a mail, under way."""
        return asyncio.create_task(self.answer(one))

    async def cut_off(self, answering: asyncio.Task[Answer]) -> None:
        """As if its worker died, and another came."""
        answering.cancel()
        await asyncio.gather(answering, return_exceptions=True)
        await self.restart()

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not true():  # noqa: ASYNC110 - nothing tells of it
                await asyncio.sleep(0.01)

    async def texts(self, user: int = PERSON) -> list[str]:
        return [message["text"] for message in await self.person.sent(self.token, chat=user)]

    async def stored(self, key: str) -> Turn:
        """The turn as the ledger's file has it."""
        ledger = open_ledger(self.ledger)
        try:
            return await ledger.turns.begin(Turn(key, "", "", "", "", 0.0))
        finally:
            await ledger.aclose()

    def reported(self, kind: str) -> list[dict[str, Any]]:
        return [data for one, data in self.reports if one == kind]

    async def restart(self) -> None:
        await self.bot.aclose()
        self.bot = self.build()

    async def pair(self, user: int = PERSON) -> None:
        code = (await self.bot.call("access.list", {}))["pairing"]["code"]
        await self.ask(f"/start {code}", user)


def mail(channel: str, arrival: Arrival) -> Mail:
    key = mail_key(channel, arrival.platform_id)
    who = (arrival.conversation, arrival.sender)
    return Mail(key, "ann.support", channel, *who, arrival.payload, time.time())


Make = Callable[..., Any]


@pytest.fixture(autouse=True)
def brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Simulated chats take messages at once, so the seconds between two of them are not waited for."""
    monkeypatch.setattr(pace, "CHAT_SECONDS", 0.0)
    monkeypatch.setattr(pace, "GROUP_SECONDS", 0.0)


@pytest.fixture
async def make(model_server: ModelServer, telegram: Telegram, tmp_path: Path) -> AsyncIterator[Make]:
    """`await make(model="echo", **fields of the specification)` → Stage; access is open unless told."""
    stages: list[Stage] = []

    async def build(model: str = "echo", privacy: bool = True, **fields: Any) -> Stage:
        made = await telegram.create_bot(privacy=privacy)
        token = made["token"]
        await telegram.rates(token, chat_per_second=0, bot_per_second=0, group_per_minute=0)
        settings = RuntimeSettings(home=tmp_path, telegram_api_url=telegram.url)
        reports: list[tuple[str, dict[str, Any]]] = []
        heard_by = fields.pop("heard_by", None)
        model_fields = {name: fields.pop(name) for name in ("sees", "hears") if name in fields}
        own = {"provider": "openai-compatible", "base_url": model_server.base_url, "key": {"secret": "KEY"}}
        fallbacks = [
            {**own, "key": {"secret": "OTHER_KEY"}, "name": name} for name in fields.pop("fallbacks", [])
        ]
        longest = fields.pop("max_output_tokens", 8000)
        spec = parse_spec(
            {
                "version": 1,
                "name": "support",
                "description": "I know about parcels.",
                "instructions": "Be kind.",
                "model": {**own, "name": model, "fallbacks": fallbacks, "max_output_tokens": longest}
                | model_fields,
                **({"transcription": {**own, "name": heard_by}} if heard_by else {}),
                "channels": {"telegram": {"token": {"secret": "TOKEN"}}},
                "access": {"policy": "open"},
                **fields,
            }
        )
        number = len(stages)
        path = tmp_path / f"{number}.db"

        def worker() -> Bot:
            latest = stages[number].token if len(stages) > number else token
            secrets = {"KEY": MODEL_KEY, "OTHER_KEY": f"{MODEL_KEY}-2", "TOKEN": latest}
            return Bot(
                "ann.support", spec, secrets, open_ledger(path), settings, lambda *one: reports.append(one)
            )

        stage = Stage(worker(), token, made["username"], telegram, reports, worker, path)
        stages.append(stage)
        return stage

    yield build
    for stage in stages:
        await stage.bot.aclose()
