"""Replies as WhatsApp takes them, and what its refusals mean."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

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
from agent_runtime.channels.whatsapp.outbound import WhatsAppOutbound
from tests.simulators.serving import serving
from tests.simulators.whatsapp.app import WhatsAppSimulator
from tests.simulators.whatsapp.client import WhatsApp

ANN, BEN = "491511234567", "DE.13491208655302741918"


@pytest.fixture
async def whatsapp() -> AsyncIterator[WhatsApp]:
    async with serving(WhatsAppSimulator().app) as url:
        hand = WhatsApp(url)
        yield hand
        await hand.aclose()


@pytest.fixture
async def number(whatsapp: WhatsApp) -> dict[str, Any]:
    return await whatsapp.create_number()


@pytest.fixture
async def outbound(whatsapp: WhatsApp, number: dict[str, Any]) -> AsyncIterator[WhatsAppOutbound]:
    found = WhatsAppOutbound(whatsapp.api_url, number["token"], number["id"])
    yield found
    await found.aclose()


class NoPreview:
    id = None

    async def keep(self, message: str) -> None:
        raise AssertionError("WhatsApp has no message that grows")


async def test_people_are_answered_by_number_or_by_id(
    whatsapp: WhatsApp, outbound: WhatsAppOutbound, number: dict[str, Any]
) -> None:
    for person in (ANN, BEN):
        await whatsapp.say(number["id"], person, "hello")
        (part,) = outbound.parts(f"whatsapp:{person}", "Hello **you**")
        assert (await outbound.send(part)).startswith("wamid.")
    sent = await whatsapp.sent(number["id"])
    assert [(each["to"], each["text"]) for each in sent] == [(ANN, "Hello *you*"), (BEN, "Hello *you*")]
    assert 0.5 < outbound.pause(part) <= 1.0


async def test_after_a_day_whatsapp_takes_no_answer_and_that_is_said(
    whatsapp: WhatsApp, outbound: WhatsAppOutbound, number: dict[str, Any]
) -> None:
    (part,) = outbound.parts(f"whatsapp:{ANN}", "late")
    with pytest.raises(RefusedError, match="More than a day"):
        await outbound.send(part)  # She has never written.
    await whatsapp.say(number["id"], ANN, "hello")
    await outbound.send(part)
    await whatsapp.silent(number["id"], ANN, 86_401)
    with pytest.raises(RefusedError, match="More than a day"):
        await outbound.send(part)


async def test_an_old_message_and_one_of_another_number_are_nobodys_question(
    outbound: WhatsAppOutbound, number: dict[str, Any]
) -> None:
    def payload(phone: str, ago: float) -> dict[str, Any]:
        message = {"from": ANN, "id": "wamid.1", "timestamp": str(int(time.time() - ago)), "type": "text"}
        return {"metadata": {"phone_number_id": phone}, "message": {**message, "text": {"body": "hi"}}}

    assert (await outbound.read(payload(number["id"], 60))).text == "hi"
    assert (await outbound.read(payload(number["id"], 90_000))).overheard
    assert (await outbound.read(payload("1", 60))).overheard
    assert (await outbound.read({})).overheard
    failed = {"metadata": {"phone_number_id": number["id"]}, "status": {"errors": [{"code": 131047}]}}
    assert (await outbound.read(failed)).overheard


async def test_too_many_to_one_person_waits_ever_longer(
    whatsapp: WhatsApp, outbound: WhatsAppOutbound, number: dict[str, Any]
) -> None:
    await whatsapp.settings(burst=2)
    await whatsapp.say(number["id"], ANN, "hello")
    (part,) = outbound.parts(f"whatsapp:{ANN}", "x")
    await outbound.send(part)
    await outbound.send(part)
    waits = []
    for _ in range(3):
        with pytest.raises(WaitError) as error:
            await outbound.send(part)
        waits.append(error.value.seconds)
    assert waits == [1.0, 4.0, 16.0]
    assert 15 < outbound.pause(part) <= 16


@pytest.mark.parametrize(
    ("kind", "meaning"),
    [
        ("130429", WaitError),
        ("80007", WaitError),
        ("131026", GoneError),
        ("190", TokenRefusedError),
        ("200", TokenRefusedError),
        ("131030", RefusedError),
        ("500", UncertainError),
        ("502", UncertainError),
        ("drop", UncertainError),
    ],
)
async def test_what_a_refusal_means(
    whatsapp: WhatsApp,
    outbound: WhatsAppOutbound,
    number: dict[str, Any],
    kind: str,
    meaning: type[SendError],
) -> None:
    await whatsapp.say(number["id"], ANN, "hello")
    await whatsapp.fault(number["id"], "/messages", kind)
    (part,) = outbound.parts(f"whatsapp:{ANN}", "the words of the answer")
    with pytest.raises(meaning) as error:
        await outbound.send(part)
    assert type(error.value) is meaning
    assert number["token"] not in str(error.value)
    assert "the words" not in str(error.value)


async def test_the_message_is_read_and_typing_shown_while_it_is_answered(
    whatsapp: WhatsApp, outbound: WhatsAppOutbound, number: dict[str, Any]
) -> None:
    message = await whatsapp.say(number["id"], ANN, "hello")
    raw = {"from": ANN, "id": message, "timestamp": str(int(time.time())), "type": "text"}
    await outbound.read({"metadata": {"phone_number_id": number["id"]}, "message": raw})
    async with outbound.working(f"whatsapp:{ANN}", None, NoPreview()):
        (call,) = await whatsapp.calls(number["id"], count=1)
    assert call["status"] == 200
    assert call["body"]["message_id"] == message
    async with outbound.working("whatsapp:1", None, NoPreview()):
        await asyncio.sleep(0)
    assert len(await whatsapp.calls(number["id"])) == 1


async def test_a_file_is_had_and_the_token_goes_to_meta_alone(
    whatsapp: WhatsApp, outbound: WhatsAppOutbound, number: dict[str, Any]
) -> None:
    await whatsapp.send_file(number["id"], ANN, "a.txt", b"x" * 50)
    media = "2754859441498128"
    assert await outbound.fetch(Attached(media, "a.txt"), 100) == b"x" * 50
    assert await outbound.fetch(Attached(media, "a.txt"), 10) is None
    with pytest.raises(RefusedError):
        await outbound.fetch(Attached("1", "a.txt"), 100)


async def test_the_link_has_the_words_to_start_with(
    outbound: WhatsAppOutbound, number: dict[str, Any]
) -> None:
    digits = number["display"].strip("+").replace("-", "").replace(" ", "")
    assert await outbound.link("Ab-3_x") == f"https://wa.me/{digits}?text=/start%20Ab-3_x"
    assert await outbound.link() == f"https://wa.me/{digits}"


async def test_nobody_there_is_surely_not_sent() -> None:
    outbound = WhatsAppOutbound("http://127.0.0.1:9/v24.0", "made-up", "1")
    with pytest.raises(WaitError):
        await outbound.send({"to": ANN, "type": "text", "text": {"body": "x"}})
    await outbound.aclose()
