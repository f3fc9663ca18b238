"""What a bot's pod gets of the installation: a role of its own in the database, and the addresses to use.

It is in the Secret of the bot's name, which the chart mounts as environment and a pod waits for. A password
is made from a key of the home and the bot's id: none is stored here, and giving is the same each time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import psycopg
import structlog
from lightkube import ApiError, AsyncClient
from lightkube.generic_resource import GenericNamespacedResource
from lightkube.models.meta_v1 import ObjectMeta
from sqlalchemy import URL, make_url

from agent_runtime.settings import RuntimeSettings
from agent_runtime.store.postgres.roles import allow_pods, end_role, make_role, role_of
from agent_runtime.store.postgres.schema import TABLES, prepare
from control_api.engines.kubernetes.api import BOT_LABELS, Secret, away
from control_api.engines.protocol import EngineAwayError
from control_api.kit.fingerprints import Fingerprints
from control_api.settings import ControlSettings

log = structlog.get_logger()

_MANAGER = "botyard"
_TRY_AGAIN = 1.0
# Seconds between two bots that have all they need already, as far as we know.
_UNHURRIED = 0.05
# A pod writes its bot there before anything else.
_KEPT = f"SELECT id FROM {TABLES}.bot"  # noqa: S608 — a name of ours


class Grants:
    """Gives and takes back, one bot after the other; those that are new come first."""

    def __init__(self, client: AsyncClient, settings: ControlSettings) -> None:
        self._client = client
        self._url = make_url(settings.database)
        self._addresses = _addresses(settings)
        self._passwords = Fingerprints(settings.places.age_key.with_name("pods.key"))
        self._new: dict[str, bool] = {}
        self._old: dict[str, bool] = {}
        self._awake = asyncio.Event()
        self._connection: psycopg.Connection[tuple[object, ...]] | None = None
        self._asking = asyncio.Lock()

    def give(self, bot: str, *, soon: bool = True) -> None:
        """The bot is there; not `soon` where it was there before we were."""
        (self._new if soon else self._old)[bot] = True
        self._awake.set()

    def take(self, bot: str) -> None:
        """The bot was deleted: its role, its Secret and all that it kept go."""
        self._old.pop(bot, None)
        self._new[bot] = False
        self._awake.set()

    async def run(self) -> None:
        """Works until cancelled. What cannot be done just now is tried again."""
        while True:
            waiting = self._new or self._old
            if not waiting:
                self._awake.clear()
                await self._awake.wait()
                continue
            if waiting is self._old:
                await asyncio.sleep(_UNHURRIED)
            bot = next(iter(waiting))
            there = waiting.pop(bot)
            try:
                await (self._give(bot) if there else self._take(bot))
            except (EngineAwayError, psycopg.Error) as error:
                log.warning("pod_not_provided_for", bot=bot, reason=_reason(error))
                waiting.setdefault(bot, there)
                await asyncio.sleep(_TRY_AGAIN)

    async def kept(self) -> list[str]:
        """The bots of which the database has something; none while it does not answer."""
        try:
            async with self._asking:
                rows = await asyncio.to_thread(lambda: self._connected().execute(_KEPT).fetchall())
        except psycopg.Error as error:
            log.warning("kept_bots_not_read", reason=_reason(error))
            return []
        return [str(bot) for (bot,) in rows]

    async def aclose(self) -> None:
        if self._connection is not None:
            self._connection.close()

    async def _give(self, bot: str) -> None:
        password = self._passwords.of(b"role", bot.encode())
        async with self._asking:
            await asyncio.to_thread(lambda: make_role(self._connected(), bot, password))
        url = self._url.set(username=role_of(bot), password=password)
        environment = {"BOTYARD_DATABASE_URL": _written(url), **self._addresses}
        with away():
            await self._client.apply(_secret(bot, environment), field_manager=_MANAGER, force=True)

    async def _take(self, bot: str) -> None:
        async with self._asking:
            await asyncio.to_thread(lambda: end_role(self._connected(), bot))
        owner, _, name = bot.partition(".")
        with away():
            try:
                await self._client.delete(Secret, name, namespace=f"user-{owner}")
            except ApiError as error:
                if error.status.code != 404:
                    raise

    def _connected(self) -> psycopg.Connection[tuple[object, ...]]:
        if self._connection is None or self._connection.closed:
            found = psycopg.connect(
                _written(self._url.set(drivername="postgresql")), autocommit=True, connect_timeout=5
            )
            with found.transaction():
                prepare(found)
            allow_pods(found)
            self._connection = found
        return self._connection


def _addresses(settings: ControlSettings) -> dict[str, str]:
    """What pods use of the installation's settings."""
    told = {
        "BOTYARD_PUBLIC_URL": settings.public_url,
        "BOTYARD_TELEGRAM_API_URL": settings.telegram_api_url,
        "BOTYARD_DISCORD_API_URL": settings.discord_api_url,
        "BOTYARD_SLACK_API_URL": settings.slack_api_url,
        "BOTYARD_WHATSAPP_API_URL": settings.whatsapp_api_url,
        "BOTYARD_BRAIN_URL": settings.brain_url,
        "BOTYARD_ALLOW_PRIVATE_URLS": "true" if RuntimeSettings().allow_private_urls else "",
    }
    return {name: value for name, value in told.items() if value}


def _secret(bot: str, environment: Mapping[str, str]) -> GenericNamespacedResource:
    owner, _, name = bot.partition(".")
    labels = {**BOT_LABELS, "app.kubernetes.io/instance": name}
    return Secret(
        apiVersion="v1",
        kind="Secret",
        metadata=ObjectMeta(name=name, namespace=f"user-{owner}", labels=labels),
        type="Opaque",
        stringData=dict(environment),
    )


def _written(url: URL) -> str:
    return url.render_as_string(hide_password=False)


def _reason(error: Exception) -> str:
    # The driver's own words may repeat the address with the password.
    return str(error) if isinstance(error, EngineAwayError) else type(error).__name__
