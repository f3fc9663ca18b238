"""From a link that somebody opens in Telegram to the operation that deploys the bot they have named there.

Each step is stored before the next one begins, so that an update that comes again goes on where the first
one ended, and deploys once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import structlog

from control_api.audit.repository import record
from control_api.bots.writes import BotWrites
from control_api.kit.problems import BotyardError, ForbiddenError, NoRoomError, UnavailableError
from control_api.kit.tokens import digest
from control_api.kit.write_headers import WriteHeaders
from control_api.managed_bots import repository, words
from control_api.managed_bots.asker import caller_of
from control_api.managed_bots.manager import Manager, NotManagedError
from control_api.managed_bots.renewal import Renewal
from control_api.managed_bots.service import LINK_LIVES
from control_api.models import ManagedBot, now
from control_api.models.managed_bot import UNUSED, bell
from control_api.operations import intents
from control_api.operations import repository as operations
from control_api.platform import Platform
from gitops.intent import Intent

log = structlog.get_logger()

_NOT_HANDED_OVER = "Telegram does not hand over the token of @{}: {}. Ask for a new link."


class Handover:
    """What people and Telegram tell the manager bot."""

    def __init__(self, platform: Platform, manager: Manager) -> None:
        self._platform = platform
        self._manager = manager
        self._renewal = Renewal(platform, manager)
        # Written by the leader alone, whose lease this database checks.
        self._database = platform.leaders_database

    async def opened(self, person: Mapping[str, Any], code: str) -> None:
        """Somebody has opened a link: from now on it is theirs, and they get the button."""
        async with self._database.reading() as session:
            row = await repository.by_digest(session, digest(code))
        who = int(person["id"])
        if row is None or row.has_expired:
            await self._manager.mention(who, words.NO_LINK)
        elif row.telegram_user not in (None, who):
            await self._manager.mention(who, words.OTHERS_LINK)
        elif row.state not in UNUSED:
            await self._manager.mention(who, words.made_before(str(row.telegram_username)))
        else:
            await self._invite(row, who, _name(person))

    async def made(self, person: Mapping[str, Any], bot: Mapping[str, Any]) -> bool:
        """A bot was made, which Telegram tells twice, or has changed. Whether it is known what it is for."""
        row = await self._claimed(int(person["id"]), bot)
        if row is not None and row.state == "created":
            self._platform.bells.ring(bell(row.id))
            await self._deploy(row)
        elif row is not None and row.token_mark is not None:
            await self._renewal.renew(row)
        return row is not None

    async def _invite(self, row: ManagedBot, person: int, name: str) -> None:
        bound = await self._bind(row.id, person, name)
        if bound is None:
            await self._manager.mention(person, words.OTHERS_LINK)
            return
        self._platform.bells.ring(bell(row.id))
        button = words.button(row.bot.partition(".")[2], _shown_name(row))
        await self._manager.say(person, words.invitation(row.bot, bound.expires_at - now()), button)

    async def _bind(self, row_id: str, person: int, name: str) -> ManagedBot | None:
        """The link, if it is this person's now or was before; the first opening gives its button an hour."""
        async with self._database.writing() as session:
            row = await session.get(ManagedBot, row_id)
            if row is None or row.telegram_user not in (None, person):
                return None
            row.opened_at = now()
            if row.telegram_user is None:
                row.expires_at = row.opened_at + LINK_LIVES
                about = {"bot": row.bot, "detail": f"{row.id} by telegram:{person}", "via": "telegram"}
                record(session, row.user, "managed-bot.open", outcome="done", **about)
            row.state, row.telegram_user, row.telegram_name = "opened", person, name
            session.add(row)
            return row

    async def _claimed(self, person: int, bot: Mapping[str, Any]) -> ManagedBot | None:
        """The link that the bot was made by: that whose button its maker has before them."""
        async with self._database.writing() as session:
            row = await repository.by_telegram_bot(session, int(bot["id"]))
            if row is None and (row := await repository.opened_by(session, person)) is not None:
                row.state, row.telegram_bot = "created", int(bot["id"])
                row.telegram_username = str(bot["username"])
                session.add(row)
            return row

    async def _deploy(self, row: ManagedBot) -> None:
        username = str(row.telegram_username)
        try:
            token = await self._manager.token_of(int(row.telegram_bot or 0))
        except NotManagedError as error:
            await self._fail(row, _NOT_HANDED_OVER.format(username, error))
            return
        try:
            await self._submit(row, token)
        except (UnavailableError, NoRoomError):
            raise
        except BotyardError as error:
            await self._fail(row, error.detail)
            return
        mark = self._platform.fingerprints.of(token.encode())
        await self._moved(row.id, state="deploying", intent=None, token_mark=mark)
        await self._manager.say(int(row.telegram_user or 0), words.starting(username), words.NOTHING)

    async def _submit(self, row: ManagedBot, token: str) -> None:
        async with self._database.reading() as session:
            if await operations.operation(session, row.operation) is not None:
                return
            caller = await caller_of(session, row.user)
        if caller is None:
            raise ForbiddenError(
                f"{row.user}, who asked for {row.bot}, may not sign in any more. "
                "Make a new link as somebody else."
            )
        promised = cast(Intent, intents.read(row.intent or {}))
        await BotWrites(self._platform, caller, WriteHeaders(), None).keep(promised, {row.secret: token})

    async def _fail(self, row: ManagedBot, reason: str) -> None:
        log.info("managed_bot_failed", bot=row.bot, reason=reason)
        await self._moved(row.id, state="failed", intent=None, reason=reason)
        await self._manager.say(int(row.telegram_user or 0), words.failed(row.bot), words.NOTHING)

    async def _moved(self, row_id: str, **values: Any) -> None:
        async with self._database.writing() as session:
            row = await session.get(ManagedBot, row_id)
            if row is not None:
                row.sqlmodel_update(values)
                session.add(row)
        self._platform.bells.ring(bell(row_id))


def _shown_name(row: ManagedBot) -> str | None:
    """What the specification wants people to see in Telegram, if it says."""
    found: str | None = ((row.intent or {}).get("spec") or {})["channels"]["telegram"].get("name")
    return found


def _name(person: Mapping[str, Any]) -> str:
    """First and last name, and the username if there is one; https://core.telegram.org/bots/api#user."""
    full = " ".join(str(person[key]) for key in ("first_name", "last_name") if person.get(key))
    return (f"{full} (@{person['username']})" if person.get("username") else full)[:200]
