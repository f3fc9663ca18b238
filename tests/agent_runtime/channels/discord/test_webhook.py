"""Where Discord sends commands: registered once the key is known, looked after; a failure has a next step."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from agent_runtime.channels.channel import ChannelState
from agent_runtime.channels.discord import webhook
from agent_runtime.channels.discord.api import DiscordApi
from agent_runtime.settings import RuntimeSettings
from tests.simulators.discord.client import Discord
from tests.simulators.serving import serving


@dataclass
class Watch:
    """One bot's webhook, what it announced and how it said to be."""

    discord: Discord
    bot: dict[str, Any]
    settings: RuntimeSettings
    url: str = ""
    good: bool = True
    announced: list[str] = field(default_factory=list)
    states: list[ChannelState] = field(default_factory=list)

    def make(self) -> webhook.Webhook:
        return webhook.Webhook(self.bot["token"], self.settings, self.states.append)

    async def look(self, one: webhook.Webhook) -> float | None:
        return await one.look(self.url, self.announce)

    async def announce(self, key: str) -> None:
        self.announced.append(key)

    async def endpoint(self) -> str | None:
        api = DiscordApi(self.discord.api_url, self.bot["token"])
        try:
            found = await api.call("GET", "/applications/@me")
        finally:
            await api.aclose()
        return found["interactions_endpoint_url"] or None

    def shown(self) -> str:
        """How it is now."""
        return self.states[-1].state

    async def answer(self, request: Request) -> Response:
        """As the receiver: it refuses what is signed wrongly, and all while it is not `good`."""
        forged = request.headers["x-signature-ed25519"].startswith("00000000")
        if forged or not self.good:
            return Response(status_code=401)
        return JSONResponse({"type": 1})


@pytest.fixture
async def watch(discord: Discord, tmp_path: Path) -> AsyncIterator[Watch]:
    settings = RuntimeSettings(home=tmp_path, discord_api_url=discord.api_url)
    found = Watch(discord, await discord.create_bot("kind_bot"), settings)
    app = Starlette(routes=[Route("/webhook/al.one/discord", found.answer, methods=["POST"])])
    async with serving(app) as url:
        found.url = f"{url}/webhook/al.one/discord"
        yield found


async def test_the_key_is_announced_and_the_address_registered(watch: Watch) -> None:
    one = watch.make()
    assert await watch.look(one)
    assert watch.announced == [watch.bot["public_key"]]
    assert await watch.endpoint() == watch.url
    first, last = watch.states
    assert (first.state, last.state, last.name) == ("connecting", "connected", "kind_bot")
    assert last.link is not None
    assert f"client_id={watch.bot['id']}" in last.link
    before = len(await watch.discord.calls(watch.bot["token"]))
    assert await watch.look(one)
    assert len(await watch.discord.calls(watch.bot["token"])) == before + 1
    assert len(watch.states) == 2


async def test_an_address_that_discord_took_away_is_registered_anew(watch: Watch) -> None:
    one = watch.make()
    await watch.look(one)
    api = DiscordApi(watch.discord.api_url, watch.bot["token"])
    await api.call("PATCH", "/applications/@me", {"interactions_endpoint_url": None})
    await api.aclose()
    assert await watch.look(one)
    assert await watch.endpoint() == watch.url


async def test_an_address_that_does_not_answer_is_shown_with_what_to_do(watch: Watch) -> None:
    watch.good = False
    one = watch.make()
    # The receiver may hear of the key a moment after Discord asks it: the first refusal is nobody's business.
    assert await watch.look(one) == 1.0
    assert [each.state for each in watch.states] == ["connecting"]
    assert await watch.look(one)
    assert watch.shown() == "failed"
    assert watch.url in str(watch.states[-1].next_step)
    watch.good = True
    assert await watch.look(one)
    assert watch.shown() == "connected"


async def test_a_refused_token_ends_it_and_a_missing_public_address_is_said(watch: Watch) -> None:
    one = watch.make()
    await watch.discord.reset(watch.bot["token"])
    assert await watch.look(one) is None
    assert "Discord refuses the bot's token" in str(watch.states[-1].reason)
    await asyncio.wait_for(webhook.listen("", watch.settings, None, watch.states.append), 5)
    assert "BOTYARD_PUBLIC_URL" in str(watch.states[-1].next_step)


async def test_a_discord_that_does_not_answer_is_waited_for(watch: Watch) -> None:
    watch.settings = watch.settings.model_copy(update={"discord_api_url": "http://127.0.0.1:9/api/v10"})
    one = watch.make()
    assert await watch.look(one)
    assert await watch.look(one)
    assert watch.shown() == "connecting"
    assert "cannot be reached" in str(watch.states[-1].reason)


def test_what_only_discord_needs_is_imported_where_it_is_used_first() -> None:
    """Receiver, listeners and workers each belong to every bot, and few bots are on Discord."""
    program = (
        "import sys, agent_runtime.receiver.public, agent_runtime.listeners.pool, agent_runtime.bot.bot;"
        "print([name for name in ('cryptography', 'websockets', 'aiohttp') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
