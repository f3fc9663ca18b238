"""A clock that jumps by ten minutes, either way, while Botyard runs: everything goes on."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

import pytest

from control_api.models import base
from control_api.sign_in import throttle
from gitops import committer
from tests.control_api.service import running, spec

Jump = Callable[[int], None]


@pytest.fixture
def jump(monkeypatch: pytest.MonkeyPatch) -> Jump:
    """Sets the clock of the service so many minutes on, or back; timers that are monotonic stay."""
    real, seconds = time.time, [0.0]

    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + timedelta(seconds=seconds[0])

    monkeypatch.setattr(time, "time", lambda: real() + seconds[0])
    for module in (base, committer):
        monkeypatch.setattr(module, "datetime", Clock)

    def set_by(minutes: int) -> None:
        seconds[0] += minutes * 60

    return set_by


@pytest.mark.parametrize("minutes", [10, -10])
async def test_the_clock_jumps_while_bots_are_changed(home: Path, jump: Jump, minutes: int) -> None:
    async with running(home) as service:
        assert (await service.deploy()).status_code == 200
        browser = await service.sign_in()
        key = {"Idempotency-Key": "once"}
        change = {"spec": {"description": "Once."}}
        first = await service.write("PATCH", "/bots/admin.support", json=change, headers=key)
        jump(minutes)
        again = await service.write("PATCH", "/bots/admin.support", json=change, headers=key)
        assert again.json()["operation"]["id"] == first.json()["operation"]["id"]
        for number in range(2):
            text = {"spec": {"description": f"{number} after the jump"}}
            answer = await service.write("PATCH", "/bots/admin.support", json=text)
            assert answer.status_code == 200, answer.text
        assert (await browser.get("/me")).status_code == 200
        assert (await service.sign_in()) is not browser
        operations = (await service.http.get("/operations")).json()["items"]
        assert [each["state"] for each in operations] == ["succeeded"] * 4
    async with running(home) as service:
        # A start with a clock that is off takes its own lease back, and goes on.
        answer = await service.write("POST", "/bots", json={"spec": spec("second")})
        assert answer.status_code == 200, answer.text


async def test_tries_before_the_clock_was_set_back_keep_nobody_out(home: Path, jump: Jump) -> None:
    async with running(home) as service:
        stranger = service.client("byt_wrongwrongwrongwrongwrong")
        for _ in range(throttle.ALLOWED + 1):
            refused = await stranger.get("/me")
        assert refused.status_code == 429
        jump(-10)
        assert (await stranger.get("/me")).status_code == 401


async def test_a_lock_file_from_before_the_clock_was_set_back_is_cleared(home: Path, jump: Jump) -> None:
    async with running(home) as service:
        assert (await service.deploy()).status_code == 200
    lock = home / "fleet.git" / "refs" / "heads" / "main.lock"
    lock.touch()
    os.utime(lock, (time.time(), time.time()))
    jump(-10)
    async with running(home) as service:
        answer = await service.write("PATCH", "/bots/admin.support", json={"spec": {"description": "Free."}})
        assert answer.status_code == 200, answer.text
        assert not lock.exists()
