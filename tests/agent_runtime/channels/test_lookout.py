"""A channel that is looked after: ever more rarely while well, and as politely as its platform asks for."""

from __future__ import annotations

from agent_runtime.channels.calls import UnreachableError
from agent_runtime.channels.channel import ChannelState, TokenRefusedError, WaitError
from agent_runtime.channels.lookout import Announce, BrokenError, Lookout

WELL = ChannelState("connected", name="Ann's")


class Looked:
    """A platform that does as it is told, and what was said of it."""

    def __init__(self, *does: ChannelState | Exception) -> None:
        self._does = list(does)
        self.first: list[bool] = []
        self.shown: list[ChannelState] = []
        self.lookout = Lookout(self._see, self.shown.append)

    async def _see(self, url: str, announce: Announce, *, first: bool) -> ChannelState:
        self.first.append(first)
        does = self._does.pop(0)
        if isinstance(does, Exception):
            raise does
        return does

    async def look(self) -> float | None:
        return await self.lookout.look("https://x.example/webhook/a.b/c", announce)


async def announce(digest: str) -> None:
    raise AssertionError("the platform announces, if it has something to announce")


async def test_it_is_looked_at_ever_more_rarely_while_well() -> None:
    looked = Looked(*[WELL] * 12)
    pauses = [await looked.look() or 0.0 for _ in range(12)]
    assert 1.0 <= pauses[0] <= 2.0
    assert all(450.0 <= pause <= 900.0 for pause in pauses[6:])
    assert looked.first == [True, *[False] * 11]
    assert looked.shown == [ChannelState("connecting"), WELL]


async def test_a_refused_token_ends_it_and_says_what_to_do() -> None:
    looked = Looked(TokenRefusedError("It is refused.\nSet another one."))
    assert await looked.look() is None
    assert looked.shown[-1] == ChannelState("failed", "It is refused.", "Set another one.")


async def test_what_is_broken_is_registered_anew_until_it_works() -> None:
    looked = Looked(WELL, BrokenError("It goes elsewhere.", "See to it."), WELL)
    pauses = [await looked.look() or 0.0 for _ in range(3)]
    assert looked.first == [True, False, True]
    assert 0 < pauses[1] <= 1.0
    assert looked.shown[1:] == [WELL, ChannelState("failed", "It goes elsewhere.", "See to it."), WELL]


async def test_a_wait_is_obeyed_exactly_and_says_nothing() -> None:
    looked = Looked(WaitError("slowly", 37.0), WELL)
    assert await looked.look() == 37.0
    assert looked.shown == [ChannelState("connecting")]
    await looked.look()
    assert looked.shown[-1] == WELL


async def test_who_cannot_be_reached_is_told_of_from_the_second_time_on() -> None:
    looked = Looked(*[UnreachableError("It cannot be reached", sent=False)] * 9, WELL)
    pauses = [await looked.look() or 0.0 for _ in range(9)]
    assert looked.shown[0] == ChannelState("connecting")
    assert len(looked.shown) == 2
    assert "trying again" in str(looked.shown[1].reason)
    assert pauses[0] <= 1.0
    assert 30.0 <= pauses[8] <= 60.0
    await looked.look()
    assert looked.shown[-1] == WELL
