"""Discord's gateway: the way in by a connection that is held, for messages and for commands.

https://docs.discord.com/developers/events/gateway. One session a shard, as many as Discord recommends.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable

import structlog

from agent_runtime.channels.calls import UnreachableError
from agent_runtime.channels.channel import ChannelState
from agent_runtime.channels.discord.api import DiscordApi, DiscordError, part
from agent_runtime.channels.discord.application import application_of, register
from agent_runtime.channels.discord.inbound import answer_to, identify_interaction, identify_message
from agent_runtime.channels.discord.line import TOKEN_REFUSED, Line, Report, without_content
from agent_runtime.channels.discord.missed import channels_of, first_missed, messages_after
from agent_runtime.channels.discord.refused import RefusedCalls
from agent_runtime.channels.discord.session import Session, tidy
from agent_runtime.channels.discord.shard import Event, FatalCloseError, Json, Shard
from agent_runtime.channels.discord.starts import Starts, pause
from agent_runtime.failpoints import failpoint
from agent_runtime.mail import Arrival
from agent_runtime.settings import RuntimeSettings

log = structlog.get_logger()

Accept = Callable[[list[Arrival]], Awaitable[None]]
# https://docs.discord.com/developers/events/gateway#list-of-intents: servers, their messages, private ones.
_INTENTS, _CONTENT = 1 << 0 | 1 << 9 | 1 << 12, 1 << 15
_REFUSED, _DISALLOWED = 4004, 4014
# A listener that starts with a thousand bots does not ask Discord for all of them at once.
_CONNECTING = asyncio.Semaphore(32)


async def listen(token: str, settings: RuntimeSettings, accept: Accept, state: Report) -> None:
    """Hold the connections until cancelled, or until Discord refuses the token: that is shown and ends it."""
    tidy(settings.paths.discord)
    api = DiscordApi(settings.discord_api_url, token, RefusedCalls(settings.paths.discord))
    try:
        await _Gateway(api, token, settings, accept, state).run()
    finally:
        await api.aclose()


class _Gateway:
    """`Hearing` of one bot's shards."""

    def __init__(
        self, api: DiscordApi, token: str, settings: RuntimeSettings, accept: Accept, state: Report
    ) -> None:
        self._api, self._token, self._accept = api, token, accept
        self._folder = settings.paths.discord
        self._line, self._starts = Line(state), Starts()
        self._state = ChannelState("connecting")
        self._application, self._me = "", ""
        self._content = True
        # What comes is stored in the order in which it came, however long that takes and whatever it is.
        self._storing = asyncio.Lock()

    async def run(self) -> None:
        self._line.show(self._state)
        while True:
            try:
                await self._hold()
            except DiscordError as error:
                if error.status == 401:
                    return self._line.show(TOKEN_REFUSED)
                await asyncio.sleep(self._line.trouble(f"Discord says: {error.message}", error.retry_after))
            except UnreachableError as error:
                await asyncio.sleep(self._line.trouble(str(error)))
            except FatalCloseError as closed:
                if closed.code == _REFUSED:
                    return self._line.show(TOKEN_REFUSED)
                # Whoever turned the intent off did so after we had asked for it.
                self._content = self._content and closed.code != _DISALLOWED
                await asyncio.sleep(self._line.trouble(str(closed)))

    async def _hold(self) -> None:
        async with _CONNECTING:
            await self._connect()
            gateway = await self._api.call("GET", "/gateway/bot")
        count = max(1, int(gateway.get("shards", 1)))
        shards = [self._shard(number, count) for number in range(count)]
        tasks = [asyncio.ensure_future(each.run()) for each in shards]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for task in done:
            task.result()

    def _shard(self, number: int, count: int) -> Shard:
        session = Session.of_shard(self._folder, self._application, number, count)
        intents = _INTENTS | (_CONTENT if self._content else 0)
        return Shard(self, session, self._token, intents, (number, count), self._line.trouble)

    async def _connect(self) -> None:
        """Who the bot is, as a connected channel shows it. Raises what a call raises."""
        application = await application_of(self._api)
        await register(self._api, application, None)
        self._application, self._me = part(application.id), application.user
        self._content = self._content and application.reads_messages
        reason, next_step = (None, None) if self._content else without_content(self._application)
        self._state = ChannelState("connected", reason, next_step, application.name, application.invite)

    async def start(self, shard: int) -> str:
        gateway = await self._api.call("GET", "/gateway/bot")
        limit = gateway.get("session_start_limit") or {}
        if (wait := pause(limit)) > 0:
            left = f"Discord lets this bot connect anew {limit.get('remaining')} times more today"
            log.warning("discord_starts_slowly", left=limit.get("remaining"), seconds=wait)
            self._line.show(ChannelState("connecting", f"{left}; it does so in {wait:.0f} seconds."))
            await asyncio.sleep(wait)
        await self._starts.turn(shard, int(limit.get("max_concurrency", 1)))
        return str(gateway["url"])

    async def deal(self, session: Session, events: list[Event]) -> None:
        said: list[Json] = []
        for event in events:
            if event.name == "MESSAGE_CREATE":
                said.append(event.data)
            elif event.name == "READY":
                await self._ready(session, event)
            elif event.name == "RESUMED":
                self._line.well(self._state)
            elif event.name == "GUILD_CREATE":
                await self._server(session, event.data)
        await self._store(session, said)

    async def _ready(self, session: Session, event: Event) -> None:
        data = event.data
        servers = [str(each["id"]) for each in data.get("guilds") or ()]
        session.begin(str(data["session_id"]), str(data["resume_gateway_url"]), servers)
        for chat in list(session.chats):
            await self._fetch(session, chat, None)
        # From here on nothing is lost, whoever dies: only now the channel is shown as connected.
        session.seq = event.seq
        session.keep()
        self._line.well(self._state)

    async def _server(self, session: Session, data: Json) -> None:
        """A server is there: with the session, after an outage, or because the bot has come to it."""
        server = str(data.get("id"))
        for channel in channels_of(data, self._me, first_missed(session.since)):
            await self._fetch(session, channel, server)
        session.fetched(server)

    async def _fetch(self, session: Session, channel: str, server: str | None) -> None:
        failpoint("gateway.missed")
        place = {"guild_id": server} if server is not None else {}
        found = await messages_after(self._api, channel, first_missed(session.since))
        await self._store(session, [each | place for each in found])

    async def _store(self, session: Session, said: list[Json]) -> None:
        taken = (identify_message(message, self._me) for message in said)
        arrivals = [arrival for arrival in taken if arrival is not None]
        if arrivals:
            failpoint("gateway.heard")
            async with self._storing:
                await self._accept(arrivals)
            failpoint("gateway.stored")
        for message in said:
            number, channel = message.get("id"), message.get("channel_id")
            # What has no id is no message; telling Discord so changes nothing.
            if isinstance(number, str) and number.isdecimal():
                private = "guild_id" not in message and isinstance(channel, str)
                session.heard(int(number), str(channel) if private else None)

    async def answer(self, interaction: Json) -> None:
        """https://docs.discord.com/developers/interactions/receiving-and-responding: within three seconds."""
        arrival = identify_interaction(interaction, json.dumps(interaction))
        if arrival is not None:
            failpoint("gateway.asked")
            async with self._storing:
                await self._accept([arrival])
        number, token = part(str(interaction.get("id"))), part(str(interaction.get("token")))
        body = answer_to(interaction, taken=arrival is not None)
        try:
            await self._api.call("POST", f"/interactions/{number}/{token}/callback", body, own=False)
        except (DiscordError, UnreachableError) as error:
            # The answer goes to the channel then, as that of an interaction that took too long.
            log.warning("discord_not_deferred", reason=str(error))
