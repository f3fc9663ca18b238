"""A bot's name and description are set in Telegram once, and again only when they change."""

from __future__ import annotations

from tests.agent_runtime.bot.conftest import Make, Stage

CHANNELS = {"telegram": {"token": {"secret": "TOKEN"}, "name": "The parcel office"}}


async def _set(stage: Stage) -> list[tuple[str, int]]:
    calls = await stage.person.calls(stage.token)
    return [(call["method"], call["status"]) for call in calls if call["method"].startswith("setMy")]


async def test_they_are_set_once_and_not_again(make: Make) -> None:
    stage = await make(channels=CHANNELS)
    await stage.bot.begin()
    await stage.restart()
    await stage.bot.begin()
    calls = await stage.person.calls(stage.token)
    assert [call["method"] for call in calls] == [
        "getMyName",
        "setMyName",
        "getMyDescription",
        "setMyDescription",
        "getMyShortDescription",
        "setMyShortDescription",
    ]
    said = [value for call in calls for value in call["parameters"].values()]
    assert said == ["The parcel office", "I know about parcels.", "I know about parcels."]


async def test_what_telegram_has_already_is_not_set(make: Make) -> None:
    stage = await make(channels=CHANNELS)
    await stage.bot.begin()
    stage.ledger.unlink()
    await stage.restart()
    await stage.bot.begin()
    assert len(await _set(stage)) == 3


async def test_a_long_description_is_cut_where_telegram_wants_it_short(make: Make) -> None:
    stage = await make(description="parcel " * 40)
    await stage.bot.begin()
    assert await _set(stage) == [("setMyDescription", 200), ("setMyShortDescription", 200)]


async def test_a_wait_that_telegram_asks_for_is_kept_over_a_restart(make: Make) -> None:
    stage = await make(channels=CHANNELS)
    await stage.person.fault(stage.token, "setMyName", "429", seconds=3600)
    for _ in range(2):
        await stage.bot.begin()
        await stage.restart()
    assert await _set(stage) == [("setMyName", 429)]


async def test_it_is_tried_again_where_telegram_was_silent(make: Make) -> None:
    stage = await make(channels=CHANNELS)
    await stage.person.fault(stage.token, "getMyName", "drop")
    await stage.bot.begin()
    assert await _set(stage) == []
    await stage.bot.begin()
    assert len(await _set(stage)) == 3
