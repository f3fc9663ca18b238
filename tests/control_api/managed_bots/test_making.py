"""From a tap on a link to a bot that is live, and what may come between."""

from __future__ import annotations

import logging
import secrets
import subprocess
from pathlib import Path
from typing import Any

import pytest

from agent_runtime.spec import BotId
from tests.control_api.engines import SpeechlessEngine
from tests.control_api.managed_bots.links import CHOSEN, PERSON, code_of, link, reached, settled, tap
from tests.control_api.service import Service, running, spec
from tests.gitops.unsealing import unseal
from tests.simulators.telegram.client import Telegram


async def test_a_tap_and_a_name_make_a_bot(
    yard: Service, telegram: Telegram, manager: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    made = await link(yard)
    assert made["link"].startswith("https://t.me/yard_manager_bot?start=")
    assert (made["bot"], made["state"], made["operation"]) == ("admin.orders", "waiting", None)
    assert (await yard.http.get("/bots")).json()["items"] == []

    invited = await tap(telegram, manager, made)
    ((button,),) = invited["reply_markup"]["keyboard"]
    wanted = button["request_managed_bot"]
    assert wanted["suggested_name"] == "Orders"
    assert wanted["suggested_username"].startswith("orders_")
    opened = await reached(yard, made, "opened")
    assert opened["opened_by"] == "Ann"

    await telegram.make_managed(manager, PERSON, "Ann's orders", CHOSEN)
    live = await reached(yard, made, "live")
    assert live["username"] == CHOSEN
    operation = (await yard.http.get(f"/operations/{live['operation']}")).json()
    assert [operation[key] for key in ("kind", "state", "bot")] == ["deploy", "succeeded", "admin.orders"]
    bot = (await yard.http.get("/bots/admin.orders")).json()
    assert bot["spec"]["channels"]["telegram"] == {"token": {"secret": "TELEGRAM_TOKEN"}}
    assert bot["secrets"]["TELEGRAM_TOKEN"]["set"] is True

    *_, told = await telegram.sent(manager, PERSON, 3)
    ((way,),) = told["reply_markup"]["inline_keyboard"]
    assert way["url"] == "https://t.me/x?start=c0de", "by the bot's pairing link they become its owner"
    entries = (await yard.http.get("/audit")).json()["items"]
    assert [(each["action"], each["via"]) for each in entries if each["bot"]] == [
        ("bot.deploy", "telegram"),
        ("managed-bot.open", "telegram"),
        ("managed-bot.create", "token"),
    ]
    assert manager not in caplog.text


async def test_what_comes_again_deploys_once(yard: Service, telegram: Telegram, manager: str) -> None:
    made = await link(yard)
    await tap(telegram, manager, made)
    await tap(telegram, manager, made)
    bot = await telegram.make_managed(manager, PERSON, "Orders", CHOSEN)
    await reached(yard, made, "live")
    known = {"id": bot["id"], "is_bot": True, "first_name": "Orders", "username": CHOSEN}
    person = {"id": PERSON, "is_bot": False, "first_name": "Ann"}
    for _ in range(3):
        await telegram.update(manager, {"managed_bot": {"user": person, "bot": known}})
    await settled(yard, telegram, manager)
    operations = (await yard.http.get("/operations")).json()["items"]
    assert [each["kind"] for each in operations] == ["deploy"]


async def test_what_was_tapped_while_botyard_was_down_is_done_at_its_start(
    home: Path, telegram: Telegram, manager: str
) -> None:
    settings: dict[str, Any] = {"telegram_api_url": telegram.url, "telegram_manager_token": manager}
    async with running(home, **settings) as service:
        made = await link(service)
        await tap(telegram, manager, made)
    await telegram.make_managed(manager, PERSON, "Orders", CHOSEN)
    await telegram.fault(manager, "getManagedBotToken", "500", times=2)
    await telegram.fault(manager, "getUpdates", "drop")
    async with running(home, **settings) as service:
        assert (await reached(service, made, "live"))["username"] == CHOSEN
        assert len(await telegram.calls(manager, "getManagedBotToken")) >= 3


async def test_a_deploy_that_fails_is_told(home: Path, telegram: Telegram, manager: str) -> None:
    settings: dict[str, Any] = {"telegram_api_url": telegram.url, "telegram_manager_token": manager}
    async with running(home, SpeechlessEngine, **settings) as service:
        made = await link(service)
        await tap(telegram, manager, made)
        await telegram.make_managed(manager, PERSON, "Orders", CHOSEN)
        failed = await reached(service, made, "failed")
        assert failed["reason"] == "the model refused the key"
        assert (await service.http.get(f"/operations/{failed['operation']}")).json()["state"] == "failed"
        assert (await service.http.delete(f"/managed-bots/{made['id']}")).status_code == 409
        assert "could not be started" in (await telegram.sent(manager, PERSON, 3))[2]["text"]


async def test_other_secrets_are_sealed_at_once_and_used(
    home: Path, yard: Service, telegram: Telegram, manager: str
) -> None:
    key, model = f"sk-{secrets.token_hex(16)}", {"provider": "openai", "name": "gpt-4o-mini"}
    channels = {"telegram": {"token": {"secret": "ORDERS_BOT"}}}
    body = spec("orders", model={**model, "key": {"secret": "OPENAI_API_KEY"}}, channels=channels)
    made = await link(yard, spec=body, secrets={"OPENAI_API_KEY": key})
    database = yard.settings.places.control_database
    stored = b"".join(path.read_bytes() for path in database.parent.glob(f"{database.name}*"))
    assert b"mb_" in stored
    assert key.encode() not in stored
    assert code_of(made).encode() not in stored
    await tap(telegram, manager, made)
    await telegram.make_managed(manager, PERSON, "Orders", CHOSEN)
    await reached(yard, made, "live")
    shown = (await yard.http.get("/bots/admin.orders")).json()["secrets"]
    assert shown.keys() == {"OPENAI_API_KEY", "ORDERS_BOT"}
    assert await opened(home, "OPENAI_API_KEY", sealed(home, "OPENAI_API_KEY")) == key
    token = await opened(home, "ORDERS_BOT", sealed(home, "ORDERS_BOT"))
    assert (await telegram.pending(token), token in {manager, key}) == ([], False), "it is a bot's token"


def sealed(home: Path, name: str) -> bytes:
    """A secret of the bot as it is in the fleet."""
    path = f"main:users/ad/admin/orders/secrets/{name}.sops.yaml"
    return subprocess.run(
        ["git", "-C", home / "fleet.git", "show", path], check=True, capture_output=True
    ).stdout


async def opened(home: Path, name: str, file: bytes) -> str:
    """Its value, as the engine reads it."""
    return await unseal(file, home / "keys" / "age.key", BotId("admin", "orders"), name)
