"""Starts Botyard on one machine and stays until it is told to end."""

from __future__ import annotations

import asyncio
import sys
import time

import httpx2
import structlog
import typer

from agent_runtime.log import standard_error
from agent_runtime.supervisor import HomeLock, Supervisor
from control_api import fleet
from control_api.cli.output import note
from control_api.gateway import forget
from control_api.machine.client import Asker, local_url
from control_api.machine.demo import deploy_demo
from control_api.machine.guards import check_address, check_database, make_home, raise_limits
from control_api.machine.parts import keep_back, parts
from control_api.settings import ControlSettings

_READY_WITHIN = 120.0


async def run(settings: ControlSettings, *, demo: bool) -> None:
    """Prepare, start every part, greet, wait for SIGINT or SIGTERM, stop.

    Raises RefusedStartError, HomeInUseError, GatewayError or PartError, each with what to do.
    """
    started = time.monotonic()
    _say_warnings_only()
    make_home(settings.places)
    with HomeLock(settings.places):
        await check_address(settings)
        await check_database(settings)
        raise_limits()
        await fleet.prepare(settings)
        kept_back = keep_back()
        async with (
            Supervisor(settings.places, parts(settings, kept_back)) as running,
            Asker(settings, kept_back) as asker,
        ):
            told = asyncio.create_task(running.until_told())
            greeting = asyncio.create_task(_greet(running, asker, settings, started, demo=demo))
            await asyncio.wait({told, greeting}, return_when=asyncio.FIRST_COMPLETED)
            if greeting.done():
                greeting.result()
                await told
            else:
                greeting.cancel()
                await asyncio.gather(greeting, return_exceptions=True)
            note("Botyard stops.")
        forget(settings.places)


async def _greet(
    running: Supervisor, asker: Asker, settings: ControlSettings, started: float, *, demo: bool
) -> None:
    await running.all_ready(_READY_WITHIN)
    await asker.until_ready(_READY_WITHIN)
    try:
        link = await asker.sign_in()
    except (OSError, httpx2.HTTPError) as error:
        # A full disk, for one: bots go on answering, and `botyard user link` makes a link when there is room.
        link = f"no link could be made ({error}); make one by `botyard user link`"
    seconds = time.monotonic() - started
    typer.echo(f"Botyard is ready in {seconds:.1f} s: {local_url(settings)}")
    typer.echo(f"Sign in, once, within ten minutes: {link}")
    sys.stdout.flush()
    try:
        if demo and await asker.fleet_is_empty():
            await deploy_demo(asker)
    except httpx2.HTTPError as error:
        note(f"The demo could not be deployed ({error}); Botyard itself runs.")


def _say_warnings_only() -> None:
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False),
            structlog.dev.ConsoleRenderer(colors=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger("warning"),
        logger_factory=structlog.PrintLoggerFactory(standard_error()),
    )
