"""One run of a part: its process group, how it became ready, how it ended."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from agent_runtime.supervisor.lifeline import Lifeline, die_with_parent
from agent_runtime.supervisor.logs import open_log
from agent_runtime.supervisor.part import Part
from agent_runtime.supervisor.sockets import READY_VARIABLE, variable, without_ours

_CHECK_EVERY = 0.05


class Process:
    """A started part. Made by `start`; ends by itself or by `stop`."""

    def __init__(self, part: Part, child: asyncio.subprocess.Process, sign: int, lifeline: Lifeline) -> None:
        self.part = part
        self._child = child
        self._lifeline = lifeline
        self._signed = asyncio.Event()
        self._ended = asyncio.create_task(self._end())
        self._sign = sign
        asyncio.get_running_loop().add_reader(sign, self._read_sign)

    @classmethod
    async def start(
        cls,
        part: Part,
        sockets: Mapping[str, socket.socket],
        logs: Path,
        lifeline: Lifeline,
        replaces: bool = False,
    ) -> Process:
        """Start the part with its sockets, its output in `logs`. Raises OSError where that can't be."""
        passed = {variable(name): sockets[name].fileno() for name in part.sockets}
        read_sign, write_sign = os.pipe()
        output = open_log(logs, part.name)
        environment = {
            **without_ours(os.environ),
            "PYTHONUNBUFFERED": "1",
            **part.environment,
            **{name: str(descriptor) for name, descriptor in passed.items()},
            READY_VARIABLE: str(write_sign),
        }
        try:
            child = await asyncio.create_subprocess_exec(
                *part.command_line(replaces),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=environment,
                pass_fds=[*passed.values(), write_sign],
                start_new_session=True,
                preexec_fn=partial(die_with_parent, os.getpid()) if sys.platform == "linux" else None,
            )
        except OSError:
            os.close(read_sign)
            raise
        finally:
            os.close(write_sign)
            os.close(output)
        lifeline.add(child.pid)
        return cls(part, child, read_sign, lifeline)

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
        waiting = asyncio.create_task(self._checked() if self.part.check else self._signed.wait())
        try:
            await asyncio.wait(
                {waiting, self._ended},
                timeout=self.part.ready_within,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if self._ended.done():
                return self._ended.result()
            return None if waiting.done() else f"was not ready within {self.part.ready_within:g} s"
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
        if code < 0:
            return f"was ended by {signal.Signals(-code).name}"
        return f"ended with code {code}"

    def _kill_group(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
