"""A hive on Postgres whose database is taken away while Telegram sends: nothing is lost or said twice."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from agent_runtime.channels.telegram.inbound import secret_of
from agent_runtime.hive_client import HiveError
from tests.agent_runtime.hive.running import Hive, TestedBot, running_hive, until
from tests.agent_runtime.hive.sealing import make_key, seal
from tests.agent_runtime.receiver.fixtures import relay, telegram
from tests.agent_runtime.receiver.relay import Relay
from tests.agent_runtime.receiver.test_webhook import HEADER, update
from tests.journeys.processes import command_lines
from tests.postgres import Postgres
from tests.simulators.fixtures import ModelServer
from tests.simulators.model.app import ModelSimulator
from tests.simulators.serving import serving
from tests.simulators.telegram.client import Telegram

__all__ = ["relay", "telegram"]
pytestmark = pytest.mark.asyncio(loop_scope="module")
PEOPLE = 10
TABLES = ["mail", "turns", "parts", "spend"]


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with Postgres() as one:
        yield one


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def model() -> AsyncIterator[ModelServer]:
    simulator = ModelSimulator()
    async with serving(simulator.app) as url:
        yield ModelServer(url, simulator)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hive(
    server: Postgres, telegram: Telegram, relay: Relay, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Hive]:
    settings = {"database_url": server.url, "telegram_api_url": telegram.url, "public_url": relay.url}
    async with running_hive(tmp_path_factory.mktemp("hive"), {}, **settings) as running:
        relay.path = running.home.socket("webhook")
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def token(telegram: Telegram) -> str:
    token = str((await telegram.create_bot())["token"])
    await telegram.rates(token, chat_per_second=0, bot_per_second=0)
    return token


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot(hive: Hive, model: ModelServer, token: str) -> TestedBot:
    """A real bot, connected to the two simulators."""
    bot, key = hive.bot(), make_key(hive.home)
    secrets = {"TELEGRAM_TOKEN": token, "MODEL_KEY": "sk-of-this-test"}
    await bot.deploy(
        sealed={name: await seal(key, bot.id, name, value) for name, value in secrets.items()},
        channels={"telegram": {"token": {"secret": "TELEGRAM_TOKEN"}}},
        access={"policy": "open"},
        model={
            "provider": "openai-compatible",
            "name": "echo",
            "base_url": model.base_url,
            "key": {"secret": "MODEL_KEY"},
        },
    )

    async def connected() -> bool:
        return bool((await bot.status())["channels"]["telegram"]["state"] == "connected")

    await until(connected)
    return bot


@pytest_asyncio.fixture(loop_scope="module")
async def http(relay: Relay) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=relay.url, trust_env=False, timeout=25) as client:
        yield client


async def say(telegram: Telegram, token: str, words: str) -> list[str]:
    """Everybody says it; what each is to be answered with."""
    texts = [f"{words}, {person}" for person in range(PEOPLE)]
    for person, text in enumerate(texts):
        await telegram.say(token, person + 1, text)
    return [f"echo: {text}" for text in texts]


async def chat_problem(bot: TestedBot) -> dict[str, Any]:
    """What somebody who chats now is told."""
    try:
        events = bot.client.chat(bot.id, text="hello", sender="web:1", conversation="web:1")
        (event,) = [event async for event in events]
    except HiveError as error:
        return error.problem
    return dict(event.data["problem"])


def takeaways(server: Postgres) -> dict[str, tuple[Callable[[], None], Callable[[], None]]]:
    return {"killed": (server.kill, server.start), "frozen": (server.freeze, server.thaw)}


@pytest.mark.long
@pytest.mark.parametrize("how", ["killed", "frozen"])
async def test_messages_that_come_while_it_is_away_are_answered_once_and_in_order(
    how: str, bot: TestedBot, token: str, telegram: Telegram, server: Postgres, http: httpx2.AsyncClient
) -> None:
    away, back = takeaways(server)[how]
    before = await say(telegram, token, f"before it was {how}")
    away()
    during = await say(telegram, token, f"while it was {how}")
    headers = {HEADER: secret_of(token)}
    refused = await http.post(f"/webhook/{bot.id}", json=update(10**9), headers=headers)
    assert refused.status_code == 503
    assert int(refused.headers["retry-after"]) > 0
    assert refused.json()["title"] == "not stored"
    problem = await chat_problem(bot)
    assert (problem["status"], problem["title"]) == (503, "the database is away")
    back()
    after = await say(telegram, token, f"since it was {how}")

    async def all_answered() -> bool:
        return len(await heard()) >= 3 * PEOPLE

    async def heard() -> list[dict[str, Any]]:
        sent = await telegram.sent(token)
        return [each for each in sent if how in each["text"]]

    await until(all_answered, within=40)
    await until(lambda: _nothing_pending(telegram, token))
    for person in range(PEOPLE):
        texts = [each["text"] for each in await telegram.sent(token, chat=person + 1) if how in each["text"]]
        assert texts == [before[person], during[person], after[person]]


async def test_the_password_is_in_no_command_line_or_log(bot: TestedBot, server: Postgres) -> None:
    word = server.password.encode()
    server.stop()
    try:
        assert (await chat_problem(bot))["status"] == 503
    finally:
        server.start()
    assert not [line for line in command_lines() if word in line]
    logs = [path for path in bot.hive.home.root.rglob("*") if path.is_file() and word in path.read_bytes()]
    assert logs == []
    assert b"database_away" in (bot.hive.home.logs / "dispatcher.log").read_bytes()


async def test_a_removed_bot_leaves_nothing_there(
    bot: TestedBot, token: str, telegram: Telegram, server: Postgres
) -> None:
    answers = set(await say(telegram, token, "before it is removed"))

    async def all_answered() -> bool:
        return answers <= {each["text"] for each in await telegram.sent(token)}

    def filled() -> list[str]:
        with server.connect() as connection:
            counts = {table: f"SELECT count(*) FROM botyard_runtime.{table}".encode() for table in TABLES}
            return [table for table, count in counts.items() if connection.execute(count).fetchone() != (0,)]

    # The hive may still be waiting to try for the database that the test before took away; until then it
    # refuses to remove anything, and whoever asks for it asks again.
    await until(all_answered)
    assert filled() == TABLES
    await bot.client.delete_bot(bot.id)
    assert filled() == []


async def _nothing_pending(telegram: Telegram, token: str) -> bool:
    return await telegram.pending(token) == []
