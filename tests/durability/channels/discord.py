"""Discord: messages and commands by the gateway, whose sessions are lost now and then, replies over REST.

A command has three seconds and is not kept by Discord: it counts as said where it was deferred or stored.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from agent_runtime.mail import mail_key
from tests.durability.facts import rows
from tests.durability.history import Said, Sent
from tests.durability.machine import Machine
from tests.simulators.discord.app import DiscordSimulator
from tests.simulators.discord.interactions import deliver
from tests.simulators.discord.messages import add_message
from tests.simulators.discord.rates import Limits
from tests.simulators.discord.snowflakes import snowflake
from tests.simulators.discord.state import TEXT, Channel, Guild, Interaction, World
from tests.simulators.serving import serving

_SECRET = "DISCORD_TOKEN"
_NAME, _ASK = "discord", "ask"
_CONNECTED_WITHIN = 30.0
# Of so many messages one is said while Discord forgets the session, so that it has to be fetched.
_FORGETS = 5


class Discord:
    """The `Platform`."""

    name = _NAME

    def __init__(self, world: World, url: str) -> None:
        self._world = world
        self.environment = {"BOTYARD_DISCORD_API_URL": f"{url}/api/v10"}

    def account(self, bot: str, machine: Machine) -> _Account:
        return _Account(bot, machine, self._world)


class _Account:
    def __init__(self, bot: str, machine: Machine, world: World) -> None:
        self._bot, self._machine, self._world = bot, machine, world
        starts = {"total": 1_000_000, "remaining": 1_000_000, "window": 0.0}
        self._theirs = world.create_bot(None, message_content=False, starts=starts)
        self._server = Guild(snowflake(), "Server", {self._theirs.id})
        world.guilds[self._server.id] = self._server
        self._places: dict[int, Channel] = {}
        self._said: list[Said] = []
        self._commands: list[tuple[Said, Interaction]] = []
        self.channels = {_NAME: {"token": {"secret": _SECRET}}}
        self.secrets = {_SECRET: self._theirs.token}

    async def say(self, user: int, text: str) -> None:
        """Everybody has a channel of their own; those of an even number give commands."""
        if not await self._connected():
            return
        self._world.person(str(user))
        place = self._place(user)
        if user % 2:
            await self._mention(place, user, text)
        else:
            await self._ask(place, user, text)

    def waiting(self) -> str | None:
        """Of a session that is lost Discord does not tell what was said meanwhile: the answers do."""
        answered = {self._sent(each).text.partition(": ")[2] for each in self._theirs.sent}
        left = sum(said.text not in answered for said in self._said)
        return f"{left} messages of {self._bot} are not answered in Discord" if left else None

    async def ended(self) -> tuple[list[Said], list[Sent]]:
        query = "SELECT key FROM mail WHERE bot = ?"
        stored = {key for (key,) in rows(self._machine.home.mail_database, query, self._bot)}
        asked = [said for said, made in self._commands if made.answered is not None or said.key in stored]
        sent = [self._sent(each) for each in self._theirs.sent]
        return self._said + asked, [each for each in sent if each.text]

    async def _connected(self) -> bool:
        """Once a session is confirmed: who comes for the first time answers nothing that was said before."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_CONNECTED_WITHIN):
                while not any(each.confirmed for each in self._theirs.sessions):  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
                return True
        return False

    def _place(self, user: int) -> Channel:
        if user not in self._places:
            made = Channel(snowflake(), TEXT, self._server.id, f"of {user}")
            self._places[user] = self._world.channels[made.id] = made
        return self._places[user]

    async def _mention(self, place: Channel, user: int, text: str) -> None:
        if len(self._said) % _FORGETS == _FORGETS - 1:
            await self._forget()
        message = await add_message(self._world, place, str(user), f"<@{self._theirs.id}> {text}")
        key = mail_key(_NAME, message["id"])
        self._said.append(Said(self._bot, self._where(place), text, key, time.time()))

    async def _forget(self) -> None:
        """Discord loses the sessions, as it does when its own machines are replaced."""
        sessions, self._theirs.sessions[:] = list(self._theirs.sessions), []
        for session in sessions:
            await session.end(4000)

    async def _ask(self, place: Channel, user: int, text: str) -> None:
        made = Interaction(snowflake(), secrets.token_urlsafe(64), place.id, str(user))
        self._theirs.interactions[made.token] = made
        options = [{"name": "question", "type": 3, "value": text}]
        data = {"id": "1", "name": _ASK, "type": 1, "options": options}
        said = Said(self._bot, self._where(place), text, mail_key(_NAME, made.id), time.time())
        self._commands.append((said, made))
        await deliver(self._world, self._theirs, place, made, data)

    def _sent(self, first: dict[str, Any]) -> Sent:
        """A message as it reads at the end; what a model is told begins with who says it."""
        place = self._world.channels[first["channel_id"]]
        message = place.message(first["id"]) or self._world.answers.get(first["id"]) or {"content": ""}
        at = first["at"]
        if message.get("edited_timestamp"):
            at = datetime.fromisoformat(message["edited_timestamp"]).timestamp()
        head, _, text = message["content"].partition(": Person ")
        words = text.partition(": ")[2]
        return Sent(self._bot, self._where(place), f"{head}: {words}" if words else message["content"], at)

    def _where(self, place: Channel) -> str:
        return f"{_NAME}:{self._server.id}:{place.id}"


@asynccontextmanager
async def opened() -> AsyncIterator[Discord]:
    limits = Limits(global_per_second=100_000, invalid=1_000_000, default=(100_000, 1.0), routes={})
    simulator = DiscordSimulator(limits)
    simulator.world.heartbeat = 0.5
    async with serving(simulator.app, websockets=True) as url:
        simulator.world.url = url
        yield Discord(simulator.world, url)
