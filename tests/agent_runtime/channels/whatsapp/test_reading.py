"""What Meta's webhooks hold: whose message it is, what it says, and what did not arrive."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agent_runtime.channels.webhooks import WebhookRequest
from agent_runtime.channels.whatsapp.inbound import digest_of, greet, take, verify_token_of
from agent_runtime.channels.whatsapp.reading import read_message

ANN, BEN = "491511234567", "DE.13491208655302741918"


def text(body: str = "hi", number: str = "wamid.1", **more: Any) -> dict[str, Any]:
    return {"from": ANN, "id": number, "timestamp": "17", "type": "text", "text": {"body": body}, **more}


def body(value: Any, field: str = "messages", object_: str = "whatsapp_business_account") -> bytes:
    change = {"field": field, "value": value}
    return json.dumps({"object": object_, "entry": [{"id": "1", "changes": [change]}]}).encode()


def taken(raw: bytes) -> list[tuple[str, str]]:
    return [(each.platform_id, each.conversation) for each in take(WebhookRequest({}, raw)).arrivals]


def test_each_message_of_a_request_is_one_and_keeps_its_place() -> None:
    value = {
        "contacts": [
            {"profile": {"name": "Ann"}, "wa_id": ANN},
            {"profile": {"name": "Ben"}, "user_id": BEN},
        ],
        "messages": [text(), text(number="wamid.2"), {**text(number="wamid.3"), "from_user_id": BEN}],
    }
    del value["messages"][2]["from"]
    assert taken(body(value)) == [
        ("wamid.1", f"whatsapp:{ANN}"),
        ("wamid.2", f"whatsapp:{ANN}"),
        ("wamid.3", f"whatsapp:{BEN}"),
    ]
    arrivals = take(WebhookRequest({}, body(value))).arrivals
    assert [json.loads(each.payload)["name"] for each in arrivals] == ["Ann", "Ann", "Ben"]


@pytest.mark.parametrize(
    "raw",
    [
        body({}),
        body(None),
        body([]),
        body({"messages": None, "statuses": {}}),
        body({"messages": ["x", {}, {"from": 5, "id": "wamid.1"}, {"from": ANN}]}),
        body({"messages": [text(group_id="G1")]}),
        body({"messages": [text()]}, field="message_template_status_update"),
        body({"messages": [text()]}, object_="page"),
        body({"statuses": [{"id": "wamid.1", "status": "delivered", "recipient_id": ANN}]}),
        b"{}",
        b'{"object": "whatsapp_business_account", "entry": {"changes": []}}',
    ],
)
def test_what_is_nobodys_message_is_passed_over(raw: bytes) -> None:
    assert taken(raw) == []


@pytest.mark.parametrize("raw", [b"", b"[]", b"null", b"{", b"\xff"])
def test_what_is_no_notice_is_told_apart(raw: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        take(WebhookRequest({}, raw))


def test_what_did_not_arrive_is_told() -> None:
    status = {"id": "wamid.9", "status": "failed", "recipient_id": ANN, "errors": [{"code": 131047}]}
    assert taken(body({"statuses": [status]})) == [("wamid.9/failed", f"whatsapp:{ANN}")]


@pytest.mark.parametrize(
    ("message", "said", "command"),
    [
        (text("/start Ab-3_x"), "/start Ab-3_x", "start"),
        (text("/Stop"), "/Stop", "stop"),
        (text(f"/approve_{BEN}"), f"/approve_{BEN}", f"approve_{BEN}"),
        (text("/approve_4915"), "/approve_4915", "approve_4915"),
        (text("stop"), "stop", None),
        (text("\ud83d"), "\ud83d", None),
        ({"type": "button", "button": {"text": "Yes", "payload": "y"}}, "Yes", None),
        ({"type": "interactive", "interactive": {"button_reply": {"id": "1", "title": "No"}}}, "No", None),
        ({"type": "interactive", "interactive": {"list_reply": {"id": "1", "title": "Two"}}}, "Two", None),
    ],
)
def test_what_a_message_says(message: dict[str, Any], said: str, command: str | None) -> None:
    read = read_message(message, "Ann")
    assert (read.text, read.command, read.name) == (said, command, "Ann")


@pytest.mark.parametrize("kind", ["document", "image", "audio", "video"])
def test_a_file_comes_with_its_words(kind: str) -> None:
    read = read_message({"type": kind, kind: {"id": "12", "caption": "look", "filename": "a.pdf"}}, "")
    (attached,) = read.attached
    assert (attached.id, read.text) == ("12", "look")
    assert read_message({"type": kind, kind: {"id": "../12"}}, "").unreadable is not None


@pytest.mark.parametrize("kind", ["sticker", "location", "contacts", "unsupported", "something_new", ""])
def test_what_cannot_be_read_has_a_name(kind: str) -> None:
    assert read_message({"type": kind, kind: {}}, "").unreadable


class Proof:
    def __init__(self, told: str | None) -> None:
        self.told = told

    async def signed(self, message: bytes, signature: str) -> bool:
        raise AssertionError("a GET is not signed")


def test_the_address_is_ours_for_whom_we_told_the_token() -> None:
    token = verify_token_of("the-access-token")
    asked = {"hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": "1158201444"}
    proof = Proof(digest_of(token))
    assert greet(WebhookRequest({}, query=asked), proof) == b"1158201444"
    for wrong in (
        {**asked, "hub.verify_token": "wrong"},
        {**asked, "hub.verify_token": ""},
        {**asked, "hub.mode": "unsubscribe"},
        {"hub.challenge": "1"},
        {},
    ):
        assert greet(WebhookRequest({}, query=wrong), proof) is None
    assert greet(WebhookRequest({}, query=asked), Proof(None)) is None
    assert greet(WebhookRequest({}, query={**asked, "hub.verify_token": ""}), Proof(None)) is None
