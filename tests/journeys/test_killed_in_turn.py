"""Two hundred messages while every part is killed in turn, by polling and by webhook."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.journeys import parts
from tests.journeys.api import Api, step
from tests.journeys.installation import Installation, new_token
from tests.journeys.processes import kill_worker
from tests.journeys.simulated import ON_TELEGRAM, ModelServer, TelegramServer
from tests.journeys.talk import Talk, reply_under_way, uncertain

BOT = "admin.hardy"
PEOPLE, EACH = 5, 40
# A reply a second leaves for each person; they write a little faster, so that something always waits.
SAID_EVERY = 0.7
# Of so many answers of ours to a webhook one is lost; and so many messages come again at least.
LOST_EVERY, AGAIN = 10, 10


@pytest.mark.long
@pytest.mark.timeout(300)
def test_two_hundred_messages_while_every_part_is_killed(tmp_path: Path) -> None:
    """None lost; order kept; none answered twice but sends recorded as uncertain, at most one a kill.

    Both ways in at once, each on a machine of its own: the time goes into waiting, as Telegram wants it.
    """
    with TelegramServer() as telegram, ThreadPoolExecutor(2) as ways:
        telegram.ask("POST", "/webhooks", {"loopback": True, "first_wait": 0.1})
        both = [ways.submit(_survives, tmp_path / way, telegram, way) for way in ("polling", "webhook")]
        for each in both:
            each.result()


def _survives(folder: Path, telegram: TelegramServer, way: str) -> None:
    folder.mkdir()
    botyard = Installation(folder, token=new_token(), BOTYARD_TELEGRAM_API_URL=telegram.url)
    botyard.arguments.append("--no-demo")
    if way == "webhook":
        botyard.environment["BOTYARD_PUBLIC_URL"] = botyard.url
    botyard.start()
    try:
        with ModelServer() as models, Api(botyard.url, str(botyard.token)) as api:
            theirs = telegram.bot()
            theirs.rates(chat_per_second=0, bot_per_second=0)
            theirs.lose_answers(LOST_EVERY)
            operation = api.deploy(_spec(models), {"TELEGRAM_TOKEN": theirs.token})
            assert step(operation, "connected")["state"] == "succeeded"
            talk = Talk(theirs, [theirs.person(4600 + n) for n in range(PEOPLE)], EACH)
            killed = _talk_and_kill(talk, _killers(botyard, models, talk))
            talk.settle()
            doubled, recorded = talk.doubled(), uncertain(api, BOT)
        again = len(theirs.sent_again())
        print(f"\n{way}: {doubled} answered twice, {recorded} uncertain, {again} sent to us again; {killed}")
        assert 1 <= doubled <= recorded <= len(killed)
        assert again >= AGAIN or way == "polling"
    except BaseException as error:
        error.add_note(botyard.tail())
        raise
    finally:
        botyard.stop()


def _spec(models: ModelServer) -> dict[str, Any]:
    often = {"turns_per_user_per_hour": 1000}
    return models.spec(BOT.partition(".")[2], "slow:0.1", **ON_TELEGRAM, budget=often)


def _killers(botyard: Installation, models: ModelServer, talk: Talk) -> dict[str, Callable[[], Any]]:
    """Who dies, in this order: first those that messages come in by, while people still write."""

    def worker() -> None:
        reply_under_way(talk)
        kill_worker(botyard.home, BOT)

    ours = ("gateway", "listeners-0", "receiver", "dispatcher", "keeper", "launcher", "control", "brain")
    deaths: dict[str, Callable[[], Any]] = {part: partial(parts.kill, botyard.home, part) for part in ours}
    return {**deaths, "model": models.killed, "worker": worker}


def _talk_and_kill(talk: Talk, killers: dict[str, Callable[[], Any]]) -> dict[str, float]:
    """Says everything, while one after the other is killed; the seconds that each took to come back."""
    took: dict[str, float] = {}
    with ThreadPoolExecutor(1) as speaking:
        said = speaking.submit(_say_all, talk)
        for number, (name, killer) in enumerate(killers.items(), 1):
            talk.await_answers(talk.whole * number // (len(killers) + 2))
            begun = time.monotonic()
            took[name] = killer() or time.monotonic() - begun
        said.result()
    return {name: round(seconds, 2) for name, seconds in took.items()}


def _say_all(talk: Talk) -> None:
    for number in range(talk.each):
        talk.say(number)
        time.sleep(SAID_EVERY)
