"""The Telegram simulator, held against python-telegram-bot: a client that was written for the real one."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest
import telegram as ptb
import time_machine
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, RetryAfter
from telegram.request import HTTPXRequest

from tests.simulators.telegram.client import Telegram
from tests.simulators.telegram.rates import Rates
from tests.simulators.telegram.state import World

PERSON = 1001


@pytest.fixture
async def bot(telegram: Telegram, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ptb.Bot]:
    monkeypatch.setenv("PTB_TIMEDELTA", "true")
    token = (await telegram.create_bot("strict_bot"))["token"]
    request = HTTPXRequest(httpx_kwargs={"trust_env": False})
    updates = HTTPXRequest(httpx_kwargs={"trust_env": False})
    async with ptb.Bot(
        token, base_url=f"{telegram.url}/bot", request=request, get_updates_request=updates
    ) as one:
        yield one


async def test_a_real_client_gets_on_with_it(bot: ptb.Bot, telegram: Telegram) -> None:
    assert (await bot.get_me()).username == "strict_bot"
    await telegram.say(bot.token, PERSON, "/start code", name="Ann")
    (update,) = await bot.get_updates()
    assert update.message is not None
    assert update.message.text == "/start code"
    assert update.effective_user is not None
    assert update.effective_user.first_name == "Ann"
    assert update.message.entities[0].type == "bot_command"
    assert await bot.send_chat_action(PERSON, "typing")
    message = await bot.send_message(PERSON, "*bold* `code`", parse_mode="MarkdownV2")
    assert message.text == "bold code"
    assert [entity.type for entity in message.entities] == ["bold", "code"]
    assert (await bot.get_webhook_info()).pending_update_count == 1
    assert await bot.get_updates(offset=update.update_id + 1) == ()
    assert (await bot.get_webhook_info()).pending_update_count == 0


async def test_a_wrong_token(telegram: Telegram) -> None:
    with pytest.raises(InvalidToken):
        async with ptb.Bot("7000000009:AAwrong", base_url=f"{telegram.url}/bot"):
            pass


@pytest.mark.parametrize(
    ("text", "more", "says"),
    [
        ("x" * 4097, {}, "message is too long"),
        ("\U0001f4e6" * 2049, {}, "message is too long"),
        (" \n ", {}, "text must be non-empty"),
        ("a <b>c", {"parse_mode": "HTML"}, "can't find end tag corresponding to start tag"),
        ("a <x>c</x>", {"parse_mode": "HTML"}, "unsupported start tag"),
        ("a *c", {"parse_mode": "MarkdownV2"}, "can't find end of bold entity at byte offset 2"),
        ("a.c", {"parse_mode": "MarkdownV2"}, "character '.' is reserved"),
        ("a", {"parse_mode": "Wiki"}, "unsupported parse_mode"),
        (
            "\U0001f4e6",
            {"entities": [ptb.MessageEntity("bold", 1, 1)]},
            "begins in a middle of a utf-16 symbol",
        ),
        (
            "\U0001f4e6",
            {"entities": [ptb.MessageEntity("bold", 0, 1)]},
            "ends in a middle of a utf-16 symbol",
        ),
        ("abc", {"entities": [ptb.MessageEntity("bold", 2, 5)]}, "ends after the end of the text"),
        ("abc", {"entities": [ptb.MessageEntity("bold", 9, 1)]}, "begins after the end of the text"),
        ("abc", {"entities": [ptb.MessageEntity("sparkling", 0, 1)]}, "unsupported type"),
    ],
)
async def test_messages_that_telegram_refuses(
    bot: ptb.Bot, telegram: Telegram, text: str, more: dict[str, Any], says: str
) -> None:
    await telegram.say(bot.token, PERSON, "hello")
    with pytest.raises(BadRequest) as caught:
        await bot.send_message(PERSON, text, **more)
    assert says in str(caught.value).lower()
    assert await telegram.sent(bot.token) == []


async def test_the_longest_message_and_the_hundredth_entity(bot: ptb.Bot, telegram: Telegram) -> None:
    await telegram.say(bot.token, PERSON, "hello")
    assert await bot.send_message(PERSON, "x" * 4096)
    entities = [ptb.MessageEntity("bold", 2 * n, 1) for n in range(150)]
    message = await bot.send_message(PERSON, "x " * 150, entities=entities)
    assert len(message.entities) == 100
    assert message.text == ("x " * 150).strip()


async def test_chats_that_a_bot_may_not_write_to(bot: ptb.Bot, telegram: Telegram) -> None:
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.send_message(PERSON, "hello")
    other = (await telegram.create_bot())["token"]
    await telegram.say(other, PERSON, "hello")
    with pytest.raises(Forbidden, match="can't initiate conversation"):
        await bot.send_message(PERSON, "hello")
    await telegram.say(bot.token, PERSON, "hello")
    await telegram.block(bot.token, PERSON)
    with pytest.raises(Forbidden, match="blocked by the user"):
        await bot.send_message(PERSON, "hello")


async def test_too_much_in_one_chat(bot: ptb.Bot, telegram: Telegram) -> None:
    await telegram.say(bot.token, PERSON, "hello")
    for _ in range(3):
        await bot.send_message(PERSON, "hello")
    with pytest.raises(RetryAfter) as caught:
        await bot.send_message(PERSON, "hello")
    assert caught.value.retry_after == timedelta(seconds=1)
    await asyncio.sleep(1.0)
    assert await bot.send_message(PERSON, "hello")


async def test_too_much_in_a_group_and_in_all(bot: ptb.Bot, telegram: Telegram) -> None:
    await telegram.group(-1001)
    for _ in range(20):
        await bot.send_message(-1001, "hello")
    with pytest.raises(RetryAfter) as caught:
        await bot.send_message(-1001, "hello")
    assert caught.value.retry_after in (timedelta(seconds=2), timedelta(seconds=3))


async def test_too_much_of_one_bot(bot: ptb.Bot, telegram: Telegram) -> None:
    await telegram.rates(bot.token, bot_per_second=1)
    for user in range(2000, 2012):
        await telegram.say(bot.token, user, "hello")
    found = await asyncio.gather(
        *(bot.send_message(user, "hello") for user in range(2000, 2012)), return_exceptions=True
    )
    assert 1 <= sum(isinstance(one, RetryAfter) for one in found) <= 11


async def test_one_consumer_a_token(bot: ptb.Bot, telegram: Telegram) -> None:
    first = asyncio.create_task(bot.get_updates(timeout=20))
    await telegram.calls(bot.token, "getMe", count=1)
    await asyncio.sleep(0.2)
    async with httpx2.AsyncClient() as client:
        second = await client.post(f"{telegram.url}/bot{bot.token}/getUpdates", json={"timeout": 0})
    assert second.json() == {"ok": True, "result": []}
    with pytest.raises(Conflict, match="terminated by other getUpdates request"):
        await first


async def test_no_polling_beside_a_webhook(bot: ptb.Bot) -> None:
    with pytest.raises(BadRequest, match="an https url must be provided"):
        await bot.set_webhook("http://bots.example/hook")
    await bot.set_webhook("https://bots.example/hook")
    with pytest.raises(Conflict, match="while webhook is active"):
        await bot.get_updates()
    await bot.delete_webhook()
    assert await bot.get_updates() == ()


async def test_offsets_confirm_and_negative_ones_skip(bot: ptb.Bot, telegram: Telegram) -> None:
    ids = [(await telegram.say(bot.token, PERSON, str(n)))["update_id"] for n in range(5)]
    assert [update.update_id for update in await bot.get_updates(limit=2)] == ids[:2]
    assert [update.update_id for update in await bot.get_updates()] == ids
    assert [update.update_id for update in await bot.get_updates(offset=ids[2])] == ids[2:]
    assert [update.update_id for update in await bot.get_updates(offset=-1)] == ids[4:]
    assert [update.update_id for update in await bot.get_updates()] == ids[4:]


def test_updates_are_kept_for_a_day() -> None:
    bot = World(Rates()).create_bot()
    with time_machine.travel("2026-11-21T10:00:00Z", tick=False) as clock:
        bot.add_update({"message": {}})
        clock.shift(23 * 3600)
        bot.add_update({"message": {}})
        bot.drop_old()
        assert len(bot.updates) == 2
        clock.shift(2 * 3600)
        bot.drop_old()
        assert len(bot.updates) == 1


async def test_a_long_poll_ends_when_something_comes(bot: ptb.Bot, telegram: Telegram) -> None:
    waiting = asyncio.create_task(bot.get_updates(timeout=30))
    await asyncio.sleep(0.1)
    await telegram.say(bot.token, PERSON, "hello")
    assert len(await asyncio.wait_for(waiting, 2)) == 1


async def test_unknown_methods_and_odd_paths(bot: ptb.Bot, telegram: Telegram) -> None:
    async with httpx2.AsyncClient(base_url=telegram.url) as client:
        unknown = await client.post(f"/bot{bot.token}/brewCoffee")
        assert (unknown.status_code, unknown.json()["description"]) == (404, "Not Found: method not found")
        odd = await client.get("/botnonsense/getMe")
        assert (odd.status_code, odd.json()["error_code"]) == (401, 401)
        query = await client.get(f"/bot{bot.token}/GETME")
        assert query.json()["ok"] is True
        form = await client.post(f"/bot{bot.token}/sendMessage", data={"text": "x"})
        assert form.json()["description"] == "Bad Request: chat_id is empty"


@pytest.mark.parametrize("name", ["telegram", "model"])
def test_they_run_as_programs(name: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", f"tests.simulators.{name}", "--port", "0"], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            url = process.stdout.readline().removeprefix("listening on ").strip()
            path = "/v1/models" if name == "model" else "/bot1:x/getMe"
            assert httpx2.get(url + path, trust_env=False).status_code == (200 if name == "model" else 401)
        finally:
            process.terminate()
        assert process.wait(10) == 0
