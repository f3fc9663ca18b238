"""What must be right before anything is started; each refusal says what to do."""

from __future__ import annotations

import asyncio
import errno
import os
import resource
import socket
import time

from sqlalchemy.engine import make_url

from agent_runtime.home import Home
from agent_runtime.settings import is_loopback
from agent_runtime.store.open import inbox_is_served
from control_api.leader.alone import NotAloneError, alone
from control_api.settings import ControlSettings

_LET_GO = 1.0  # seconds that the gateway of a Botyard that was just killed may still hold the port
_FALL_SILENT = 3.0  # seconds after which Postgres knows that the runtime of a killed Botyard is gone


class RefusedStartError(Exception):
    """Botyard can't be started like this; the message says what to do."""


async def check_address(settings: ControlSettings) -> None:
    """The port is free, and nobody but this machine can reach a Botyard that has no operator yet."""
    if settings.port == 0:
        raise RefusedStartError("BOTYARD_PORT=0 is no port to reach Botyard at: choose one from 1 to 65535")
    claimed = settings.bootstrap_token is not None or settings.places.credentials.exists()
    if not is_loopback(settings.host) and not claimed:
        raise RefusedStartError(
            f"BOTYARD_HOST={settings.host} would open a Botyard without an operator to the network: start it "
            "once on 127.0.0.1 and sign in, or set BOTYARD_BOOTSTRAP_TOKEN"
        )
    until = time.monotonic() + _LET_GO
    while reason := why_taken(settings.host, settings.port):
        if time.monotonic() > until:
            raise RefusedStartError(reason)
        await asyncio.sleep(0.05)


async def check_database(settings: ControlSettings) -> None:
    """No other Botyard is on the database: its bots would be run twice, and its fleet have two truths."""
    try:
        async with alone(settings):
            pass
    except NotAloneError as error:
        raise RefusedStartError(str(error)) from error
    if make_url(settings.database).get_backend_name() != "postgresql":
        return
    until = time.monotonic() + _FALL_SILENT
    while await asyncio.to_thread(inbox_is_served, settings.database):
        if time.monotonic() > until:
            raise RefusedStartError(
                "another `botyard up` runs its bots on this database: stop it, or give this one a database "
                "of its own by BOTYARD_DATABASE_URL (`python -m control_api` starts a control API alone, "
                "of which there may be several)"
            )
        await asyncio.sleep(0.1)


def why_taken(host: str, port: int) -> str | None:
    """Why nobody can listen at the address, and what to do; None when it is free."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host.strip("[]"), port, type=socket.SOCK_STREAM
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return (
                f"port {port} on {host} is taken by another program: stop it, or choose another port, "
                f"such as BOTYARD_PORT={port % 65535 + 1}"
            )
        if error.errno == errno.EACCES:
            return f"port {port} is for root alone: choose one from 1024 on with BOTYARD_PORT"
        return f"nobody can listen on {host} port {port} ({error}): check BOTYARD_HOST and BOTYARD_PORT"
    return None


def make_home(home: Home) -> None:
    """The home and its run folder, for their owner alone."""
    if home.restoring.exists():
        raise RefusedStartError(f"a restore into {home.root} was cut short: run `botyard restore` again")
    os.umask(0o077)
    for folder in (home.root, home.run, home.logs):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    home.root.chmod(0o700)
    if home.run.stat().st_uid != os.getuid():
        raise RefusedStartError(f"{home.run} belongs to another user: remove it, or set BOTYARD_HOME")


def raise_limits() -> None:
    """As many open files as the system lets this user have: every bot and connection takes some."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 65536 if hard == resource.RLIM_INFINITY else min(hard, 65536)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
