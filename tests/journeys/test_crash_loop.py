"""A bot whose process keeps dying: failed with the reason, and its neighbours notice nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil
import pytest

from tests.journeys.processes import children, eventually
from tests.journeys.world import World

ASKED = 20
# Ten times what it took before, or this: the machine is shared with other tests, and a stall is what counts.
AT_LEAST = 1.0


@contextmanager
def _dying(botyard: World, bot: str) -> Iterator[list[int]]:
    """kill -9 of every worker of the bot, as soon as there is one; gives the processes that died."""
    dead: list[int] = []
    done = threading.Event()

    def kill() -> None:
        while not done.wait(0.1):
            for process in children(botyard.installation.pid):
                with suppress(psutil.NoSuchProcess):
                    if process.name() == f"bot {bot}":
                        process.kill()
                        dead.append(process.pid)

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield dead
    finally:
        done.set()
        thread.join()


def _slowest(botyard: World) -> float:
    """Of some turns of the neighbour, in seconds."""
    took = []
    for number in range(ASKED):
        begun = time.monotonic()
        assert botyard.api.chat("admin.neighbour", f"m{number}")["text"] == f"echo: m{number}"
        took.append(time.monotonic() - begun)
    return max(took)


@pytest.mark.long
@pytest.mark.timeout(180)
def test_a_crash_loop_is_failed_with_the_reason_and_costs_nobody_else(botyard: World) -> None:
    often = {"turns_per_user_per_hour": 1000}
    botyard.api.deploy(botyard.spec("neighbour", budget=often))
    botyard.api.deploy(botyard.spec("loop", model="slow:1", budget=often))
    before = _slowest(botyard)
    with _dying(botyard, "admin.loop") as dead:
        begun = time.monotonic()
        answer = botyard.api.ask("POST", "/bots/admin.loop/chat", {"text": "Are you there?"})
        assert "echo: Are you there?" not in answer.text
        eventually("it is failed", lambda: botyard.api.phase("admin.loop") == "failed", within=60, pause=0.2)
        took = time.monotonic() - begun
        status = botyard.api.read("/bots/admin.loop")["status"]
        meanwhile = _slowest(botyard)
    turns = f"slowest turn beside it {before * 1e3:.0f} ms, then {meanwhile * 1e3:.0f} ms"
    print(f"\nfailed after {took:.1f} s and {len(set(dead))} deaths; {turns}")
    assert "SIGKILL" in status["reason"]
    assert status["next_step"]
    assert meanwhile < max(10 * before, AT_LEAST)
    assert botyard.api.phase("admin.neighbour") == "live"
    # Once nothing kills it any more, its owner has it back by a restart.
    botyard.api.write("POST", "/bots/admin.loop/restart")
    assert botyard.api.chat("admin.loop", "And now?")["text"] == "echo: And now?"
