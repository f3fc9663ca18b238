"""Links that are not for everybody, not for ever, and not made where nothing could come of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from control_api.managed_bots import service
from control_api.models import ManagedBot, now
from tests.control_api.managed_bots.links import CHOSEN, PERSON, link, reached, settled, tap
from tests.control_api.service import Service, events, running, spec
from tests.simulators.telegram.client import Telegram


async def test_a_link_is_for_one_person_and_for_a_while(
    yard: Service, telegram: Telegram, manager: str
) -> None:
    await telegram.rates(manager, chat_per_second=0)
    made, late = await link(yard), await link(yard, spec=spec("late"))
    await tap(telegram, manager, made)
    for person, of in ((PERSON + 1, made), (PERSON, {"link": "?start=guessed"})):
        refused = await tap(telegram, manager, of, person)
        assert refused["reply_markup"] == {"remove_keyboard": True}
        assert "Ask Botyard for" in refused["text"]
    async with yard.app.state.platform.database.writing() as session:
        row = await session.get(ManagedBot, late["id"])
        row.expires_at = now() - timedelta(seconds=1)
        session.add(row)
    assert "too old" in (await tap(telegram, manager, late, PERSON + 1))["text"]
    assert (await yard.http.get(f"/managed-bots/{late['id']}")).json()["state"] == "expired"
    items = (await yard.http.get("/managed-bots")).json()["items"]
    assert {each["state"] for each in items} == {"opened", "expired"}
    assert all("link" not in each for each in items)
    async with yard.http.stream("GET", f"/managed-bots/{made['id']}/events") as response:
        told = aiter(events(response))
        assert (await anext(told))[1] == "link"
        assert (await yard.http.delete(f"/managed-bots/{made['id']}")).status_code == 204
        assert (await anext(told))[1:] == ("deleted", {"id": made["id"]})
    assert "used up" in (await tap(telegram, manager, made))["text"]
    await telegram.make_managed(manager, PERSON, "Orders", CHOSEN)
    assert "knows of no bot" in (await telegram.sent(manager, PERSON, 4))[3]["text"]
    assert not await telegram.calls(manager, "getManagedBotToken")
    assert (await yard.http.get("/operations")).json()["items"] == []


async def test_a_link_opened_again_lives_no_longer(yard: Service, telegram: Telegram, manager: str) -> None:
    await telegram.rates(manager, chat_per_second=0)
    made = await link(yard)
    assert "stays for an hour" in (await tap(telegram, manager, made))["text"]
    until = (await reached(yard, made, "opened"))["expires_at"]
    assert until > made["expires_at"], "its button has an hour from the first opening on"
    async with yard.app.state.platform.database.writing() as session:
        row = await session.get(ManagedBot, made["id"])
        row.expires_at = until = now() + timedelta(minutes=9.5)
        session.add(row)
    assert "stays for 10 minutes" in (await tap(telegram, manager, made))["text"]
    again = (await yard.http.get(f"/managed-bots/{made['id']}")).json()
    assert datetime.fromisoformat(again["expires_at"]) == until


async def test_a_dry_run_shows_the_bot_and_makes_no_link(yard: Service) -> None:
    answer = await yard.http.post("/managed-bots", json={"spec": spec("orders"), "dry_run": True})
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert shown["bot"]["spec"]["channels"]["telegram"] == {"token": {"secret": "TELEGRAM_TOKEN"}}
    assert "TELEGRAM_TOKEN" in shown["diff"]["unified"]
    refused = await yard.http.post("/managed-bots", json={"spec": {"name": "orders"}, "dry_run": True})
    assert refused.status_code == 422
    assert (await yard.http.get("/managed-bots")).json()["items"] == []


async def test_an_owner_has_only_so_many_unused_links(yard: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MOST_LINKS", 2)
    made = [await link(yard) for _ in range(2)]
    body = {"spec": spec("orders")}
    refused = await yard.http.post("/managed-bots", json=body)
    assert (refused.status_code, refused.json()["title"]) == (409, "Too many links")
    await yard.http.delete(f"/managed-bots/{made[0]['id']}")
    assert (await yard.http.post("/managed-bots", json=body)).status_code == 201


async def test_strangers_hold_up_nobody(yard: Service, telegram: Telegram, manager: str) -> None:
    made = await link(yard)
    await telegram.fault(manager, "sendMessage", "429", seconds=60)
    await telegram.say(manager, PERSON + 1, "/start guessed")
    await telegram.say(manager, PERSON + 1, "/start")
    private = {"chat": {"type": "private"}, "text": "/start x"}
    for odd in ({}, {"chat": 7}, private, {"chat": {"type": "group"}}):
        await telegram.update(manager, {"message": odd})
    assert "Tap the button" in (await tap(telegram, manager, made))["text"]


async def test_what_became_impossible_meanwhile_is_said_to_both(
    yard: Service, telegram: Telegram, manager: str
) -> None:
    made = await link(yard)
    await tap(telegram, manager, made)
    assert (await yard.deploy("orders")).status_code == 200
    await telegram.make_managed(manager, PERSON, "Orders", CHOSEN)
    failed = await reached(yard, made, "failed")
    assert "admin.orders exists already" in failed["reason"]
    assert (failed["operation"], failed["username"]) == (None, CHOSEN)
    *_, told = await telegram.sent(manager, PERSON, 2)
    assert "could not be started" in told["text"]
    assert "exists already" not in told["text"]
    assert (await yard.http.get("/bots/admin.orders")).json()["secrets"] == {}
    assert (await yard.http.delete(f"/managed-bots/{made['id']}")).status_code == 204


async def test_a_token_that_is_not_handed_over_fails_the_link_and_stops_nothing(
    yard: Service, telegram: Telegram, manager: str
) -> None:
    made, other = await link(yard), await link(yard, spec=spec("other"))
    await tap(telegram, manager, made)
    await telegram.fault(manager, "getManagedBotToken", "entities")
    await telegram.make_managed(manager, PERSON, "Orders", CHOSEN)
    assert f"hand over the token of @{CHOSEN}" in (await reached(yard, made, "failed"))["reason"]
    await tap(telegram, manager, other, PERSON + 1)
    await telegram.make_managed(manager, PERSON + 1, "Other", "other_bot")
    await reached(yard, other, "live")
    await telegram.fault(manager, "getManagedBotToken", "entities")
    await telegram.revoke("other_bot")
    await settled(yard, telegram, manager)


async def test_who_may_not_sign_in_any_more_deploys_nothing(
    yard: Service, telegram: Telegram, manager: str
) -> None:
    bob = await yard.user("bob")
    made = (await bob.post("/managed-bots", json={"spec": spec("orders")})).json()
    await tap(telegram, manager, made)
    await yard.http.patch("/users/bob", json={"disabled": True})
    await telegram.make_managed(manager, PERSON, "Orders", CHOSEN)
    assert "bob" in (await reached(yard, made, "failed"))["reason"]
    assert (await yard.http.get("/bots")).json()["items"] == []


async def test_a_link_that_could_not_be_kept_is_not_made(yard: Service) -> None:
    await yard.deploy("taken")
    secret = {"TELEGRAM_TOKEN": "x"}
    model = {"provider": "openai", "name": "gpt-4o-mini", "key": {"secret": "OPENAI_API_KEY"}}
    for body, status, pointer in (
        ({"spec": spec("taken")}, 409, "/spec/name"),
        ({"spec": spec("orders", channels="x")}, 422, "/spec/channels"),
        ({"spec": spec("orders"), "secrets": secret}, 422, "/secrets/TELEGRAM_TOKEN"),
        ({"spec": spec("orders", model=model)}, 422, "/spec/model/key"),
        (
            {"spec": spec("orders", channels={"telegram": {"token": "7:x"}})},
            422,
            "/spec/channels/telegram/token",
        ),
    ):
        refused = await yard.http.post("/managed-bots", json=body)
        assert refused.status_code == status, refused.text
        assert refused.json()["errors"][0]["pointer"] == pointer
    assert (
        await yard.http.post("/managed-bots", json={"spec": spec(), "owner": "nobody"})
    ).status_code == 404
    assert (await yard.http.get("/managed-bots")).json()["items"] == []


@pytest.mark.parametrize("trouble", ["no manager", "mode off", "wrong token", "away"])
async def test_without_a_working_manager_bot_it_is_said_what_to_do(
    home: Path, telegram: Telegram, trouble: str
) -> None:
    bot = await telegram.create_bot("yard_manager_bot", can_manage_bots=False)
    settings: dict[str, Any] = {"telegram_api_url": telegram.url, "telegram_manager_token": bot["token"]}
    expected = (409, "@yard_manager_bot in @BotFather's app")
    if trouble == "no manager":
        settings, expected = {}, (409, "BOTYARD_TELEGRAM_MANAGER_TOKEN")
    elif trouble == "wrong token":
        await telegram.revoke(bot["token"])
        expected = (409, "Telegram refuses BOTYARD_TELEGRAM_MANAGER_TOKEN")
    elif trouble == "away":
        settings["telegram_api_url"], expected = "http://127.0.0.1:9", (503, "Telegram does not answer")
    async with running(home, **settings) as service:
        refused = await service.http.post("/managed-bots", json={"spec": spec("orders")})
        assert (refused.status_code, expected[1] in refused.json()["detail"]) == (expected[0], True)
        assert bot["token"] not in refused.text
        parts = {each["name"]: each for each in (await service.http.get("/system")).json()["parts"]}
        assert ("manager bot" in parts) is (trouble != "no manager")
        if trouble not in {"no manager", "away"}:
            assert parts["manager bot"]["state"] == "failed"
            assert expected[1] in parts["manager bot"]["detail"]
