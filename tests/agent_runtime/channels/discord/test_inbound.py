"""What Discord sends is known by its signature, and by ids that keep order and tell repetitions."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent_runtime.channels.channel import Attached
from agent_runtime.channels.discord import inbound
from agent_runtime.channels.discord.reading import read
from agent_runtime.channels.webhooks import WebhookRequest

KEY = Ed25519PrivateKey.generate()
ME = "900000000000000001"


@dataclass
class Told:
    """`Proof` with a public key."""

    told: str | None

    async def signed(self, message: bytes, signature: str) -> bool:
        raise AssertionError("Discord shares no secret")


def request(body: bytes, key: Ed25519PrivateKey = KEY, at: float | None = None) -> WebhookRequest:
    stamp = str(int(time.time() if at is None else at))
    signature = key.sign(stamp.encode() + body).hex()
    return WebhookRequest({inbound.STAMP: stamp, inbound.SIGNATURE: signature}, body)


def command(name: str = "ask", server: str | None = "77", **options: Any) -> dict[str, Any]:
    user = {"id": "1001", "username": "ann", "global_name": "Ann"}
    who = {"guild_id": server, "member": {"user": user, "nick": None}} if server else {"user": user}
    given = [{"name": key, "type": 3, "value": value} for key, value in options.items()]
    return {
        "id": "1300000000000000000", "application_id": ME, "type": 2, "token": "aToken",
        "channel_id": "55", "context": 0 if server else 1, "data": {"name": name, "options": given}, **who,
    }  # fmt: skip


def said(text: str, server: str | None = "77", **more: Any) -> dict[str, Any]:
    place = {"guild_id": server} if server else {}
    author = {"id": "1001", "username": "ann", "global_name": "Ann"}
    named = [{"id": ME, "username": "bot"}] if f"<@{ME}>" in text else []
    return {
        "id": "12", "channel_id": "55", "type": 0, "author": author, "content": text, "mentions": named,
        "attachments": [], **place, **more,
    }  # fmt: skip


async def test_only_what_the_application_signed_is_taken() -> None:
    proof = Told(KEY.public_key().public_bytes_raw().hex())
    good = request(json.dumps(command()).encode())
    assert inbound.is_promising(good.headers, time.time())
    assert await inbound.is_proven(good, proof)
    altered = WebhookRequest(good.headers, good.body.replace(b"Ann", b"Bob"))
    moved = WebhookRequest({**good.headers, inbound.STAMP: str(int(time.time()) - 1)}, good.body)
    another = request(good.body, Ed25519PrivateKey.generate())
    for bad in (altered, moved, another):
        assert not await inbound.is_proven(bad, proof)
    assert not await inbound.is_proven(good, Told(None))
    assert not await inbound.is_proven(good, Told("00" * 32))


@pytest.mark.parametrize(
    "change", [{inbound.SIGNATURE: ""}, {inbound.SIGNATURE: "zz" * 64}, {inbound.STAMP: "1e9"}]
)
def test_what_can_not_be_discords_is_not_even_read(change: dict[str, str]) -> None:
    good = request(b"{}")
    assert not inbound.is_promising({**good.headers, **change}, time.time())
    for old in (-400, 400):
        assert not inbound.is_promising(request(b"{}", at=time.time() + old).headers, time.time())


def test_a_ping_is_answered_and_a_command_put_off() -> None:
    ping = inbound.take(request(json.dumps({"type": 1, "id": "1"}).encode()))
    assert (json.loads(ping.answer), ping.arrivals, ping.media_type) == ({"type": 1}, (), "application/json")
    asked = inbound.take(request(json.dumps(command(question="hi")).encode()))
    assert json.loads(asked.answer) == {"type": 5}
    [arrival] = asked.arrivals
    assert arrival.platform_id == "1300000000000000000"
    assert (arrival.conversation, arrival.sender, arrival.stops) == ("discord:77:55", "discord:1001", False)


def test_what_others_need_not_read_is_answered_in_private() -> None:
    for name in ("start", "usage", "help", "stop", "approve"):
        assert inbound.answer_to(command(name), taken=True) == {"type": 5, "data": {"flags": 64}}
    stop = inbound.identify_interaction(command("stop", None), "{}")
    assert stop is not None
    assert (stop.conversation, stop.stops) == ("discord:1001", True)


def test_nothing_is_stored_of_what_is_no_command() -> None:
    for body in ({**command(), "type": 3}, {**command(), "id": 5}, {**command(server=None), "context": 2}):
        taken = inbound.take(request(json.dumps(body).encode()))
        assert taken.arrivals == ()
        assert json.loads(taken.answer)["type"] in (4, 6)
    with pytest.raises(ValueError, match="not an object"):
        inbound.take(request(b"[]"))


@pytest.mark.parametrize(
    ("message", "taken"),
    [
        (said("hello", None), "discord:1001"),
        (said(f"<@{ME}> hello"), "discord:77:55"),
        (said("hello"), None),
        (said("hello", referenced_message={"author": {"id": ME}}, type=19), "discord:77:55"),
        (said("hello", referenced_message={"author": {"id": "5"}}, type=19), None),
        (said("hello", None, type=7), None),
        (said("hello", None, webhook_id="3"), None),
        ({**said("hello", None), "author": {"id": "5", "bot": True}}, None),
        ({**said("hello", None), "id": 12}, None),
    ],
)
def test_only_messages_that_are_for_the_bot_are_stored(message: dict[str, Any], taken: str | None) -> None:
    arrival = inbound.identify_message(message, ME)
    assert (arrival.conversation if arrival else None) == taken


def test_a_stop_is_told_at_once() -> None:
    for text in ("/stop", f"<@{ME}> /stop ", f"<@!{ME}>/STOP"):
        arrival = inbound.identify_message(said(text, None), ME)
        assert arrival is not None
        assert arrival.stops


def test_in_a_server_the_text_says_who_speaks_and_what_is_answered() -> None:
    answered = {"author": {"id": "5", "username": "bob"}, "content": "It rains.\nStill."}
    message = said(f"<@{ME}>, is that so, <@5>?", referenced_message=answered)
    message["mentions"].append({"id": "5", "username": "bob"})
    incoming = read({"me": ME, "message": message})
    assert incoming.text == "> It rains.\n> Still.\n\nAnn: is that so, @bob?"
    assert (incoming.in_group, incoming.answer_to) == (True, "55 12")


def test_commands_can_be_typed_and_chosen() -> None:
    typed = read({"me": ME, "message": said("/approve_5", None)})
    chosen = read(command("approve", None, person="5"))
    assert typed.command == chosen.command == "approve_5"
    for text in ("start sixteen-letters-0", "/start sixteen-letters-0"):
        sent = read({"me": ME, "message": said(text, None)})
        assert (sent.command, sent.argument) == ("start", "sixteen-letters-0")
    assert read({"me": ME, "message": said("start the engine", None)}).command is None
    paired = read(command("start", None, code="abc"))
    assert (paired.command, paired.argument) == ("start", "abc")
    asked = read(command("ask", question="why?"))
    assert (asked.command, asked.text, asked.awaited) == (None, "Ann: why?", True)


@pytest.mark.parametrize(
    ("message", "unreadable"),
    [
        (said("", None), "a message without words"),
        (said("", None, sticker_items=[{"id": "1"}]), "a sticker"),
        (
            said("", referenced_message={"author": {"id": ME}}),
            "a message that Discord shows me only if you mention me",
        ),
    ],
)
def test_what_has_no_words_is_named(message: dict[str, Any], unreadable: str) -> None:
    assert read({"me": ME, "message": message}).unreadable == unreadable
    assert read({"me": ME, "message": said(f"<@{ME}>")}).command == "start"


def test_all_files_of_a_message_come_with_it() -> None:
    files = [
        {"id": str(n), "filename": f"{n}.txt", "size": n, "url": f"https://cdn.x/{n}"} for n in (1, 2, 3)
    ]
    sent = read({"me": ME, "message": said("look", None, attachments=files)})
    assert sent.attached == tuple(Attached(f"https://cdn.x/{n}", f"{n}.txt", n) for n in (1, 2, 3))
    assert sent.text == "look"
    asked = command("ask", None, question="look")
    asked["data"]["options"].append({"name": "file", "type": 11, "value": "1"})
    asked["data"]["resolved"] = {"attachments": {"1": files[0]}}
    given = read(asked)
    assert given.text == "look"
    assert given.attached == sent.attached[:1]
