"""Telegram sends to the receiver: only Telegram gets in, and what gets in is answered once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from agent_runtime.channels.telegram.inbound import secret_of
from tests.agent_runtime.hive.running import Hive, TestedBot, running_hive, until
from tests.agent_runtime.listeners.test_listeners import channel_becomes, deploy
from tests.agent_runtime.receiver.fixtures import relay, telegram
from tests.agent_runtime.receiver.relay import Relay
from tests.simulators.telegram.client import Telegram

__all__ = ["relay", "telegram"]
pytestmark = pytest.mark.asyncio(loop_scope="module")
HEADER = "X-Telegram-Bot-Api-Secret-Token"
MEGABYTE = 1024 * 1024


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hive(
    telegram: Telegram, relay: Relay, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Hive]:
    folder = tmp_path_factory.mktemp("hive")
    async with running_hive(folder, telegram_api_url=telegram.url, public_url=relay.url) as running:
        relay.path = running.home.socket("webhook")
        yield running


@pytest.fixture
def bot(hive: Hive) -> TestedBot:
    return hive.bot()


@pytest_asyncio.fixture(loop_scope="module")
async def token(bot: TestedBot, telegram: Telegram) -> str:
    """Of a Telegram bot whose webhook is registered."""
    token = str((await telegram.create_bot())["token"])
    await deploy(bot, token)
    await channel_becomes(bot, "connected")
    return token


@pytest_asyncio.fixture(loop_scope="module")
async def http(relay: Relay) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=relay.url, trust_env=False, timeout=20) as client:
        yield client


def update(number: int, text: str = "hello", chat: int = 7) -> dict[str, Any]:
    person = {"id": chat, "is_bot": False, "first_name": "Ann"}
    message = {"message_id": number, "from": person, "chat": {"id": chat, "type": "private"}, "text": text}
    return {"update_id": number, "message": message}


def numbers(sent: list[dict[str, Any]], conversation: str = "telegram:7") -> list[int]:
    return [int(each["key"].split(":")[1]) for each in sent if each["conversation"] == conversation]


async def test_a_webhook_is_registered_and_a_message_answered(
    bot: TestedBot, telegram: Telegram, token: str, relay: Relay
) -> None:
    calls = await telegram.calls(token)
    assert [call["method"] for call in calls][:4] == [
        "getMe",
        "setMyCommands",
        "setWebhook",
        "getWebhookInfo",
    ]
    assert calls[2]["parameters"] == {
        "url": f"{relay.url}/webhook/{bot.id}",
        "allowed_updates": ["message", "edited_message"],
        "drop_pending_updates": False,
    }
    said = await telegram.say(token, 7, "hello")
    sent = await bot.all_sent(1)
    assert sent[0]["key"] == f"telegram:{said['update_id']}"
    (delivery,) = await telegram.deliveries(token, count=1)
    # A body could hold a method, which Telegram would carry out.
    assert (delivery["status"], delivery["body"]) == (200, "")
    assert await telegram.calls(token, "getUpdates") == []
    stored = b"".join(path.read_bytes() for path in bot.hive.home.mail_database.parent.glob("mail.db*"))
    assert bot.id.encode() in stored
    assert token.encode() not in stored
    assert secret_of(token).encode() not in stored


async def test_nobody_but_telegram_gets_in(
    bot: TestedBot, telegram: Telegram, token: str, http: httpx2.AsyncClient
) -> None:
    other = bot.hive.bot()
    others = str((await telegram.create_bot())["token"])
    await deploy(other, others)
    await channel_becomes(other, "connected")
    secret = secret_of(token)
    forged: list[dict[str, str]] = [
        {},
        {HEADER: ""},
        {HEADER: "wrong"},
        {HEADER: secret_of(others)},
        {HEADER: secret[:-1] + ("0" if secret[-1] != "0" else "1")},
        {HEADER: secret[:-1]},
        {HEADER: secret + " x"},
        {HEADER: secret.upper()},
        {HEADER: token},
        {"Authorization": f"Bearer {secret}"},
        {"X-Forwarded-For": "127.0.0.1", "X-Real-IP": "127.0.0.1", HEADER: "\xff"},
    ]
    for number, headers in enumerate(forged):
        raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
        answer = await http.post(f"/webhook/{bot.id}", json=update(number), headers=raw)
        assert answer.status_code == 401, headers
        assert answer.headers["content-type"] == "application/problem+json"
        assert secret not in answer.text
    for path in (f"/webhook/{bot.id}/telegram", f"/webhook/{bot.id}/slack"):
        assert (await http.post(path, json=update(50), headers={HEADER: secret})).status_code == 401
    assert (await http.get(f"/webhook/{bot.id}", headers={HEADER: secret})).status_code == 401
    assert (await http.post("/webhook/al.nobody", json={}, headers={HEADER: secret})).status_code == 404
    # It is let in with its own: the wall has a door.
    assert (
        await http.post(f"/webhook/{bot.id}", json=update(99), headers={HEADER: secret})
    ).status_code == 200
    assert numbers(await bot.all_sent(1)) == [99]
    assert other.sent() == []


async def test_what_cannot_be_read_is_not_sent_for_ever(
    bot: TestedBot, telegram: Telegram, token: str, http: httpx2.AsyncClient
) -> None:
    headers = {HEADER: secret_of(token)}
    poison = [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"update_id": ' + b"9" * 5000 + b"}",
        json.dumps({"update_id": 1, "message": {"chat": 1, "from": 2}}).encode(),
        json.dumps(update(10**300)).encode(),
        json.dumps({"update_id": 2, "something_of_next_year": {}}).encode(),
    ]
    for content in poison:
        answer = await http.post(f"/webhook/{bot.id}", content=content, headers=headers)
        assert (answer.status_code, answer.content) == (200, b""), content[:40]
    large = await http.post(f"/webhook/{bot.id}", content=b" " * (MEGABYTE + 1), headers=headers)
    assert large.status_code == 413
    for each in ({"edited_message": {"text": "x"}}, {"message": {"chat": 1}}):
        await telegram.update(token, each)
    await telegram.say(token, 7, "hello")
    assert [each["reply"] for each in await bot.all_sent(1)] == ["one: hello"]
    assert await telegram.pending(token) == []


async def test_the_same_message_a_hundred_times_is_one_turn(
    bot: TestedBot, token: str, http: httpx2.AsyncClient
) -> None:
    headers = {HEADER: secret_of(token)}

    async def again() -> int:
        try:
            return (await http.post(f"/webhook/{bot.id}", json=update(5), headers=headers)).status_code
        except httpx2.TransportError:
            return 0

    first = await asyncio.gather(*(again() for _ in range(40)))
    await bot.hive.kill("receiver")
    second = await asyncio.gather(*(again() for _ in range(40)))
    await bot.hive.kill("dispatcher")
    third = [await again() for _ in range(20)]
    assert set(first) == set(second) == set(third) == {200}
    await http.post(f"/webhook/{bot.id}", json=update(6), headers=headers)
    assert numbers(await bot.all_sent(2)) == [5, 6]


async def test_numbers_out_of_order_are_all_answered_as_they_came(
    bot: TestedBot, telegram: Telegram, token: str
) -> None:
    for number in (10, 12, 11, 11, 3):
        await telegram.update(token, update(number))
    await telegram.update(token, update(4, chat=8))
    await telegram.deliveries(token, count=6)
    sent = await bot.all_sent(5)
    assert numbers(sent) == [10, 12, 11, 3]
    assert numbers(sent, "telegram:8") == [4]


async def test_parts_are_killed_and_nothing_is_lost_or_doubled(
    bot: TestedBot, telegram: Telegram, token: str
) -> None:
    for turn, part in enumerate(("receiver", "dispatcher", "listeners-0", "dispatcher")):
        for number in range(6):
            await telegram.say(token, number % 3, f"slow 0.0{number % 3} {turn}")
        await bot.hive.kill(part)
    sent = await bot.all_sent(24)
    await until(lambda: _nothing_pending(telegram, token))
    assert len({each["key"] for each in sent}) == len(bot.sent()) == 24
    for chat in range(3):
        ordered = numbers(sent, f"telegram:{chat}")
        assert ordered == sorted(ordered)
    await channel_becomes(bot, "connected")


async def _nothing_pending(telegram: Telegram, token: str) -> bool:
    return await telegram.pending(token) == []


async def test_another_token_closes_the_door_of_the_one_before(
    bot: TestedBot, telegram: Telegram, token: str, http: httpx2.AsyncClient
) -> None:
    fresh = str((await telegram.create_bot())["token"])
    await deploy(bot, fresh, "two")
    await channel_becomes(bot, "connected")
    path = f"/webhook/{bot.id}"
    assert (await http.post(path, json=update(1), headers={HEADER: secret_of(token)})).status_code == 401
    # The words change and the token stays: nothing is closed in between.
    await bot.deploy("three", **_as_deployed(bot, "r-two"))
    assert (await http.post(path, json=update(2), headers={HEADER: secret_of(fresh)})).status_code == 200
    assert (await bot.all_sent(1))[0]["reply"] == "three: hello"
    await bot.client.delete_bot(bot.id)
    assert (await http.post(path, json=update(3), headers={HEADER: secret_of(fresh)})).status_code == 404


def _as_deployed(bot: TestedBot, revision: str) -> dict[str, Any]:
    sealed = (bot.hive.home.revision(bot.id, revision) / "secrets" / "TELEGRAM_TOKEN.sops.yaml").read_bytes()
    channels = {"telegram": {"token": {"secret": "TELEGRAM_TOKEN"}}}
    return {"sealed": {"TELEGRAM_TOKEN": sealed}, "channels": channels}


async def test_a_paused_bots_messages_are_kept(bot: TestedBot, telegram: Telegram, token: str) -> None:
    more = _as_deployed(bot, "r-one")
    await bot.deploy(revision="r-paused", paused=True, **more)
    await telegram.say(token, 7, "hello")
    await telegram.deliveries(token, count=1)
    assert bot.sent() == []
    await bot.deploy(revision="r-resumed", **more)
    await bot.all_sent(1)


async def test_what_telegram_cannot_deliver_is_shown_with_the_reason(
    bot: TestedBot, telegram: Telegram, token: str, relay: Relay
) -> None:
    relay.broken = True
    try:
        await telegram.say(token, 7, "hello")
        failed = await channel_becomes(bot, "failed")
    finally:
        relay.broken = False
    assert "cannot deliver" in failed["reason"]
    assert "Connection failed" in failed["reason"]
    assert f"/webhook/{bot.id}" in failed["next_step"]
    await channel_becomes(bot, "connected")
    await bot.all_sent(1)


async def test_polling_and_webhooks_take_turns_and_lose_nothing(
    bot: TestedBot, telegram: Telegram, token: str, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """People write all the while; the listener is killed and comes back with the other setting."""
    said: list[int] = []
    stopped = asyncio.Event()

    async def talk() -> None:
        while not stopped.is_set():
            said.append((await telegram.say(token, len(said) % 3, f"m{len(said)}"))["update_id"])
            await asyncio.sleep(0.02)

    talking = asyncio.create_task(talk())
    for public_url, method, count in (
        ("", "deleteWebhook", 1),
        (relay.url, "setWebhook", 2),
    ):
        monkeypatch.setenv("BOTYARD_PUBLIC_URL", public_url)
        await bot.hive.kill("listeners-0")
        assert len(await telegram.calls(token, method, count=count)) == count
        await bot.all_sent(len(bot.sent()) + 10)
    stopped.set()
    await talking
    sent = await bot.all_sent(len(said))
    await until(lambda: _nothing_pending(telegram, token))
    assert sorted(int(each["key"].split(":")[1]) for each in bot.sent()) == said
    for chat in range(3):
        assert numbers(sent, f"telegram:{chat}") == said[chat::3]
    assert await telegram.calls(token, "getUpdates")


async def test_what_is_odd_is_one_turn_each_and_what_is_no_message_is_none(
    bot: TestedBot, token: str, http: httpx2.AsyncClient
) -> None:
    """Large ids, half a surrogate pair, a NUL, an edit, an old stamp; and what is no message of a person."""
    largest = 2**63 - 1
    odd = [
        update(largest, "the largest number"),
        update(largest - 1, "the largest person", chat=largest),
        update(21, "half a pair: \ud83d"),
        update(22, "nothing: \0"),
        {"update_id": 23, "message": {**update(23, "of 1970")["message"], "date": 0}},
        {"update_id": 24, "edited_message": update(24, "edited")["message"]},
    ]
    none = [
        {"update_id": 31, "edited_message": {**update(31)["message"], "text": None}},
        {"update_id": 32, "channel_post": update(32)["message"]},
        {"update_id": 33, "message": {**update(33)["message"], "from": {"id": 7, "is_bot": True}}},
        {"update_id": 34, "message": {**update(34)["message"], "chat": {"id": "7", "type": "private"}}},
        {"update_id": 35, "message": {**update(35)["message"], "chat": {"id": True, "type": "private"}}},
        {"update_id": 36, "message": {**update(36)["message"], "from": None}},
        {"update_id": -1, "message": None},
    ]
    for each in [*none, *odd, *none]:
        # Escaped as Telegram does it: half a pair has no form in UTF-8.
        body, headers = json.dumps(each).encode(), {HEADER: secret_of(token)}
        answer = await http.post(f"/webhook/{bot.id}", content=body, headers=headers)
        assert (answer.status_code, answer.content) == (200, b""), each
    sent = await bot.all_sent(len(odd))
    assert numbers(sent) == [largest, 21, 22, 23, 24]
    assert numbers(sent, f"telegram:{largest}") == [largest - 1]
    assert [each["text"] for each in sent if each["key"] == "telegram:21"] == ["half a pair: \ud83d"]


async def test_a_poison_message_is_set_aside_and_its_chat_goes_on(
    bot: TestedBot, token: str, http: httpx2.AsyncClient
) -> None:
    for number, text in enumerate(("before", "poison", "after")):
        headers = {HEADER: secret_of(token)}
        answer = await http.post(f"/webhook/{bot.id}", json=update(number, text), headers=headers)
        assert answer.status_code == 200
    assert numbers(await bot.all_sent(2)) == [0, 2]
    (told,) = await bot.reported("set_aside")
    assert (told["data"]["key"], told["data"]["attempts"]) == ("telegram:1", 5)
