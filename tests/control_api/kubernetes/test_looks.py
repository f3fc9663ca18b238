"""Looks into pods: at once, often while they connect, and a silent one is said to be so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from agent_runtime.hive_client import HiveAwayError, Json
from control_api.engines.kubernetes.looks import Looks

BOT, ADDRESS = "alice.support", "10.1.2.3:8080"
CONNECTING = {"phase": "deploying", "channels": {"telegram": {"state": "connecting"}}}
CONNECTED = {"phase": "idle", "channels": {"telegram": {"state": "connected"}}}


class Pods:
    """Answers in turn; the last answer for ever, None by silence."""

    def __init__(self, *answers: Json | None) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, str]] = []

    async def ask(self, bot: str, address: str) -> Json:
        self.asked.append((bot, address))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer is None:
            raise HiveAwayError("refused")
        return answer


@asynccontextmanager
async def looking(pods: Pods) -> AsyncIterator[tuple[Looks, asyncio.Queue[Any]]]:
    """Looks that run, and what each learned: the bot's phase."""
    looks, learned = Looks(pods.ask), asyncio.Queue[Any]()
    running = asyncio.create_task(
        looks.run(lambda bot: learned.put_nowait((bot, (looks.of(bot) or {})["phase"])))
    )
    try:
        yield looks, learned
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_a_pod_that_connects_is_asked_until_it_has() -> None:
    pods = Pods(CONNECTING, CONNECTED)
    async with looking(pods) as (looks, learned), asyncio.timeout(10):
        assert looks.of(BOT) is None
        looks.want(BOT, ADDRESS)
        looks.want(BOT, ADDRESS)
        assert await learned.get() == (BOT, "deploying")
        assert await learned.get() == (BOT, "idle")
        assert pods.asked == [(BOT, ADDRESS)] * 2


async def test_another_pod_is_asked_anew() -> None:
    async with looking(Pods(CONNECTED)) as (looks, learned), asyncio.timeout(10):
        looks.want(BOT, ADDRESS)
        await learned.get()
        looks.want(BOT, "10.1.2.4:8080")
        assert looks.of(BOT) is None
        assert await learned.get() == (BOT, "idle")


async def test_a_pod_that_stays_silent_is_degraded_and_heals() -> None:
    pods = Pods(None, None, None, CONNECTED)
    async with looking(pods) as (looks, learned), asyncio.timeout(15):
        looks.want(BOT, ADDRESS)
        assert await learned.get() == (BOT, "degraded")
        assert len(pods.asked) == 3
        assert await learned.get() == (BOT, "idle")
