"""The writer is killed -9 in the middle of its work: what it had said is stored."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from agent_runtime.settings import RuntimeSettings
from agent_runtime.store.open import open_inbox

_WRITER = """
import asyncio, json, sys
from agent_runtime.mail import Mail
from agent_runtime.settings import RuntimeSettings
from agent_runtime.store.open import open_inbox

async def main():
    inbox = open_inbox(RuntimeSettings(**json.loads(sys.stdin.readline())))
    async def keep_on(first):
        for number in range(first, 10**9, 20):
            await inbox.submit([Mail(str(number), "a.b", "test", str(first), "s", "{}", 1.0)])
            print(number, flush=True)
    await asyncio.gather(*map(keep_on, range(20)))

asyncio.run(main())
"""


@pytest.mark.parametrize("backend", ["sqlite", "postgres"])
async def test_what_was_acknowledged_is_there(
    backend: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("store_url") if backend == "postgres" else None
    told = {"home": str(tmp_path), "database_url": url}
    writer = await asyncio.create_subprocess_exec(sys.executable, "-c", _WRITER, stdin=PIPE, stdout=PIPE)
    assert writer.stdin is not None
    assert writer.stdout is not None
    writer.stdin.write(json.dumps(told).encode() + b"\n")
    lines = [await writer.stdout.readline() for _ in range(500)]
    writer.send_signal(signal.SIGKILL)
    lines += (await writer.stdout.read()).splitlines(keepends=True)
    await writer.wait()
    acknowledged = {line.decode().strip() for line in lines if line.endswith(b"\n")}
    inbox = open_inbox(RuntimeSettings.model_validate(told))
    waiting = [mail.key for mail in await inbox.waiting()]
    assert acknowledged <= set(waiting)
    assert len(waiting) - len(acknowledged) <= 20
    for conversation in range(20):
        numbers = [int(key) for key in waiting if int(key) % 20 == conversation]
        assert numbers == sorted(numbers)
    await inbox.aclose()
