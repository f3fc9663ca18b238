"""Starts parts in order, keeps them alive, holds their sockets, stops them in reverse order."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import socket
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from types import TracebackType

import structlog

from agent_runtime.files import write_whole
from agent_runtime.home import Home
from agent_runtime.supervisor.kept import KeptPart
from agent_runtime.supervisor.lifeline import Lifeline
from agent_runtime.supervisor.logs import LIMIT, tail, trim
from agent_runtime.supervisor.part import Part, PartError, Standing, State
from agent_runtime.supervisor.process import Process
from agent_runtime.supervisor.sockets import inherited, listen

log = structlog.get_logger()

_TRIM_EVERY = 5.0
_HOPELESS = 5  # crashes after which waiting for the first start is given up


class Supervisor:
    """Keeps the given parts of one home running.

    `async with Supervisor(home, parts) as running` starts them, `await running.all_ready()` waits for them.
    A supervisor may be a part of another: sockets that it inherited are passed on, the others it makes.
    """

    def __init__(
        self, home: Home, parts: Iterable[Part], *, name: str = "parts", log_limit: int = LIMIT
    ) -> None:
        self._home = home
        self._record = home.run / f"{name}.json"
        self._log_limit = log_limit
        self._sockets: dict[str, socket.socket] = {}
        self._own: list[str] = []
        self._parts = {part.name: KeptPart(part, self._start_process, self._note) for part in parts}
        self._trimming: asyncio.Task[None] | None = None
        self._hopeless = asyncio.Event()
        self._restarts_before = dict.fromkeys(self._parts, 0)
        self._lifeline: Lifeline | None = None
        self._replacing = asyncio.Lock()

    async def __aenter__(self) -> Supervisor:
        self._home.run.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._home.run.chmod(0o700)
        self._open_sockets()
        self._lifeline = Lifeline()
        for kept in self._parts.values():
            kept.begin([self._parts[name] for name in kept.part.after])
        self._trimming = asyncio.create_task(self._trim_logs())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stop()

    async def all_ready(self, within: float | None = None) -> None:
        """Wait until every part serves.

        Raises PartError, with the end of its log, for a part that is late or crashes again and again.
        """
        # A part may have crashed many times in its life; what counts is how often it does from now on.
        self._restarts_before = {name: each.restarts for name, each in self.standings().items()}
        self._hopeless.clear()
        waiting = asyncio.create_task(self._each_ready())
        hopeless = asyncio.create_task(self._wait_hopeless())
        try:
            await asyncio.wait({waiting, hopeless}, timeout=within, return_when=asyncio.FIRST_COMPLETED)
            if not waiting.done():
                late = [kept for kept in self._parts.values() if not kept.is_ready.is_set()]
                if late:
                    raise PartError(self._complaint(max(late, key=lambda kept: kept.standing.restarts)))
        finally:
            waiting.cancel()
            hopeless.cancel()
            await asyncio.gather(waiting, hopeless, return_exceptions=True)

    def standings(self) -> Mapping[str, Standing]:
        """Every part's state, process, restarts after crashes, and why it is not ready."""
        return {name: kept.standing for name, kept in self._parts.items()}

    async def replace(self, name: str) -> None:
        """Restart one part as planned: its sockets stay open, so that clients wait and none is refused."""
        await self._parts[name].replace()

    async def until_told(self) -> None:
        """Wait for SIGTERM, SIGINT or the terminal's end. SIGUSR1 restarts every part in turn, as planned."""
        loop, told = asyncio.get_running_loop(), asyncio.Event()
        renewals: set[asyncio.Task[None]] = set()

        def renew() -> None:
            task = asyncio.create_task(self.replace_all())
            renewals.add(task)
            task.add_done_callback(renewals.discard)

        # A program started by nohup goes on without its terminal, so that signal stays ignored.
        ends = [signal.SIGTERM, signal.SIGINT]
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            ends.append(signal.SIGHUP)
        for number in ends:
            loop.add_signal_handler(number, told.set)
        loop.add_signal_handler(signal.SIGUSR1, renew)
        try:
            await told.wait()
        finally:
            for number in (*ends, signal.SIGUSR1):
                loop.remove_signal_handler(number)

    async def replace_all(self) -> None:
        """Restart every part as planned, in turn; a part that fails is logged and the rest go on."""
        async with self._replacing:
            for name in self._parts:
                try:
                    await self.replace(name)
                except (PartError, OSError) as error:
                    log.error("part_not_replaced", part=name, reason=str(error))

    async def _each_ready(self) -> None:
        for kept in self._parts.values():
            await kept.is_ready.wait()

    async def _wait_hopeless(self) -> None:
        await self._hopeless.wait()

    def _open_sockets(self) -> None:
        for name in sorted({name for kept in self._parts.values() for name in kept.part.sockets}):
            passed = inherited(name)
            if passed is None:
                passed = listen(self._home.socket(name))
                self._own.append(name)
            self._sockets[name] = passed

    async def _start_process(self, part: Part, replaces: bool, waits: bool) -> Process:
        assert self._lifeline is not None
        return await Process.start(part, self._sockets, self._home.logs, self._lifeline, replaces, waits)

    async def _stop(self) -> None:
        gone = {name: asyncio.Event() for name in self._parts}

        async def stop(kept: KeptPart) -> None:
            for other in self._parts.values():
                if kept.part.name in other.part.after:
                    await gone[other.part.name].wait()
            await kept.stop()
            gone[kept.part.name].set()

        await asyncio.gather(*(stop(kept) for kept in self._parts.values()))
        if self._trimming is not None:
            self._trimming.cancel()
        if self._lifeline is not None:
            self._lifeline.close()
        for name, listening in self._sockets.items():
            listening.close()
            if name in self._own:
                self._home.socket(name).unlink(missing_ok=True)
        self._record.unlink(missing_ok=True)

    async def _trim_logs(self) -> None:
        while True:
            await asyncio.sleep(_TRIM_EVERY)
            for name in self._parts:
                with contextlib.suppress(OSError):
                    trim(self._home.logs, name, self._log_limit)

    def _note(self) -> None:
        """Write what `botyard doctor` shows; a full disk must not stop the supervision."""
        present, before = self.standings(), self._restarts_before
        if any(each.restarts - before[name] >= _HOPELESS for name, each in present.items()):
            self._hopeless.set()
        standings = {name: asdict(standing) for name, standing in present.items()}
        with contextlib.suppress(OSError):
            write_whole(self._record, json.dumps(standings))

    def _complaint(self, kept: KeptPart) -> str:
        name, standing = kept.part.name, kept.standing
        reason = standing.reason or f"is {State(standing.state).value}"
        written = tail(self._home.logs, name)
        return f"{name} {reason}; its log is {self._home.logs / f'{name}.log'}\n{written}".rstrip()
