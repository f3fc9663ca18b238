"""A Botyard moves: a backup of the running one, restored elsewhere, goes on where the old one stopped."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.api import Api
from tests.journeys.installation import Installation, new_token
from tests.journeys.processes import eventually
from tests.journeys.simulated import ON_TELEGRAM, ModelServer, Person, TelegramServer

PASSPHRASE = "a lamp among seven stones"
BOT = "admin.mover"


@pytest.mark.long
@pytest.mark.timeout(180)
def test_telegram_is_answered_by_the_restored_one_with_its_history(tmp_path: Path) -> None:
    with TelegramServer() as telegram, ModelServer() as models:
        person = telegram.bot().person(5100)
        old, new = (
            Installation(tmp_path / name, token=token, BOTYARD_TELEGRAM_API_URL=telegram.url)
            for name, token in (("old", new_token()), ("new", None))
        )
        for each in (old, new):
            each.log.parent.mkdir()
        try:
            old.start()
            with Api(old.url, old.token) as api:
                before = _lived(api, models, person)
                taken = _taken(old, tmp_path / "botyard.backup")
            assert old.stop() == 0
            person.say("Said after the backup, while nobody listens.")
            said = json.loads(new.done("restore", str(taken), "--json", text=f"{PASSPHRASE}\n"))
            assert said["home"] == str(new.home)
            assert (said["conversation_turns"], said["messages_waiting"]) == (3, 0)
            assert new.start() < 60
            with Api(new.url, old.token) as api:
                _goes_on(api, models, person, before)
            # Whoever looks after the old machine looks after the new one.
            assert [bot["id"] for bot in json.loads(new.done("list", "--json"))] == [BOT]
        finally:
            for each in (old, new):
                if each.running:
                    each.stop()


def _lived(api: Api, models: ModelServer, person: Person) -> dict[str, Any]:
    """A bot with a history of commits and of conversations; all that must be found again."""
    spec = models.spec("mover", channels=ON_TELEGRAM["channels"])
    api.deploy(spec, {"TELEGRAM_TOKEN": person.bot.token})
    api.write("PATCH", f"/bots/{BOT}", {"spec": {"description": "It moves"}})
    code = api.read(f"/bots/{BOT}/access")["link"].rpartition("=")[2]
    person.say(f"/start {code}")
    assert len(person.reads(1)) == 1
    person.say("My parcel has the number 17.")
    assert len(person.reads(2)) == 2
    assert api.chat(BOT, "Which parcels are there?", "web-1")["text"].startswith("echo:")
    _used(api, 3)
    return _seen(api)


def _used(api: Api, turns: int) -> None:
    """Each turn is counted once; the one that proved the bot is one of them."""
    eventually(
        f"{turns} turns are counted", lambda: [t["turns"] for t in api.read("/usage")["items"]] == [turns]
    )


def _seen(api: Api) -> dict[str, Any]:
    conversations = api.read(f"/bots/{BOT}/conversations")["items"]
    return {
        "bot": {name: api.read(f"/bots/{BOT}")[name] for name in ("version", "spec", "secrets")},
        "history": api.read(f"/bots/{BOT}/history")["items"],
        "conversations": [
            api.read(f"/bots/{BOT}/conversations/{name}")
            for name in sorted(str(each["id"]) for each in conversations)
        ],
        "access": api.read(f"/bots/{BOT}/access")["people"],
        "users": api.read("/users")["items"],
        "operations": [each["id"] for each in api.read("/operations")["items"]],
    }


def _taken(old: Installation, file: Path) -> Path:
    said = json.loads(old.done("backup", str(file), "--json", text=f"{PASSPHRASE}\n"))
    assert said["bytes"] == file.stat().st_size
    assert (said["bots"], said["users"], said["people_paired"]) == (1, 1, 1)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    content = file.read_bytes()
    assert b"parcel" not in content
    assert b"AGE-SECRET-KEY" not in content
    assert b"AGE-SECRET-KEY" in (old.home / "keys" / "age.key").read_bytes()
    return file


def _goes_on(api: Api, models: ModelServer, person: Person, before: dict[str, Any]) -> None:
    eventually("the bot is back", lambda: api.phase(BOT) in {"live", "idle"}, within=30)
    assert [message["text"] for message in person.reads(3)][2].startswith("echo: Said after the backup")
    asked = [message["content"] for message in models.requests("echo")[-1]["body"]["messages"]]
    assert "My parcel has the number 17." in asked, "the conversation goes on with what was said before"
    now = _seen(api)
    # Since then one more answer, in Telegram.
    (was, web), (is_, web_now) = before.pop("conversations"), now.pop("conversations")
    assert web_now == web
    assert is_["messages"][: len(was["messages"])] == was["messages"]
    assert now == before
    _used(api, 4)
    api.write("PATCH", f"/bots/{BOT}", {"spec": {"description": "It has moved"}})
    assert len(api.read(f"/bots/{BOT}/history")["items"]) == len(before["history"]) + 1
