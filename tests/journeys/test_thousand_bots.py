"""A thousand bots on one machine: no process for those who have nothing to do, an answer from any of them."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.journeys.api import Api
from tests.journeys.installation import Installation, new_token
from tests.journeys.processes import children, eventually, resident
from tests.journeys.simulated import ON_TELEGRAM, ModelServer, TelegramServer

BOTS, ASKED = 1000, 5
LARGEST_BODY = 1024 * 1024


@pytest.fixture
def models() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.fixture
def telegram() -> Iterator[TelegramServer]:
    with TelegramServer() as server:
        server.ask("POST", "/webhooks", {"loopback": True, "first_wait": 0.1})
        yield server


@pytest.fixture
def botyard(tmp_path: Path, telegram: TelegramServer) -> Iterator[Installation]:
    """A machine of its own, with a public address, so that an idle bot costs no open poll."""
    own = Installation(tmp_path, token=new_token(), BOTYARD_TELEGRAM_API_URL=telegram.url)
    own.environment["BOTYARD_PUBLIC_URL"] = own.url
    own.arguments.append("--no-demo")
    own.start()
    try:
        yield own
    finally:
        own.stop()


@pytest.mark.long
@pytest.mark.timeout(300)
def test_a_thousand_idle_bots_have_no_worker_and_any_one_answers(
    botyard: Installation, telegram: TelegramServer, models: ModelServer
) -> None:
    names = [f"b{number}" for number in range(BOTS)]
    # Which ones are written to is not known to whoever deploys them; a token makes it a Telegram message.
    asked = {name: telegram.bot() for name in random.sample(names, ASKED)}
    items = [_item(name, models, {name: bot.token for name, bot in asked.items()}) for name in names]
    with Api(botyard.url, str(botyard.token)) as api:
        before = resident(_ours(botyard))
        begun = time.monotonic()
        operation = api.ask("POST", "/bulk", items)
        assert operation.status_code == 202, operation.text
        assert len(operation.request.content) < LARGEST_BODY
        ended = api.operation(operation.json()["operation"]["id"], within=120)
        assert ended["state"] == "succeeded", ended
        eventually("nobody has a worker", lambda: not _workers(botyard), within=60)
        took = time.monotonic() - begun
        assert _phases(api) == {"idle": BOTS}
        each = (resident(_ours(botyard)) - before) / BOTS / 1024
        print(f"\n{BOTS} bots idle after {took:.1f} s, {each:.1f} KiB each")
        for name, bot in asked.items():
            person = bot.person(4500)
            person.say(f"Are you {name}?")
            assert [message["text"] for message in person.reads(1)] == [f"echo: Are you {name}?"]
        assert 1 <= len(_workers(botyard)) <= ASKED


def _item(name: str, models: ModelServer, tokens: dict[str, str]) -> dict[str, Any]:
    spec = models.spec(name, access={"policy": "open"}, scaling={"idle_after": "10s"})
    item: dict[str, Any] = {"op": "create", "id": f"admin.{name}", "spec": spec}
    if name in tokens:
        spec |= ON_TELEGRAM
        item["secrets"] = {"TELEGRAM_TOKEN": tokens[name]}
    return item


def _ours(botyard: Installation) -> list[psutil.Process]:
    return children(botyard.pid)


def _workers(botyard: Installation) -> list[str]:
    """Workers as `ps` shows them."""
    named = []
    for process in _ours(botyard):
        try:
            named.append(process.name())
        except psutil.NoSuchProcess:
            continue
    return [name for name in named if name.startswith("bot ")]


def _phases(api: Api) -> dict[str, int]:
    """How many bots are in each phase, the demo of an empty fleet aside."""
    counts: dict[str, int] = {}
    cursor = None
    while True:
        page = api.read("/bots", limit=200, owner="admin", **({"cursor": cursor} if cursor else {}))
        for bot in page["items"]:
            phase = bot["status"]["phase"]
            counts[phase] = counts.get(phase, 0) + 1
        cursor = page["next_cursor"]
        if cursor is None:
            return counts
