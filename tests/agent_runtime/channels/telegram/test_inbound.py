"""Polling: nothing is confirmed before it is stored, and an owner reads why messages do not come."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_runtime.channels.channel import ChannelState
from agent_runtime.channels.telegram.inbound import identify
from agent_runtime.channels.telegram.polling import listen
from agent_runtime.mail import Arrival
from agent_runtime.settings import RuntimeSettings
from tests.simulators.telegram.client import Telegram

PERSON = 1001


@dataclass
class Ear:
    """A listener and what it brought."""

    token: str
    task: asyncio.Task[None] = field(init=False)
    arrivals: asyncio.Queue[Arrival] = field(default_factory=asyncio.Queue)
    states: asyncio.Queue[ChannelState] = field(default_factory=asyncio.Queue)
    dies: str = ""

    async def text(self) -> str:
        arrival = await asyncio.wait_for(self.arrivals.get(), 10)
        return str(json.loads(arrival.payload)["message"]["text"])

    async def until(self, state: str) -> ChannelState:
        while True:
            found = await asyncio.wait_for(self.states.get(), 10)
            if found.state == state:
                return found

    async def accept(self, arrivals: list[Arrival]) -> None:
        if self.dies == "before storing":
            raise OSError("no space left on device")
        for arrival in arrivals:
            self.arrivals.put_nowait(arrival)
        if self.dies == "after storing":
            raise OSError("gone before it could confirm")


@pytest.fixture
async def hear(telegram: Telegram, tmp_path: Path) -> AsyncIterator[Callable[..., Any]]:
    tasks: list[asyncio.Task[None]] = []

    async def start(token: str | None = None, dies: str = "") -> Ear:
        token = token or (await telegram.create_bot())["token"]
        settings = RuntimeSettings(home=tmp_path, telegram_api_url=telegram.url)
        ear = Ear(token, dies=dies)
        ear.task = asyncio.create_task(listen(token, settings, ear.accept, ear.states.put_nowait))
        tasks.append(ear.task)
        return ear

    yield start
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_message_arrives_with_its_ids(hear: Callable[..., Any], telegram: Telegram) -> None:
    ear = await hear()
    connected = await ear.until("connected")
    assert connected.link == f"https://t.me/{connected.name}"
    said = await telegram.say(ear.token, PERSON, "hello")
    arrival = await asyncio.wait_for(ear.arrivals.get(), 10)
    assert (arrival.platform_id, arrival.conversation, arrival.sender) == (
        str(said["update_id"]),
        f"telegram:{PERSON}",
        f"telegram:{PERSON}",
    )


async def test_messages_from_before_the_start_arrive_in_order(
    hear: Callable[..., Any], telegram: Telegram
) -> None:
    token = (await telegram.create_bot())["token"]
    for n in range(105):
        await telegram.say(token, PERSON, str(n))
    ear = await hear(token)
    assert [await ear.text() for _ in range(105)] == [str(n) for n in range(105)]


async def test_what_was_not_stored_is_not_confirmed_and_comes_again(
    hear: Callable[..., Any], telegram: Telegram
) -> None:
    ear = await hear(dies="before storing")
    await ear.until("connected")
    await telegram.say(ear.token, PERSON, "precious")
    with pytest.raises(OSError, match="no space"):
        await asyncio.wait_for(ear.task, 10)
    assert len(await telegram.pending(ear.token)) == 1
    again = await hear(ear.token)
    assert await again.text() == "precious"
    async with asyncio.timeout(5):
        while await telegram.pending(ear.token):  # noqa: ASYNC110 - the simulator tells nobody
            await asyncio.sleep(0.02)


async def test_a_listener_that_dies_after_storing_brings_it_twice_with_one_id(
    hear: Callable[..., Any], telegram: Telegram
) -> None:
    ear = await hear(dies="after storing")
    await ear.until("connected")
    await telegram.say(ear.token, PERSON, "hello")
    with pytest.raises(OSError, match="gone"):
        await asyncio.wait_for(ear.task, 10)
    again = await hear(ear.token)
    assert await asyncio.wait_for(again.arrivals.get(), 10) == ear.arrivals.get_nowait()


async def test_a_refused_token_ends_it_and_says_what_to_do(
    hear: Callable[..., Any], telegram: Telegram
) -> None:
    ear = await hear("7000000001:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
    failed = await ear.until("failed")
    await asyncio.wait_for(ear.task, 10)
    assert "refuses the bot's token" in str(failed.reason)
    assert "@BotFather" in str(failed.next_step)


@pytest.mark.parametrize(
    "token", ["nonsense", "0:x", ":", "../../etc/passwd", "a b", "1:%2e%2e", "1:x?y", "1:x#", "1:\u00e9"]
)
async def test_what_is_no_token_at_all_is_refused_too(hear: Callable[..., Any], token: str) -> None:
    ear = await hear(token)
    await ear.until("failed")
    await asyncio.wait_for(ear.task, 10)


async def test_a_token_that_is_revoked_meanwhile_ends_it(
    hear: Callable[..., Any], telegram: Telegram
) -> None:
    ear = await hear()
    await ear.until("connected")
    await telegram.calls(ear.token, "getUpdates", count=1)
    await telegram.revoke(ear.token)
    await ear.until("failed")
    await asyncio.wait_for(ear.task, 10)


async def test_another_consumer_is_named_and_both_go_on_trying(
    hear: Callable[..., Any], telegram: Telegram
) -> None:
    first = await hear()
    await first.until("connected")
    second = await hear(first.token)
    failed = await first.until("failed")
    assert "Another program" in str(failed.reason)
    second.task.cancel()
    await first.until("connected")


async def test_a_webhook_that_was_set_is_removed_and_its_messages_kept(
    hear: Callable[..., Any], telegram: Telegram
) -> None:
    token = (await telegram.create_bot())["token"]
    await telegram.say(token, PERSON, "waiting")
    async with httpx2.AsyncClient() as client:
        url = f"{telegram.url}/bot{token}/setWebhook"
        await client.post(url, json={"url": "https://old.example/hook"})
    ear = await hear(token)
    assert await ear.text() == "waiting"


async def test_a_wait_that_telegram_asks_for_is_kept(hear: Callable[..., Any], telegram: Telegram) -> None:
    token = (await telegram.create_bot())["token"]
    await telegram.fault(token, "getUpdates", "429", seconds=2)
    ear = await hear(token)
    await ear.until("connected")
    first, second = (await telegram.calls(token, "getUpdates"))[:2]
    assert first["status"] == 429
    assert 2.0 <= second["at"] - first["at"] < 3.0


async def test_trouble_is_shown_and_passes(hear: Callable[..., Any], telegram: Telegram) -> None:
    token = (await telegram.create_bot())["token"]
    await telegram.fault(token, "getMe", "502", times=2)
    ear = await hear(token)
    assert (await ear.until("connecting")).reason is None
    assert "trying again" in str((await ear.until("connecting")).reason)
    assert (await ear.until("connected")).reason is None


async def test_updates_of_any_kind_do_no_harm_and_are_confirmed(
    hear: Callable[..., Any], telegram: Telegram
) -> None:
    ear = await hear()
    await ear.until("connected")
    for update in (
        {"edited_message": {"text": "x"}},
        {"message": None},
        {"message": {"chat": 1, "from": 2}},
        {"message": {"chat": {"id": 2**62, "type": "private"}, "from": {"id": 2**62}}},
        {"something_of_next_year": {"deep": [1]}},
        {"message": {"chat": {"id": -100, "type": "supergroup"}, "from": {"id": 5}, "text": "in a group"}},
    ):
        await telegram.update(ear.token, update)
    await telegram.say(ear.token, PERSON, "hello")
    assert (await asyncio.wait_for(ear.arrivals.get(), 10)).sender == f"telegram:{2**62}"
    assert await ear.text() == "hello"


async def test_repeated_and_disordered_updates_keep_their_ids(
    hear: Callable[..., Any], telegram: Telegram
) -> None:
    ear = await hear()
    await ear.until("connected")
    message = {"chat": {"id": 5, "type": "private"}, "from": {"id": 5}, "text": "x"}
    token = ear.token
    ear.task.cancel()
    for update_id in (10, 12, 11, 11):
        await telegram.update(token, {"update_id": update_id, "message": message})
    again = await hear(token)
    found = [(await asyncio.wait_for(again.arrivals.get(), 10)).platform_id for _ in range(4)]
    assert found == ["10", "12", "11", "11"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "type", "chat", "from"]), inner)
    ),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from(["update_id", "message"]), JSON))
def test_no_update_breaks_it(update: dict[str, Any]) -> None:
    found = identify(update, json.dumps(update))
    assert found is None or isinstance(found, Arrival)
