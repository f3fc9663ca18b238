"""A whole Botyard to measure: `botyard up` as a process, Telegram by webhook, a model that echoes at once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from agent_runtime.channels.telegram.inbound import PROOF_HEADER, secret_of
from agent_runtime.home import Home
from tests.journeys.api import Api
from tests.journeys.installation import Installation, new_token
from tests.journeys.simulated import ON_TELEGRAM, ModelServer, TelegramBot, TelegramServer


class Whole:
    """The parts of one running installation."""

    def __init__(
        self, botyard: Installation, api: Api, telegram: TelegramServer, models: ModelServer
    ) -> None:
        self.botyard, self.api, self.telegram, self.models = botyard, api, telegram, models
        self.home = Home.at(botyard.home)

    def pids(self) -> dict[str, int]:
        """The process of each part that is ready."""
        standings = json.loads((self.home.run / "parts.json").read_text())
        return {part: each["pid"] for part, each in standings.items() if each["state"] == "ready"}

    def deploy(self, name: str, **fields: Any) -> TelegramBot:
        """A bot that listens to everybody by webhook."""
        theirs = self.telegram.bot()
        theirs.rates(chat_per_second=0, bot_per_second=0)
        often = {"turns_per_user_per_hour": 10_000, "tokens_per_day": 1_000_000_000}
        spec = self.models.spec(name, **ON_TELEGRAM, **{"budget": often, **fields})
        self.api.deploy(spec, {"TELEGRAM_TOKEN": theirs.token})
        return theirs

    def webhook(self, name: str, theirs: TelegramBot) -> tuple[str, Mapping[str, str]]:
        """Where a bot's updates go, and the headers that prove them."""
        return f"{self.botyard.url}/webhook/admin.{name}", {PROOF_HEADER: secret_of(theirs.token)}


def update(number: int, user: int, text: str) -> dict[str, Any]:
    """A private message as Telegram sends it."""
    person = {"id": user, "is_bot": False, "first_name": "Bench"}
    chat = {"id": user, "type": "private", "first_name": "Bench"}
    message = {"message_id": number, "from": person, "chat": chat, "date": 1_700_000_000, "text": text}
    return {"update_id": number, "message": message}


@contextmanager
def whole(folder: Path, **settings: str) -> Iterator[Whole]:
    """Started, ready, and stopped at the end."""
    with ExitStack() as stack:
        telegram, models = stack.enter_context(TelegramServer()), stack.enter_context(ModelServer())
        telegram.ask("POST", "/webhooks", {"loopback": True, "first_wait": 0.1})
        botyard = Installation(folder, token=new_token(), BOTYARD_TELEGRAM_API_URL=telegram.url)
        botyard.environment |= {"BOTYARD_PUBLIC_URL": botyard.url, **settings}
        botyard.start()
        stack.callback(botyard.stop)
        yield Whole(botyard, stack.enter_context(Api(botyard.url, botyard.token)), telegram, models)
