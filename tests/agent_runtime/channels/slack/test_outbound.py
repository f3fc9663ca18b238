"""Replies as Slack takes them, and what its refusals mean."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from agent_runtime.channels.channel import (
    Attached,
    GoneError,
    RefusedError,
    SendError,
    TokenRefusedError,
    UncertainError,
    WaitError,
)
from agent_runtime.channels.slack.outbound import SlackOutbound
from tests.simulators.model.behaviours import LONG_MARKDOWN
from tests.simulators.serving import serving
from tests.simulators.slack.app import SlackSimulator
from tests.simulators.slack.client import Slack


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    async with serving(SlackSimulator().app) as url:
        hand = Slack(url)
        yield hand
        await hand.aclose()


@pytest.fixture
async def token(slack: Slack) -> str:
    return str((await slack.create_app())["token"])


@pytest.fixture
async def outbound(slack: Slack, token: str) -> AsyncIterator[SlackOutbound]:
    found = SlackOutbound(slack.api_url, token)
    yield found
    await found.aclose()


async def test_a_long_answer_arrives_whole_in_its_thread(
    slack: Slack, outbound: SlackOutbound, token: str
) -> None:
    await slack.settings(seconds_a_message=0)
    for part in outbound.parts("slack:U1:17.000001", LONG_MARKDOWN * 3):
        await outbound.send(part)
    sent = await slack.sent(token)
    assert len(sent) > 1
    assert {each["thread_ts"] for each in sent} == {"17.000001"}
    text = "\n".join(each["text"] for each in sent)
    assert text.count("def step_7(parcel: str) -> str:") == 3


async def test_nobody_is_called_by_what_a_model_wrote(
    slack: Slack, outbound: SlackOutbound, token: str
) -> None:
    (part,) = outbound.parts("slack:U1", "Hello <!channel> <!here|here> <@U2> and <#C1>")
    await outbound.send(part)
    (message,) = await slack.sent(token)
    assert message["calls"] == []
    assert "channel" in message["text"]


async def test_a_channel_gets_a_message_a_second_and_a_wait_is_obeyed(
    slack: Slack, outbound: SlackOutbound, token: str
) -> None:
    (part,) = outbound.parts("slack:U1", "hello")
    await outbound.send(part)
    assert 0.5 < outbound.pause(part) <= 1.0
    await slack.fault(token, "chat.postMessage", "429", seconds=7)
    with pytest.raises(WaitError) as waits:
        await outbound.send(part)
    assert waits.value.seconds == 7
    assert 6 < outbound.pause(part) <= 7
    assert outbound.pause({"channel": "U2"}) == 0


@pytest.mark.parametrize(
    ("kind", "meaning"),
    [
        ("channel_not_found", GoneError),
        ("is_archived", GoneError),
        ("not_in_channel", GoneError),
        ("invalid_auth", TokenRefusedError),
        ("account_inactive", TokenRefusedError),
        ("internal_error", UncertainError),
        ("500", UncertainError),
        ("drop", UncertainError),
        ("no_permission", RefusedError),
    ],
)
async def test_what_a_refusal_means(
    slack: Slack, outbound: SlackOutbound, token: str, kind: str, meaning: type[SendError]
) -> None:
    await slack.fault(token, "chat.postMessage", kind)
    (part,) = outbound.parts("slack:U1", "the words of the answer")
    with pytest.raises(meaning) as error:
        await outbound.send(part)
    assert type(error.value) is meaning
    assert token not in str(error.value)
    assert "the words" not in str(error.value)


async def test_the_workspace_refuses_by_itself(slack: Slack, outbound: SlackOutbound, token: str) -> None:
    await slack.channel("C1", ["U1"])
    await slack.channel("C2", ["U1"], archived=True)
    for channel in ("C0", "C1", "C2"):
        with pytest.raises(GoneError):
            await outbound.send({"channel": channel, "markdown_text": "x"})
    with pytest.raises(RefusedError, match="msg_too_long"):
        await outbound.send({"channel": "U1", "markdown_text": "x" * 12_001})
    await slack.revoke(token)
    with pytest.raises(TokenRefusedError):
        await outbound.send({"channel": "U1", "markdown_text": "x"})


async def test_the_first_part_takes_the_place_of_what_was_shown(
    slack: Slack, outbound: SlackOutbound, token: str
) -> None:
    (shown,) = outbound.parts("slack:U1", "Hel")
    first = await outbound.send(shown)
    channel = (await slack.sent(token))[0]["channel"]
    (part,) = outbound.parts(f"slack:{channel}:17.000001", "Hello", shown=first)
    assert await outbound.send(part) == first
    assert [each["text"] for each in await slack.sent(token)] == ["Hello"]
    (lost,) = outbound.parts(f"slack:{channel}", "Again", shown="1.000001")
    assert await outbound.send(lost) != first
    assert [each["text"] for each in await slack.sent(token)] == ["Hello", "Again"]


async def test_nobody_there_is_surely_not_sent() -> None:
    outbound = SlackOutbound("http://127.0.0.1:9", "made-up")
    with pytest.raises(WaitError):
        await outbound.send({"channel": "U1", "markdown_text": "x"})
    await outbound.aclose()


async def test_the_token_goes_to_slack_alone(slack: Slack, outbound: SlackOutbound, token: str) -> None:
    for url in ("https://evil.example/f", f"{slack.url}.evil.example/f", "http://files.slack.com/f", "x:/["):
        with pytest.raises(RefusedError):
            await outbound.fetch(Attached(url, "f"), 100)
