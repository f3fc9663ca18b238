"""Forgets what is no longer needed: old events, used codes and links, ended sessions, old keys of writes."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from sqlmodel import col, delete

from control_api.bots.submission import KEY_LIVES
from control_api.database import Database
from control_api.managed_bots import repository as managed_bots
from control_api.models import Event, IdempotencyKey, SignInCode, WebSession, WrongTry, now

EVENTS_LIVE = timedelta(days=7)
_EVERY = 3600.0


async def run(database: Database) -> None:
    """Once an hour, until cancelled."""
    while True:
        await once(database)
        await asyncio.sleep(_EVERY)


async def once(database: Database) -> None:
    """One round."""
    moment = now()
    async with database.writing() as session:
        await session.exec(delete(Event).where(col(Event.at) < moment - EVENTS_LIVE))
        await session.exec(delete(IdempotencyKey).where(col(IdempotencyKey.created_at) < moment - KEY_LIVES))
        await session.exec(delete(SignInCode).where(col(SignInCode.expires_at) < moment))
        await session.exec(delete(WebSession).where(col(WebSession.expires_at) < moment))
        await managed_bots.forget(session, moment)
        await session.exec(delete(WrongTry).where(col(WrongTry.since) < moment - timedelta(hours=1)))
