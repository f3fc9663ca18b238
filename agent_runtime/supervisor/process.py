"""One run of a part: its process group, how it became ready, how it ended."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import Coroutine, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from agent_runtime.supervisor.lifeline import Lifeline, die_with_parent
from agent_runtime.supervisor.logs import open_log
from agent_runtime.supervisor.part import Part
from agent_runtime.supervisor.sockets import READY_VARIABLE, TURN_VARIABLE, variable, without_ours

_CHECK_EVERY = 0.05


class Process:
    """A started part. Made by `start`; ends by itself or by `stop`."""

    def __init__(
        self,
        part: Part,
        child: asyncio.subprocess.Process,
        sign: int,
        turn: socket.socket | None,
        lifeline: Lifeline,
    ) -> None:
        self.part = part
        self._child = child
        self._lifeline = lifeline
        self._signed = asyncio.Event()
        self._ended = asyncio.create_task(self._end())
        self._sign = sign
        self._turn = turn
        asyncio.get_running_loop().add_reader(sign, self._read_sign)

    @classmethod
    async def start(
        cls,
        part: Part,
        sockets: Mapping[str, socket.socket],
        logs: Path,
        lifeline: Lifeline,
        replaces: bool = False,
        waits: bool = False,
    ) -> Process:
        """Start the part with its sockets, its output in `logs`. Raises OSError where that can't be.

        `replaces` says that a live one serves, `waits` that it is to wait for its turn.
        """
        passed = {variable(name): sockets[name].fileno() for name in part.sockets}
        read_sign, write_sign = os.pipe()
        turn, theirs = socket.socketpair() if waits else (None, None)
        output = open_log(logs, part.name)
        environment = {
            **without_ours(os.environ),
            "PYTHONUNBUFFERED": "1",
            **part.environment,
            **{name: str(descriptor) for name, descriptor in passed.items()},
            READY_VARIABLE: str(write_sign),
            **({TURN_VARIABLE: str(theirs.fileno())} if theirs else {}),
        }
        try:
            child = await asyncio.create_subprocess_exec(
                *part.command_line(replaces),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=environment,
                pass_fds=[*passed.values(), write_sign, *([theirs.fileno()] if theirs else [])],
                start_new_session=True,
                preexec_fn=partial(die_with_parent, os.getpid()) if sys.platform == "linux" else None,
            )
        except OSError:
            os.close(read_sign)
            if turn:
                turn.close()
            raise
        finally:
            os.close(write_sign)
            os.close(output)
            if theirs:
                theirs.close()
        lifeline.add(child.pid)
        return cls(part, child, read_sign, turn, lifeline)

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def alive(self) -> bool:
        return not self._ended.done()

    async def ended(self) -> str:
        """Wait for the end; how it ended, in words."""
        return await asyncio.shield(self._ended)

    async def becomes_ready(self) -> str | None:
        """Wait until the part serves: None, or in words why it does not."""
        return await self._within(
            self._checked() if self.part.check else self._wait_signed(), "was not ready"
        )

    async def waits_for_its_turn(self) -> str | None:
        """Wait until the part calls `my_turn`: None, or in words why it does not."""
        return await self._within(self._wait_turn(), "did not wait for its turn")

    def take_turn(self) -> None:
        """The one before it has ended: it may serve."""
        if self._turn is not None:
            with contextlib.suppress(OSError):
                self._turn.send(b"g")
            self._turn.close()
            self._turn = None

    async def _within(self, work: Coroutine[Any, Any, None], failing: str) -> str | None:
        waiting = asyncio.create_task(work)
        try:
            await asyncio.wait(
                {waiting, self._ended},
                timeout=self.part.ready_within,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if self._ended.done():
                return self._ended.result()
            return None if waiting.done() else f"{failing} within {self.part.ready_within:g} s"
        finally:
            waiting.cancel()

    async def drain(self) -> None:
        """Give it the time to end by itself that it needs."""
        if self.part.drain:
            await asyncio.wait({self._ended}, timeout=self.part.drain)

    async def stop(self) -> str:
        """Ask it to end, and after `stop_within` kill it and all that it started."""
        if self.alive:
            with contextlib.suppress(ProcessLookupError):
                self._child.send_signal(signal.SIGTERM)
            await asyncio.wait({self._ended}, timeout=self.part.stop_within)
        if self.alive:
            self._kill_group()
        return await self.ended()

    async def _wait_signed(self) -> None:
        await self._signed.wait()

    async def _wait_turn(self) -> None:
        assert self._turn is not None
        self._turn.setblocking(False)
        if not await asyncio.get_running_loop().sock_recv(self._turn, 1):
            await self.ended()  # it closed its side without a word, so it ends or hangs

    async def _checked(self) -> None:
        assert self.part.check is not None
        while True:
            with contextlib.suppress(Exception):
                if await self.part.check():
                    return
            await asyncio.sleep(_CHECK_EVERY)

    def _read_sign(self) -> None:
        if os.read(self._sign, 1):
            self._signed.set()
        self._drop_sign()

    def _drop_sign(self) -> None:
        if self._sign >= 0:
            asyncio.get_running_loop().remove_reader(self._sign)
            os.close(self._sign)
            self._sign = -1

    async def _end(self) -> str:
        code = await self._child.wait()
        self._kill_group()  # what the part started and left behind
        self._lifeline.remove(self.pid)
        self._drop_sign()
        if self._turn is not None:
            self._turn.close()
        if code < 0:
            return f"was ended by {signal.Signals(-code).name}"
        return f"ended with code {code}"

    def _kill_group(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
