"""What the listeners and workers of a machine know together: sessions, starts, refused calls."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
import time_machine

from agent_runtime.channels.discord.api import DiscordApi, DiscordError
from agent_runtime.channels.discord.missed import channels_of, first_missed
from agent_runtime.channels.discord.refused import RefusedCalls
from agent_runtime.channels.discord.session import MOST_CHATS, Session, tidy
from agent_runtime.channels.discord.snowflakes import snowflake_at
from agent_runtime.channels.discord.starts import pause
from tests.simulators.discord.client import Discord

_DAY = 24 * 3600


def limit(remaining: int, hours: float = 4) -> dict[str, float]:
    return {"total": 1000, "remaining": remaining, "reset_after": hours * 3_600_000, "max_concurrency": 1}


def test_a_session_is_found_again_as_it_was_kept(tmp_path: Path) -> None:
    path = tmp_path / "sessions" / "1-0-1.json"
    session = Session.at(path)
    session.begin("abc", "wss://example.org", ["5"])
    session.seq = 12
    session.heard(snowflake_at(time.time() + 9), "77")
    session.keep()
    assert Session.at(path) == session
    assert path.stat().st_mode & 0o077 == 0


def test_what_bots_left_behind_is_removed_after_a_month(tmp_path: Path) -> None:
    here, gone = tmp_path / "1-0-1.json", tmp_path / "2-0-1.json"
    with time_machine.travel(time.time(), tick=False) as clock:
        listening = Session.at(here)
        listening.begin("abc", "wss://example.org", [])
        listening.keep()
        gone.touch()
        for path in (here, gone):
            os.utime(path, (time.time(), time.time()))
        clock.shift(29 * _DAY)
        listening.keep()
        os.utime(here, (time.time(), time.time()))
        clock.shift(2 * _DAY)
        tidy(tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == [here.name]


@pytest.mark.parametrize("kept", ["", "{", "[]", "{}", '{"id": 1}', "\xff"])
def test_what_can_t_be_read_begins_anew(tmp_path: Path, kept: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(kept, encoding="latin-1")
    assert Session.at(path) == Session(path)


def test_what_is_to_be_fetched_is_told_by_the_last_message_before(tmp_path: Path) -> None:
    now = time.time()
    session = Session(tmp_path / "x", first=snowflake_at(now - 9 * _DAY), last=snowflake_at(now - 600))
    session.begin("abc", "wss://example.org", ["5"])
    # While a server is not fetched, what is missing there is older than what comes now.
    session.heard(snowflake_at(now), None)
    assert session.last == snowflake_at(now - 600)
    guild = {
        "id": "5",
        "roles": [{"id": "5", "permissions": str(1 << 10 | 1 << 16)}],
        "channels": [
            {"id": "1", "last_message_id": str(snowflake_at(now - 300))},
            {"id": "2", "last_message_id": str(snowflake_at(now - 900))},
            {"id": "3", "last_message_id": None},
        ],
        "threads": [{"id": "4", "parent_id": "2", "last_message_id": str(snowflake_at(now))}],
    }
    assert channels_of(guild, "9", first_missed(session.since)) == ["1", "4"]
    session.fetched("5")
    session.heard(snowflake_at(now), None)
    assert session.last == snowflake_at(now)


def test_nothing_older_than_a_day_is_fetched_and_nothing_from_before_the_bot_came(tmp_path: Path) -> None:
    now = time.time()
    old = Session(tmp_path / "x", first=snowflake_at(now - 9 * _DAY), last=snowflake_at(now - 3 * _DAY))
    old.begin("abc", "wss://example.org", [])
    assert first_missed(old.since) >= snowflake_at(now - _DAY)
    new = Session(tmp_path / "y")
    new.begin("abc", "wss://example.org", [])
    assert new.since >= snowflake_at(now)


def test_the_chats_that_were_heard_of_last_are_kept(tmp_path: Path) -> None:
    session = Session(tmp_path / "x")
    for number in range(MOST_CHATS + 5):
        session.heard(number, str(number))
    session.heard(1000, "50")
    assert (len(session.chats), session.chats[-1], session.chats[0]) == (MOST_CHATS, "50", "5")


def test_sessions_are_started_the_more_slowly_the_fewer_are_left() -> None:
    waits = [pause(limit(remaining)) for remaining in (1000, 501, 500, 100, 11, 10, 0)]
    assert waits[:2] == [0, 0]
    assert waits == sorted(waits)
    assert waits[-1] == waits[-2] == 4 * 3600
    # Who starts as fast as it may does not come to the end before there are new ones.
    left, passed = 500, 0.0
    while left > 10:
        passed += pause(limit(left, 4 - passed / 3600))
        left -= 1
    assert passed >= 0.99 * 4 * 3600


def test_refused_calls_are_counted_for_all_processes_of_a_machine(tmp_path: Path) -> None:
    one, other = RefusedCalls(tmp_path, most=4), RefusedCalls(tmp_path, most=4)
    with time_machine.travel(1_800_000_000, tick=False) as clock:
        for status, scope in ((200, ""), (401, ""), (403, ""), (404, ""), (429, "user"), (429, "shared")):
            one.count(status, scope)
        assert other.counted() == 3
        assert other.pause() == 0
        other.count(403)
        clock.shift(2)
        third = RefusedCalls(tmp_path, most=4)
        assert third.pause() > 0
        clock.shift(11 * 60)
        assert third.counted() == 0
        third.count(401)
        assert len(list(tmp_path.iterdir())) == 1


async def test_where_very_many_were_refused_nobody_calls(tmp_path: Path, discord: Discord) -> None:
    await discord.settings(limits={"invalid": 6})
    bot = await discord.create_bot()
    for _ in range(4):
        wrong = DiscordApi(discord.api_url, "no.such.token", RefusedCalls(tmp_path, most=4))
        with pytest.raises(DiscordError, match="401"):
            await wrong.call("GET", "/users/@me")
        await wrong.aclose()
    other = DiscordApi(discord.api_url, bot["token"], RefusedCalls(tmp_path, most=4))
    with pytest.raises(DiscordError) as refused:
        await other.call("GET", "/users/@me")
    await other.aclose()
    assert refused.value.retry_after is not None
    assert await discord.settings() == {"invalid": 4, "banned": False}


def test_a_refusal_that_can_t_be_counted_breaks_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    calls = RefusedCalls(tmp_path / "file" / "such")
    calls.count(401)
    assert calls.pause() == 0
