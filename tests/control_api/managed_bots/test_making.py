"""What may come between a tap on a link and a bot that is live, and what comes after it."""

from __future__ import annotations

import asyncio
import secrets
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

from agent_runtime.spec import BotId
from control_api.managed_bots import repository
from control_api.models import ManagedBot, now
from tests.control_api.engines import SpeechlessEngine
from tests.control_api.managed_bots.links import CHOSEN, PERSON, code_of, link, reached, settled, tap
from tests.control_api.service import Service, running, spec
from tests.gitops.unsealing import unseal
from tests.simulators.telegram.client import Telegram


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
    channels = {"telegram": {"token": {"secret": "ORDERS_BOT"}, "name": "Ann's shop"}}
    body = spec("orders", model={**model, "key": {"secret": "OPENAI_API_KEY"}}, channels=channels)
    made = await link(yard, spec=body, secrets={"OPENAI_API_KEY": key})
    database = yard.settings.places.control_database
    stored = b"".join(path.read_bytes() for path in database.parent.glob(f"{database.name}*"))
    assert made["id"].encode() in stored
    assert key.encode() not in stored
    assert code_of(made).encode() not in stored
    ((button,),) = (await tap(telegram, manager, made))["reply_markup"]["keyboard"]
    assert button["request_managed_bot"]["suggested_name"] == "Ann's shop"
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


async def test_a_token_that_was_changed_in_telegram_is_set_anew(
    home: Path, yard: Service, telegram: Telegram, manager: str
) -> None:
    made = await link(yard)
    await tap(telegram, manager, made)
    await telegram.make_managed(manager, PERSON, "Orders", CHOSEN)
    first = (await reached(yard, made, "live"))["operation"]
    token = await telegram.revoke(CHOSEN)
    await renewed(yard, made, first)
    assert await opened(home, "TELEGRAM_TOKEN", sealed(home, "TELEGRAM_TOKEN")) == token
    kinds = [each["kind"] for each in (await yard.http.get("/operations")).json()["items"]]
    assert kinds == ["change", "deploy"]

    await yard.write("PUT", "/bots/admin.orders/secrets/TELEGRAM_TOKEN", json={"value": "of another bot"})
    await telegram.revoke(CHOSEN)
    await settled(yard, telegram, manager)
    kinds = [each["kind"] for each in (await yard.http.get("/operations")).json()["items"]]
    assert kinds == ["change", "change", "deploy"], "what somebody has set since is left alone"


async def renewed(service: Service, made: dict[str, Any], operation: str) -> None:
    """Once another operation than that has ended well."""
    for _ in range(150):
        found = (await service.http.get(f"/managed-bots/{made['id']}")).json()
        if found["operation"] != operation and found["state"] == "live":
            return
        await asyncio.sleep(0.1)
    raise AssertionError(found)


async def test_what_a_crash_cut_off_goes_on_with_the_same_operation(
    yard: Service, telegram: Telegram, manager: str
) -> None:
    made = await link(yard)
    database = yard.app.state.platform.database
    async with database.reading() as session:
        promised = (await session.get(ManagedBot, made["id"])).intent
    await tap(telegram, manager, made)
    bot = await telegram.make_managed(manager, PERSON, "Orders", CHOSEN)
    live = await reached(yard, made, "live")
    # As it is where the operation was stored, and the next step was not.
    async with database.writing() as session:
        row = await session.get(ManagedBot, made["id"])
        row.state, row.intent, row.token_mark = "created", promised, None
        session.add(row)
    known = {"id": bot["id"], "is_bot": True, "first_name": "Orders", "username": CHOSEN}
    person = {"id": PERSON, "is_bot": False, "first_name": "Ann"}
    await telegram.update(manager, {"managed_bot": {"user": person, "bot": known}})
    assert (await reached(yard, made, "live"))["operation"] == live["operation"]
    assert len((await yard.http.get("/operations")).json()["items"]) == 1


async def test_links_are_forgotten_but_those_of_bots_that_live(
    yard: Service, telegram: Telegram, manager: str
) -> None:
    unused, made = await link(yard, spec=spec("unused")), await link(yard)
    await tap(telegram, manager, made)
    await telegram.make_managed(manager, PERSON, "Orders", CHOSEN)
    await reached(yard, made, "live")
    database = yard.app.state.platform.database
    async with database.writing() as session:
        await repository.forget(session, now() + timedelta(days=1))
        assert await session.get(ManagedBot, unused["id"]) is not None, "shown for a day after its hour"
        await repository.forget(session, now() + timedelta(days=2))
    shown = [each["id"] for each in (await yard.http.get("/managed-bots")).json()["items"]]
    assert shown == [made["id"]], "its bot lives"
    await yard.write("DELETE", "/bots/admin.orders")
    async with database.writing() as session:
        await repository.forget(session, now() + timedelta(days=2))
    assert (await yard.http.get("/managed-bots")).json()["items"] == []
