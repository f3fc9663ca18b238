"""Links by which people make bots in Telegram: asked for, looked at, taken back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, cast

from sqlmodel.ext.asyncio.session import AsyncSession

from control_api import models
from control_api.audit.repository import record
from control_api.bots import repository as bots
from control_api.bots.schemas import Deploy, DryRun
from control_api.bots.writes import BotWrites
from control_api.caller import Caller
from control_api.kit.paging import Paging
from control_api.kit.problems import ConflictError, FieldProblem, InvalidError, NotFoundError
from control_api.kit.tokens import digest, new_code, new_id
from control_api.kit.write_headers import WriteHeaders
from control_api.managed_bots import repository
from control_api.managed_bots.manager import Manager
from control_api.managed_bots.schemas import MadeLink, ManagedBot, ManagedBots, NewManagedBot, State
from control_api.models import now
from control_api.models.managed_bot import UNDER_WAY, bell
from control_api.operations import intents
from control_api.platform import Platform

LINK_LIVES = timedelta(hours=1)
# That an owner may have unused at a time.
MOST_LINKS = 50
_SECRET = "TELEGRAM_TOKEN"  # noqa: S105 — a secret's name

# `list` is one of the calls below.
Views = list[ManagedBot]


class ManagedBotService:
    """The calls on them."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._database = platform.database

    async def create(self, caller: Caller, body: NewManagedBot) -> MadeLink:
        """Checks the bot as a deploy would and makes the link that brings the token it lacks."""
        deploy, secret = _deploy_of(body)
        intent = await self._writes(caller).promise(deploy, secret)
        username, code = await self._manager().username(), new_code()
        row = models.ManagedBot(
            id=new_id("mb"),
            digest=digest(code),
            user=caller.user,
            owner=intent.bot.owner,
            bot=str(intent.bot),
            secret=secret,
            intent=intents.write(intent),
            operation=intent.operation,
            expires_at=now() + LINK_LIVES,
        )
        async with self._database.writing() as session:
            if await repository.open_links(session, row.owner) >= MOST_LINKS:
                raise _too_many(row.owner)
            session.add(row)
            record(session, caller, "managed-bot.create", bot=row.bot, outcome="done", detail=row.id)
        # https://core.telegram.org/bots/features#deep-linking
        return MadeLink(**view(row).model_dump(), link=f"https://t.me/{username}?start={code}")

    async def preview(self, caller: Caller, body: NewManagedBot) -> DryRun:
        """What would be committed once the token is there; no link is made."""
        deploy, secret = _deploy_of(body)
        self._manager()
        return await self._writes(caller).preview(deploy, secret)

    def _writes(self, caller: Caller) -> BotWrites:
        return BotWrites(self._platform, caller, WriteHeaders(), None)

    async def list(self, caller: Caller, paging: Paging) -> ManagedBots:
        start = paging.number() or 0
        async with self._database.reading() as session:
            rows = await repository.listed(session, owners=caller.owners, start=start, limit=paging.limit + 1)
        kept, cursor = paging.page(rows, lambda _: start + paging.limit)
        return ManagedBots(items=[view(row) for row in kept], next_cursor=cursor)

    async def get(self, caller: Caller, managed_id: str) -> ManagedBot:
        async with self._database.reading() as session:
            row = await session.get(models.ManagedBot, managed_id)
        return view(_seen(caller, row))

    async def delete(self, caller: Caller, managed_id: str) -> None:
        """Takes a link back. A bot that was made by it stays, in Telegram and here."""
        async with self._database.writing() as session:
            row = _seen(caller, await session.get(models.ManagedBot, managed_id))
            caller.check_writable(row.owner)
            if row.state in UNDER_WAY or (row.token_mark and await _is_there(session, row.bot)):
                raise ConflictError(f"{row.bot} is made already; delete the bot itself, by `botyard delete`.")
            await session.delete(row)
            record(session, caller, "managed-bot.delete", bot=row.bot, outcome="done", detail=row.id)
        self._platform.bells.ring(bell(managed_id))

    def _manager(self) -> Manager:
        if self._platform.manager is None:
            error = ConflictError(
                "Botyard has no manager bot in Telegram. Give the bot's own token, or ask an operator to set "
                "BOTYARD_TELEGRAM_MANAGER_TOKEN, as docs/guides/telegram.md describes."
            )
            error.title = "No manager bot"
            raise error
        return self._platform.manager


def view(row: models.ManagedBot) -> ManagedBot:
    """A row as callers see it."""
    return ManagedBot(
        id=row.id,
        bot=row.bot,
        state=cast(State, "expired" if row.has_expired else row.state),
        reason=row.reason,
        opened_by=row.telegram_name,
        username=row.telegram_username,
        operation=row.operation if row.state in {"deploying", "live"} or _was_deployed(row) else None,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )


def with_telegram(spec: Mapping[str, Any]) -> dict[str, Any]:
    """The specification with a Telegram channel and its token; what is not valid the validator says."""
    channels = spec.get("channels") or {}
    telegram = (channels.get("telegram") or {}) if isinstance(channels, Mapping) else None
    if not isinstance(telegram, Mapping):
        return dict(spec)
    return {**spec, "channels": {**channels, "telegram": {"token": {"secret": _SECRET}, **telegram}}}


def _deploy_of(body: NewManagedBot) -> tuple[Deploy, str]:
    """The deploy that lacks its token, and the token's name among its secrets."""
    deploy = Deploy(owner=body.owner, spec=with_telegram(body.spec), secrets=body.secrets)
    secret = _secret_of(deploy.spec)
    if secret in body.secrets:
        raise _not_needed(secret)
    return deploy, secret


def _secret_of(spec: Mapping[str, Any]) -> str:
    """The name of the secret that holds the token, as far as the specification says it."""
    try:
        return str(spec["channels"]["telegram"]["token"]["secret"])
    except (KeyError, TypeError):
        return _SECRET


def _seen(caller: Caller, row: models.ManagedBot | None) -> models.ManagedBot:
    if row is None or not caller.may_read(row.owner):
        raise NotFoundError("link")
    return row


async def _is_there(session: AsyncSession, bot_id: str) -> bool:
    found = await bots.bot(session, bot_id)
    return found is not None and not found.gone


def _was_deployed(row: models.ManagedBot) -> bool:
    return row.state == "failed" and row.token_mark is not None


def _too_many(owner: str) -> ConflictError:
    error = ConflictError(
        f"{owner} has {MOST_LINKS} links that nobody has used yet; take some back, or wait until they expire."
    )
    error.title = "Too many links"
    return error


def _not_needed(secret: str) -> InvalidError:
    detail = "leave it out: Telegram hands this token to Botyard once the link is used"
    return InvalidError(
        f"{secret}: {detail}", errors=[FieldProblem(pointer=f"/secrets/{secret}", detail=detail)]
    )
