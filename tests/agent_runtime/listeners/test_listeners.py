"""Telegram is polled by a real listener against the simulator; what it takes is stored first."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from agent_runtime.listeners.shares import share_of
from tests.agent_runtime.hive.running import Hive, TestedBot, running_hive, until
from tests.agent_runtime.hive.sealing import make_key, seal
from tests.simulators.serving import serving
from tests.simulators.telegram.app import TelegramSimulator
from tests.simulators.telegram.client import Telegram

pytestmark = pytest.mark.asyncio(loop_scope="module")
NAME = "TELEGRAM_TOKEN"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def telegram() -> AsyncIterator[Telegram]:
    async with serving(TelegramSimulator().app) as url:
        hand = Telegram(url)
        yield hand
        await hand.aclose()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hive(telegram: Telegram, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hive]:
    folder = tmp_path_factory.mktemp("hive")
    async with running_hive(folder, telegram_api_url=telegram.url, listeners=2) as running:
        yield running


@pytest.fixture
def bot(hive: Hive) -> TestedBot:
    return hive.bot()


async def deploy(bot: TestedBot, token: str, instructions: str = "one") -> None:
    sealed = await seal(make_key(bot.hive.home), bot.id, NAME, token)
    channels = {"telegram": {"token": {"secret": NAME}}}
    await bot.deploy(instructions, sealed={NAME: sealed}, channels=channels)


async def channel_becomes(bot: TestedBot, state: str) -> dict[str, str]:
    async def so() -> bool:
        return bool((await bot.status())["channels"]["telegram"]["state"] == state)

    await until(so)
    channel: dict[str, str] = (await bot.status())["channels"]["telegram"]
    return channel


async def test_a_message_is_answered_and_the_channel_says_who_it_is(
    bot: TestedBot, telegram: Telegram
) -> None:
    theirs = await telegram.create_bot()
    await deploy(bot, theirs["token"])
    channel = await channel_becomes(bot, "connected")
    assert channel["link"] == f"https://t.me/{theirs['username']}"
    assert (await bot.status())["phase"] in {"live", "idle"}
    update = await telegram.say(theirs["token"], 7, "hello")
    sent = await bot.all_sent(1)
    assert sent[0]["key"] == f"telegram:{update['update_id']}"
    assert sent[0]["conversation"] == "telegram:7"
    await until(lambda: _confirmed(telegram, theirs["token"]))


async def _confirmed(telegram: Telegram, token: str) -> bool:
    return await telegram.pending(token) == []


async def test_listener_and_dispatcher_are_killed_and_nothing_is_lost_or_doubled(
    bot: TestedBot, telegram: Telegram
) -> None:
    token = (await telegram.create_bot())["token"]
    await deploy(bot, token)
    await channel_becomes(bot, "connected")
    listener = f"listeners-{share_of(bot.id, 2)}"
    for part in (listener, "dispatcher", listener):
        for number in range(5):
            await telegram.say(token, number % 2, f"slow 0.0{number}")
        await bot.hive.kill(part)
    await telegram.say(token, 5, "last")
    sent = await bot.all_sent(16)
    assert len({each["key"] for each in sent}) == len(sent) == 16
    for user in ("0", "1"):
        numbers = [
            int(each["key"].split(":")[1]) for each in sent if each["conversation"] == f"telegram:{user}"
        ]
        assert numbers == sorted(numbers)
    await channel_becomes(bot, "connected")


async def test_a_refused_token_degrades_the_bot_and_another_one_heals_it(
    bot: TestedBot, telegram: Telegram
) -> None:
    token = (await telegram.create_bot())["token"]
    await deploy(bot, "123456:of-no-bot-that-there-is-anywhere-xx")
    channel = await channel_becomes(bot, "failed")
    assert "refuses" in channel["reason"]
    status = await bot.status()
    assert status["phase"] == "degraded"
    assert status["next_step"]
    await deploy(bot, token, "two")
    await channel_becomes(bot, "connected")
    await telegram.say(token, 7, "hello")
    assert (await bot.all_sent(1))[0]["reply"] == "two: hello"


async def test_a_token_is_listened_to_by_one_bot_only(hive: Hive, bot: TestedBot, telegram: Telegram) -> None:
    token = (await telegram.create_bot())["token"]
    other = hive.bot()
    await deploy(bot, token)
    await channel_becomes(bot, "connected")
    await deploy(other, token)
    channel = await channel_becomes(other, "failed")
    assert "same token" in channel["reason"]
    await telegram.say(token, 7, "hello")
    await bot.all_sent(1)
    await bot.client.delete_bot(bot.id)
    await channel_becomes(other, "connected")


async def test_a_paused_bot_is_not_listened_to_and_its_messages_wait(
    bot: TestedBot, telegram: Telegram
) -> None:
    token = (await telegram.create_bot())["token"]
    await deploy(bot, token)
    await channel_becomes(bot, "connected")
    sealed = (bot.hive.home.revision(bot.id, "r-one") / "secrets" / f"{NAME}.sops.yaml").read_bytes()
    channels = {"telegram": {"token": {"secret": NAME}}}
    more: dict[str, Any] = {"sealed": {NAME: sealed}, "channels": channels}
    await bot.deploy(revision="r-paused", paused=True, **more)
    # Both bots are of one owner and so of one listener, which is told of them in their order.
    other, theirs = bot.hive.bot(), (await telegram.create_bot())["token"]
    await deploy(other, theirs)
    await channel_becomes(other, "connected")
    await telegram.say(token, 7, "hello")
    await telegram.say(theirs, 7, "hello")
    await other.all_sent(1)
    assert len(await telegram.pending(token)) == 1
    await bot.deploy(revision="r-resumed", **more)
    await bot.all_sent(1)


async def test_all_bots_of_an_owner_have_one_listener() -> None:
    assert len({share_of(f"alice.bot{number}", 4) for number in range(50)}) == 1
    assert {share_of(f"owner{number}.bot", 4) for number in range(50)} == {0, 1, 2, 3}


async def test_a_channel_that_waits_for_its_token_opens_it_from_the_revision_that_is_there(
    hive: Hive, telegram: Telegram
) -> None:
    token, first, second = (await telegram.create_bot())["token"], hive.bot(), hive.bot()
    await deploy(first, token)
    await channel_becomes(first, "connected")
    sealed = {NAME: await seal(make_key(hive.home), second.id, NAME, token)}
    channels = {"telegram": {"token": {"secret": NAME}}}
    await second.deploy("one", sealed=sealed, channels=channels)
    assert "same token" in (await channel_becomes(second, "failed"))["reason"]
    # The token's file is the same, and the folder that it was in is gone.
    await second.deploy("two", sealed=sealed, channels=channels)
    shutil.rmtree(hive.home.revision(second.id, "r-one"))
    await first.client.delete_bot(first.id)
    await channel_becomes(second, "connected")
