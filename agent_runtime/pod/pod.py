"""A pod from its start to its end: one bot, served by one process at a time.

Whoever has the bot's inbox has the bot: a second pod waits for it, so that platforms which hand each message
to one listener are never asked by two.
"""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from functools import partial

import structlog

from agent_runtime.dispatcher.dispatcher import Dispatcher
from agent_runtime.dispatcher.registry import Registration
from agent_runtime.dispatcher.serve import Desk
from agent_runtime.dispatcher.services import Limits, Services
from agent_runtime.hive.process import end_event, settle_memory
from agent_runtime.inner_api import inner_app
from agent_runtime.listeners.pool import Pool
from agent_runtime.network import silence_http_logs
from agent_runtime.pod.bot import MountedSecrets, PodError, take_up
from agent_runtime.pod.entrance import Entrance
from agent_runtime.pod.in_hand import InHand, count_deaths
from agent_runtime.pod.log import PodLogbook
from agent_runtime.pod.settings import PodSettings
from agent_runtime.pod.workers import NearWorkers
from agent_runtime.receiver.known import KnownBots
from agent_runtime.receiver.public import public_app
from agent_runtime.receiver.serving import server_of
from agent_runtime.store.errors import PASSING, HeldElsewhereError, StoreFormatError, StoreRoleError
from agent_runtime.store.inbox import BotRecord, Inbox
from agent_runtime.store.open import open_inbox
from agent_runtime.wire import Near, ProblemError
from agent_runtime.worker.bots import MakeBot

log = structlog.get_logger()

# Of the minute that a pod has to end. A longer turn is handed back, and the next pod goes on with it.
_DRAIN_WITHIN = 20.0
_LET_GO_WITHIN = 5.0
_FIRST_WAIT, _LONGEST_WAIT = 0.1, 2.0  # seconds between tries to have the inbox
_LOOK_EVERY = 15.0
# It has nothing to make room for: it stays for as long as its pod.
_LIMITS = Limits(longest_idle=10 * 365 * 86400.0)


async def serve(settings: PodSettings, make_bot: MakeBot) -> None:
    """Serve until told to end. Raises PodError where it can't begin, or where another pod has its place."""
    silence_http_logs()
    ended = end_event()
    secrets = MountedSecrets(settings.secrets)
    registration = take_up(settings, secrets)
    entrance = Entrance()
    server, listening = server_of(entrance), _listening(*settings.address)
    serving = asyncio.create_task(server.serve([listening]))
    log.info("pod_listens", port=listening.getsockname()[1])
    inbox = open_inbox(settings, settings.bot)
    try:
        if (known := await _held(inbox, entrance, ended)) is not None:
            for record in known:
                registration = registration.after(
                    Registration.of(record.bot, record.revision, record.summary)
                )
            await _Pod(settings, make_bot, registration, secrets, inbox).serve(entrance, ended)
    except (StoreFormatError, StoreRoleError) as error:
        raise PodError(str(error)) from None
    finally:
        server.should_exit = True
        await serving
        await inbox.aclose()


async def _held(inbox: Inbox, entrance: Entrance, ended: asyncio.Event) -> list[BotRecord] | None:
    """Have the inbox, however long another pod does or the database is away: what is known of the bot there.

    None when told to end before.
    """
    wait = _FIRST_WAIT
    while not ended.is_set():
        try:
            return await inbox.bots()
        except PASSING as error:
            if entrance.shut_because != str(error):
                log.info("pod_waits", reason=str(error))
            entrance.shut_because = str(error)
            pause = _FIRST_WAIT if isinstance(error, HeldElsewhereError) else wait
        with suppress(TimeoutError):
            await asyncio.wait_for(ended.wait(), pause)
        wait = min(wait * 2, _LONGEST_WAIT)
    return None


class _Pod:
    """The parts of the hive in one process, from holding the inbox to letting go of it."""

    def __init__(
        self,
        settings: PodSettings,
        make_bot: MakeBot,
        registration: Registration,
        secrets: MountedSecrets,
        inbox: Inbox,
    ) -> None:
        self._settings, self._registration, self._inbox = settings, registration, inbox
        self._keeper = Near(secrets.asked)
        self._in_hand = InHand(settings.paths.bot(registration.bot) / "in-hand.json")
        self._workers = NearWorkers(settings, make_bot, self._in_hand)
        self._logbook = PodLogbook(settings.paths)
        self._dispatcher = Dispatcher(
            lambda changed: Services(
                settings, inbox, self._keeper, self._workers, self._logbook, _LIMITS, changed
            )
        )
        desk = Desk(self._dispatcher)
        self._line = Near(desk.asked, desk.heard)
        self._pool = Pool(settings, self._line, self._keeper, 0)

    async def serve(self, entrance: Entrance, ended: asyncio.Event) -> None:
        known = KnownBots(self._line)
        await self._take_up()
        following = [asyncio.create_task(each.follow()) for each in (known, self._pool)]
        await known.complete.wait()
        webhooks = public_app(known, self._line, self._keeper)
        entrance.open(webhooks, inner_app(self._settings.paths, self._line))
        settle_memory()
        log.info("pod_ready", bot=self._registration.bot, revision=self._registration.revision)
        taken_over = await self._until(ended)
        entrance.shut_because = "it is ending"
        for task in following:
            task.cancel()
        await self._pool.aclose()
        await self._let_go(0.0 if taken_over else _DRAIN_WITHIN)
        if taken_over:
            raise PodError("another pod has taken this bot's place while the database could not be reached")

    async def _take_up(self) -> None:
        """Store what the bot is now, then take up what waits for it, and have its worker ready."""
        services, registration = self._dispatcher.services, self._registration
        record = BotRecord(registration.bot, registration.revision, registration.summary())
        await services.keep(partial(self._inbox.put_bot, record))
        deaths = partial(count_deaths, self._inbox, registration.bot, self._in_hand, _LIMITS.attempts)
        await services.keep(deaths)
        await self._dispatcher.recover()
        services.spawn(self._start())

    async def _start(self) -> None:
        """Why it does not start is in its status."""
        with suppress(ProblemError):
            await self._dispatcher.start(self._registration.bot)

    async def _until(self, ended: asyncio.Event) -> bool:
        """Wait for the end; whether it comes because another pod has the inbox."""
        while not ended.is_set():
            try:
                await self._inbox.bots()
            except HeldElsewhereError:
                return True
            except PASSING:
                pass
            with suppress(TimeoutError):
                await asyncio.wait_for(ended.wait(), _LOOK_EVERY)
        return False

    async def _let_go(self, within: float) -> None:
        """Let the turns in hand end; what does not is handed back, for the next pod to go on with."""
        await self._dispatcher.drain(within)
        await self._dispatcher.aclose()
        await self._workers.ended(_LET_GO_WITHIN)
        self._line.close()
        self._logbook.close()


def _listening(host: str, port: int) -> socket.socket:
    """Raises PodError where the address is taken or is none of this pod's."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    both = family is socket.AF_INET6 and socket.has_dualstack_ipv6()
    try:
        listening = socket.create_server((host, port), family=family, backlog=1024, dualstack_ipv6=both)
    except OSError as error:
        raise PodError(f"can't listen on {host}, port {port}: {error.strerror}") from None
    listening.setblocking(False)
    return listening
