"""What a Slack event says: for whom it is, where it belongs, and in whose words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agent_runtime.channels.slack.inbound import identify
from agent_runtime.channels.slack.reading import read_event

ME = "U0BOT"


def dm(text: str = "hi", **more: Any) -> dict[str, Any]:
    return {
        "type": "message", "channel_type": "im", "channel": "D1", "user": "U1", "ts": "17.000001",
        "text": text, **more,
    }  # fmt: skip


def mention(text: str = f"<@{ME}> hi", **more: Any) -> dict[str, Any]:
    return {"type": "app_mention", "channel": "C1", "user": "U1", "ts": "17.000001", "text": text, **more}


def envelope(event: Any, **more: Any) -> dict[str, Any]:
    authorizations = [{"user_id": ME, "is_bot": True}]
    return {"type": "event_callback", "event": event, "authorizations": authorizations, **more}


@pytest.mark.parametrize(
    ("event", "conversation"),
    [
        (dm(), "slack:D1"),
        (dm(thread_ts="16.000001"), "slack:D1:16.000001"),
        (mention(), "slack:C1:17.000001"),
        (mention(thread_ts="16.000001"), "slack:C1:16.000001"),
        (dm(subtype="file_share", files=[]), "slack:D1"),
    ],
)
def test_a_message_belongs_to_its_thread(event: dict[str, Any], conversation: str) -> None:
    arrival = identify(envelope(event), "{}")
    assert arrival is not None
    assert (arrival.conversation, arrival.sender) == (conversation, "slack:U1")
    assert arrival.platform_id == f"{event['channel']}-{event['ts']}"


@pytest.mark.parametrize(
    "event",
    [
        dm(bot_id="B1"),
        dm(subtype="message_changed"),
        dm(subtype="channel_join"),
        dm(channel_type="channel"),
        dm(user=None),
        dm(ts=17),
        {"type": "reaction_added", "user": "U1", "item": {}},
        {"type": "something_new"},
        {},
        None,
        [],
        "event",
    ],
)
def test_what_is_nobodys_message_to_the_bot_is_passed_over(event: Any) -> None:
    assert identify(envelope(event), "{}") is None
    assert identify({**envelope(dm()), "type": "app_rate_limited"}, "{}") is None


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (dm("a &lt;b&gt; &amp; c"), "a <b> & c"),
        (dm("see <https://x.example/a|the page> and <https://y.example>"),
         "see the page (https://x.example/a) and https://y.example"),
        (dm("<#C1|general> <!here> <@U2>"), "#general @here @U2"),
        (dm("<!channel|x> \ud83d \x00"), "@x \ud83d \x00"),
        (mention(f"<@{ME}> where is it?"), "U1: where is it?"),
        (mention(f"hey <@{ME}>, and <@U2>?"), "U1: hey , and @U2?"),
    ],
)  # fmt: skip
def test_the_text_is_what_a_person_reads(event: dict[str, Any], text: str) -> None:
    assert read_event(envelope(event), "").text == text


@pytest.mark.parametrize(
    ("text", "command", "argument"),
    [
        ("start Ab-3_x", "start", "Ab-3_x"),
        ("/start Ab-3_x", "start", "Ab-3_x"),
        ("Help", "help", ""),
        ("stop", "stop", ""),
        ("approve_U0AB", "approve_U0AB", ""),
        ("/Decline_W1", "decline_W1", ""),
        ("stop it", None, ""),
        ("help me", None, ""),
        ("start a new parcel", None, ""),
        ("usage " + "x" * 300, None, ""),
    ],
)
def test_a_word_alone_is_a_command(text: str, command: str | None, argument: str) -> None:
    for event in (dm(text), mention(f"<@{ME}> {text}")):
        read = read_event(envelope(event), "Ann")
        assert (read.command, read.argument) == (command, argument)
        arrival = identify(envelope(event), json.dumps(envelope(event)))
        assert arrival is not None
        assert arrival.stops == (command == "stop")


def test_an_empty_message_is_said_to_be_one() -> None:
    assert read_event(envelope(dm("")), "").unreadable == "an empty message"
    assert read_event(envelope(mention(f"<@{ME}>")), "").unreadable == "an empty message"
    assert read_event({}, "").unreadable is not None
