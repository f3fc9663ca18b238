"""Acknowledgements a second at the receiver's socket, beside a bare echo and python-telegram-bot's server.

Receiver and dispatcher share one core and the load has the other; each of the others in its turn likewise.
The bots are paused: their messages are stored, synced and acknowledged, and no worker takes part.
"""

from __future__ import annotations

import asyncio
import hashlib
import signal
import statistics
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import uvloop

from agent_runtime.channels.telegram.inbound import digest_of
from agent_runtime.wire import Link
from bench.figures import Measured
from bench.load import closed_loop
from bench.machine import ROOT, cores, pin, pinned, workspace
from bench.progress import say
from bench.scale import Scale
from bench.servers import SECRET
from bench.updates import requests
from tests.agent_runtime.hive.running import Hive, running_hive, write_revision

_CONNECTIONS = 64
_STORING = ("receiver", "dispatcher")
_SEALED = b"never opened: the bot is paused\n"


def run(scale: Scale) -> dict[str, Measured]:
    core, load_core = cores()
    with workspace() as folder, pinned(load_core):
        return uvloop.run(_measure(folder, scale, core, load_core))


async def _measure(folder: Path, scale: Scale, core: int, load_core: int) -> dict[str, Measured]:
    async with AsyncExitStack() as stack:
        sockets = {
            name: await stack.enter_async_context(_server(name, folder, core))
            for name in ("echo", "ptb", "nothing")
        }
        hive = await stack.enter_async_context(running_hive(folder / "home", {}))
        doors = await _paused_bots(hive, scale.ack_bots)
        for part in hive.running.standings():
            pin(hive.pid(part), core if part in _STORING else load_core)
        most = await closed_loop(sockets["nothing"], requests(doors), _CONNECTIONS, scale.ack_seconds)
        say(f"the load generator can do {most.rate:,.0f}/s")
        sockets["ours"] = str(hive.home.socket("webhook"))
        targets = {"ours": doors, "echo": doors, "ptb": [("/webhook", SECRET)]}
        rates: dict[str, list[float]] = {name: [] for name in targets}
        for turn in range(scale.ack_turns + 1):
            for name, where in targets.items():
                load = requests(where)
                answers = await closed_loop(sockets[name], load, _CONNECTIONS, scale.ack_seconds)
                assert answers.refused == 0, f"{name}: {answers.statuses}"
                if turn:  # the first turn warms up
                    rates[name].append(answers.rate)
            say(", ".join(f"{name} {each[-1]:,.0f}/s" for name, each in rates.items() if each) or "warm")
    return {
        "ack_over_starlette": _over(rates, "echo", most.rate),
        "ack_over_ptb": _over(rates, "ptb", most.rate),
    }


def _over(rates: dict[str, list[float]], other: str, most: float) -> Measured:
    """The median of the ratios of neighbouring turns: what disturbs one disturbs the other too."""
    ratio = statistics.median(a / b for a, b in zip(rates["ours"], rates[other], strict=True))
    beside = {f"{name}_per_s": statistics.median(rates[name]) for name in ("ours", other)}
    return Measured(ratio, ratio, {**beside, "load_generator_per_s": most})


@asynccontextmanager
async def _server(name: str, folder: Path, core: int) -> AsyncIterator[str]:
    """One of `bench.servers`, pinned; its socket."""
    socket = folder / f"{name}.sock"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.servers", name, str(socket), cwd=ROOT
    )
    try:
        async with asyncio.timeout(30):
            while not socket.exists():
                assert process.returncode is None, f"{name} ended with {process.returncode}"
                await asyncio.sleep(0.05)
        pin(process.pid, core)
        yield str(socket)
    finally:
        process.send_signal(signal.SIGTERM)
        await process.wait()


async def _paused_bots(hive: Hive, many: int) -> list[tuple[str, str]]:
    """Bots that take webhooks with our secret; each holds a thousand messages. Their doors."""
    channels = {"telegram": {"token": {"secret": "TELEGRAM_TOKEN"}}}
    sealed = hashlib.sha256(_SEALED).hexdigest()[:16]
    dispatcher = Link(hive.home.socket("dispatcher"))
    doors = []
    for number in range(many):
        bot = f"bench.b{number}"
        write_revision(
            hive.home, bot, "r1", "Be kind.", {"TELEGRAM_TOKEN": _SEALED}, channels=channels, paused=True
        )
        await hive.client.put_bot(bot, "r1")
        await dispatcher.ask(
            "admit", {"bot": bot, "channel": "telegram", "sealed": sealed, "digest": digest_of(SECRET)}
        )
        doors.append((f"/webhook/{bot}", SECRET))
    dispatcher.close()
    return doors
