"""A tap on a link, a name, and a bot that is live."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from tests.control_api.databases import BOTH
from tests.control_api.managed_bots.links import CHOSEN, PERSON, link, reached, tap
from tests.control_api.service import Service, events, spec, until
from tests.simulators.telegram.client import Telegram

DATABASES = BOTH
STATES = ("waiting", "opened", "created", "deploying", "live")


async def test_a_tap_and_a_name_make_a_bot(
    yard: Service, telegram: Telegram, manager: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    made = await link(yard, spec=spec("orders", channels={"telegram": {"name": ""}}))
    assert made["link"].startswith("https://t.me/yard_manager_bot?start=")
    assert (made["bot"], made["state"], made["operation"]) == ("admin.orders", "waiting", None)
    assert (await yard.http.get("/bots")).json()["items"] == []
    told: list[dict[str, Any]] = []
    watching = asyncio.create_task(_watch(yard, made, told))
    await until(lambda: len(told) == 1)

    invited = await tap(telegram, manager, made)
    ((button,),) = invited["reply_markup"]["keyboard"]
    wanted = button["request_managed_bot"]
    assert wanted["suggested_name"] == "Orders"
    assert wanted["suggested_username"].startswith("orders_")
    opened = await reached(yard, made, "opened")
    assert opened["opened_by"] == "Ann"
    await until(lambda: told[-1] == opened)

    await telegram.make_managed(manager, PERSON, "Ann's orders", CHOSEN)
    live = await reached(yard, made, "live")
    assert live["username"] == CHOSEN
    await asyncio.wait_for(watching, 15)
    states = [each["state"] for each in told]
    assert states == [each for each in STATES if each in states], "in order, each once"
    assert (states[:2], told[-1]) == (["waiting", "opened"], live)
    operation = (await yard.http.get(f"/operations/{live['operation']}")).json()
    assert [operation[key] for key in ("kind", "state", "bot")] == ["deploy", "succeeded", "admin.orders"]
    bot = (await yard.http.get("/bots/admin.orders")).json()
    assert bot["spec"]["channels"]["telegram"] == {
        "token": {"secret": "TELEGRAM_TOKEN"},
        "name": "",
    }
    assert bot["secrets"]["TELEGRAM_TOKEN"]["set"] is True

    *_, said = await telegram.sent(manager, PERSON, 3)
    ((way,),) = said["reply_markup"]["inline_keyboard"]
    assert way["url"] == "https://t.me/x?start=c0de", "by the bot's pairing link they become its owner"
    entries = (await yard.http.get("/audit")).json()["items"]
    assert [(each["action"], each["via"]) for each in entries if each["bot"]] == [
        ("bot.deploy", "telegram"),
        ("managed-bot.open", "telegram"),
        ("managed-bot.create", "token"),
    ]
    assert manager not in caplog.text


async def _watch(yard: Service, made: dict[str, Any], told: list[dict[str, Any]]) -> None:
    """Takes in what the link's stream tells until it ends by itself."""
    async with yard.http.stream("GET", f"/managed-bots/{made['id']}/events") as response:
        async for _, name, data in events(response):
            assert name == "link"
            told.append(data)
