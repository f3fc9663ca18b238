"""Discord's gateway is held by a real listener against the simulator; what it hears is stored first."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from agent_runtime.listeners.shares import share_of
from tests.agent_runtime.hive.running import Hive, TestedBot, running_hive, until
from tests.agent_runtime.hive.sealing import make_key, seal
from tests.simulators.discord.app import DiscordSimulator
from tests.simulators.discord.client import Discord
from tests.simulators.serving import serving

pytestmark = pytest.mark.asyncio(loop_scope="module")
NAME = "DISCORD_TOKEN"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def discord() -> AsyncIterator[Discord]:
    async with serving(DiscordSimulator().app, websockets=True) as url:
        hand = Discord(url)
        yield hand
        await hand.aclose()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hive(discord: Discord, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hive]:
    folder = tmp_path_factory.mktemp("hive")
    # The gateway is held where there is a public URL, too.
    urls: dict[str, Any] = {"discord_api_url": discord.api_url, "public_url": "http://127.0.0.1:9"}
    async with running_hive(folder, listeners=2, **urls) as running:
        yield running


@pytest.fixture
def bot(hive: Hive) -> TestedBot:
    return hive.bot()


async def deploy(bot: TestedBot, token: str, instructions: str = "one", mode: str = "gateway") -> None:
    sealed = await seal(make_key(bot.hive.home), bot.id, NAME, token)
    channels = {"discord": {"token": {"secret": NAME}, "mode": mode}}
    await bot.deploy(instructions, sealed={NAME: sealed}, channels=channels)


async def channel_becomes(bot: TestedBot, state: str) -> dict[str, str]:
    async def so() -> bool:
        return bool((await bot.status())["channels"]["discord"]["state"] == state)

    await until(so)
    channel: dict[str, str] = (await bot.status())["channels"]["discord"]
    return channel


async def test_what_is_said_and_asked_is_answered(bot: TestedBot, discord: Discord) -> None:
    theirs = await discord.create_bot()
    await deploy(bot, theirs["token"])
    assert theirs["id"] in (await channel_becomes(bot, "connected"))["link"]
    said = await discord.say(theirs["token"], 7, "hello")
    await discord.set_commands(theirs["token"], "ask")
    asked = await discord.interact(theirs["token"], 8, "ask", question="why?")
    sent = await bot.all_sent(2)
    assert {(each["key"], each["conversation"]) for each in sent} == {
        (f"discord:{said['id']}", "discord:7"),
        (f"discord:{asked['id']}", "discord:8"),
    }


async def test_listener_and_dispatcher_are_killed_and_nothing_is_lost_or_doubled(
    bot: TestedBot, discord: Discord
) -> None:
    theirs = await discord.create_bot()
    place = await discord.guild(theirs["token"])
    await deploy(bot, theirs["token"])
    await channel_becomes(bot, "connected")
    listener = f"listeners-{share_of(bot.id, 2)}"
    said = []
    for part in (listener, "dispatcher", listener):
        for number in range(5):
            text = f"<@{theirs['id']}> slow 0.0{number}"
            said.append(await discord.say(theirs["token"], number % 2, text, channel=place["channel"]))
        await bot.hive.kill(part)
    said.append(await discord.say(theirs["token"], 5, "last"))
    sent = await bot.all_sent(16)
    assert sorted(each["key"] for each in sent) == sorted(f"discord:{each['id']}" for each in said)
    in_channel = [each["key"] for each in sent if place["channel"] in each["conversation"]]
    assert in_channel == [f"discord:{each['id']}" for each in said[:-1]]
    # Whoever comes next takes the session up and begins none.
    assert (await discord.gateway(theirs["token"]))["starts"]["remaining"] == 999


async def test_a_refused_token_degrades_the_bot_and_another_one_heals_it(
    bot: TestedBot, discord: Discord
) -> None:
    await deploy(bot, "no.such.token")
    assert "refuses" in (await channel_becomes(bot, "failed"))["reason"]
    assert (await bot.status())["phase"] == "degraded"
    theirs = await discord.create_bot()
    await deploy(bot, theirs["token"], "two")
    await channel_becomes(bot, "connected")
    await discord.say(theirs["token"], 7, "hello")
    assert (await bot.all_sent(1))[0]["reply"].startswith("two: ")


async def test_a_paused_bot_is_not_listened_to_and_hears_afterwards(bot: TestedBot, discord: Discord) -> None:
    theirs = await discord.create_bot()
    await deploy(bot, theirs["token"])
    await channel_becomes(bot, "connected")
    sealed = (bot.hive.home.revision(bot.id, "r-one") / "secrets" / f"{NAME}.sops.yaml").read_bytes()
    more: dict[str, Any] = {"sealed": {NAME: sealed}, "channels": {"discord": {"token": {"secret": NAME}}}}
    await bot.deploy(revision="r-paused", paused=True, **more)

    async def nobody() -> bool:
        return not any(each["connected"] for each in (await discord.gateway(theirs["token"]))["sessions"])

    await until(nobody)
    said = await discord.say(theirs["token"], 7, "hello")
    await bot.deploy(revision="r-resumed", **more)
    assert (await bot.all_sent(1))[0]["key"] == f"discord:{said['id']}"
