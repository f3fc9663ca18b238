"""Hashing and checking passwords with argon2, a few at a time and beside the event loop.

A check costs the same whether or not the user exists and has a password, so that time tells no names.
"""

from __future__ import annotations

import asyncio
import functools
import secrets
from concurrent.futures import ThreadPoolExecutor

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlmodel import col, delete
from sqlmodel.ext.asyncio.session import AsyncSession

from control_api.models import Password, SignInCode, WebSession, now

SHORTEST = 10
LONGEST = 256

_hasher = PasswordHash((Argon2Hasher(),))
# Each hash takes 64 MiB and most of a core for a tenth of a second; more at once would slow everybody.
_AT_ONCE = 2
_hashing = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="password")


async def hashed(password: str) -> str:
    """The hash to store."""
    return await asyncio.get_running_loop().run_in_executor(_hashing, _hasher.hash, password)


async def is_right(password: str, stored: str | None) -> bool:
    """Whether the password is the stored one; with none stored, False after the same work."""
    return await asyncio.get_running_loop().run_in_executor(_hashing, _is_right, password, stored)


def _is_right(password: str, stored: str | None) -> bool:
    nobodys = _nobodys()
    return _hasher.verify(password, stored or nobodys) and stored is not None


@functools.cache
def _nobodys() -> str:
    return _hasher.hash(secrets.token_urlsafe())


async def store(session: AsyncSession, user: str, stored: str) -> None:
    """Sets the password and ends what was opened before it: sessions and links that wait to be used."""
    row = await session.get(Password, user) or Password(user=user, hash=stored)
    row.hash, row.changed_at = stored, now()
    session.add(row)
    await end_sessions(session, user)


async def end_sessions(session: AsyncSession, user: str) -> None:
    """Signs the user out everywhere."""
    await session.exec(delete(WebSession).where(col(WebSession.user) == user))
    await session.exec(delete(SignInCode).where(col(SignInCode.user) == user))
    await session.flush()
