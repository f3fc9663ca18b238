"""A message that stops others reaches the worker whether they wait or are in hand."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from agent_runtime.dispatcher.condition import Condition
from agent_runtime.dispatcher.mailroom import Mailroom
from agent_runtime.dispatcher.services import Services
from agent_runtime.dispatcher.worker import Worker
from agent_runtime.mail import Arrival, Mail

STOPPED = (
    "interrupt",
    {"channel": "t", "conversation": "c", "sender": "telegram:1", "payload": "{}"},
)


class Told(Worker):
    """A worker, and what it was told."""

    def __init__(self) -> None:
        super().__init__("r1")
        self.told: list[tuple[str, Any]] = []

    def tell(self, kind: str, data: dict[str, Any]) -> None:
        self.told.append((kind, data["mail"]["key"] if kind == "mail" else data))


def stop_of(number: int) -> Arrival:
    return Arrival(str(number), "c", "telegram:1", "{}", stops=True)


@pytest.fixture
async def mailroom() -> Mailroom:
    def spawn(work: Any) -> None:
        work.close()

    settings, loop = SimpleNamespace(conversations_per_bot=8), asyncio.get_running_loop()
    services = cast("Services", SimpleNamespace(settings=settings, spawn=spawn, loop=loop))
    return Mailroom(services, "al.bot", cast("Condition", None))


@pytest.fixture
def put(mailroom: Mailroom) -> Callable[..., None]:
    def add(*numbers: int) -> None:
        for number in numbers:
            mailroom.add(Mail(f"t:{number}", "al.bot", "t", "c", "telegram:1", "{}", 0.0))

    return add


async def test_what_waits_is_stopped_once_a_worker_has_it(
    mailroom: Mailroom, put: Callable[..., None]
) -> None:
    put(1, 2, 3)
    mailroom.interrupt("t:3", stop_of(3), None)
    put(4)
    worker = Told()
    for number in range(1, 5):
        mailroom.hand_out(worker)
        mailroom.answered(f"t:{number}", None)
    assert worker.told == [
        ("mail", "t:1"),
        STOPPED,
        ("mail", "t:2"),
        STOPPED,
        ("mail", "t:3"),
        ("mail", "t:4"),
    ]


async def test_what_is_in_hand_is_stopped_at_once_and_by_the_next_worker_too(
    mailroom: Mailroom, put: Callable[..., None]
) -> None:
    worker, next_one = Told(), Told()
    put(1)
    mailroom.hand_out(worker)
    put(2)
    mailroom.interrupt("t:2", stop_of(2), worker)
    assert worker.told == [("mail", "t:1"), STOPPED]
    mailroom.worker_gone(died=False)
    mailroom.hand_out(next_one)
    assert next_one.told == [("mail", "t:1"), STOPPED]


async def test_a_stop_that_comes_again_or_alone_stops_nothing(
    mailroom: Mailroom, put: Callable[..., None]
) -> None:
    worker = Told()
    put(1)
    mailroom.hand_out(worker)
    mailroom.interrupt("t:1", stop_of(1), worker)
    mailroom.answered("t:1", None)
    put(2)
    mailroom.hand_out(worker)
    mailroom.interrupt("t:1", stop_of(1), worker)
    assert worker.told == [("mail", "t:1"), ("mail", "t:2")]
