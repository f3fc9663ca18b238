"""A Botyard with a public address: platforms send through the gateway."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest

from tests.journeys.api import step
from tests.journeys.in_slack import InSlack
from tests.journeys.in_whatsapp import InWhatsApp
from tests.journeys.processes import eventually
from tests.journeys.public_world import PublicWorld
from tests.journeys.simulated import ON_TELEGRAM, Person
from tests.journeys.whole_talk import play

HEADER = "X-Telegram-Bot-Api-Secret-Token"
BOT = "admin.public"


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PublicWorld]:
    with PublicWorld(tmp_path_factory.mktemp("public")) as world:
        yield world


def _texts(person: Person, count: int) -> list[str]:
    return [str(message["text"]) for message in person.reads(count)]


@pytest.mark.timeout(180)
def test_messages_come_by_webhook(public: PublicWorld) -> None:
    theirs = public.telegram.bot()
    person = theirs.person(4900)
    operation = public.api.deploy(public.spec("public", **ON_TELEGRAM), {"TELEGRAM_TOKEN": theirs.token})
    assert step(operation, "connected")["state"] == "succeeded"
    webhook = f"{public.url}/webhook/{BOT}"
    assert public.api.read(f"/bots/{BOT}")["status"]["webhook_url"] == webhook
    person.say("one")
    assert _texts(person, 1) == ["echo: one"]
    theirs.lose_answers(2)
    for said in ("two", "three"):
        person.say(said)
    assert _texts(person, 3) == ["echo: one", "echo: two", "echo: three"]
    eventually("two messages have come again", lambda: len(theirs.sent_again()) == 2)
    theirs.lose_answers(0)
    person.say("four")
    assert _texts(person, 4)[3:] == ["echo: four"], "what came again was answered again"
    for headers in ({}, {HEADER: "wrong"}, {HEADER: "", "X-Forwarded-For": "127.0.0.1"}):
        answer = httpx2.post(webhook, json={}, headers=headers, trust_env=False)
        assert answer.status_code == 401
    assert httpx2.post(f"{webhook}er", json={}, trust_env=False).status_code == 404


@pytest.mark.timeout(240)
def test_the_whole_talk_in_slack(public: PublicWorld) -> None:
    play(public, InSlack(public))
    shown = public.api.read("/bots/admin.play-slack")
    webhook = f"{public.url}/webhook/admin.play-slack/slack"
    assert shown["status"]["webhook_url"] == webhook
    forged = httpx2.post(webhook, json={"type": "url_verification", "challenge": "x"}, trust_env=False)
    assert forged.status_code == 401


@pytest.mark.timeout(240)
def test_the_whole_talk_in_whatsapp(public: PublicWorld) -> None:
    place = InWhatsApp(public)
    play(public, place)
    shown = public.api.read("/bots/admin.play-whatsapp")
    webhook = f"{public.url}/webhook/admin.play-whatsapp/whatsapp"
    assert shown["status"]["webhook_url"] == webhook
    query = {"hub.mode": "subscribe", "hub.verify_token": "wrong", "hub.challenge": "1"}
    assert httpx2.get(webhook, params=query, trust_env=False).status_code == 401
    assert place.number["token"] not in str(shown)
