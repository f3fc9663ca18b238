"""The launcher's warm-up leaves a process that can be forked, and a fork of it answers."""

from __future__ import annotations

import subprocess
import sys

_PROGRAM = """
import asyncio, os, sys, threading
from agent_runtime.bot import Bot, warm_up
from agent_runtime.network import ssl_context
from agent_runtime.settings import RuntimeSettings
from agent_runtime.spec import parse_spec
from agent_runtime.store.ledger import memory_ledger

settings = RuntimeSettings()
warm_up(settings)
assert threading.active_count() == 1
assert "agent_runtime.bot.bot" in sys.modules and "openai._streaming" in sys.modules
shared = id(ssl_context())
child = os.fork()
if child == 0:
    async def answer():
        spec = parse_spec({"version": 1, "name": "b", "instructions": "x"})
        bot = Bot("a.b", spec, {}, memory_ledger(), settings, lambda kind, data: None)
        listed = await bot.call("conversations.list", {})
        await bot.aclose()
        return listed
    ok = asyncio.run(answer()) == {"items": [], "next_cursor": None} and id(ssl_context()) == shared
    os._exit(0 if ok else 1)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_a_fork_of_a_warm_process_works() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", _PROGRAM], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
