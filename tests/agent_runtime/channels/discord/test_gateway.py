"""The gateway is held against the simulator: nothing is lost, and nothing comes twice as another."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from agent_runtime.channels.channel import ChannelState
from agent_runtime.channels.discord import gateway, starts
from agent_runtime.mail import Arrival
from agent_runtime.settings import RuntimeSettings
from tests.simulators.discord.client import Discord


@dataclass
class Around:
    """Who takes what the gateway hears."""

    settings: RuntimeSettings
    token: str
    taken: list[Arrival] = field(default_factory=list)
    states: list[ChannelState] = field(default_factory=list)
    held: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None

    def __post_init__(self) -> None:
        self.held.set()

    async def accept(self, arrivals: list[Arrival]) -> None:
        await self.held.wait()
        self.taken += arrivals

    async def listen(self) -> None:
        await gateway.listen(self.token, self.settings, self.accept, self.states.append)

    def start(self) -> None:
        self.task = asyncio.create_task(self.listen())

    async def stop(self) -> None:
        assert self.task is not None
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    @property
    def ids(self) -> list[str]:
        return [each.platform_id for each in self.taken]

    async def until(self, so: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not so():  # noqa: ASYNC110 - nothing tells of it
                await asyncio.sleep(0.01)

    async def until_state(self, state: str) -> ChannelState:
        await self.until(lambda: bool(self.states) and self.states[-1].state == state)
        return self.states[-1]


Listening = Callable[[str], Awaitable[Around]]


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Discord wants five seconds between two sessions; the simulator is told to want none."""
    monkeypatch.setattr(starts, "_SPACING_SECONDS", 0.0)


@pytest.fixture
async def listening(discord: Discord, tmp_path: Path) -> AsyncIterator[Listening]:
    everybody: list[Around] = []

    async def begin(token: str) -> Around:
        around = Around(RuntimeSettings(home=tmp_path, discord_api_url=discord.api_url), token)
        everybody.append(around)
        around.start()
        return around

    yield begin
    for around in everybody:
        await around.stop()


async def new_bot(discord: Discord, **more: Any) -> dict[str, Any]:
    return await discord.create_bot(starts={"window": 0.0}, **more)


async def two_beats(discord: Discord, token: str) -> None:
    """Returns once the bot's only session has sent two more heartbeats."""

    async def beats() -> int:
        (session,) = (await discord.gateway(token))["sessions"]
        return int(session["beats"])

    before = await beats()
    async with asyncio.timeout(10):
        while await beats() < before + 2:  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.02)


@asynccontextmanager
async def away(around: Around) -> AsyncIterator[None]:
    """The listener's process ends, and another one takes its place."""
    await around.stop()
    yield
    around.start()


async def test_it_hears_private_messages_mentions_replies_and_threads(
    discord: Discord, listening: Listening
) -> None:
    bot = await new_bot(discord)
    place = await discord.guild(bot["token"])
    around = await listening(bot["token"])
    assert (await around.until_state("connected")).link is not None
    thread = await discord.thread(place["channel"])
    said = [await discord.say(bot["token"], 7, "in private")]
    for where in (place["channel"], thread):
        said.append(await discord.say(bot["token"], 7, f"<@{bot['id']}> hello", channel=where))
        await discord.say(bot["token"], 7, "to somebody else", channel=where)
    await around.until(lambda: len(around.taken) >= 3)
    assert around.ids == [each["id"] for each in said]
    assert [each.conversation for each in around.taken] == [
        "discord:7",
        f"discord:{place['id']}:{place['channel']}",
        f"discord:{place['id']}:{thread}",
    ]
    assert {each.sender for each in around.taken} == {"discord:7"}


@pytest.mark.parametrize("how", ["close", "reconnect", "silence"])
async def test_a_broken_connection_is_taken_up_again(
    discord: Discord, listening: Listening, how: str
) -> None:
    await discord.settings(heartbeat=0.3)
    bot = await new_bot(discord)
    around = await listening(bot["token"])
    await around.until_state("connected")
    await discord.do(bot["token"], how)
    said = [(await discord.say(bot["token"], 7, f"{number}"))["id"] for number in range(5)]
    await around.until(lambda: len(around.taken) >= 5)
    assert list(dict.fromkeys(around.ids)) == said
    told = await discord.gateway(bot["token"], count=1)
    assert (told["starts"]["remaining"], told["sessions"][0]["resumes"]) == (999, 1)


