"""A worker that is no longer wanted when it comes up holds nobody up."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from agent_runtime.dispatcher.launcher import Launcher
from agent_runtime.dispatcher.registry import Registration
from agent_runtime.dispatcher.runner import Runner
from agent_runtime.dispatcher.services import Limits, Services
from agent_runtime.logbook import Logbook
from agent_runtime.settings import RuntimeSettings
from agent_runtime.store.inbox import Inbox
from agent_runtime.wire import Link, ProblemError

FIRST = Registration("al.bot", "r1", False, 60.0, (), ())


class Forks:
    """A launcher whose workers say nothing. `soon` is done when the first of them is there."""

    def __init__(self) -> None:
        self.workers: list[socket.socket] = []
        self.forked: asyncio.Queue[None] = asyncio.Queue()
        self.soon: Callable[[], object] = lambda: None

    async def fork(self, bot: str, started: Callable[[int], None]) -> socket.socket:
        ours, theirs = socket.socketpair()
        for end in (ours, theirs):
            end.setblocking(False)
        if not self.workers:
            asyncio.get_running_loop().call_soon(self.soon)
        self.workers.append(theirs)
        self.forked.put_nowait(None)
        return ours


@pytest.fixture
async def forks() -> AsyncIterator[Forks]:
    forks = Forks()
    yield forks
    for worker in forks.workers:
        worker.close()


@pytest.fixture
async def runner(forks: Forks, tmp_path: Path) -> AsyncIterator[Runner]:
    settings = RuntimeSettings(home=tmp_path)
    launcher, logbook = cast("Launcher", forks), Logbook(settings.paths)
    keeper, inbox = Link(tmp_path / "keeper.sock"), cast("Inbox", None)
    services = Services(settings, inbox, keeper, launcher, logbook, Limits(), lambda _: None)
    runner = Runner(services, FIRST)
    yield runner
    runner.end(ProblemError(410, "the test is over"))
    await services.settled()
    logbook.close()


async def test_a_revision_that_comes_while_a_worker_connects_has_its_own_at_once(
    forks: Forks, runner: Runner
) -> None:
    forks.soon = lambda: runner.replace(replace(FIRST, revision="r2"))
    starting = asyncio.create_task(runner.start())
    async with asyncio.timeout(5):
        await forks.forked.get()
        await forks.forked.get()
        assert await asyncio.get_running_loop().sock_recv(forks.workers[0], 1) == b""
    assert runner.worker is not None
    assert runner.worker.revision == "r2"
    starting.cancel()


async def test_a_bot_that_is_removed_while_its_worker_connects_leaves_none(
    forks: Forks, runner: Runner
) -> None:
    forks.soon = lambda: runner.end(ProblemError(410, "the bot was removed"))
    with pytest.raises(ProblemError, match="removed"):
        await runner.start()
    async with asyncio.timeout(5):
        assert await asyncio.get_running_loop().sock_recv(forks.workers[0], 1) == b""
    assert runner.worker is None
