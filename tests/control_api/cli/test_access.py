"""`botyard access`: the way to a bot for its owner, as a link and as a picture for the phone."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from control_api.cli import access
from tests.control_api.cli.conftest import CommandLine
from tests.control_api.cli.scripted_api import ScriptedApi

LINK = "https://t.me/parcel_bot?start=c0de"


def _found(link: str | None = LINK) -> dict[str, Any]:
    links = {"telegram": link} if link else {}
    pairing = {"code": "c0de", "links": links}
    return {"policy": "pairing", "people": [], "requests": [], "pairing": pairing, "link": link}


def test_a_fresh_code_is_shown_as_a_link(botyard_command: CommandLine, api: ScriptedApi) -> None:
    api.on("POST /bots/bob.parcels/access/code", _found())
    done = botyard_command("access", "pair", "bob.parcels")
    assert done.returncode == 0, done.stderr
    assert LINK in done.stdout
    assert "█" not in done.stdout, "what is piped on is no picture"


def test_without_a_link_the_code_is_what_to_write(botyard_command: CommandLine, api: ScriptedApi) -> None:
    api.on("POST /bots/bob.parcels/access/code", _found(None))
    api.on("GET /bots/bob.parcels", {"channels": {"slack": {"state": "connected"}}, "spec": {}})
    done = botyard_command("access", "pair", "bob.parcels")
    assert "c0de" in done.stdout
    assert "in Slack, write `start CODE` to the bot" in done.stderr


def test_each_platform_has_its_own_way(capsys: pytest.CaptureFixture[str]) -> None:
    found = _found("https://wa.me/1?text=x")
    found["pairing"]["links"] = {"whatsapp": "https://wa.me/1?text=x"}
    access._print(found, as_json=False)
    said = capsys.readouterr()
    assert "https://wa.me/1?text=x" in said.out
    assert "in WhatsApp" in said.err
    assert "in Telegram" not in said.err


def test_a_terminal_shows_a_code_to_scan(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    access._print(_found(), as_json=False)
    drawn = [line for line in capsys.readouterr().out.splitlines() if line and set(line) <= set("█▀▄ ")]
    assert len(drawn) >= 15
    assert len({len(line) for line in drawn}) == 1


UNPAIRED: dict[str, Any] = {"policy": "pairing", "people": [], "requests": [], "link": None}
CONNECTED, FAILED = {"state": "connected"}, {"state": "failed"}


@pytest.mark.parametrize(
    ("channels", "pairing", "says"),
    [
        ({"discord": CONNECTED}, {"code": "c0de", "links": {}}, "the command /start"),
        ({"slack": CONNECTED, "discord": FAILED}, {"code": "c0de", "links": {}}, "write `start CODE`"),
        ({"discord": FAILED}, {"code": "c0de", "links": {}}, "Discord is not connected"),
        ({"telegram": FAILED}, {"code": "c0de", "links": {}}, "Telegram is not connected"),
        ({"discord": CONNECTED}, None, "only those who may change the bot"),
        ({"web": CONNECTED}, {"code": "c0de", "links": {}}, "on the web only"),
    ],
)
def test_who_has_no_link_is_told_another_way(
    botyard_command: CommandLine, api: ScriptedApi, channels: dict[str, Any], pairing: Any, says: str
) -> None:
    api.on("GET /bots/alice.support/access", {**UNPAIRED, "pairing": pairing})
    api.on("GET /bots/alice.support", {"id": "alice.support", "channels": channels, "spec": {}})
    done = botyard_command("access", "show", "alice.support")
    assert done.returncode == 0, done.stderr
    assert says in done.stderr
    assert ("c0de" in done.stdout) == (pairing is not None)
