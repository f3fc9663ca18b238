"""What a test does about bots made in Telegram: ask for a link, tap it, wait for what comes of it."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.control_api.service import Service, spec
from tests.simulators.telegram.client import Telegram

PERSON = 4711
CHOSEN = "ann_orders_bot"


async def link(service: Service, **body: Any) -> dict[str, Any]:
    """A new link."""
    answer = await service.http.post("/managed-bots", json={"spec": spec("orders"), **body})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def code_of(made: dict[str, Any]) -> str:
    return str(made["link"].partition("?start=")[2])


async def tap(telegram: Telegram, manager: str, made: dict[str, Any], person: int = PERSON) -> dict[str, Any]:
    """A person opens the link; the manager bot's answer."""
    before = len(await telegram.sent(manager, person))
    await telegram.say(manager, person, f"/start {code_of(made)}", name="Ann")
    return (await telegram.sent(manager, person, before + 1))[before]


async def reached(service: Service, made: dict[str, Any], *states: str) -> dict[str, Any]:
    """The link once it has come to one of the states."""
    for _ in range(150):
        found = (await service.http.get(f"/managed-bots/{made['id']}")).json()
        if found["state"] in states:
            return dict(found)
        await asyncio.sleep(0.1)
    raise AssertionError(found)


async def settled(service: Service, telegram: Telegram, manager: str) -> None:
    """Once all that was told the manager bot is done: it answers in order."""
    before = len(await telegram.sent(manager, 4799))
    await telegram.say(manager, 4799, "/start")
    assert len(await telegram.sent(manager, 4799, before + 1)) == before + 1
