"""One worker of a bot at a time: the ledger has one writer, whatever died a moment ago."""

from __future__ import annotations

import asyncio
import fcntl
import os
from pathlib import Path

from agent_runtime.wire import ProblemError

_LOOK_EVERY = 0.005


async def hold_alone(folder: Path, within: float = 15.0) -> int:
    """Hold the folder until this process ends; the kernel lets go of it then. Raises ProblemError 503."""
    descriptor = os.open(folder / "worker.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = asyncio.get_running_loop().time() + within
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if asyncio.get_running_loop().time() > deadline:
                os.close(descriptor)
                raise ProblemError(503, "busy", "an earlier worker of the bot has not ended") from None
            await asyncio.sleep(_LOOK_EVERY)
        else:
            return descriptor
