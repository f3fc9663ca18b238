"""A WhatsApp number from its deployment to its answers: real processes, a Meta that signs."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from agent_runtime.channels.whatsapp.inbound import verify_token_of
from tests.agent_runtime.hive.running import Hive, TestedBot, running_hive, until
from tests.agent_runtime.hive.sealing import make_key, seal
from tests.agent_runtime.receiver.relay import Relay, relaying
from tests.simulators.fixtures import ModelServer
from tests.simulators.model.app import ModelSimulator
from tests.simulators.serving import serving
from tests.simulators.whatsapp.app import WhatsAppSimulator
from tests.simulators.whatsapp.client import WhatsApp
from tests.simulators.whatsapp.state import App, signed

pytestmark = pytest.mark.asyncio(loop_scope="module")
ANN, BEN = "491511234567", "4915117654321"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def whatsapp() -> AsyncIterator[WhatsApp]:
    async with serving(WhatsAppSimulator().app) as url:
        hand = WhatsApp(url)
        await hand.settings(loopback=True, retries=[0.1, 0.5, 3.0, 5.0])
        yield hand
        await hand.aclose()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def models() -> AsyncIterator[ModelServer]:
    simulator = ModelSimulator()
    async with serving(simulator.app) as url:
        yield ModelServer(url, simulator)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def relay() -> AsyncIterator[Relay]:
    async with relaying() as one:
        yield one


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hive(
    whatsapp: WhatsApp, relay: Relay, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Hive]:
    settings = {"whatsapp_api_url": whatsapp.api_url, "public_url": relay.url}
    async with running_hive(tmp_path_factory.mktemp("hive"), {}, **settings) as running:
        relay.path = running.home.socket("webhook")
        yield running


@pytest.fixture(scope="module")
def recipient(hive: Hive) -> str:
    """Whom all secrets are sealed for."""
    return make_key(hive.home)


Deploy = Callable[..., Coroutine[Any, Any, tuple[TestedBot, dict[str, Any]]]]


@pytest.fixture
def deploy(hive: Hive, whatsapp: WhatsApp, models: ModelServer, recipient: str) -> Deploy:
    async def deployed(
        model: str = "echo", beside: str | None = None, **fields: Any
    ) -> tuple[TestedBot, dict[str, Any]]:
        bot, number = hive.bot(), await whatsapp.create_number(beside)
        secrets = {"WHATSAPP_TOKEN": number["token"], "WHATSAPP_APP_SECRET": number["secret"]}
        sealed = {name: await seal(recipient, bot.id, name, value) for name, value in secrets.items()}
        own = {"provider": "openai-compatible", "base_url": f"{models.url}/open/v1", "name": model}
        channel = {
            "token": {"secret": "WHATSAPP_TOKEN"},
            "app_secret": {"secret": "WHATSAPP_APP_SECRET"},
            "phone_number_id": number["id"],
        }
        fields = {"access": {"policy": "open"}, **fields}
        await bot.deploy(sealed=sealed, model=own, channels={"whatsapp": channel}, **fields)
        await becomes(bot, "connected")
        return bot, number

    return deployed


async def becomes(bot: TestedBot, state: str) -> dict[str, str]:
    async def so() -> dict[str, str]:
        channel: dict[str, str] = (await bot.status())["channels"]["whatsapp"]
        return channel if channel["state"] == state else {}

    found: dict[str, str] = await until(so)
    return found


async def texts(
    whatsapp: WhatsApp, number: dict[str, Any], count: int, person: str | None = None
) -> list[str]:
    sent = await whatsapp.sent(number["id"], person, count=count, timeout=20)
    return [str(each["text"]) for each in sent]


async def test_a_number_is_registered_and_a_message_answered(
    deploy: Deploy, whatsapp: WhatsApp, relay: Relay
) -> None:
    bot, number = await deploy()
    channel = await becomes(bot, "connected")
    assert channel["link"].startswith("https://wa.me/1555")
    assert verify_token_of(number["token"]) in channel["next_step"]
    await whatsapp.say(number["id"], ANN, "where is my parcel?")
    assert await texts(whatsapp, number, 1) == ["echo: where is my parcel?"]
    (delivery,) = [each for each in await whatsapp.deliveries(number["id"]) if "hub.mode" not in each["url"]][
        -1:
    ]
    assert delivery["url"] == f"{relay.url}/webhook/{bot.id}/whatsapp"
    await whatsapp.send_file(number["id"], ANN, "note.txt", b"The parcel is in Kiel.", "What is it?")
    assert "The parcel is in Kiel." in (await texts(whatsapp, number, 2))[1]
    stored = b"".join(path.read_bytes() for path in bot.hive.home.mail_database.parent.glob("mail.db*"))
    for secret in (number["token"], number["secret"], verify_token_of(number["token"])):
        assert secret.encode() not in stored


async def test_two_numbers_of_one_app_are_two_bots(deploy: Deploy, whatsapp: WhatsApp) -> None:
    _, first = await deploy()
    bot, second = await deploy(beside=first["id"])
    await whatsapp.say(first["id"], ANN, "to the first")
    await whatsapp.say(second["id"], ANN, "to the second")
    assert await texts(whatsapp, first, 1) == ["echo: to the first"]
    assert await texts(whatsapp, second, 1) == ["echo: to the second"]
    assert (await bot.status())["phase"] in {"live", "idle"}


def notice(number: dict[str, Any], message: str, text: str = "hello") -> bytes:
    stamp = str(int(time.time()))
    said = {"from": BEN, "id": message, "timestamp": stamp, "type": "text", "text": {"body": text}}
    value = {"metadata": {"phone_number_id": number["id"]}, "messages": [said]}
    change = {"field": "messages", "value": value}
    return json.dumps(
        {"object": "whatsapp_business_account", "entry": [{"changes": [change]}]}, ensure_ascii=True
    ).encode()


async def test_only_meta_gets_in_and_each_message_once(
    deploy: Deploy, whatsapp: WhatsApp, relay: Relay, models: ModelServer
) -> None:
    bot, number = await deploy("echo", instructions="only")
    _, other = await deploy()
    body, path = notice(number, "wamid.once"), f"/webhook/{bot.id}/whatsapp"
    good = signed(App(number["token"], number["secret"]), body)
    name = "x-hub-signature-256"
    before = models.asked()
    async with httpx2.AsyncClient(base_url=relay.url, trust_env=False, timeout=20) as http:
        for headers in (
            {},
            {name: ""},
            {name: good[name].removeprefix("sha256=")},
            {name: good[name].upper()},
            {name: good[name][:-1]},
            {"x-hub-signature": good[name].replace("sha256", "sha1")},
            signed(App("", other["secret"]), body),
            signed(App("", ""), body),
            {"X-Forwarded-For": "127.0.0.1"},
        ):
            assert (await http.post(path, content=body, headers=headers)).status_code == 401, headers
        altered = body.replace(b"hello", b"hullo")
        assert (await http.post(path, content=altered, headers=good)).status_code == 401
        assert (await http.post(f"/webhook/{bot.id}", content=body, headers=good)).status_code == 401
        query = {"hub.mode": "subscribe", "hub.verify_token": "wrong", "hub.challenge": "1"}
        assert (await http.get(path, params=query)).status_code == 401
        assert models.asked() == before
        # Signed by the right app, about a number that is another bot's.
        foreign = notice(other, "wamid.foreign")
        headers = signed(App("", number["secret"]), foreign)
        assert (await http.post(path, content=foreign, headers=headers)).status_code == 200
        await whatsapp.say(number["id"], BEN, "open the window")
        await texts(whatsapp, number, 1, BEN)

        async def send(count: int) -> set[int]:
            posts = [http.post(path, content=body, headers=good) for _ in range(count)]
            return {answer.status_code for answer in await asyncio.gather(*posts)}

        assert await send(50) == {200}
        await bot.hive.kill("receiver")
        await bot.hive.kill("dispatcher")
        assert await send(50) == {200}
    assert await texts(whatsapp, number, 2, BEN) == ["echo: open the window", "echo: hello"]
    turns = (await bot.client.conversation(bot.id, f"whatsapp:{BEN}"))["messages"]
    assert [each["text"] for each in turns if each["role"] == "user"] == ["open the window", "hello"]


async def test_odd_notices_cost_no_turn_and_out_of_order_ones_one_each(
    deploy: Deploy, whatsapp: WhatsApp
) -> None:
    bot, number = await deploy()
    said = {"from": ANN, "timestamp": str(int(time.time())), "type": "text"}
    for value in (
        {},
        {"messages": [{**said, "id": 2**63, "text": {"body": "a number"}}]},
        {"messages": [{**said, "id": "wamid.\n", "text": {"body": "unprintable"}}]},
        {"messages": [{**said, "id": "wamid." + "9" * 300, "text": {"body": "too long"}}]},
        {"messages": [{**said, "from": {"x": 1}, "id": "wamid.0", "text": {"body": "nobody"}}]},
        {"messages": [{**said, "id": "wamid.1", "group_id": "G1", "text": {"body": "a group"}}]},
        {"statuses": [{"id": "wamid.2", "status": "read", "recipient_id": ANN}]},
        {
            "statuses": [
                {"id": "wamid.2", "status": "failed", "recipient_id": ANN, "errors": [{"code": 131026}]}
            ]
        },
        {"something_new": [1]},
    ):
        await whatsapp.notify(number["id"], value)
    old = {**said, "timestamp": str(int(time.time()) - 90_000), "id": "wamid.old", "text": {"body": "old"}}
    await whatsapp.notify(number["id"], {"messages": [old, {**said, "id": "wamid.3", "type": "sticker"}]})
    for place in (10, 12, 11, 11, 4):
        message = {**said, "id": f"wamid.{place}", "text": {"body": f"n{place} \ud83d"}}
        await whatsapp.notify(number["id"], {"messages": [message]})
    read = await texts(whatsapp, number, 5)
    assert sum("this is a sticker" in text for text in read) == 1
    assert sorted(text for text in read if text.startswith("echo")) == [
        f"echo: n{place} ?" for place in (10, 11, 12, 4)
    ]
    turns = (await bot.client.conversation(bot.id, f"whatsapp:{ANN}"))["messages"]
    assert len([each for each in turns if each["role"] == "user"]) == 4
    assert (await bot.logged("message_not_delivered"))[0]["reason"] == "131026"
    assert await bot.logged("window_closed")


async def test_its_owner_pairs_by_the_link_and_lets_another_in(deploy: Deploy, whatsapp: WhatsApp) -> None:
    bot, number = await deploy(access={"policy": "pairing"})
    pairing = (await bot.client.access(bot.id))["pairing"]
    assert pairing["links"]["whatsapp"].endswith(f"?text=/start%20{pairing['code']}")
    await whatsapp.say(number["id"], ANN, f"/start {pairing['code']}")
    assert "now the owner" in (await texts(whatsapp, number, 1, ANN))[0]
    await whatsapp.say(number["id"], BEN, "hello", name="Ben")
    question = (await texts(whatsapp, number, 2, ANN))[1]
    assert question.startswith("Ben asks")
    assert f"/approve_{BEN}" in question
    await whatsapp.say(number["id"], ANN, f"/approve_{BEN}")
    await texts(whatsapp, number, 2, BEN)
    await whatsapp.say(number["id"], BEN, "now?")
    assert (await texts(whatsapp, number, 3, BEN))[2] == "echo: now?"


async def test_messages_that_come_while_the_way_is_broken_are_answered_in_the_end(
    deploy: Deploy, whatsapp: WhatsApp, relay: Relay
) -> None:
    bot, number = await deploy()
    relay.broken = True
    await whatsapp.say(number["id"], ANN, "lost?")
    await until(lambda: _tried(whatsapp, number, 2))
    relay.broken = False
    assert await texts(whatsapp, number, 1) == ["echo: lost?"]
    await bot.hive.kill("keeper")
    await whatsapp.say(number["id"], ANN, "and now?")
    assert (await texts(whatsapp, number, 2))[1] == "echo: and now?"


async def _tried(whatsapp: WhatsApp, number: dict[str, Any], count: int) -> bool:
    failed = [each for each in await whatsapp.deliveries(number["id"]) if each["status"] == 0]
    return len(failed) >= count


async def test_a_turn_is_stopped_and_an_expired_token_says_what_to_do(
    deploy: Deploy, whatsapp: WhatsApp, models: ModelServer
) -> None:
    bot, number = await deploy("trickle:0.4")
    await whatsapp.say(number["id"], ANN, "Tell me more " * 50)
    await until(lambda: models.asked("trickle:0.4"))
    await whatsapp.say(number["id"], ANN, "/stop")
    assert (await texts(whatsapp, number, 1))[0].endswith("(Stopped.)")
    await whatsapp.expire(number["id"])
    channel = await becomes(bot, "failed")
    assert "190" in channel["reason"]
    assert "system user" in channel["next_step"]


async def test_an_address_that_meta_cannot_reach_is_said(
    hive: Hive, whatsapp: WhatsApp, relay: Relay, deploy: Deploy
) -> None:
    relay.broken = True
    task = asyncio.create_task(deploy())
    try:
        bot = await until(lambda: _newest(hive))
        channel = await becomes(bot, "failed")
        assert "does not take the address" in channel["reason"]
        assert relay.url in channel["next_step"]
    finally:
        relay.broken = False
    bot, number = await task
    await whatsapp.say(number["id"], ANN, "hello")
    assert await texts(whatsapp, number, 1) == ["echo: hello"]


async def _newest(hive: Hive) -> TestedBot | None:
    """The bot that is registered and has never been connected."""
    for bot in await hive.client.bots():
        status = await hive.client.status(bot)
        if status["channels"].get("whatsapp", {}).get("state") == "connecting":
            return TestedBot(hive, bot)
    return None
