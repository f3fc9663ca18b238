"""Workers as tasks of the dispatcher's own process, in place of processes that a launcher forks."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextvars import copy_context

from agent_runtime.mail import Mail
from agent_runtime.pod.in_hand import InHand
from agent_runtime.pod.log import Speaker, speaking
from agent_runtime.settings import RuntimeSettings
from agent_runtime.worker.bots import MakeBot
from agent_runtime.worker.serve import Worker


class _NearWorker(Worker):
    in_hand: InHand

    async def _answer(self, mail: Mail, streamed: bool) -> None:
        with self.in_hand.holding(mail.key):
            await super()._answer(mail, streamed)


class NearWorkers:
    """Each has its end of a socket pair, as a process has: what dispatcher and worker say stays the same."""

    def __init__(self, settings: RuntimeSettings, make_bot: MakeBot, in_hand: InHand) -> None:
        self._settings, self._make_bot, self._in_hand = settings, make_bot, in_hand
        self._tasks: set[asyncio.Task[None]] = set()

    async def fork(self, bot: str, started: Callable[[int], None]) -> socket.socket:
        """It has no process of its own, so that nobody hears of any."""
        ours, theirs = socket.socketpair()
        for end in (ours, theirs):
            end.setblocking(False)
        speaker, context = Speaker(), copy_context()
        context.run(speaking.set, speaker)
        work = self._serve(theirs, speaker)
        task = asyncio.get_running_loop().create_task(work, name=f"worker {bot}", context=context)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return ours

    def close(self) -> None:
        """They end with the dispatcher's ends of their sockets."""

    async def ended(self, within: float) -> None:
        """Wait, for so many seconds, until each has let go of its ledger."""
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=within)

    async def _serve(self, connection: socket.socket, speaker: Speaker) -> None:
        worker = _NearWorker(self._settings, self._make_bot, lambda: worker.leave.set(), speaker.set_up)
        worker.in_hand = self._in_hand
        await worker.serve(connection)