async def test_another_process_takes_the_session_up(discord: Discord, listening: Listening) -> None:
    bot = await new_bot(discord)
    around = await listening(bot["token"])
    await around.until_state("connected")
    async with away(around):
        said = (await discord.say(bot["token"], 7, "while nobody listens"))["id"]
    await around.until(lambda: said in around.ids)
    assert (await discord.gateway(bot["token"]))["starts"]["remaining"] == 999


async def test_what_is_not_stored_is_told_again(discord: Discord, listening: Listening) -> None:
    """A heartbeat goes out between hearing and storing, and the process dies: Discord has not forgotten."""
    await discord.settings(heartbeat=0.1)
    bot = await new_bot(discord)
    around = await listening(bot["token"])
    await around.until_state("connected")
    around.held.clear()
    said = (await discord.say(bot["token"], 7, "hold this"))["id"]
    # One of them may have been on its way already.
    await two_beats(discord, bot["token"])
    async with away(around):
        around.held.set()
    await around.until(lambda: said in around.ids)
    assert (await discord.gateway(bot["token"]))["starts"]["remaining"] == 999


async def test_what_came_while_no_session_was_open_is_fetched(discord: Discord, listening: Listening) -> None:
    bot = await new_bot(discord)
    place = await discord.guild(bot["token"])
    await discord.say(bot["token"], 7, f"<@{bot['id']}> long before", channel=place["channel"])
    around = await listening(bot["token"])
    await around.until_state("connected")
    first = [
        await discord.say(bot["token"], 7, "in private"),
        await discord.say(bot["token"], 7, f"<@{bot['id']}> here", channel=place["channel"]),
    ]
    await around.until(lambda: len(around.taken) == 2)
    async with away(around):
        await discord.do(bot["token"], "forget")
        missed = [
            await discord.say(bot["token"], 7, "missed in private"),
            await discord.say(bot["token"], 7, f"<@{bot['id']}> missed", channel=place["channel"]),
        ]
        for number in range(120):
            await discord.say(bot["token"], 8, f"chatter {number}", channel=place["channel"])
        missed.append(await discord.say(bot["token"], 7, f"<@{bot['id']}> last", channel=place["channel"]))
    await around.until(lambda: missed[-1]["id"] in around.ids)
    # What was stored before may come again, as the same; what is older than the first day does not.
    assert set(around.ids) == {each["id"] for each in first + missed}
    fresh = list(dict.fromkeys(around.ids))
    assert fresh == [each["id"] for each in first + missed]
    assert (await discord.gateway(bot["token"]))["starts"]["remaining"] == 998


async def test_channels_that_are_closed_to_it_are_not_asked_for(
    discord: Discord, listening: Listening
) -> None:
    bot = await new_bot(discord)
    place = await discord.guild(bot["token"])
    hidden, silent = [await discord.channel(place["id"]) for _ in range(2)]
    await discord.deny(bot["token"], hidden, "VIEW_CHANNEL")
    await discord.deny(bot["token"], silent, "READ_MESSAGE_HISTORY")
    around = await listening(bot["token"])
    await around.until_state("connected")
    async with away(around):
        await discord.do(bot["token"], "forget")
        for channel in (hidden, silent, place["channel"]):
            await discord.say(bot["token"], 7, f"<@{bot['id']}> hello", channel=channel)
    await around.until(lambda: len(around.taken) == 1)
    fetched = await discord.calls(bot["token"], "GET /channels/{channel}/messages")
    assert {each["path"].split("/")[2] for each in fetched} == {place["channel"]}
    assert (await discord.settings())["invalid"] == 0


async def test_a_session_that_discord_ends_is_begun_anew(discord: Discord, listening: Listening) -> None:
    bot = await new_bot(discord)
    around = await listening(bot["token"])
    await around.until_state("connected")
    await discord.say(bot["token"], 7, "before")
    await around.until(lambda: len(around.taken) == 1)
    await discord.do(bot["token"], "invalidate")
    await discord.say(bot["token"], 7, "between")
    await around.until(lambda: len(set(around.ids)) == 2)


async def test_a_command_is_stored_and_deferred(discord: Discord, listening: Listening) -> None:
    bot = await new_bot(discord)
    around = await listening(bot["token"])
    await around.until_state("connected")
    await discord.set_commands(bot["token"], "ask")
    made = await discord.interact(bot["token"], 7, "ask", question="why?")
    answered = (await discord.interactions(bot["token"], count=1))[0]
    assert (answered["id"], answered["type"]) == (made["id"], 5)
    assert answered["answered"] < 1
    assert around.ids == [made["id"]]


