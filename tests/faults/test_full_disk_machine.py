"""A whole machine on a disk that fills up: no message is lost, nobody is told a falsehood, all goes on."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent_runtime.home import Home
from tests.faults.disk import PAGE, SmallDisk, forget_spare_pages
from tests.journeys import parts
from tests.journeys.api import Api
from tests.journeys.installation import Installation, new_token
from tests.journeys.processes import eventually
from tests.journeys.simulated import ON_TELEGRAM, ModelServer, TelegramBot, TelegramServer

BOT = "admin.thrifty"
# How much room there is, in pages: none at all, then enough for ever more of the writes of a message.
ROOM = (0, 1, 3, 8, 16)
TEXT = "x" * 4000


@pytest.fixture
def botyard(tmp_path: Path) -> Iterator[tuple[Installation, SmallDisk, TelegramServer]]:
    with SmallDisk(tmp_path / "disk", mebibytes=96) as disk, TelegramServer() as telegram:
        telegram.ask("POST", "/webhooks", {"loopback": True, "first_wait": 0.1})
        own = Installation(disk.folder, token=new_token(), BOTYARD_TELEGRAM_API_URL=telegram.url)
        own.environment["BOTYARD_PUBLIC_URL"] = own.url
        own.arguments.append("--no-demo")
        own.start()
        eventually("it greets, which stores a sign-in", lambda: "Sign in" in own.output())
        try:
            yield own, disk, telegram
        finally:
            disk.empty()
            own.stop()


@pytest.mark.long
@pytest.mark.timeout(240)
def test_messages_are_refused_or_answered_and_nothing_dies(
    botyard: tuple[Installation, SmallDisk, TelegramServer],
) -> None:
    own, disk, telegram = botyard
    with ModelServer() as models, Api(own.url, str(own.token)) as api:
        theirs = telegram.bot()
        api.deploy(_spec(models), {"TELEGRAM_TOKEN": theirs.token})
        before = {name: part["pid"] for name, part in parts.standings(own.home).items()}
        statuses = [_message(own, disk, theirs, room) for room in ROOM]
        refused = api.ask("POST", "/bots", {"spec": {**_spec(models), "name": "late", "channels": {}}})
        assert refused.status_code == 202, refused.text
        assert api.operation(refused.json()["operation"]["id"])["state"] == "succeeded"
        after = {name: part["pid"] for name, part in parts.standings(own.home).items()}
        assert after == before, own.tail()
    seen = {status for each in statuses for status in each}
    assert seen == {200, 503}, statuses
    fsck = ["git", "--git-dir", str(Home.at(own.home).fleet), "fsck", "--full", "--strict"]
    assert subprocess.run(fsck, capture_output=True, check=False).returncode == 0


def _message(own: Installation, disk: SmallDisk, bot: TelegramBot, room: int) -> list[int]:
    """Somebody writes while there is so much room, and is answered once; what the webhook said meanwhile."""
    person = bot.person(4300 + room)
    text = f"{room} {TEXT}"
    home = Home.at(own.home)
    forget_spare_pages(home.mail_database, home.bot(BOT) / "bot.db")
    told = len(_deliveries(bot))
    disk.fill(leave=room * PAGE)
    try:
        person.say(text)
        eventually("the webhook has said something", lambda: len(_deliveries(bot)) > told)
        # Long enough for the turn, as far as it gets.
        person.reads(1, within=1.5)
    finally:
        disk.empty()
    answers = [message["text"] for message in person.reads(1, within=25)]
    assert "".join(answers).startswith(f"echo: {room} x"), f"with {room} pages:\n{own.tail()}"
    return [each["status"] for each in _deliveries(bot)[told:]]


def _deliveries(bot: TelegramBot) -> list[dict[str, Any]]:
    return list(bot.telegram.ask("GET", f"/bots/{bot.id}/deliveries"))


def _spec(models: ModelServer) -> dict[str, Any]:
    spec = models.spec(BOT.partition(".")[2], **ON_TELEGRAM)
    spec["model"]["max_output_tokens"] = 8000
    return spec
