"""A Botyard with a public address: Telegram sends through the gateway."""

from __future__ import annotations

from pathlib import Path

import httpx2
import pytest

from tests.journeys.api import Api, step
from tests.journeys.installation import Installation, new_token
from tests.journeys.simulated import ON_TELEGRAM, ModelServer, Person, TelegramServer

HEADER = "X-Telegram-Bot-Api-Secret-Token"
BOT = "admin.public"


def _texts(person: Person, count: int) -> list[str]:
    return [str(message["text"]) for message in person.reads(count)]


@pytest.mark.timeout(180)
def test_messages_come_by_webhook(tmp_path: Path) -> None:
    with TelegramServer() as telegram, ModelServer() as models:
        telegram.ask("POST", "/webhooks", {"loopback": True, "first_wait": 0.1})
        theirs = telegram.bot()
        person = theirs.person(4900)
        spec = models.spec("public", **ON_TELEGRAM)
        botyard = Installation(tmp_path, token=new_token(), BOTYARD_TELEGRAM_API_URL=telegram.url)
        botyard.environment["BOTYARD_PUBLIC_URL"] = botyard.url
        botyard.start()
        try:
            with Api(botyard.url, str(botyard.token)) as api:
                operation = api.deploy(spec, {"TELEGRAM_TOKEN": theirs.token})
                assert step(operation, "connected")["state"] == "succeeded"
                webhook = f"{botyard.url}/webhook/{BOT}"
                assert api.read(f"/bots/{BOT}")["status"]["webhook_url"] == webhook
            person.say("one")
            assert _texts(person, 1) == ["echo: one"]
            for headers in ({}, {HEADER: "wrong"}, {HEADER: "", "X-Forwarded-For": "127.0.0.1"}):
                answer = httpx2.post(webhook, json={}, headers=headers, trust_env=False)
                assert answer.status_code == 401
            assert httpx2.post(f"{webhook}er", json={}, trust_env=False).status_code == 404
        finally:
            botyard.stop()
