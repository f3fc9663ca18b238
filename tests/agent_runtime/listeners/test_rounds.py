"""Listeners take turns: so many at once, in their order, and one in a place at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent_runtime.channels.channel import ChannelState
from agent_runtime.listeners.listener import Listener
from agent_runtime.listeners.rounds import Rounds
from agent_runtime.settings import RuntimeSettings
from agent_runtime.wire import ProblemError


class Around:
    """Holds whoever asks for a token until it is let go, and notes who does."""

    def __init__(self) -> None:
        self.asking: list[str] = []
        self.asked: list[str] = []
        self.go = asyncio.Event()

    async def open(self, listener: Listener) -> str:
        self.asked.append(listener.secret)
        self.asking.append(listener.secret)
        try:
            await self.go.wait()
            raise ProblemError(503, "restarting", "this part is restarting; try again")
        finally:
            await asyncio.sleep(0.01)
            self.asking.remove(listener.secret)

    async def accept(self, listener: Listener, arrivals: object) -> None: ...

    async def announce(self, listener: Listener, digest: str) -> None: ...

    def report(self, listener: Listener) -> None: ...


@pytest.fixture
async def rounds() -> AsyncIterator[Rounds]:
    made = Rounds(2)
    yield made
    await made.aclose()


@pytest.fixture
def around() -> Around:
    return Around()


def listener(around: Around, name: str, tmp_path: Path, bot: str | None = None) -> Listener:
    key = (f"al.{bot or name}", "telegram")
    return Listener(around, RuntimeSettings(home=tmp_path), key, "r1", name, "digest")


async def until_asked(around: Around, names: list[str]) -> None:
    async with asyncio.timeout(10):
        while len(around.asked) < len(names):  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.01)
    assert around.asked == names


async def test_as_many_as_may_take_their_turns_in_their_order(
    rounds: Rounds, around: Around, tmp_path: Path
) -> None:
    for name in "ABCDE":
        rounds.start(listener(around, name, tmp_path))
    await asyncio.sleep(0.05)
    assert around.asking == ["A", "B"]
    around.go.set()
    # A failure is tried again a second later.
    await until_asked(around, list("ABCDE"))
    around.asked.clear()
    await until_asked(around, list("ABCDE"))


async def test_who_is_stopped_takes_no_turn_and_its_successor_waits_for_its_end(
    rounds: Rounds, around: Around, tmp_path: Path
) -> None:
    one, waiting = (listener(around, name, tmp_path, bot="x") for name in ("ONE", "WAITING"))
    rounds.start(one)
    await until_asked(around, ["ONE"])
    rounds.stop(one)
    rounds.start(waiting)
    rounds.stop(waiting)
    rounds.start(listener(around, "LAST", tmp_path, bot="x"))
    assert around.asking == ["ONE"]
    await until_asked(around, ["ONE", "LAST"])
    assert around.asking == ["LAST"]


async def test_at_the_end_all_turns_are_cancelled(around: Around, tmp_path: Path) -> None:
    rounds = Rounds(2)
    for name in "ABC":
        rounds.start(listener(around, name, tmp_path))
    await until_asked(around, ["A", "B"])
    await rounds.aclose()
    await asyncio.sleep(0.05)
    assert around.asking == []
    assert around.asked == ["A", "B"]


async def test_who_is_new_waits_for_nobody_who_hangs(around: Around, tmp_path: Path) -> None:
    rounds = Rounds(4)
    known = [listener(around, f"KNOWN{n}", tmp_path) for n in range(9)]
    for each in known:
        each.state = ChannelState("connected")
        rounds._put(each, 0.0)
    await until_asked(around, [f"KNOWN{n}" for n in range(3)])
    rounds.start(listener(around, "NEW", tmp_path))
    await until_asked(around, [f"KNOWN{n}" for n in range(3)] + ["NEW"])
    around.go.set()
    async with asyncio.timeout(10):
        while not {each.secret for each in known} <= set(around.asked):  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.01)
    await rounds.aclose()


def test_what_begins_anew_is_no_news(around: Around, tmp_path: Path) -> None:
    one = listener(around, "ONE", tmp_path)
    one._report(ChannelState("connecting"))
    one._report(ChannelState("connected"))
    one._report(ChannelState("connecting"))
    assert one.state == ChannelState("connected")
    one._report(ChannelState("connecting", "Telegram cannot be reached; trying again."))
    assert one.state is not None
    assert one.state.reason is not None
