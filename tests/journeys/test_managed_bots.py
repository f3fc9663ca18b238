"""Somebody taps a link, names a bot in Telegram, and talks to it: no token is typed or seen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.journeys import parts
from tests.journeys.processes import eventually
from tests.journeys.world import World

PERSON = 5310


def _start(link: str) -> str:
    """What Telegram sends for somebody who opens a link and presses Start."""
    found = re.fullmatch(r"https://t\.me/\w+\?start=([\w-]{1,64})", link)
    assert found, link
    return f"/start {found[1]}"


def test_from_a_link_to_a_live_bot(botyard: World, tmp_path: Path) -> None:
    path = tmp_path / "tapped.yaml"
    spec = botyard.spec("tapped")
    path.write_text(
        f"version: 1\nname: tapped\ninstructions: You are kind.\n"
        f"model: {{provider: openai-compatible, name: echo, base_url: '{spec['model']['base_url']}'}}\n"
    )
    with botyard.installation.following(
        "deploy", str(path), "--new-telegram-bot", BOTYARD_TOKEN=botyard.token
    ) as command:
        link = eventually("the link is printed", lambda: _link(command.lines))
        assert f"t.me/{botyard.manager.username}?" in link
        person = botyard.manager.person(PERSON)
        person.say(_start(link))
        ((button,),) = person.reads(1)[0]["reply_markup"]["keyboard"]
        wanted = button["request_managed_bot"]
        made = botyard.manager.makes(PERSON, wanted["suggested_name"], wanted["suggested_username"])
        eventually("it is deployed", lambda: "answers, in Telegram as" in "".join(command.lines), within=60)
        output = "".join(command.lines)
    assert [step in output for step in ("accepted", "committed", "connected", "answered")] == [True] * 4

    told = person.reads(3)
    ((way,),) = told[2]["reply_markup"]["inline_keyboard"]
    assert way["url"].startswith(f"https://t.me/{made.username}?start=")
    owner = made.person(PERSON)
    owner.say(_start(way["url"]))
    owner.reads(1)
    owner.say("Where is my parcel?")
    assert owner.reads(2)[1]["text"] == "echo: Where is my parcel?"
    people = botyard.api.read("/bots/admin.tapped/access")["people"]
    assert [(each["sender"], each["role"]) for each in people] == [(f"telegram:{PERSON}", "owner")]
    _nowhere_to_be_read(botyard, made.id, output)


@pytest.mark.long
@pytest.mark.timeout(180)
def test_a_control_api_that_dies_in_between_deploys_once(botyard: World) -> None:
    made = botyard.api.ask("POST", "/managed-bots", {"spec": botyard.spec("tapped-twice")}).json()
    person = botyard.manager.person(PERSON + 1)
    person.say(_start(made["link"]))
    person.reads(1)
    parts.kill(botyard.home, "control", within=60)
    botyard.manager.makes(PERSON + 1, "Twice", "tapped_twice_bot")
    path = f"/managed-bots/{made['id']}"
    eventually("its token is fetched", lambda: _fetched(botyard))
    parts.kill(botyard.home, "control", within=60)
    eventually("it is live", lambda: botyard.api.read(path)["state"] == "live", within=90)
    operations = botyard.api.read("/operations", bot="admin.tapped-twice")["items"]
    assert [(each["kind"], each["state"]) for each in operations] == [("deploy", "succeeded")]


def _fetched(botyard: World) -> bool:
    calls = botyard.telegram.ask("GET", f"/bots/{botyard.manager.id}/calls?method=getManagedBotToken")
    return any(call["status"] == 200 for call in calls)


def _link(lines: list[str]) -> str | None:
    return next((line.strip() for line in lines if "https://t.me/" in line), None)


def _nowhere_to_be_read(botyard: World, bot: int, output: str) -> None:
    """Neither its token nor its manager's is in an output, an answer, a log or a file of the home."""
    # A token begins with the bot's id: https://core.telegram.org/bots/api#authorizing-your-bot
    token = re.compile(rf"({bot}|{botyard.manager.id}):[\w-]{{20,}}".encode())
    told = output + botyard.api.ask("GET", "/bots/admin.tapped").text
    told += botyard.api.ask("GET", "/managed-bots").text + botyard.installation.output()
    assert not token.search(told.encode())
    files = [path for path in botyard.home.rglob("*") if path.is_file() and not path.is_symlink()]
    assert len(files) > 10
    assert not [path for path in files if token.search(path.read_bytes())]
