"""A whole Botyard with a public address, a simulated Telegram and a model stub that answers at once."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psutil

from bench.machine import pss_kib, workspace
from tests.journeys.api import Api
from tests.journeys.installation import Installation, new_token
from tests.journeys.processes import eventually, of_home
from tests.journeys.simulated import ON_TELEGRAM, ModelServer, TelegramBot, TelegramServer
from tests.simulators.certificate import make_certificate, trusting


class BenchWorld:
    """One installation; Telegram reaches it by webhook, through the gateway."""

    def __init__(self, installation: Installation, telegram: TelegramServer, models: ModelServer) -> None:
        self.installation, self.telegram, self.models = installation, telegram, models
        self.api = Api(installation.url, installation.token)

    @property
    def home(self) -> Path:
        return self.installation.home

    def telegram_bot(self) -> TelegramBot:
        """A new one at the simulator, which may send as much as it likes."""
        bot = self.telegram.bot()
        bot.rates(chat_per_second=0, bot_per_second=0)
        return bot

    def spec(self, name: str, **fields: Any) -> dict[str, Any]:
        """A bot on Telegram whose token is its one secret."""
        return self.models.spec(name, **ON_TELEGRAM, **fields)

    def bulk(self, bots: dict[str, TelegramBot], **fields: Any) -> None:
        """Create them all in one operation; returns when each is `live` or `idle`."""
        self.create(
            {name: (self.spec(name, **fields), {"TELEGRAM_TOKEN": bot.token}) for name, bot in bots.items()}
        )

    def create(self, bots: dict[str, tuple[dict[str, Any], dict[str, str]]]) -> None:
        """The same of any kind, each by its specification and secrets."""
        items = [
            {"op": "create", "id": f"admin.{name}", "spec": spec, "secrets": secrets}
            for name, (spec, secrets) in bots.items()
        ]
        self._write(items)
        self.until_phase(set(bots), {"live", "idle"})

    def pause(self, names: set[str]) -> None:
        """Their messages are stored from now on, and wait."""
        items = [{"op": "update", "id": f"admin.{name}", "spec": {"paused": True}} for name in names]
        self._write(items)
        self.until_phase(names, {"paused"})

    def _write(self, items: list[dict[str, Any]]) -> None:
        # Sealing a thousand secrets is a thousand processes, before the answer.
        answer = self.api.http.post("/bulk", json=items, timeout=600)
        assert answer.status_code in {200, 202}, answer.text
        operation = self.api.operation(answer.json()["operation"]["id"], within=300)
        assert operation["state"] == "succeeded", operation

    def until_phase(self, names: set[str], phases: set[str], within: float = 300.0) -> None:
        """Wait until each of these bots has come to one of the phases."""
        ids = {f"admin.{name}" for name in names}

        def so() -> bool:
            return ids <= {each["id"] for each in self.bots() if each["status"]["phase"] in phases}

        eventually(f"{len(ids)} bots are {' or '.join(sorted(phases))}", so, within, pause=0.2)

    def bots(self) -> Iterator[dict[str, Any]]:
        """All bots, a page after the other."""
        cursor: str | None = None
        while True:
            page = self.api.read("/bots", limit=100, **({"cursor": cursor} if cursor else {}))
            yield from page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def memory_kib(self) -> int:
        """All processes of the installation together."""
        return pss_kib(process.pid for process in of_home(self.home))

    def workers(self) -> list[str]:
        """The names of all workers' processes, as `ps` shows them: fifteen bytes of `bot <id>`."""
        names = []
        for process in of_home(self.home):
            with contextlib.suppress(psutil.Error):
                names.append(process.name())
        return [name for name in names if name.startswith("bot ")]

    def stored(self) -> dict[tuple[str, str], float]:
        """When each message was taken in to be stored, by bot and key: just before its commit."""
        with sqlite3.connect(f"file:{self.home}/hive/mail.db?mode=ro", uri=True) as database:
            rows = database.execute("SELECT bot, key, received_at FROM mail").fetchall()
        return {(bot, key): at for bot, key, at in rows}


@contextmanager
def bench_world(*, by_tls: bool = False, **settings: str) -> Iterator[BenchWorld]:
    """Started, with Telegram reached `by_tls`, as the real one is; every process is gone when this ends."""
    with ExitStack() as stack:
        folder = stack.enter_context(workspace())
        certificate = make_certificate(folder) if by_tls else None
        telegram, models = TelegramServer(certificate), stack.enter_context(ModelServer())
        stack.enter_context(telegram)
        telegram.ask("POST", "/webhooks", {"loopback": True, "first_wait": 0.1})
        installation = Installation(folder, token=new_token(), BOTYARD_TELEGRAM_API_URL=telegram.url)
        trust = trusting(certificate) if certificate is not None else {}
        installation.environment |= {"BOTYARD_PUBLIC_URL": installation.url, **trust, **settings}
        installation.start()
        world = BenchWorld(installation, telegram, models)
        try:
            yield world
        finally:
            world.api.http.close()
            installation.stop()
