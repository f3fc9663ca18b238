"""Somebody starts Botyard for the first time, talks to the demo bot, stops it and starts it again."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from control_api.cli import sign_in
from tests.journeys.api import Api
from tests.journeys.installation import Installation
from tests.journeys.processes import eventually

SIX = ["accepted", "committed", "synced", "started", "connected", "answered"]


@pytest.mark.timeout(300)
def test_from_nothing_to_an_answer_and_back_after_a_stop(tmp_path: Path) -> None:
    botyard = Installation(tmp_path)
    assert botyard.start() < 120
    try:
        demo = eventually("demo.hello is live", lambda: _live(botyard), within=90)
        _signed_in(botyard)
        _all_steps_timed(botyard, demo)
        _the_demo_answers(botyard)
        assert botyard.stop() == 0
        assert botyard.start(within=30) < 10
        assert eventually("demo.hello is there again", lambda: _live(botyard), within=10)
        assert botyard.done("chat", "demo.hello", "Say hello in one word").strip()
        again = json.loads(botyard.done("list", "--json"))
        assert [bot["version"] for bot in again] == [demo["version"]]
    finally:
        if botyard.running:
            botyard.stop()


def _live(botyard: Installation) -> dict[str, Any] | None:
    shown = botyard.command("show", "demo.hello", "--json")
    bot: dict[str, Any] = json.loads(shown.stdout) if shown.returncode == 0 else {}
    return bot if bot and bot["status"]["phase"] in {"live", "idle"} else None


def _signed_in(botyard: Installation) -> None:
    """The link is printed, and the command line is signed in by a file nobody else reads."""
    assert re.search(rf"{botyard.url}/#/sign-in\?code=\S+", botyard.output())
    assert (botyard.home / "credentials.json").stat().st_mode & 0o077 == 0
    assert "BOTYARD_TOKEN" not in botyard.environment


def _all_steps_timed(botyard: Installation, demo: dict[str, Any]) -> None:
    operation = _api(botyard).read(f"/operations/{demo['status']['operation']}")
    assert [step["name"] for step in operation["steps"]] == SIX
    assert {step["state"] for step in operation["steps"]} == {"succeeded"}
    times = [step["at"] for step in operation["steps"]]
    assert times == sorted(times)
    assert operation["steps"][-1]["detail"], "the answer that proves it is shown"


def _the_demo_answers(botyard: Installation) -> None:
    assert "demo" in botyard.done("list")
    assert botyard.done("chat", "demo.hello", "Say hello in one word").strip()
    turn = _api(botyard).chat("demo.hello", "Tell me about rivers.")
    assert len(turn["deltas"]) > 3, "streamed, not sent whole"
    assert "".join(turn["deltas"]).strip() == turn["text"].strip()
    assert turn["usage"]["tokens_out"] > 0


def _api(botyard: Installation) -> Api:
    saved = sign_in.saved(botyard.home / "credentials.json")
    assert saved is not None
    return Api(saved.url, saved.token)
