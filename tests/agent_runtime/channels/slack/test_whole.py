"""A Slack app from its page to its answers: real processes, a Slack that signs, a model that echoes."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from agent_runtime import documents
from agent_runtime.bot.attachments import NO_EYES
from tests.agent_runtime.hive.running import Hive, TestedBot, running_hive, until
from tests.agent_runtime.hive.sealing import make_key, seal
from tests.agent_runtime.receiver.relay import Relay, relaying
from tests.simulators.fixtures import ModelServer
from tests.simulators.media import picture
from tests.simulators.model.app import ModelSimulator
from tests.simulators.serving import serving
from tests.simulators.slack.app import SlackSimulator
from tests.simulators.slack.client import Slack

pytestmark = pytest.mark.asyncio(loop_scope="module")
ANN, BEN = "U0ANN", "U0BEN"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def slack() -> AsyncIterator[Slack]:
    async with serving(SlackSimulator().app) as url:
        hand = Slack(url)
        await hand.settings(loopback=True, retries=[0.0, 0.3, 3.0], seconds_a_message=0)
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
async def hive(slack: Slack, relay: Relay, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hive]:
    settings = {"slack_api_url": slack.api_url, "public_url": relay.url}
    async with running_hive(tmp_path_factory.mktemp("hive"), {}, **settings) as running:
        relay.path = running.home.socket("webhook")
        yield running


@pytest.fixture(scope="module")
def recipient(hive: Hive) -> str:
    """Whom all secrets are sealed for."""
    return make_key(hive.home)


Deploy = Callable[..., Coroutine[Any, Any, tuple[TestedBot, dict[str, Any]]]]


@pytest.fixture
def deploy(hive: Hive, slack: Slack, models: ModelServer, relay: Relay, recipient: str) -> Deploy:
    async def deployed(
        model: str = "echo", reads_users: bool = True, **fields: Any
    ) -> tuple[TestedBot, dict[str, Any]]:
        bot, app = hive.bot(), await slack.create_app(reads_users=reads_users)
        secrets = {"SLACK_TOKEN": app["token"], "SLACK_SIGNING_SECRET": app["signing_secret"]}
        sealed = {name: await seal(recipient, bot.id, name, value) for name, value in secrets.items()}
        own = {"provider": "openai-compatible", "base_url": f"{models.url}/open/v1", "name": model}
        channels = {
            "slack": {
                "token": {"secret": "SLACK_TOKEN"},
                "signing_secret": {"secret": "SLACK_SIGNING_SECRET"},
            }
        }
        fields = {"access": {"policy": "open"}, **fields}
        await bot.deploy(sealed=sealed, model=own, channels=channels, **fields)
        assert await slack.request_url(app["token"], f"{relay.url}/webhook/{bot.id}/slack") is None
        return bot, app

    return deployed


async def texts(slack: Slack, app: dict[str, Any], count: int) -> list[str]:
    return [str(each["text"]) for each in await slack.sent(app["token"], count=count, timeout=20)]


async def test_a_direct_message_is_answered_and_the_channel_says_where_to_find_the_bot(
    deploy: Deploy, slack: Slack, relay: Relay
) -> None:
    bot, app = await deploy()

    async def connected() -> dict[str, str]:
        channel: dict[str, str] = (await bot.status())["channels"]["slack"]
        return channel if channel["state"] == "connected" else {}

    channel = await until(connected)
    assert channel["link"].endswith(f"channel={app['user']}")
    assert f"{relay.url}/webhook/{bot.id}/slack" in channel["next_step"]
    said = await slack.say(app["token"], ANN, "where is <https://x.example|my parcel> &amp; me?")
    (message,) = await slack.sent(app["token"], count=1, timeout=20)
    assert message["text"] == "echo: where is my parcel (https://x.example) & me?"
    assert message["channel"] == said["channel"]
    assert "thread_ts" not in message
    threaded = await slack.say(app["token"], ANN, "and here?", thread=said["ts"])
    answer = (await slack.sent(app["token"], count=2, timeout=20))[1]
    assert (answer["text"], answer["thread_ts"]) == ("echo: and here?", said["ts"])
    assert threaded["channel"] == answer["channel"]
    await slack.send_file(app["token"], ANN, "note.txt", b"The parcel is in Kiel.", "What is it?")
    read = (await texts(slack, app, 3))[2]
    assert "What is it?" in read
    assert "The parcel is in Kiel." in read


async def test_all_files_of_a_message_are_read_in_one_turn(deploy: Deploy, slack: Slack) -> None:
    _, app = await deploy()
    half = bytes(documents.LARGEST // 2)
    files = {"one.txt": b"It is in Kiel.", "lamp.png": picture("a lamp"), "two.txt": b"It leaves today."}
    await slack.send_files(app["token"], ANN, files, "What is it?")
    await slack.send_files(app["token"], ANN, {"lamp.png": picture("a lamp"), "none.bin": b"\0\1"})
    large = {"lamp.png": picture("a lamp") + half, "second.txt": b"x" * len(half), "small.txt": b"It fits."}
    await slack.send_files(app["token"], ANN, large)
    await slack.say(app["token"], ANN, "last")
    first, second, third, _ = await texts(slack, app, 4)
    order = [
        "What is it?",
        "It is in Kiel.",
        "lamp.png that came with this cannot be read",
        "It leaves today.",
    ]
    places = [first.find(each) for each in order]
    assert -1 not in places
    assert places == sorted(places)
    assert second == NO_EYES
    assert "second.txt that came with this cannot be read" in third, "together they are too large"
    assert "It fits." in third


async def test_a_channel_is_answered_in_a_thread_when_it_asks(deploy: Deploy, slack: Slack) -> None:
    _, app = await deploy()
    await slack.channel("C1", [ANN, BEN, app["user"]])
    await slack.say(app["token"], ANN, "has anybody seen it?", channel="C1")
    asked = await slack.say(app["token"], BEN, f"<@{app['user']}> have you?", channel="C1")
    (answer,) = await slack.sent(app["token"], count=1, timeout=20)
    assert (answer["text"], answer["thread_ts"]) == ("echo: Person BEN: have you?", asked["ts"])


async def test_without_the_scope_people_go_by_their_ids(deploy: Deploy, slack: Slack) -> None:
    _, app = await deploy(reads_users=False)
    await slack.channel("C2", [BEN, app["user"]])
    await slack.say(app["token"], BEN, f"<@{app['user']}> who am I?", channel="C2")
    assert await texts(slack, app, 1) == [f"echo: {BEN}: who am I?"]
    await slack.say(app["token"], BEN, f"<@{app['user']}> and now?", channel="C2")
    assert (await texts(slack, app, 2))[1] == f"echo: {BEN}: and now?"
    assert len(await slack.calls(app["token"], "users.info")) == 1


async def test_an_answer_grows_in_the_message_that_becomes_it(deploy: Deploy, slack: Slack) -> None:
    _, app = await deploy("trickle:0.4")
    words = " ".join(f"word{number}" for number in range(12))
    said = await slack.say(app["token"], ANN, words)
    await until(lambda: _reads(slack, app, f"echo: {words}"), 30)
    (message,) = await slack.sent(app["token"], said["channel"])
    assert message["edits"] >= 2
    updates = await slack.calls(app["token"], "chat.update")
    grown = [each["arguments"]["markdown_text"] for each in updates]
    assert all(f"echo: {words}".startswith(text) for text in grown)
    assert {each["status"] for each in updates} == {200}


async def _reads(slack: Slack, app: dict[str, Any], text: str) -> bool:
    return [each["text"] for each in await slack.sent(app["token"])] == [text]


async def test_its_owner_pairs_and_lets_another_in(deploy: Deploy, slack: Slack) -> None:
    bot, app = await deploy(access={"policy": "pairing"})
    await slack.say(app["token"], ANN, "hello")
    assert "no owner" in (await texts(slack, app, 1))[0]
    code = (await bot.client.access(bot.id))["pairing"]["code"]
    await slack.say(app["token"], ANN, f"start {code}")
    assert "now the owner" in (await texts(slack, app, 2))[1]
    await slack.say(app["token"], BEN, "hello")
    asked = await slack.sent(app["token"], count=4, timeout=20)
    (question,) = [each["text"] for each in asked if "asks to talk" in each["text"]]
    assert question.startswith("Person BEN asks")
    assert f"approve_{BEN}" in question
    assert "/approve" not in question
    await slack.say(app["token"], ANN, f"approve_{BEN}")
    await texts(slack, app, 6)
    await slack.say(app["token"], BEN, "now?")
    assert (await texts(slack, app, 7))[6] == "echo: now?"


async def test_what_is_sent_again_is_answered_once_across_a_restart(
    deploy: Deploy, slack: Slack, relay: Relay
) -> None:
    bot, app = await deploy()
    channel = (await slack.say(app["token"], ANN, "first"))["channel"]
    stamp = f"{int(time.time())}.000900"
    event = {
        "type": "message",
        "channel_type": "im",
        "channel": channel,
        "user": ANN,
        "ts": stamp,
        "text": "once",
    }
    body = json.dumps({"type": "event_callback", "event_id": "Ev1", "event": event}).encode()
    at = str(int(time.time()))
    base = b":".join((b"v0", at.encode(), body))
    signature = hmac.new(app["signing_secret"].encode(), base, hashlib.sha256).hexdigest()
    headers = {"x-slack-request-timestamp": at, "x-slack-signature": f"v0={signature}"}
    async with httpx2.AsyncClient(base_url=relay.url, trust_env=False, timeout=20) as http:

        async def send(count: int) -> set[int]:
            posts = [
                http.post(f"/webhook/{bot.id}/slack", content=body, headers=headers) for _ in range(count)
            ]
            return {answer.status_code for answer in await asyncio.gather(*posts)}

        assert await send(50) == {200}
        await bot.hive.kill("dispatcher")
        await bot.hive.kill("receiver")
        assert await send(50) == {200}
        altered = body.replace(b"once", b"more")
        forged = await http.post(f"/webhook/{bot.id}/slack", content=altered, headers=headers)
        assert forged.status_code == 401
    # A conversation is answered in its order: whatever came twice has been answered twice by then.
    await slack.event(app["token"], {**event, "ts": f"{int(time.time()) + 1}.000901", "text": "last"})
    said = ["first", "once", "last"]
    assert await texts(slack, app, len(said)) == [f"echo: {each}" for each in said]
    turns = (await bot.client.conversation(bot.id, f"slack:{channel}"))["messages"]
    assert [each["text"] for each in turns if each["role"] == "user"] == said


async def test_odd_events_cost_no_turn_and_out_of_order_ones_one_each(
    deploy: Deploy, slack: Slack, models: ModelServer
) -> None:
    bot, app = await deploy()
    channel = (await slack.say(app["token"], ANN, "first"))["channel"]
    dm = {"type": "message", "channel_type": "im", "channel": channel, "user": ANN}
    for event in (
        {"type": "reaction_added", "user": ANN},
        {"type": "something_new", "ts": 1},
        {**dm, "ts": "17.000001", "text": "edited", "subtype": "message_changed"},
        {**dm, "ts": "17.000001", "text": "by a bot", "bot_id": "B1"},
        {**dm, "ts": 2**63, "text": "a number"},
        {**dm, "ts": "17.\n", "text": "unprintable"},
        {**dm, "ts": "9" * 300, "text": "too long"},
        {**dm, "user": {"id": ANN}, "ts": "17.000002", "text": "no user"},
    ):
        await slack.event(app["token"], event)
    await slack.event(app["token"], {**dm, "ts": "17.000003"})  # Without a text it gets a sentence.
    for number in (10, 12, 11, 11, 3):
        await slack.event(app["token"], {**dm, "ts": f"17.0001{number:02}", "text": f"n{number} \ud83d"})
    said = await texts(slack, app, 6)
    assert sum("this is an empty message" in text for text in said) == 1
    assert sorted(text for text in said if text.startswith("echo")) == [
        "echo: first",
        *(f"echo: n{number} ?" for number in (10, 11, 12, 3)),
    ]
    turns = (await bot.client.conversation(bot.id, f"slack:{channel}"))["messages"]
    assert len([each for each in turns if each["role"] == "user"]) == 5
    deliveries = await slack.deliveries(app["token"])
    assert {each["status"] for each in deliveries} == {200}


async def test_messages_that_come_while_a_part_is_away_are_answered_in_the_end(
    deploy: Deploy, slack: Slack, relay: Relay
) -> None:
    bot, app = await deploy()
    relay.broken = True
    await slack.say(app["token"], ANN, "lost?")
    await until(lambda: _delivered(slack, app, 2))
    relay.broken = False
    assert await texts(slack, app, 1) == ["echo: lost?"]
    await bot.hive.kill("keeper")
    await slack.say(app["token"], ANN, "and now?")
    assert (await texts(slack, app, 2))[1] == "echo: and now?"


async def _delivered(slack: Slack, app: dict[str, Any], count: int) -> bool:
    return len(await slack.deliveries(app["token"])) > count


async def test_a_turn_is_stopped_by_a_word(deploy: Deploy, slack: Slack, models: ModelServer) -> None:
    _, app = await deploy("trickle:0.4")
    await slack.say(app["token"], ANN, "Tell me more " * 50)
    await until(lambda: models.asked("trickle:0.4"))
    await slack.say(app["token"], ANN, "stop")
    assert (await texts(slack, app, 1))[0].endswith("(Stopped.)")
    await slack.say(app["token"], ANN, "help")
    said = (await texts(slack, app, 2))[1]
    assert "reset – " in said
    assert "/reset" not in said


async def test_a_revoked_token_says_what_to_do(deploy: Deploy, slack: Slack) -> None:
    bot, app = await deploy()
    await bot.becomes(phase="idle")
    await slack.revoke(app["token"])

    async def failed() -> dict[str, Any]:
        status = await bot.status()
        return status if status["phase"] == "degraded" else {}

    status = await until(failed)
    assert "token_revoked" in status["reason"]
    assert "OAuth & Permissions" in status["next_step"]