async def test_what_is_no_message_is_passed_over(discord: Discord, listening: Listening) -> None:
    bot = await new_bot(discord)
    around = await listening(bot["token"])
    await around.until_state("connected")
    author = {"id": "7", "username": "ann"}
    well = {"id": "18446744073709551615", "channel_id": "9", "author": author, "content": "\ud800 \x00"}
    badly: list[Any] = [
        {},
        None,
        [],
        {"id": None},
        {"id": "x", "channel_id": 3, "author": author, "content": "no"},
        {"id": "1", "author": 7},
        {"id": "2", "channel_id": "9", "author": author | {"bot": True}, "content": "another bot"},
        {"id": "3", "channel_id": "9", "author": author, "type": 6, "content": "has pinned something"},
    ]
    for event in badly:
        for name in ("MESSAGE_CREATE", "SOMETHING_NEW"):
            await discord.do(bot["token"], "dispatch", name=name, data=json.dumps(event))
    await discord.do(bot["token"], "dispatch", name="MESSAGE_CREATE", data=json.dumps(well))
    await around.until(lambda: len(around.taken) == 1)
    assert around.ids == [well["id"]]
    assert (await discord.gateway(bot["token"]))["sessions"][0]["resumes"] == 0


async def test_whoever_has_few_sessions_left_waits(discord: Discord, listening: Listening) -> None:
    bot = await discord.create_bot(starts={"window": 0.0, "remaining": 100})
    around = await listening(bot["token"])
    await around.until(lambda: any("100 times more" in str(each.reason) for each in around.states))
    assert (await discord.gateway(bot["token"]))["starts"]["remaining"] == 100


async def test_a_refused_token_ends_it(discord: Discord, listening: Listening) -> None:
    around = await listening("no.such.token")
    state = await around.until_state("failed")
    assert "token" in str(state.reason)
    assert around.task is not None
    await asyncio.wait_for(around.task, 5)


async def test_a_token_that_is_reset_while_it_listens_ends_it(discord: Discord, listening: Listening) -> None:
    bot = await new_bot(discord)
    around = await listening(bot["token"])
    await around.until_state("connected")
    await discord.reset(bot["token"])
    assert "reset" in str((await around.until_state("failed")).reason)


async def test_without_the_intent_it_says_so_and_goes_on(discord: Discord, listening: Listening) -> None:
    bot = await new_bot(discord, message_content=False)
    around = await listening(bot["token"])
    state = await around.until_state("connected")
    assert "Message Content Intent" in f"{state.reason} {state.next_step}"
    await discord.say(bot["token"], 7, "in private")
    await around.until(lambda: len(around.taken) == 1)


async def test_the_intent_is_turned_off_while_it_listens(discord: Discord, listening: Listening) -> None:
    bot = await new_bot(discord)
    around = await listening(bot["token"])
    await around.until_state("connected")
    await discord.intent(bot["token"], message_content=False)
    await discord.do(bot["token"], "invalidate")
    await around.until(lambda: around.states[-1].state == "connected" and bool(around.states[-1].reason))


async def test_nothing_is_lost_where_discord_recommends_more_sessions(
    discord: Discord, listening: Listening
) -> None:
    bot = await new_bot(discord)
    place = await discord.guild(bot["token"])
    around = await listening(bot["token"])
    await around.until_state("connected")
    await discord.say(bot["token"], 7, "in private")
    await around.until(lambda: len(around.taken) == 1)
    async with away(around):
        await discord.do(bot["token"], "forget", count=2)
        missed = [
            await discord.say(bot["token"], 7, "missed in private"),
            await discord.say(bot["token"], 7, f"<@{bot['id']}> missed", channel=place["channel"]),
        ]
    await around.until(lambda: {each["id"] for each in missed} <= set(around.ids))
    assert len((await discord.gateway(bot["token"], count=2))["sessions"]) == 2


async def test_a_large_bot_has_as_many_sessions_as_discord_recommends(
    discord: Discord, listening: Listening
) -> None:
    bot = await discord.create_bot(starts={"window": 0.0, "shards": 3})
    places = [await discord.guild(bot["token"], name=f"Server {number}") for number in range(9)]
    around = await listening(bot["token"])
    told = await discord.gateway(bot["token"], count=3)
    assert sorted(each["shard"] for each in told["sessions"]) == [0, 1, 2]
    said = [
        (await discord.say(bot["token"], 7, f"<@{bot['id']}> hello", channel=place["channel"]))["id"]
        for place in places
    ]
    said.append((await discord.say(bot["token"], 7, "in private"))["id"])
    await around.until(lambda: len(around.taken) >= len(said))
    assert sorted(around.ids) == sorted(said)
