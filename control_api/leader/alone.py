"""One control API a home, and one an SQLite database: held by a lock on a file, which dies with its process.

The file also keeps the name by which a control API of this home knows its lease after a restart.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy.engine import make_url

from control_api.settings import ControlSettings

# Seconds for a control API that was just told to end.
_LET_GO = 3.0


class NotAloneError(Exception):
    """Another control API has this home, or its database file."""


@asynccontextmanager
async def alone(settings: ControlSettings) -> AsyncIterator[str]:
    """The name of the control API of this home, held for the block; NotAloneError if another holds it."""
    path = _place(settings)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        await _lock(descriptor, path)
        yield _name(descriptor)
    finally:
        os.close(descriptor)


def _place(settings: ControlSettings) -> Path:
    url = make_url(settings.database)
    if url.get_backend_name() == "sqlite" and url.database:
        file = Path(url.database)
        return file.with_name(f".{file.name}.served")
    return settings.places.root / ".control.served"


async def _lock(descriptor: int, path: Path) -> None:
    until = time.monotonic() + _LET_GO
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > until:
                raise NotAloneError(
                    f"another control API holds {path}: stop it, or give this one a home of its own; several "
                    "on one database need Postgres (BOTYARD_DATABASE_URL) and a BOTYARD_FLEET_REMOTE"
                ) from None
            await asyncio.sleep(0.05)


def _name(descriptor: int) -> str:
    found = os.pread(descriptor, 64, 0).decode("ascii", "replace").strip()
    if not found:
        found = secrets.token_hex(8)
        os.pwrite(descriptor, found.encode(), 0)
        os.fsync(descriptor)
    return found
